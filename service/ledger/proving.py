"""Each figure of a text held against every source: supported, unsupported or contradicted, and by what."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from prompts.rulepack import Words, clause
from service.case import Case
from service.ledger.amounts import given_on_top, same_kind
from service.ledger.comparing import Closeness, rivals, same_matter, same_value
from service.ledger.echoing import restates
from service.ledger.mention import SENTENCE_END, Mention, plain
from service.ledger.rights import Claim
from service.ledger.source import Source

Support = Literal["supported", "unsupported", "contradicted", "stale"]
STRONG = ("policy", "fact", "order", "ours", "service")
MOST_KEYS = 3
NEARER = 2
"""So many more shared pieces make a contradicting clause nearer than an agreeing one."""
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
    found = _agreeing(mention, bench)
    against = [] if mention.denied or mention.elapsed or mention.echo else _against(mention, bench)
    keys = [
        *(source.key for source, _, _ in found),
        *_service_levels(mention, bench),
        *_authority(mention, bench),
    ]
    if keys and not (against and _outdone(mention, found, against)):
        return Proof(mention=mention, support="supported", by=tuple(dict.fromkeys(keys))[:MOST_KEYS])
    if mention.denied or mention.elapsed:
        return None
    if _gone_by(mention, "overdue", bench):  # a policy's own days do not set this order's deadline
        against = [one for one in against if one[0].voice != "policy"]
    return _refuted(mention, against, bench)


def _refuted(mention: Mention, against: list[tuple[Source, Mention]], bench: Bench) -> Proof | None:
    inside = bench.text[mention.clause[0] : mention.clause[1]]
    stale = [s.key for s in bench.known if s.voice == "stale" and _closest(mention, s, bench)]
    if stale and (mention.kind == "date" or bench.words.find("window_closed", inside)):
        return None
    if stale:
        return Proof(mention=mention, support="stale", by=tuple(stale[:MOST_KEYS]))
    if against:
        keys = tuple(dict.fromkeys(source.key for source, _ in against))[:MOST_KEYS]
        source, rival = max(against, key=lambda one: len(one[1].pieces & mention.pieces))
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


def _agreeing(mention: Mention, bench: Bench) -> list[tuple[Source, Mention, Closeness]]:
    found: list[tuple[Source, Mention, Closeness]] = []
    for source in (*bench.known, *bench.worked_out):
        if source.voice in STRONG:
            near = _closest(mention, source, bench)
            if near:
                found.append((source, *near))
            elif mention.kind == "quantity" and _lists(source.text, mention):
                found.append((source, mention, "same"))
        elif source.voice == "customer" and restates(mention, bench.text, bench.words, bench.case.now.date()):
            found += [(source, each, "same") for each in source.mentions if same_value(mention, each)][:1]
            if mention.kind == "quantity" and _lists(source.text, mention):
                found.append((source, mention, "same"))
    return found


def _lists(text: str, mention: Mention) -> bool:
    """Whether a table gives the bare number: size charts leave units to their headings."""
    return all(
        re.search(rf"(?<![\d.]){re.escape(plain(end))}(?![\d.])", text) for end in (mention.low, mention.high)
    )


def _closest(mention: Mention, source: Source, bench: Bench) -> tuple[Mention, Closeness] | None:
    """The figure of a source that agrees best."""
    near = [
        (each, how) for each in source.mentions if (how := _agrees(mention, each, source, bench)) != "other"
    ]
    return max(near, key=lambda one: (one[1] == "same", len(one[0].pieces & mention.pieces)), default=None)


def _against(mention: Mention, bench: Bench) -> list[tuple[Source, Mention]]:
    return [
        (source, each)
        for source in bench.known
        if source.voice in STRONG
        for each in source.mentions
        if rivals(mention, each) and not same_value(mention, each)
    ]


def _outdone(
    mention: Mention, found: list[tuple[Source, Mention, Closeness]], against: list[tuple[Source, Mention]]
) -> bool:
    """Whether a source that says otherwise is plainly nearer: 五金件质保三年 where that is the frame's."""
    if (
        not found
        or mention.kind == "money"
        or any(not each.pieces or source.voice != "policy" for source, each, _ in found)
    ):
        return False
    sure = any(how == "same" for _, _, how in found) or mention.vague
    best = max(len(each.pieces & mention.pieces) for _, each, _ in found)
    near = [each for _, each in against if each.head == mention.head or not sure]
    rival = max((len(each.pieces & mention.pieces) for each in near), default=-1)
    several = sum(how == "same" for _, _, how in found) > 1
    if several or best * 2 >= len(mention.pieces) > 0:  # the agreeing clause says most of what this one does
        return False
    return rival >= best + NEARER if sure else rival >= best


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


def _authority(mention: Mention, bench: Bench) -> Iterable[str]:
    """An amount the agent may grant without asking."""
    if is_compensation(mention, bench) and isinstance(mention.high, Decimal):
        limit = bench.case.shop.authority.get(bench.case.role)
        if limit and mention.high <= limit.compensation_max:
            yield f"shop.authority.{bench.case.role}"


def is_compensation(mention: Mention, bench: Bench) -> bool:
    """Whether an amount is given on top, not given back."""
    return given_on_top(mention, bench.text, bench.words)


def _agrees(mine: Mention, theirs: Mention, source: Source, bench: Bench) -> Closeness:
    if mine.kind != theirs.kind or (mine.unit != theirs.unit and mine.kind == "date"):
        return "other"
    if not same_value(mine, theirs, earliest=mine.earliest):
        return "other"
    if mine.kind == "quantity":
        return "same"
    if (
        mine.kind == "date"
        and not theirs.clause[1]
        and isinstance(mine.low, date)
        and mine.low <= bench.case.now.date()
    ):
        return "same"  # a day of the order's own story
    if mine.kind == "money":
        return "same" if same_kind(mine, bench.text, theirs, source, bench.words) else "other"
    matter = same_matter(mine, theirs, bench.words.tables["related"])
    if matter == "other" and source.key in {fact.key for fact in bench.case.facts}:
        # A day computed for this order is right wherever the clause speaks of that right, in any words.
        related = bench.words.tables["related"]
        spoken = theirs.topics | {related[head] for head in theirs.head.split("_and_") if head in related}
        spoken |= {source.key.replace(":", ".").partition(".")[0]}
        return "same" if mine.topics & spoken else matter
    return matter


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RightProof:
    """A right a text grants or denies, and what came of it."""

    claim: Claim
    support: Support
    by: tuple[str, ...] = ()


def prove_right(claim: Claim, bench: Bench) -> RightProof | None:
    """What supports or contradicts a right; None for a denial that no source speaks against."""
    told = [(s, c) for s in bench.known for c in s.claims if c.right == claim.right and s.voice != "stale"]
    granting = [(s, c) for s, c in told if not c.denied]
    denying = [(s, c) for s, c in told if c.denied]
    if claim.denied:
        if _fault_case(claim, bench):
            denying = [(s, c) for s, c in denying if not c.no_reason]
        goods = claim.right in bench.words.tables["unconditional_rights"]
        against = (
            granting if granting and not denying and (goods or not (claim.fault or claim.no_reason)) else []
        )
        return RightProof(claim=claim, support="contradicted", by=_keys(against)) if against else None
    if claim.right in bench.words.tables["rights_by_law"] and claim.fault:
        return RightProof(claim=claim, support="supported", by=_keys(granting) or ("law:CF28",))
    excluded = [(s, c) for s, c in denying if _leaves_out(s.text, c, bench)]
    other_case = claim.no_reason and any(c.no_reason for _, c in denying)
    other_case = other_case and not any(c.no_reason for _, c in granting)
    if excluded or other_case:
        return RightProof(claim=claim, support="contradicted", by=_keys(excluded or denying))
    if granting:
        return RightProof(claim=claim, support="supported", by=_keys(granting))
    if denying:
        return RightProof(claim=claim, support="contradicted", by=_keys(denying))
    stale = [
        s.key for s in bench.known if s.voice == "stale" and any(c.right == claim.right for c in s.claims)
    ]
    if stale:
        return RightProof(claim=claim, support="stale", by=tuple(stale[:MOST_KEYS]))
    return RightProof(claim=claim, support="unsupported")


def _fault_case(claim: Claim, bench: Bench) -> bool:
    """Whether the customer complains of a fault of ours, and the text speaks of nothing else."""
    intents = set(bench.case.analysis.intents) & bench.words.tables["fault_intents"].keys()
    return bool(claim.fault or intents) and not bench.words.find("topic.no_reason", bench.text)


def _keys(told: list[tuple[Source, Claim]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source.key for source, _ in told))[:MOST_KEYS]


def _leaves_out(text: str, denial: Claim, bench: Bench) -> bool:
    """Whether the goods of this case are among those a denial names."""
    order = bench.case.ticket.order
    names = [f"{i.name or ''} {i.spec or ''}" for i in order.items] if order else []
    names += [f"{p.name} {p.category}" for p in bench.case.products] if not names else []
    goods = " ".join(names).lower()
    if not goods:
        return False
    sentence = text[max(0, denial.sentence[0] - 40) : denial.sentence[1] + 40]
    for kind, members in bench.words.tables["kinds_of_goods"].items():
        if kind in sentence and any(word in goods for word in (kind, *members.split())):
            return True
    return False
