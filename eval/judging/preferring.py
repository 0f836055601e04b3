"""Blind A/B of two runs (L5): which draft a supervisor would rather send, asked in both orders."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.judging.judge import Exhibit, Judge, background
from eval.judging.jury import exhibit_of
from eval.pairing import pair
from eval.run import Run
from eval.runfolder import json_line, write_whole
from eval.scenario import Scenario
from eval.seams import Shelf
from eval.statistics import Estimate, paired
from eval.unit import Unit
from prompts.template import find, render
from service.errors import ModelError
from service.model import Message

Winner = Literal["a", "b", "tie"]
_VALUE = {"a": -1.0, "tie": 0.0, "b": 1.0}


class Ranking(BaseModel):
    """What the judge says of two drafts, exactly in this shape."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    critique: str
    winner: Literal["first", "second", "tie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One scenario: the better draft, if both orders say so."""

    scenario: str
    family: str
    winner: Winner | None
    """None: the judge did not answer in the asked shape."""
    swapped: bool = False
    """The two orders name different drafts: counted as a tie."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All of them, and what they come to."""

    a: str
    b: str
    all: tuple[Preference, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How often a, b, tie, unanswered; equal texts are ties that nobody was asked about."""
        return Counter(one.winner or "unanswered" for one in self.all)

    @property
    def swaps(self) -> float:
        """Share of answered pairs on which the two orders disagree."""
        answered = [one for one in self.all if one.winner]
        return sum(one.swapped for one in answered) / len(answered) if answered else 0.0

    @property
    def estimate(self) -> Estimate | None:
        """Mean of +1 for B, −1 for A, by family; None if nothing was answered."""
        answered = [one for one in self.all if one.winner]
        if not answered:
            return None
        return paired([_VALUE[one.winner or "tie"] for one in answered], [one.family for one in answered])


async def prefer(a: Run, b: Run, *, judge: Judge, shelf: Shelf) -> Preferences:
    """The preferences between the first drafts of two runs. Raises NotComparable."""
    pairing = pair(a, b)
    drafts = [{unit.scenario: unit for unit in reversed(run.units) if unit.written} for run in (a, b)]
    asked = [one for one in pairing.scenarios if all(one.id in each for each in drafts)]
    found = await asyncio.gather(
        *(_prefer(one, drafts[0][one.id], drafts[1][one.id], judge, shelf) for one in asked)
    )
    return Preferences(a=a.id, b=b.id, all=tuple(found))


def write_preferences(path: Path, found: Preferences) -> None:
    """A line per scenario."""
    write_whole(path, (json_line(asdict(one)) for one in found.all))


async def _prefer(scenario: Scenario, a: Unit, b: Unit, judge: Judge, shelf: Shelf) -> Preference:
    one, other = exhibit_of(a, scenario, shelf), exhibit_of(b, scenario, shelf)
    even = Preference(scenario=scenario.id, family=scenario.family, winner="tie")
    if one is None or other is None or one.reply == other.reply:
        return replace(even, why="the same words")
    try:
        forth, back = await asyncio.gather(
            _ranking(one, one.reply, other.reply, judge), _ranking(one, other.reply, one.reply, judge)
        )
    except (ModelError, ValidationError) as error:
        return replace(even, winner=None, why=" ".join(str(error).split())[:200])
    forward: Winner = {"first": "a", "second": "b", "tie": "tie"}[forth.winner]  # type: ignore[assignment]
    backward: Winner = {"first": "b", "second": "a", "tie": "tie"}[back.winner]  # type: ignore[assignment]
    swapped = {forward, backward} == {"a", "b"}
    winner: Winner = forward if forward == backward else "tie"
    return replace(even, winner=winner, swapped=swapped, why=forth.critique)


async def _ranking(exhibit: Exhibit, first: str, second: str, judge: Judge) -> Ranking:
    template = find(judge.templates, "pairwise", exhibit.language)
    sections = render(
        template, delimiter=judge.new_delimiter(), first=first, second=second, **background(exhibit)
    )
    messages: Sequence[Message] = [Message(role=each.role, text=each.text) for each in sections]
    return Ranking.model_validate_json((await judge.ask(messages)).text.strip())
