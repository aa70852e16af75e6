"""From what is remembered to numbers: whose days, up to when, beside what, and what is not known."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from bot.reports import cost as reports_cost
from bot.reports import engineers, status
from bot.reports.digest import gather
from digests.numbers.report import Dimension, Gap, Question, Report
from providers.activity import CodeActivity
from providers.directory import Entry
from providers.period import Period
from storage.engine.tables import Coverage
from storage.facts import accuracy, activity, directory, spend
from tests.bot.conftest import DAY, FIRST, MINUTE, NOW, ON_SQLITE, TODAY, YESTERDAY, Company

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
FRIDAY = date(2026, 11, 20)

pytestmark = ON_SQLITE  # what is read is the same on both; storage's own tests show that


def cost(company: Company, period: Period, dimension: Dimension = "model") -> Report:
    return reports_cost.cost(company.connection, Question(period, dimension), now=company.clock())


# --- zones


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"])
def test_a_day_of_a_zone_is_its_hours(walked: Company, zone: str) -> None:
    period = Period.day(FRIDAY, zone)
    total = spend.total(walked.connection.id, period).cost
    truth = walked.organization.books.hourly_total(period.starts_at, period.ends_at, metered_only=True)
    extras = walked.billed(FRIDAY, FRIDAY + DAY) - _metered(walked, FRIDAY)
    assert abs(total - truth) <= 2 * extras + Decimal("0.01")  # what no usage explains is spread over its day
    assert cost(walked, period).total.cost == total


def _metered(company: Company, day: date) -> Decimal:
    whole = Period.day(day)
    return company.organization.books.hourly_total(whole.starts_at, whole.ends_at, metered_only=True)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "America/New_York"])
def test_the_days_of_a_zone_sum_to_the_period(walked: Company, zone: str) -> None:
    period = Period(date(2026, 11, 2), date(2026, 11, 16), zone)
    by_day = [cost(walked, Period.day(day, zone)).total.cost for day in period.days()]
    assert sum(by_day) == cost(walked, period).total.cost
    assert [
        line.cost for line in sorted(cost(walked, period, "day").lines, key=lambda x: x.id or "")
    ] == by_day


def test_a_day_of_a_half_hour_zone_takes_an_hour_with_its_midnight_within_to_the_new_day(
    walked: Company,
) -> None:
    day = Period.day(FRIDAY, "Asia/Kolkata")  # begins at 18:30 UTC
    hours = spend.totals_by_day(walked.connection.id, Period(FRIDAY - DAY, FRIDAY + DAY, "UTC"))
    assert hours
    start = datetime(2026, 11, 19, 18, tzinfo=UTC)
    total = spend.total(walked.connection.id, Period(FRIDAY - DAY, FRIDAY + DAY), until=start + DAY)
    before = spend.total(walked.connection.id, Period(FRIDAY - DAY, FRIDAY + DAY), until=start)
    assert cost(walked, day).total.cost == total.cost - before.cost


# --- running periods


ROUNDED = Decimal("1e-7")  # of an hour that is cut, each line is rounded to the billionth by itself


def test_a_running_day_is_known_up_to_its_newest_tokens(walked: Company) -> None:
    report = cost(walked, Period.day(TODAY))
    assert report.data_until == NOW - 5 * MINUTE
    assert report.basis == "estimated"


def test_a_running_day_is_compared_with_the_like_day_up_to_the_same_moment(walked: Company) -> None:
    report = cost(walked, Period.day(TODAY))
    like = Period.day(TODAY - timedelta(days=7))
    assert report.previous.period == like
    assert report.previous.until == NOW - 5 * MINUTE - timedelta(days=7)
    total = spend.total(walked.connection.id, like, until=report.previous.until).cost
    assert abs((report.previous.total or 0) - total) < ROUNDED
    assert total < spend.total(walked.connection.id, like).cost


def test_a_running_month_is_compared_with_the_first_days_of_the_last(walked: Company) -> None:
    walked.clock.to(NOW)
    report = cost(walked, NOVEMBER)
    assert report.basis == "mixed"
    assert report.previous.until == datetime(2026, 10, 22, 10, 26, tzinfo=UTC)


def test_a_period_that_is_over_is_compared_whole(walked: Company) -> None:
    report = cost(walked, Period(date(2026, 11, 9), date(2026, 11, 16)))
    assert report.previous.until is None
    assert report.previous.total == walked.billed(date(2026, 11, 2), date(2026, 11, 9))


def test_days_before_the_first_are_neither_missing_nor_compared_with(walked: Company) -> None:
    report = cost(walked, Period(FIRST, FIRST + 3 * DAY))
    assert report.previous.total is None
    assert report.gaps == ()


# --- what is not known


def test_nothing_is_compared_with_days_that_are_not_in(company: Company) -> None:
    company.connect(first_day=YESTERDAY - 3 * DAY)
    company.sync()
    with_unknown = Period(YESTERDAY - 2 * DAY, TODAY)
    Coverage.delete().where(Coverage.day == YESTERDAY - 3 * DAY).execute()
    assert reports_cost.cost(company.connection, Question(with_unknown), now=NOW).previous.total is None


def test_a_bill_that_is_awaited_is_not_published_yet(walked: Company) -> None:
    walked.sync_at(MIDNIGHT + 20 * MINUTE)
    report = cost(walked, Period(YESTERDAY, TODAY + DAY))
    assert report.gaps == (Gap("charges", Period.day(TODAY), "not published yet"),)
    assert report.basis == "mixed"


def test_history_that_was_not_walked_yet_is_not_read_yet(company: Company) -> None:
    company.connect()
    gaps = cost(company, Period(FIRST, FIRST + DAY)).gaps
    assert {(gap.report, gap.why) for gap in gaps} == {("charges", "not read yet"), ("usage", "not read yet")}


def test_a_day_that_is_missing_in_the_middle_is_named(walked: Company) -> None:
    Coverage.delete().where(Coverage.day == FRIDAY - DAY).execute()
    gaps = cost(walked, Period(FRIDAY - 5 * DAY, FRIDAY)).gaps
    assert [(gap.report, gap.days, gap.why) for gap in gaps] == [
        ("charges", Period.day(FRIDAY - DAY), "not read yet"),
        ("usage", Period.day(FRIDAY - DAY), "not read yet"),
    ]


def test_there_is_no_forecast_while_the_month_is_not_known(company: Company) -> None:
    company.connect()
    assert status.summary(company.connection, now=NOW, calendar="UTC").forecast is None


def test_there_is_a_forecast_once_it_is(walked: Company) -> None:
    summary = status.summary(walked.connection, now=NOW, calendar="Europe/Berlin")
    assert summary.forecast
    assert summary.forecast.cost > summary.month.total.cost
    truth = walked.billed(NOVEMBER.start, NOVEMBER.end)
    assert abs(summary.forecast.cost / truth - 1) < Decimal("0.15")


# --- how sure


def test_the_band_holds_most_of_the_recorded_errors(walked: Company) -> None:
    report = cost(walked, Period.day(TODAY))
    errors = accuracy.errors(walked.connection.id, since=TODAY - 30 * DAY)
    assert report.band
    assert report.band_days == len(errors) == 30
    assert sum(abs(error) <= report.band for error in errors) >= 29


def test_a_few_days_are_no_record(company: Company) -> None:
    company.connect()
    for back in range(4):
        day = YESTERDAY - back * DAY
        accuracy.record(company.connection.id, day, estimated=Decimal(1), billed=Decimal(1))
    assert cost(company, Period.day(TODAY)).band is None


# --- names


def test_engineers_are_merged_by_mail_whoever_made_the_keys(walked: Company) -> None:
    report = cost(walked, Period(FIRST, TODAY), "engineer")
    names = directory.read(walked.connection.id)
    keys: dict[str | None, Decimal] = defaultdict(Decimal)
    for total in spend.totals_by(walked.connection.id, "caller", Period(FIRST, TODAY)):
        nobody = total.id if (total.id or "").startswith("=") else None
        keys[names.engineer_of(total.id) or nobody] += total.cost
    assert {line.id: line.cost for line in report.lines} == keys
    assert sum(line.cost for line in report.lines) == report.total.cost == walked.billed(FIRST)


@pytest.mark.parametrize("dimension", ["engineer", "key"])
def test_tokens_of_thousands_are_read_where_they_are_asked_for(walked: Company, dimension: Dimension) -> None:
    question = Question(Period(FIRST, TODAY), dimension)
    plain = reports_cost.cost(walked.connection, question, now=NOW)
    counted = reports_cost.cost(walked.connection, question, now=NOW, tokens=True)
    assert {line.quantities for line in plain.lines} == {None}
    assert counted.total.quantities == spend.total(walked.connection.id, question.period).quantities
    same = [structs.replace(line, quantities=None) for line in counted.lines]
    assert same == list(plain.lines)


def test_an_engineer_is_called_by_name_and_what_belongs_to_nobody_is_a_line(walked: Company) -> None:
    lines = {line.id: line.name for line in cost(walked, Period(FIRST, TODAY), "engineer").lines}
    assert lines["zoe.okafor@acme.example"] == "Zoë Okafor"
    assert lines[None] == "Not attributed"


def test_keys_that_share_a_name_are_told_apart(walked: Company) -> None:
    names = directory.read(walked.connection.id)
    key = walked.organization.roster.key_named("checkout-assistant")
    callers = [s.id for s in spend.totals_by(walked.connection.id, "caller", Period(FIRST, TODAY))]
    other = next(caller for caller in callers if caller and caller != key.id)
    directory.remember(walked.connection.id, [Entry(other, "api_key", names.name(key.id))])
    lines = {line.id: line.name for line in cost(walked, Period(FIRST, TODAY), "key").lines}
    assert lines[key.id] == f"checkout-assistant …{key.id[-4:]}"
    assert lines[other] == f"checkout-assistant …{other[-4:]}"


def test_claude_code_by_key_name_is_its_owners(walked: Company) -> None:
    mori = "lukasz.mori@acme.example"
    key = next(
        k for k in walked.organization.roster.keys if k.name.startswith("claude_code_key_") and k.created_by
    )
    owner = directory.read(walked.connection.id).engineer_of(key.id)
    lines = [
        CodeActivity(FRIDAY, (owner or mori).upper(), None, "api", "", Decimal(2), commits=1),
        CodeActivity(FRIDAY, None, key.name, "api", "", Decimal(3), commits=2),
    ]
    activity.replace(walked.connection.id, FRIDAY, lines, at=NOW, until=NOW)
    report = engineers.report(walked.connection, Period.day(FRIDAY), now=NOW)
    active = [(line.id, line.estimated_cost, line.commits) for line in report.lines if line.is_active]
    assert active == [(owner, Decimal(5), 3)]


def test_what_a_seat_paid_for_is_shown_beside_and_not_added(walked: Company) -> None:
    lines = [CodeActivity(FRIDAY, "a@acme.example", None, "subscription", "", Decimal(7), sessions=1)]
    activity.replace(walked.connection.id, FRIDAY, lines, at=NOW, until=NOW)
    report = engineers.report(walked.connection, Period.day(FRIDAY), now=NOW)
    (line,) = [line for line in report.lines if line.id == "a@acme.example"]
    assert (line.cost, line.estimated_cost, line.subscription_cost) == (Decimal(0), Decimal(0), Decimal(7))
    assert report.total.cost == walked.billed(FRIDAY, FRIDAY + DAY)


def test_engineers_have_their_share_of_the_bill_and_how_it_is_known(walked: Company) -> None:
    period = Period(FIRST, TODAY)
    report = engineers.report(walked.connection, period, now=NOW)
    assert sum(line.cost for line in report.lines) == report.total.cost == walked.billed(FIRST)
    assert {line.id: line.cost for line in report.lines if line.cost} == {
        line.id: line.cost for line in cost(walked, period, "engineer").lines if line.cost
    }
    assert all(sum(line.links.values()) == line.cost for line in report.lines if line.is_somebody)
    assert {line.name for line in report.lines if not line.is_somebody and line.cost} == {
        "Not attributed",
        "Code execution",
        "Agent session time",
    }


def test_claude_code_through_a_key_is_one_dollar(walked: Company) -> None:
    report = engineers.report(walked.connection, Period.day(FRIDAY), now=NOW)
    product = {line.id: line.cost for line in cost(walked, Period.day(FRIDAY), "product").lines}
    assert report.total.code_cost == product["claude_code"]
    assert report.total.cost == walked.billed(FRIDAY, FRIDAY + DAY)


def test_claude_code_of_days_that_are_not_in_to_their_end_is_a_gap(walked: Company) -> None:
    period = Period(YESTERDAY, TODAY + 3 * DAY)
    report = engineers.report(walked.connection, period, now=NOW + 3 * DAY)
    missing = [gap.days for gap in report.gaps if gap.report == "claude_code"]
    assert missing == [Period(TODAY, TODAY + 3 * DAY)]


# --- the state of things


def test_the_status_of_a_connection_that_is_walking_says_how_far(company: Company) -> None:
    company.connect()
    state = status.status(company.connection, now=NOW)
    assert state.backfill
    assert (state.backfill.days_read, state.last_billed_day) == (0, None)
    assert state.total == 0


def test_the_status_of_one_that_is_done_is_complete(walked: Company) -> None:
    state = status.status(walked.connection, now=NOW)
    assert (state.first_day, state.last_billed_day, state.backfill, state.gaps) == (
        FIRST,
        YESTERDAY,
        None,
        (),
    )
    assert state.freshness["usage"] == NOW - 5 * MINUTE
    assert state.accuracy
    assert state.key_hint == "4Q7x"


def test_a_day_that_changed_twice_is_one_restatement(walked: Company) -> None:
    number = walked.connection.id
    accuracy.restate(number, FRIDAY, before=Decimal(1), after=Decimal(2), at=NOW)
    accuracy.restate(number, FRIDAY, before=Decimal(2), after=Decimal(4), at=NOW)
    (state,) = status.status(walked.connection, now=NOW).restatements
    assert (state.before, state.after) == (Decimal(1), Decimal(4))


def test_a_day_that_changed_back_is_none(walked: Company) -> None:
    number = walked.connection.id
    accuracy.restate(number, FRIDAY, before=Decimal(1), after=Decimal(2), at=NOW)
    accuracy.restate(number, FRIDAY, before=Decimal(2), after=Decimal(1), at=NOW)
    assert status.status(walked.connection, now=NOW).restatements == ()


def test_the_days_of_a_digest_that_are_not_known_are_none(company: Company) -> None:
    company.connect(first_day=YESTERDAY - 2 * DAY)
    company.sync()
    digest = gather(company.connection, Period.day(YESTERDAY), zone="UTC", now=company.clock())
    priced_days = {day for day, spent in digest.history if spent is not None}
    assert priced_days == {YESTERDAY - 2 * DAY, YESTERDAY - DAY, YESTERDAY}
    assert digest.report.total.cost == company.billed(YESTERDAY)
