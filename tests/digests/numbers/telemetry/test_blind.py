"""Who is blind, since when, and why, from what the bill, Claude Code's report and telemetry say."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from digests.numbers.telemetry.blind import Evidence, blind, gone_silent

FIRST = date(2026, 11, 16)
DAYS = [FIRST + timedelta(days=n) for n in range(7)]


def costs(*dollars: float) -> dict[date, Decimal]:
    return {day: Decimal(str(cost)) for day, cost in zip(DAYS, dollars, strict=False) if cost}


def noon(day: int) -> datetime:
    return datetime(2026, 11, day, 12, tzinfo=UTC)


def test_who_never_reported_is_blind_since_the_first_day_of_use() -> None:
    (found,) = blind([Evidence("m", "Mina", costs(0, 0, 3, 4), {})])
    assert (found.how, found.since, found.cost) == ("never", DAYS[2], Decimal(7))


def test_who_reports_as_much_is_not() -> None:
    assert blind([Evidence("m", "Mina", costs(3, 4), costs(2.9, 4.4), noon(17))]) == []


def test_who_used_nothing_is_not() -> None:
    assert blind([Evidence("m", "Mina", {}, {}), Evidence("j", "Jonas", costs(0, 0), {})]) == []


def test_who_stopped_reporting_is_blind_since_the_next_day_of_use() -> None:
    evidence = Evidence("m", "Mina", costs(3, 4, 0, 5, 6), costs(3, 4), noon(17))
    (found,) = blind([evidence])
    assert (found.how, found.since, found.cost) == ("silent", DAYS[3], Decimal(11))
    assert gone_silent([found]) == [found]


def test_who_is_only_away_has_not_gone_silent() -> None:
    assert blind([Evidence("m", "Mina", costs(3, 4), costs(3, 4), noon(17))]) == []


def test_the_day_of_the_last_event_is_not_held_against_anybody() -> None:
    assert blind([Evidence("m", "Mina", costs(0, 4), costs(0, 3), noon(17))]) == []


def test_who_tells_less_than_half_is_blind_in_part() -> None:
    (found,) = blind([Evidence("m", "Mina", costs(10, 10), costs(3, 3), noon(17))])
    assert (found.how, found.since, found.cost) == ("partly", DAYS[0], Decimal(14))
    assert gone_silent([found]) == []


@pytest.mark.parametrize("told", [(5, 5), (6, 4.1)])
def test_half_of_it_or_more_is_a_matter_of_prices(told: tuple[float, float]) -> None:
    assert blind([Evidence("m", "Mina", costs(10, 10), costs(*told), noon(17))]) == []


def test_cents_are_no_part_worth_telling() -> None:
    assert blind([Evidence("m", "Mina", costs(0.5, 0.4), costs(0.1), noon(17))]) == []


def test_the_dearest_come_first() -> None:
    found = blind([Evidence(name, name, costs(cost), {}) for name, cost in (("a", 1), ("b", 9), ("c", 9))])
    assert [each.name for each in found] == ["b", "c", "a"]


def test_a_key_of_programs_has_no_version_to_blame() -> None:
    (found,) = blind([Evidence("apikey_1", "ci", costs(9), {}, is_api=True)])
    assert (found.is_api, found.cause) == (True, None)
