"""Which sources say the same as a figure, and which say otherwise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from prompts.words import Words
from service.case import Case
from service.ledger.amounts import same_kind
from service.ledger.comparing import Closeness, apart, rivals, same_matter, same_value
from service.ledger.echoing import restates
from service.ledger.mention import Mention, plain
from service.ledger.source import Source
from service.ledger.weighing import nearness

STRONG = ("policy", "fact", "order", "ours", "service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a mention is held against."""

    text: str
    """The folded text the mentions stand in."""
    case: Case
    words: Words
    known: tuple[Source, ...]
    worked_out: tuple[Source, ...]
    """Figures that follow from the known ones; they support, they do not contradict."""
    rarity: Mapping[str, float]
    """How telling each piece of text beside a known figure is."""


def agreeing(mention: Mention, bench: Bench) -> list[tuple[Source, Mention, Closeness]]:
    """The sources that say the same, each with its nearest figure."""
    found: list[tuple[Source, Mention, Closeness]] = []
    for source in (*bench.known, *bench.worked_out):
        if source.voice in STRONG:
            near = closest(mention, source, bench)
            if near:
                found.append((source, *near))
            elif mention.kind == "quantity" and _lists(source, mention, bench):
                found.append((source, mention, "same"))
        elif source.voice == "customer" and restates(mention, bench.text, bench.words, bench.case.now.date()):
            found += [(source, each, "same") for each in source.mentions if same_value(mention, each)][:1]
            if mention.kind == "quantity" and _lists(source, mention, bench):
                found.append((source, mention, "same"))
    return found


def against(mention: Mention, bench: Bench) -> list[tuple[Source, Mention]]:
    """The figures of sources that answer the same question otherwise."""
    return [
        (source, each)
        for source in bench.known
        if source.voice in STRONG
        for each in source.mentions
        if (mention.unit != "clock" or mention.pieces & each.pieces)
        and rivals(mention, each)
        and not same_value(mention, each)
    ]


def closest(mention: Mention, source: Source, bench: Bench) -> tuple[Mention, Closeness] | None:
    """The figure of a source that agrees best."""
    near = [
        (each, how) for each in source.mentions if (how := _agrees(mention, each, source, bench)) != "other"
    ]
    return max(
        near, key=lambda one: (one[1] == "same", nearness(mention, one[0], bench.rarity)), default=None
    )


def _lists(source: Source, mention: Mention, bench: Bench) -> bool:
    """Whether a table gives the bare number: size charts leave units to their headings."""
    if mention.unit in bench.words.tables["count_units"]:
        return False
    return all(lists(source, plain(end)) for end in (mention.low, mention.high))


def lists(source: Source, number: str) -> bool:
    """Whether a source gives a number that is no figure of it: a size, a shade."""
    places = (found.start() for found in re.finditer(rf"(?<![\d.]){re.escape(number)}(?![\d.])", source.text))
    return any(all(not each.span[0] <= place < each.span[1] for each in source.mentions) for place in places)


def _agrees(mine: Mention, theirs: Mention, source: Source, bench: Bench) -> Closeness:
    if mine.kind != theirs.kind or (mine.unit != theirs.unit and mine.kind == "date"):
        return "other"
    if (theirs.withheld and not mine.withheld) or not same_value(mine, theirs, earliest=mine.earliest):
        return "other"
    if apart(mine, theirs):
        return "other"
    if mine.kind == "quantity":
        return "same"
    today = bench.case.now.date()
    if mine.kind == "date" and not theirs.clause[1] and isinstance(mine.low, date) and mine.low < today:
        return "same"  # a day of the order's own story
    if mine.kind == "money":
        return "same" if same_kind(mine, bench.text, theirs, source, bench.words) else "other"
    matter = same_matter(mine, theirs, bench.words.tables["related"])
    if mine.kind == "percentage":  # shares are told apart by their value
        return "same" if matter == "same" else "perhaps"
    if matter == "other" and source.key in {fact.key for fact in bench.case.facts}:
        return _by_fact(mine, theirs, source, bench)
    return matter


def _by_fact(mine: Mention, theirs: Mention, source: Source, bench: Bench) -> Closeness:
    """A day computed for this order is right wherever the clause speaks of that right, in any words."""
    related = bench.words.tables["related"]
    spoken = theirs.topics | {related[head] for head in theirs.head.split("_and_") if head in related}
    spoken |= {source.key.replace(":", ".").partition(".")[0]}
    return "same" if mine.topics & spoken else "other"
