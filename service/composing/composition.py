"""What the composer hands back, and the pieces it is made of."""

from dataclasses import dataclass, field

from service.draft import Citation
from service.facts.sentence import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A complete draft, with what it rests on."""

    text: str
    citations: tuple[Citation, ...] = ()
    decision: str = ""
    """Playbook decisions taken, one per issue: `return.in_window+invoice.from_policy`."""
    handover: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The sentence of a snippet that some words rest on."""

    snippet: str
    """Key, `id@version`."""
    quote: str


@dataclass(frozen=True, slots=True)
class Value:
    """What a slot is filled with, and its sources."""

    text: str
    sources: tuple[Source, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    """Policy sentences whose statement is thereby made."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the reply."""

    text: str
    sources: tuple[Source, ...] = ()
    quotes: bool = False
    """It tells sentences of the policies or the catalogue, chosen for this issue."""


@dataclass(slots=True)
class Stated:
    """What the reply has said so far, so that nothing is said twice."""

    lines: set[str] = field(default_factory=set)
    sentences: set[tuple[str, int]] = field(default_factory=set)
    """Key and position of the policy sentences shown."""
    quotes: set[str] = field(default_factory=set)
    """Words of snippets that were said, or said in other words."""
    names: set[str] = field(default_factory=set)
    """Products named."""
    measures: set[str] = field(default_factory=set)
    """`refund.window`, `freight.payer`…"""
    facts: set[tuple[str, int]] = field(default_factory=set)
    """Sentences whose figure was stated for this order, but which were not shown."""
