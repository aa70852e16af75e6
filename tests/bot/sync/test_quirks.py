"""The books hold whatever integrators met at Anthropic, one quirk at a time, whichever reports are offered.

Of the rows of what integrators reported, those that the simulation always has are shown where it is tested
(`demo` is tests/demo/admin_api/test_server.py, `analytics` tests/demo/admin_api/test_analytics.py, `mappings`
tests/providers/anthropic/reports/test_mappings.py), the others are switched on here:

     1  cents                             demo: amounts_are_strings_of_cents; every conformance
     2  pages end early                   demo: usage_pages_have_a_default; `short_pages`
     3  nested cache_creation             mappings: nested_cache_writes; token kinds here
     4  no current day, 23:59:59          demo: finished_days_only, a_second_before_midnight; below
     5  null is the default workspace     demo: default_workspace_is_null, analytics: its_real_id
     6  estimates beside the bill         estimates_of_claude_code_are_never_added
     7  people missing from claude_code   `unreported`
     8  several rows an engineer          test_organization.py: splits_an_engineers_day; mappings: summed
     9  window and tier alone differ      in_what_we_read below; mappings: by_tier_or_window_alone
    10  refused requests                  `refused`
    11  five dimensions                   demo: six_are_one_too_many, so every conformance
    12  429 without a date, stale reset   `too_many`
    13  revised late                      `reported_late`; test_spend_by_hour.py: hours_that_are_revised
    14  hours of latency                  `slow_analytics`
    15  service accounts are not found    nobody_asks_for_what_an_admin_key_may_not
    16  telemetry counts twice            no telemetry is added to a bill
    17  the prefix of a key               test_connect.py; `me` decides
    18  no balance                        nothing to ask
    19  usage of the default workspace    not reproduced by anybody
    20  days are UTC                      test_answers.py
    21  prior art                         nothing to test

Beside those: usage for the month of the end alone, a cursor that repeats, a hole in a page, what a later
version may add, models with and without their date (analytics: models_have_no_date; `dated`).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.reports import cost as reports_cost
from bot.reports import engineers
from demo.admin_api.server import AdminApi
from demo.company.organization import Organization
from demo.company.rates import TOKEN_TYPES as WIRE
from demo.company.rates import Terms
from demo.company.workload import Habits
from digests.numbers.report import Question, Report
from providers.anthropic.reports.names import undated
from providers.period import Period
from providers.usage import TOKEN_KINDS
from storage.facts import activity, coverage, rollups, spend, usage
from storage.state import incidents
from tests.bot.conftest import (
    DAY,
    ENGINEERS,
    HOUR,
    MINUTE,
    ON_SQLITE,
    SERVING_HOURS,
    Clock,
    Company,
    connect_and_sync,
)

TODAY = date(2026, 11, 8)
MOMENT = datetime(2026, 11, 10, 10, 31, tzinfo=UTC)
FIRST = TODAY - 12 * DAY  # in the month before, in the middle of a window of usage
WHOLE = Period(FIRST, TODAY)
HOLE_DAY = TODAY - 5 * DAY
HOLE = f"{HOLE_DAY}T00:00:00Z"
PAGED = ("cost_report", "messages", "claude_code", "cost", "usage", "users", "api_keys")
TOKEN_TYPES = dict(zip(TOKEN_KINDS, WIRE, strict=True))
_WORKDAYS: dict[float, Any] = {}
Quirk = Callable[[Company], object]

pytestmark = ON_SQLITE


def refused(company: Company) -> None:
    """Half of all hours of serving hold a request that was refused: tokens that cost nothing."""
    company.organization = organization(0.5)
    company.api = AdminApi(company.organization, company.clock)


def dated(company: Company) -> None:
    """The older reports name a model with its date, the newer ones without."""
    company.organization = organization(0.02)
    company.api = AdminApi(company.organization, company.clock)
    for day in Period(FIRST, MOMENT.date() + DAY).days():
        work = company.organization.workday(day)
        usage = [row._replace(terms=_with_date(row.terms)) for row in work.usage]
        company.organization.replace_workday(day, work._replace(usage=usage))


def _with_date(terms: Terms) -> Terms:
    if terms.model != "claude-haiku-5-5":
        return terms
    return terms._replace(model="claude-haiku-4-5-20251001", inference_geo="not_available", over_100k=False)


def reported_late(company: Company) -> None:
    company.organization.restate(TODAY - 3 * DAY, "1.25", analytics_from=MOMENT + HOUR)


QUIRKS: dict[str, Quirk] = {
    "none": lambda _company: None,
    "short_pages": lambda company: company.api.faults.short_pages(20),
    "unreported": lambda company: company.api.faults.only_api_customers(),
    "refused": refused,
    "too_many": lambda company: company.api.faults.rate_limit(3, stale_reset=True),
    "too_many_bills": lambda company: company.api.faults.rate_limit(2, "cost_report", stale_reset=True),
    "dated": dated,
    "reported_late": reported_late,
    "slow_analytics": lambda company: company.api.faults.analytics_lag(6 * 3600),
    "months_omitted": lambda company: company.api.faults.only_month(),
    "months_empty": lambda company: company.api.faults.only_month(others="empty"),
    "cursor_repeats": lambda company: company.api.faults.repeat_cursor(times=2),
    "hole_in_the_bill": lambda company: company.api.faults.hole(HOLE, "cost_report", times=2),
    "hole_in_usage": lambda company: company.api.faults.hole(HOLE, "messages", times=2),
    "novelty": lambda company: company.api.faults.novelty(),
}


@pytest.fixture
def company(store: str, clock: Clock) -> Company:
    """A company of three weeks whose working days are invented once for all tests."""
    assert store
    clock.to(MOMENT)
    acme = organization(0.01)
    return Company(acme, clock, AdminApi(acme, clock))


def organization(refused_share: float) -> Organization:
    days = _WORKDAYS.setdefault(refused_share, {})
    habits = Habits(refused_share=refused_share, serving_hours=SERVING_HOURS)
    return Organization(7, FIRST, ENGINEERS, habits=habits, workdays=days)


def enrolled(company: Company) -> None:
    company.api.faults.enroll()


def not_enrolled(company: Company) -> None:
    company.api.faults.withdraw()


each_generation = pytest.mark.parametrize(
    "generation", [enrolled, not_enrolled], ids=lambda each: each.__name__
)


def read(company: Company, quirk: Quirk, generation: Quirk) -> None:
    """Walk through history under a quirk, with some minutes for what has to be asked again."""
    quirk(company)
    generation(company)
    connect_and_sync(company)
    company.live(MOMENT + 5 * MINUTE, step=100 * timedelta(seconds=1))


def in_books(company: Company, dimension: str) -> dict[str | None, Decimal]:
    booked = company.organization.books.by(dimension, FIRST, TODAY)
    return {name: cost for name, cost in booked.items() if cost}


def stored_costs(company: Company, dimension: rollups.Dimension) -> dict[str | None, Decimal]:
    return {
        each.id: each.cost for each in spend.totals_by(company.connection.id, dimension, WHOLE) if each.cost
    }


@each_generation
@pytest.mark.parametrize("quirk", QUIRKS)
def test_the_books_hold(company: Company, generation: Quirk, quirk: str) -> None:
    read(company, QUIRKS[quirk], generation)
    assert all(company.knows(report, FIRST, TODAY) for report in coverage.REPORTS)
    assert company.remembered(FIRST, TODAY) == company.billed(FIRST, TODAY)
    assert stored_costs(company, "workspace") == in_books(company, "workspace")
    ours, models = stored_costs(company, "model"), in_books(company, "model")
    assert {name: ours[undated(name)] for name in models if name} == {n: c for n, c in models.items() if n}
    kinds = {
        TOKEN_TYPES[name]: cost for name, cost in stored_costs(company, "kind").items() if name in TOKEN_TYPES
    }
    assert kinds == {n: c for n, c in in_books(company, "token_type").items() if n}
    for dimension in ("key", "engineer"):
        report = reports_cost.cost(company.connection, Question(WHOLE, dimension), now=company.clock())
        assert sum(line.cost for line in report.lines) == company.billed(FIRST, TODAY)
    for day in WHOLE.days():
        output_tokens = sum(row.quantities[4] for row in usage.on(company.connection.id, day))
        assert output_tokens == sum(row.tokens[4] for row in company.organization.usage(day))


# --- what nobody can get


def cost(company: Company, period: Period = WHOLE) -> Report:
    return reports_cost.cost(company.connection, Question(period), now=company.clock())


def missing(company: Company, name: coverage.ReportName) -> set[date]:
    """The days that an answer names as not in."""
    return {day for gap in cost(company).gaps if gap.report == name for day in gap.days.days()}


@each_generation
def test_a_day_that_is_left_out_of_the_bill_is_named_and_is_not_nothing(
    company: Company, generation: Quirk
) -> None:
    read(company, lambda company: company.api.faults.hole(HOLE, "cost_report"), generation)
    assert coverage.days(company.connection.id, "charges", WHOLE) == set(WHOLE.days()) - {HOLE_DAY}
    assert missing(company, "charges") == {HOLE_DAY}
    total = cost(company).total
    assert total.cost - total.estimated == company.billed(FIRST, TODAY) - company.billed(
        HOLE_DAY, HOLE_DAY + DAY
    )
    truth = company.billed(HOLE_DAY, HOLE_DAY + DAY)
    assert abs(total.estimated / truth - 1) < Decimal("0.05")


@each_generation
def test_usage_that_cannot_be_read_is_reported_and_the_bill_stays_whole(
    company: Company, generation: Quirk
) -> None:
    read(company, lambda company: company.api.faults.repeat_cursor("messages"), generation)
    assert missing(company, "usage") == set(WHOLE.days())
    assert company.remembered(FIRST, TODAY) == company.billed(FIRST, TODAY)
    assert [each.kind for each in incidents.open_ones(company.connection.id)] == ["sync_failing"]
    assert "circles" in incidents.open_ones(company.connection.id)[0].detail


@each_generation
def test_a_bill_that_cannot_be_read_is_never_a_bill_of_nothing(company: Company, generation: Quirk) -> None:
    read(company, lambda company: company.api.faults.repeat_cursor("cost_report"), generation)
    assert missing(company, "charges") == set(WHOLE.days())
    total = cost(company).total
    assert total.cost == total.estimated


# --- traps that are always there


@pytest.mark.usefixtures("store")
def test_what_integrators_got_wrong_is_in_what_we_read() -> None:
    rows = [row for day in WHOLE.days() for row in organization(0.01).usage(day)]
    terms = {row.terms for row in rows}
    assert {None} < {row.workspace_id for row in rows}
    assert len({each._replace(service_tier="") for each in terms}) < len(terms)  # differ by the tier alone
    assert any(row.refused for row in rows)
    assert any(row.tokens[1] and row.tokens[2] for row in rows)  # both kinds of cache write


@each_generation
def test_days_end_with_the_midnight_after_and_nobody_asks_for_what_an_admin_key_may_not(
    company: Company, generation: Quirk
) -> None:
    read(company, QUIRKS["none"], generation)
    ends = {call["ending_at"] for call in company.calls("cost_report")}
    assert {end[10:] for end in ends} == {"T00:00:00Z"}
    assert all("limit=" in one.query for one in company.api.requests if one.endpoint in PAGED)
    assert "service_accounts" not in company.api.requests.calls()
    assert {request.status for request in company.api.requests} <= {200, 400, 403}


def test_estimates_of_claude_code_are_never_added_to_the_bill(company: Company) -> None:
    read(company, QUIRKS["none"], not_enrolled)
    assert sum(counts[0] for _who, _plan, counts in activity.by_engineer(company.connection.id, WHOLE)) > 0
    assert company.remembered(FIRST, TODAY) == company.billed(FIRST, TODAY)


def test_whoever_claude_code_leaves_out_still_has_what_their_key_spent(company: Company) -> None:
    read(company, QUIRKS["unreported"], enrolled)
    people = engineers.report(company.connection, WHOLE, now=company.clock())
    missing = next(one for one in company.organization.roster.people if one.signs_in == "oauth_unreported")
    line = next(line for line in people.lines if line.id == missing.email)
    assert line.cost == in_books(company, "engineer")[missing.email]
