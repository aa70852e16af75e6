"""Sharing an answer into a channel: said before who will read it, and looked at again when it is pressed.

    in a channel │ Slack's own question under the button │ pressed │ looked at again │ shared or refused
    elsewhere    │ pressed │ a channel chosen │ the same question │ yes │ looked at again │ shared or refused

What the question said of the channel comes back with the button: where it is read by others by now, nothing
is shared.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.listeners.context import Context
from bot.questions import permissions
from bot.questions.grammar import Command
from bot.slack import modals
from bot.slack.channel_members import is_wider
from bot.slack.channel_readers import UNKNOWN, ShareTarget
from bot.slack.requests import Body
from digests.layout import blocks
from digests.layout.message import Message
from digests.words import wording
from storage.engine.database import session
from storage.state import access
from storage.state.access import Access

SHARED = "shared"
_TOLD = " ~"  # in a button's value, before what its question said of the channel
_LONGEST_NAME = 40
READERS = {
    "public": "Everybody in this workspace can read it there, guests of the channel too.",
    "private": "Everybody in it will read it, its guests too.",
    SHARED: "People of another company are in it, or invited, and will read it, too.",
    UNKNOWN: "I am not in it, so I cannot tell what it is called or who reads it; outsiders may.",
}
GUESTS = "Guests are in it, or may be."
NAMELESS = "Engineers and keys are left out: the same by model is shared."
WIDER = (
    ":no_entry: Nothing was shared: others read <#{channel}> than a moment ago. *{now}*\n"
    "Ask again to see who, and share it then."
)
ARCHIVED = ":no_entry: Nothing was shared: <#{channel}> is archived."


def channel_of(body: Body) -> str:
    """The channel that a request comes from, "" where it is a direct message, a modal or the Home tab."""
    found = str(body.get("channel_id") or (body.get("channel") or {}).get("id") or "")
    return found if found[:1] in ("C", "G") else ""


def place_of(context: Context, channel: str, command: Command, *, anew: bool = True) -> ShareTarget:
    """Look at a channel for an answer: where that names engineers, for guests too."""
    return context.share_targets.look(channel, for_guests=_is_at_stake(context, channel, command), anew=anew)


def _is_at_stake(context: Context, channel: str, command: Command) -> bool:
    """Whether an answer names engineers, and no admin allowed that in this very channel."""
    with session():
        settings = access.of_team(context.team_id)
    return permissions.shown_by(command) == "engineers" and not _is_allowed(settings, channel)


def offered(context: Context, body: Body, said: Message, command: Command) -> Message:
    """Put Slack's question under the button that shares, where the channel is known."""
    channel = channel_of(body)
    if not channel or not _has_share(said):
        return said
    place = place_of(context, channel, command, anew=False)
    asking = {"confirm": question(place, is_nameless=left_out(context, command, place))}
    shown = [_asking(block, asking, place) if block["type"] == "actions" else block for block in said.blocks]
    return Message(said.text, shown)


def _has_share(said: Message) -> bool:
    return any(each["action_id"] == "share" for block in said.blocks for each in _buttons(block))


def _buttons(block: blocks.Block) -> list[blocks.Block]:
    return block["elements"] if block["type"] == "actions" else []


def _asking(block: blocks.Block, asking: Mapping[str, Any], place: ShareTarget) -> blocks.Block:
    elements = [
        {**each, **asking, "value": f"{each['value']}{_TOLD}{place.told}"}
        if each["action_id"] == "share"
        else each
        for each in block["elements"]
    ]
    return {**block, "elements": elements}


def question(place: ShareTarget, *, is_nameless: bool) -> blocks.Block:
    """Ask whether to share, as https://docs.slack.dev/reference/block-kit/composition-objects has it."""
    where = f"#{wording.short(place.name, _LONGEST_NAME)}" if place.name else "this channel"
    return {
        "title": modals.plain(f"Share in {where}?"),
        "text": modals.plain(" ".join(readers(place, is_nameless=is_nameless))),
        "confirm": modals.plain("Share"),
        "deny": modals.plain("Cancel"),
    }


def readers(place: ShareTarget, *, is_nameless: bool) -> list[str]:
    """Say who will read it there, and what is left out for that."""
    return [READERS[place.audience], *([NAMELESS] if is_nameless else [])]


def left_out(context: Context, command: Command, place: ShareTarget) -> bool:
    """Whether names are left out of an answer there: outsiders may read it, and no admin allowed them."""
    has_outsiders = place.audience in (SHARED, UNKNOWN) or place.has_guests
    return has_outsiders and _is_at_stake(context, place.id, command)


def _is_allowed(settings: Access, channel: str) -> bool:
    """Whether an admin named this very channel as one where engineers are named."""
    return settings.naming is not None and channel in settings.naming


def nameless(command: Command) -> Command:
    """The same days by model."""
    return replace(command, name="cost", dimension="model")


def told_in(value: str) -> tuple[str, str]:
    """Read a button's value: the question, and what it said of who reads the channel, "" if nothing."""
    asked, between, told = value.rpartition(_TOLD)
    return (asked, told) if between else (value, "")


def objection(place: ShareTarget, told: str) -> str:
    """Say why nothing is shared into a channel as it is now, "" where nothing speaks against it."""
    if place.is_archived:
        return ARCHIVED.format(channel=place.id)
    if told in (place.told, UNKNOWN):
        return ""
    before = place.as_told(told)
    if place.audience != before.audience and (
        place.audience == UNKNOWN or is_wider(place.audience, before.audience)
    ):
        return WIDER.format(channel=place.id, now=READERS[place.audience])
    has_more_guests = bool(told) and place.has_guests and not before.has_guests
    return WIDER.format(channel=place.id, now=GUESTS) if has_more_guests else ""
