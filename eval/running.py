"""Running a suite: every scenario drafted and scored, resumable at any moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from eval.drafting import Drafter, Job
from eval.errors import SuiteError
from eval.limiting import TRIES, Limiter
from eval.manifest import make_manifest, refuse_drift, run_id
from eval.metrics.every import METRICS, Scorer, make_scorer, missing_scores
from eval.metrics.score import Score
from eval.run import Run, ScoreBook, last_units, made_run, stored_scores
from eval.runfolder import Records, RunFolder
from eval.scenario import Scenario
from eval.seams import Jury, Shelf, Writer
from eval.suite import Suite, read_suite
from eval.unit import ANSWERED, Unit

SYNC_S = 0.25
"""Answers of this long at most wait for the disk; a killed process loses none of them."""

Deliver = Callable[[Job, Unit], Awaitable[None]]


class Hands(Protocol):
    """Whoever does the jobs: this process, or a cluster."""

    async def work(self, jobs: Sequence[Job], deliver: Deliver) -> None:
        """Does every job and delivers its unit."""
        ...


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHands:
    """So many jobs at once on this process's loop."""

    drafter: Drafter
    concurrency: int

    async def work(self, jobs: Sequence[Job], deliver: Deliver) -> None:
        """Does every job and delivers its unit."""
        queue = iter(jobs)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(jobs))):
                group.create_task(self._work(queue, deliver))

    async def _work(self, queue: Iterator[Job], deliver: Deliver) -> None:
        for job in queue:
            await deliver(job, job.unit or await self.drafter.unit(job))
            await asyncio.sleep(0)


@dataclass(slots=True, kw_only=True)
class _Session:
    """What this process adds to a run."""

    scorer: Scorer
    jury: Jury | None
    progress: Callable[[Progress], None] | None
    records: Records
    units: dict[tuple[str, int], Unit]
    book: ScoreBook
    resumed: int
    total: int
    started: float
    done: int = 0
    failures: int = 0
    cost: float = 0.0

    async def deliver(self, job: Job, unit: Unit) -> None:
        """Puts a unit on record, then everything it is found worth."""
        if job.unit is None:
            self.units[unit.key] = unit
            self.records.add_unit(unit)
            self._score(unit, score_unit(unit, job.scenario, self.scorer))
        if self.jury:
            self._score(unit, await self.jury.scores(unit, job.scenario))
        self.done += 1
        self.failures += not unit.written
        self.cost += unit.cost or 0.0
        self.tell()

    def _score(self, unit: Unit, scores: tuple[Score, ...]) -> None:
        self.records.add_scores(unit, scores)
        self.book.add(unit.key, scores)

    def tell(self) -> None:
        """Says how far it is."""
        if self.progress:
            self.progress(
                Progress(
                    done=self.done + self.resumed,
                    total=self.total,
                    failures=self.failures,
                    cost=self.cost,
                    seconds=time.monotonic() - self.started,
                    resumed=self.resumed,
                )
            )

    async def keep_synced(self) -> None:
        """Puts what came on the disk, now and then."""
        while True:
            await asyncio.sleep(SYNC_S)
            await asyncio.to_thread(self.records.sync)


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
) -> Run:
    """The finished run in `out/<id>/`; units that an earlier session answered are kept.

    `arm` says who writes (template, model, parameters) and belongs to the run's identity. `name` names the
    folder; without it equal manifests share one. `fallback_fails`: a draft the composer wrote because the
    model failed is an infrastructure error, not an answer. `hands`: who works, if not this process. Raises
    SuiteError, RunDrift.
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
        limiter=Limiter(most=concurrency),
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
        session = _Session(
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
