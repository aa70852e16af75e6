"""Cells: a day by several dimensions at once, which sums to the day by each of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.period import Period
from providers.spend import Amounts, Id, Spend
from storage.engine.database import transaction
from storage.engine.tables import CellDay, DayCell, DayRollup, HourRollup
from storage.facts import cells, coverage
from storage.facts import spend as spends
from storage.facts.cells import Filterable
from storage.state import connections
from tests.storage.samples import DAY, HOUR, MIDNIGHT, NEXT, NOW, attribution, connected, spend

pytestmark = pytest.mark.usefixtures("store")
ONE = 1
FIRST = date(2026, 11, 1)
DIMENSIONS: tuple[Filterable, ...] = ("caller", "workspace", "model", "product")
CALLERS = ["apikey_1", "apikey_1 user_2", "user_2", "apikey_3 user_4 claude_code", "=difference", None]
WORKSPACES = ["wrkspc_1", "wrkspc_2", None]
MODELS = ["claude-opus-5-5", "claude-haiku-4-5", "web_search", None]
PRODUCTS = ["messages_api", "claude_code"]
MEMBERS: dict[str, list[Any]] = {
    "caller": CALLERS,
    "workspace": WORKSPACES,
    "model": MODELS,
    "product": PRODUCTS,
}

rows = st.builds(
    Spend,
    hour=st.integers(0, 6 * 24 - 1).map(lambda hour: datetime(2026, 11, 1, tzinfo=UTC) + hour * HOUR),
    caller_id=st.sampled_from(CALLERS),
    workspace_id=st.sampled_from(WORKSPACES),
    model=st.sampled_from(MODELS),
    product=st.sampled_from(PRODUCTS),
    cost=st.integers(-(10**12), 10**15),
    quantities=st.tuples(*[st.integers(0, 10**9)] * 6),
)
days = st.integers(0, 5)
filters = st.fixed_dictionaries(
    {}, optional={name: st.frozensets(st.sampled_from(members)) for name, members in MEMBERS.items()}
)


def keep(lines: Iterable[Spend], *, estimated: frozenset[int] = frozenset()) -> None:
    """Replace six days by these lines, some of the days estimated."""
    by_day: dict[date, list[Spend]] = {FIRST + timedelta(days=number): [] for number in range(6)}
    for line in lines:
        by_day[line.hour.date()].append(line)
    with transaction():
        spends.replace_days(
            ONE,
            {day: (attribution(*of_day), (day - FIRST).days in estimated) for day, of_day in by_day.items()},
        )


def member(line: Spend, dimension: str) -> Id:
    values: dict[str, Id] = {
        "caller": line.caller_id,
        "workspace": line.workspace_id,
        "model": line.model,
        "product": line.product,
        "day": line.hour.date().isoformat(),
    }
    return values[dimension]


def summed(
    lines: Iterable[Spend], by: Sequence[str], estimated: Callable[[Spend], bool]
) -> dict[tuple[Id, ...], Amounts]:
    sums: dict[tuple[Id, ...], list[int]] = defaultdict(lambda: [0] * 8)
    for line in lines:
        row = (*line.quantities, line.cost, line.cost if estimated(line) else 0)
        key = tuple(member(line, each) for each in by)
        sums[key] = [one + other for one, other in zip(sums[key], row, strict=True)]
    return {key: Amounts._make(each) for key, each in sums.items() if any(each)}


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, max_size=25), st.frozensets(days), days, st.integers(1, 6))
def test_cells_sum_to_the_rollups_of_every_dimension(
    lines: list[Spend], estimated: frozenset[int], start: int, length: int
) -> None:
    keep(lines, estimated=estimated)
    period = Period(FIRST + timedelta(days=start), FIRST + timedelta(days=start + length))
    for dimension in DIMENSIONS:
        rolled_up = dict(spends.amounts_by(ONE, dimension, period))
        assert {key[0]: each for key, each in cells.amounts_by(ONE, (dimension,), period)} == rolled_up
    everything = dict(spends.amounts_by(ONE, "total", period)).get(None, Amounts(*[0] * 8))
    assert cells.total(ONE, period) == everything
    by_day = {day.isoformat(): each for day, each in spends.amounts_by_day(ONE, period).items()}
    assert {key[0]: each for key, each in cells.amounts_by(ONE, ("day",), period)} == by_day


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(rows, max_size=25),
    st.frozensets(days),
    filters,
    st.sampled_from([(), *combinations([*DIMENSIONS, "day"], 1), *combinations([*DIMENSIONS, "day"], 2)]),
    st.tuples(days, st.integers(1, 6)),
)
def test_any_filters_and_dimensions_sum_the_lines_that_match(
    lines: list[Spend],
    estimated: frozenset[int],
    wanted: dict[Filterable, frozenset[Id]],
    by: tuple[cells.Dimension, ...],
    span: tuple[int, int],
) -> None:
    keep(lines, estimated=estimated)
    period = Period(FIRST + timedelta(days=span[0]), FIRST + timedelta(days=sum(span)))
    matching = [
        line
        for line in lines
        if period.start <= line.hour.date() < period.end
        and all(member(line, name) in members for name, members in wanted.items())
    ]
    expected = summed(matching, by, lambda line: (line.hour.date() - FIRST).days in estimated)
    assert dict(cells.amounts_by(ONE, by, period, wanted)) == expected
    costs = {key: each.cost for key, each in expected.items() if each.cost}
    assert dict(cells.costs_by(ONE, by, period, wanted)) == costs


def test_keeping_a_day_twice_is_keeping_it_once_and_the_day_beside_stays() -> None:
    keep_two = {DAY: (attribution(spend("1")), False), NEXT: (attribution(spend("2", _next())), False)}
    for _ in range(2):
        with transaction():
            spends.replace_days(ONE, keep_two)
    with transaction():
        spends.replace(ONE, DAY, attribution(spend("4", caller_id="user_2")), estimated=True)
    assert dict(cells.costs_by(ONE, ("caller", "day"), Period(DAY, NEXT + timedelta(days=1)))) == {
        ("user_2", "2026-11-20"): 4 * 10**9,
        ("apikey_1", "2026-11-21"): 2 * 10**9,
    }


def _next() -> datetime:
    return MIDNIGHT + 24 * HOUR


def test_a_filter_with_more_members_than_a_statement_takes_sums_them_all() -> None:
    some = [spend("1", caller_id=f"apikey_{number}", workspace_id="wrkspc_1") for number in range(9000)]
    with transaction():
        spends.replace(ONE, DAY, attribution(*some, spend("5", caller_id="user_2")), estimated=False)
    callers: frozenset[Id] = frozenset(line.caller_id for line in some)
    wanted: cells.Filters = {"caller": callers, "workspace": {"wrkspc_1"}}
    assert cells.total(ONE, Period.day(DAY), wanted).cost == 9000 * 10**9
    assert cells.costs_by(ONE, ("workspace",), Period.day(DAY), wanted) == [(("wrkspc_1",), 9000 * 10**9)]


def test_members_that_were_never_seen_match_nothing() -> None:
    with transaction():
        spends.replace(ONE, DAY, attribution(spend("1")), estimated=False)
    assert cells.total(ONE, Period.day(DAY), {"model": {"claude-none"}}).cost == 0
    assert cells.amounts_by(ONE, ("model",), Period.day(DAY), {"caller": set()}) == []


def test_days_without_cells_are_named_newest_first_and_a_day_that_cost_nothing_has_its_cells() -> None:
    period = Period(DAY, DAY + timedelta(days=3))
    with transaction():
        coverage.mark(ONE, "charges", period.days(), at=NOW)
        coverage.mark(ONE, "claude_code", [DAY - timedelta(days=1)], at=NOW)
        coverage.mark(2, "usage", [DAY], at=NOW)
        spends.replace(ONE, NEXT, attribution(), estimated=False)
        spends.replace(2, DAY, attribution(), estimated=False)
    last = DAY + timedelta(days=2)
    assert cells.missing_days(ONE, Period(DAY, NEXT + timedelta(days=1))) == {DAY}
    assert cells.missing_days(ONE, period) == {DAY, last}
    assert cells.newest_missing_days(ONE, count=5) == [last, DAY]
    assert cells.newest_missing_days(ONE, count=1) == [last]
    assert cells.newest_missing_days(2, count=5) == []


def test_cells_go_with_the_history_and_stay_with_it() -> None:
    with transaction():
        gone, kept = connected(), connected("T2")
        for each in (gone, kept):
            spends.replace(each.id, DAY, attribution(spend("1")), estimated=False)
        connections.disconnect(gone.id, keep_history=False)
        connections.disconnect(kept.id, keep_history=True)
    tables: tuple[Any, ...] = (DayCell, CellDay, DayRollup, HourRollup)
    for table in tables:
        assert {row.connection_id for row in table.select(table.connection_id)} == {kept.id}
