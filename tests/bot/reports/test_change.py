"""Why a cost changed, from the days' cells of a company."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.reports import change as reports_change
from bot.reports import cost as reports_cost
from digests.files.json_form import as_json
from digests.numbers.change.report import Change
from digests.numbers.report import Filter, Question
from providers.directory import Entry
from providers.money import dollars
from providers.period import DAY, Period
from storage.engine.database import transaction
from storage.engine.queries import query
from storage.facts import directory
from storage.facts import spend as spends
from tests.bot.conftest import FIRST, ON_SQLITE, TODAY, YESTERDAY, Company
from tests.storage.samples import attribution, spend

WEEK = Period(date(2026, 11, 9), date(2026, 11, 16))


def why(company: Company, period: Period) -> Change:
    return reports_change.why(company.connection, period, now=company.clock())


@pytest.mark.parametrize("period", [WEEK, Period.day(date(2026, 11, 17)), Period(date(2026, 11, 8), TODAY)])
@ON_SQLITE
def test_totals_are_those_of_the_answer_and_effects_sum_to_their_difference(
    walked: Company, period: Period
) -> None:
    change = why(walked, period)
    report = reports_cost.cost(walked.connection, Question(period), now=walked.clock())
    assert (change.total, change.previous) == (report.total.cost, report.previous.total)
    assert change.lines
    assert dollars(change.lines.total) == change.difference


def test_json_has_the_same_figures(walked: Company) -> None:
    change = as_json(why(walked, WEEK))
    effects = [Decimal(each["change"]) for each in change["effects"]]
    assert sum(effects) + Decimal(change["other"]) == Decimal(change["change"])
    assert Decimal(change["total"]) - Decimal(change["previous"]["total"]) == Decimal(change["change"])


@ON_SQLITE
def test_only_whole_days_of_a_running_period_are_explained(walked: Company) -> None:
    month = Period.month(TODAY)
    change = why(walked, month)
    assert (change.asked, change.period, change.is_clipped) == (month, Period(month.start, TODAY), True)


@ON_SQLITE
def test_today_is_not_over_so_yesterday_is_explained(walked: Company) -> None:
    assert why(walked, Period.day(TODAY)).period == Period.day(YESTERDAY)


@ON_SQLITE
def test_before_the_first_day_is_nothing_to_compare_with(walked: Company) -> None:
    change = why(walked, Period(FIRST, FIRST + 7 * DAY))
    assert (change.lack, change.lines) == ("nothing before", None)


@ON_SQLITE
def test_days_without_cells_are_not_explained_yet(walked: Company) -> None:
    with transaction():
        query("DELETE FROM cell_day")()
    assert why(walked, WEEK).lack == "not added up"


@ON_SQLITE
def test_a_loud_key_is_named_with_its_day_and_its_usual_cost(walked: Company) -> None:
    monday, number = WEEK.start, walked.connection.id
    with transaction():
        directory.remember(number, [Entry("apikey_nightly", "api_key", "ci-nightly")])
    loud = spend("9382.50", datetime(2026, 11, 9, 3, tzinfo=UTC), caller_id="apikey_nightly")
    with transaction():
        spends.replace(number, monday, attribution(loud), estimated=False)
    change = why(walked, WEEK)
    assert change.cause
    assert change.cause.members["key"] == "apikey_nightly"
    assert change.spike
    assert (change.spike.start, change.spike.end) == (monday, monday + DAY)
    assert change.spike.is_over
    assert "ci-nightly" in change.names.values()


@ON_SQLITE
@pytest.mark.parametrize("one", [Filter("model", ("opus",)), Filter("product", ("claude_code",))])
def test_a_part_is_explained_by_itself(walked: Company, one: Filter) -> None:
    change = reports_change.why(walked.connection, WEEK, now=walked.clock(), filters=(one,))
    report = reports_cost.cost(walked.connection, Question(WEEK, filters=(one,)), now=walked.clock())
    assert (change.total, change.previous) == (report.total.cost, report.previous.total)
    assert change.lines
    assert dollars(change.lines.total) == change.difference
    assert change.part[0].name in ("Opus", "Claude Code")
