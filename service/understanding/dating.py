"""Dates a customer mentions, resolved against the ticket's clock."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from prompts.factwords import FactWords
from service.understanding.numbers import number

Found = tuple[tuple[int, int], date]
_SOON = 90
"""A bare month and day this many days ahead is taken to be ahead, not almost a year ago."""
_REACH = 12
"""How many characters around a bare date may say that it lies ahead."""


def dates(text: str, today: date, words: FactWords) -> Iterator[Found]:
    """Every date in a folded text: absolute ones, `3号`, `上周三`, `前天`, `三天前`, `last Friday`."""
    for match in words.full_date.matches(text):
        yield from _dated(match, _day(*(int(part) for part in _groups(match))))
    for match in words.month_day.matches(text):
        month, day = (_whole(part, words) for part in _groups(match))
        yield from _dated(match, _nearest(text, match.span(), month, day, today, words))
    for match in words.month_name.matches(text):
        name, said = _groups(match)
        yield from _dated(match, _nearest(text, match.span(), words.months[name], int(said), today, words))
    for match in words.name_month.matches(text):
        said, name = _groups(match)
        yield from _dated(match, _nearest(text, match.span(), words.months[name], int(said), today, words))
    yield from _bare_days(text, today, words)
    yield from _weekdays(text, today, words)
    yield from _relative(text, today, words)


def _bare_days(text: str, today: date, words: FactWords) -> Iterator[Found]:
    for match in words.day_of_month.matches(text):
        said = _groups(match)[0]
        start = text.index(said, match.start())
        span = (start, start + len(said) + 1)
        day = _whole(said, words)
        ahead = _ahead(text, span, words)
        months = [_shift(today, step) for step in ((0, 1, 2) if ahead else (0, -1, -2))]
        fits = (_day(year, month, day) for year, month in months)
        found = next((d for d in fits if d and (d >= today if ahead else d <= today)), None)
        if found:
            yield span, found


def _weekdays(text: str, today: date, words: FactWords) -> Iterator[Found]:
    for match in words.weekday.matches(text):
        groups = list(match.groups())
        pair = next(i for i in range(0, len(groups), 2) if groups[i + 1])
        which, day = groups[pair] or "", words.weekdays[groups[pair + 1]]
        monday = today - timedelta(days=today.weekday())
        if which in words.weeks:
            yield match.span(), monday + timedelta(days=7 * words.weeks[which] + day - 1)
            continue
        found = monday + timedelta(days=day - 1)
        if _ahead(text, match.span(), words):
            found += timedelta(days=7 if found < today else 0)
        else:
            found -= timedelta(days=7 if found > today else 0)
        yield match.span(), found


def _relative(text: str, today: date, words: FactWords) -> Iterator[Found]:
    taken: set[int] = set()
    for name, days in sorted(words.days.items(), key=lambda pair: -len(pair[0])):
        start = text.find(name)
        while start >= 0:
            place = range(start, start + len(name))
            if taken.isdisjoint(place):
                taken.update(place)
                yield (start, start + len(name)), today + timedelta(days=days)
            start = text.find(name, start + len(name))
    for match in words.ago.matches(text):
        said, unit = _groups(match)
        count = number(said, words)
        if count is not None and count * words.ago_units[unit] <= 3660:
            yield match.span(), today - timedelta(days=int(count * words.ago_units[unit]))
    for name, day in words.festivals.items():
        start = text.find(name)
        if start >= 0:
            month, number_ = (int(part) for part in day.split("-"))
            span = (start, start + len(name))
            yield from _pair(span, _nearest(text, span, month, number_, today, words))


def _nearest(
    text: str, span: tuple[int, int], month: int, day: int, today: date, words: FactWords
) -> date | None:
    years = (today.year, today.year + 1) if _ahead(text, span, words) else (today.year, today.year - 1)
    found = [d for d in (_day(year, month, day) for year in years) if d]
    if not found:
        return None
    if _ahead(text, span, words):
        return next((d for d in found if d >= today), found[-1])
    near = found[0]
    behind = words.past.within(text[span[1] : span[1] + _REACH])
    return near if (near - today).days <= (0 if behind else _SOON) else found[-1]


def _ahead(text: str, span: tuple[int, int], words: FactWords) -> bool:
    return words.future.within(text[span[1] : span[1] + _REACH]) or words.future.within(
        text[max(0, span[0] - 4) : span[0]]
    )


def _shift(today: date, months: int) -> tuple[int, int]:
    index = today.year * 12 + today.month - 1 + months
    return index // 12, index % 12 + 1


def _whole(text: str, words: FactWords) -> int:
    return int(number(text, words) or 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _groups(match: Any) -> list[str]:
    return [group for group in match.groups() if group]


def _dated(match: Any, found: date | None) -> Iterator[Found]:
    yield from _pair(match.span(), found)


def _pair(span: tuple[int, int], found: date | None) -> Iterator[Found]:
    if found:
        yield span, found
