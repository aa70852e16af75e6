"""Spend and its rollups: whatever is asked, it sums to what was put in."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.money import dollars
from providers.period import Period
from providers.spend import Spend
from storage.engine.database import transaction
from storage.engine.tables import DayRollup, HourRollup
from storage.facts import spend as spends
from storage.facts.rollups import Dimension
from tests.storage.samples import DAY, HOUR, MIDNIGHT, NEXT, attribution, spend

pytestmark = pytest.mark.usefixtures("store")
ONE = 1
DIMENSIONS: tuple[Dimension, ...] = ("total", "model", "workspace", "caller", "kind", "product")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
]
FIRST = date(2026, 10, 23)  # Berlin's clock goes back on the 25th
hours = st.integers(0, 5 * 24 - 1).map(lambda n: datetime(2026, 10, 23, tzinfo=UTC) + n * HOUR)
lines = st.lists(
    st.builds(
        lambda hour, caller, cents: spend(str(Decimal(cents) / 100), hour, caller_id=caller),
        hours,
        st.sampled_from(["apikey_1", "apikey_2", None]),
        st.integers(-500, 500),
    ),
    max_size=20,
)


def keep(*rows: Spend, estimated: bool = False) -> None:
    by_day: dict[date, list[Spend]] = {}
    for row in rows:
        by_day.setdefault(row.hour.date(), []).append(row)
    with transaction():
        for day, of_day in by_day.items():
            spends.replace(ONE, day, attribution(*of_day), estimated=estimated)


def cost(period: Period, dimension: Dimension = "total", *, until: datetime | None = None) -> Decimal:
    return sum((line.cost for line in spends.totals_by(ONE, dimension, period, until=until)), Decimal(0))


def forget() -> None:
    with transaction():
        for table in (DayRollup, HourRollup):
            table.delete().execute()


def test_keeping_a_day_twice_is_keeping_it_once() -> None:
    for _ in range(2):
        keep(spend("1"), spend("2", workspace_id="wrkspc_1"), spend("3", caller_id=None))
    assert {dimension: cost(Period.day(DAY), dimension) for dimension in DIMENSIONS} == dict.fromkeys(
        DIMENSIONS, 6
    )
    assert spends.all_time(ONE) == 6


def test_what_vanished_is_gone_from_every_rollup() -> None:
    keep(spend("1"), spend("9", MIDNIGHT + 3 * HOUR, model="claude-haiku-4-5", caller_id="apikey_9"))
    keep(spend("1"))
    for dimension in DIMENSIONS:
        assert cost(Period.day(DAY), dimension) == 1
        assert len(spends.totals_by(ONE, dimension, Period.day(DAY))) == 1


def test_the_day_beside_stays() -> None:
    keep(spend("1"), spend("2", MIDNIGHT + 24 * HOUR))
    keep(spend("5"))
    assert spends.totals_by_day(ONE, Period(DAY, NEXT + timedelta(days=1)))[NEXT].cost == 2


def test_a_day_that_is_replaced_is_replaced_in_its_week_month_and_year() -> None:
    for amounts in (("1", "9"), ("2", "4")):
        keep(*(spend(amount, MIDNIGHT + n * 24 * HOUR) for n, amount in enumerate(amounts)))
    week = Period(date(2026, 11, 15), date(2026, 11, 22))
    for period in (week, Period.month(DAY), Period(date(2026, 1, 1), date(2027, 1, 1))):
        for dimension in DIMENSIONS:
            assert cost(period, dimension) == 6
    assert spends.all_time(ONE) == 6


def test_blocks_of_another_connection_stay() -> None:
    keep(spend("1"))
    with transaction():
        spends.replace(2, DAY, attribution(spend("5")), estimated=False)
        spends.replace(2, DAY, attribution(), estimated=False)
    assert cost(Period.month(DAY)) == 1
    assert spends.totals_by(2, "caller", Period.month(DAY)) == []


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 420), st.sampled_from(["apikey_1", "apikey_2"]), st.integers(-9, 9))),
    st.integers(0, 420),
    st.integers(1, 400),
)
def test_any_period_is_the_sum_of_its_days(
    spent: list[tuple[int, str, int]], start: int, length: int
) -> None:
    forget()
    first = datetime(2025, 11, 1, tzinfo=UTC)
    keep(*(spend(str(amount), first + day * 24 * HOUR, caller_id=who) for day, who, amount in spent))
    begin = first.date() + timedelta(days=start)
    inside = [(who, amount) for day, who, amount in spent if start <= day < start + length]
    expected = {who: sum(amount for whose, amount in inside if whose == who) for who, _amount in inside}
    period = Period(begin, begin + timedelta(days=length))
    costs = {who: dollars(cost) for who, cost in spends.costs_by(ONE, "caller", period)}
    assert costs == {who: amount for who, amount in expected.items() if amount}
    shares = {
        who: dollars(cost)
        for who, (_used, cost, _estimated) in spends.brief_amounts_by(ONE, "caller", period)
    }
    assert shares == {each.id: each.cost for each in spends.totals_by(ONE, "caller", period)}
    assert cost(period) == cost(period, "caller") == sum(expected.values())


def test_members_are_named_and_nobody_is_none() -> None:
    keep(spend("1", workspace_id="wrkspc_1"), spend("2", workspace_id=None))
    sums = spends.totals_by(ONE, "workspace", Period.day(DAY))
    assert {line.id: line.cost for line in sums} == {"wrkspc_1": Decimal(1), None: Decimal(2)}
    assert {line.id: line.quantities[4] for line in sums} == {"wrkspc_1": 1, None: 2}


def test_who_used_something_for_nothing_is_told_from_who_used_nothing() -> None:
    for_nothing = Spend(MIDNIGHT, None, "apikey_1", "m", "messages_api", 0, (0, 0, 0, 7, 2, 0))
    keep(for_nothing, spend("1", MIDNIGHT + 24 * HOUR, caller_id="apikey_2"))
    october = Period.month(DAY)
    assert spends.brief_amounts_by(ONE, "caller", Period.day(DAY)) == [("apikey_1", (9, 0, 0))]
    assert dict(spends.brief_amounts_by(ONE, "caller", october))["apikey_1"] == (9, 0, 0)
    assert spends.costs_by(ONE, "caller", Period.day(DAY)) == []


def test_the_basis_is_told_by_what_is_estimated() -> None:
    keep(spend("1"))
    keep(spend("3", MIDNIGHT + 24 * HOUR), estimated=True)
    both = Period(DAY, NEXT + timedelta(days=1))
    assert spends.total(ONE, Period.day(DAY)).basis == "billed"
    assert spends.total(ONE, Period.day(NEXT)).basis == "estimated"
    assert spends.total(ONE, both).basis == "mixed"
    assert spends.total(ONE, both).estimated == 3


def test_the_bill_takes_the_place_of_the_estimate() -> None:
    keep(spend("3"), estimated=True)
    keep(spend("2"))
    assert spends.total(ONE, Period.day(DAY)).cost == 2
    assert spends.total(ONE, Period.day(DAY)).estimated == 0


def test_a_period_without_spend_costs_nothing_and_names_nobody() -> None:
    assert spends.total(ONE, Period.day(DAY)).cost == 0
    assert spends.totals_by(ONE, "model", Period.day(DAY)) == []
    assert spends.totals_by_day(ONE, Period.day(DAY)) == {}
    assert spends.all_time(ONE) == 0


def test_another_connection_sees_nothing() -> None:
    keep(spend("1"))
    assert spends.totals_by(2, "total", Period.day(DAY)) == []


def test_until_cuts_at_the_hour() -> None:
    keep(*(spend("1", MIDNIGHT + n * HOUR) for n in range(24)))
    assert cost(Period.day(DAY), until=MIDNIGHT + 5 * HOUR) == 5
    assert cost(Period.day(DAY), until=MIDNIGHT - HOUR) == 0
    assert spends.amounts_by_day(ONE, Period.day(DAY), until=MIDNIGHT + 5 * HOUR)[DAY].cost == 5 * 10**9


def test_a_person_in_california_has_a_day_of_their_own() -> None:
    keep(*(spend("1", MIDNIGHT + n * HOUR) for n in range(48)))
    california = Period.day(DAY, "America/Los_Angeles")
    assert cost(california) == 24
    assert [line.cost for line in spends.totals_by_day(ONE, california).values()] == [24]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, st.sampled_from(ZONES), st.integers(-1, 3), st.integers(1, 4))
def test_a_period_in_any_zone_costs_what_its_hours_cost(
    rows: list[Spend], zone: str, first: int, length: int
) -> None:
    forget()
    keep(*rows)
    start = FIRST + timedelta(days=first)
    period = Period(start, start + timedelta(days=length), zone)
    expected = dollars(sum(row.cost for row in rows if _inside(row, period)))
    assert cost(period) == cost(period, "caller") == cost(period, "kind") == expected
    assert sum(dollars(cost) for _who, cost in spends.costs_by(ONE, "caller", period)) == expected


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, st.sampled_from(ZONES))
def test_days_in_any_zone_are_the_same_days_one_by_one(rows: list[Spend], zone: str) -> None:
    forget()
    keep(*rows)
    period = Period(FIRST, FIRST + timedelta(days=4), zone)
    daily = spends.totals_by_day(ONE, period)
    assert set(daily) <= set(period.days())
    for day in period.days():
        one = spends.total(ONE, Period.day(day, zone))
        of_day = daily.get(day)
        assert (of_day.cost, of_day.quantities) == (one.cost, one.quantities) if of_day else one.cost == 0


def _inside(row: Spend, period: Period) -> bool:
    """An hour belongs to the day it ends in: an edge within an hour is taken at that hour's start."""
    last = row.hour + HOUR - timedelta(seconds=1)
    return last.astimezone(ZoneInfo(period.zone)).date() in period
