"""Measures in text: durations, money, percentages, clock times and date ranges, in Chinese or English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Literal

from service.facts.vocabulary import any_of, vocabulary

Unit = Literal["minute", "hour", "day", "workday", "week", "month", "year"]

_NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千半]{1,5})"
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
    marks = any_of(words.range_marks).pattern.replace(r"\b", "")
    return re.compile(
        rf"(?<![\d.月年:：/])(?P<half>半)?(?:(?P<low>{_NUMBER})\s*(?P<lowunit>个工作日|个?小时|天|日|个月)?\s*(?:{marks})\s*)?"
        rf"(?P<high>{_NUMBER})\s*(?P<unit>{units})(?P<more>半)?",
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
    before = text[: match.start()]
    if match["unit"] == "日" and before.rstrip().endswith("月"):
        return True
    return match["unit"] in {"日", "号"} and match["low"] is not None and "月" in before[-3:]


@cache
def _amount_pattern() -> re.Pattern[str]:
    words = vocabulary()
    before = any_of(words.money_before).pattern.replace(r"\b", "")
    after = any_of(words.money).pattern
    return re.compile(
        rf"(?:(?:{before})\s*(?P<marked>\d[\d,]*(?:\.\d+)?))"
        rf"|(?P<percent>\d+(?:\.\d+)?)\s*[%％]"
        rf"|(?P<plain>\d[\d,]*(?:\.\d+)?|[一二两三四五六七八九十百千]{{1,5}})\s*(?:{after})",
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
_CLOCK = re.compile(r"(?P<h>\d{1,2})(?:[:：](?P<m>\d{2})|\s*点(?P<half>半)?)")
_DATE = re.compile(
    r"(?:(?P<y>20\d\d)\s*[年./-]\s*)?(?P<m>\d{1,2})\s*[月./-]\s*(?P<d>\d{1,2})\s*[日号]?(?:\s*\d{1,2}[:：]\d{2})?"
)


def clocks(text: str) -> Iterator[tuple[time, tuple[int, int]]]:
    """The clock times of a text, and where they stand."""
    for match in _CLOCK.finditer(text):
        hour, minute = int(match["h"]), int(match["m"] or (30 if match["half"] else 0))
        if hour < _NOON and text[: match.start()].rstrip().endswith(vocabulary().afternoon):
            hour += _NOON
        if hour < 24 and minute < 60:
            yield time(hour, minute), match.span()


def period(text: str, *, near: date) -> Period | None:
    """The first `date 至 date` of a text, years filled in from `near`."""
    matches = [match for match in _DATE.finditer(text) if "月" in match.group() or match["y"]]
    for first, second in pairwise(matches):
        between = text[first.end() : second.start()].strip()
        if between and between in vocabulary().range_marks:
            start = _date(first, near.year)
            end = _date(second, start.year if start else near.year)
            if start and end:
                return Period(start=start, end=end if end >= start else end.replace(year=end.year + 1))
    return None


def _date(match: re.Match[str], year: int) -> date | None:
    try:
        return date(int(match["y"] or year), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
