"""What holds of days and periods in every zone there is."""

from datetime import UTC, date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from providers.period import DAY, Period

HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
ALL_ZONES = sorted(available_timezones())
zones = st.sampled_from(ALL_ZONES)
days = st.dates(date(2021, 1, 1), date(2037, 12, 31))  # since the oldest day one can ask for
lengths = st.integers(1, 400)


def periods(start: date, length: int, zone: str) -> Period:
    return Period(start, start + length * DAY, zone)


in_zones = st.builds(periods, days, lengths, zones)


@given(in_zones)
def test_the_days_of_a_period_tile_it(period: Period) -> None:
    parts = [Period.day(day, period.zone) for day in period.days()]
    assert parts[0].starts_at == period.starts_at
    assert parts[-1].ends_at == period.ends_at
    assert all(one.ends_at == following.starts_at for one, following in pairwise(parts))
    assert all(part.starts_at < part.ends_at for part in parts)


@given(days, zones)
@example(date(2026, 3, 29), "Europe/Berlin")
@example(date(2026, 11, 1), "America/Havana")  # midnight comes twice
@example(date(2026, 4, 24), "Africa/Cairo")  # midnight is left out
@example(date(2026, 10, 4), "Australia/Lord_Howe")  # half an hour is left out
@example(date(2026, 3, 29), "Antarctica/Troll")  # two hours are
def test_a_day_is_every_moment_with_its_date_and_no_other(day: date, zone: str) -> None:
    period, clock = Period.day(day, zone), ZoneInfo(zone)
    inside = [period.starts_at, period.ends_at - MOMENT]
    outside = [period.starts_at - MOMENT, period.ends_at]
    assert {moment.astimezone(clock).date() for moment in inside} == {day}
    assert day not in {moment.astimezone(clock).date() for moment in outside}


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 11, 1), "America/Havana", 25),
        (date(2026, 4, 24), "Africa/Cairo", 23),
        (date(2026, 10, 4), "Australia/Lord_Howe", 23.5),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 3, 29), "Antarctica/Troll", 22),
        (date(2026, 11, 22), "Asia/Kathmandu", 24),
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(day: date, zone: str, hours: float) -> None:
    assert Period.day(day, zone).ends_at - Period.day(day, zone).starts_at == hours * HOUR


@given(days, zones)
def test_a_day_whose_clock_is_left_alone_has_24_hours(day: date, zone: str) -> None:
    period, clock = Period.day(day, zone), ZoneInfo(zone)
    around = (period.starts_at - MOMENT, period.starts_at, period.ends_at - MOMENT, period.ends_at)
    length = period.ends_at - period.starts_at
    if len({moment.astimezone(clock).utcoffset() for moment in around}) == 1:
        assert length == DAY
    else:
        assert abs(length - DAY) <= 3 * HOUR


@given(in_zones)
def test_a_zone_shifts_a_period_and_keeps_its_days(period: Period) -> None:
    in_utc = Period(period.start, period.end)
    assert abs(period.starts_at - in_utc.starts_at) <= 14 * HOUR
    assert list(period.days()) == list(in_utc.days())
    assert period.starts_at.tzinfo is UTC


@given(in_zones)
def test_the_like_period_is_about_as_long_and_lies_before(period: Period) -> None:
    before = period.before()
    assert before.zone == period.zone
    assert before.ends_at <= period.starts_at
    if period.start.day != 1:  # else months, which differ by up to three days
        assert before.length == period.length
        assert (period.start - before.start) in (7 * DAY, period.length * DAY)


@given(days, zones, st.integers(2, 31))
def test_a_month_so_far_is_like_as_many_days_from_the_first(day: date, zone: str, elapsed: int) -> None:
    month = Period.month(day, zone)
    so_far = month.until(month.start + elapsed * DAY)
    assert so_far
    before, whole = so_far.before(), Period.month(month.start - DAY, zone)
    assert (before.start, before.zone) == (whole.start, zone)
    assert before.length in {so_far.length, whole.length}
    assert before.end <= whole.end


@given(days, zones)
def test_months_follow_each_other_without_a_gap(day: date, zone: str) -> None:
    month = Period.month(day, zone)
    assert day in month
    assert Period.month(month.end, zone).start == month.end
    assert Period.month(month.start - DAY, zone).end == month.start
    assert Period.month(month.end, zone).before() == month


@given(in_zones, days)
def test_the_part_before_a_day_is_what_lies_before_it(period: Period, end: date) -> None:
    part = period.until(end)
    assert list(part.days() if part else ()) == [day for day in period.days() if day < end]


@given(days, lengths, zones)
def test_the_last_days_end_with_the_day_named(day: date, length: int, zone: str) -> None:
    period = Period.last_days(length, until=day, zone=zone)
    assert (period.length, period.end - DAY) == (length, day)
