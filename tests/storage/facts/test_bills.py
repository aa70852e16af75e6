"""Bills that are not believed yet: kept with their lines, counted as provisional, forgotten when settled."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

from providers.period import DAY as ONE_DAY
from providers.period import Period
from storage.engine.database import transaction
from storage.facts import bills, charges, coverage, usage
from storage.facts.bills import UnsettledBill, Why
from tests.providers.bills import DAY, charge
from tests.providers.bills import usage as row

pytestmark = pytest.mark.usefixtures("store")
ONE = 1
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
LINES = [charge("1.000000001", description='"Zoë"\x00'), charge("-2", workspace_id="wrkspc_1")]
WEEK = Period(DAY - 6 * ONE_DAY, DAY + ONE_DAY)


def bill(why: Why = "lacking", day: date = DAY) -> UnsettledBill:
    return UnsettledBill(day, why, NOW, NOW, LINES)


def saved(*some: UnsettledBill) -> None:
    with transaction():
        for each in some:
            bills.save(ONE, each)


def test_a_bill_is_kept_as_it_was_reported() -> None:
    saved(bill())
    assert bills.in_period(ONE, WEEK) == {DAY: bill()}
    assert bills.in_period(2, WEEK) == {}


def test_a_later_bill_of_the_day_takes_its_place() -> None:
    later = structs.replace(bill("fallen"), unchanged_since=NOW + timedelta(hours=1), charges=[])
    saved(bill(), later)
    assert bills.in_period(ONE, WEEK) == {DAY: later}


def test_only_what_is_estimated_for_it_is_provisional() -> None:
    states: list[Why] = ["unread", "lacking", "fallen", "held"]
    days = {why: DAY - age * ONE_DAY for age, why in enumerate(states)}
    saved(*(bill(why, day) for why, day in days.items()))
    assert bills.provisional_days(ONE, WEEK) == {days["unread"], days["lacking"]}
    assert bills.awaited_days(ONE) == [days["fallen"], days["lacking"], days["unread"]]


def test_what_is_settled_is_forgotten_and_what_held_after_a_while() -> None:
    saved(bill(), bill("held", DAY - ONE_DAY), bill("held", DAY - 2 * ONE_DAY))
    with transaction():
        bills.settle(ONE, DAY)
        bills.forget_held(ONE, before=DAY - ONE_DAY)
    assert list(bills.in_period(ONE, WEEK)) == [DAY - ONE_DAY]


def test_a_wait_is_moved_along_with_the_clock() -> None:
    saved(bill())
    with transaction():
        bills.wait_longer(timedelta(hours=2))
    waiting = bills.in_period(ONE, WEEK)[DAY]
    assert {waiting.first_seen_at, waiting.unchanged_since} == {NOW + timedelta(hours=2)}


def test_a_withdrawn_bill_is_in_no_coverage() -> None:
    with transaction():
        charges.replace(ONE, [DAY - ONE_DAY, DAY], [charge("3")], at=NOW)
        charges.withdraw(ONE, DAY)
    assert coverage.days(ONE, "charges", WEEK) == {DAY - ONE_DAY}
    assert charges.totals(ONE, WEEK) == {}


def test_usage_is_added_up_by_the_places_that_bills_name_and_counted_by_day() -> None:
    rows = [
        row("apikey_1", output=1),
        row("apikey_2", output=2, hour=10),
        row("apikey_3", workspace_id="wrkspc_1", output=4, web_search=1),
    ]
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    with transaction():
        usage.replace(ONE, midnight, midnight + ONE_DAY, rows, at=NOW, until=NOW)
    quantities = {each.workspace_id: each.quantities for each in usage.places_on(ONE, DAY)}
    assert quantities == {None: (0, 0, 0, 0, 3, 0), "wrkspc_1": (0, 0, 0, 0, 4, 1)}
    assert [each.quantities[4] for each in usage.cells_on(ONE, DAY)] == [7]
    assert usage.counts(ONE, WEEK) == {DAY: 8}
