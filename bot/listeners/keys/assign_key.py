"""Assigning a key: an admin says who uses it, where no report does.

button │ form: searches for a key and a person │ _assign │ every answer attributes the key, past days too
"""

from typing import Any

from slack_bolt import Ack, App

from bot.listeners.context import Context, Refused
from bot.listeners.registration import on_action, on_submission, show_notice
from bot.listeners.reply import Reply
from bot.slack.requests import Body
from bot.slack.users import Viewer, ViewerUnknown
from digests import render
from digests.forms import assign_key as assign_form
from digests.forms.assign_key import NOBODY
from digests.layout import blocks, modals
from digests.layout.message import Message
from providers.directory import Directory
from storage.engine.database import StorageUnavailable, session, transaction
from storage.facts import assignments, directory
from storage.state import audit, connections
from storage.state.connections import Connection


def register(app: App, context: Context) -> None:
    """Listen to the button, the searches and the modal."""
    on_action(app, context, "assign", ask, needs="connect")
    meanwhile = assign_form.assigning()
    on_submission(app, context, assign_form.CALLBACK, _assign, title=assign_form.TITLE, meanwhile=meanwhile)

    @app.options(modals.VALUE)  # Bolt routes searches by action id alone, which all our fields share
    def searched(ack: Ack, body: dict[str, Any]) -> None:
        ack(options=_options(context, body))


def ask(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Open the form."""
    with session():
        connection = connections.of_team(context.team_id)
    if connection:
        context.client.views_open(trigger_id=body["trigger_id"], view=assign_form.form())
    else:
        reply.say(render.not_connected(admin=True))


def _options(context: Context, body: Body) -> list[blocks.Block]:
    """Return the choices that contain the typed text, none to people who cannot assign keys."""
    try:
        context.admit(body, "connect")
        with session():
            connection = connections.of_team(context.team_id)
            names = directory.read(connection.id) if connection else Directory([])
    except (Refused, ViewerUnknown, StorageUnavailable):
        return []
    return assign_form.options(str(body.get("block_id")), names, typed=str(body.get("value") or ""))


def _assign(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "connect"), body["view"]
    key_id, person_id = assign_form.chosen_in(view)
    context.let_ack_arrive()
    with transaction():
        connection = connections.of_team(context.team_id)
        done = _store(connection, key_id, person_id, viewer, context) if connection else None
    show_notice(context, view["id"], assign_form.TITLE, done or render.not_connected(admin=True))


def _store(connection: Connection, key_id: str, person_id: str, viewer: Viewer, context: Context) -> Message:
    names = directory.read(connection.id)
    whose = "nobody in particular" if person_id == NOBODY else names.name(person_id)
    audit.record(
        context.team_id,
        viewer.user_id,
        "key assigned",
        f"{names.name(key_id)} to {whose}",
        context.services.now(),
    )
    if person_id == NOBODY:
        assignments.unassign(connection.id, key_id)
        return assign_form.unassigned(names.name(key_id))
    assignments.assign(connection.id, key_id, person_id, by=viewer.user_id, at=context.services.now())
    return assign_form.assigned(names.name(key_id), names.name(person_id))
