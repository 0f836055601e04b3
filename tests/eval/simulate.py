"""`make simulate`: is the gate right? `python -m tests.eval.simulate [trials]`.

Scenarios have their own difficulty, families share a part of it, repeats are coin flips: so a language
model's scores look. Counted: false alarms with no change, power to see a drop, coverage of the interval; and
what simpler rules would have said of the same runs.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.gate import judge
from eval.statistics import ALPHA, paired


@dataclass(frozen=True)
class World:
    """One setting to simulate."""

    name: str
    families: int
    per_family: int
    repeats: int = 3
    drop: float = 0.0
    """True fall of the success rate."""
    family_shift: float = 0.0
    """Spread of what either arm does to whole families (mean 0, alike in both): why families are clusters."""
    ease: tuple[float, float] = (8.0, 1.5)
    """Beta distribution of the scenarios' success rates."""

    @property
    def scenarios(self) -> int:
        """Scenarios in the suite."""
        return self.families * self.per_family


@dataclass(frozen=True)
class Tally:
    """Shares over the trials."""

    regressed: float
    passed: float
    covered: float
    naive: float
    """A paired t that ignores families."""
    any_drop: float
    """“Fail when the mean fell.”"""
    mcnemar: float
    """McNemar's test on majority votes."""


SETTLED = (4.0, 0.55)
"""Most scenarios always pass or hardly ever: 0.88 on the whole."""
WORLDS = (
    World("no change, G=24", 24, 5),
    World("no change, families move, G=24", 24, 5, family_shift=0.10),
    World("no change, G=48", 48, 5),
    World("no change, families move, G=48", 48, 5, family_shift=0.10),
    World("no change, few families, G=8", 8, 6, family_shift=0.05),
    World("no change, N=60 alone", 60, 1, ease=SETTLED),
    World("drop of 10 points, N=60 alone", 60, 1, drop=0.10, ease=SETTLED),
    World("drop of 10 points, N=60", 20, 3, drop=0.10),
    World("drop of 10 points, N=120", 24, 5, drop=0.10),
    World("drop of 10 points, N=240", 48, 5, drop=0.10),
    World("drop of 5 points, N=240", 48, 5, drop=0.05),
)


def outcomes(world: World, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Successes of each scenario in either arm, family after family."""
    easy = rng.beta(*world.ease, size=world.scenarios)
    moved = np.repeat(rng.normal(0, world.family_shift, size=(2, world.families)), world.per_family, axis=1)
    before, after = np.clip(easy + moved[0], 0, 1), np.clip(easy - world.drop + moved[1], 0, 1)
    return rng.binomial(world.repeats, before), rng.binomial(world.repeats, after)


def true_difference(world: World, rng: np.random.Generator) -> float:
    """The mean difference that many scenarios would show; nothing, exactly, without a drop."""
    if not world.drop:
        return 0.0
    easy = rng.beta(*world.ease, size=400_000)
    moved = rng.normal(0, world.family_shift, size=(2, 400_000))
    return float(np.mean(np.clip(easy - world.drop + moved[1], 0, 1) - np.clip(easy + moved[0], 0, 1)))


def simulate(world: World, *, trials: int, seed: int = 20261112) -> Tally:
    """The tally of one setting."""
    rng = np.random.default_rng([seed, WORLDS.index(world)])
    truth = true_difference(world, rng)
    families = [str(one) for one in np.repeat(np.arange(world.families), world.per_family)]
    alone = [str(one) for one in range(world.scenarios)]
    regressed = passed = covered = naive = any_drop = mcnemar = 0
    for _ in range(trials):
        a, b = outcomes(world, rng)
        d = [float(one) for one in (b - a) / world.repeats]
        one = paired(d, families)
        outcome = judge(one, p_worse=one.p_worse, p_better=one.p_better, alpha=ALPHA, margin=0.10)
        regressed += outcome == "REGRESSED"
        passed += outcome in {"PASS", "IMPROVED"}
        both = paired(d, families, alpha=ALPHA / 2)
        covered += both.t_lower <= truth <= both.upper
        naive += paired(d, alone).p_worse < ALPHA
        any_drop += one.mean < 0
        mcnemar += _mcnemar(2 * a > world.repeats, 2 * b > world.repeats) < ALPHA
    counts = (regressed, passed, covered, naive, any_drop, mcnemar)
    return Tally(*(count / trials for count in counts))


def _mcnemar(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Two-sided exact p of the discordant pairs."""
    from scipy.special import bdtr

    lost, won = int((a & ~b).sum()), int((~a & b).sum())
    return min(1.0, 2 * float(bdtr(min(lost, won), lost + won, 0.5))) if lost + won else 1.0


def rows(trials: int) -> Iterator[str]:
    """A line per setting."""
    head = ("REGRESSED", "PASS", "coverage", "no families", "any drop", "McNemar")
    yield f"{'setting':32}" + "".join(f"{each:>12}" for each in head)
    for world in WORLDS:
        tally = simulate(world, trials=trials)
        shares = (
            tally.regressed,
            tally.passed,
            tally.covered,
            tally.naive,
            tally.any_drop,
            tally.mcnemar,
        )
        yield f"{world.name:32}" + "".join(f"{share:12.3f}" for share in shares)
    yield f"(standard error of a share of 0.05: {(0.05 * 0.95 / trials) ** 0.5:.4f})"


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
