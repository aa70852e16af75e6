"""Assigning a key: an admin says who uses it, where no report does.

button │ form: searches for a key and a person │ _assign │ every answer attributes the key, past days too
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot.listeners.context import Context, Refused
from bot.listeners.reply import Reply
from bot.slack.requests import Body
from bot.slack.users import Viewer, ViewerUnknown
from digests import render
from digests.layout import blocks, modals
from digests.layout.message import Message, text_message
from digests.words import wording
from providers.directory import Directory, Entry
from storage.engine.database import StorageUnavailable, session, transaction
from storage.facts import assignments, directory
from storage.state import audit, connections
from storage.state.connections import Connection

TITLE, CALLBACK = "Assign a key", "assign"
KEY, PERSON = "assign_key", "assign_person"
INTRODUCTION = (
    "Anthropic names the person behind most calls; for other keys I go by whose they are or who made them. "
    "Where that is wrong or unknown, say here whose a key is. It holds for the past as well."
)
NOBODY, NOBODY_TEXT = "nobody", "Nobody in particular: as Anthropic lists it"
ASSIGNED = ":white_check_mark: *{key}* is {person}'s now, for all days that were read."
UNASSIGNED = ":white_check_mark: *{key}* is again whose Anthropic lists it as."
_MOST, _LONGEST = 100, 75  # Slack's limits: options of a search, and characters of one
_OWNER_BY_LINK = {
    "assigned": "assigned to {}",
    "principal": "key of {}",
    "claude_code_key": "Claude Code of {}",
    "creator": "made by {}",
    "key_name": "by its name {}'s",
}


def register(app: App, context: Context) -> None:
    """Listen to the button, the searches and the modal."""

    @app.action("assign")
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(context.client, body)
        context.run_after_ack(reply.say, lambda: _ask(context, body, context.admit(body, "connect"), reply))

    @app.options(modals.VALUE)  # Bolt routes searches by action id alone, which all our fields share
    def searched(ack: Ack, body: dict[str, Any]) -> None:
        ack(options=_options(context, body, _keys if body.get("block_id") == KEY else _people))

    @app.view(CALLBACK)
    def submitted(ack: Ack, body: dict[str, Any]) -> None:
        if empty := modals.left_empty(body["view"]):
            ack(response_action="errors", errors=empty)
            return
        ack(response_action="update", view=modals.notice(TITLE, text_message("Assigning…")))
        notify = partial(_show_notice, context, body["view"]["id"])
        context.run_after_ack(notify, lambda: _assign(context, body))


def form() -> blocks.Block:
    """Return the modal."""
    search = {"type": "external_select", "min_query_length": 0}
    content = [
        blocks.section(INTRODUCTION),
        modals.field(KEY, "Key", {**search, "placeholder": modals.plain("Its name or last characters")}),
        modals.field(PERSON, "Whose", {**search, "placeholder": modals.plain("A name or an address")}),
    ]
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Assign")


def _ask(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    with session():
        connection = connections.of_team(context.team_id)
    if connection:
        context.client.views_open(trigger_id=body["trigger_id"], view=form())
    else:
        reply.say(render.not_connected(admin=True))


# The searches


Choices = Callable[[Directory], Iterable[tuple[str, str]]]


def _options(context: Context, body: Body, choices: Choices) -> list[blocks.Block]:
    """Return the choices that contain the typed text, none to people who cannot assign keys."""
    try:
        context.admit(body, "connect")
        with session():
            connection = connections.of_team(context.team_id)
            names = directory.read(connection.id) if connection else Directory([])
    except (Refused, ViewerUnknown, StorageUnavailable):
        return []
    typed = str(body.get("value") or "").casefold()
    fitting = [(text, value) for text, value in choices(names) if typed in f"{text} {value}".casefold()]
    return [modals.option(blocks.cut(text, _LONGEST), value) for text, value in fitting[:_MOST]]


def _keys(names: Directory) -> Iterable[tuple[str, str]]:
    """Return (text, id) of every key, those without an owner first."""
    ranked = sorted(names.keys(), key=lambda key: (names.owner_of(key.id) is not None, key.name, key.id))
    return [(_key_text(key, names), key.id) for key in ranked]


def _key_text(key: Entry, names: Directory) -> str:
    owner = names.owner_of(key.id)
    owner_text = _OWNER_BY_LINK[owner.link].format(names.name(owner.id)) if owner else "nobody's"
    return f"{wording.short(key.name, 36)} …{(key.hint or key.id)[-4:]}, {owner_text}"


def _people(names: Directory) -> Iterable[tuple[str, str]]:
    everybody = sorted(names.people(), key=lambda person: person.name.casefold())
    return [*[(f"{person.name}, {person.email}", person.id) for person in everybody], (NOBODY_TEXT, NOBODY)]


# The submission


def _assign(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "connect"), body["view"]
    key_id = modals.entered(view, KEY)["selected_option"]["value"]
    person_id = modals.entered(view, PERSON)["selected_option"]["value"]
    context.pause()
    with transaction():
        connection = connections.of_team(context.team_id)
        done = _store(connection, key_id, person_id, viewer, context) if connection else None
    _show_notice(context, view["id"], done or render.not_connected(admin=True))


def _store(connection: Connection, key_id: str, person_id: str, viewer: Viewer, context: Context) -> Message:
    names = directory.read(connection.id)
    key = wording.escape(wording.short(names.name(key_id)))
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
        return text_message(UNASSIGNED.format(key=key))
    assignments.assign(connection.id, key_id, person_id, by=viewer.user_id, at=context.services.now())
    return text_message(ASSIGNED.format(key=key, person=wording.escape(wording.short(names.name(person_id)))))


def _show_notice(context: Context, view_id: str, message: Message) -> None:
    context.client.views_update(view_id=view_id, view=modals.notice(TITLE, message))
