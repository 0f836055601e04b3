"""Numbers as people write them: 200, 1,280.5, 两百, 三五, 半, forty-eight."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from prompts.words import Words

Bounds = tuple[Decimal, Decimal]
LONGEST_NUMERAL = 24
"""Longer runs are serial numbers or noise, not amounts."""


def bounds(low: str, high: str, words: Words) -> Bounds | None:
    """Lowest and highest value of one or two written numbers; 三五 alone is a range."""
    first = number(low, words)
    if first is None:
        return None
    if not high:
        return first
    second = number(high, words)
    return None if second is None else (first[0], second[1])


def number(written: str, words: Words) -> Bounds | None:
    """The value of one written number, as a range of itself."""
    text = written.strip().replace(",", "")
    if not text or len(text) > LONGEST_NUMERAL:
        return None
    if text[0].isascii() and text[0].isdigit():
        return _digits(text, words.tables["multipliers"])
    if text[0].isascii():
        return _english(text, words.tables["english_numbers"])
    if text in words.tables["half"]:
        return (value := Decimal(words.tables["half"][text])), value
    return _chinese(text, words.tables["digits"], words.tables["multipliers"])


def _digits(text: str, multipliers: Mapping[str, str]) -> Bounds | None:
    """1280.5, and 500亿."""
    scale = Decimal(multipliers.get(text[-1], 1))
    try:
        return (value := Decimal(text[:-1] if text[-1] in multipliers else text) * scale), value
    except InvalidOperation:
        return None


def _chinese(text: str, digits: Mapping[str, str], multipliers: Mapping[str, str]) -> Bounds | None:
    if any(char not in digits and char not in multipliers for char in text):
        return None
    if all(char in digits for char in text):
        return _spoken_range(text, digits)
    total = section = digit = 0
    for char in text:
        if char in digits:
            digit = int(digits[char])
            continue
        unit = int(multipliers[char])
        if unit >= 10_000:
            total = (total + section + digit) * unit
            section = 0
        else:
            section += (digit or 1) * unit
        digit = 0
    last = int(multipliers.get(text[-2], "1")) if len(text) > 1 and digit else 1
    tail = digit * (last // 10 if last >= 100 else 1)
    value = Decimal(total + section + tail)
    return value, value


def _spoken_range(text: str, digits: Mapping[str, str]) -> Bounds:
    """三五天 is three to five; 二〇二六 is a plain run of digits."""
    if len(text) == 2 and 0 < int(digits[text[0]]) < int(digits[text[1]]):
        return Decimal(digits[text[0]]), Decimal(digits[text[1]])
    value = Decimal("".join(digits[char] for char in text))
    return value, value


def _english(text: str, table: Mapping[str, str]) -> Bounds | None:
    if text in table:
        return (value := Decimal(table[text])), value
    parts = text.replace("-", " ").split()
    if parts and all(part in table for part in parts):
        value = sum((Decimal(table[part]) for part in parts), Decimal(0))
        return value, value
    return None
