"""TokenUsage: the tokens of one UTC hour, by caller and by everything that a price depends on."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

TOKEN_KINDS = ("uncached_input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
"""The kinds with prices of their own, in the order in which people read them."""

WEB_SEARCH = "web_search"
QUANTITIES = (*TOKEN_KINDS, WEB_SEARCH)
"""The counts of usage: tokens by kind, then web searches."""


Quantities = tuple[int, int, int, int, int, int]
"""Counts in the order of QUANTITIES."""


def as_quantities(counts: Iterable[int]) -> Quantities:
    """Return six counts as Quantities."""
    first, second, third, fourth, fifth, sixth = counts
    return first, second, third, fourth, fifth, sixth


def is_tokens(kind: str) -> bool:
    """Whether a kind counts tokens; kinds of later API versions have `tokens` in their name."""
    return kind in TOKEN_KINDS or "tokens" in kind


class TokenUsage(msgspec.Struct, frozen=True, gc=False):
    """`quantities` follow QUANTITIES.

    `caller_id` is the API key, else the signed-in user, else the service account; None is a
    call without any, such as the Console's Workbench. `workspace_id` None is the default workspace.
    """

    hour: datetime
    workspace_id: str | None
    caller_id: str | None
    model: str
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    quantities: Quantities
