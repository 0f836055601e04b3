"""Running a suite: every scenario drafted and scored, resumable at any moment."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from eval.drafting import Drafter, Job
from eval.errors import SuiteError
from eval.hands import Hands, LocalHands
from eval.limiting import TRIES, Limiter
from eval.manifest import make_manifest, refuse_drift, run_id
from eval.metrics.every import METRICS, Scorer, make_scorer
from eval.run import Run, ScoreBook, last_units, made_run, stored_scores
from eval.runfolder import RunFolder
from eval.scenario import Scenario
from eval.seams import Jury, Shelf, Writer
from eval.session import Progress, Session, score_unit
from eval.suite import Suite, read_suite
from eval.unit import ANSWERED, Unit


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
    jury: Jury | None = None,
    hands: Hands | None = None,
    tries: int = TRIES,
    limiter: Limiter | None = None,
) -> Run:
    """The finished run in `out/<id>/`; units that an earlier session answered are kept.

    `arm` says who writes (template, model, parameters) and belongs to the run's identity. `name` names the
    folder; without it equal manifests share one. `fallback_fails`: a draft the composer wrote because the
    model failed is an infrastructure error, not an answer. `hands`: who works, if not this process.
    `limiter`: of the writer's endpoint, where others ask it, too. Raises SuiteError, RunDrift.
    """
    names = [suite] if isinstance(suite, (str, Path)) else list(suite)
    chosen = runnable(read_suite(*names).only(splits=splits, ids=only), today or date.today())
    refuse_unknown_orders(chosen, shop)
    arm = arm or {"writer": "composer"}
    manifest = make_manifest(
        suite=chosen.name,
        scenarios=chosen.scenarios,
        shop=shop.shop.id,
        knowledge=shop.generation,
        arm=arm,
        repeats=repeats,
        judge=jury.manifest if jury else None,
    )
    folder, manifest = _open(
        out / (name or run_id(manifest)), manifest, chosen.scenarios, allow_drift=allow_drift
    )
    started = time.monotonic()
    drafter = Drafter(
        writer=writer,
        shelf=shop,
        limiter=limiter or Limiter(most=concurrency),
        arm=str(arm.get("name", "A")),
        fallback_fails=fallback_fails,
        tries=tries,
    )
    units, book = await _finish(
        folder,
        chosen,
        hands or LocalHands(drafter=drafter, concurrency=concurrency),
        scorer=make_scorer(chat_max_chars=shop.shop.service_levels.chat_max_chars),
        jury=jury,
        repeats=repeats,
        progress=progress,
    )
    finished = made_run(
        folder.path, manifest=manifest, scenarios=chosen.scenarios, units=units.values(), scores=book.scores
    )
    folder.finish(finished.summary)
    return replace(finished, seconds=time.monotonic() - started)


def refuse_unknown_orders(suite: Suite, shop: Shelf) -> None:
    """Raises SuiteError that names each scenario whose order the shop does not have."""
    problems = [
        f"{suite.places[one.id]}: {one.id}: order_id: shop {shop.shop.id!r} has no order {one.order_id!r}"
        for one in suite.scenarios
        if one.order_id and one.order is None and one.order_id not in shop.orders
    ]
    if problems:
        raise SuiteError("\n".join(problems[:20]), problems)


def runnable(suite: Suite, today: date) -> Suite:
    """The scenarios that take part today. Raises SuiteError if none does."""
    kept = tuple(one for one in suite.scenarios if one.runs_on(today))
    if not kept:
        raise SuiteError(f"{suite.name}: no scenario left to run; check --split, --only and each status")
    return replace(suite, scenarios=kept)


def _open(
    path: Path, manifest: dict[str, Any], scenarios: Sequence[Scenario], *, allow_drift: bool
) -> tuple[RunFolder, dict[str, Any]]:
    folder = RunFolder(path)
    begun = folder.manifest()
    if begun is None:
        folder.begin(manifest, scenarios)
        return folder, manifest
    known = {key: value for key, value in begun.items() if key != "drifted"}
    if known != manifest:
        if not allow_drift:
            refuse_drift(known, manifest, where=path)
        begun = {**manifest, "drifted": True}
        folder.begin(begun, scenarios)
    folder.mend()
    return folder, begun


async def _finish(
    folder: RunFolder,
    suite: Suite,
    hands: Hands,
    *,
    scorer: Scorer,
    jury: Jury | None,
    repeats: int,
    progress: Callable[[Progress], None] | None,
) -> tuple[dict[tuple[str, int], Unit], ScoreBook]:
    units, book = last_units(folder), stored_scores(folder)
    records = folder.open()
    try:
        jobs = list(_jobs(suite, units, repeats))
        for job in jobs:
            if job.unit and not _scored(book, job.unit, METRICS):
                scores = score_unit(job.unit, job.scenario, scorer)
                records.add_scores(job.unit, scores)
                book.add(job.unit.key, scores)
        wanted = jury.metrics if jury else ()
        todo = [job for job in jobs if job.unit is None or not _scored(book, job.unit, wanted)]
        session = Session(
            scorer=scorer,
            jury=jury,
            progress=progress,
            records=records,
            units=units,
            book=book,
            resumed=len(jobs) - len(todo),
            total=len(jobs),
            started=time.monotonic(),
        )
        session.tell()
        syncing = asyncio.create_task(session.keep_synced())
        try:
            await hands.work(todo, session.deliver)
        finally:
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)
    finally:
        records.close()
    return units, book


def _jobs(suite: Suite, units: Mapping[tuple[str, int], Unit], repeats: int) -> Iterator[Job]:
    for scenario in suite.scenarios:
        for repeat in range(max(repeats, scenario.repeat or 1)):
            unit = units.get((scenario.id, repeat))
            kept = unit is not None and unit.status in ANSWERED and unit.hash == scenario.hash
            yield Job(scenario=scenario, repeat=repeat, unit=unit if kept else None)


def _scored(book: ScoreBook, unit: Unit, metrics: Iterable[str]) -> bool:
    """Whether each of the metrics has a score that need not be asked for again."""
    known = {
        score.metric
        for score in book.scores.get(unit.key, ())
        if score.status not in {"judge_error", "judge_invalid"}
    }
    return known.issuperset(metrics)
