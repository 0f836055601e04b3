"""Amounts, durations, percentages and quantities, found in a folded text."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from prompts.words import Found, Words
from service.ledger.mention import Kind, Value
from service.ledger.numerals import Bounds, bounds, number

MINUTES = {"s": Decimal(1) / 60, "m": Decimal(1), "h": Decimal(60), "D": Decimal(1440), "W": Decimal(10080)}
FIRST_YEAR = 1900
"""From here on a number of years is a calendar year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its unit, where it stands."""

    kind: Kind
    span: tuple[int, int]
    low: Value
    high: Value
    unit: str


def moneys(text: str, words: Words) -> Iterator[Figure]:
    """Every amount of money; 满300减40 is two of them."""
    taken: list[tuple[int, int]] = []
    for found in words.each("money", text):
        taken.append(found.span)
        if found.get("off"):
            yield from _threshold(found, words)
            continue
        bound = bounds(found.get("lo"), found.get("hi"), words)
        scale = Decimal(10_000) if found.get("wan") else Decimal(1)
        last = found.text[found.span[1] - 1]
        if bound and not (found.get("lo") in words.tables["one"] and last in words.tables["pieces"]):
            yield _figure("money", found.span, (bound[0] * scale, bound[1] * scale), _currency(found, words))
    yield from _bare_moneys(text, words, taken)


def _currency(found: Found, words: Words) -> str:
    return words.tables["currencies"].get(found.get("cur") or "", "yuan")


def _bare_moneys(text: str, words: Words, taken: list[tuple[int, int]]) -> Iterator[Figure]:
    """Amounts without a unit after a word of granting (赔您50), where no amount with a unit stands."""
    for found in words.each("money_bare", text):
        span = found.spans["bare"]
        if any(span[0] < end and start < span[1] for start, end in taken):
            continue
        value = number(found.get("bare"), words)
        if value and found.get("after") in words.tables["bare_money_after"] and value[0] == value[1] >= 1:
            yield _figure("money", span, value, "yuan")


def _threshold(found: Found, words: Words) -> Iterator[Figure]:
    after = found.get("after")
    for name in ("th", "off"):
        value = number(found.get(name), words)
        if value and (name == "th" or not after or after in words.tables["money_after"]):
            yield _figure("money", found.spans[name], value, "yuan")


def durations(text: str, words: Words) -> Iterator[Figure]:
    """Every duration: days in minutes, working days, months; 半小时 and 一个半小时 too."""
    units, halves = words.tables["duration_units"], words.tables["half"]
    for found in words.each("duration", text):
        if found.get("same"):
            days = Decimal(words.tables["same_days"][found.get("same")])
            yield _figure("duration", found.spans["same"], (days, days), "same_day")
            continue
        if words.find("rate_after", found.text[found.spans["unit"][1] :][:16]):
            continue
        written = " ".join(found.get("unit").split())
        value = bounds(found.get("lo"), found.get("hi"), words)
        if value is None or written not in units or _is_calendar(found, units[written], value, words):
            continue
        trailing = found.get("after") in halves
        extra = Decimal("0.5") if found.get("half") or trailing else Decimal(0)
        span = (found.span[0], found.spans["unit"][1] + trailing)
        yield _duration(span, (value[0] + extra, value[1] + extra), units[written])


def _is_calendar(found: Found, unit: str, value: Bounds, words: Words) -> bool:
    """Whether 日, 月 or 年 belongs to a date, and 分 to a score."""
    written, (at, end) = found.get("unit"), found.spans["unit"]
    if found.text[: found.span[0]][-1:] in words.tables["ordinal"] and found.span[0]:
        return True
    if unit == "Y" and value[0] >= FIRST_YEAR:
        return True
    if words.tables["calendar_units"].get(written) == "strict":
        return not any(mark in found.text[found.span[0] : at] for mark in words.tables["measure_word"])
    if written in words.tables["day_unit"]:
        before = found.text[: found.span[0]].rstrip()[-1:]
        follows = found.text[end : end + 4]
        return before in words.tables["calendar_units"] or not words.find("duration_day_after", follows)
    if written in words.tables["ambiguous_minutes"]:
        return found.get("after") not in words.tables["ambiguous_minutes_after"]
    return False


def _duration(span: tuple[int, int], value: Bounds, unit: str) -> Figure:
    if unit == "B":
        return _figure("duration", span, value, "workday")
    if unit in {"M", "Y"}:
        scale = 12 if unit == "Y" else 1
        return _figure("duration", span, (value[0] * scale, value[1] * scale), "month")
    return _figure("duration", span, (value[0] * MINUTES[unit], value[1] * MINUTES[unit]), "minute")


def percentages(text: str, words: Words) -> Iterator[Figure]:
    """Every percentage; 8折 is 80 percent of the price, 3倍 three times."""
    for found in words.each("percentage", text):
        if found.get("off"):
            value = number(found.get("off"), words)
            if value:
                whole = value[0] if value[0] == value[1] else value[0] * 10 + value[1]
                yield _figure("percentage", found.span, (_share(whole), _share(whole)), "price")
            continue
        unit = "times" if found.get("times") else "percent"
        low = found.get("times") or found.get("zh") or found.get("lo")
        value = bounds(low, found.get("hi"), words)
        if value:
            yield _figure("percentage", found.span, value, unit)


def _share(value: Decimal) -> Decimal:
    """8折 and 88折 as a percentage of the price."""
    return value * 10 if value < 10 else value


def specs(text: str, words: Words) -> Iterator[Figure]:
    """Every measured quantity: 500ml, 1.5kg, 20W."""
    same = words.tables["spec_units"]
    for found in words.each("quantity_spec", text):
        after = found.get("after")
        if after.isascii() and after.isalnum():
            continue
        unit, _, factor = same.get(found.get("unit"), found.get("unit") + "*1").partition("*")
        value = bounds(found.get("lo"), found.get("hi"), words)
        if value:
            scale, span = Decimal(factor), (found.span[0], found.spans["unit"][1])
            yield _figure("quantity", span, (value[0] * scale, value[1] * scale), unit)


def ages(text: str, words: Words) -> Iterator[Figure]:
    """Every age, in months: 3岁半, 6月龄, 8 years old."""
    for found in words.each("age", text):
        value = bounds(found.get("lo"), found.get("hi"), words)
        if value:
            scale = Decimal(words.tables["age_units"][" ".join(found.get("unit").split())])
            extra = 6 if found.get("half") else 0
            yield _figure("quantity", found.span, (value[0] * scale + extra, value[1] * scale + extra), "age")


def many(text: str, words: Words) -> Iterator[Figure]:
    """Every great number of something: 500亿."""
    for found in words.each("quantity_many", text):
        value = number(found.get("lo") + found.get("unit"), words)
        if value:
            yield _figure("quantity", (found.span[0], found.spans["unit"][1]), value, "many")


def counts(text: str, words: Words) -> Iterator[Figure]:
    """Every counted quantity: 2件, 三瓶."""
    for found in words.each("quantity_count", text):
        before = text[max(0, found.span[0] - 1) : found.span[0]]
        if before in words.tables["not_counted_after"] or (before.isascii() and before.isalnum()):
            continue  # 同一个; N8支持 is a piece of a name
        value = bounds(found.get("lo"), found.get("hi"), words)
        if value:
            yield _figure("quantity", found.span, value, found.get("unit"))


def _figure(kind: Kind, span: tuple[int, int], value: Bounds, unit: str) -> Figure:
    return Figure(kind=kind, span=span, low=value[0], high=value[1], unit=unit)
