"""Who reads a channel, from what `conversations.info` says of it.

private ── its members │ public ── everybody in the workspace │ shared ── people of another company, too
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

_NARROWEST_FIRST = ("private", "public", "shared")


class ChannelFacts(NamedTuple):
    """A channel as it is now; `audience` is one of the words above."""

    name: str
    audience: str
    is_archived: bool
    is_member: bool


def facts_in(info: Mapping[str, Any]) -> ChannelFacts:
    """Read https://docs.slack.dev/reference/objects/conversation-object."""
    return ChannelFacts(
        str(info.get("name") or ""),
        _audience(info),
        bool(info.get("is_archived")),
        bool(info.get("is_member")),
    )


def _audience(info: Mapping[str, Any]) -> str:
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        return "shared"  # one that waits for the other company's yes may be theirs at any moment
    return "private" if info.get("is_private") else "public"


def is_wider(present: str, agreed: str) -> bool:
    """Whether others read it than somebody agreed to; "" is agreed where nobody looked yet.

    Then it may be what a digest was set up for, private or public: only another company is news.
    """
    if not agreed:
        return present == "shared"
    return _NARROWEST_FIRST.index(present) > _NARROWEST_FIRST.index(agreed)
