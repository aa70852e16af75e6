"""Sharing from where no channel is: one is chosen, then it is said who reads it, then it is shared."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec
from slack_bolt import Ack, App

from bot.listeners import access
from bot.listeners import share as listeners_share
from bot.listeners.context import Context
from bot.listeners.reply import Notify, Reply
from bot.questions.answer import NOTHING_TO_SHARE, NothingToShare, explain_error, shared, text_message
from bot.questions.grammar import Command, described, understand
from bot.slack import modals
from bot.slack.channel_readers import ShareTarget
from bot.slack.requests import Body
from bot.slack.users import Viewer
from bot.slack.web_client import is_slacks
from digests.layout import blocks, buttons
from digests.layout.message import Message

TITLE, CHOOSE, CONFIRM, CHANNEL = "Share", "share:choose", "share:confirm", "channel"
LOOKING, SHARING = ":hourglass_flowing_sand: Looking at the channel…", ":hourglass_flowing_sand: Sharing…"
CHOOSING = "Everybody who reads the channel will see it. You are told who that is before it is shared."
ASK = "*Share in <#{channel}>?*\n{readers}"
DONE = ":white_check_mark: Shared in <#{channel}>."
_NAMED = ("engineers", "me", "summary")


class Chosen(msgspec.Struct):
    """What a form brings back: the button's question, the channel, what was said of it, Slack's way there."""

    value: str
    channel: str
    told: str
    url: str


def register(app: App, context: Context) -> None:
    """Listen to the two forms."""

    @app.view(CHOOSE)
    def chosen(ack: Ack, body: dict[str, Any]) -> None:
        ack(response_action="update", view=modals.notice(TITLE, text_message(LOOKING)))
        context.run_after_ack(_putting(context, body), lambda: _ask(context, body))

    @app.view(CONFIRM)
    def confirmed(ack: Ack, body: dict[str, Any]) -> None:
        ack(response_action="update", view=modals.notice(TITLE, text_message(SHARING)))
        context.run_after_ack(_putting(context, body), lambda: _confirmed(context, body))


def _putting(context: Context, body: Body) -> Notify:
    return partial(_put, context, body["view"]["id"])


def _put(context: Context, view_id: str, message: Message) -> None:
    context.client.views_update(view_id=view_id, view=modals.notice(TITLE, message))


def choose(context: Context, body: Body) -> None:
    """Have somebody choose the channel."""
    value, _told = listeners_share.told_in(body["actions"][0].get("value") or "")
    context.client.views_open(trigger_id=body["trigger_id"], view=choosing(value))


def choosing(value: str) -> blocks.Block:
    """Return the form that asks for the channel of a question."""
    picker = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        "response_url_enabled": True,  # the way into a channel that the bot is not in
    }
    content = [modals.field(CHANNEL, "Channel", picker), blocks.context(CHOOSING)]
    return modals.modal(TITLE, content, callback_id=CHOOSE, submit="Next", metadata=value)


def asking(kept: Chosen, readers: Iterable[str]) -> blocks.Block:
    """Return the form that asks whether to share, now that it is known who reads it."""
    asked = blocks.section(ASK.format(channel=kept.channel, readers=" ".join(readers)))
    metadata = msgspec.json.encode(kept).decode()
    return modals.modal(TITLE, [asked], callback_id=CONFIRM, submit="Share", metadata=metadata)


def _ask(context: Context, body: Body) -> None:
    viewer, view = context.admit(body), body["view"]
    channel = str(modals.entered(view, CHANNEL).get("selected_conversation") or "")
    url = next((str(each.get("response_url") or "") for each in body.get("response_urls") or ()), "")
    command, _start = command_in(context, viewer, view["private_metadata"])
    context.pause()
    if not isinstance(command, Command):
        _put(context, view["id"], explain_error(command))
        return
    access.require_shareable(context, viewer, command, channel)
    place = listeners_share.place_of(context, channel, command)
    if place.is_archived:
        _put(context, view["id"], text_message(listeners_share.ARCHIVED.format(channel=channel)))
        return
    kept = Chosen(view["private_metadata"], channel, place.told, url)
    readers = listeners_share.readers(place, is_nameless=listeners_share.left_out(context, command, place))
    context.client.views_update(view_id=view["id"], view=asking(kept, readers))


def _confirmed(context: Context, body: Body) -> None:
    viewer, view = context.admit(body), body["view"]
    kept = msgspec.json.decode(view["private_metadata"], type=Chosen)
    context.pause()
    url = kept.url if is_slacks(kept.url, api_url=context.client.base_url) else ""
    way = Reply(context.client, url, kept.channel)
    said = share(context, viewer, kept.value, kept.channel, kept.told, way)
    _put(context, view["id"], said or text_message(DONE.format(channel=kept.channel)))


def share(
    context: Context, viewer: Viewer, value: str, channel: str, told: str, way: Reply
) -> Message | None:
    """Share an answer into a channel that is as it was when that was asked; returns what speaks against it.

    Raises Refused where somebody may not tell this channel that, or not any more.
    """
    command, start = command_in(context, viewer, value)
    if not isinstance(command, Command):
        return explain_error(command)
    access.require_shareable(context, viewer, command, channel)
    place = listeners_share.place_of(context, channel, command)
    if wrong := listeners_share.objection(place, told):
        return text_message(wrong)
    if _is_nameless(context, command, place, told):
        command, start = listeners_share.nameless(command), 0
    try:
        said = shared(context.team_id, viewer, command, now=context.services.now(), start=start)
    except NothingToShare:
        return text_message(NOTHING_TO_SHARE)
    access.log_act(context, viewer, "shared", f"{described(command)} in {channel}")
    way.share(said)
    return None


def _is_nameless(context: Context, command: Command, place: ShareTarget, told: str) -> bool:
    """Whether names are left out as the channel is, or as it was said to be."""
    before = place.as_told(told) if told else place
    return any(listeners_share.left_out(context, command, each) for each in (place, before))


def command_in(context: Context, viewer: Viewer, value: str) -> tuple[Any, int]:
    """Read the question of a button (a cost's alone, any other behind its command), and where it goes on."""
    asked, start = buttons.start_of(value)
    text = asked if asked.startswith(_NAMED) else f"cost {asked}"
    return understand(text, now=context.services.now(), zone=viewer.zone), start
