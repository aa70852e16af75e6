"""`/stackspend`: what is typed, and the buttons under what is answered.

typed    understood │ allowed │ read │ said          to the asker alone
pressed  the button's question │ read again │ said   in the place of the answer it stood under
shared   the button's question │ read again │ said   to the channel
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from typing import Any

from slack_bolt import Ack, App
from slack_sdk.errors import SlackClientError

from bot.listeners import (
    access as listeners_access,
)
from bot.listeners import (
    audit_log,
    export,
    home,
    share_form,
)
from bot.listeners import (
    share as listeners_share,
)
from bot.listeners.context import Body, Desk, Reply
from bot.listeners.keys import connect, settings
from bot.listeners.subscriptions import actions
from bot.listeners.sync_waiters import Syncing
from bot.pools.lanes import Lane
from bot.questions.answer import answer, put_right, sentence
from bot.questions.grammar import Command, KeyTyped, Misunderstood, Name, has_key, understand
from bot.questions.permissions import may_manage
from bot.reports import status as reports_status
from bot.slack.users import Viewer
from bot.sync import jobs
from digests import render
from digests.layout import buttons
from digests.layout.message import Message
from digests.numbers.report import Question
from storage.engine.database import session
from storage.state import connections
from storage.state.connections import Connection

SYNCING = "Asking Anthropic… this takes up to a minute."
ALREADY_SYNCING = "I am asking Anthropic already; `/stackspend status` shows in a moment what changed."
SYNCING_LATER = "I am asking Anthropic; `/stackspend status` shows in a minute what changed."

_LANES: Mapping[Name, Lane] = {"export": "exports", "audit csv": "exports", "sync": "syncs"}
"""What takes longer than an answer does."""

_syncing = Syncing()


def register(app: App, desk: Desk) -> None:
    """Listen to the command and to the buttons of answers."""

    @app.command(re.compile(""))
    def typed(ack: Ack, body: dict[str, Any]) -> None:
        if has_key(body.get("text") or ""):
            warning = render.key_in_text()
            ack(text=warning.text, blocks=warning.blocks, response_type="ephemeral")
            return
        ack()
        reply, text = Reply.to(desk.client, body), body.get("text") or ""
        desk.later(reply.say, lambda: _run(desk, body, reply, text), person=reply.user_id)

    @app.action(re.compile("^ask:"))
    def asked(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply, text = Reply.to(desk.client, body), body["actions"][0].get("value") or ""
        desk.later(reply.say, lambda: _run(desk, body, reply, text), person=reply.user_id)

    @app.action(re.compile("^(view:.*|previous|next|back|more)$"))
    def viewed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        _later(desk, body, _view)

    @app.action("whole")
    def whole(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        _later(desk, body, _send_whole)

    @app.action("share")
    def share(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        _later(desk, body, _share)

    @app.action("sync")
    def sync(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        desk.later(
            reply.say,
            lambda: _sync(desk, body, desk.admit(body, "sync"), reply),
            lane="syncs",
            person=reply.user_id,
        )

    @app.action("console")
    def left(ack: Ack) -> None:
        ack()  # the browser follows the link by itself


def _later(desk: Desk, body: Body, act: Callable[[Desk, Body, Reply], None]) -> None:
    """Act on a press after its acknowledgement, in the turn of whoever pressed."""
    reply = Reply.to(desk.client, body)
    desk.later(reply.say, lambda: act(desk, body, reply), person=reply.user_id)


def _run(desk: Desk, body: Body, reply: Reply, text: str) -> None:
    viewer = desk.admit(body)
    command = understand(text, now=desk.services.now(), zone=viewer.zone, own_id=_own_id(desk, text))
    if not isinstance(command, Command):
        reply.answer(put_right(command))
        return
    desk.allow(viewer, command.name)
    lane = _LANES.get(command.name)
    act = partial(_act, desk, body, viewer, reply, command)
    if lane:
        desk.later(reply.say, act, lane=lane, person=viewer.user_id)
    else:
        act()


def _act(desk: Desk, body: Body, viewer: Viewer, reply: Reply, command: Command) -> None:
    if command.name in _ACTS:
        _ACTS[command.name](desk, body, viewer, reply)
        return
    if command.name == "export":
        export.send(desk, viewer, command, reply)
        return
    reply.answer(listeners_share.offered(desk, body, _answer(desk, viewer, command), command))


def _own_id(desk: Desk, text: str) -> str:
    """Return the bot's own id; Slack is asked for it only where somebody is mentioned."""
    if "<@" not in text:
        return ""
    with suppress(SlackClientError, OSError, HTTPException):
        return str(desk.client.auth_test()["user_id"])
    return ""


def _answer(desk: Desk, viewer: Viewer, command: Command, start: int = 0) -> Message:
    admin, now = may_manage(viewer, desk.services.admins), desk.services.now()
    return listeners_access.shown(
        desk,
        viewer,
        command,
        lambda: answer(desk.team_id, viewer, command, admin=admin, now=now, start=start),
    )


def _view(desk: Desk, body: Body, reply: Reply) -> None:
    """Answer the question of a button, on the Home tab where that is where it was pressed."""
    viewer = desk.admit(body)
    command, start = _pressed(desk, body, viewer)
    if not isinstance(command, Command):
        reply.answer(put_right(command))
    elif command.period and _is_at_home(body):
        listeners_access.allowed(desk, viewer, command)  # the tab itself is in the log
        home.look(desk, viewer, Question(command.period, command.dimension), start)
    else:
        said = _answer(desk, viewer, command, start)
        reply.answer(listeners_share.offered(desk, body, said, command))


def _send_whole(desk: Desk, body: Body, reply: Reply) -> None:
    """Answer the question of the Home tab's table in the direct message."""
    viewer = desk.admit(body)
    command, _ = _pressed(desk, body, viewer)
    if isinstance(command, Command):
        reply.say(buttons.kept_private(_answer(desk, viewer, command)))
    else:
        reply.say(put_right(command))


def _is_at_home(body: Body) -> bool:
    return (body.get("view") or {}).get("type") == "home"


def _share(desk: Desk, body: Body, reply: Reply) -> None:
    """Share where the button is pressed, or have a channel chosen where that is none."""
    viewer, channel = desk.admit(body), listeners_share.channel_of(body)
    if not channel:
        share_form.choose(desk, body)
        return
    value, told = listeners_share.told_in(body["actions"][0].get("value") or "")
    said = share_form.share(desk, viewer, value, channel, told, reply)
    if said:
        reply.say(said)


def _pressed(desk: Desk, body: Body, viewer: Viewer) -> tuple[Command | Misunderstood | KeyTyped, int]:
    """Read the question of a button, and where it goes on."""
    return share_form.command_in(desk, viewer, body["actions"][0].get("value") or "")


def _sync(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Ask Anthropic again, for anybody who may see what comes of it, with a key that was refused, too."""
    listeners_access.sight_of(desk, viewer).require("cost")
    with session():
        connection = connections.of_team(desk.team_id)
    if connection is None:
        reply.answer(_answer(desk, viewer, Command("status")))
        return
    with _syncing.turn(connection.id) as turn:
        if turn == "taken":
            reply.say(sentence(ALREADY_SYNCING))
        elif turn == "full":
            jobs.ask_now(connection, desk.services)
            reply.answer(sentence(SYNCING_LATER))
        else:
            reply.answer(sentence(SYNCING))
            reply.replace(_synced(desk, connection, viewer))
            if _is_at_home(body):
                home.refresh(desk, viewer)


def _synced(desk: Desk, connection: Connection, viewer: Viewer) -> Message:
    """Tell what a sync did; of what was disconnected meanwhile, that it is."""
    with session():
        synced = jobs.sync_now(connection, desk.services)
        now, present = desk.services.now(), connections.find(connection.id)
        if present is None:
            return _answer(desk, viewer, Command("status"))
        status = reports_status.status(present, now=now)
    return render.synced(synced, status=status, now=now, zone=viewer.zone)


_ACTS: Mapping[Name, Callable[[Desk, Body, Viewer, Reply], None]] = {
    "connect": connect.ask,
    "disconnect": connect.ask_to_disconnect,
    "digest": actions.show,
    "settings": settings.ask,
    "audit": audit_log.show,
    "audit csv": audit_log.send,
    "sync": _sync,
}
