"""Adding durations to moments: calendar days, working days of mainland China, exact hours."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from service.facts.measure import Unit

HOLIDAYS = Path(__file__).parent / "holidays.yaml"
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Workdays:
    """Which days people work."""

    off: frozenset[date]
    worked: frozenset[date]

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after that day (the day itself is not counted)."""
        while count > 0:
            day += _DAY
            count -= self.is_workday(day)
        return day


@cache
def workdays() -> Workdays:
    """The shipped calendar; read once, when first needed."""
    data: Any = yaml.safe_load(HOLIDAYS.read_text(encoding="utf-8"))
    return Workdays(off=frozenset(_days(data["closed"])), worked=frozenset(_days(data["worked"])))


def _days(entries: list[Any]) -> Iterator[date]:
    for entry in entries:
        first, last = (entry["from"], entry["to"]) if isinstance(entry, dict) else (entry, entry)
        while first <= last:
            yield first
            first += _DAY


def deadline(start: datetime, count: Decimal, unit: Unit, *, inclusive: bool = False) -> datetime:
    """The moment at which a period that begins with an event is over.

    The day of the event is not counted unless `inclusive`; days, weeks, months and years end with
    the last day (24:00, given as 00:00 of the next). Hours and minutes run from the moment itself.
    """
    if unit in {"hour", "minute"}:
        seconds = count * (3600 if unit == "hour" else 60)
        return start + timedelta(seconds=float(seconds))
    return datetime.combine(_last_day(start.date(), count, unit, inclusive) + _DAY, time(), start.tzinfo)


def _last_day(day: date, count: Decimal, unit: Unit, inclusive: bool) -> date:
    if unit == "workday":
        return workdays().after(day - _DAY if inclusive else day, int(count))
    if unit in {"day", "week"}:
        last = day + timedelta(days=int(count * (7 if unit == "week" else 1)))
    else:
        months = count * (12 if unit == "year" else 1)
        last = _add_months(day, int(months)) + timedelta(days=15 if months % 1 else 0)
    return last - _DAY if inclusive else last


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
