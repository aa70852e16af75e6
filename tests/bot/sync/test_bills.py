"""Bills that are there and not whole: what the day shows meanwhile, and when they are believed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from bot.reports import cost
from bot.runtime.clock_jumps import ClockMonitor
from bot.sync import reports
from bot.sync.bills.rebuild import billed_days, learned_from
from digests import render
from digests.files.json_form import as_json
from digests.numbers.report import Question, Report
from providers.directory import Directory
from providers.period import Period
from providers.provider import ChargesReported, UsageReported
from storage.engine.database import transaction
from storage.facts import accuracy, bills, charges, coverage, spend
from storage.state import connections
from tests.bot.conftest import (
    DAY,
    FIRST,
    HOUR,
    MINUTE,
    NOW,
    ON_SQLITE,
    TODAY,
    YESTERDAY,
    Clock,
    Company,
    new_company,
)

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
OUT = MIDNIGHT + 62 * MINUTE  # the bill of a day is published after an hour
EARLIER = YESTERDAY - DAY


def report(company: Company, day: date = TODAY) -> Report:
    return cost.cost(company.connection, Question(Period.day(day)), now=company.clock())


def ended(company: Company) -> None:
    """Let TODAY end: its usage is read to the end, and its bill as far as it is there."""
    company.sync_at(MIDNIGHT - HOUR)
    company.sync_at(OUT)


def cut(company: Company, day: date, lacking: str) -> None:
    """Take everything from the bill of a day, or half of it."""
    faults = company.api.faults
    faults.empty_bill(f"{day}") if lacking == "empty" else faults.half_bill(f"{day}", lacking)


def truth(company: Company, day: date = TODAY) -> Decimal:
    return company.billed(day, day + DAY)


# --- a bill that is not whole at first sight


@pytest.mark.parametrize("lacking", ["empty", "amounts", "lines"])
def test_a_bill_that_is_not_whole_leaves_the_estimate_until_it_is(walked: Company, lacking: str) -> None:
    cut(walked, TODAY, lacking)
    ended(walked)
    shown = report(walked)
    assert (shown.basis, [gap.why for gap in shown.gaps]) == ("provisional", ["not whole yet"])
    assert as_json(shown)["basis"] == "provisional"
    assert abs(shown.total.cost / truth(walked) - 1) < Decimal("0.05")
    walked.api.faults.whole_bill(f"{TODAY}")
    walked.sync_at(OUT + HOUR)
    walked.sync_at(OUT + 5 * HOUR)
    shown = report(walked)
    assert (shown.basis, shown.total.cost, shown.gaps) == ("billed", truth(walked), ())


def test_a_bill_that_became_whole_is_believed_after_three_hours_unchanged(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    ended(walked)
    walked.api.faults.half_bill(f"{TODAY}")
    walked.sync_at(OUT + 5 * HOUR)
    walked.api.faults.whole_bill(f"{TODAY}")
    walked.sync_at(OUT + 6 * HOUR)
    walked.sync_at(OUT + 8 * HOUR + 50 * MINUTE)
    assert report(walked).basis == "provisional"
    walked.sync_at(OUT + 9 * HOUR + 10 * MINUTE)
    assert report(walked).basis == "billed"


def test_an_empty_bill_that_stays_is_believed_after_a_day(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    ended(walked)
    walked.sync_at(OUT + 23 * HOUR)
    assert report(walked).basis == "provisional"
    walked.sync_at(OUT + 24 * HOUR)
    shown = report(walked)
    assert (shown.basis, shown.total.cost) == ("billed", Decimal(0))
    assert shown.unbilled["not_charged"]
    walked.sync_at(OUT + 50 * HOUR)  # its usage is read again, and changes nothing
    assert report(walked).basis == "billed"


def test_a_bill_that_goes_on_growing_is_not_believed(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    ended(walked)
    walked.api.faults.half_bill(f"{TODAY}")
    walked.sync_at(OUT + 20 * HOUR)
    walked.api.faults.half_bill(f"{TODAY}", "lines")
    walked.sync_at(OUT + 40 * HOUR)
    assert report(walked).basis == "provisional"


def test_while_a_bill_is_not_believed_it_is_asked_for_every_ten_minutes(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    ended(walked)
    walked.api.requests.clear()
    walked.live(OUT + HOUR, step=5 * MINUTE)
    assert len(walked.calls("cost_report")) in (5, 6)


def test_an_older_day_is_asked_for_as_often_while_its_bill_is_not_believed(walked: Company) -> None:
    walked.api.faults.half_bill(f"{TODAY}")
    ended(walked)
    walked.api.faults.half_bill(f"{TODAY}", "lines")
    walked.sync_at(OUT + 5 * DAY)
    walked.api.requests.clear()
    walked.live(OUT + 5 * DAY + HOUR, step=5 * MINUTE)
    assert [report(walked, TODAY + age * DAY).basis for age in range(5)] == ["provisional", *["billed"] * 4]
    starts = [call["starting_at"] for call in walked.calls("cost_report")]
    assert len(starts) in (5, 6)
    assert set(starts) == {f"{TODAY}T00:00:00Z"}


def test_nothing_is_learned_from_a_bill_that_is_not_believed(walked: Company) -> None:
    def learned() -> object:
        newest = coverage.latest_days(walked.connection.id, "charges", before=TODAY, count=7)
        return newest, learned_from(walked.connection.id, billed_days(walked.connection.id, TODAY, count=7))

    before, record = learned(), accuracy.recorded_days(walked.connection.id, since=FIRST)
    walked.api.faults.half_bill(f"{TODAY}")
    ended(walked)
    walked.sync_at(OUT + 2 * HOUR)
    assert learned() == before
    assert TODAY not in coverage.days(walked.connection.id, "charges", Period.day(TODAY))
    assert accuracy.recorded_days(walked.connection.id, since=FIRST) == record


def test_the_estimate_is_compared_with_the_bill_that_is_believed(walked: Company) -> None:
    walked.api.faults.half_bill(f"{TODAY}")
    ended(walked)
    walked.api.faults.whole_bill(f"{TODAY}")
    walked.sync_at(OUT + HOUR)
    walked.sync_at(OUT + 4 * HOUR)
    (error,) = accuracy.errors(walked.connection.id, since=TODAY)
    assert abs(error) < Decimal("0.05")
    assert accuracy.restatements(walked.connection.id, since=NOW) == []


def test_several_days_at_once_are_each_believed_for_themselves(walked: Company) -> None:
    walked.api.faults.half_bill(f"{TODAY}")
    walked.api.faults.empty_bill(f"{TODAY + DAY}")
    walked.sync_at(MIDNIGHT + 2 * DAY + 2 * HOUR)
    days = [TODAY, TODAY + DAY]
    assert [report(walked, day).basis for day in days] == ["provisional", "provisional"]
    walked.api.faults.whole_bill(f"{TODAY}")
    walked.sync_at(MIDNIGHT + 2 * DAY + 3 * HOUR)
    walked.sync_at(MIDNIGHT + 2 * DAY + 6 * HOUR)
    assert [report(walked, day).basis for day in days] == ["billed", "provisional"]


def test_bills_of_a_normal_week_are_believed_at_once(walked: Company) -> None:
    for day in range(7):
        walked.sync_at(OUT + day * DAY)
        assert report(walked, TODAY + day * DAY).basis == "billed"
    assert walked.remembered(FIRST, TODAY + 7 * DAY) == walked.billed(FIRST, TODAY + 7 * DAY)


def test_an_empty_bill_of_a_day_without_usage_is_nothing_and_billed_at_once(walked: Company) -> None:
    quiet = walked.organization.workday(TODAY)._replace(usage=[], extras=[], covered=[])
    walked.organization.replace_workday(TODAY, quiet)
    walked.sync_at(MIDNIGHT + 5 * MINUTE)
    walked.clock.to(OUT)
    with transaction():  # the hours that were read before are not used after all
        nothing = UsageReported(MIDNIGHT - DAY, MIDNIGHT, [])
        reports.store_usage(walked.connection.id, nothing, Directory([]), walked.clock())
    walked.sync()
    shown = report(walked)
    assert (shown.basis, shown.total.cost, shown.gaps) == ("billed", Decimal(0), ())


# --- bills before usage


@pytest.mark.parametrize("lacking", ["empty", "amounts"])
def test_a_first_connection_judges_the_last_days_once_their_usage_is_in(
    company: Company, lacking: str
) -> None:
    cut(company, YESTERDAY, lacking)
    company.connect()
    company.sync()
    shown = report(company, YESTERDAY)
    assert shown.basis == "provisional"
    assert abs(shown.total.cost / truth(company, YESTERDAY) - 1) < Decimal("0.05")
    assert bills.awaited_days(company.connection.id) == [YESTERDAY]
    assert company.remembered(FIRST, YESTERDAY) == company.billed(FIRST, YESTERDAY)


def test_an_empty_bill_is_no_nothing_while_nobody_knows_the_usage(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    walked.api.faults.down("messages")
    ended(walked)
    assert bills.provisional_days(walked.connection.id, Period.day(TODAY)) == {TODAY}
    assert not coverage.days(walked.connection.id, "charges", Period.day(TODAY))


def test_an_organization_whose_only_day_is_not_whole_keeps_that_day(store: str, clock: Clock) -> None:
    assert store
    company = new_company(clock, first_day=YESTERDAY)
    company.api.faults.empty_bill(f"{YESTERDAY}")
    company.connect()
    company.sync()
    assert company.connection.first_day == YESTERDAY
    assert report(company, YESTERDAY).basis == "provisional"


# --- a bill that we had


def test_a_known_bill_that_falls_to_nothing_stays_until_it_comes_back(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{EARLIER}")
    walked.sync_at(NOW + HOUR)
    shown = report(walked, EARLIER)
    assert (shown.total.cost, shown.basis) == (truth(walked, EARLIER), "billed")
    assert [(doubt.day, doubt.reported) for doubt in shown.doubts] == [(EARLIER, Decimal(0))]
    assert [gap.why for gap in shown.gaps] == ["in doubt"]
    walked.api.faults.whole_bill(f"{EARLIER}")
    walked.sync_at(NOW + 2 * HOUR)
    shown = report(walked, EARLIER)
    assert (shown.total.cost, shown.doubts, shown.gaps) == (truth(walked, EARLIER), (), ())
    assert accuracy.restatements(walked.connection.id, since=NOW) == []


@pytest.mark.parametrize("lacking", ["empty", "amounts", "lines"])
def test_a_known_bill_that_falls_and_stays_so_for_a_day_is_restated(walked: Company, lacking: str) -> None:
    before = truth(walked, EARLIER)
    cut(walked, EARLIER, lacking)
    walked.sync_at(NOW + HOUR)
    walked.sync_at(NOW + 24 * HOUR)
    assert report(walked, EARLIER).total.cost == before
    walked.sync_at(NOW + 25 * HOUR)
    shown = report(walked, EARLIER)
    assert shown.total.cost < before
    assert (shown.basis, shown.doubts, shown.gaps) == ("billed", (), ())
    ((day, was, is_now),) = accuracy.restatements(walked.connection.id, since=NOW)
    assert (day, was, is_now) == (EARLIER, before, shown.total.cost)


def test_a_bill_that_falls_by_more_than_half_while_its_tokens_stand_is_shown_as_it_was_for_a_day(
    walked: Company,
) -> None:
    before, number = truth(walked, EARLIER), walked.connection.id
    rates = learned_from(number, billed_days(number, TODAY, count=7)).cells
    walked.organization.restate(EARLIER, "0.4")
    walked.sync_at(NOW + HOUR)
    shown = report(walked, EARLIER)
    fallen = before * Decimal("0.4")
    assert shown.total.cost == before
    assert [doubt.day for doubt in shown.doubts] == [EARLIER]
    assert abs(shown.doubts[0].reported - fallen) < 1
    assert "fell from" in render.cost(shown, now=walked.clock()).text
    assert learned_from(number, billed_days(number, TODAY, count=7)).cells == rates
    walked.sync_at(NOW + 25 * HOUR)
    assert report(walked, EARLIER).total.cost == truth(walked, EARLIER)
    after = learned_from(number, billed_days(number, TODAY, count=7)).cells
    costly = [cell for cell in rates if cell[1] in ("output", "cache_read")]
    with_one_price = [cell for cell in costly if cell[0] != "claude-haiku-5-5"]
    assert all(abs(after[cell] / rates[cell] - 1) < Decimal("0.01") for cell in with_one_price)


def test_a_day_long_ago_that_falls_to_nothing_stays_as_well(walked: Company) -> None:
    long_ago = TODAY - 20 * DAY
    before = truth(walked, long_ago)
    walked.api.faults.empty_bill(f"{long_ago}")
    walked.sync_at(NOW + 7 * DAY)
    assert report(walked, long_ago).total.cost == before
    walked.api.requests.clear()
    walked.sync_at(NOW + 7 * DAY + 15 * MINUTE)
    (call,) = walked.calls("cost_report")
    assert call["starting_at"] == f"{long_ago}T00:00:00Z"


def test_a_small_correction_downwards_is_a_restatement_at_once(walked: Company) -> None:
    walked.organization.restate(EARLIER, "0.97")
    walked.sync_at(NOW + HOUR)
    assert report(walked, EARLIER).total.cost == truth(walked, EARLIER)
    assert bills.awaited_days(walked.connection.id) == []


def test_nothing_is_learned_while_a_known_bill_is_in_doubt(walked: Company) -> None:
    before = charges.totals(walked.connection.id, Period(FIRST, TODAY))
    walked.api.faults.half_bill(f"{YESTERDAY}")
    walked.sync_at(NOW + 2 * HOUR)
    assert charges.totals(walked.connection.id, Period(FIRST, TODAY)) == before


# --- clocks, kills, keys


def test_a_clock_that_was_ahead_makes_no_bill_believed_earlier(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    ended(walked)
    with transaction():
        (bill,) = bills.in_period(walked.connection.id, Period.day(TODAY)).values()
        ahead = bill.unchanged_since + 2 * DAY
        bills.save(walked.connection.id, replace(bill, first_seen_at=ahead, unchanged_since=ahead))
    walked.sync_at(OUT + HOUR)
    walked.sync_at(OUT + 24 * HOUR)
    assert report(walked).basis == "provisional"
    walked.sync_at(OUT + 25 * HOUR)
    assert report(walked).basis == "billed"


@ON_SQLITE
def test_what_waits_waits_on_when_the_clock_is_set_ahead(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    ended(walked)
    ClockMonitor("here", walked.clock).on_jump(timedelta(hours=30).total_seconds())
    walked.sync_at(OUT + 30 * HOUR)
    assert report(walked).basis == "provisional"


def test_another_organization_has_nothing_to_do_with_it(walked: Company) -> None:
    walked.api.faults.empty_bill(f"{TODAY}")
    ended(walked)
    former = walked.connection.id
    with transaction():
        connections.disconnect(former, keep_history=False)
    assert bills.awaited_days(former) == []


def test_a_bill_is_the_same_in_whatever_order_its_lines_come(walked: Company) -> None:
    walked.api.faults.half_bill(f"{TODAY}")
    ended(walked)
    number = walked.connection.id
    (before,) = bills.in_period(number, Period.day(TODAY)).values()
    with transaction():
        again = ChargesReported(days=[TODAY], charges=list(reversed(before.charges)))
        reports.store_charges(number, again, Directory([]), walked.clock() + HOUR)
    (after,) = bills.in_period(number, Period.day(TODAY)).values()
    assert after.unchanged_since == before.unchanged_since
    assert spend.total(number, Period.day(TODAY)).cost > 0
