"""Charges and usage of one invented day, in a few words; and strategies that invent many."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from providers.charge import Charge
from providers.usage import QUANTITIES, TOKEN_KINDS, TokenUsage

DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-4-5"


def charge(dollars: str, *, day: date = DAY, **other: Any) -> Charge:
    """Output tokens of Opus in the default workspace, unless said otherwise."""
    plain: dict[str, Any] = {
        "workspace_id": None,
        "cost_type": "tokens",
        "model": OPUS,
        "token_kind": "output",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        "description": "",
        "currency": "USD",
    }
    return Charge(day=day, billed_cost=Decimal(dollars), **{**plain, **other})


def untied(dollars: str, cost_type: str, **other: Any) -> Charge:
    """What is not billed by tokens: no model, no kind, no tier."""
    nothing = dict.fromkeys(("model", "token_kind", "service_tier", "context_window", "inference_geo"))
    return charge(dollars, **{**nothing, "cost_type": cost_type, **other})


def usage(caller: str | None = "apikey_1", *, hour: int = 9, **other: Any) -> TokenUsage:
    """Somebody's call; quantities by name."""
    counts = [other.pop(kind, 0) for kind in QUANTITIES]
    plain: dict[str, Any] = {
        "workspace_id": None,
        "model": OPUS,
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
    }
    moment = MIDNIGHT + timedelta(hours=hour)
    return TokenUsage(hour=moment, caller_id=caller, quantities=tuple(counts), **{**plain, **other})


_workspaces = st.sampled_from([None, "wrkspc_1", "wrkspc_2"])
_models = st.sampled_from([OPUS, HAIKU])
_tiers = st.sampled_from(["standard", "batch", "priority"])
_windows = st.sampled_from(["0-200k", "200k-1M"])
_geos = st.sampled_from(["global", "us"])
_counts = st.integers(0, 10**9)

usages = st.lists(
    st.builds(
        TokenUsage,
        hour=st.integers(0, 23).map(lambda hour: MIDNIGHT + timedelta(hours=hour)),
        workspace_id=_workspaces,
        caller_id=st.sampled_from([None, "apikey_1", "apikey_2", "user_1"]),
        model=_models,
        service_tier=_tiers,
        context_window=_windows,
        inference_geo=_geos,
        quantities=st.tuples(_counts, _counts, _counts, _counts, _counts, st.integers(0, 9)),
    ),
    max_size=12,
    unique_by=lambda row: (row.hour, row.workspace_id, row.caller_id, row.model, row.service_tier),
)
charges = st.lists(
    st.builds(
        Charge,
        day=st.just(DAY),
        workspace_id=_workspaces,
        cost_type=st.sampled_from(["tokens", "web_search", "code_execution", "session_usage", "credit"]),
        model=st.none() | _models,
        token_kind=st.none() | st.sampled_from([*TOKEN_KINDS, "tokens_of_tomorrow"]),
        service_tier=st.none() | _tiers,
        context_window=st.none() | _windows,
        inference_geo=st.none() | _geos,
        description=st.just(""),
        billed_cost=st.decimals(-10_000, 10_000, places=9),
        currency=st.just("USD"),
    ),
    max_size=12,
)
