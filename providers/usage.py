"""TokenUsage: the tokens of one UTC hour, by who called and by everything that a price depends on."""

from datetime import datetime

import msgspec

TOKEN_KINDS = ("uncached_input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
"""The kinds a provider prices apart, in the order people read them."""

WEB_SEARCH = "web_search"
QUANTITIES = (*TOKEN_KINDS, WEB_SEARCH)
"""What usage counts: tokens by kind, then web searches."""


def is_tokens(kind: str) -> bool:
    """Whether a kind counts tokens; those of a later version have the word in their name."""
    return kind in TOKEN_KINDS or "tokens" in kind


class TokenUsage(msgspec.Struct, frozen=True, gc=False):
    """`quantities` follow QUANTITIES.

    `caller_id` is the API key, else the signed-in user, else the service account that called; None is a
    call without any, such as the Console's Workbench. `workspace_id` None is the default workspace.
    """

    hour: datetime
    workspace_id: str | None
    caller_id: str | None
    model: str
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    quantities: tuple[int, int, int, int, int, int]
