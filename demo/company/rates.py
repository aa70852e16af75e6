"""The prices of the simulated organization: list prices by day, changed by tier, region, window and speed.

Prices are dollars per million tokens as of November 2026,
https://platform.claude.com/docs/en/about-claude/pricing; a rate is billionths of a dollar per token.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

TOKEN_TYPES = (
    "uncached_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)
"""The order in which tokens and rates stand everywhere in this simulation."""

WEB_SEARCH_NANOS = 10_000_000
CONTAINER_HOUR_NANOS = 50_000_000
SESSION_HOUR_NANOS = 80_000_000

_PRICES = {
    "claude-fable-5-2": "8 10 16 0.20 40",
    "claude-opus-5-5": "4 5 8 0.20 20",
    "claude-opus-5": "5 6.25 10 0.50 25",
    "claude-opus-4-8": "5 6.25 10 0.50 25",
    "claude-opus-4-6": "5 6.25 10 0.50 25",
    "claude-opus-4-5-20251101": "5 6.25 10 0.50 25",
    "claude-opus-4-1-20250805": "15 18.75 30 1.50 75",
    "claude-sonnet-5-5": "2 2.50 4 0.10 10",
    "claude-sonnet-5": "2 2.50 4 0.20 10",
    "claude-sonnet-4-6": "3 3.75 6 0.30 15",
    "claude-sonnet-4-5-20250929": "3 3.75 6 0.30 15",
    "claude-haiku-5-5": "0.10 0.125 0.20 0.01 0.50",
    "claude-haiku-4-5-20251001": "1 1.25 2 0.10 5",
}
_EARLIER_PRICES = {"claude-sonnet-5-5": (date(2026, 10, 7), "2 2.50 4 0.20 10")}
_LONG_PROMPTS_COST_MORE_UNTIL = {
    "claude-opus-4-6": date(2026, 3, 13),
    "claude-sonnet-4-6": date(2026, 3, 13),
    "claude-sonnet-4-5-20250929": date(2026, 4, 30),
}
_WITHOUT_REGIONS = frozenset(
    (
        "claude-opus-4-1-20250805",
        "claude-opus-4-5-20251101",
        "claude-sonnet-4-5-20250929",
        "claude-haiku-4-5-20251001",
    )
)
_DATE = re.compile(r"-20\d{6}$")
_LARGEST_SHORT = frozenset((*_WITHOUT_REGIONS, "claude-haiku-5-5")) - {"claude-sonnet-4-5-20250929"}


class Terms(NamedTuple):
    """Everything about a request that changes its price."""

    model: str
    service_tier: str = "standard"
    context_window: str = "0-200k"
    inference_geo: str = "global"
    speed: str = "standard"
    over_100k: bool = False


def takes_long_prompts(model: str, day: date) -> bool:
    """Say whether prompts of more than 200,000 tokens were possible."""
    if model == "claude-sonnet-4-5-20250929":
        return day < _LONG_PROMPTS_COST_MORE_UNTIL[model]
    return model not in _LARGEST_SHORT


def chooses_region(model: str) -> bool:
    """Say whether the model can be bound to a region; older ones report `not_available`."""
    return model not in _WITHOUT_REGIONS


def alias(model: str) -> str:
    """Name a model without its release date, as the newer reports do."""
    return _DATE.sub("", model)


def label(terms: Terms) -> str:
    """Write a model the way the bill does: `Claude Sonnet 5.5`."""
    family, *version = terms.model.removeprefix("claude-").split("-")
    number = ".".join(part for part in version if len(part) < 8)
    fast = " Fast Mode" if terms.speed == "fast" else ""
    large = " (prompts over 100k)" if terms.over_100k else ""
    return f"Claude {family.title()} {number}{fast}{large}"


@lru_cache(maxsize=65_536)
def rates(terms: Terms, day: date) -> tuple[Fraction, ...]:
    """Return the list rates on a day, in billionths of a dollar per token, one a token type."""
    factor = Fraction(1)
    factor *= Fraction(1, 2) if terms.service_tier == "batch" else 1
    factor *= Fraction(11, 10) if terms.inference_geo == "us" else 1
    factor *= 2 if terms.speed == "fast" else 1
    factor *= 5 if terms.over_100k else 1
    long = _is_premium_window(terms, day)
    return tuple(
        Fraction(price) * 1000 * factor * _window_factor(kind, long=long)
        for kind, price in zip(TOKEN_TYPES, _prices_on(terms.model, day), strict=True)
    )


def _prices_on(model: str, day: date) -> list[str]:
    until, earlier = _EARLIER_PRICES.get(model, (date.min, ""))
    return (earlier if day < until else _PRICES[model]).split()


def _is_premium_window(terms: Terms, day: date) -> bool:
    long = terms.context_window == "200k-1M"
    return long and day < _LONG_PROMPTS_COST_MORE_UNTIL.get(terms.model, date.min)


def _window_factor(kind: str, *, long: bool) -> Fraction:
    if not long:
        return Fraction(1)
    return Fraction(3, 2) if kind == "output_tokens" else Fraction(2)
