"""Faults and habits, one at a time, in both generations: the books hold, or nothing false is said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.reports import cost as reports_cost
from demo.admin_api.server import AdminApi as Simulated
from demo.company.organization import Organization
from demo.company.rates import TOKEN_TYPES
from demo.company.workload import Habits
from digests.numbers.report import Question
from providers.anthropic.reports.names import undated
from providers.period import Period
from providers.usage import TOKEN_KINDS
from storage.facts import spend
from storage.facts.rollups import Dimension
from storage.state import incidents
from tests.bot.conftest import (
    DAY,
    ENGINEERS,
    FIRST,
    HABITS,
    HOUR,
    MINUTE,
    ON_SQLITE,
    Clock,
    Company,
    new_company,
)

NOW = datetime(2026, 11, 8, 10, 31, tzinfo=UTC)
TODAY, YESTERDAY = NOW.date(), NOW.date() - DAY
SINCE = TODAY - 12 * DAY  # across the end of a month
WHOLE = Period(SINCE, TODAY)
ON_WIRE = dict(zip(TOKEN_KINDS, TOKEN_TYPES, strict=True))
Switch = Callable[[Company], object]

pytestmark = ON_SQLITE


def of_habits(habits: Habits) -> Switch:
    """An organization that behaves otherwise."""

    def switch(company: Company) -> None:
        company.organization = Organization(7, FIRST, ENGINEERS, habits=habits)
        faults = company.api.faults
        company.api = Simulated(company.organization, company.clock)
        company.api.faults = faults

    return switch


FAULTS: dict[str, Switch] = {
    "429 with Retry-After": lambda c: c.api.faults.rate_limit(2, "cost_report", retry_after=90),
    "overloaded for a while": lambda c: c.api.faults.down(status=529, times=6),
    "half an answer": lambda c: c.api.faults.truncate(times=3),
    "a proxy's page": lambda c: c.api.faults.html(times=3),
    "a connection that breaks": lambda c: c.api.faults.hang_up(times=3),
    "fast mode": of_habits(replace(HABITS, fast_mode=True)),
    "identities of another cloud": of_habits(replace(HABITS, federated=True)),
    "no Priority Tier": of_habits(replace(HABITS, priority_tier=False)),
}
GENERATIONS: dict[str, Switch] = {"enrolled": lambda c: c.api.faults.enroll(), "not enrolled": lambda _: None}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_books_hold_whatever_the_api_does(company: Company, fault: str, generation: str) -> None:
    company.clock.to(NOW)
    GENERATIONS[generation](company)
    FAULTS[fault](company)
    company.connect(first_day=SINCE)
    company.live(NOW + HOUR, step=5 * MINUTE)
    books, connection = company.organization.books, company.connection
    assert company.remembered(SINCE, TODAY) == books.total(SINCE, TODAY)
    assert _stored_costs(connection.id, "workspace") == _without_nothing(books.by("workspace", SINCE, TODAY))
    models, ours = books.by("model", SINCE, TODAY), _stored_costs(connection.id, "model")
    assert {undated(name): ours[undated(name)] for name in models if name} == {
        undated(name): cost for name, cost in models.items() if name
    }
    kinds, spent = books.by("token_type", SINCE, TODAY), _stored_costs(connection.id, "kind")
    assert {ON_WIRE[kind]: cost for kind, cost in spent.items() if kind in ON_WIRE} == {
        kind: cost for kind, cost in kinds.items() if kind
    }
    for dimension in ("key", "engineer"):
        report = reports_cost.cost(connection, Question(WHOLE, dimension), now=company.clock())
        assert sum(line.cost for line in report.lines) == report.total.cost == books.total(SINCE, TODAY)
    assert incidents.open_ones(connection.id) == []
    assert company.api.faults.limited == []  # all of it was met


def _stored_costs(connection_id: int, dimension: Dimension) -> dict[str | None, Decimal]:
    return _without_nothing({each.id: each.cost for each in spend.totals_by(connection_id, dimension, WHOLE)})


def _without_nothing(costs: dict[str | None, Decimal]) -> dict[str | None, Decimal]:
    return {name: cost for name, cost in costs.items() if cost}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_bill_that_comes_a_day_late_is_awaited_and_never_nothing(
    store: str, clock: Clock, generation: str
) -> None:
    assert store
    clock.to(NOW)
    company = new_company(clock, bill_lag=timedelta(hours=30))
    GENERATIONS[generation](company)
    company.connect(first_day=SINCE)
    company.live(NOW + HOUR, step=10 * MINUTE)
    report = reports_cost.cost(company.connection, Question(Period.day(YESTERDAY)), now=company.clock())
    assert [(gap.report, gap.why) for gap in report.gaps] == [("charges", "not published yet")]
    assert report.basis == "estimated"
    truth = company.organization.books.total(YESTERDAY, TODAY)
    assert abs(report.total.cost / truth - 1) < Decimal("0.03")
