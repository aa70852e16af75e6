"""Sharing from outside a channel: a form for the channel, a form that names its readers, the share itself."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from slack_bolt import App

from bot.listeners import access
from bot.listeners import share as listeners_share
from bot.listeners.context import Context
from bot.listeners.registration import on_submission, show_notice
from bot.listeners.reply import Reply
from bot.questions.answer import NothingToShare, explain_error, shared
from bot.questions.command import Command, command_text
from bot.questions.permissions import is_about_names
from bot.questions.reading.dates import TeamCalendar
from bot.questions.understand import understand
from bot.slack.channel_readers import ShareTarget
from bot.slack.requests import Body, chosen
from bot.slack.users import Viewer
from bot.slack.web_client import is_slacks
from digests.forms import share as form
from digests.layout import buttons
from digests.layout.message import Message, text_message
from digests.messages import access as words
from digests.words.answers import NOTHING_TO_SHARE

_COMMANDS = ("engineers", "me", "summary", "claude", "why", "forecast")


def register(app: App, context: Context) -> None:
    """Listen to the two forms."""
    listen = partial(on_submission, app, context, title=form.TITLE, errors_in=_no_errors)
    listen(form.CHOOSE, _ask, meanwhile=form.looking())
    listen(form.CONFIRM, _confirmed, meanwhile=form.sharing())


def _no_errors(_view: Mapping[str, Any]) -> dict[str, str]:
    """Return none: Slack requires the channel, and the second form has no field."""
    return {}


def choose(context: Context, body: Body) -> None:
    """Open the form for the channel."""
    value, _readers = listeners_share.read_value(chosen(body))
    context.client.views_open(trigger_id=body["trigger_id"], view=form.choosing(value))


def _ask(context: Context, body: Body) -> None:
    viewer, view = context.admit(body), body["view"]
    channel = form.channel_in(view)
    url = next((str(each.get("response_url") or "") for each in body.get("response_urls") or ()), "")
    command, _start = command_in(context, view["private_metadata"])
    context.let_ack_arrive()
    if not isinstance(command, Command):
        show_notice(context, view["id"], form.TITLE, explain_error(command))
        return
    access.require_shareable(context, viewer, command, channel)
    target = listeners_share.target_of(context, channel, command)
    if target.is_archived:
        show_notice(context, view["id"], form.TITLE, text_message(form.ARCHIVED.format(channel=channel)))
        return
    kept = form.Chosen(view["private_metadata"], channel, target.readers, url)
    readers = form.readers(target.audience, is_nameless=listeners_share.left_out(context, command, target))
    context.client.views_update(view_id=view["id"], view=form.asking(kept, readers))


def _confirmed(context: Context, body: Body) -> None:
    viewer, view = context.admit(body), body["view"]
    kept = form.chosen_in(view)
    context.let_ack_arrive()
    url = kept.url if is_slacks(kept.url, api_url=context.client.base_url) else ""
    reply = Reply(context.delivery, url, kept.channel)
    objection = share(context, viewer, kept.value, kept.channel, kept.readers, reply)
    show_notice(
        context, view["id"], form.TITLE, objection or text_message(form.DONE.format(channel=kept.channel))
    )


def share(
    context: Context, viewer: Viewer, value: str, channel: str, agreed: str, reply: Reply
) -> Message | None:
    """Share an answer into a channel whose readers are still those `agreed`; return any objection instead.

    Raises Refused where the person is not permitted to share it there (any more).
    """
    command, start = command_in(context, value)
    if not isinstance(command, Command):
        return explain_error(command)
    access.require_shareable(context, viewer, command, channel)
    target = listeners_share.target_of(context, channel, command)
    if wrong := listeners_share.objection(target, agreed):
        return text_message(wrong)
    if _is_nameless(context, command, target, agreed):
        if is_about_names(command):  # without the name, its total would be another answer
            return words.not_in_this_channel(names=True)
        command, start = listeners_share.nameless(command), 0
    try:
        answer = shared(context.team_id, viewer, command, now=context.services.now(), start=start)
    except NothingToShare:
        return text_message(NOTHING_TO_SHARE)
    access.log_act(context, viewer, "shared", f"{command_text(command)} in {channel}")
    reply.share(answer)
    return None


def _is_nameless(context: Context, command: Command, target: ShareTarget, agreed: str) -> bool:
    """Whether names are left out, by the channel's readers now or by those agreed."""
    before = target.with_readers(agreed) if agreed else target
    return any(listeners_share.left_out(context, command, each) for each in (target, before))


def command_in(context: Context, value: str) -> tuple[Any, int]:
    """Read a button's value: its command, and the line to start from. A cost goes without its word."""
    question, start = buttons.start_of(value)
    text = question if question.startswith(_COMMANDS) else f"cost {question}"
    return understand(text, TeamCalendar(context.services.now(), context.calendar())), start
