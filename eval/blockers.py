"""Blockers: hard checks are not averaged, a new failure fails the run."""

from collections import Counter
from dataclasses import dataclass

from eval.metrics.every import METRICS
from eval.pairing import Pairing
from eval.run import Run
from eval.statistics import zero_failures_bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A hard check that fails in B and not in A."""

    scenario: str
    metric: str
    failed: int
    of: int
    confirmed: bool
    reason: str


def find_blockers(pairing: Pairing, *, confirmed: set[tuple[str, str]]) -> tuple[Blocker, ...]:
    """Hard checks that fail in B, never in A; confirmed by two failures, a person, or a sure writer."""
    known = {one.id for one in pairing.scenarios}
    before, _ = _hard_failures(pairing.a)
    after, tried = _hard_failures(pairing.b)
    sure = pairing.b.manifest.get("arm", {}).get("writer") == "composer"
    found = []
    for key, reasons in sorted(after.items()):
        if key[0] in known and key not in before:
            certain = len(reasons) >= 2 or key in confirmed or sure
            found.append(
                Blocker(
                    scenario=key[0],
                    metric=key[1],
                    failed=len(reasons),
                    of=tried[key],
                    confirmed=certain,
                    reason=reasons[0],
                )
            )
    return tuple(found)


def hard_bounds(run: Run, pairing: Pairing) -> dict[str, float]:
    """Hard check without a failure in the run → upper bound of its true rate."""
    known = {one.id for one in pairing.scenarios}
    failed, tried = _hard_failures(run)
    bad = {metric for scenario, metric in failed if scenario in known}
    scenarios: Counter[str] = Counter(metric for scenario, metric in tried if scenario in known)
    return {
        metric: round(zero_failures_bound(count), 6)
        for metric, count in sorted(scenarios.items())
        if metric not in bad
    }


def _hard_failures(run: Run) -> tuple[dict[tuple[str, str], list[str]], Counter[tuple[str, str]]]:
    failed: dict[tuple[str, str], list[str]] = {}
    tried: Counter[tuple[str, str]] = Counter()
    for (scenario, _), scores in sorted(run.scores.items()):
        for score in scores:
            metric = METRICS.get(score.metric)
            if metric and metric.hard and score.value is not None:
                tried[scenario, score.metric] += 1
                if score.value < 1:
                    failed.setdefault((scenario, score.metric), []).append(score.reason)
    return failed, tried
