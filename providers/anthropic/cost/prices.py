"""List prices in dollars per million tokens, for usage that no bill has a rate for yet.

Source: https://platform.claude.com/docs/en/about-claude/pricing. No formula: cache reads are 2.5 % of the
input price for one model and 10 % for another. Not priced from usage: Haiku 5.5 prompts over 100,000
tokens (five times the price, but usage rows do not say), Priority Tier, fast mode.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from providers.usage import TOKEN_KINDS, WEB_SEARCH

MILLION = Decimal(1_000_000)
SEARCH = Decimal("0.01")  # dollars a web search
BATCH = Decimal("0.5")  # × the price, for batches
US_INFERENCE = Decimal("1.1")  # × the price, for inference in the US only
_ALWAYS = date.min
_MODEL = "claude-"  # how the names of all models begin, and those of no other cost type
_USUAL = "1 1.25 2 0.10 5"  # in the same order, relative to uncached input

# model -> since when -> uncached input, cache write 5 m, cache write 1 h, cache read, output
_PRICES: Mapping[str, tuple[tuple[date, str], ...]] = {
    "claude-fable-5-2": ((_ALWAYS, "8 10 16 0.20 40"),),
    "claude-mythos-5-2": ((_ALWAYS, "8 10 16 0.20 40"),),
    "claude-fable-5-1": ((_ALWAYS, "10 12.50 20 0.25 50"),),
    "claude-mythos-5-1": ((_ALWAYS, "10 12.50 20 0.25 50"),),
    "claude-fable-5": ((_ALWAYS, "10 12.50 20 1 50"),),
    "claude-mythos-5": ((_ALWAYS, "10 12.50 20 1 50"),),
    "claude-opus-5-5": ((_ALWAYS, "4 5 8 0.20 20"),),
    "claude-opus-5": ((_ALWAYS, "5 6.25 10 0.50 25"),),
    "claude-opus-4-8": ((_ALWAYS, "5 6.25 10 0.50 25"),),
    "claude-opus-4-7": ((_ALWAYS, "5 6.25 10 0.50 25"),),
    "claude-opus-4-6": ((_ALWAYS, "5 6.25 10 0.50 25"),),
    "claude-opus-4-5": ((_ALWAYS, "5 6.25 10 0.50 25"),),
    "claude-opus-4-1": ((_ALWAYS, "15 18.75 30 1.50 75"),),
    "claude-opus-4": ((_ALWAYS, "15 18.75 30 1.50 75"),),
    "claude-sonnet-5-5": ((_ALWAYS, "2 2.50 4 0.20 10"), (date(2026, 10, 7), "2 2.50 4 0.10 10")),
    "claude-sonnet-5": ((_ALWAYS, "2 2.50 4 0.20 10"),),
    "claude-sonnet-4-6": ((_ALWAYS, "3 3.75 6 0.30 15"),),
    "claude-sonnet-4-5": ((_ALWAYS, "3 3.75 6 0.30 15"),),
    "claude-sonnet-4": ((_ALWAYS, "3 3.75 6 0.30 15"),),
    "claude-3-7-sonnet": ((_ALWAYS, "3 3.75 6 0.30 15"),),
    "claude-3-5-sonnet": ((_ALWAYS, "3 3.75 6 0.30 15"),),
    "claude-haiku-5-5": ((_ALWAYS, "0.10 0.125 0.20 0.01 0.50"),),
    "claude-haiku-4-5": ((_ALWAYS, "1 1.25 2 0.10 5"),),
    "claude-3-5-haiku": ((_ALWAYS, "0.80 1 1.60 0.08 4"),),
    "claude-3-haiku": ((_ALWAYS, "0.25 0.30 0.50 0.03 1.25"),),
    "claude-3-opus": ((_ALWAYS, "15 18.75 30 1.50 75"),),
}
MODELS = tuple(_PRICES)
"""The models that have a list price."""


def list_price(
    model: str, kind: str, day: date, *, service_tier: str | None = None, inference_geo: str | None = None
) -> Decimal | None:
    """Return dollars for one token (or one web search) on a day; None if we have no list price."""
    if kind == WEB_SEARCH:
        return SEARCH
    since = [rates for start, rates in _PRICES.get(model, ()) if start <= day]
    if not since or kind not in TOKEN_KINDS:
        return None
    price = Decimal(since[-1].split()[TOKEN_KINDS.index(kind)]) / MILLION
    price *= BATCH if service_tier == "batch" else 1
    return price * (US_INFERENCE if inference_geo == "us" else 1)


def relative_prices(model: str, day: date) -> tuple[float, float, float, float, float] | None:
    """Return what a model's kinds of tokens cost relative to each other; None for what is no model.

    A model without a list price has the relations of most.
    """
    if not model.startswith(_MODEL):
        return None
    since = [rates for start, rates in _PRICES.get(model, ()) if start <= day]
    uncached, write_5m, write_1h, read, output = map(float, (since or [_USUAL])[-1].split())
    return uncached, write_5m, write_1h, read, output
