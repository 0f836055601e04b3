"""Calibration: what a judge's verdicts are worth, from labels that people gave blind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from eval.judging.criterion import Criterion
from eval.judging.judge import Exhibit, Judge
from eval.statistics import wilson

MIN_TPR, MIN_TNR, MAX_FLIPS, MAX_SWAPS = 0.80, 0.75, 0.10, 0.10
"""A judge gates only if the lower bounds of TPR and TNR, and its flips and swaps, lie within these."""
VALID_DAYS = 60
RERUNS = 3
"""How often a judge is asked the same to see whether it keeps its word."""
_BOOTSTRAPS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One draft under one criterion: what people say, and what the judge said each time it was asked."""

    unit: str
    human: bool
    judge: tuple[bool | None, ...]
    """None: it could not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What calibration found; it belongs to one fingerprint and ends."""

    fingerprint: str
    labels: int
    tpr: tuple[float, float, float]
    """Share of good drafts it passes: value, lower, upper (Wilson 95 %)."""
    tnr: tuple[float, float, float]
    kappa: tuple[float, float, float]
    flips: float
    """Share of drafts on which its own reruns disagree."""
    swaps: float
    """Share of pairs on which the two orders disagree; 0 if no pairs were judged."""
    issued: date

    @property
    def expires(self) -> date:
        """The last day on which it gates."""
        return self.issued + timedelta(days=VALID_DAYS)

    def gates(self, fingerprint: str, today: date) -> bool:
        """Whether this judge may decide; otherwise its metrics are advisory."""
        return not self.refusals(fingerprint, today)

    def refusals(self, fingerprint: str, today: date) -> list[str]:
        """Every reason why it may not."""
        found = []
        if fingerprint != self.fingerprint:
            found.append("another judge: model, prompt, criterion or parameters changed since calibration")
        if today > self.expires:
            found.append(f"expired on {self.expires}")
        if self.tpr[1] < MIN_TPR:
            found.append(f"lower bound of TPR {self.tpr[1]:.2f} is below {MIN_TPR}")
        if self.tnr[1] < MIN_TNR:
            found.append(f"lower bound of TNR {self.tnr[1]:.2f} is below {MIN_TNR}")
        if self.flips > MAX_FLIPS:
            found.append(f"flips on {self.flips:.0%} of its own reruns")
        if self.swaps > MAX_SWAPS:
            found.append(f"changes its mind with the order on {self.swaps:.0%} of pairs")
        return found

    def visible(self, true_effect: float) -> float:
        """What a true difference looks like through this judge: true × (TPR + TNR − 1)."""
        return true_effect * (self.tpr[0] + self.tnr[0] - 1)

    def corrected(self, share: float) -> float | None:
        """The Rogan–Gladen estimate of the true share behind a judged one; None if the judge is blind."""
        power = self.tpr[0] + self.tnr[0] - 1
        return min(1.0, max(0.0, (share + self.tnr[0] - 1) / power)) if power > 0 else None


def calibrate(
    labels: Sequence[Label], *, fingerprint: str, today: date, swaps: Mapping[str, bool] | None = None
) -> Certificate:
    """The certificate of a judge; `swaps` says per pair whether the two orders disagreed."""
    first = [(one.human, one.judge[0]) for one in labels if one.judge and one.judge[0] is not None]
    good = [said for human, said in first if human]
    bad = [not said for human, said in first if not human]
    rerun = [one for one in labels if len(one.judge) > 1]
    flipped = sum(len(set(one.judge)) > 1 for one in rerun)
    pairs = list((swaps or {}).values())
    return Certificate(
        fingerprint=fingerprint,
        labels=len(labels),
        tpr=_share(good),
        tnr=_share(bad),
        kappa=_kappa_interval([(human, bool(said)) for human, said in first]),
        flips=flipped / len(rerun) if rerun else 1.0,
        swaps=sum(pairs) / len(pairs) if pairs else 0.0,
        issued=today,
    )


async def judged(
    judge: Judge, exhibits: Mapping[str, tuple[Exhibit, bool]], *, name: str, criterion: Criterion
) -> list[Label]:
    """Labels with the judge's own verdicts beside them; it is asked several times, never from the cache."""
    fresh = replace(judge, answers=None)

    async def one(unit: str, exhibit: Exhibit, human: bool) -> Label:
        scores = await asyncio.gather(*(fresh.score(exhibit, name, criterion) for _ in range(RERUNS)))
        said = tuple(None if score.value is None else score.value == 1 for score in scores)
        return Label(unit=unit, human=human, judge=said)

    asked = (one(unit, exhibit, human) for unit, (exhibit, human) in exhibits.items())
    return list(await asyncio.gather(*asked))


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's κ of two raters; 1 if both always say the same one thing."""
    total = len(pairs)
    if not total:
        return 0.0
    agreed = sum(a == b for a, b in pairs) / total
    a, b = sum(x for x, _ in pairs) / total, sum(y for _, y in pairs) / total
    chance = a * b + (1 - a) * (1 - b)
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def _share(passed: Sequence[bool | None]) -> tuple[float, float, float]:
    won = sum(bool(one) for one in passed)
    low, high = wilson(won, len(passed))
    return (won / len(passed) if passed else 0.0, low, high)


def _kappa_interval(pairs: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    """κ with its bootstrap 95 % interval; the same for the same labels."""
    import numpy as np

    if not pairs:
        return 0.0, -1.0, 1.0
    rng = np.random.default_rng(len(pairs))
    drawn = [kappa([pairs[at] for at in rng.integers(0, len(pairs), len(pairs))]) for _ in range(_BOOTSTRAPS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return kappa(pairs), float(low), float(high)
