"""A score, and what it is when there is none: never 0, never NaN, never 1."""

from dataclasses import dataclass
from typing import Literal

Layer = Literal["L0", "L1", "L2", "L3", "L4", "L5", "L6"]
ScoreStatus = Literal["ok", "n/a", "missing", "judge_error", "judge_invalid"]
"""`n/a`: the scenario does not ask for it; `missing`: there is no draft to score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing that is measured."""

    id: str
    layer: Layer
    means: str
    """For a person: what share of what."""
    hard: bool = False
    """A failure is a blocker, not a lower average."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One metric of one unit."""

    metric: str
    value: float | None = None
    """0 to 1; None exactly when the status is not `ok`."""
    status: ScoreStatus = "ok"
    reason: str = ""
    """What is missing or wrong, in words; empty if all is well."""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.status == "ok"):
            raise ValueError(f"{self.metric}: a score has a value exactly when its status is ok")


def not_asked(metric: str) -> Score:
    """The score of a metric that the scenario does not ask for."""
    return Score(metric=metric, status="n/a")


def share(metric: str, wanted: int, missed: list[str], *, label: str = "missing") -> Score:
    """The share of what was wanted that is there; nothing wanted: not asked."""
    if not wanted:
        return not_asked(metric)
    reason = f"{label}: {' · '.join(missed)}" if missed else ""
    return Score(metric=metric, value=(wanted - len(missed)) / wanted, reason=reason)


def held(metric: str, holds: bool, reason: str = "") -> Score:
    """1 if it holds, else 0 with the reason."""
    return Score(metric=metric, value=1.0 if holds else 0.0, reason="" if holds else reason)


def f1(metric: str, expected: tuple[str, ...] | None, found: tuple[str, ...]) -> Score:
    """F1 of two sets; both empty: 1; nothing expected in the scenario: not asked."""
    if expected is None:
        return not_asked(metric)
    hits = len(set(expected) & set(found))
    total = len(set(expected)) + len(set(found))
    missed, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    reason = " ".join([*(f"-{one}" for one in missed), *(f"+{one}" for one in extra)])
    return Score(metric=metric, value=2 * hits / total if total else 1.0, reason=reason)
