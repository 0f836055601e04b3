"""Dates and times of day, found in a folded text and resolved against a clock."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from prompts.words import Found, Words
from service.ledger.figures import Figure
from service.ledger.numerals import number

FESTIVAL_AHEAD = 60
"""Days: a festival named without a year is sooner the coming one than the last one."""


def dates(text: str, words: Words, today: date) -> Iterator[Figure]:
    """Every date; one without a year is the nearest to today."""
    for name, resolve in RESOLVERS.items():
        for found in words.each(name, text):
            day = resolve(found, words, today)
            if day is not None:
                span = (found.span[0], found.span[1] - len(found.get("after")))
                yield Figure(kind="date", span=span, low=day, high=day, unit="day")


def clocks(text: str, words: Words) -> Iterator[Figure]:
    """Every time of day, in minutes since midnight."""
    for found in words.each("clock", text):
        hour, minute = number(found.get("h"), words), number(found.get("mi") or "0", words)
        after, part = found.get("after"), found.get("part") or found.get("ampm")
        if hour is None or minute is None or hour[0] > 24 or minute[0] > 59:
            continue
        if after in words.tables["not_clock_after"]:
            continue
        if not part and not found.get("h").isdecimal() and after not in words.tables["clock_after"]:
            continue
        value = hour[0] * 60 + minute[0] + (30 if found.get("half") else 0)
        if part in words.tables["afternoon"] and hour[0] < 12:
            value += 720
        span = (found.span[0], found.span[1] - len(after))
        yield Figure(kind="date", span=span, low=value, high=value, unit="clock")


def _full(found: Found, _words: Words, _today: date) -> date | None:
    return _date(int(found.get("y")), int(found.get("m")), int(found.get("d")))


def _month_day(found: Found, words: Words, today: date) -> date | None:
    separator = found.get("sep")
    if separator and (
        found.get("after") in words.tables["not_md_after"]
        or (separator == "-" and len(found.get("m")) + len(found.get("d")) < 3)
        or words.find("counted_after", found.text[found.spans["d"][1] :][:12])
        or _part_of_longer(found)
    ):
        return None
    month, day = words.tables["months"].get(found.get("en")) or found.get("m"), number(found.get("d"), words)
    value = number(month, words)
    if value is None or day is None:
        return None
    said = words.tables["years"].get(found.get("yr"))
    shifts = (-1, 0, 1) if said is None else (int(said),)
    options = [_date(today.year + shift, int(value[0]), int(day[0])) for shift in shifts]
    return min((o for o in options if o), key=lambda o: abs((o - today).days), default=None)


def _part_of_longer(found: Found) -> bool:
    """138-1234 and 3.11/12: a piece of something longer is no date of its own."""
    before = found.text[max(0, found.span[0] - 1) : found.span[0]]
    return bool(before) and ((before.isalnum() and before.isascii()) or before in "-/.")


def _day(found: Found, words: Words, today: date) -> date | None:
    value = number(found.get("d"), words)
    if value is None or found.get("after") in words.tables["not_day_after"]:
        return None
    options: list[date] = []
    for shift in (-1, 0, 1):
        month = today.month - 1 + shift
        day = _date(today.year + month // 12, month % 12 + 1, int(value[0]))
        if day:
            options.append(day)
    return min(options, key=lambda o: abs((o - today).days), default=None)


def _relative(found: Found, words: Words, today: date) -> date | None:
    word = found.get("word")
    if word in words.tables["month_end"]:
        return today.replace(day=monthrange(today.year, today.month)[1])
    shift = words.tables["relative_days"].get(word)
    return today + timedelta(days=int(shift)) if shift is not None else None


def _festival(found: Found, words: Words, today: date) -> date | None:
    """The festival to come, or the one just gone."""
    day = words.tables["festivals"].get(found.get("word"))
    if day is None:
        return None
    month, number_ = map(int, day.split("-"))
    options = [date(today.year + shift, month, number_) for shift in (-1, 0, 1)]
    return min(options, key=lambda one: abs((one - today).days - FESTIVAL_AHEAD))


def _weekday(found: Found, words: Words, today: date) -> date | None:
    day = int(words.tables["weekdays"][found.get("wd") or found.get("en")])
    monday = today - timedelta(days=today.weekday())
    which = found.get("which")
    if which:
        return monday + timedelta(days=day - 1, weeks=int(words.tables["week_shift"][which]))
    near = monday + timedelta(days=day - 1)
    return near if near >= today else near + timedelta(weeks=1)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


RESOLVERS: Mapping[str, Callable[[Found, Words, date], date | None]] = {
    "date_full": _full,
    "date_month_day": _month_day,
    "date_day": _day,
    "date_relative": _relative,
    "date_festival": _festival,
    "date_weekday": _weekday,
}
"""Pattern of the words file → what resolves it, the most explicit first."""
