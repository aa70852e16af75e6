"""The modal of a digest, and whether the bot may post where it says."""

from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import modals
from bot.desk import Body, Desk
from bot.permissions import may_be_named_in, may_receive
from bot.viewer import Viewer
from bot.zones import zone_select
from digests import access as words
from digests import blocks
from storage import access
from storage.access import Access
from storage.database import session

INVITE = ":red_circle: I am not in <#{channel}>. Type `/invite @stackspend` there, then save again."
ARCHIVED = ":red_circle: <#{channel}> is archived. Please choose another channel."
BARRED = ":red_circle: Nothing is saved: an admin decided which channels are told."
WHERE = "I join public channels by myself; invite me to private ones."
WHAT = "Every day it tells the UTC day before: what it cost, what changed, by model and engineer."
TITLE, CALLBACK, CHANNEL = "Daily digest", "digest", "channel"
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


def fitting(desk: Desk, chosen: Chosen, viewer: Viewer, *, here: str = "", problem: str = "") -> blocks.Block:
    """Return the modal for somebody, with who will read what is set up; `here` is the channel it offers."""
    settings, channel = _settings(desk), chosen.channel or here
    readers = words.audience_of(
        channel,
        allowed=not channel or may_receive(settings, channel),
        names=may_be_named_in(settings, channel) if channel else settings.naming is None,
        outsiders=_are_outsiders_in(desk.client, channel) if channel else None,
    )
    return form(chosen, zone=viewer.zone, readers=readers, problem=problem)


def change(desk: Desk, body: Body) -> None:
    """Say who reads in another channel; what was entered stays."""
    viewer = desk.admit(body, "digest")
    modals.refresh(desk.client, body["view"], fitting(desk, chosen_in(body["view"]), viewer))


def _settings(desk: Desk) -> Access:
    with session():
        return access.of_team(desk.team_id)


def form(chosen: Chosen, *, zone: str, readers: blocks.Block, problem: str = "") -> blocks.Block:
    """Return the modal. `zone` is the person's own, always offered; `readers` says who will read it."""
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
        {**modals.field(CHANNEL, "Channel", channel, hint=WHERE), "dispatch_action": True},
        modals.field("time", "Time", {"type": "timepicker", "initial_time": chosen.time}),
        modals.field("zone", "Time zone", zone_select(chosen.zone, zone)),
        blocks.context(WHAT),
        readers,
    ]
    metadata = str(chosen.edited or "")
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Save", metadata=metadata)


def chosen_in(view: dict[str, Any]) -> Chosen:
    """Read a form that was filled in."""
    metadata = view.get("private_metadata") or ""
    return Chosen(
        channel=modals.entered(view, CHANNEL)["selected_conversation"] or "",
        time=modals.entered(view, "time")["selected_time"],
        zone=modals.entered(view, "zone")["selected_option"]["value"],
        edited=int(metadata) if metadata else None,
    )


def place_of(desk: Desk, channel: str) -> Place:
    """Find out whether the bot may and can post in a channel, and walk in where it may."""
    client = desk.client
    if not may_receive(_settings(desk), channel):
        return Place(problem=BARRED)
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


def _are_outsiders_in(client: WebClient, channel: str) -> bool | None:
    """Whether people of another company are in a channel, None where Slack does not say."""
    try:
        return bool(client.conversations_info(channel=channel)["channel"].get("is_ext_shared"))
    except (SlackClientError, OSError):
        return None


def _joined(client: WebClient, channel: str) -> bool:
    try:
        client.conversations_join(channel=channel)
    except SlackApiError:
        return False
    return True
