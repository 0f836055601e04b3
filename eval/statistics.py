"""Paired statistics over families: pure functions from differences to bounds and p-values.

Cluster-robust variance after Liang and Zeger (1986); sign-flip permutation after Fisher; Holm (1979). A
change counts as significant where t and sign flips both say so: t alone is a shade too eager on few values.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALPHA = 0.05
FEW_FAMILIES = 12
"""Below this many families the t distribution is not to be trusted: only the sign flips decide."""
EXACT_FLIPS = 65_536
"""Up to 2^16 sign patterns are enumerated."""
DRAWN_FLIPS = 3_999
"""Beyond, this many are drawn, always the same; the observed one counts, too (Phipson and Smyth, 2010)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean paired difference, B minus A, and what is known about it."""

    mean: float
    se: float
    scenarios: int
    families: int
    lower: float
    """One-sided 1 − α bound, with the zero-loss floor: what a PASS rests on."""
    t_lower: float
    """The same without the floor: what an IMPROVED rests on."""
    upper: float
    p_worse: float
    """One-sided p-value of B being worse."""
    p_better: float
    worse: int
    """Scenarios that got worse."""
    better: int

    @property
    def unchanged(self) -> int:
        """Scenarios with the same value in both arms."""
        return self.scenarios - self.worse - self.better


def paired(differences: Sequence[float], families: Sequence[str], *, alpha: float = ALPHA) -> Estimate:
    """The estimate of paired differences that are clustered in families."""
    import numpy as np

    d = np.asarray(differences, dtype=float)
    sums, sizes = _by_family(d, families)
    mean, se = _mean_and_se(sums, sizes)
    count = len(sums)
    half = se * _t_quantile(count - 1, 1 - alpha)
    lower, upper = mean - half, mean + half
    if not (d < 0).any():
        lower = min(lower, zero_loss_bound(count, alpha=alpha))
    p_worse, p_better = _p_values(sums, mean, se, count)
    return Estimate(
        mean=mean,
        se=se,
        scenarios=len(d),
        families=count,
        lower=lower,
        t_lower=mean - half,
        upper=upper,
        p_worse=p_worse,
        p_better=p_better,
        worse=int((d < 0).sum()),
        better=int((d > 0).sum()),
    )


def zero_loss_bound(families: int, *, alpha: float = ALPHA) -> float:
    """What no loss in that many families still allows: −(1 − α^(1/G))."""
    return float(alpha ** (1 / families)) - 1


def zero_failures_bound(tried: int, *, alpha: float = ALPHA) -> float:
    """Upper bound of a failure rate after none in so many tries: 1 − α^(1/n)."""
    return 1 - float(alpha ** (1 / tried)) if tried else 1.0


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values (Holm's step-down)."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    ordered = sorted(p_values.items(), key=lambda entry: entry[1])
    for rank, (name, p) in enumerate(ordered):
        highest = max(highest, min(1.0, (len(ordered) - rank) * p))
        adjusted[name] = highest
    return adjusted


def families_for_margin(margin: float, *, alpha: float = ALPHA) -> int:
    """How many families without a loss it takes until the zero-loss bound is within the margin."""
    return math.ceil(math.log(alpha) / math.log(1 - margin))


def wilson(successes: int, tried: int, *, alpha: float = ALPHA) -> tuple[float, float]:
    """Two-sided 1 − α interval of a share (Wilson, 1927)."""
    if not tried:
        return 0.0, 1.0
    from scipy.special import ndtri

    z = float(ndtri(1 - alpha / 2))
    share = successes / tried
    centre = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried)) / (1 + z * z / tried)
    return max(0.0, centre - half), min(1.0, centre + half)


def _by_family(
    d: "NDArray[np.float64]", families: Sequence[str]
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    import numpy as np

    _, inverse = np.unique(np.asarray(families), return_inverse=True)
    return np.bincount(inverse, weights=d).astype(np.float64), np.bincount(inverse).astype(np.float64)


def _mean_and_se(sums: "NDArray[np.float64]", sizes: "NDArray[np.float64]") -> tuple[float, float]:
    count, total = len(sums), float(sizes.sum())
    mean = float(sums.sum()) / total
    if count < 2:
        return mean, math.inf
    residuals = sums - sizes * mean
    variance = count / (count - 1) * float((residuals**2).sum()) / total**2
    return mean, math.sqrt(variance)


def _p_values(sums: "NDArray[np.float64]", mean: float, se: float, families: int) -> tuple[float, float]:
    flips = _sign_flips(sums)
    if families < FEW_FAMILIES or se == 0:
        return flips
    from scipy.special import stdtr

    t_worse = float(stdtr(families - 1, mean / se))
    return max(t_worse, flips[0]), max(1 - t_worse, flips[1])


def _sign_flips(sums: "NDArray[np.float64]") -> tuple[float, float]:
    """How often flipping the families' signs gives a total at least as low, and as high."""
    moved = sums[sums != 0]
    if not len(moved):
        return 1.0, 1.0
    observed, slack = float(moved.sum()), 1e-9
    totals = _signs(len(moved)) @ moved
    return float((totals <= observed + slack).mean()), float((totals >= observed - slack).mean())


@lru_cache(maxsize=16)
def _signs(count: int) -> "NDArray[np.float64]":
    """Patterns of signs, a row each: all of them, or enough."""
    import numpy as np

    if 2**count <= EXACT_FLIPS:
        patterns = np.arange(2**count)
        return (1 - 2 * ((patterns[:, None] >> np.arange(count)) & 1)).astype(np.float64)
    drawn = np.random.default_rng(0).choice(np.array([-1.0, 1.0]), size=(DRAWN_FLIPS, count))
    return np.vstack([np.ones(count), drawn])


def _t_quantile(df: int, share: float) -> float:
    if df < 1:
        return math.inf
    from scipy.special import stdtrit

    return float(stdtrit(df, share))
