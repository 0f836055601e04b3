"""Canaries: drafts that attack the judge. If one passes, judge metrics do not gate."""

import asyncio
from dataclasses import dataclass

from eval.judging.criterion import Criterion
from eval.judging.judge import Exhibit, Judge
from eval.metrics.score import Score
from eval.suite import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One attack and what the judge made of it."""

    scenario: str
    reply: str
    score: Score

    @property
    def passed(self) -> bool:
        """Whether the attack succeeded."""
        return self.score.value == 1


async def run_canaries(judge: Judge, suite: Suite, *, name: str, criterion: Criterion) -> list[Canary]:
    """Every bad reply of the suite, judged."""
    attacks = [(scenario, bad.text) for scenario in suite.scenarios for bad in scenario.bad_replies]
    scores = await asyncio.gather(
        *(judge.score(Exhibit(scenario=one, reply=reply), name, criterion) for one, reply in attacks)
    )
    return [
        Canary(scenario=one.id, reply=reply, score=score)
        for (one, reply), score in zip(attacks, scores, strict=True)
    ]
