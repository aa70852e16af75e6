"""Our dated list prices beside those of genai-prices, model by model, where both know it.

Where they differ, ours is what Anthropic publishes and what Claude Code computes for known numbers of tokens.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from genai_prices.data import providers
from genai_prices.types import TieredPrices

from providers.anthropic.cost.prices import MILLION, MODELS, list_price
from providers.usage import WEB_SEARCH

(THEIRS,) = (each for each in providers if each.id == "anthropic")
KINDS = {
    "uncached_input": "input_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "cache_read": "cache_read_mtok",
    "output": "output_mtok",
}
CHANGED = date(2026, 10, 7)
DAYS = [
    date(2025, 12, 1),
    date(2026, 3, 13),
    date(2026, 6, 1),
    date(2026, 10, 6),
    CHANGED,
    date(2026, 11, 30),
]
"""Before and after each change of a price, and months between them."""
UNKNOWN_TO_THEM = {"claude-mythos-5", "claude-mythos-5-1"}
"""Sold at the prices of Fable 5 and 5.1: https://platform.claude.com/docs/en/about-claude/pricing."""
UNKNOWN_TO_US = {"claude-2", "claude-3-sonnet", "claude-v1"}
"""Retired, so no usage of theirs waits for a bill."""
DIFFERENT = {(day, "cache_read") for day in DAYS if day < CHANGED}
"""Of Sonnet 5.5: $0.20 until Anthropic halved it on 2026-10-07; their list has one price for all days."""


def theirs(model: str, kind: str, day: date) -> Decimal | None:
    """A price of a million tokens, of a short prompt where long ones cost more."""
    listed = THEIRS.find_model(model)
    assert listed
    prices = listed.get_prices(datetime.combine(day, time(12), UTC))
    price: Decimal | TieredPrices | None = getattr(prices, KINDS[kind])
    return price.base if isinstance(price, TieredPrices) else price


def ours(model: str, kind: str, day: date) -> Decimal | None:
    price = list_price(model, kind, day)
    return None if price is None else price * MILLION


@pytest.mark.parametrize("model", sorted(set(MODELS) - UNKNOWN_TO_THEM))
def test_a_list_price_is_that_of_genai_prices(model: str) -> None:
    pairs = {
        (day, kind): (ours(model, kind, day), theirs(model, kind, day)) for day in DAYS for kind in KINDS
    }
    different = {at: pair for at, pair in pairs.items() if pair[0] != pair[1]}
    assert different.keys() == (DIFFERENT if model == "claude-sonnet-5-5" else set())


def test_each_list_lacks_only_models_that_nobody_can_use() -> None:
    assert {model for model in MODELS if THEIRS.find_model(model) is None} == UNKNOWN_TO_THEM
    ids = {listed.id for model in MODELS if (listed := THEIRS.find_model(model))}
    assert {listed.id for listed in THEIRS.models} - ids == UNKNOWN_TO_US


def test_a_web_search_is_one_cent_in_both() -> None:
    listed = THEIRS.find_model("claude-opus-5-5")
    assert listed
    price = listed.get_prices(datetime(2026, 11, 30, tzinfo=UTC)).web_searches_kcount
    assert list_price("claude-opus-5-5", WEB_SEARCH, DAYS[-1]) == Decimal(str(price)) / 1000
