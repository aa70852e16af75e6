"""Spend as the provider tells it by the hour: what is kept of it, and that asking again replaces it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.period import Period
from providers.reported import ReportedKind, ReportedSpend, SpendReported
from storage.engine.database import transaction
from storage.facts import coverage, provider_spend
from tests.storage.samples import DAY, HOUR, MIDNIGHT, NOW, connected

NINE = MIDNIGHT + 9 * HOUR
OPUS = "claude-opus-5-5"


def line(cost: str, hour: datetime = NINE, **other: Any) -> ReportedSpend:
    plain: dict[str, Any] = {
        "workspace_id": None,
        "caller_id": "apikey_1 user_2 claude_code",
        "model": OPUS,
        "product": "claude_code",
        "list_cost": Decimal(cost) * 2,
        "quantities": (1, 2, 3, 4, 5, 6),
    }
    return ReportedSpend(hour=hour, cost=Decimal(cost), **{**plain, **other})


def kind(cost: str, hour: datetime = NINE) -> ReportedKind:
    return ReportedKind(hour, "wrkspc_1", None, "web_search", Decimal(cost), Decimal(cost))


@pytest.fixture
def connection_id(store: str) -> int:
    assert store
    return connected().id


def keep(
    connection_id: int, *lines: ReportedSpend, start: datetime = MIDNIGHT, hours: int = 24, **more: Any
) -> None:
    end = start + timedelta(hours=hours)
    reported = SpendReported(start=start, end=end, until=end, lines=lines, kinds=more.get("kinds", ()))
    with transaction():
        provider_spend.replace(connection_id, reported, at=NOW)


def test_what_was_reported_comes_back_as_it_was(connection_id: int) -> None:
    one, other = line("1.000000001"), line("2", caller_id=None, workspace_id="wrkspc_1", model=None)
    keep(connection_id, one, other, kinds=[kind("3")])
    lines, kinds = provider_spend.on(connection_id, DAY)
    assert sorted(lines, key=lambda each: each.cost) == [one, other]
    assert kinds == [kind("3")]


def test_hours_that_are_reported_again_are_replaced_and_the_others_stay(connection_id: int) -> None:
    keep(connection_id, line("1", MIDNIGHT), line("2"))
    keep(connection_id, line("5"), start=NINE, hours=2)
    lines, _ = provider_spend.on(connection_id, DAY)
    assert sorted(each.cost for each in lines) == [1, 5]


def test_rows_of_one_caller_that_differ_in_nothing_are_one(connection_id: int) -> None:
    keep(connection_id, line("1"), line("2"))
    ((only,), _) = provider_spend.on(connection_id, DAY)
    assert (only.cost, only.quantities) == (Decimal(3), (2, 4, 6, 8, 10, 12))


def test_a_day_is_known_as_far_as_it_was_reported(connection_id: int) -> None:
    keep(connection_id, line("1"), hours=10)
    assert coverage.until(connection_id, "spend") == MIDNIGHT + 10 * HOUR
    assert coverage.whole_days(connection_id, "spend", Period.day(DAY)) == set()


def test_days_sum_by_workspace_model_and_product(connection_id: int) -> None:
    keep(connection_id, line("1"), line("2", MIDNIGHT), line("0", product="other"))
    assert provider_spend.totals(connection_id, Period.day(DAY)) == {
        DAY: {(None, OPUS, "claude_code"): Decimal(3)}
    }


def test_an_answer_about_no_hours_replaces_nothing(connection_id: int) -> None:
    keep(connection_id, line("1"))
    keep(connection_id, start=NINE, hours=0)
    assert len(provider_spend.on(connection_id, DAY)[0]) == 1


def test_a_day_that_is_missing_stays_as_it_was(connection_id: int) -> None:
    keep(connection_id, line("1"), line("2", NINE + 24 * HOUR), hours=48)
    end = MIDNIGHT + 48 * HOUR
    reported = SpendReported(MIDNIGHT, end, end, [line("7", NINE + 24 * HOUR)], [], missing={DAY})
    with transaction():
        provider_spend.replace(connection_id, reported, at=NOW)
    assert [each.cost for each in provider_spend.on(connection_id, DAY)[0]] == [1]
    assert [each.cost for each in provider_spend.on(connection_id, DAY + timedelta(days=1))[0]] == [7]


def test_a_day_that_is_missing_and_never_was_reported_is_not_known(connection_id: int) -> None:
    end = MIDNIGHT + 48 * HOUR
    reported = SpendReported(MIDNIGHT, end, end, [], [], missing={DAY})
    with transaction():
        provider_spend.replace(connection_id, reported, at=NOW)
    period = Period(DAY, DAY + timedelta(days=2))
    assert coverage.whole_days(connection_id, "spend", period) == {DAY + timedelta(days=1)}
