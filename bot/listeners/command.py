"""`/stackspend` and the buttons under its answers.

typed    _run: understand_text │ allow │ _handle │ _answer     only to the person who typed
pressed  _view: share_form.command_in │ _answer               in place of the answer above the button
shared   _share: share_form.share                             to the channel
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot.listeners import (
    access as listeners_access,
)
from bot.listeners import (
    audit_log,
    export,
    settings,
    share_form,
)
from bot.listeners import (
    share as listeners_share,
)
from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.listeners.keys import assign_key, connect, connect_claude
from bot.listeners.registration import acknowledge, on_action
from bot.listeners.reply import Reply
from bot.listeners.subscriptions import actions
from bot.listeners.talk import reinstall
from bot.listeners.typed_text import understand_text
from bot.pools.lanes import Lane
from bot.questions.answer import about, answer, explain_error
from bot.questions.command import Command, KeyTyped, Misunderstood, Name
from bot.questions.permissions import for_asker, may_manage
from bot.questions.reading.parse import has_key
from bot.reports import status as reports_status
from bot.slack.requests import Body, chosen
from bot.slack.users import Viewer
from bot.sync import jobs
from digests import render
from digests.layout import buttons, modals
from digests.layout.message import Message, text_message
from digests.messages.about import TITLE
from digests.numbers.report import Question
from digests.words.requests import ALREADY_SYNCING, ASKING_ANTHROPIC, SYNCING_LATER
from storage.engine.database import session
from storage.state import connections
from storage.state.connections import Connection

LANES: Mapping[Name, Lane] = {"export": "exports", "audit csv": "exports", "sync": "syncs"}
"""The lanes of commands that take longer than an answer."""


def register(app: App, context: Context) -> None:
    """Listen to the command and to the buttons of answers."""

    @app.command(re.compile(""))
    def typed(ack: Ack, body: dict[str, Any]) -> None:
        if has_key(body.get("text") or ""):
            warning = render.key_in_text()
            ack(text=warning.text, blocks=warning.blocks, response_type="ephemeral")
            return
        ack()
        reply, text = Reply.to(context.delivery, body), body.get("text") or ""
        context.run_after_ack(
            reply.say, lambda: _run(context, body, context.admit(body), reply, text), person=reply.user_id
        )

    on_action(app, context, re.compile("^ask:"), _ask, in_turn=True)
    on_action(
        app, context, re.compile("^(view:.*|group|period|previous|next|back|more)$"), _view, in_turn=True
    )
    on_action(app, context, "share", _share, in_turn=True)
    on_action(app, context, "status:record", _show_record)
    on_action(app, context, "answer:more", _menu, in_turn=True)
    on_action(app, context, "sync", _sync, needs="sync", lane="syncs", in_turn=True)
    acknowledge(app, "console")


def _ask(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Answer the command of a button, or of a choice in a menu."""
    _run(context, body, viewer, reply, chosen(body))


def _run(context: Context, body: Body, viewer: Viewer, reply: Reply, text: str) -> None:
    command = understand_text(context, viewer, text)
    if not isinstance(command, Command):
        reply.answer(explain_error(command))
        return
    context.allow(viewer, command.name)
    lane = LANES.get(command.name)
    act = partial(_handle, context, body, viewer, reply, command)
    if lane:
        context.run_after_ack(reply.say, act, lane=lane, person=viewer.user_id)
    else:
        act()


def _handle(context: Context, body: Body, viewer: Viewer, reply: Reply, command: Command) -> None:
    if command.name in HANDLERS:
        HANDLERS[command.name](context, body, viewer, reply)
        return
    if command.name == "export":
        export.send(context, viewer, command, reply)
        return
    answered = answer_as_read(context, viewer, command)
    reply.answer(listeners_share.with_question(context, body, answered, command))


def answer_as_read(context: Context, viewer: Viewer, command: Command) -> Message:
    """Answer a person alone, and say how the text was read where that was not literal. Raises Refused."""
    answered = _answer(context, viewer, command)
    return render.read_as(answered, command.read_as) if command.read_as else answered


def _answer(context: Context, viewer: Viewer, command: Command, start: int = 0) -> Message:
    admin, now = may_manage(viewer, context.services.admins), context.services.now()
    command = for_asker(command, admin=admin)
    answered = listeners_access.filtered_answer(
        context,
        viewer,
        command,
        lambda names: answer(
            context.team_id, viewer, command, admin=admin, names=names, now=now, start=start
        ),
    )
    is_of_app = admin and command.name == "status"
    return reinstall.with_remark(context, answered) if is_of_app else answered


def _view(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Answer the question of a button: on the Home tab if it was pressed there."""
    command, start = _pressed(context, body)
    if not isinstance(command, Command):
        reply.answer(explain_error(command))
    elif command.period and _is_at_home(body):
        listeners_access.check(context, viewer, command)  # opening the tab is logged already
        home.show_and_log(context, viewer, Question(command.period, command.dimension), start)
    else:
        answered = _answer(context, viewer, command, start)
        reply.answer(listeners_share.with_question(context, body, answered, command))


def _send_whole(context: Context, viewer: Viewer, question: str, reply: Reply) -> None:
    """Answer the question of the Home tab's table in full, in the direct message."""
    command, _ = share_form.command_in(context, question)
    if isinstance(command, Command):
        reply.say(buttons.without_share(_answer(context, viewer, command)))
    else:
        reply.say(explain_error(command))


def _menu(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Do what was chosen in the menu of an answer: `export …`, `whole …`, `about …`, `digest …`, `assign`."""
    act, _, question = chosen(body).partition(" ")
    if act == "export":
        context.allow(viewer, "export")
        send = partial(export.answer, context, viewer, question, reply)
        context.run_after_ack(reply.say, send, lane="exports", person=viewer.user_id)
    elif act == "whole":
        _send_whole(context, viewer, question, reply)
    elif act == "about":
        _show_about(context, body, viewer, question, reply)
    elif act == "digest":
        context.allow(viewer, "digest")
        actions.add_from(context, body, viewer, reply, question)
    else:
        context.allow(viewer, "connect")
        assign_key.ask(context, body, viewer, reply)


def _show_about(context: Context, body: Body, viewer: Viewer, question: str, reply: Reply) -> None:
    """Open what is behind the figures of an answer, for people who can see the answer."""
    command, _ = share_form.command_in(context, question)
    if not isinstance(command, Command):
        reply.say(explain_error(command))
        return
    listeners_access.check(context, viewer, command)
    message = about(context.team_id, viewer, command, now=context.services.now())
    context.client.views_open(trigger_id=body["trigger_id"], view=modals.notice(TITLE, message))


def _is_at_home(body: Body) -> bool:
    return (body.get("view") or {}).get("type") == "home"


def _share(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Share into the channel of the press, or open the form for one."""
    channel = listeners_share.channel_of(body)
    if not channel:
        share_form.choose(context, body)
        return
    value, readers = listeners_share.read_value(chosen(body))
    objection = share_form.share(context, viewer, value, channel, readers, reply)
    if objection:
        reply.say(objection)


def _pressed(context: Context, body: Body) -> tuple[Command | Misunderstood | KeyTyped, int]:
    """Read a button's value, or a choice's: its command, and the line to start from."""
    return share_form.command_in(context, chosen(body))


def _show_record(context: Context, _body: Body, viewer: Viewer, reply: Reply) -> None:
    """Show past estimates beside the bills, to whoever can see costs."""
    listeners_access.rights_of(context, viewer).require("cost")
    now = context.services.now()
    with session():
        connection = connections.of_team(context.team_id)
        status = reports_status.status(connection, now=now) if connection else None
    if status is None:
        reply.say(_answer(context, viewer, Command("status")))
        return
    reply.say(render.record(status, now=now, zone=viewer.zone))


def _sync(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Sync now, for anybody who can see costs; a key that was refused is tried too."""
    listeners_access.rights_of(context, viewer).require("cost")
    with session():
        connection = connections.of_team(context.team_id)
    if connection is None:
        reply.answer(_answer(context, viewer, Command("status")))
        return
    with context.services.sync_waiters.turn(connection.id) as turn:
        if turn == "taken":
            reply.say(text_message(ALREADY_SYNCING))
        elif turn == "full":
            jobs.request_sync(connection, context.services)
            reply.answer(text_message(SYNCING_LATER))
        else:
            reply.answer(text_message(ASKING_ANTHROPIC))
            reply.replace(_synced(context, connection, viewer))
            if _is_at_home(body):
                home.refresh(context, viewer)


def _synced(context: Context, connection: Connection, viewer: Viewer) -> Message:
    """Say what a sync did, or the status if the connection was deleted meanwhile."""
    with session():
        synced = jobs.sync_now(connection, context.services)
        now, present = context.services.now(), connections.find(connection.id)
        if present is None:
            return _answer(context, viewer, Command("status"))
        status = reports_status.status(present, now=now)
    return render.synced(synced, status=status, now=now, zone=viewer.zone)


HANDLERS: Mapping[Name, Callable[[Context, Body, Viewer, Reply], None]] = {
    "connect": connect.ask,
    "disconnect": connect.ask_to_disconnect,
    "connect claude": connect_claude.ask,
    "disconnect claude": connect_claude.ask_to_revoke,
    "digest": actions.show,
    "settings": settings.ask,
    "audit": audit_log.show,
    "audit csv": audit_log.send,
    "sync": _sync,
}
