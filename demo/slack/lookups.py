"""The arguments of the Web API's methods, and the people and channels that they name."""

from collections.abc import Iterable, Mapping
from typing import Any

from demo.slack.people import Channel, Person
from demo.slack.workspace import SlackRefusal, Workspace

Arguments = Mapping[str, Any]
Answer = dict[str, Any]


def required(arguments: Arguments, name: str) -> str:
    """Read an argument, or refuse the call."""
    value = arguments.get(name)
    if not value:
        raise SlackRefusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] missing: {name}"]})
    return str(value)


def person_named(workspace: Workspace, user: str) -> Person:
    """Return a person by id."""
    if user not in workspace.people:
        raise SlackRefusal("user_not_found")
    return workspace.people[user]


def reachable(workspace: Workspace, user: str) -> Person:
    """Return a person to whom one can still write."""
    person = person_named(workspace, user)
    if person.is_deactivated:
        raise SlackRefusal("user_disabled")
    return person


def visible(workspace: Workspace, arguments: Arguments) -> Channel:
    """Return the channel of a call. Raises SlackRefusal if the bot cannot see it."""
    channel = workspace.channels.get(required(arguments, "channel"))
    if channel is None or not is_visible(workspace, channel):
        raise SlackRefusal("channel_not_found")
    return channel


def is_visible(workspace: Workspace, channel: Channel) -> bool:
    """Say whether the bot may know of a channel."""
    return channel.kind == "public" or workspace.bot_user in channel.members


def page(name: str, everything: Iterable[Any], arguments: Arguments) -> Answer:
    """Cut out one page; the cursor is opaque to callers and a plain offset to us."""
    items, limit = list(everything), int(arguments.get("limit") or 100)
    start = int(arguments.get("cursor") or 0)
    more = str(start + limit) if start + limit < len(items) else ""
    return {name: items[start : start + limit], "response_metadata": {"next_cursor": more}}
