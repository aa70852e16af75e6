"""What is asked again and again: from when, how often, and what becomes of estimates and bills that change."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot import answers, jobs
from digests.report import Question
from providers.period import Period
from storage import accuracy, charges, coverage, directory, spend
from tests.bot.conftest import DAY, FIRST, HOUR, MINUTE, NOW, TODAY, YESTERDAY, Clock, Company, new_company

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
CENT = Decimal("0.01")


def test_usage_reads_the_last_hours_again(walked: Company) -> None:
    walked.sync_at(NOW + 2 * MINUTE)
    asked = {(call["starting_at"], call["ending_at"]) for call in walked.calls("messages")}
    assert asked == {("2026-11-22T08:00:00Z", "2026-11-22T11:00:00Z")}


def test_usage_is_asked_for_every_two_minutes(walked: Company) -> None:
    walked.live(NOW + 10 * MINUTE, step=timedelta(seconds=10))
    assert len({request.at for request in walked.api.requests if request.endpoint == "messages"}) == 5


def test_after_downtime_usage_is_read_since_it_was_last_known(walked: Company) -> None:
    walked.sync_at(NOW + 3 * DAY)
    assert walked.calls("messages")[0]["starting_at"] == "2026-11-22T08:00:00Z"
    end = TODAY + 3 * DAY
    assert all(walked.knows(report, FIRST, end) for report in coverage.REPORTS)
    assert walked.remembered(FIRST, end) == walked.billed(FIRST, end)


def test_a_running_hour_grows_and_is_never_counted_twice(walked: Company) -> None:
    walked.live(NOW + HOUR, step=5 * MINUTE)
    said = sum(s.quantities[4] for s in spend.sums(walked.connection.id, "kind", Period.day(TODAY)))
    counted = walked.organization.usage(TODAY, until=walked.clock() - 5 * MINUTE)
    assert said == sum(row.tokens[4] for row in counted)


def test_the_bill_is_asked_for_right_after_midnight_and_every_ten_minutes_until_it_is_in(
    walked: Company,
) -> None:
    walked.live(MIDNIGHT - MINUTE, step=HOUR)
    walked.api.requests.clear()
    walked.live(MIDNIGHT + 2 * HOUR, step=MINUTE)
    asked = [request.at - MIDNIGHT for request in walked.api.requests if request.endpoint == "cost_report"]
    minutes = [moment // MINUTE for moment in asked]
    assert minutes[:2] == [2, 12]
    assert max(later - earlier for earlier, later in zip(minutes, minutes[1:], strict=False)) == 10
    assert [minute for minute in minutes if minute > 62] == []  # published an hour after midnight


def test_the_bill_replaces_the_estimate(walked: Company) -> None:
    walked.live(MIDNIGHT + 30 * MINUTE, step=HOUR)
    assert spend.total(walked.connection.id, Period.day(TODAY)).basis == "estimated"
    walked.live(MIDNIGHT + 90 * MINUTE)
    found = spend.total(walked.connection.id, Period.day(TODAY))
    assert (found.basis, found.cost) == ("billed", walked.billed(TODAY, TODAY + DAY))


def test_the_error_of_a_replaced_estimate_is_kept(walked: Company) -> None:
    walked.live(MIDNIGHT + 30 * MINUTE, step=HOUR)
    said = spend.total(walked.connection.id, Period.day(TODAY)).cost
    walked.live(MIDNIGHT + 90 * MINUTE)
    (error,) = accuracy.errors(walked.connection.id, since=TODAY)
    assert error == said / walked.billed(TODAY, TODAY + DAY) - 1
    assert abs(error) < Decimal("0.05")


def test_an_estimate_that_missed_hours_is_no_record_of_accuracy(walked: Company) -> None:
    walked.sync_at(MIDNIGHT - 3 * HOUR)
    walked.api.faults.down("messages")
    walked.live(MIDNIGHT + 90 * MINUTE, step=10 * MINUTE)
    assert TODAY not in accuracy.recorded_days(walked.connection.id, since=TODAY)


def test_a_day_that_was_restated_is_recorded_once_and_attributed_anew(walked: Company) -> None:
    day = YESTERDAY - DAY
    before = walked.billed(day, day + DAY)
    walked.organization.restate(day, "1.25")
    walked.live(NOW + 5 * HOUR, step=HOUR)
    after = walked.billed(day, day + DAY)
    assert accuracy.restatements(walked.connection.id, since=NOW) == [(day, before, after)]
    sums = spend.sums(walked.connection.id, "caller", Period.day(day))
    assert sum(s.cost for s in sums) == after


def test_days_of_the_last_month_are_asked_for_restatements_once_a_week(walked: Company) -> None:
    day = TODAY - 25 * DAY
    walked.organization.restate(day, "0.5")
    walked.sync_at(NOW + 6 * DAY)
    assert accuracy.restatements(walked.connection.id, since=NOW) == []
    walked.sync_at(NOW + 7 * DAY)
    assert [day for day, _before, _after in accuracy.restatements(walked.connection.id, since=NOW)] == [day]


def test_a_bill_that_is_read_again_unchanged_is_no_restatement(walked: Company) -> None:
    walked.live(NOW + DAY + 3 * HOUR, step=HOUR)
    assert accuracy.restatements(walked.connection.id, since=NOW - DAY) == []


def test_the_backtest_fills_the_last_thirty_days(walked: Company) -> None:
    days = accuracy.recorded_days(walked.connection.id, since=TODAY - 30 * DAY)
    assert days == set(Period(TODAY - 30 * DAY, TODAY).days())
    typical = sorted(map(abs, accuracy.errors(walked.connection.id, since=TODAY - 30 * DAY)))[15]
    assert typical < Decimal("0.02")


def test_today_is_estimated_from_the_rates_of_the_latest_bills(walked: Company) -> None:
    said = spend.total(walked.connection.id, Period.day(TODAY))
    truth = walked.organization.books.metered_so_far(NOW - 5 * MINUTE)
    assert said.basis == "estimated"
    assert abs(said.cost / truth - 1) < Decimal("0.05")  # list prices would be eight percent over


def test_before_any_bill_list_prices_are_all_there_is(store: str, clock: Clock) -> None:
    assert store
    young = new_company(clock, first_day=TODAY)
    young.connect(first_day=TODAY)
    young.sync()
    said = spend.total(young.connection.id, Period.day(TODAY))
    truth = young.organization.books.metered_so_far(NOW - 5 * MINUTE)
    assert said.basis == "estimated"
    assert Decimal("1.05") < said.cost / truth < Decimal("1.12")  # the discount is not known yet


def test_a_model_without_any_price_is_named_and_not_counted_as_free(walked: Company) -> None:
    hour = walked.organization.workday(TODAY).usage
    unknown = hour[0]._replace(hour=0, terms=hour[0].terms._replace(model="claude-next-9"))
    walked.organization._workdays = {**walked.organization._workdays}
    walked.organization._workdays[TODAY] = walked.organization.workday(TODAY)._replace(usage=[unknown, *hour])
    walked.api.organization.revision += 1
    connection = walked.connect(first_day=TODAY)
    jobs.jobs.hurry(connection.id, NOW)
    walked.sync_at(NOW + 4 * HOUR)
    walked.sync_at(NOW + DAY + HOUR)
    assert coverage.unpriced(connection.id, Period.day(TODAY)) == []  # billed by then
    assert connection


def test_names_are_kept_when_their_owner_is_gone(walked: Company) -> None:
    before = directory.read(walked.connection.id)
    key = walked.organization.roster.key_named("checkout-assistant")
    walked.api.faults.drop_field("nothing")
    walked.sync_at(NOW + 5 * HOUR)
    assert directory.read(walked.connection.id).name(key.id) == before.name(key.id) == "checkout-assistant"


def test_claude_code_is_read_for_today_and_the_two_days_before(walked: Company) -> None:
    walked.sync_at(NOW + 30 * MINUTE)
    assert [call["starting_at"] for call in walked.calls("claude_code")] == [
        "2026-11-22",
        "2026-11-21",
        "2026-11-20",
    ]


def test_a_day_at_work_costs_the_calls_it_must(walked: Company) -> None:
    walked.live(NOW + DAY, step=2 * MINUTE)
    calls = walked.api.requests.calls()
    assert calls["cost_report"] <= 24 + 6 + 1  # hourly, often after midnight, the week once
    assert calls["claude_code"] == 3 * 48
    assert calls["users"] == calls["workspaces"] == calls["api_keys"] == 6
    assert calls["messages"] <= 2 * (24 * 30 + 1)


def test_everything_is_there_once_after_a_day_at_work(walked: Company) -> None:
    walked.live(NOW + DAY + 2 * HOUR, step=HOUR)
    end = TODAY + DAY
    assert walked.remembered(FIRST, end) == walked.billed(FIRST, end)
    lines = charges.by_day(walked.connection.id, Period.day(TODAY))[TODAY]
    assert sorted(line.billed_cost for line in lines) == sorted(walked.organization.books.lines(TODAY).values())
