"""The gate: pass, regressed or inconclusive, and right to say so."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from eval.blockers import Blocker, find_blockers, hard_bounds
from eval.errors import JudgeNotCertified
from eval.metrics.score import Score
from eval.missing import survives, why_not_gateable
from eval.pairing import Pairing, pair
from eval.run import Run
from eval.statistics import ALPHA, Estimate, families_for_margin, holm, paired

Outcome = Literal["REGRESSED", "IMPROVED", "PASS", "INCONCLUSIVE", "NOT_GATEABLE"]

MARGIN, WIDE_MARGIN, MANY_SCENARIOS = 0.05, 0.10, 150
"""A drop smaller than the margin is let pass; suites below 150 scenarios can only resolve the wider one."""
JUDGED = "judge."
"""What ids of judge metrics begin with."""
NO_STANDING = "nothing is known of its calibration"
SMALLEST_REGRESSION = 0.01
"""A significant drop below one point is not worth a red build."""
GATED = (
    "good",
    "intents",
    "emotion",
    "escalation",
    "action",
    "states",
    "facts",
    "asks",
    "evidence",
    "practices",
)
"""Metrics that decide; the others are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricVerdict:
    """What the gate says about one metric."""

    metric: str
    outcome: Outcome
    estimate: Estimate | None
    margin: float
    p_worse: float = 1.0
    """Holm-adjusted."""
    p_better: float = 1.0
    note: str = ""
    """What would settle an inconclusive one, or why it cannot be gated."""
    advisory: bool = False
    """Rests on too few families ever to pass: it can fail the run, and does not hold it up."""
    refused: tuple[str, ...] = ()
    """Why a judge's metric may not decide; it is shown, and neither fails a run nor holds it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says about a run against its base."""

    outcome: Outcome
    exit_code: int
    metrics: tuple[MetricVerdict, ...]
    blockers: tuple[Blocker, ...]
    hard_bounds: Mapping[str, float]
    """Hard checks without a failure in B → upper bound of their true rate."""
    scenarios: int
    families: int
    left_out: tuple[str, ...]
    reasons: tuple[str, ...]


def gate(
    base: Run,
    candidate: Run,
    *,
    metrics: Sequence[str] = GATED,
    alpha: float = ALPHA,
    margin: float | None = None,
    confirmed: Iterable[tuple[str, str]] = (),
    standing: Mapping[str, Sequence[str]] | None = None,
    must_decide: Iterable[str] = (),
) -> Verdict:
    """The verdict on a candidate run; `confirmed` are blockers (scenario, metric) that a person confirmed.

    `standing`: judge metric → why it may not decide (`eval.judging.standing.refusals`); one that is not in it
    may not. `must_decide`: judge metrics that are asked for by name. Raises NotComparable,
    JudgeNotCertified.
    """
    pairing = pair(base, candidate)
    refused = _refused(candidate, standing or {})
    for metric in must_decide:
        if why := refused.get(metric, ("the run has no such judge's metric",)):
            raise JudgeNotCertified(f"{metric} may not decide: {'; '.join(why)}")
    able = (*metrics, *(metric for metric, why in refused.items() if not why))
    shown = [metric for metric, why in refused.items() if why]
    verdicts = _metrics(pairing, able, alpha, margin)
    verdicts += tuple(
        replace(one, refused=tuple(refused[one.metric])) for one in _metrics(pairing, shown, alpha, margin)
    )
    blockers = find_blockers(pairing, confirmed=set(confirmed))
    reasons = _reasons(verdicts, blockers)
    outcome = _overall(verdicts, blockers)
    return Verdict(
        outcome=outcome,
        exit_code=EXIT_CODES[outcome],
        metrics=verdicts,
        blockers=blockers,
        hard_bounds=hard_bounds(candidate, pairing),
        scenarios=len(pairing.scenarios),
        families=len({one.family for one in pairing.scenarios}),
        left_out=pairing.left_out,
        reasons=reasons,
    )


EXIT_CODES: Mapping[Outcome, int] = {
    "PASS": 0,
    "IMPROVED": 0,
    "REGRESSED": 1,
    "INCONCLUSIVE": 3,
    "NOT_GATEABLE": 5,
}
"""2 is usage and lint, 4 not comparable (NotComparable), 6 a judge metric that is not certified."""


def _refused(run: Run, standing: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Every judge metric of the run → why it may not decide."""
    judged = {score.metric for score in _all_scores(run) if score.metric.startswith(JUDGED)}
    return {metric: standing.get(metric, (NO_STANDING,)) for metric in sorted(judged)}


def judge(estimate: Estimate, *, p_worse: float, p_better: float, alpha: float, margin: float) -> Outcome:
    """The outcome of one metric from its estimate and its adjusted p-values."""
    if p_worse < alpha and estimate.mean <= -SMALLEST_REGRESSION:
        return "REGRESSED"
    if p_better < alpha and estimate.t_lower > 0:
        return "IMPROVED"
    return "PASS" if estimate.lower > -margin else "INCONCLUSIVE"


def _metrics(
    pairing: Pairing, metrics: Sequence[str], alpha: float, given_margin: float | None
) -> tuple[MetricVerdict, ...]:
    family = {one.id: one.family for one in pairing.scenarios}
    estimates: dict[str, Estimate] = {}
    refused: list[MetricVerdict] = []
    for metric in metrics:
        if not any(one.metric == metric for run in (pairing.a, pairing.b) for one in _all_scores(run)):
            continue
        found = pairing.differences(metric)
        if reason := why_not_gateable(pairing, metric):
            refused.append(
                MetricVerdict(metric=metric, outcome="NOT_GATEABLE", estimate=None, margin=0.0, note=reason)
            )
        elif found:
            estimates[metric] = paired(list(found.values()), [family[one] for one in found], alpha=alpha)
    worse = holm({metric: estimate.p_worse for metric, estimate in estimates.items()})
    better = holm({metric: estimate.p_better for metric, estimate in estimates.items()})
    judged = []
    for metric, estimate in estimates.items():
        margin = given_margin if given_margin is not None else _margin(estimate.scenarios)
        outcome = judge(estimate, p_worse=worse[metric], p_better=better[metric], alpha=alpha, margin=margin)
        note = ""
        if outcome == "PASS" and not survives(pairing, metric, family, alpha, margin):
            outcome, note = "INCONCLUSIVE", "missing scores could hide a drop: fill them in and gate again"
        elif outcome == "INCONCLUSIVE":
            note = what_would_settle(estimate, margin=margin, alpha=alpha)
        judged.append(
            MetricVerdict(
                metric=metric,
                outcome=outcome,
                estimate=estimate,
                margin=margin,
                p_worse=worse[metric],
                p_better=better[metric],
                note=note,
                advisory=estimate.families < families_for_margin(margin, alpha=alpha),
            )
        )
    return (*judged, *refused)


def what_would_settle(estimate: Estimate, *, margin: float, alpha: float = ALPHA) -> str:
    """How many scenarios or families would give the bound the room it needs."""
    if not estimate.worse:
        return (
            f"no loss seen, but too few families: {families_for_margin(margin, alpha=alpha)} would settle it"
        )
    room = estimate.mean + margin
    if room <= 0:
        return "the estimate itself lies beyond the margin: look at the scenarios that got worse"
    spread = estimate.mean - estimate.lower
    if not math.isfinite(spread):
        return "one family only: spread over more families"
    needed = math.ceil(estimate.scenarios * (spread / room) ** 2)
    enough = max(needed, estimate.scenarios + 1)
    return f"about {enough} scenarios of this kind, or more repeats of all, would settle it"


def _margin(scenarios: int) -> float:
    return MARGIN if scenarios >= MANY_SCENARIOS else WIDE_MARGIN


def _all_scores(run: Run) -> Iterable[Score]:
    return (score for scores in run.scores.values() for score in scores)


def _reasons(verdicts: Sequence[MetricVerdict], blockers: Sequence[Blocker]) -> tuple[str, ...]:
    said = [
        f"{one.scenario}: {one.metric} fails in {one.failed} of {one.of} and not in the base: {one.reason}"
        + ("" if one.confirmed else " (unconfirmed: repeat all scenarios of both arms)")
        for one in blockers
    ]
    verdicts = [one for one in verdicts if not one.refused]
    if verdicts and all(one.advisory for one in verdicts):
        most = max(one.estimate.families if one.estimate else 0 for one in verdicts)
        enough = families_for_margin(WIDE_MARGIN)
        said.append(f"{most} families are too few to pass on: {enough} would settle it")
    for one in verdicts:
        if one.outcome == "REGRESSED" and one.estimate:
            said.append(f"{one.metric} fell by {-one.estimate.mean:.3f} (p = {one.p_worse:.4f})")
        elif one.note and not one.advisory:
            said.append(f"{one.metric}: {one.note}")
    return tuple(said)


def _overall(verdicts: Sequence[MetricVerdict], blockers: Sequence[Blocker]) -> Outcome:
    verdicts = [one for one in verdicts if not one.refused]
    outcomes = {one.outcome for one in verdicts}
    deciding = {one.outcome for one in verdicts if not one.advisory}
    if "REGRESSED" in outcomes or any(one.confirmed for one in blockers):
        return "REGRESSED"
    if "NOT_GATEABLE" in outcomes or not verdicts:
        return "NOT_GATEABLE"
    if not deciding or "INCONCLUSIVE" in deciding or blockers:
        return "INCONCLUSIVE"
    return "IMPROVED" if "IMPROVED" in deciding else "PASS"
