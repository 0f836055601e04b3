"""Reading policy sentences into rules. What a sentence does not say plainly makes no rule."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache

from retrieval.snippet import Snippet
from service.facts.measure import Amount, Duration, amounts, clocks, durations
from service.facts.rule import Rule
from service.facts.sentence import Sentence, sentences
from service.facts.vocabulary import (
    Finder,
    anchor_finder,
    any_of,
    condition_finder,
    pattern,
    topic_finder,
    vocabulary,
)

LEVEL = "level:"
"""Prefix of a condition on the member level: `level:A|B`."""
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
_NOUN_MAX = 3
"""Signs that may stand between an event and its duration: `收到旧鞋 72 小时`."""
_CLAUSE = re.compile(r"[，,；;。()（）:：]")


@dataclass(frozen=True, slots=True)
class _Context:
    """What a sentence inherits: the topic and conditions of its heading and lead."""

    topic: str
    conditions: frozenset[str]
    anchor: str
    led: str = ""
    """The event that the lead of its list or table counts from."""


@lru_cache(maxsize=20_000)
def rules(snippet: Snippet) -> tuple[Rule, ...]:
    """Every rule that the snippet's sentences state."""
    if snippet.kind == "product":
        return tuple(_warranty(snippet))
    if snippet.kind != "policy":
        return ()
    heading = snippet.heading.rpartition(" · ")[2] or snippet.heading
    document = snippet.heading.partition(" · ")[0]
    made: list[Rule] = []
    anchor = ""
    for sentence in sentences(snippet):
        frame = f"{heading}。{sentence.lead}"
        level = _level(sentence, document, heading)
        anchor = _led(sentence.lead) or anchor
        context = _Context(
            topic=_first(topic_finder(), sentence.lead)
            or _first(topic_finder(), heading)
            or _first(topic_finder(), document),
            conditions=conditions(frame) or conditions(document),
            anchor=anchor,
            led=_led(sentence.lead),
        )
        new = [replace(rule, conditions=rule.conditions | level) for rule in _read(sentence, context)]
        made += new
        anchor = next((rule.anchor for rule in new if rule.anchor), anchor)
    return tuple(made)


def _level(sentence: Sentence, document: str, heading: str) -> frozenset[str]:
    """The member level that a sentence of a membership document is for, however the shop calls it."""
    members = vocabulary().patterns["members"]
    if sentence.row and members in f"{document}{heading}":
        return frozenset({LEVEL + sentence.row})
    found = pattern("member").match(sentence.text)
    if found and members in f"{document}{heading}{sentence.text}":
        return frozenset({LEVEL + found[1]})
    return frozenset()


def _warranty(snippet: Snippet) -> Iterator[Rule]:
    """The warranty that a product's own entry states."""
    names = vocabulary().goods.columns["warranty"]
    for cell in re.split(r"[；\n]", snippet.text):
        label, _, value = cell.strip().partition(":")
        if not value:
            label, _, value = cell.strip().partition("：")
        found = durations(value)
        if label.strip().lower() in names and found:
            text = cell.strip()
            yield Rule(
                kind="window",
                topic="warranty",
                conditions=frozenset(),
                sentence=Sentence(snippet=snippet.key, text=text, quote=text, lead="", position=0),
                span=found[0].span,
                anchor="delivered",
                duration=found[0],
                said=value[found[0].span[0] : found[0].span[1]],
            )


@lru_cache(maxsize=50_000)
def conditions(text: str) -> frozenset[str]:
    """The conditions a text speaks of."""
    named = frozenset(
        name
        for start, _, name in condition_finder().all(text)
        if not text[:start].endswith(vocabulary().negators)
    )
    levels = dict.fromkeys(re.sub(r"\s", "", found) for found in re.findall(vocabulary().levels, text))
    return named | {LEVEL + "|".join(levels)} if levels else named


def _read(sentence: Sentence, context: _Context) -> Iterator[Rule]:
    text = sentence.text
    spans = durations(text)
    yield from _cutoffs(sentence, context)
    topic = ""
    for index, duration in enumerate(spans):
        if text[: duration.span[0]].rstrip().endswith(vocabulary().beyond):
            continue
        start = _clause_start(text, duration.span[0], spans[index - 1].span[1] if index else 0)
        end = spans[index + 1].span[0] if index + 1 < len(spans) else len(text)
        end = _clause_start(text, end, duration.span[1]) if index + 1 < len(spans) else end
        window = _window(sentence, context, duration, start, end, before=topic)
        topic = window.topic
        yield window
    yield from _sums(sentence, context)
    yield from _payers(sentence, context)
    yield from _stances(sentence, context)


def _window(
    sentence: Sentence, context: _Context, duration: Duration, start: int, end: int, *, before: str
) -> Rule:
    text = sentence.text
    preceding, after = text[start : duration.span[0]], text[duration.span[1] : end]
    topic = _topic(preceding, after) or before or context.topic
    if topic == "report" and _has("staff", text[start:end]):
        topic = "handle"
    opening = _clause_start(text, durations(text)[0].span[0], 0)
    own = conditions(text[start:end]) or conditions(text[:opening])
    anchor = _anchor(text[: duration.span[0]][-24:], after) or _inherited(topic, context)
    return Rule(
        kind="window",
        topic=topic,
        conditions=own or context.conditions,
        sentence=sentence,
        span=duration.span,
        anchor=anchor,
        duration=duration,
        inclusive=_has("inclusive", text[max(0, duration.span[0] - 8) : duration.span[0]]),
        said=text[duration.span[0] : duration.span[1]],
        named=after.lstrip().startswith(vocabulary().conditions["no_reason"].policy),
    )


def _inherited(topic: str, context: _Context) -> str:
    """What a customer must do in time counts from the event named last; what we must do, from its own."""
    if not topic or context.led:
        return context.led or context.anchor
    known = vocabulary().topics[topic]
    return (context.anchor if known.who == "customer" else "") or known.from_


def _topic(before: str, after: str) -> str:
    """The thing that is done in that time: first named after it, else last named before it."""
    following = _things(_ASIDE.sub("", after))
    preceding = _things(_ASIDE.sub("", before))
    if before.isascii() and preceding:
        return preceding[0]
    return following[0] if following else preceding[-1] if preceding else ""


def _things(text: str) -> list[str]:
    """The topics of a text that are not merely the event something counts from."""
    return [name for start, end, name in topic_finder().all(text) if not _counts_from(text, start, end)]


def _counts_from(text: str, start: int, end: int) -> bool:
    if text[start:end].isascii():
        return bool(
            re.search(r"\b(?:of|after|from|following)\s+(?:\w+\s+){0,3}$", text[:start], re.IGNORECASE)
        )
    return text[end:].startswith(vocabulary().counting)


def _led(lead: str) -> str:
    """The event that the lead of a list or table says everything counts from."""
    hits = anchor_finder().all(lead) if any(mark in lead for mark in vocabulary().starting) else []
    return hits[-1][2] if hits else _anchor(lead, "")


def _anchor(before: str, after: str) -> str:
    hits = [hit for hit in anchor_finder().all(before) if _marked(before, hit)]
    if hits:
        return hits[-1][2]
    late = [
        hit
        for hit in anchor_finder().all(after)
        if _counts_from(after, *hit[:2]) or after[hit[1] :].startswith(vocabulary().starting)
    ]
    return late[0][2] if late else ""


def _marked(text: str, hit: tuple[int, int, str]) -> bool:
    """An event is an anchor if `后`, `之日`, `起`… follows, or nothing but the duration itself."""
    rest = text[hit[1] :]
    stripped = _skippable().sub("", rest)
    return (
        not stripped
        or (len(stripped.strip()) <= _NOUN_MAX and stripped.strip().isalpha() and not text.isascii())
        or stripped.startswith(vocabulary().anchor_marks)
        or text[hit[0] : hit[1]].endswith(tuple(mark for mark in vocabulary().anchor_marks if len(mark) == 1))
        or bool(re.search(r"\b(?:of|after|from)\s+(?:\w+\s+)?$", text[: hit[0]], re.IGNORECASE))
    )


@cache
def _skippable() -> re.Pattern[str]:
    """Words that may stand between an event and its duration: `签收（商品）满 7 天`."""
    return re.compile(rf"^(?:{any_of(vocabulary().between).pattern})+")


def _cutoffs(sentence: Sentence, context: _Context) -> Iterator[Rule]:
    text = sentence.text
    for at, span in clocks(text):
        follows = text[span[1] : span[1] + 3].lstrip()
        if follows.startswith(vocabulary().cutoff_after) and _has("same_day", text[span[1] :]):
            yield Rule(
                kind="cutoff",
                topic="dispatch" if "dispatch" in topic_finder().names(text) else context.topic or "dispatch",
                conditions=conditions(text) or context.conditions,
                sentence=sentence,
                span=span,
                anchor="paid",
                cutoff=at,
                said=text[span[0] : span[1]],
            )
            return


def _sums(sentence: Sentence, context: _Context) -> Iterator[Rule]:
    text = sentence.text
    found = amounts(text)
    minimum = _capped(text, found, "minimum")
    maximum = _capped(text, found, "maximum")
    for amount in found:
        if amount in (minimum, maximum):
            continue
        before = text[: amount.span[0]]
        clause = before[_last_clause(before) :]
        yield Rule(
            kind=amount.kind,
            topic=_topic(clause, text[amount.span[1] :]) or context.topic,
            conditions=conditions(text) or context.conditions,
            sentence=sentence,
            span=amount.span,
            percent=amount.value if amount.kind == "percent" else None,
            money=amount.value if amount.kind == "money" else None,
            minimum=minimum.value if minimum else None,
            maximum=maximum.value if maximum else None,
            per_day=_in("per_day", text),
            threshold=clause.rstrip().endswith(vocabulary().caps["threshold"]),
            said=text[amount.span[0] : amount.span[1]],
        )


def _capped(text: str, found: tuple[Amount, ...], cap: str) -> Amount | None:
    for amount in found:
        before = pattern("before_cap").sub("", text[max(0, amount.span[0] - 6) : amount.span[0]])
        if before.endswith(vocabulary().caps[cap]) and amount.kind == "money":
            return amount
    return None


def _payers(sentence: Sentence, context: _Context) -> Iterator[Rule]:
    text = sentence.text
    if "freight" not in topic_finder().names(f"{text}") and context.topic != "freight":
        return
    start = 0
    own: frozenset[str] = frozenset()
    for first, last, payer in _payer_finder().all(text):
        begin = max((text.rfind(mark, 0, first) + 1 for mark in "；;。"), default=0)
        clause = text[max(start, begin) : last]
        own = conditions(clause) or own
        start = last
        if _goes("out", clause) and not _goes("back", clause):
            continue  # who pays for what we send says nothing of what comes back
        yield Rule(
            kind="payer",
            topic="freight",
            conditions=own or context.conditions,
            sentence=sentence,
            span=(first, last),
            payer=payer,
        )


def _goes(way: str, text: str) -> bool:
    return any(word in text for word in vocabulary().ways[way])


@cache
def _payer_finder() -> Finder:
    return Finder.of(vocabulary().payers.items())


@cache
def _stance_finder() -> Finder:
    return Finder.of(vocabulary().stances.items())


def _stances(sentence: Sentence, context: _Context) -> Iterator[Rule]:
    frame = f"{sentence.lead}：{sentence.text}" if sentence.lead else sentence.text
    hits = _stance_finder().all(frame)
    if not hits:
        return
    denied = next((hit for hit in hits if hit[2] == "denied"), None)
    first, last, _ = denied or hits[0]
    offset = len(frame) - len(sentence.text)
    yield Rule(
        kind="stance",
        topic=_topic(frame[:first], frame[last:]) or context.topic,
        conditions=conditions(frame) or context.conditions,
        sentence=sentence,
        span=(max(0, first - offset), max(0, last - offset)),
        allowed=denied is None,
    )


def _clause_start(text: str, before: int, floor: int) -> int:
    marks = [found.end() for found in _CLAUSE.finditer(text, floor, before)]
    return marks[-1] if marks else floor


def _last_clause(text: str) -> int:
    marks = [found.end() for found in _CLAUSE.finditer(text)]
    return marks[-1] if marks else 0


def _first(finder: Finder, text: str) -> str:
    hits = finder.all(text)
    return hits[0][2] if hits else ""


@cache
def _words(name: str) -> re.Pattern[str]:
    return any_of(getattr(vocabulary(), name))


def _has(name: str, text: str) -> bool:
    return bool(_words(name).search(text))


def _in(cap: str, text: str) -> bool:
    return any(word in text for word in vocabulary().caps[cap])


def clamp(value: Decimal, *, minimum: Decimal | None, maximum: Decimal | None) -> Decimal:
    """A value held between the bounds that are given."""
    if minimum is not None:
        value = max(value, minimum)
    return value if maximum is None else min(value, maximum)
