"""What is asked again and again: since when, how often, and what becomes of estimates and of bills."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from bot.reports import status
from bot.sync import estimate_errors, reports
from bot.sync.bills.rebuild import rebuild
from providers.anthropic.cost.prices import list_price
from providers.directory import Directory
from providers.period import Period
from providers.provider import ChargesReported
from providers.usage import QUANTITIES
from storage.engine.database import transaction
from storage.facts import accuracy, charges, coverage, directory, spend
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
    change,
    new_company,
)

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def test_usage_reads_the_last_hours_again(walked: Company) -> None:
    walked.sync_at(NOW + 4 * MINUTE)
    spans = {(call["starting_at"], call["ending_at"]) for call in walked.calls("messages")}
    assert spans == {("2026-11-22T08:00:00Z", "2026-11-22T11:00:00Z")}


def test_a_quiet_hour_costs_the_calls_it_must(walked: Company) -> None:
    walked.live(NOW + HOUR, step=2 * MINUTE)
    assert walked.api.requests.calls() == {"messages": 30, "cost_report": 1, "claude_code": 2}
    assert len({request.at for request in walked.api.requests if request.endpoint == "messages"}) == 15


def test_after_downtime_usage_is_read_since_it_was_last_known(walked: Company) -> None:
    walked.sync_at(NOW + 3 * DAY)
    assert walked.calls("messages")[0]["starting_at"] == "2026-11-22T08:00:00Z"
    end = TODAY + 3 * DAY
    assert all(walked.knows(report, FIRST, end) for report in coverage.REPORTS)
    assert walked.remembered(FIRST, end) == walked.billed(FIRST, end)


def test_a_running_hour_grows_and_is_never_counted_twice(walked: Company) -> None:
    walked.live(NOW + HOUR, step=5 * MINUTE)
    output_tokens = sum(
        s.quantities[4] for s in spend.totals_by(walked.connection.id, "kind", Period.day(TODAY))
    )
    counted = walked.organization.usage(TODAY, until=walked.clock() - 5 * MINUTE)
    assert output_tokens == sum(row.tokens[4] for row in counted)


def test_the_bill_is_asked_for_right_after_midnight_and_every_ten_minutes_until_it_is_in(
    walked: Company,
) -> None:
    walked.sync_at(MIDNIGHT - 3 * MINUTE)
    walked.live(MIDNIGHT + 77 * MINUTE, step=5 * MINUTE)
    times = {request.at - MIDNIGHT for request in walked.api.requests if request.endpoint == "cost_report"}
    minutes = sorted(moment // MINUTE for moment in times)
    assert minutes == [-3, 2, 12, 22, 32, 42, 52, 62]  # published an hour after midnight


def test_the_bill_replaces_the_estimate(walked: Company) -> None:
    walked.sync_at(MIDNIGHT - HOUR)
    walked.sync_at(MIDNIGHT + 30 * MINUTE)
    assert spend.total(walked.connection.id, Period.day(TODAY)).basis == "estimated"
    walked.sync_at(MIDNIGHT + 90 * MINUTE)
    total = spend.total(walked.connection.id, Period.day(TODAY))
    assert (total.basis, total.cost) == ("billed", walked.billed(TODAY, TODAY + DAY))


def test_the_error_of_a_replaced_estimate_is_kept(walked: Company) -> None:
    walked.sync_at(MIDNIGHT - HOUR)
    walked.sync_at(MIDNIGHT + 30 * MINUTE)
    total = spend.total(walked.connection.id, Period.day(TODAY)).cost
    walked.sync_at(MIDNIGHT + 90 * MINUTE)
    (error,) = accuracy.errors(walked.connection.id, since=TODAY)
    assert error == total / walked.billed(TODAY, TODAY + DAY) - 1
    assert abs(error) < Decimal("0.05")


def test_an_estimate_that_missed_hours_is_no_record_of_accuracy(walked: Company) -> None:
    walked.sync_at(MIDNIGHT - 3 * HOUR)
    walked.api.faults.down("messages")
    walked.live(MIDNIGHT + 90 * MINUTE, step=10 * MINUTE)
    assert TODAY not in accuracy.recorded_days(walked.connection.id, since=TODAY)


def with_a_credit(answer: ChargesReported) -> ChargesReported:
    """The bill of a day with what was owed for another taken off."""
    line = next(each for each in answer.charges if each.day == max(answer.days))
    credit = structs.replace(line, billed_cost=Decimal(-700), cost_type="credit", token_kind=None)
    return structs.replace(answer, charges=[*answer.charges, credit])


@ON_SQLITE
def test_a_day_with_a_credit_is_no_record_of_accuracy(walked: Company) -> None:
    change(walked, charges=with_a_credit)
    walked.sync_at(MIDNIGHT - HOUR)
    walked.sync_at(MIDNIGHT + 30 * MINUTE)
    walked.sync_at(MIDNIGHT + 90 * MINUTE)
    number = walked.connection.id
    assert spend.total(number, Period.day(TODAY)).cost == walked.billed(TODAY, TODAY + DAY) - 700
    assert TODAY not in accuracy.recorded_days(number, since=TODAY)
    estimate_errors.record_missing_errors(number, MIDNIGHT + 2 * HOUR)
    assert TODAY not in accuracy.recorded_days(number, since=TODAY)


@ON_SQLITE
def test_the_forecast_knows_which_days_had_a_credit(walked: Company) -> None:
    usual = status.summary(walked.connection, now=NOW, calendar="UTC").forecast
    number, day = walked.connection.id, Period.day(YESTERDAY)
    lines = charges.by_day(number, day)[YESTERDAY]
    credit = structs.replace(lines[0], billed_cost=Decimal(-300))
    with transaction():
        charges.replace(number, [YESTERDAY], [*lines, credit], at=NOW)
        rebuild(number, [YESTERDAY], directory.read(number))
    credited = status.summary(walked.connection, now=NOW, calendar="UTC").forecast
    assert usual
    assert credited
    assert abs(usual.cost - credited.cost - 300) < usual.band / 10


def test_a_day_that_was_restated_is_recorded_once_and_attributed_anew(walked: Company) -> None:
    day = YESTERDAY - DAY
    before = walked.billed(day, day + DAY)
    walked.organization.restate(day, "1.25")
    walked.sync_at(NOW + HOUR)
    walked.sync_at(NOW + 2 * HOUR)
    after = walked.billed(day, day + DAY)
    assert accuracy.restatements(walked.connection.id, since=NOW) == [(day, before, after)]
    sums = spend.totals_by(walked.connection.id, "caller", Period.day(day))
    assert sum(s.cost for s in sums) == after


def test_days_of_the_last_month_are_asked_for_restatements_once_a_week(walked: Company) -> None:
    day = TODAY - 15 * DAY
    walked.organization.restate(day, "1.5")
    walked.sync_at(NOW + 6 * DAY)
    assert accuracy.restatements(walked.connection.id, since=NOW) == []
    walked.sync_at(NOW + 7 * DAY)
    ((noticed, _before, _after),) = accuracy.restatements(walked.connection.id, since=NOW)
    assert noticed == day


def test_what_is_finer_than_a_billionth_is_no_restatement(walked: Company) -> None:
    first, *others = charges.by_day(walked.connection.id, Period.day(YESTERDAY))[YESTERDAY]
    fine = structs.replace(first, billed_cost=first.billed_cost + Decimal("1.23456789012345"))
    for _ in range(2):
        with transaction():
            reported = ChargesReported(days=[YESTERDAY], charges=[fine, *others])
            reports.store_charges(walked.connection.id, reported, Directory([]), NOW)
    assert len(accuracy.restatements(walked.connection.id, since=NOW)) == 1  # the first, to another bill


def test_a_bill_that_is_read_again_unchanged_is_no_restatement(walked: Company) -> None:
    walked.sync_at(NOW + DAY + 3 * HOUR)
    assert accuracy.restatements(walked.connection.id, since=NOW - DAY) == []


def test_the_backtest_fills_the_last_thirty_days(walked: Company) -> None:
    days = accuracy.recorded_days(walked.connection.id, since=TODAY - 30 * DAY)
    assert days == set(Period(TODAY - 30 * DAY, TODAY).days())
    typical = sorted(map(abs, accuracy.errors(walked.connection.id, since=TODAY - 30 * DAY)))[15]
    assert typical < Decimal("0.02")


def test_today_is_estimated_from_the_rates_of_the_latest_bills(walked: Company) -> None:
    sums = {s.id: s for s in spend.totals_by(walked.connection.id, "model", Period.day(TODAY))}
    estimate = sums["claude-opus-5-5"]
    prices = [list_price("claude-opus-5-5", kind, TODAY) or Decimal(0) for kind in QUANTITIES]
    listed = sum(price * count for price, count in zip(prices, estimate.quantities, strict=True))
    assert estimate.basis == "estimated"
    assert round(estimate.cost / listed, 2) == Decimal("0.92")  # the discount, learned from the bill


def test_before_any_bill_list_prices_are_all_there_is(store: str, clock: Clock) -> None:
    assert store
    young = new_company(clock, first_day=TODAY)
    young.connect(first_day=TODAY)
    young.sync()
    total = spend.total(young.connection.id, Period.day(TODAY))
    truth = young.organization.books.metered_so_far(NOW - 5 * MINUTE)
    assert total.basis == "estimated"
    assert Decimal("1.05") < total.cost / truth < Decimal("1.12")  # the discount is not known yet


def test_a_model_without_any_price_is_named_rather_than_counted_as_free(walked: Company) -> None:
    work = walked.organization.workday(TODAY)
    row = work.usage[0]._replace(hour=9, terms=work.usage[0].terms._replace(model="claude-next-9"))
    walked.organization.replace_workday(TODAY, work._replace(usage=[*work.usage, row]))
    walked.sync_at(NOW + 4 * MINUTE)
    sums = {s.id: s for s in spend.totals_by(walked.connection.id, "model", Period.day(TODAY))}
    assert coverage.unpriced(walked.connection.id, Period.day(TODAY)) == ["claude-next-9"]
    assert sums["claude-next-9"].quantities[4] == row.tokens[4]
    assert sums["claude-next-9"].cost == 0


def test_a_name_is_kept_after_what_it_names_is_gone(walked: Company) -> None:
    roster = walked.organization.roster
    gone = roster.key_named("checkout-assistant")
    walked.organization.roster = replace(roster, keys=tuple(key for key in roster.keys if key != gone))
    walked.sync_at(NOW + 4 * HOUR)
    assert walked.calls("api_keys")
    assert directory.read(walked.connection.id).name(gone.id) == "checkout-assistant"


def test_claude_code_is_read_for_today_and_for_yesterday_until_it_has_closed(walked: Company) -> None:
    walked.sync_at(NOW + 30 * MINUTE)
    assert read_days(walked) == ["2026-11-22"]
    walked.sync_at(MIDNIGHT + 2 * HOUR)
    assert read_days(walked) == ["2026-11-23", "2026-11-22"]
    walked.sync_at(MIDNIGHT + 4 * HOUR)
    assert read_days(walked) == ["2026-11-23", "2026-11-22"]
    walked.sync_at(MIDNIGHT + 5 * HOUR)
    assert read_days(walked) == ["2026-11-23"]


def test_claude_code_of_the_last_days_is_read_again_once_a_day(walked: Company) -> None:
    walked.sync_at(NOW + DAY + HOUR)
    assert sorted(read_days(walked))[:3] == ["2026-11-20", "2026-11-21", "2026-11-22"]


def read_days(company: Company) -> list[str]:
    days = [call["starting_at"] for call in company.calls("claude_code")]
    company.api.requests.clear()
    return days


def test_everything_is_there_once_after_a_day_at_work(walked: Company) -> None:
    walked.live(NOW + DAY, step=4 * HOUR)
    end = TODAY + DAY
    assert walked.remembered(FIRST, end) == walked.billed(FIRST, end)
    lines = charges.by_day(walked.connection.id, Period.day(TODAY))[TODAY]
    assert sorted(line.billed_cost for line in lines) == sorted(
        walked.organization.books.lines(TODAY).values()
    )


def test_who_left_is_remembered_by_claude_codes_report(walked: Company) -> None:
    names = directory.read(walked.connection.id)
    left = next(p for p in walked.organization.roster.people if not p.listed and p.pace)
    assert names.has_person(left.email)
    assert left.email in [person.email for person in names.people()]
