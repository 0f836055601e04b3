"""Each figure of a text held against every source: supported, unsupported or contradicted, and by what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from prompts.rulepack import Words
from service.case import Case
from service.ledger.comparing import rivals, same_matter, same_value
from service.ledger.mention import Mention
from service.ledger.source import Source

Support = Literal["supported", "unsupported", "contradicted", "stale"]
STRONG = ("policy", "fact", "order", "ours", "service")
MOST_KEYS = 3
LONGEST_REPLY_WAIT_MIN = Decimal(48 * 60)
"""A promise to come back later than this is no service level of anybody's."""


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


def prove(mention: Mention, bench: Bench) -> Proof | None:
    """What supports or contradicts a mention; None if it binds nobody."""
    if not binds(mention, bench):
        return None
    keys = _supporters(mention, bench)
    if keys:
        return Proof(mention=mention, support="supported", by=keys)
    if mention.denied or mention.elapsed:
        return None
    stale = [
        s.key
        for s in bench.known
        if s.voice == "stale" and any(_agrees(mention, m, bench) for m in s.mentions)
    ]
    if stale:
        return Proof(mention=mention, support="stale", by=tuple(stale[:MOST_KEYS]))
    against = [(s, m) for s in bench.known if s.voice in STRONG for m in s.mentions if rivals(mention, m)]
    if against:
        keys = tuple(dict.fromkeys(source.key for source, _ in against))[:MOST_KEYS]
        source, rival = against[0]
        said = source.text[rival.span[0] : rival.span[1]] or rival.value
        return Proof(mention=mention, support="contradicted", by=keys, rival=rival, said=said)
    return Proof(mention=mention, support="unsupported")


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
    relative = written in bench.words.tables["relative_days"]
    return not relative or bench.words.find("dated_outcome", inside)


def _supporters(mention: Mention, bench: Bench) -> tuple[str, ...]:
    keys: list[str] = []
    for source in (*bench.known, *bench.worked_out):
        if source.voice in STRONG:
            agrees = any(_agrees(mention, m, bench) for m in source.mentions)
        else:
            echoed = source.voice == "customer" and _may_echo(mention, bench)
            agrees = echoed and any(same_value(mention, m) for m in source.mentions)
        if agrees:
            keys.append(source.key)
    return tuple(dict.fromkeys([*keys, *_service_levels(mention, bench)]))[:MOST_KEYS]


def _agrees(mine: Mention, theirs: Mention, bench: Bench) -> bool:
    inside = bench.text[mine.clause[0] : mine.clause[1]]
    if not same_value(mine, theirs, earliest=bench.words.find("at_the_earliest", inside)):
        return False
    if mine.kind == "quantity":
        return True
    if mine.kind == "money" and mine.head != "compensation":
        return True
    return same_matter(mine, theirs)


def _may_echo(mention: Mention, bench: Bench) -> bool:
    """Whether repeating the customer's figure promises nothing."""
    if mention.echo or mention.denied or mention.elapsed:
        return True
    inside = bench.text[mention.clause[0] : mention.clause[1]]
    if mention.kind == "date" and mention.unit == "day":
        return isinstance(mention.low, date) and mention.low <= bench.case.now.date()
    return not bench.words.find("grants", inside)


def _service_levels(mention: Mention, bench: Bench) -> Iterable[str]:
    levels, shop = bench.case.shop.service_levels, bench.case.shop
    if mention.kind == "duration" and mention.unit == "minute" and isinstance(mention.high, Decimal):
        reply = "reply" in mention.topics or "inspection" in mention.topics
        if reply and Decimal(levels.reply_limit_s) / 60 <= mention.high <= LONGEST_REPLY_WAIT_MIN:
            yield "shop.service_levels"
        if mention.high in {
            Decimal(levels.verify_back_min),
            Decimal(levels.supervisor_back_min),
            Decimal(levels.follow_up_h * 60),
        } and not _outcome(mention):
            yield "shop.service_levels"
    if mention.unit == "clock":
        hours = {_minutes(shop.working_hours.start), _minutes(shop.working_hours.end)}
        if mention.low in hours or "reply" in mention.topics:
            yield "shop.working_hours"
    if (
        mention.kind == "date"
        and mention.unit == "day"
        and "reply" in mention.topics
        and isinstance(mention.low, date)
    ):
        days = (mention.low - bench.case.now.date()).days
        if 0 <= days * 1440 <= LONGEST_REPLY_WAIT_MIN:
            yield "shop.service_levels"


def _outcome(mention: Mention) -> bool:
    """Whether the figure is about something more than an answer."""
    return bool(
        set(mention.head.split("_and_"))
        & {"refund", "dispatch", "delivery", "warranty", "no_reason", "return"}
    )


def _minutes(clock: str) -> Decimal:
    hour, _, minute = clock.partition(":")
    return Decimal(int(hour) * 60 + int(minute or 0))
