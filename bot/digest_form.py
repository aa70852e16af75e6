"""The modal of a digest, and whether the bot may post where it says."""

from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import modals
from bot.zones import zone_select
from digests import blocks

INVITE = ":red_circle: I am not in <#{channel}>. Type `/invite @stackspend` there, then save again."
ARCHIVED = ":red_circle: <#{channel}> is archived. Please choose another channel."
TITLE, CALLBACK = "Daily digest", "digest"
_NO_SCOPE = {"missing_scope", "not_allowed_token_type"}


@dataclass(frozen=True)
class Place:
    """A channel as far as the bot may know it; `problem` says why it cannot post there."""

    name: str = ""
    is_shared: bool = False
    problem: str = ""


def form(
    *zones: str, channel: str = "", time: str = "09:00", metadata: str = "", problem: str = ""
) -> blocks.Block:
    """Return the modal; the first zone is selected. Without a channel it is the one the person is in."""
    where = {"initial_conversation": channel} if channel else {"default_to_current_conversation": True}
    conversations = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        **where,
    }
    content = [
        *([blocks.section(problem)] if problem else []),
        modals.field(
            "channel", "Channel", conversations, hint="I join public channels; invite me to private ones."
        ),
        modals.field("time", "Time", {"type": "timepicker", "initial_time": time}),
        modals.field("zone", "Time zone", zone_select(*zones)),
        blocks.context(
            "Every day it tells the UTC day before: what it cost, what changed, by model and engineer."
        ),
    ]
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Save", metadata=metadata)


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
