"""Two runs held against each other: which scenarios pair, and by how much each metric moved."""

from collections.abc import Mapping
from dataclasses import dataclass

from eval.errors import NotComparable
from eval.run import Run
from eval.scenario import Scenario
from eval.summary import scenario_means


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Scenarios that both runs have with equal content, and their means."""

    a: Run
    b: Run
    scenarios: tuple[Scenario, ...]
    means_a: Mapping[str, Mapping[str, float]]
    """Metric → scenario → mean over repeats."""
    means_b: Mapping[str, Mapping[str, float]]
    left_out: tuple[str, ...]
    """Scenarios that only one run has, or that were changed."""

    def differences(self, metric: str) -> dict[str, float]:
        """Scenario → B minus A, where both are scored."""
        a, b = self.means_a.get(metric, {}), self.means_b.get(metric, {})
        return {one.id: b[one.id] - a[one.id] for one in self.scenarios if one.id in a and one.id in b}


def pair(a: Run, b: Run) -> Pairing:
    """The pairing of two runs. Raises NotComparable that names every difference that forbids it."""
    reasons = [
        f"{name}: {a.manifest.get(name)!r} and {b.manifest.get(name)!r}"
        for name in ("format", "shop", "checks")
        if a.manifest.get(name) != b.manifest.get(name)
    ]
    reasons += [
        f"{run.id} was begun with something else (--allow-drift)"
        for run in (a, b)
        if run.manifest.get("drifted")
    ]
    known = {one.id: one for one in a.scenarios}
    both = tuple(one for one in b.scenarios if one.id in known and known[one.id].hash == one.hash)
    if not both:
        reasons.append("no scenario that both have with equal content")
    if reasons:
        raise NotComparable(f"{a.id} and {b.id} cannot be compared: {'; '.join(reasons)}")
    kept = {one.id for one in both}
    others = {one.id for run in (a, b) for one in run.scenarios} - kept
    return Pairing(
        a=a,
        b=b,
        scenarios=both,
        means_a=scenario_means(a.scores),
        means_b=scenario_means(b.scores),
        left_out=tuple(sorted(others)),
    )
