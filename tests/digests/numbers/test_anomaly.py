import random
from datetime import date
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.numbers.alerts.anomaly import FEWEST_DAYS, Reading, readings
from providers.period import DAY, Period

LAST = date(2026, 11, 28)  # a Saturday
SUNDAY = LAST + DAY


def spend(
    days: int = 120, *, weekend: float = 0.3, noise: float = 0.1, growth: float = 0.0
) -> dict[date, float]:
    """Daily cost with quiet weekends up to the last day."""
    chance = random.Random(1)
    return {
        day: 100 * (1 + growth) ** n * (weekend if day.weekday() >= 5 else 1) * exp(chance.gauss(0, noise))
        for n, day in enumerate(Period.last_days(days, until=LAST).days())
    }


def last(days: dict[date, float]) -> Reading:
    return readings(days)[-1]


@pytest.mark.parametrize("back", range(7))
def test_a_day_of_three_times_its_usual_cost_is_a_spike_on_any_weekday(back: int) -> None:
    days = {day: cost for day, cost in spend().items() if day <= LAST - back * DAY}
    assert not last(days).is_spike
    assert last({**days, LAST - back * DAY: days[LAST - back * DAY] * 3}).is_spike


def test_a_weekend_at_the_cost_of_a_working_day_is_a_spike() -> None:
    days = spend()
    assert last({**days, LAST: 110.0}).is_spike
    assert not last({**days, SUNDAY: 30.0}).is_spike


def test_where_days_differ_a_lot_a_larger_one_is_no_spike_yet() -> None:
    calm, wild = spend(noise=0.05), spend(noise=0.6)
    assert last({**calm, LAST: calm[LAST] * 2.2}).is_spike
    assert last(wild).spread > 2 * last(calm).spread


def test_growth_that_goes_on_as_it_did_is_neither() -> None:
    found = readings(spend(growth=0.004))
    assert not any(each.is_spike or each.is_creep for each in found[30:])


def test_a_cost_that_grows_by_three_percent_a_day_is_a_creep_before_it_doubles() -> None:
    begin = LAST - 23 * DAY
    grown = {day: cost * 1.03 ** max((day - begin).days, 0) for day, cost in spend().items()}
    first = next(each for each in readings(grown) if each.is_creep)
    assert begin < first.day <= LAST


def test_one_day_however_large_is_no_creep() -> None:
    days = spend()
    assert not any(each.is_creep for each in readings({**days, LAST - 10 * DAY: 50_000.0}))


def test_a_spike_does_not_hide_the_next_one() -> None:
    days = spend()
    week_before = LAST - 7 * DAY
    assert last({**days, week_before: days[week_before] * 50, LAST: days[LAST] * 5}).is_spike


def test_with_a_few_days_one_is_compared_with_all_and_needs_more() -> None:
    few = dict.fromkeys(Period.last_days(FEWEST_DAYS, until=LAST).days(), 10.0)
    assert readings(few) == []
    assert not last({**few, SUNDAY: 15.0}).is_spike
    assert last({**few, SUNDAY: 30.0}).is_spike


def test_what_cost_nothing_so_far_has_nothing_to_be_compared_with() -> None:
    assert readings(dict.fromkeys(Period.last_days(60, until=LAST).days(), 0.0)) == []
    assert readings({}) == []


@given(st.lists(st.floats(0, 1e6), min_size=20, max_size=90), st.integers(1, 19))
def test_what_comes_later_changes_nothing_of_a_day(costs: list[float], later: int) -> None:
    days = dict(zip(Period.last_days(len(costs), until=LAST).days(), costs, strict=True))
    before = {day: cost for day, cost in days.items() if day <= LAST - later * DAY}
    assert readings(days)[: len(readings(before))] == readings(before)
