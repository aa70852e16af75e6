"""The readers of a channel, by `conversations.info`.

private ── its members │ public ── everybody in the workspace │ shared ── people of another company, too
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

_NARROWEST_FIRST = ("private", "public", "shared")


class ChannelFacts(NamedTuple):
    """A channel as it is now; `audience` is `private`, `public` or `shared`.

    `members` is None unless Slack was asked to count them.
    """

    name: str
    audience: str
    is_archived: bool
    is_member: bool
    members: int | None = None


def facts_in(info: Mapping[str, Any]) -> ChannelFacts:
    """Read a channel: https://docs.slack.dev/reference/objects/conversation-object."""
    return ChannelFacts(
        str(info.get("name") or ""),
        _audience(info),
        bool(info.get("is_archived")),
        bool(info.get("is_member")),
        info.get("num_members"),
    )


def _audience(info: Mapping[str, Any]) -> str:
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        return "shared"  # the other company can accept a pending invitation at any moment
    return "private" if info.get("is_private") else "public"


def is_wider(present: str, agreed: str) -> bool:
    """Whether more people can read a channel than somebody agreed to.

    `agreed` is "" where the channel was not checked yet: it can have been private or public when the digest
    was set up, so only a shared channel is wider.
    """
    if not agreed:
        return present == "shared"
    return _NARROWEST_FIRST.index(present) > _NARROWEST_FIRST.index(agreed)
