"""The modal of a digest, and whether the bot may post where it says."""

from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import modals
from bot.zones import zone_select
from digests import blocks

INVITE = ":red_circle: I am not in <#{channel}>. Type `/invite @stackspend` there, then save again."
ARCHIVED = ":red_circle: <#{channel}> is archived. Please choose another channel."
WHERE = "I join public channels by myself; invite me to private ones."
WHAT = "Every day it tells the UTC day before: what it cost, what changed, by model and engineer."
TITLE, CALLBACK = "Daily digest", "digest"
_NO_SCOPE = {"missing_scope", "not_allowed_token_type"}


@dataclass(frozen=True)
class Place:
    """A channel as far as the bot may know it; `problem` says why it cannot post there."""

    name: str = ""
    is_shared: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Chosen:
    """What the form holds. Without a channel it offers the one the person is in."""

    zone: str
    channel: str = ""
    time: str = "09:00"
    edited: int | None = None


def form(chosen: Chosen, *, zone: str, problem: str = "") -> blocks.Block:
    """Return the modal. `zone` is the person's own, which is offered in any case."""
    channel = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        **(
            {"initial_conversation": chosen.channel}
            if chosen.channel
            else {"default_to_current_conversation": True}
        ),
    }
    content = [
        *([blocks.section(problem)] if problem else []),
        modals.field("channel", "Channel", channel, hint=WHERE),
        modals.field("time", "Time", {"type": "timepicker", "initial_time": chosen.time}),
        modals.field("zone", "Time zone", zone_select(chosen.zone, zone)),
        blocks.context(WHAT),
    ]
    metadata = str(chosen.edited or "")
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Save", metadata=metadata)


def chosen_in(view: dict[str, Any]) -> Chosen:
    """Read a form that was filled in."""
    metadata = view.get("private_metadata") or ""
    return Chosen(
        channel=modals.entered(view, "channel")["selected_conversation"],
        time=modals.entered(view, "time")["selected_time"],
        zone=modals.entered(view, "zone")["selected_option"]["value"],
        edited=int(metadata) if metadata else None,
    )


def place_of(client: WebClient, channel: str) -> Place:
    """Find out whether the bot can post in a channel, and walk in where it may."""
    try:
        found = client.conversations_info(channel=channel)["channel"]
    except SlackApiError as error:
        # without the permission to look, only the first post will show
        known = error.response.get("error") in _NO_SCOPE
        return Place() if known else Place(problem=INVITE.format(channel=channel))
    name, is_shared = str(found.get("name") or ""), bool(found.get("is_ext_shared"))
    if found.get("is_archived"):
        return Place(name, problem=ARCHIVED.format(channel=channel))
    if found.get("is_member") or (not found.get("is_private") and _joined(client, channel)):
        return Place(name, is_shared)
    return Place(name, problem=INVITE.format(channel=channel))


def _joined(client: WebClient, channel: str) -> bool:
    try:
        client.conversations_join(channel=channel)
    except SlackApiError:
        return False
    return True
