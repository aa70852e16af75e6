"""Where a period will end: by whole days, kept each day, and scored when it is over."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.reports import cost as reports_cost
from bot.reports import forecast as reports_forecast
from bot.sync import forecasts as sync_forecasts
from digests.files.json_form import as_json
from digests.numbers.outlook import Outlook
from digests.numbers.report import Filter, Question
from providers.period import DAY, Period
from storage.engine.database import transaction
from storage.facts import coverage, forecasts, spend
from storage.facts.coverage import ReportName
from tests.bot.conftest import NOW, ON_SQLITE, TODAY, Company

OCTOBER, NOVEMBER = Period.month(date(2026, 10, 1)), Period.month(date(2026, 11, 1))
Q4, YEAR = Period(date(2026, 10, 1), date(2027, 1, 1)), Period(date(2026, 1, 1), date(2027, 1, 1))


def outlook(company: Company, period: Period, now: datetime = NOW) -> Outlook:
    return reports_forecast.outlook(company.connection, period, now=now)


def keep_and_score(company: Company, now: datetime) -> None:
    with transaction():
        sync_forecasts.keep_and_score(company.connection.id, now)


def test_the_running_month_quarter_and_year_are_those_of_a_day() -> None:
    assert sync_forecasts.running(date(2026, 11, 30)) == (NOVEMBER, Q4, YEAR)
    january = Period.month(date(2027, 1, 5))
    assert sync_forecasts.running(date(2027, 1, 5))[:2] == (january, Period(january.start, date(2027, 4, 1)))


@ON_SQLITE
@pytest.mark.parametrize("period", [NOVEMBER, Q4, YEAR])
def test_a_running_period_will_cost_more_than_it_did_so_far(walked: Company, period: Period) -> None:
    ahead = outlook(walked, period)
    assert ahead.forecast
    assert ahead.so_far == spend.total(walked.connection.id, period).cost
    assert ahead.forecast.cost > ahead.so_far
    assert 0 < ahead.forecast.band < ahead.forecast.cost


@ON_SQLITE
def test_the_longer_the_period_the_wider_its_band(walked: Company) -> None:
    bands = [each.forecast.band for period in (NOVEMBER, Q4) if (each := outlook(walked, period)).forecast]
    assert bands[0] < bands[1]


@ON_SQLITE
def test_a_gap_among_the_latest_days_forbids_a_forecast(walked: Company) -> None:
    reports: tuple[ReportName, ...] = ("charges", "usage", "spend")
    with transaction():
        for report in reports:
            coverage.unmark(walked.connection.id, report, TODAY - 3 * DAY)
    assert outlook(walked, NOVEMBER).forecast is None


@ON_SQLITE
def test_what_was_said_is_beside_what_came_once_the_month_is_over(walked: Company) -> None:
    keep_and_score(walked, NOW)
    said = outlook(walked, NOVEMBER).forecast
    assert said
    with transaction():
        days = list(NOVEMBER.days())
        coverage.mark(walked.connection.id, "charges", days, at=NOW)
    december = datetime(2026, 12, 22, 10, tzinfo=UTC)
    keep_and_score(walked, december)
    (kept,) = [
        each
        for each in forecasts.record_of(walked.connection.id, since=NOVEMBER.start)
        if each.period == NOVEMBER
    ]
    assert (kept.made_on, kept.outcome) == (TODAY, spend.total(walked.connection.id, NOVEMBER).cost)
    assert kept.low == pytest.approx(said.cost - said.band)
    shown = outlook(walked, Period.month(december.date()), december).record[0]
    assert (shown.period, shown.made_on, shown.is_replayed) == (NOVEMBER, TODAY, False)


@ON_SQLITE
def test_a_month_that_is_not_all_billed_has_no_outcome_yet(walked: Company) -> None:
    keep_and_score(walked, NOW)
    keep_and_score(walked, datetime(2026, 12, 1, 1, tzinfo=UTC))
    assert forecasts.record_of(walked.connection.id, since=NOVEMBER.start) == []


@ON_SQLITE
def test_json_says_how_often_the_band_holds(walked: Company) -> None:
    ahead = as_json(outlook(walked, NOVEMBER))
    assert Decimal(ahead["low"]) < Decimal(ahead["forecast"]) < Decimal(ahead["high"])
    assert ahead["holds"] == 0.8


@ON_SQLITE
def test_a_part_has_a_forecast_of_its_own(walked: Company) -> None:
    opus = Filter("model", ("opus",))
    ahead = reports_forecast.outlook(walked.connection, NOVEMBER, now=NOW, filters=(opus,))
    so_far = reports_cost.cost(walked.connection, Question(NOVEMBER, filters=(opus,)), now=NOW).total.cost
    whole = outlook(walked, NOVEMBER)
    assert ahead.so_far == so_far
    assert ahead.forecast
    assert whole.forecast
    assert so_far < ahead.forecast.cost < whole.forecast.cost
    assert ahead.part == ("Opus",)
