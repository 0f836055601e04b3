"""Measures in text: durations, money, percentages, clock times and date ranges, in Chinese or English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Literal

from service.facts.vocabulary import any_of, pattern, vocabulary

Unit = Literal["minute", "hour", "day", "workday", "week", "month", "year"]

_BIG = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """So long, or between `low` and `high`."""

    low: Decimal
    high: Decimal
    unit: Unit
    span: tuple[int, int]

    @property
    def iso(self) -> str:
        """ISO 8601 of the upper end; working days as days."""
        count = f"{self.high.normalize():f}"
        return {
            "minute": f"PT{count}M",
            "hour": f"PT{count}H",
            "week": f"P{count}W",
            "month": f"P{count}M",
            "year": f"P{count}Y",
        }.get(self.unit, f"P{count}D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """So many yuan, or so many percent."""

    kind: Literal["money", "percent"]
    value: Decimal
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one local date to another, both included."""

    start: date
    end: date


def number(text: str) -> Decimal:
    """A number written in digits or in Chinese numerals below 10,000."""
    if text[0].isdigit():
        return Decimal(text)
    values = vocabulary().numerals
    total = Decimal(0)
    digit = Decimal(0)
    for sign in text:
        value = Decimal(f"{values[sign]:g}")
        if value >= 10:
            total += (digit or Decimal(1)) * value
            digit = Decimal(0)
        else:
            digit = value if value >= 1 or not digit else digit + value
    return total + digit


@cache
def _duration_pattern() -> re.Pattern[str]:
    words = vocabulary()
    units = any_of(word for spellings in words.units.values() for word in spellings).pattern
    written = words.patterns
    number_ = rf"(?:\d+(?:\.\d+)?|{written['numeral']})"
    marks = any_of(words.range_marks).pattern.replace(r"\b", "")
    return re.compile(
        rf"(?<!{written['not_before']})(?P<half>{written['half']})?"
        rf"(?:(?P<low>{number_})\s*(?P<lowunit>{written['low_unit']})?\s*(?:{marks})\s*)?"
        rf"(?P<high>{number_})\s*(?P<unit>{units})(?P<more>{written['half']})?",
        re.IGNORECASE,
    )


@cache
def _unit_of() -> dict[str, str]:
    return {word.lower(): unit for unit, words in vocabulary().units.items() for word in words}


def durations(text: str) -> tuple[Duration, ...]:
    """The durations in a text; dates, years and clock times are none."""
    found = []
    for match in _duration_pattern().finditer(text):
        unit = _unit_of()[match["unit"].lower()]
        high = number(match["high"])
        if (unit == "year" and high >= _BIG) or _is_date(text, match):
            continue
        if match["half"] and unit in {"month", "year"}:
            continue
        low = number(match["low"]) if match["low"] else high
        if match["more"]:
            high, low = high + Decimal("0.5"), low + Decimal("0.5")
        if low > high:
            low = high
        found.append(Duration(low=low, high=high, unit=unit, span=match.span()))  # type: ignore[arg-type]
    return tuple(found)


def _is_date(text: str, match: re.Match[str]) -> bool:
    """Whether what looks like days is the day of a month, or a range of such days."""
    if not pattern("day_of_month").fullmatch(match["unit"]):
        return False
    before = text[: match.start()].rstrip()
    month = vocabulary().patterns["month"]
    return before.endswith(month) or (match["low"] is not None and month in before[-3:])


@cache
def _amount_pattern() -> re.Pattern[str]:
    words = vocabulary()
    before = any_of(words.money_before).pattern.replace(r"\b", "")
    after = any_of(words.money).pattern
    return re.compile(
        rf"(?:(?:{before})\s*(?P<marked>\d[\d,]*(?:\.\d+)?))"
        rf"|(?P<percent>\d+(?:\.\d+)?)\s*[%％]"
        rf"|(?P<plain>\d[\d,]*(?:\.\d+)?|{words.patterns['plain_numeral']})\s*(?:{after})",
        re.IGNORECASE,
    )


def amounts(text: str) -> tuple[Amount, ...]:
    """Money and percentages in a text."""
    found = []
    for match in _amount_pattern().finditer(text):
        if match["percent"]:
            found.append(Amount(kind="percent", value=Decimal(match["percent"]), span=match.span()))
        else:
            written = (match["marked"] or match["plain"]).replace(",", "")
            found.append(Amount(kind="money", value=number(written), span=match.span()))
    return tuple(found)


_NOON = 12


def clocks(text: str) -> Iterator[tuple[time, tuple[int, int]]]:
    """The clock times of a text, and where they stand."""
    for match in pattern("clock").finditer(text):
        hour, minute = int(match["h"]), int(match["m"] or (30 if match["half"] else 0))
        if hour < _NOON and text[: match.start()].rstrip().endswith(vocabulary().afternoon):
            hour += _NOON
        if hour < 24 and minute < 60:
            yield time(hour, minute), match.span()


def period(text: str, *, near: date) -> Period | None:
    """The first `date 至 date` of a text, or `date 起付款`, `date 前下单`; years filled in from `near`."""
    matches = [
        match
        for match in pattern("date").finditer(text)
        if vocabulary().patterns["month"] in match.group() or match["y"]
    ]
    for first, second in pairwise(matches):
        between = text[first.end() : second.start()].strip()
        if between and between in vocabulary().range_marks:
            start = _date(first, near.year)
            end = _date(second, start.year if start else near.year)
            if start and end:
                return Period(start=start, end=end if end >= start else end.replace(year=end.year + 1))
    return next(filter(None, (_open_period(match, text, near.year) for match in matches)), None)


def _open_period(match: re.Match[str], text: str, year: int) -> Period | None:
    """The orders from a date on, or before it."""
    day, rest = _date(match, year), text[match.end() :]
    if day and pattern("since").search(rest):
        return Period(start=day, end=date.max)
    if day and pattern("until").search(rest):
        return Period(start=date.min, end=day)
    return None


def _date(match: re.Match[str], year: int) -> date | None:
    try:
        return date(int(match["y"] or year), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
