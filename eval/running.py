"""Running a suite: every scenario drafted and scored, resumable at any moment."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from eval.errors import SuiteError
from eval.manifest import make_manifest, refuse_drift, run_id
from eval.metrics.every import METRICS, Scorer, make_scorer, missing_scores
from eval.metrics.score import Score
from eval.run import Run, last_units, read_run, stored_scores
from eval.runfolder import RunFolder
from eval.scenario import Scenario
from eval.seams import Shelf, Writer
from eval.suite import Suite, read_suite
from eval.unit import ANSWERED, Unit, UnitStatus
from service.errors import ModelAnswerUnusable, ModelUnavailable, ServiceError
from service.wire import draft_json

logger = logging.getLogger(__name__)

FLUSH_S = 0.05
"""Answers that arrive within this time share one wait for the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    failures: int
    """Units without a draft."""
    cost: float
    seconds: float
    resumed: int = 0
    """Units found already answered."""

    @property
    def rate(self) -> float:
        """Units per second in this session."""
        return (self.done - self.resumed) / self.seconds if self.seconds else 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds until the end; None before the first answer."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(slots=True)
class _Session:
    folder: RunFolder
    writer: Writer
    scorer: Scorer
    shelf: Shelf
    arm: str
    fallback_fails: bool
    progress: Callable[[Progress], None] | None
    started: float
    total: int = 0
    resumed: int = 0
    done: int = 0
    failures: int = 0
    cost: float = 0.0
    pending: list[tuple[Unit, tuple[Score, ...]]] = field(default_factory=list)

    def tell(self) -> None:
        if self.progress:
            seconds = time.monotonic() - self.started
            self.progress(
                Progress(
                    done=self.done + self.resumed,
                    total=self.total,
                    failures=self.failures,
                    cost=self.cost,
                    seconds=seconds,
                    resumed=self.resumed,
                )
            )

    def flush(self) -> None:
        """Writes what is answered and waits for the disk."""
        batch, self.pending = self.pending, []
        self.folder.append(
            (unit for unit, _ in batch), ((unit, score) for unit, scores in batch for score in scores)
        )

    def take(self, unit: Unit, scenario: Scenario) -> None:
        self.pending.append((unit, score_unit(unit, scenario, self.scorer)))
        self.done += 1
        self.failures += unit.output is None
        self.cost += unit.cost or 0.0
        self.tell()


async def run(
    suite: str | Path | Sequence[str | Path],
    *,
    writer: Writer,
    shop: Shelf,
    out: Path = Path("runs"),
    repeats: int = 1,
    concurrency: int = 8,
    progress: Callable[[Progress], None] | None = None,
    arm: Mapping[str, Any] | None = None,
    name: str | None = None,
    splits: Iterable[str] = (),
    only: Iterable[str] = (),
    allow_drift: bool = False,
    fallback_fails: bool = False,
    today: date | None = None,
) -> Run:
    """The finished run in `out/<id>/`; units that an earlier session answered are kept.

    `arm` says who writes (template, model, parameters) and belongs to the run's identity. `name` names the
    folder; without it equal manifests share one. `fallback_fails`: a draft the composer wrote because the
    model failed is an infrastructure error, not an answer. Raises SuiteError, RunDrift.
    """
    names = [suite] if isinstance(suite, (str, Path)) else list(suite)
    chosen = _runnable(read_suite(*names).only(splits=splits, ids=only), today or date.today())
    refuse_unknown_orders(chosen, shop)
    manifest = make_manifest(
        suite=chosen.name,
        scenarios=chosen.scenarios,
        shop=shop.shop.id,
        knowledge=shop.generation,
        arm=arm or {"writer": "composer"},
        repeats=repeats,
    )
    folder = _open(out / (name or run_id(manifest)), manifest, chosen.scenarios, allow_drift=allow_drift)
    started = time.monotonic()
    scorer = make_scorer(chat_max_chars=shop.shop.service_levels.chat_max_chars)
    session = _Session(
        folder=folder,
        writer=writer,
        scorer=scorer,
        shelf=shop,
        arm=str((arm or {}).get("name", "A")),
        fallback_fails=fallback_fails,
        progress=progress,
        started=started,
    )
    await _finish_units(session, chosen, repeats=repeats, concurrency=concurrency)
    finished = read_run(folder.path, scenarios=chosen.scenarios)
    folder.finish(finished.summary)
    return replace(finished, seconds=time.monotonic() - started)


def score_unit(unit: Unit, scenario: Scenario, scorer: Scorer) -> tuple[Score, ...]:
    """All scores of a unit; without a draft every one is missing."""
    sample = unit.sample
    return missing_scores(unit.error or unit.status) if sample is None else scorer.score(scenario, sample)


def refuse_unknown_orders(suite: Suite, shop: Shelf) -> None:
    """Raises SuiteError that names each scenario whose order the shop does not have."""
    problems = [
        f"{suite.places[one.id]}: {one.id}: order_id: shop {shop.shop.id!r} has no order {one.order_id!r}"
        for one in suite.scenarios
        if one.order_id and one.order is None and one.order_id not in shop.orders
    ]
    if problems:
        raise SuiteError("\n".join(problems[:20]), problems)


def _runnable(suite: Suite, today: date) -> Suite:
    kept = tuple(one for one in suite.scenarios if one.runs_on(today))
    if not kept:
        raise SuiteError(f"{suite.name}: no scenario left to run; check --split, --only and each status")
    return replace(suite, scenarios=kept)


def _open(
    path: Path, manifest: dict[str, Any], scenarios: Sequence[Scenario], *, allow_drift: bool
) -> RunFolder:
    folder = RunFolder(path)
    begun = folder.manifest()
    if begun is None:
        folder.begin(manifest, scenarios)
        return folder
    known = {key: value for key, value in begun.items() if key != "drifted"}
    if known != manifest:
        if not allow_drift:
            refuse_drift(known, manifest, where=path)
        folder.begin({**manifest, "drifted": True}, scenarios)
    folder.mend()
    return folder


async def _finish_units(session: _Session, suite: Suite, *, repeats: int, concurrency: int) -> None:
    todo, session.resumed = _split_work(session.folder, suite, repeats, session.scorer)
    session.total = len(todo) + session.resumed
    session.tell()
    queue = iter(todo)
    flusher = asyncio.create_task(_flush_now_and_then(session))
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(todo))):
                group.create_task(_work(queue, session))
    finally:
        flusher.cancel()
        await asyncio.gather(flusher, return_exceptions=True)
        session.flush()


def _split_work(
    folder: RunFolder, suite: Suite, repeats: int, scorer: Scorer
) -> tuple[list[tuple[Scenario, int]], int]:
    """What is still to draft, and how many units are answered; those lacking scores are scored now."""
    answered = {unit.key: unit for unit in last_units(folder) if unit.status in ANSWERED}
    scored = {key for key, scores in stored_scores(folder).items() if len(scores) == len(METRICS)}
    todo, kept = [], 0
    for scenario in suite.scenarios:
        for repeat in range(max(repeats, scenario.repeat or 1)):
            unit = answered.get((scenario.id, repeat))
            if unit is None or unit.hash != scenario.hash:
                todo.append((scenario, repeat))
                continue
            kept += 1
            if unit.key not in scored:
                folder.append((), ((unit, score) for score in score_unit(unit, scenario, scorer)))
    return todo, kept


async def _flush_now_and_then(session: _Session) -> None:
    while True:
        await asyncio.sleep(FLUSH_S)
        if session.pending:
            session.flush()


async def _work(queue: Iterable[tuple[Scenario, int]], session: _Session) -> None:
    for scenario, repeat in queue:
        unit = await _draft(scenario, repeat, session)
        session.take(unit, scenario)
        await asyncio.sleep(0)


async def _draft(scenario: Scenario, repeat: int, session: _Session) -> Unit:
    ticket = scenario.ticket(shop=session.shelf.shop.id, orders=session.shelf.orders)
    begun = time.perf_counter()
    output, status, error = None, "ok", ""
    try:
        draft = await session.writer.draft(ticket)
        output = draft_json(draft)
        if draft.status == "partial":
            status = "truncated"
        elif session.fallback_fails and draft.provenance.fallback:
            output, status, error = None, "infra_error", draft.provenance.fallback
    except ModelUnavailable as problem:
        status, error = "infra_error", str(problem)
    except (ModelAnswerUnusable, ServiceError) as problem:
        status, error = "gen_error", str(problem)
    except Exception as problem:
        logger.exception("%s: the writer broke", scenario.id)
        status, error = "gen_error", f"{type(problem).__name__}: {problem}"
    return _unit(scenario, repeat, session.arm, status, output, error, 1000 * (time.perf_counter() - begun))


def _unit(
    scenario: Scenario,
    repeat: int,
    arm: str,
    status: str,
    output: dict[str, Any] | None,
    error: str,
    ms: float,
) -> Unit:
    usage = ((output or {}).get("provenance") or {}).get("usage") or {}
    known: dict[str, UnitStatus] = {
        "ok": "ok",
        "truncated": "truncated",
        "infra_error": "infra_error",
        "gen_error": "gen_error",
    }
    return Unit(
        scenario=scenario.id,
        repeat=repeat,
        hash=scenario.hash,
        arm=arm,
        status=known[status],
        output=output,
        error=error,
        ms=round(ms, 2),
        input_tokens=usage.get("input_tokens", 0),
        output_tokens=usage.get("output_tokens", 0),
        cost=usage.get("cost"),
    )
