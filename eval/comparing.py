"""What changed between two runs: flips by family, the biggest movers with both drafts, cost and latency."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from eval.gate import GATED
from eval.pairing import Pairing, pair
from eval.run import Run
from eval.statistics import Estimate, paired
from eval.summary import HEADLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A scenario whose headline changed, with both drafts."""

    scenario: str
    family: str
    question: str
    a: float
    b: float
    text_a: str
    text_b: str
    reason_a: str
    reason_b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyChange:
    """How one family moved."""

    family: str
    scenarios: int
    a: float
    b: float
    won: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs side by side."""

    a: str
    b: str
    estimates: Mapping[str, Estimate]
    families: tuple[FamilyChange, ...]
    """Those that moved, worst first."""
    movers: tuple[Mover, ...]
    """Worst first."""
    cost: tuple[float, float]
    ms: tuple[float, float]
    """Median milliseconds per draft."""
    changed_texts: int
    left_out: tuple[str, ...]


def compare(a: Run, b: Run, *, metrics: Sequence[str] = GATED, movers: int = 20) -> Comparison:
    """The comparison of two runs. Raises NotComparable."""
    pairing = pair(a, b)
    family = {one.id: one.family for one in pairing.scenarios}
    estimates = {}
    for metric in metrics:
        found = pairing.differences(metric)
        if found:
            estimates[metric] = paired(list(found.values()), [family[one] for one in found])
    moved = sorted(_movers(pairing), key=lambda one: (one.b - one.a, one.scenario))
    kept = moved if len(moved) <= movers else [*moved[: movers // 2], *moved[-(movers // 2) :]]
    return Comparison(
        a=a.id,
        b=b.id,
        estimates=estimates,
        families=_families(pairing),
        movers=tuple(kept),
        cost=(a.summary["tokens"]["cost"], b.summary["tokens"]["cost"]),
        ms=(_median_ms(a), _median_ms(b)),
        changed_texts=_changed(pairing),
        left_out=pairing.left_out,
    )


def _families(pairing: Pairing) -> tuple[FamilyChange, ...]:
    grouped: dict[str, list[tuple[float, float]]] = defaultdict(list)
    a, b = pairing.means_a.get(HEADLINE, {}), pairing.means_b.get(HEADLINE, {})
    for one in pairing.scenarios:
        if one.id in a and one.id in b:
            grouped[one.family].append((a[one.id], b[one.id]))
    changes = [
        FamilyChange(
            family=family,
            scenarios=len(values),
            a=sum(x for x, _ in values) / len(values),
            b=sum(y for _, y in values) / len(values),
            won=sum(y > x for x, y in values),
            lost=sum(y < x for x, y in values),
        )
        for family, values in grouped.items()
        if any(x != y for x, y in values)
    ]
    return tuple(sorted(changes, key=lambda one: (one.b - one.a, one.family)))


def _movers(pairing: Pairing) -> list[Mover]:
    texts_a, texts_b = _texts(pairing.a), _texts(pairing.b)
    why_a, why_b = _reasons(pairing.a), _reasons(pairing.b)
    moved = {one: change for one, change in pairing.differences(HEADLINE).items() if change}
    return [
        Mover(
            scenario=one.id,
            family=one.family,
            question=one.question,
            a=pairing.means_a[HEADLINE][one.id],
            b=pairing.means_b[HEADLINE][one.id],
            text_a=texts_a.get(one.id, ""),
            text_b=texts_b.get(one.id, ""),
            reason_a=why_a.get(one.id, ""),
            reason_b=why_b.get(one.id, ""),
        )
        for one in pairing.scenarios
        if one.id in moved
    ]


def _texts(run: Run) -> dict[str, str]:
    """Scenario → text of its first unit that has one."""
    found: dict[str, str] = {}
    for unit in run.units:
        if unit.scenario not in found and (output := unit.output):
            found[unit.scenario] = str(output.get("text", ""))
    return found


def _reasons(run: Run) -> dict[str, str]:
    """Scenario → what failed, with the reasons of the metrics."""
    found: dict[str, str] = {}
    for (scenario, _), scores in run.scores.items():
        said = [
            f"{one.metric}: {one.reason}"
            for one in scores
            if one.value is not None and one.value < 1 and one.reason
        ]
        found.setdefault(scenario, "; ".join(said))
    return found


def _changed(pairing: Pairing) -> int:
    a, b = _texts(pairing.a), _texts(pairing.b)
    return sum(a.get(one.id) != b.get(one.id) for one in pairing.scenarios)


def _median_ms(run: Run) -> float:
    return round(median([unit.ms for unit in run.units] or [0.0]), 1)
