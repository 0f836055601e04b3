"""What a judged difference is worth in true units.

Rogan and Gladen (1978) for shares (`Certificate.corrected`); prediction-powered inference after Angelopoulos
et al. (2023) for paired differences: the judge's mean over everything, put right by the labelled part.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A difference, and its two-sided 95 % interval."""

    mean: float
    lower: float
    upper: float
    labelled: int


def corrected_difference(
    judged: Sequence[float], labelled: Mapping[int, float], *, alpha: float = 0.05
) -> Corrected | None:
    """The true mean difference behind judged ones.

    `judged`: judge's B − A per scenario; `labelled`: index into it → people's B − A. None with fewer than
    two labels.
    """
    from scipy.special import ndtri

    if len(labelled) < 2:
        return None
    errors = [human - judged[at] for at, human in labelled.items()]
    mean = sum(judged) / len(judged) + sum(errors) / len(errors)
    half = float(ndtri(1 - alpha / 2)) * math.sqrt(_variance(judged) + _variance(errors))
    return Corrected(mean=mean, lower=mean - half, upper=mean + half, labelled=len(labelled))


def _variance(values: Sequence[float]) -> float:
    """Of their mean."""
    centre = sum(values) / len(values)
    return sum((one - centre) ** 2 for one in values) / (len(values) - 1) / len(values)
