"""Sharing an answer into a channel: a dialog names its readers, and the press checks that they are the same.

    in a channel   with_question: Slack's dialog under the button │ press │ objection │ share_form.share
    elsewhere      press │ share_form: a form for the channel, one with the question │ objection │ share

The button's value keeps the readers that the question named: if others can read the channel by now, nothing
is shared.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.listeners.context import Context
from bot.questions import permissions
from bot.questions.command import Command
from bot.slack.channel_members import is_wider
from bot.slack.channel_readers import UNKNOWN, ShareTarget
from bot.slack.requests import Body
from digests.forms.share import ARCHIVED, GUESTS, READERS, WIDER, question
from digests.layout import blocks
from digests.layout.message import Message
from storage.engine.database import session
from storage.state import access
from storage.state.access import Access

SHARED = "shared"
_SEPARATOR = " ~"  # in a button's value, between the question and the readers of the channel


def channel_of(body: Body) -> str:
    """Return the channel of a request, "" for a direct message, a modal or the Home tab."""
    channel = str(body.get("channel_id") or (body.get("channel") or {}).get("id") or "")
    return channel if channel[:1] in ("C", "G") else ""


def target_of(context: Context, channel: str, command: Command, *, anew: bool = True) -> ShareTarget:
    """Look up a channel's readers; for an answer with engineers' names, its guests too."""
    return context.share_targets.look(
        channel, for_guests=_are_names_at_stake(context, channel, command), anew=anew
    )


def _are_names_at_stake(context: Context, channel: str, command: Command) -> bool:
    """Whether an answer names engineers in a channel where no admin allowed that."""
    if permissions.shown_by(command) != "engineers":
        return False
    with session():
        return not _is_allowed(access.of_team(context.team_id), channel)


def with_question(context: Context, body: Body, answer: Message, command: Command) -> Message:
    """Add Slack's dialog to the button that shares, where the channel is known."""
    channel = channel_of(body)
    if not channel or not _has_share(answer):
        return answer
    target = target_of(context, channel, command, anew=False)
    confirm = {
        "confirm": question(target.name, target.audience, is_nameless=left_out(context, command, target))
    }
    shown = [
        _with_dialog(block, confirm, target) if block["type"] == "actions" else block
        for block in answer.blocks
    ]
    return Message(answer.text, shown)


def _has_share(answer: Message) -> bool:
    return any(each["action_id"] == "share" for block in answer.blocks for each in _buttons(block))


def _buttons(block: blocks.Block) -> list[blocks.Block]:
    return block["elements"] if block["type"] == "actions" else []


def _with_dialog(block: blocks.Block, confirm: Mapping[str, Any], target: ShareTarget) -> blocks.Block:
    elements = [
        {**each, **confirm, "value": f"{each['value']}{_SEPARATOR}{target.readers}"}
        if each["action_id"] == "share"
        else each
        for each in block["elements"]
    ]
    return {**block, "elements": elements}


def left_out(context: Context, command: Command, target: ShareTarget) -> bool:
    """Whether names are left out: outsiders can read the channel, and no admin allowed names there."""
    has_outsiders = target.audience in (SHARED, UNKNOWN) or target.has_guests
    return has_outsiders and _are_names_at_stake(context, target.id, command)


def _is_allowed(settings: Access, channel: str) -> bool:
    """Whether an admin chose this channel as one where engineers are named."""
    return settings.naming is not None and channel in settings.naming


def nameless(command: Command) -> Command:
    """Return the question about the same days by model."""
    if command.name == "claude":
        return replace(command, lines="model", person="")
    return replace(command, name="cost", dimension="model", second=None)


def read_value(value: str) -> tuple[str, str]:
    """Read a button's value: its question, and the readers that its dialog named, "" if none."""
    question, separator, readers = value.rpartition(_SEPARATOR)
    return (question, readers) if separator else (value, "")


def objection(target: ShareTarget, agreed: str) -> str:
    """Return why nothing is shared into a channel with other readers than `agreed`, "" if it can be."""
    if target.is_archived:
        return ARCHIVED.format(channel=target.id)
    if agreed in (target.readers, UNKNOWN):
        return ""
    before = target.with_readers(agreed)
    if target.audience != before.audience and (
        target.audience == UNKNOWN or is_wider(target.audience, before.audience)
    ):
        return WIDER.format(channel=target.id, now=READERS[target.audience])
    has_more_guests = bool(agreed) and target.has_guests and not before.has_guests
    return WIDER.format(channel=target.id, now=GUESTS) if has_more_guests else ""
