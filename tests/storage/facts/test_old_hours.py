"""Days without hours: UTC days in every calendar; the others are as before, and every hour counts once."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.money import dollars
from providers.period import DAY, Period
from providers.spend import Spend
from storage.engine.database import transaction
from storage.engine.tables import CellDay, DayCell, DayRollup, HourRollup
from storage.engine.tables import Connection as Row
from storage.facts import rollups
from storage.facts import spend as spends
from tests.storage.samples import HOUR, attribution, connected, spend

pytestmark = pytest.mark.usefixtures("store")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
]
FIRST, COUNT = date(2026, 10, 20), 10
WHOLE = Period(FIRST, FIRST + timedelta(days=COUNT))
STARTS = datetime(2026, 10, 20, tzinfo=UTC)
SEAM = FIRST + timedelta(days=5)
hours = st.integers(0, COUNT * 24 - 1).map(lambda number: STARTS + number * HOUR)
lines = st.lists(
    st.builds(
        lambda hour, caller, cents: spend(str(Decimal(cents) / 100), hour, caller_id=caller),
        hours,
        st.sampled_from(["apikey_1", "apikey_2", None]),
        st.integers(-500, 500),
    ),
    max_size=30,
)


def keep(rows: Sequence[Spend], *, seam: date | None = SEAM) -> int:
    """Store some lines in a connection whose hours are kept from a day on; return its id."""
    with transaction():
        for table in (DayRollup, HourRollup, DayCell, CellDay):
            table.delete().execute()
        number = connected().id
        rollups.keep_hours_from(number, None)
        by_day: dict[date, list[Spend]] = {day: [] for day in WHOLE.days()}
        for row in rows:
            by_day[row.hour.date()].append(row)
        spends.replace_days(number, {day: (attribution(*of_day), False) for day, of_day in by_day.items()})
        rollups.keep_hours_from(number, seam)
        while rollups.drop_older_hours(number):
            pass
    return number


def cost(number: int, period: Period, *, until: datetime | None = None) -> Decimal:
    costs = spends.costs_by(number, "caller", period, until=until)
    total = spends.total(number, period, until=until).cost
    assert sum(dollars(each) for _id, each in costs) == total
    return total


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, st.sampled_from(ZONES), st.integers(1, COUNT - 2), st.integers(1, COUNT - 2))
def test_days_sum_to_their_period_across_the_seam_and_every_hour_counts_once(
    rows: list[Spend], zone: str, start: int, length: int
) -> None:
    number = keep(rows)
    first = FIRST + timedelta(days=start)
    period = Period(first, min(first + timedelta(days=length), WHOLE.end - DAY), zone)
    one_by_one = {day: cost(number, Period.day(day, zone)) for day in period.days()}
    assert sum(one_by_one.values()) == cost(number, period)
    by_day = {day: each.cost for day, each in spends.totals_by_day(number, period).items()}
    assert by_day == {day: each for day, each in one_by_one.items() if each or day in by_day}
    for day, each in one_by_one.items():
        if day < SEAM - DAY:
            assert each == dollars(sum(row.cost for row in rows if row.hour.date() == day))
        elif day > SEAM:
            exact = Period.day(day, zone)
            inside = [row for row in rows if exact.starts_at <= row.hour < exact.ends_at]
            assert each == dollars(sum(row.cost for row in inside)) or (
                zone == "Asia/Kolkata"  # whose midnight is within an hour
            )


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, st.integers(0, COUNT - 1), st.integers(1, COUNT))
def test_not_a_billionth_moves_in_utc_days(rows: list[Spend], start: int, length: int) -> None:
    first = FIRST + timedelta(days=start)
    period = Period(first, first + timedelta(days=length))
    before = spends.amounts_by(keep(rows, seam=None), "caller", period)
    assert spends.amounts_by(keep(rows), "caller", period) == before


def test_a_moment_of_a_day_without_hours_is_the_beginning_of_that_day() -> None:
    number = keep([spend("1", STARTS + n * HOUR) for n in range(COUNT * 24)])
    assert cost(number, WHOLE, until=STARTS + 30 * HOUR) == 24
    assert cost(number, WHOLE, until=STARTS + 150 * HOUR) == 150
    assert rollups.has_hours(number, STARTS + 120 * HOUR)
    assert not rollups.has_hours(number, STARTS + 119 * HOUR)


def test_old_hours_are_dropped_a_month_at_a_time_and_written_no_more() -> None:
    number = keep([spend("1", STARTS + n * HOUR) for n in range(48)], seam=None)
    old = STARTS - 70 * DAY
    with transaction():
        spends.replace(number, old.date(), attribution(spend("1", old)), estimated=False)
        rollups.keep_hours_from(number, SEAM)
        assert rollups.drop_older_hours(number)
        assert not rollups.drop_older_hours(number)
        spends.replace(number, FIRST, attribution(spend("5", STARTS)), estimated=False)
    assert HourRollup.select().where(HourRollup.hour < (SEAM - date(1970, 1, 1)).days * 24).count() == 0
    assert cost(number, Period.day(FIRST)) == 5
    assert spends.all_time(number) == 5 + 24 + 1


def test_a_connection_that_is_not_there_keeps_every_hour() -> None:
    with transaction():
        Row.delete().execute()
    assert rollups.first_day_with_hours(99) is None
