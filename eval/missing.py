"""Missing scores: when they forbid a verdict, and whether a PASS holds whatever they would have been."""

from collections import Counter
from collections.abc import Mapping

from eval.pairing import Pairing
from eval.run import Run
from eval.statistics import paired

MAX_MISSING = 0.02
"""Share of missing scores in one arm above which nothing is said."""
DIFFERENT_MISSING = 0.10
"""Fisher p below which the arms are said to lose scores at different rates."""


def why_not_gateable(pairing: Pairing, metric: str) -> str:
    """Why the metric cannot be gated for missing scores; empty if it can."""
    known = {one.id for one in pairing.scenarios}
    a, b = (statuses(run, metric, known) for run in (pairing.a, pairing.b))
    if not a["missing"] and not b["missing"]:
        return ""
    for name, counts in (("base", a), ("candidate", b)):
        share = counts["missing"] / max(1, counts["missing"] + counts["ok"])
        if share > MAX_MISSING:
            return f"{share:.1%} of the scores are missing in the {name}; at most {MAX_MISSING:.0%} may be"
    from scipy.stats import fisher_exact

    p = float(fisher_exact([[a["missing"], a["ok"]], [b["missing"], b["ok"]]]).pvalue)
    return f"the arms lose scores at different rates (Fisher p = {p:.3f})" if p < DIFFERENT_MISSING else ""


def survives(pairing: Pairing, metric: str, family: Mapping[str, str], alpha: float, margin: float) -> bool:
    """Whether PASS holds when every missing B is 0 and every missing A is 1."""
    a, b = pairing.means_a.get(metric, {}), pairing.means_b.get(metric, {})
    asked = {
        unit_key[0]
        for run in (pairing.a, pairing.b)
        for unit_key, scores in run.scores.items()
        if any(one.metric == metric and one.status != "n/a" for one in scores)
    } & set(family)
    lost = [one for one in asked if one not in a or one not in b]
    if not lost:
        return True
    worst = {one: b.get(one, 0.0) - a.get(one, 1.0) for one in asked}
    return paired(list(worst.values()), [family[one] for one in worst], alpha=alpha).lower > -margin


def statuses(run: Run, metric: str, known: set[str]) -> Counter[str]:
    """Counts of scored and missing units; a unit never recorded is missing."""
    counts: Counter[str] = Counter()
    for unit in run.units:
        if unit.scenario in known:
            status = next(
                (one.status for one in run.scores.get(unit.key, ()) if one.metric == metric), "missing"
            )
            counts["ok" if status == "ok" else "n/a" if status == "n/a" else "missing"] += 1
    expected = sum(
        max(int(run.manifest.get("repeats", 1)), one.repeat or 1) for one in run.scenarios if one.id in known
    )
    counts["missing"] += max(0, expected - sum(counts.values()))
    return counts
