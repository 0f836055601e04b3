"""Simulation of the gate's statistics: `python -m tests.eval.simulate [trials]`.

Scenarios have their own difficulty, families share a part of it, repeats are coin flips: so a language
model's scores look. Counted: false alarms with no change, power to see a drop, coverage of the interval.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

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
    """False alarms (or power) if families were ignored."""


WORLDS = (
    World("no change, G=24", 24, 5),
    World("no change, families move, G=24", 24, 5, family_shift=0.10),
    World("no change, G=48", 48, 5),
    World("no change, families move, G=48", 48, 5, family_shift=0.10),
    World("no change, few families, G=8", 8, 6, family_shift=0.05),
    World("drop of 10 points, N=60", 20, 3, drop=0.10),
    World("drop of 10 points, N=120", 24, 5, drop=0.10),
    World("drop of 10 points, N=240", 48, 5, drop=0.10),
    World("drop of 5 points, N=240", 48, 5, drop=0.05),
)


def differences(world: World, rng: np.random.Generator) -> list[float]:
    """Scenario differences B − A of one trial, family after family."""
    easy = rng.beta(8, 1.5, size=world.scenarios)
    moved = np.repeat(rng.normal(0, world.family_shift, size=(2, world.families)), world.per_family, axis=1)
    before, after = np.clip(easy + moved[0], 0, 1), np.clip(easy - world.drop + moved[1], 0, 1)
    draw = rng.binomial
    moved_by = (draw(world.repeats, after) - draw(world.repeats, before)) / world.repeats
    return [float(one) for one in moved_by]


def true_difference(world: World, rng: np.random.Generator) -> float:
    """The mean difference that many scenarios would show; nothing, exactly, without a drop."""
    if not world.drop:
        return 0.0
    easy = rng.beta(8, 1.5, size=400_000)
    moved = rng.normal(0, world.family_shift, size=(2, 400_000))
    return float(np.mean(np.clip(easy - world.drop + moved[1], 0, 1) - np.clip(easy + moved[0], 0, 1)))


def simulate(world: World, *, trials: int, seed: int = 20261112) -> Tally:
    """The tally of one setting."""
    rng = np.random.default_rng(seed)
    truth = true_difference(world, rng)
    families = [str(one) for one in np.repeat(np.arange(world.families), world.per_family)]
    alone = [str(one) for one in range(world.scenarios)]
    regressed = passed = covered = naive = 0
    for _ in range(trials):
        d = differences(world, rng)
        one = paired(d, families)
        outcome = judge(one, p_worse=one.p_worse, p_better=one.p_better, alpha=ALPHA, margin=0.10)
        regressed += outcome == "REGRESSED"
        passed += outcome in {"PASS", "IMPROVED"}
        both = paired(d, families, alpha=ALPHA / 2)
        covered += both.lower <= truth <= both.upper
        naive += paired(d, alone).p_worse < ALPHA
    return Tally(regressed / trials, passed / trials, covered / trials, naive / trials)


def rows(trials: int) -> Iterator[str]:
    """A line per setting."""
    yield f"{'setting':34} {'regressed':>9} {'passed':>7} {'coverage':>8} {'p<.05 ignoring families':>24}"
    for world in WORLDS:
        tally = simulate(world, trials=trials)
        yield (
            f"{world.name:34} {tally.regressed:9.3f} {tally.passed:7.3f} "
            f"{tally.covered:8.3f} {tally.naive:24.3f}"
        )


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
