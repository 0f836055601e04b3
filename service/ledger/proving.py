"""Each figure of a text held against every source: supported, unsupported or contradicted, and by what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from prompts.words import clause
from service.ledger.amounts import given_on_top
from service.ledger.mention import SENTENCE_END, Mention
from service.ledger.service_levels import service_levels
from service.ledger.source import Source
from service.ledger.supporting import Bench, against, agreeing, closest, lists
from service.ledger.weighing import MARGIN, MATTER, nearness, outdone

Support = Literal["supported", "unsupported", "contradicted", "stale"]
MOST_KEYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A mention and what came of it."""

    mention: Mention
    support: Support
    by: tuple[str, ...] = ()
    rival: Mention | None = None
    """What the contradicting source says."""
    said: str = ""
    """The contradicting source's own words."""


def prove(mention: Mention, bench: Bench) -> Proof | None:
    """What supports or contradicts a mention; None if it binds nobody."""
    if not binds(mention, bench):
        return None
    idle = mention.denied or mention.elapsed or mention.asked
    found = agreeing(mention, bench)
    otherwise = [] if idle or mention.echo else against(mention, bench)
    keys = [source.key for source, _, _ in found]
    at_desk = _at_desk(bench.text[slice(*mention.clause)], bench)
    levels = list(service_levels(mention, bench.case.shop, bench.case.now.date(), at_desk=at_desk))
    own = [] if keys or levels else list(_authority(mention, bench))  # what policy fixes no agent sets anew
    if levels:  # an answer sooner than policy has it wrongs nobody
        otherwise = [(source, each) for source, each in otherwise if _later(mention, each)]
    ours = MARGIN + MATTER if levels else MARGIN
    doubted = bool(otherwise) and outdone(mention, found, otherwise, bench.rarity, margin=ours)
    if (by := [*keys, *levels, *own]) and not doubted:
        return Proof(mention=mention, support="supported", by=tuple(dict.fromkeys(by))[:MOST_KEYS])
    if idle:
        return None
    if _gone_by(mention, "overdue", bench):  # a policy's own days do not set this order's deadline
        otherwise = [one for one in otherwise if one[0].voice != "policy"]
    return _refuted(mention, otherwise, bench)


def _later(mine: Mention, theirs: Mention) -> bool:
    return isinstance(mine.high, Decimal) and isinstance(theirs.high, Decimal) and mine.high > theirs.high


def _at_desk(inside: str, bench: Bench) -> bool:
    """Whether a clause speaks of what the agent does at the desk: 给我5分钟查一下."""
    return bench.words.find("own_step", inside) and not bench.words.find("dated_outcome", inside)


def _refuted(mention: Mention, otherwise: list[tuple[Source, Mention]], bench: Bench) -> Proof | None:
    inside = bench.text[mention.clause[0] : mention.clause[1]]
    stale = [s.key for s in bench.known if s.voice == "stale" and closest(mention, s, bench)]
    if stale and (mention.kind == "date" or bench.words.find("window_closed", inside)):
        return None
    if stale:
        return Proof(mention=mention, support="stale", by=tuple(stale[:MOST_KEYS]))
    if otherwise:
        keys = tuple(dict.fromkeys(source.key for source, _ in otherwise))[:MOST_KEYS]
        source, rival = max(otherwise, key=lambda one: nearness(mention, one[1], bench.rarity))
        said = source.text[rival.span[0] : rival.span[1]] or rival.value
        return Proof(mention=mention, support="contradicted", by=keys, rival=rival, said=said)
    if any(_gone_by(mention, words, bench) for words in ("overdue", "ended")):
        return None
    if mention.unit == "clock":  # a time of day that nobody gainsays binds no more than its day
        return None
    return Proof(mention=mention, support="unsupported")


def _gone_by(mention: Mention, words: str, bench: Bench) -> bool:
    """Whether a past day is only named as the end of something, or as missed: it grants nothing."""
    left, right = clause(bench.text, *mention.span, stops=SENTENCE_END)
    today = bench.case.now.date()
    past = mention.unit == "day" and isinstance(mention.low, date) and mention.low < today
    return past and bench.words.find(words, bench.text[left:right])


def binds(mention: Mention, bench: Bench) -> bool:
    """Whether a figure can bind the shop at all: 两个方案 or 请拍2张照片 do not."""
    inside = bench.text[mention.clause[0] : mention.clause[1]]
    if mention.kind == "quantity" and mention.unit in bench.words.tables["count_units"]:
        return bench.words.find("count_matters", inside)
    if bench.words.find("asks_customer", inside) and mention.kind in {"quantity", "duration"}:
        return False
    if mention.kind == "date" and not mention.echo:
        return _date_binds(mention, inside, bench)
    return True


def _date_binds(mention: Mention, inside: str, bench: Bench) -> bool:
    if mention.unit == "clock":
        return True
    written = bench.text[mention.span[0] : mention.span[1]]
    tables = bench.words.tables
    relative = written in tables["relative_days"] or written in tables["month_end"]
    relative = relative or any(bench.words.find(name, written) for name in ("date_festival", "date_weekday"))
    if not relative:
        closing = bench.words.find("closing", bench.text[: mention.span[0]][-2:])
        return (closing or bench.words.find("dated_outcome", inside)) and not _names(mention, bench)
    return bench.words.find("dated_outcome", inside) and not bench.words.find("own_step", inside)


def _names(mention: Mention, bench: Bench) -> bool:
    """Whether 21号 is a shade that a source lists, not a day."""
    number = str(mention.low.day) if isinstance(mention.low, date) else ""
    return any(
        lists(source, number) and bench.words.find("numbered_things", source.text) for source in bench.known
    )


def _authority(mention: Mention, bench: Bench) -> Iterable[str]:
    """An amount the agent may grant without asking."""
    if is_compensation(mention, bench) and isinstance(mention.high, Decimal):
        limit = bench.case.shop.authority.get(bench.case.role)
        if limit and mention.high <= limit.compensation_max:
            yield f"shop.authority.{bench.case.role}"


def is_compensation(mention: Mention, bench: Bench) -> bool:
    """Whether an amount is given on top, not given back."""
    return given_on_top(mention, bench.text, bench.words)
