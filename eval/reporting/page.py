"""What a report shows, gathered from a run: the same for every format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from eval.comparing import Comparison, compare
from eval.diagnosing import read_diagnostics, told_of
from eval.gate import Verdict
from eval.judging.standing import Worth
from eval.metrics.score import Score
from eval.run import Run
from eval.scenario import Scenario
from eval.summary import HEADLINE, Row, table
from eval.unit import Unit

MOST_ENTRIES = 400
"""Drafts on one page, unless more of them failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One unit with its scenario and scores."""

    scenario: Scenario
    unit: Unit
    scores: tuple[Score, ...]
    failed: tuple[Score, ...]
    good: bool | None
    """None: nothing to score."""

    @property
    def output(self) -> Mapping[str, Any]:
        """The draft's JSON shape, or nothing."""
        return self.unit.output or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole report."""

    run: Run
    rows: list[Row]
    headline: Row | None
    entries: tuple[Entry, ...]
    """Failed ones first."""
    slices: Mapping[str, Mapping[str, Mapping[str, Any]]]
    ms: Mapping[str, float]
    """Milliseconds per draft: p50 and p95."""
    verdict: Verdict | None = None
    comparison: Comparison | None = None
    diagnostics: Mapping[str, tuple[str, int, str]] = field(default_factory=dict)
    """ragas metric → mean, how many it rests on, why the others have none."""
    worths: Sequence[Worth] = ()
    """What judged shares are worth in true units."""

    @property
    def shown(self) -> tuple[Entry, ...]:
        """What a page can bear: every failed draft, and passed ones up to a limit."""
        failed = sum(one.good is not True for one in self.entries)
        return self.entries[: max(failed, MOST_ENTRIES)]

    @property
    def won(self) -> int:
        """Scenarios that got better since the base."""
        return sum(one.won for one in self.comparison.families) if self.comparison else 0

    @property
    def lost(self) -> int:
        """Scenarios that got worse since the base."""
        return sum(one.lost for one in self.comparison.families) if self.comparison else 0


def gather(
    run: Run,
    *,
    base: Run | None = None,
    verdict: Verdict | None = None,
    worths: Sequence[Worth] = (),
) -> Page:
    """The page of a run; with its base, what changed since."""
    rows = table(run)
    scenarios = {one.id: one for one in run.scenarios}
    entries = [
        _entry(scenarios[unit.scenario], unit, run.scores.get(unit.key, ()))
        for unit in run.units
        if unit.scenario in scenarios
    ]
    entries.sort(key=lambda one: (one.good is True, one.scenario.family, one.scenario.id, one.unit.repeat))
    return Page(
        run=run,
        rows=rows,
        headline=next((row for row in rows if row.metric == HEADLINE), None),
        entries=tuple(entries),
        slices=run.summary["by"],
        ms=_percentiles([unit.ms for unit in run.units if unit.written]),
        verdict=verdict,
        comparison=compare(base, run) if base else None,
        worths=worths,
        diagnostics={name: told_of(scores) for name, scores in read_diagnostics(run.path).items()},
    )


def _entry(scenario: Scenario, unit: Unit, scores: tuple[Score, ...]) -> Entry:
    headline = next((one for one in scores if one.metric == HEADLINE), None)
    failed = tuple(
        one for one in scores if one.value is not None and one.value < 1 and one.metric != HEADLINE
    )
    good = None if headline is None or headline.value is None else headline.value == 1
    return Entry(scenario=scenario, unit=unit, scores=scores, failed=failed, good=good)


def _percentiles(values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"p50": round(values[0], 1), "p95": round(values[0], 1)} if values else {}
    cuts = quantiles(values, n=20, method="inclusive")
    return {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1)}
