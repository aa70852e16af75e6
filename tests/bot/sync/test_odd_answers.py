"""Odd answers, through the whole sync: no figure counts twice, and only what is odd is missing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from bot.reports import horizon, status
from bot.sync import jobs
from demo.company.workload import Workday
from digests.words import completeness
from providers.period import Period
from storage.facts import activity, coverage, directory, spend
from tests.bot.conftest import (
    DAY,
    FIRST,
    HOUR,
    NOW,
    ON_SQLITE,
    TODAY,
    YESTERDAY,
    Clock,
    Company,
    change,
    new_company,
)

pytestmark = ON_SQLITE
START = TODAY - 10 * DAY
SINCE = Period(START, TODAY)


@pytest.fixture
def young(company: Company) -> Company:
    """A company whose last ten days are to be read."""
    company.connect(first_day=START)
    return company


def sessions(company: Company) -> int:
    return sum(row[2] for *_who, row in activity.by_engineer(company.connection.id, SINCE))


def in_all(company: Company) -> tuple[Decimal, int, int]:
    """What was billed, how many sessions there were, and how many names there are."""
    names = directory.read(company.connection.id)
    return company.remembered(START), sessions(company), len(names.people()) + len(names.keys())


def test_pages_that_repeat_their_last_interval_row_or_name_change_nothing(young: Company) -> None:
    young.api.faults.repeat()
    young.sync()
    repeated = in_all(young)
    young.api.faults.clear()
    young.clock.advance(DAY * 8)
    young.sync()
    assert repeated[0] == young.billed(START)
    assert repeated == in_all(young)


def test_euros_are_neither_added_nor_relabelled_and_usage_goes_on(young: Company) -> None:
    young.api.faults.currency("EUR", "cost_report")
    young.sync()
    assert coverage.days(young.connection.id, "charges", SINCE) == set()
    assert young.knows("usage", START)
    assert young.connection.state == "active"
    assert spend.totals_by(young.connection.id, "model", Period.day(YESTERDAY))[0].basis == "estimated"


@pytest.mark.parametrize("amount", ["1e400", "922337203685477580800", "NaN"])
def test_absurd_amounts_are_no_fault_of_ours(
    young: Company, amount: str, caplog: pytest.LogCaptureFixture
) -> None:
    young.api.faults.amounts(amount)
    young.sync()
    assert coverage.days(young.connection.id, "charges", SINCE) == set()
    assert coverage.days(young.connection.id, "claude_code", SINCE) == set()
    assert young.knows("usage", START)
    assert "fault of ours" not in caplog.text


def test_null_breakdowns_keep_nothing_out(young: Company) -> None:
    for field in ("cache_creation", "server_tool_use", "tool_actions"):
        young.api.faults.null(field)
    young.sync()
    assert young.knows("usage", START)
    assert young.knows("claude_code", START)
    assert young.remembered(START) == young.billed(START)


def test_days_that_cannot_be_read_for_one_reason_are_reported_together_and_plainly(young: Company) -> None:
    young.api.faults.currency("EUR", "cost_report")
    young.sync()
    days, now = Period(TODAY - 3 * DAY, TODAY), young.clock()
    (gap,) = horizon.gaps(young.connection, days, ("charges",), now=now)
    assert (gap.why, gap.detail) == ("unreadable", "it is in EUR, and StackSpend reads US dollars only")
    (words,) = completeness.missing([gap], now=now, zone="UTC")
    assert words.endswith(" because it is in EUR, and StackSpend reads US dollars only")
    (oddity,) = [each for each in status.status(young.connection, now=now).oddities if each.is_unreadable]
    assert set(days.days()) <= set(oddity.days)


# --- the first day, of whatever report tells of one


def without_lines(answer: Any) -> Any:
    return replace(answer, charges=[])


def on_priority_tier(answer: Any) -> Any:
    return replace(answer, usage=[replace(row, service_tier="priority") for row in answer.usage])


def walked_to(company: Company) -> None:
    company.connect()
    company.sync()
    assert status.status(company.connection, now=NOW).backfill is None


def test_an_organization_whose_tokens_are_billed_apart_began_with_its_first_token(company: Company) -> None:
    change(company, charges=without_lines, usage=on_priority_tier)
    walked_to(company)
    assert company.connection.first_day == FIRST


def test_an_organization_of_subscriptions_alone_began_with_its_first_session(company: Company) -> None:
    change(company, charges=without_lines, usage=lambda answer: replace(answer, usage=[]))
    walked_to(company)
    assert company.connection.first_day == FIRST


def test_an_organization_that_never_did_anything_begins_with_its_connection(store: str, clock: Clock) -> None:
    assert store
    idle = new_company(clock, first_day=TODAY - 40 * DAY)
    for day in Period(TODAY - 40 * DAY, TODAY + DAY).days():
        idle.organization.replace_workday(day, Workday([], [], []))
    walked_to(idle)
    assert idle.connection.first_day == TODAY


def test_an_organization_that_is_billed_in_euros_began_with_its_first_bill(company: Company) -> None:
    company.api.faults.currency("EUR", "cost_report")
    walked_to(company)
    assert company.connection.first_day == FIRST
    assert company.knows("usage", FIRST)


def test_usage_older_than_anything_listed_is_found_where_no_bill_tells_of_it(
    store: str, clock: Clock
) -> None:
    assert store
    old = new_company(clock, first_day=TODAY - 80 * DAY)
    later = NOW - 20 * DAY
    roster = old.organization.roster
    for field, endpoint in (("created_at", "workspaces"), ("added_at", "users")):
        old.api.faults.drop_field(field, endpoint)
    old.organization.roster = replace_keys(roster, later)
    change(old, charges=without_lines, usage=on_priority_tier)
    walked_to(old)
    assert old.connection.first_day == TODAY - 80 * DAY


def replace_keys(roster: Any, made: Any) -> Any:
    from dataclasses import replace as changed  # noqa: PLC0415 - beside that of structs

    keys = [changed(key, listed=False) for key in roster.keys[1:]]
    return changed(roster, keys=(changed(roster.keys[0], created_at=made), *keys))


# --- a bill that will not become readable


def test_a_newest_bill_that_cannot_be_read_is_asked_for_no_oftener_than_a_whole_one(young: Company) -> None:
    young.api.faults.currency("EUR", "cost_report")
    young.sync()
    young.api.requests.clear()
    young.live(NOW + 5 * HOUR)
    assert len(young.calls("cost_report")) <= 6
    midnight = Period.day(TODAY).ends_at
    late = midnight - timedelta(minutes=20)
    assert midnight < jobs.next_due(young.connection.id, "charges", late, 1) < midnight + HOUR / 2
