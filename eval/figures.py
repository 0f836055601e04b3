"""Amounts, dates and durations of a text, normalised: 7天 = 七日 = 一周, 两百 = 200元, 11月10日 = 11.10."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import product

from eval.wording import Wording

_ISO_DURATION = re.compile(r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")
_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})")
_HOURS = {"minute": Decimal(1) / 60, "hour": Decimal(1), "day": Decimal(24), "week": Decimal(168)}
_MONTHS = {"month": 1, "year": 12}
_CJK_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=\S)|(?<=\S)\s+(?=[\u3400-\u9fff])")


def fold(text: str) -> str:
    """The text as patterns see it: half-width, lower case, no spaces beside Chinese."""
    return _CJK_GAP.sub("", unicodedata.normalize("NFKC", text).lower())


@dataclass(frozen=True)
class Figures:
    """Reads figures with the spellings of a wording file."""

    wording: Wording

    @cached_property
    def _number(self) -> str:
        signs = "".join((*self.wording.numerals.digits, *self.wording.numerals.scales))
        return rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?|[{signs}]+|{self.wording.numerals.half})"

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {word: unit for unit, words in self.wording.durations.items() for word in words}

    @cached_property
    def _duration(self) -> re.Pattern[str]:
        units = "|".join(re.escape(word) for word in sorted(self._spellings, key=len, reverse=True))
        to = "|".join(re.escape(word) for word in self.wording.ranges)
        apart = rf"(?<!{self.wording.dates.month})(?<!\d)"
        return re.compile(rf"{apart}(?:({self._number})\s*(?:{to})\s*)?({self._number})\s*({units})(?![a-z])")

    @cached_property
    def _amount(self) -> re.Pattern[str]:
        before = "|".join(re.escape(fold(sign)) for sign in self.wording.money.before)
        after = "|".join(re.escape(word) for word in self.wording.money.after)
        return re.compile(rf"(?:{before})\s*({self._number})|({self._number})\s*(?:{after})")

    @cached_property
    def _bare(self) -> re.Pattern[str]:
        units = {
            *self._spellings,
            *self.wording.money.never,
            *self.wording.dates.day,
            self.wording.dates.month,
        }
        never = "|".join(re.escape(word) for word in units)
        return re.compile(rf"(?<![\d.,:/-])(\d+(?:,\d{{3}})*(?:\.\d+)?)(?![\d:/-]|[.,]\d|\s*(?:{never}))")

    @cached_property
    def _dates(self) -> tuple[re.Pattern[str], ...]:
        dates = self.wording.dates
        day = "|".join(dates.day)
        months = "|".join(dates.months_en)
        counted = "|".join(re.escape(word) for word in dates.counted)
        return (
            re.compile(rf"(?:(\d{{4}})\s*{dates.year})?(\d{{1,2}}){dates.month}(\d{{1,2}})(?:{day})?"),
            re.compile(r"(?<!\d)(?:(\d{4})[./-])(\d{1,2})[./-](\d{1,2})(?!\d)"),
            re.compile(rf"(?<![\d.])()(\d{{1,2}})[./-](\d{{1,2}})(?!\d|\.\d|{counted})"),
            re.compile(rf"(?<![\d{dates.month}])()()(\d{{1,2}})(?:{dates.day_alone})"),
            re.compile(rf"()\b((?:{months})[a-z]*)\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b"),
            re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?((?:{months})[a-z]*)()"),
        )

    def number(self, text: str) -> Decimal | None:
        """The value of `200`, `1,299.5`, `两百`, `十五`, `半`."""
        try:
            return Decimal(text.replace(",", ""))
        except InvalidOperation:
            return self._spelled(text)

    def _spelled(self, text: str) -> Decimal | None:
        numerals = self.wording.numerals
        if text == numerals.half:
            return Decimal("0.5")
        total, digit = 0, 0
        for sign in text:
            if sign in numerals.digits:
                digit = digit * 10 + numerals.digits[sign]
            elif sign in numerals.scales:
                total += (digit or (1 if total == 0 else 0)) * numerals.scales[sign]
                digit = 0
            else:
                return None
        return Decimal(total + digit) if text else None

    def money(self, text: str) -> set[Decimal]:
        """Every amount of the text, in yuan."""
        found = (self.number(a or b) for a, b in self._amount.findall(fold(text)))
        return {value.normalize() for value in found if value is not None}

    def bare(self, text: str) -> set[Decimal]:
        """Numbers with no unit that makes them anything but an amount: `comes to 409`."""
        found = (self.number(one) for one in self._bare.findall(fold(text)))
        return {value.normalize() for value in found if value is not None}

    def quantities(self, text: str) -> set[Decimal]:
        """Every number of the text, whatever it counts."""
        found = (self.number(one) for one in re.findall(self._number, fold(text)))
        return {value.normalize() for value in found if value is not None}

    def durations(self, text: str) -> set[str]:
        """Every duration, as `hours:168`, `months:12` or `workdays:3`."""
        return set(self._spans(fold(text)))

    def _spans(self, folded: str) -> Iterator[str]:
        for low, high, spelling in self._duration.findall(folded):
            for one in (low, high):
                value = self.number(one) if one else None
                if value is not None:
                    yield _length(value, self._spellings[spelling])

    def dates(self, text: str, today: date) -> set[date]:
        """Every date; a date without a year is the one nearest to today."""
        folded = fold(text)
        found = {one for pattern in self._dates for one in self._read_dates(pattern, folded, today)}
        for word, days in self.wording.dates.relative.items():
            if word in folded:
                found.add(today + timedelta(days=days))
        return found

    def _read_dates(self, pattern: re.Pattern[str], folded: str, today: date) -> Iterator[date]:
        months = self.wording.dates.months_en
        for first, second, third in pattern.findall(folded):
            if second[:3] in months:
                year, month, day = "", str(months.index(second[:3]) + 1), third or first
            else:
                year, month, day = first, second, third
            one = _nearest(year, month, day, today)
            if one:
                yield one

    def same(self, kind: str, value: str, text: str, today: date) -> bool:
        """Whether the text states a figure of that kind and value."""
        if kind == "money":
            wanted = self.number(fold(value).strip()) or next(iter(self.money(value)), None)
            return wanted is not None and wanted.normalize() in self.money(text) | self.bare(text)
        if kind == "date":
            iso = _ISO_DATE.match(value)
            day = date(*map(int, iso.groups())) if iso else next(iter(self.dates(value, today)), None)
            return day in self.dates(text, today)
        if kind == "duration":
            return bool(self._lengths(value) & self.durations(text))
        if kind == "quantity":
            wanted = self.number(fold(value).strip())
            return wanted is not None and wanted.normalize() in self.quantities(text)
        return fold(value) in fold(text)

    def _lengths(self, value: str) -> set[str]:
        iso = _ISO_DURATION.match(value)
        if not iso:
            return self.durations(value)
        units = ("year", "month", "week", "day", "hour", "minute")
        return {
            _length(Decimal(number), unit) for number, unit in zip(iso.groups(), units, strict=True) if number
        }


def _length(value: Decimal, unit: str) -> str:
    if unit in _HOURS:
        return f"hours:{(value * _HOURS[unit]).quantize(Decimal('0.01')).normalize():f}"
    if unit in _MONTHS:
        return f"months:{(value * _MONTHS[unit]).normalize():f}"
    return f"workdays:{value.normalize():f}"


def _nearest(year: str, month: str, day: str, today: date) -> date | None:
    years = [int(year)] if year else [today.year - 1, today.year, today.year + 1]
    months = [int(month)] if month else range(1, 13)
    found = []
    for one_year, one_month in product(years, months):
        try:
            found.append(date(one_year, one_month, int(day)))
        except ValueError:
            continue
    return min(found, key=lambda one: abs((one - today).days), default=None)
