"""Personal data found in a text, each with its kind and its exact place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from stdnum import luhn
from stdnum.cn import ric

from prompts.folding import Folding
from prompts.patterns import Wording
from prompts.words import Found, Words

Kind = Literal["PHONE", "ID", "CARD", "EMAIL", "WECHAT", "QQ", "ADDRESS", "NAME", "TRACKING", "ORDER"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ADDRESS_SHOWN = 6
SHOWN_FIRST = 3
SHOWN_LAST = 4
CONTEXT_CHARS = 24
"""How far before a number a word can stand that says what the number is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """One piece of personal data, in the text as written."""

    kind: Kind
    span: tuple[int, int]


def personal(text: str, words: Words, folding: Folding) -> tuple[Personal, ...]:
    """All personal data of a text, in order and without overlap; the surest kinds first."""
    folded = folding.fold(text)
    kept: list[Personal] = []
    for kind, name, holds in RECOGNISERS:
        for found in words.each(name, folded.text):
            start, end = _value(found)
            if kind == "ADDRESS":
                start = _after_lead(found.text, start, end, words)
            if (
                start < end
                and not _inside_longer(found.text, start, end)
                and holds(found, (start, end), words)
            ):
                _keep(kept, Personal(kind=kind, span=folded.span(start, end)))
    return tuple(sorted(kept, key=lambda one: one.span))


def _keep(kept: list[Personal], one: Personal) -> None:
    if all(one.span[1] <= other.span[0] or other.span[1] <= one.span[0] for other in kept):
        kept.append(one)


def _value(found: Found) -> tuple[int, int]:
    """The span of the data itself, without the words that announce it."""
    named = [span for name, span in found.spans.items() if not name.startswith("after")]
    return named[0] if named else found.span


def _after_lead(text: str, start: int, end: int, words: Words) -> int:
    """Where an address begins after 寄到 or 我住."""
    while text[start] == " ":
        start += 1
    lead = words.patterns["address_lead"].search(text[start:end])
    return start + lead.end() if lead else start


def _inside_longer(text: str, start: int, end: int) -> bool:
    """Whether a number is a piece of a longer one."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return (text[start].isdecimal() and before.isdecimal()) or (
        text[end - 1].isdecimal() and after.isdecimal()
    )


def _always(_found: Found, _span: tuple[int, int], _words: Words) -> bool:
    return True


def _digits(found: Found, span: tuple[int, int]) -> str:
    return "".join(char for char in found.text[span[0] : span[1]] if char.isdecimal() or char == "x").upper()


def _identity(found: Found, span: tuple[int, int], _words: Words) -> bool:
    """Checksum and birthday; the county table of the library is too short to ask."""
    number = _digits(found, span)
    if len(number) != 18 or ric.calc_check_digit(number) != number[17]:
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True


def _card(found: Found, span: tuple[int, int], words: Words) -> bool:
    """Luhn, and a word of banking near: one order number in ten passes Luhn too."""
    number = _digits(found, span)
    if not 14 <= len(number) <= 19 or not luhn.is_valid(number):
        return False
    grouped = len(number) != span[1] - span[0]
    near = found.text[max(0, span[0] - CONTEXT_CHARS) : span[1] + CONTEXT_CHARS]
    return grouped or words.find("card_context", near)


def _name(found: Found, span: tuple[int, int], words: Words) -> bool:
    return not words.find("name_stop", found.text[span[0] : span[1]])


RECOGNISERS: tuple[tuple[Kind, str, Callable[[Found, tuple[int, int], Words], bool]], ...] = (
    ("EMAIL", "personal_email", _always),
    ("ID", "personal_id", _identity),
    ("CARD", "personal_card", _card),
    ("ORDER", "personal_order", _always),
    ("TRACKING", "personal_tracking", _always),
    ("PHONE", "personal_phone", _always),
    ("WECHAT", "personal_wechat", _always),
    ("QQ", "personal_qq", _always),
    ("ADDRESS", "personal_address", _always),
    ("NAME", "personal_name", _name),
)


def kind_name(kind: Kind, words: Words) -> Wording:
    """What a kind is called."""
    return Wording(zh=words.tables["kind_names"][kind], en=words.tables["kind_names_en"][kind])


def masked(kind: Kind, value: str) -> str:
    """A value as it may be shown: 138****5678, z***@qq.com, the street without the door."""
    if kind == "EMAIL":
        return f"{value[0]}***{value[value.index('@') :]}"
    kept = ADDRESS_SHOWN if kind == "ADDRESS" else SHOWN_FIRST
    last = "" if kind == "ADDRESS" else value[-SHOWN_LAST:]
    return f"{value[:kept]}****{last}" if len(value) > kept + len(last) else "****"


def kinds_of(text: str, words: Words, folding: Folding) -> Iterator[Kind]:
    """The kinds of personal data in a text."""
    for one in personal(text, words, folding):
        yield one.kind
