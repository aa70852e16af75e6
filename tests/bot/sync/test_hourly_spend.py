"""Both generations of reports: whatever is offered, figures are the books', and nothing counts twice."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import cast

import pytest

from bot.reports import cost as reports_cost
from bot.reports import engineers, status
from bot.sync import backfill
from demo.company.organization import NEVER
from demo.company.rates import TOKEN_TYPES as WIRE
from digests.numbers.report import Question
from providers.anthropic.reports.names import undated
from providers.period import Period
from providers.usage import TOKEN_KINDS
from storage.engine.tables import Coverage, Job
from storage.facts import coverage, directory, rollups, spend
from storage.state import connections, report_offers
from tests.bot.conftest import (
    DAY,
    FIRST,
    HOUR,
    MINUTE,
    NOW,
    ON_SQLITE,
    TODAY,
    YESTERDAY,
    Company,
    connect_and_sync,
    walked_once,
)

WHOLE = Period(FIRST, TODAY)
CENT = Decimal("0.01")
TOKEN_TYPES = dict(zip(TOKEN_KINDS, WIRE, strict=True))
NOT_ENROLLED = "organization_not_enrolled_in_beta"


def by_engineer(company: Company, period: Period = WHOLE) -> dict[str | None, Decimal]:
    """What we say of every person, what nobody is named for together."""
    names, sums = directory.read(company.connection.id), defaultdict[str | None, Decimal](Decimal)
    for each in spend.totals_by(company.connection.id, "caller", period):
        who = names.engineer_of(each.id)
        sums[None if who is None or who.startswith("svac_") else who] += each.cost
    return {who: cost for who, cost in sums.items() if cost}


def in_books(company: Company, dimension: str, period: Period = WHOLE) -> dict[str | None, Decimal]:
    booked = company.organization.books.by(dimension, period.start, period.end)
    return {name: cost for name, cost in booked.items() if cost}


def stored_costs(
    company: Company, dimension: rollups.Dimension, period: Period = WHOLE
) -> dict[str | None, Decimal]:
    return {
        each.id: each.cost for each in spend.totals_by(company.connection.id, dimension, period) if each.cost
    }


def difference(company: Company) -> Decimal:
    return stored_costs(company, "caller").get("=difference", Decimal(0))


def enrolled(company: Company) -> Company:
    company.api.faults.enroll()
    return walked_once(company, "enrolled", lambda: connect_and_sync(company))


def not_enrolled(company: Company) -> Company:
    return walked_once(company, "walked", lambda: connect_and_sync(company))


def enrolled_half_way(company: Company) -> Company:
    """Enrolled after the first walk, noticed by the daily look."""

    def walk() -> None:
        connect_and_sync(company)
        company.api.faults.enroll()
        company.live(NOW + 25 * HOUR, step=HOUR)

    walked_once(company, "enrolled half-way", walk).api.faults.enroll()
    return company


def withdrawn(company: Company) -> Company:
    """Enrolled at first, and no longer after a day."""

    def walk() -> None:
        company.api.faults.enroll()
        connect_and_sync(company)
        company.api.faults.withdraw()
        company.live(NOW + 25 * HOUR, step=HOUR)

    return walked_once(company, "withdrawn", walk)


GENERATIONS = (enrolled, not_enrolled, enrolled_half_way, withdrawn)
each_generation = pytest.mark.parametrize("generation", GENERATIONS, ids=lambda each: each.__name__)


@each_generation
def test_every_cut_that_the_bill_has_is_the_books_to_the_billionth(
    company: Company, generation: Callable[[Company], Company]
) -> None:
    generation(company)
    assert company.remembered(FIRST) == company.billed(FIRST)
    assert stored_costs(company, "workspace") == in_books(company, "workspace")
    ours, models = stored_costs(company, "model"), in_books(company, "model")
    assert {name: ours[undated(name)] for name in models if name} == {n: c for n, c in models.items() if n}
    kinds = {
        TOKEN_TYPES[name]: cost for name, cost in stored_costs(company, "kind").items() if name in TOKEN_TYPES
    }
    assert kinds == {n: c for n, c in in_books(company, "token_type").items() if n}


@each_generation
def test_keys_and_engineers_sum_to_the_bill(
    company: Company, generation: Callable[[Company], Company]
) -> None:
    generation(company)
    for dimension in ("key", "engineer", "product"):
        report = reports_cost.cost(company.connection, Question(WHOLE, dimension), now=company.clock())
        assert sum(line.cost for line in report.lines) == company.billed(FIRST)
    people = engineers.report(company.connection, WHOLE, now=company.clock())
    assert sum(line.cost for line in people.lines) == company.billed(FIRST)


@ON_SQLITE
@pytest.mark.parametrize("generation", [enrolled, enrolled_half_way], ids=lambda each: each.__name__)
def test_where_anthropic_tells_it_every_person_has_what_the_books_say(
    company: Company, generation: Callable[[Company], Company]
) -> None:
    generation(company)
    expected = in_books(company, "engineer")
    assert {who: cost for who, cost in by_engineer(company).items() if who} == {
        w: c for w, c in expected.items() if w
    }
    assert difference(company) == 0


@ON_SQLITE
def test_where_it_does_not_persons_are_near_and_their_sum_is_exact(company: Company) -> None:
    not_enrolled(company)
    emails = company.organization.roster.emails  # who left is known by id alone
    ours = {emails.get(who or "", who): cost for who, cost in by_engineer(company).items()}
    for who, cost in in_books(company, "engineer").items():
        assert abs(ours[who] / cost - 1) < Decimal("0.05")


@ON_SQLITE
def test_it_is_asked_once_at_connect_and_once_a_day(company: Company) -> None:
    not_enrolled(company)
    assert company.connection.hourly_spend == NOT_ENROLLED
    company.live(NOW + 3 * DAY, step=HOUR)
    assert company.api.requests.calls().get("cost", 0) <= 2 * 3  # and whether anything was revised
    assert company.api.requests.calls().get("usage", 0) == 0


@ON_SQLITE
def test_becoming_enrolled_upgrades_all_of_history(company: Company) -> None:
    enrolled_half_way(company)
    assert company.connection.hourly_spend == "offered"
    assert coverage.whole_days(company.connection.id, "spend", WHOLE) == set(WHOLE.days())


@ON_SQLITE
def test_what_was_reported_stays_when_the_offer_goes(company: Company) -> None:
    withdrawn(company)
    assert company.connection.hourly_spend == NOT_ENROLLED
    assert coverage.whole_days(company.connection.id, "spend", WHOLE) == set(WHOLE.days())
    assert company.remembered(FIRST, TODAY + DAY) == company.billed(FIRST, TODAY + DAY)


@ON_SQLITE
@pytest.mark.parametrize("reason", ["organization_type_not_supported", "parent_organization_required"])
def test_an_organization_of_another_kind_is_told_so(company: Company, reason: str) -> None:
    company.api.faults.withdraw(code=reason)
    connect_and_sync(company)
    assert status.status(company.connection, now=NOW).hourly_spend == reason


# --- today


@ON_SQLITE
def test_today_is_reported_as_far_as_it_is_complete_and_estimated_from_there(company: Company) -> None:
    enrolled(company)
    report = reports_cost.cost(company.connection, Question(Period.day(TODAY)), now=NOW)
    truth = company.organization.books.metered_so_far(NOW - 5 * MINUTE)
    assert report.hourly_until == NOW.replace(hour=7, minute=0)  # three hours behind, to the whole hour
    assert report.data_until == NOW - 5 * MINUTE
    assert abs(report.total.cost / truth - 1) < Decimal("0.02")
    assert report.basis == "estimated"


@ON_SQLITE
def test_no_hour_of_today_counts_twice(company: Company) -> None:
    enrolled(company)
    company.live(NOW + 6 * HOUR, step=10 * MINUTE)
    tokens = sum(
        each.quantities[4] for each in spend.totals_by(company.connection.id, "total", Period.day(TODAY))
    )
    rows = company.organization.usage(TODAY, until=company.clock() - 5 * MINUTE)
    assert tokens == sum(row.tokens[4] for row in rows)


@ON_SQLITE
def test_an_hour_is_reported_once_it_is_complete(company: Company) -> None:
    enrolled(company)
    company.live(NOW + 2 * HOUR, step=10 * MINUTE)
    assert coverage.until(company.connection.id, "spend") == NOW.replace(hour=9, minute=0)


# --- the bill has the last word


@ON_SQLITE
def test_a_bill_that_changed_alone_differs_from_its_hours_in_a_line_of_its_own(company: Company) -> None:
    enrolled(company)
    day = YESTERDAY - DAY
    before = company.billed(day, day + DAY)
    company.organization.restate(day, "1.1", analytics_from=NEVER)
    company.live(NOW + 2 * HOUR, step=HOUR)
    after = company.billed(day, day + DAY)
    assert company.remembered(day, day + DAY) == after
    assert difference(company) == after - before
    assert status.status(company.connection, now=company.clock()).differences == {day: after - before}


@ON_SQLITE
def test_hours_that_are_revised_are_found_and_read_again(company: Company) -> None:
    enrolled(company)
    company.organization.revise(YESTERDAY - 10 * DAY, "1.2")
    company.live(NOW + 26 * HOUR, step=HOUR)
    assert difference(company) < -CENT
    company.organization.revise(YESTERDAY - 10 * DAY, str(1 / Decimal("1.2")))
    company.live(NOW + 52 * HOUR, step=HOUR)
    assert abs(difference(company)) < CENT
    assert company.remembered(FIRST) == company.billed(FIRST)


@ON_SQLITE
def test_a_cent_or_less_is_no_difference_to_speak_of(company: Company) -> None:
    enrolled(company)
    assert status.status(company.connection, now=NOW).differences == {}


# --- history


@ON_SQLITE
def test_history_by_the_hour_begins_with_2026_and_goes_back_a_year_at_most(walked: Company) -> None:
    connections.set_first_day(walked.connection.id, date(2025, 6, 1))
    connections.note_hourly_spend(walked.connection.id, connections.OFFERED)
    report_offers.restore(walked.connection.id, "spend")
    backfill.fill_gaps(walked.connection.id, NOW)
    windows = windows_of_spend()
    assert min(window.start for window in windows) == date(2026, 1, 1)
    assert max(window.length for window in windows) <= 3


def windows_of_spend() -> list[Period]:
    query = Job.select(Job.start_day, Job.end_day).where(Job.kind == "spend")
    rows = cast("Iterable[tuple[date, date]]", query.tuples())
    return [Period(start, end) for start, end in rows if start.year > 1970]


@ON_SQLITE
def test_days_that_got_lost_are_read_again_within_a_day(walked: Company) -> None:
    lost = TODAY - 20 * DAY
    Coverage.delete().where(Coverage.day == lost).execute()
    walked.live(NOW + 25 * HOUR, step=5 * HOUR)
    assert all(walked.knows(report, lost, lost + DAY) for report in coverage.REPORTS)


@ON_SQLITE
def test_a_discount_is_reported_where_both_prices_are(company: Company) -> None:
    enrolled(company)
    report = reports_cost.cost(company.connection, Question(WHOLE), now=NOW)
    listed = company.organization.books.listed(FIRST, TODAY)
    assert report.discount == 1 - company.billed(FIRST) / listed


@ON_SQLITE
def test_priority_tier_is_named_and_costs_nothing(company: Company) -> None:
    not_enrolled(company)
    report = reports_cost.cost(company.connection, Question(WHOLE), now=NOW)
    rows = [row for day in WHOLE.days() for row in company.organization.usage(day)]
    committed = sum(sum(row.tokens) for row in rows if row.terms.service_tier == "priority")
    assert report.unbilled["priority_tier"] == committed > 0


@ON_SQLITE
def test_calls_in_an_hour_at_rest_stay_below_one_a_minute(company: Company) -> None:
    enrolled(company)
    company.live(NOW + HOUR, step=MINUTE)
    company.api.requests.clear()
    company.live(NOW + 5 * HOUR, step=MINUTE)
    calls = Counter(request.at.replace(minute=0, second=0) for request in company.api.requests)
    assert sum(calls.values()) <= 4 * 60
