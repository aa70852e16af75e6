"""Whole days, half open; their like periods; and days of 23 and 25 hours."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.period import DAY, Period, runs

ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
HOUR = timedelta(hours=1)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
periods = st.builds(lambda start, length: Period(start, start + length * DAY), days, st.integers(1, 400))


@pytest.mark.parametrize("length", [0, -1])
def test_a_period_is_never_empty(length: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Period(date(2026, 11, 1), date(2026, 11, 1) + length * DAY)


@given(periods)
def test_a_period_holds_its_days_and_no_others(period: Period) -> None:
    days = list(period.days())
    assert len(days) == period.length
    assert all(day in period for day in days)
    assert period.start - DAY not in period
    assert period.end not in period


@given(days)
def test_a_month_starts_on_the_first_and_ends_where_the_next_starts(day: date) -> None:
    month = Period.month(day)
    assert day in month
    assert (month.start.day, month.end.day) == (1, 1)
    assert 28 <= month.length <= 31
    assert month.is_month


@given(periods)
def test_the_like_period_lies_wholly_before(period: Period) -> None:
    before = period.before()
    assert before.end <= period.start
    assert before.length <= max(period.length + 3, 31)


@given(periods.filter(lambda period: period.start.day != 1 and period.start.weekday() != 0))
def test_many_days_are_like_as_many_just_before(period: Period) -> None:
    back = 7 if period.length == 1 else period.length
    assert period.before() == Period(period.start - back * DAY, period.end - back * DAY)


@given(days.filter(lambda day: day.day != 1), st.integers(2, 7))
def test_a_week_so_far_is_like_the_same_days_of_the_week_before(day: date, length: int) -> None:
    monday = day - day.weekday() * DAY
    if monday.day == 1:
        monday += 7 * DAY
    week = Period(monday, monday + length * DAY)
    assert week.before() == Period(week.start - 7 * DAY, week.end - 7 * DAY)


def p(start: str, last: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(last) + DAY)


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (p("2026-07-01", "2026-09-30"), p("2026-04-01", "2026-06-30")),  # a quarter
        (p("2026-10-01", "2026-11-30"), p("2026-07-01", "2026-08-30")),  # its first 61 days
        (p("2026-04-01", "2026-06-30"), p("2026-01-01", "2026-03-31")),
        (p("2025-01-01", "2025-12-31"), p("2024-01-01", "2024-12-31")),  # a year
        (p("2026-01-01", "2026-11-30"), p("2025-01-01", "2025-11-30")),  # its first months
        (p("2028-01-01", "2028-04-29"), p("2027-01-01", "2027-04-29")),
        (p("2026-02-01", "2026-04-30"), p("2025-11-01", "2026-01-31")),  # a fiscal quarter
        (p("2026-07-01", "2026-12-31"), p("2026-01-01", "2026-06-30")),  # half a year
        (p("2026-01-01", "2026-02-15"), p("2025-10-01", "2025-11-15")),  # first a quarter's, then a year's
        (p("2026-06-01", "2026-06-03"), p("2026-05-01", "2026-05-03")),  # a Monday that begins a month
    ],
)
def test_whole_months_and_first_days_are_like_those_of_the_one_before(period: Period, before: Period) -> None:
    assert period.before() == before


def test_the_first_months_of_a_leap_year_are_like_those_of_the_year_before() -> None:
    up_to_the_28th = Period(date(2028, 1, 1), date(2028, 2, 29))
    assert up_to_the_28th.before() == Period(date(2027, 10, 1), date(2027, 11, 29))
    assert p("2028-01-01", "2028-05-28").before() == p("2027-01-01", "2027-05-28")


@given(days)
def test_a_day_is_like_the_same_weekday_a_week_before(day: date) -> None:
    assert Period.day(day).before() == Period.day(day - 7 * DAY)


@given(days)
def test_a_month_is_like_the_whole_month_before(day: date) -> None:
    month = Period.month(day)
    assert month.before() == Period.month(month.start - DAY)


@given(days.filter(lambda day: day.day > 1))
def test_a_month_so_far_is_like_the_same_days_of_the_month_before(today: date) -> None:
    so_far = Period(today.replace(day=1), today)
    before = so_far.before() if so_far.length > 1 else Period(so_far.start - DAY, so_far.start)
    assert before.length <= so_far.length
    assert so_far.length == 1 or before.start.day == 1


def test_the_first_thirty_days_of_march_are_like_all_of_february() -> None:
    so_far = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert so_far.before() == Period(date(2026, 2, 1), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("start", "end", "is_month"),
    [
        ((11, 1), (12, 1), True),
        ((11, 1), (11, 10), True),
        ((11, 2), (12, 1), False),
        ((10, 1), (11, 2), False),
    ],
)
def test_a_month_or_its_first_days_is_a_month(
    start: tuple[int, int], end: tuple[int, int], *, is_month: bool
) -> None:
    assert Period(date(2026, *start), date(2026, *end)).is_month is is_month


def test_the_last_seven_days_end_with_the_day_named() -> None:
    week = Period.last_days(7, until=date(2026, 11, 21))
    assert week == Period(date(2026, 11, 15), date(2026, 11, 22))


def test_the_part_before_a_day_may_be_none() -> None:
    month = Period.month(date(2026, 11, 22))
    assert month.until(date(2026, 11, 22)) == Period(date(2026, 11, 1), date(2026, 11, 22))
    assert month.until(date(2027, 1, 1)) == month
    assert month.until(date(2026, 11, 1)) is None


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 22), 24)]
)
def test_a_day_in_berlin_may_have_23_or_25_hours(day: date, hours: int) -> None:
    period = Period.day(day, "Europe/Berlin")
    assert period.ends_at - period.starts_at == hours * HOUR


def test_a_day_of_a_zone_starts_at_its_own_midnight() -> None:
    kolkata = Period.day(date(2026, 11, 22), "Asia/Kolkata")
    assert kolkata.starts_at == datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


@given(days, st.sampled_from(ZONES))
def test_days_of_a_zone_follow_each_other_without_a_gap(day: date, zone: str) -> None:
    today = Period.day(day, zone)
    assert today.ends_at == Period.day(day + DAY, zone).starts_at
    assert today.starts_at < today.ends_at <= today.starts_at + 25 * HOUR
    assert today.starts_at.astimezone(ZoneInfo(zone)).date() == day


@given(periods, st.sampled_from(ZONES))
def test_the_like_period_keeps_its_zone(period: Period, zone: str) -> None:
    assert Period(period.start, period.end, zone).before().zone == zone


@given(st.sets(days, max_size=40))
def test_runs_hold_exactly_the_days_and_never_touch(chosen: set[date]) -> None:
    joined = runs(sorted(chosen))
    assert [day for period in joined for day in period.days()] == sorted(chosen)
    assert all(first.end < second.start for first, second in pairwise(joined))
