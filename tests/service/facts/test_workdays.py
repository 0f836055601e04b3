"""Days are counted as the law and a calendar count them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from service.facts.workdays import deadline, workdays

ZONE = ZoneInfo("Asia/Shanghai")
MOMENTS = st.datetimes(min_value=datetime(2025, 1, 2), max_value=datetime(2027, 11, 30))


@settings(max_examples=2000, deadline=None)
@given(at=MOMENTS, days=st.integers(min_value=1, max_value=40))
def test_the_day_of_the_event_is_not_counted(at: datetime, days: int) -> None:
    end = deadline(at.replace(tzinfo=ZONE), Decimal(days), "day")
    counted = [at.date() + timedelta(days=n) for n in range(1, days + 1)]
    assert end == datetime.combine(counted[-1], datetime.min.time(), ZONE) + timedelta(days=1)


@settings(max_examples=300, deadline=None)
@given(at=MOMENTS, days=st.integers(min_value=1, max_value=15))
def test_working_days_skip_weekends_and_holidays(at: datetime, days: int) -> None:
    calendar = workdays()
    last = deadline(at.replace(tzinfo=ZONE), Decimal(days), "workday").date() - timedelta(days=1)
    between = [at.date() + timedelta(days=n) for n in range(1, (last - at.date()).days + 1)]
    assert sum(map(calendar.is_workday, between)) == days
    assert calendar.is_workday(last)


def test_national_day_is_off_and_the_exchanged_saturday_is_worked() -> None:
    calendar = workdays()
    assert not calendar.is_workday(date(2026, 10, 1))
    assert calendar.is_workday(date(2026, 10, 10))


def test_hours_run_from_the_moment_itself() -> None:
    start = datetime(2026, 11, 3, 10, 30, tzinfo=ZONE)
    assert deadline(start, Decimal(48), "hour") == datetime(2026, 11, 5, 10, 30, tzinfo=ZONE)


def test_months_end_on_the_last_day_there_is() -> None:
    start = datetime(2027, 1, 31, 9, 0, tzinfo=ZONE)
    assert deadline(start, Decimal(1), "month") == datetime(2027, 3, 1, tzinfo=ZONE)


def test_an_inclusive_count_takes_the_day_of_the_event() -> None:
    start = datetime(2026, 11, 3, 10, 30, tzinfo=ZONE)
    assert deadline(start, Decimal(7), "day", inclusive=True) == datetime(2026, 11, 10, tzinfo=ZONE)
