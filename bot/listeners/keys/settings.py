"""Deciding who may see what: the modal behind *Settings*, which says what a choice means before it is saved.

opened │ Slack asked for its user groups │ form │ changed: the words change │ saved and logged
"""

from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot.listeners import home
from bot.listeners.context import Body, Desk, Reply
from bot.listeners.keys import settings_form
from bot.listeners.keys.settings_form import CALLBACK, CHANGED, TITLE, Chosen
from bot.questions.answer import sentence
from bot.questions.permissions import may_receive
from bot.slack import modals
from bot.slack.user_groups import Group, GroupsUnknown
from bot.slack.users import Viewer
from digests.layout import blocks
from digests.layout.message import Message
from digests.messages import access as words
from storage.engine.database import session, transaction
from storage.state import access, audit, subscriptions

ASKING = ":hourglass_flowing_sand: Asking Slack for your user groups…"
SAVING = ":hourglass_flowing_sand: Saving…"
SAVED = ":white_check_mark: *Saved.* It holds from now on."


def register(app: App, desk: Desk) -> None:
    """Listen to the button and the modal."""

    @app.action("settings")
    def wanted(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        desk.later(reply.say, lambda: ask(desk, body, desk.admit(body, "settings"), reply))

    @app.action(CHANGED)
    def changed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: _change(desk, body))

    @app.view(CALLBACK)
    def filled_in(ack: Ack, body: dict[str, Any]) -> None:
        if empty := modals.left_empty(body["view"]):
            ack(response_action="errors", errors=empty)
            return
        ack(response_action="update", view=modals.notice(TITLE, sentence(SAVING)))
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: _save(desk, body))


def ask(desk: Desk, body: Body, _viewer: Viewer, _reply: Reply) -> None:
    """Open the modal; the groups come when Slack has told them, which may take a while."""
    loading = modals.notice(TITLE, sentence(ASKING))
    opened = desk.client.views_open(trigger_id=body["trigger_id"], view=loading)
    with session():
        chosen = Chosen.of(access.of_team(desk.team_id))
    desk.client.views_update(view_id=opened["view"]["id"], view=_form(desk, chosen))


def _change(desk: Desk, body: Body) -> None:
    """Say what the choices would mean now; what was entered stays."""
    desk.admit(body, "settings")
    if modals.left_empty(body["view"]):
        return  # what was chosen is not known; saving says so at the field
    modals.refresh(desk.client, body["view"], _form(desk, settings_form.chosen_in(body["view"])))


def _form(desk: Desk, chosen: Chosen) -> blocks.Block:
    groups, unknown = tuple[Group, ...](), ""
    with session():
        told = {each.channel_id for each in subscriptions.of_team(desk.team_id)}
    stopping = {channel for channel in told if not may_receive(chosen.settings, channel)}
    try:
        groups = desk.viewers.groups.all()
    except GroupsUnknown as error:
        unknown = str(error)
    return settings_form.form(chosen, groups, unknown=unknown, stopping=stopping)


def _save(desk: Desk, body: Body) -> None:
    viewer, view = desk.admit(body, "settings"), body["view"]
    decided, now = settings_form.chosen_in(view).settings, desk.services.now()
    desk.pause()
    with transaction():
        before = access.decide(desk.team_id, decided, by=viewer.user_id, at=now)
        audit.record(desk.team_id, viewer.user_id, "settings changed", words.changed(before, decided), now)
    _put(desk, view["id"], sentence(SAVED, words.who_reads_what(decided)))
    home.refresh_everybodys(desk)
    home.refresh(desk, viewer)


def _put(desk: Desk, view_id: str, message: Message) -> None:
    desk.client.views_update(view_id=view_id, view=modals.notice(TITLE, message))
