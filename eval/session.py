"""A session: what one process adds to a run, and how far it is."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from eval.drafting import Job
from eval.metrics.every import Scorer, missing_scores
from eval.metrics.score import Score
from eval.run import ScoreBook
from eval.runfolder import Records
from eval.scenario import Scenario
from eval.seams import Jury
from eval.unit import Unit

SYNC_S = 0.25
"""Answers of this long at most wait for the disk; a killed process loses none of them."""


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


@dataclass(slots=True, kw_only=True)
class Session:
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


def score_unit(unit: Unit, scenario: Scenario, scorer: Scorer) -> tuple[Score, ...]:
    """All scores of a unit; without a draft every one is missing."""
    sample = unit.sample
    return missing_scores(unit.error or unit.status) if sample is None else scorer.score(scenario, sample)
