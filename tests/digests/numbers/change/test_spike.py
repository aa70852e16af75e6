from collections.abc import Mapping
from datetime import date

from digests.numbers.change.spike import Spike, spike
from providers.period import DAY, Period

WEEK = Period(date(2026, 11, 23), date(2026, 11, 30))
KNOWN = Period(date(2026, 11, 2), date(2026, 12, 1))
MONDAY = WEEK.start
DOLLAR = 10**9


def quiet(usual: int = 4 * DOLLAR) -> dict[date, int]:
    return dict.fromkeys(KNOWN.days(), usual)


def test_one_loud_day_is_named_with_its_usual_cost_and_the_day_after() -> None:
    costs = {**quiet(), MONDAY: 9382 * DOLLAR}
    assert spike(costs, WEEK, KNOWN) == Spike(MONDAY, MONDAY + DAY, 9382 * DOLLAR, 4 * DOLLAR, 4 * DOLLAR)


def test_it_says_how_many_times_the_usual_it_was_and_that_it_is_over() -> None:
    found = spike({**quiet(), MONDAY: 9382 * DOLLAR}, WEEK, KNOWN)
    assert found
    assert (found.times, found.is_over) == (2345, True)


def test_days_in_a_row_are_one_spike() -> None:
    costs = {**quiet(), MONDAY: 100 * DOLLAR, MONDAY + DAY: 200 * DOLLAR}
    found = spike(costs, WEEK, KNOWN)
    assert found
    assert (found.start, found.end, found.cost) == (MONDAY, MONDAY + 2 * DAY, 300 * DOLLAR)


def test_a_day_after_it_that_is_above_the_usual_by_little_is_back_to_it() -> None:
    costs = {**quiet(DOLLAR // 4), MONDAY: 700 * DOLLAR, MONDAY + DAY: DOLLAR}
    found = spike(costs, WEEK, KNOWN)
    assert found
    assert (found.next_day, found.is_over) == (DOLLAR, True)


def test_what_has_not_ended_is_not_over() -> None:
    last = WEEK.end - DAY
    found = spike({**quiet(), last: 100 * DOLLAR, WEEK.end: 90 * DOLLAR}, WEEK, KNOWN)
    assert found
    assert not found.is_over
    yet = spike({**quiet(), last: 100 * DOLLAR}, WEEK, Period(KNOWN.start, WEEK.end))
    assert yet
    assert (yet.next_day, yet.is_over) == (None, False)


def test_a_rise_of_all_days_is_no_spike() -> None:
    assert spike({**quiet(), **dict.fromkeys(WEEK.days(), 40 * DOLLAR)}, WEEK, KNOWN) is None


def test_a_loud_day_that_explains_less_than_half_is_none() -> None:
    costs = {**quiet(10 * DOLLAR), **dict.fromkeys(WEEK.days(), 25 * DOLLAR), MONDAY: 40 * DOLLAR}
    assert spike(costs, WEEK, KNOWN) is None


def test_a_day_is_compared_with_days_of_its_kind() -> None:
    weekend: Mapping[date, int] = {
        day: 0 if day.weekday() >= 5 else 50 * DOLLAR for day in Period(KNOWN.start, KNOWN.end).days()
    }
    saturday = date(2026, 11, 28)
    found = spike({**weekend, saturday: 40 * DOLLAR}, WEEK, KNOWN)
    assert found
    assert (found.start, found.usual, found.times) == (saturday, 0, None)


def test_a_single_day_can_be_its_own_spike() -> None:
    found = spike({**quiet(), MONDAY: 40 * DOLLAR}, Period.day(MONDAY), KNOWN)
    assert found
    assert found.times == 10


def test_nothing_known_before_has_no_usual_to_compare_with() -> None:
    found = spike({MONDAY: 40 * DOLLAR}, WEEK, Period(WEEK.start, WEEK.end))
    assert found
    assert (found.usual, found.times) == (0, None)
