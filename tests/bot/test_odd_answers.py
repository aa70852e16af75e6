"""Odd answers, through the whole sync: no figure counts twice, and only what is odd is missing."""

from decimal import Decimal

import pytest

from bot import known, standing
from digests import reach
from providers.period import Period
from storage import activity, coverage, directory, spend
from tests.bot.conftest import DAY, ON_SQLITE, TODAY, YESTERDAY, Company

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
    assert spend.sums(young.connection.id, "model", Period.day(YESTERDAY))[0].basis == "estimated"


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


def test_days_that_cannot_be_read_for_one_reason_are_told_together_and_plainly(young: Company) -> None:
    young.api.faults.currency("EUR", "cost_report")
    young.sync()
    days, now = Period(TODAY - 3 * DAY, TODAY), young.clock()
    (gap,) = known.gaps(young.connection, days, ("charges",), now=now)
    assert (gap.why, gap.detail) == ("unreadable", "it is in EUR, and StackSpend reads US dollars only")
    (words,) = reach.missing([gap], now=now, zone="UTC")
    assert words.endswith(" not read, because it is in EUR, and StackSpend reads US dollars only")
    (oddity,) = [each for each in standing.status(young.connection, now=now).oddities if each.is_unreadable]
    assert set(days.days()) <= set(oddity.days)
