"""Two usage calls as one: whatever each of them says, nothing is lost and nobody is charged twice."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic.http.intervals import Bucket
from providers.anthropic.reports.usage_report import PLACED, PRICED, CacheCreation, Line, combine
from providers.usage import TokenUsage

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
COUNTS = ("uncached", "output")
MODELS = ["claude-opus-4", "claude-opus-4-1", "claude-opus-4-20250514"]

calls = st.lists(
    st.fixed_dictionaries(
        {
            "api_key_id": st.sampled_from([None, None, "apikey_1", "apikey_2"]),
            "workspace_id": st.just(None),
            "account_id": st.sampled_from([None, "user_1", "user_2"]),
            "service_account_id": st.sampled_from([None, "svac_1"]),
            "model": st.sampled_from(MODELS),
            "service_tier": st.sampled_from(["standard", "batch"]),
            "context_window": st.sampled_from(["0-200k", "200k-1M"]),
            "inference_geo": st.just("global"),
            "uncached": st.integers(0, 5),
            "output": st.integers(0, 5),
        }
    ),
    max_size=12,
)


def grouped(by: tuple[str, ...], rows: list[dict[str, Any]]) -> list[Bucket[Line]]:
    """Answer as the API does: added up by the dimensions, the others null."""
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for row in rows:
        sums.setdefault(tuple(row[name] for name in by), Counter()).update({c: row[c] for c in COUNTS})
    lines = [line(count, **dict(zip(by, key, strict=True))) for key, count in sums.items()]
    return [Bucket(NINE, NINE + timedelta(hours=1), lines)]


def line(count: Counter[str], **dimensions: Any) -> Line:
    return Line(count["uncached"], CacheCreation(0, 0), 0, count["output"], **dimensions)


def placed_in(workspace: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "workspace_id": workspace} for row in rows]


def tokens(rows: list[TokenUsage], *names: str) -> Counter[tuple[Any, ...]]:
    total: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        total[tuple(getattr(row, name) for name in names)] += row.quantities[0] + 1000 * row.quantities[4]
    return +total


def expected(rows: list[dict[str, Any]], *names: str) -> Counter[tuple[Any, ...]]:
    total: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        caller = row["api_key_id"] or row["account_id"] or row["service_account_id"]
        named = {**row, "caller_id": caller, "model": row["model"].removesuffix("-20250514")}
        total[tuple(named[name] for name in names)] += row["uncached"] + 1000 * row["output"]
    return +total


@given(calls)
def test_every_token_keeps_its_price_and_its_caller(rows: list[dict[str, Any]]) -> None:
    usage_rows = combine(grouped(PRICED, rows), grouped(PLACED, rows), {})
    for names in (("model", "service_tier", "context_window"), ("model", "caller_id")):
        assert tokens(usage_rows, *names) == expected(rows, *names)


@given(calls, calls)
def test_a_second_snapshot_that_differs_loses_nothing_of_the_first(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    usage_rows = combine(grouped(PRICED, first), grouped(PLACED, second), {})
    names = ("model", "service_tier", "context_window")
    assert tokens(usage_rows, *names) == expected(first, *names)


@given(calls)
def test_a_keyed_call_is_placed_by_what_was_seen_before_what_was_known(rows: list[dict[str, Any]]) -> None:
    workspaces = dict.fromkeys(("apikey_1", "apikey_2"), "wrkspc_stale")
    usage_rows = combine(grouped(PRICED, rows), grouped(PLACED, placed_in("wrkspc_now", rows)), workspaces)
    assert {row.workspace_id for row in usage_rows if row.caller_id} <= {"wrkspc_now"}


@given(calls)
def test_without_the_second_call_keys_are_placed_by_what_is_known(rows: list[dict[str, Any]]) -> None:
    keyed = [row for row in rows if row["api_key_id"]]
    workspaces = {"apikey_1": "wrkspc_1", "apikey_2": None}
    usage_rows = combine(grouped(PRICED, keyed), [], workspaces)
    assert all(row.workspace_id == workspaces[row.caller_id or ""] for row in usage_rows)
    assert tokens(usage_rows, "caller_id") == expected(keyed, "caller_id")


def test_one_line_of_several_callers_is_split_by_what_each_used() -> None:
    rows = [
        {**row, "output": output, "uncached": 0}
        for output, row in (
            (3, DESK),
            (4, {**DESK, "account_id": "user_2"}),
            (5, {**DESK, "account_id": None}),
        )
    ]
    usage_rows = combine(grouped(PRICED, rows), grouped(PLACED, rows), {})
    assert {row.caller_id: row.quantities[4] for row in usage_rows} == {"user_1": 3, "user_2": 4, None: 5}


def test_what_the_second_call_has_not_seen_yet_stays_without_a_caller() -> None:
    before, now = [{**DESK, "output": 3}], [{**DESK, "output": 10}]
    usage_rows = combine(grouped(PRICED, now), grouped(PLACED, before), {})
    assert {row.caller_id: row.quantities[4] for row in usage_rows} == {"user_1": 3, None: 7}


DESK: dict[str, Any] = {
    "api_key_id": None,
    "workspace_id": None,
    "account_id": "user_1",
    "service_account_id": None,
    "model": "claude-opus-4-1",
    "service_tier": "standard",
    "context_window": "0-200k",
    "inference_geo": "global",
    "uncached": 0,
    "output": 0,
}
