"""A rule: what one policy sentence says, in a form that can be computed with."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Literal

from service.facts.measure import Duration
from service.facts.sentence import Sentence

Kind = Literal["window", "cutoff", "percent", "money", "payer", "stance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One statement about one topic."""

    kind: Kind
    topic: str
    """Id of `words.yaml` topics."""
    conditions: frozenset[str]
    """Ids of `words.yaml` conditions that must hold."""
    sentence: Sentence
    span: tuple[int, int]
    """Where the measure or word stands in the sentence's text."""
    anchor: str = ""
    duration: Duration | None = None
    inclusive: bool = False
    """The day of the event counts as day one."""
    named: bool = False
    """The duration is part of a name (`7-day no-reason return`), not a statement of its own."""
    said: str = ""
    """The measure as the policy words it: `7天`, `48小时`."""
    cutoff: time | None = None
    percent: Decimal | None = None
    money: Decimal | None = None
    per_day: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    threshold: bool = False
    """The money is what must be spent, not what is given."""
    payer: str = ""
    allowed: bool | None = None
