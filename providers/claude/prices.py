"""What a use cost at list price, exact for each request: fast mode, batches, US inference, long prompts.

Sources: https://platform.claude.com/docs/en/about-claude/pricing, and Claude Code 2.1.330 with known tokens.
Not in telemetry, so not priced: web searches, code execution, Managed Agents' session hours. Priority Tier
has no list price. Long prompts of Sonnet 4.5 and earlier cost more until April 2026; we take in nothing older
than 30 days.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from providers.anthropic.cost.prices import list_price
from providers.claude.records import NANOSECONDS
from providers.claude.use import FIRST_PARTY, Tokens, Use
from providers.money import billionths
from providers.usage import TOKEN_KINDS

# model -> × the price in fast mode, and from which day there is none (then it costs as without)
_FAST: Mapping[str, tuple[int, date]] = {
    "claude-fable-5-2": (2, date.max),
    "claude-mythos-5-2": (2, date.max),
    "claude-opus-5-5": (2, date.max),
    "claude-opus-5": (2, date.max),
    "claude-opus-4-8": (2, date(2026, 12, 1)),  # ends on 30 November
    "claude-opus-4-7": (6, date(2026, 7, 24)),
    "claude-opus-4-6": (6, date(2026, 6, 29)),
}
# model -> the largest prompt at the price, and × the price of the whole request above it
_LONG: Mapping[str, tuple[int, int]] = {"claude-haiku-5-5": (100_000, 5)}
_UNPRICED_TIERS = frozenset(("priority", "priority_on_demand"))
_NO_REGION = ("claude-3", "claude-opus-4-1", "claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")
"""Models, by how their names begin, from before one could choose where inference runs: 4.6."""

PricedBy = Literal["list", "client"]


class Price(NamedTuple):
    """Billionths of a dollar and whose figure they are; both None if nobody has a price."""

    cost: int | None
    by: PricedBy | None


def price_of(use: Use) -> Price:
    """Return what a use cost: a request by our list, a session's metrics by the client's own figure.

    Metrics tell neither the two kinds of cache writes apart nor one request from the next, so the client,
    which saw both, knows better. Each falls back on the other.
    """
    by_list = Price(list_cost(use), "list")
    is_figure = use.client_cost or not any(use.tokens)  # old clients said 0 where they knew no price
    by_client = Price(use.client_cost if is_figure else None, "client")
    order = (by_list, by_client) if use.is_request else (by_client, by_list)
    return next((price for price in order if price.cost is not None), Price(None, None))


def list_cost(use: Use) -> int | None:
    """Return a use's tokens at list price in billionths of a dollar, None where no list price applies."""
    origin, day = use.origin, _day(use.counted_at)
    if origin.provider != FIRST_PARTY or origin.tier in _UNPRICED_TIERS:
        return None
    rates = _rates(origin.model, day, origin.tier, _geo(origin.model, origin.geo))
    if rates is None:
        return None
    factor = _fast(origin.model, day) if origin.speed == "fast" and origin.tier != "batch" else 1
    factor *= _long(origin.model, use.tokens) if use.is_request else 1
    dollars = sum((rate * count for rate, count in zip(rates, use.tokens, strict=True)), Decimal(0))
    return billionths(dollars * factor)


@lru_cache(maxsize=1024)  # models × days: a month of thirty models
def _rates(model: str, day: date, tier: str, geo: str) -> tuple[Decimal, ...] | None:
    """Return dollars for one token of each kind."""
    rates = [
        list_price(model, kind, day, service_tier=tier or None, inference_geo=geo or None)
        for kind in TOKEN_KINDS
    ]
    prices = tuple(rate for rate in rates if rate is not None)
    return prices if len(prices) == len(rates) else None


def _geo(model: str, geo: str) -> str:
    return "" if model.startswith(_NO_REGION) or model in ("claude-opus-4", "claude-sonnet-4") else geo


def _fast(model: str, day: date) -> int:
    factor, until = _FAST.get(model, (1, date.max))
    return factor if day < until else 1


def _long(model: str, tokens: Tokens) -> int:
    largest, factor = _LONG.get(model, (0, 1))
    prompt = sum(tokens[:4])  # all kinds but the output
    return factor if prompt > largest else 1


@lru_cache(maxsize=64)
def _day_of(number: int) -> date:
    return datetime.fromtimestamp(number * 86_400, UTC).date()


def _day(nanoseconds: int) -> date:
    return _day_of(nanoseconds // (86_400 * NANOSECONDS))
