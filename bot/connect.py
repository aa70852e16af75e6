"""Connecting and disconnecting: the modals for the Admin API key, and the key's only way in.

    form │ looks like an Admin key │ "Checking…" │ Anthropic says whose it is, and shows it a bill │ stored
                                                 └ another organization: asked first, the key typed again

A key lives in the submission and in the vault. It is in no message, no `private_metadata` and no log.
"""

import re
from functools import partial
from typing import Any, NamedTuple

from slack_bolt import Ack, App

from bot import home, jobs, modals, sight
from bot.asking import sentence
from bot.desk import Body, Desk, Reply
from bot.viewer import Viewer
from digests import blocks, render, wording
from digests.message import Message
from digests.notices import CONSOLE
from providers.period import DAY, Period
from providers.provider import Organization, ProviderRefused, ProviderUnavailable
from storage import audit, connections
from storage.connections import Connection
from storage.database import session, transaction

TITLE = "Connect Anthropic"
NEEDS = (
    "StackSpend reads what Anthropic bills your organization. It needs an *Admin API key*; "
    "a regular API key cannot see billing."
)
HINT = "Starts with sk-ant-admin. Console → Settings → Admin API keys → Create key, name it “StackSpend”."
KEPT_HOW = (
    ":lock: Checked with Anthropic, then stored encrypted. Only its last four characters are ever shown. "
    f"<{CONSOLE}|Open the Console>"
)
AFTERWARDS = (
    "Afterwards: your whole billing history is read, newest first. First figures in about a minute; "
    "everybody here may ask, guests may not."
)
REGULAR_KEY = (
    "This is a regular API key; it cannot see billing and was sent nowhere. You need an Admin API key: "
    "Console → Settings → Admin API keys → Create key."
)
NO_KEY = "This does not look like a key. An Admin API key starts with sk-ant-admin and has no blanks in it."
CHECKING = ":hourglass_flowing_sand: Checking with Anthropic…"
CONNECTED = ":large_green_circle: *{organization} is connected*, key `…{hint}`"
NEXT = (
    "Its billing history is being read now, newest days first. The first figures come within about a "
    "minute: try `/stackspend cost today`. I keep you informed in our direct message, and "
    "`/stackspend digest` sets up a daily digest."
)
RENEWED = "The history stays as it is, and what was missed meanwhile is read now."
REFUSED = (
    ":red_circle: *Anthropic does not accept this key*\nIt may be revoked, mistyped, or no Admin API key. "
    "Nothing was stored. In the Console open *Settings → Admin API keys*, create a key and try again."
)
UNREACHABLE = (
    ":large_yellow_circle: *Anthropic does not answer properly at the moment*\n"
    "That says nothing about the key. Nothing was stored; please try again in a few minutes."
)
WHAT_CAME = "What came back: {said}"
REPLACE = (
    "This key belongs to *{new}*, but this Slack workspace is connected to *{old}*. If you replace it, "
    "the key of {old} is deleted and nothing of it is read any more; its history is kept."
)
AGAIN = "Enter the key of {new} again to confirm; I did not keep it."
DISCONNECT = (
    "*{organization}* is connected with key `…{hint}`. Disconnecting deletes the key and stops reading."
)
KEEPING = "It can still be asked for, and a new key goes on from there."
DELETING = "All figures go; they are read anew if you ever connect again."
GONE = "Nothing is connected any more."

KEY_BLOCK, CONFIRM_BLOCK, HISTORY_BLOCK = "admin_key", "admin_key_again", "history"
CONNECT, REPLACING, DISCONNECTING = "connect", "connect:replace", "disconnect"
_REGULAR = re.compile(r"sk-ant-api", re.IGNORECASE)
_CREDENTIAL = re.compile(r"[!-~]{16,500}")
_INVISIBLE = re.compile("[\\s\u200b-\u200f\u2060\ufeff]")


class Outcome(NamedTuple):
    """What became of a key: the connection, or the other organization that is connected instead."""

    connection: Connection | None
    instead_of: Connection | None
    is_renewed: bool


def register(app: App, desk: Desk) -> None:
    """Listen to the buttons and modals."""

    @app.action("connect")
    def wanted(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        desk.later(reply.say, lambda: ask(desk, body, desk.admit(body, "connect"), reply))

    @app.action("connect:again")
    def again(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        put = partial(_put, desk, body["view"]["id"])
        desk.later(put, lambda: _again(desk, body))

    @app.action("disconnect")
    def unwanted(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        desk.later(reply.say, lambda: ask_to_disconnect(desk, body, desk.admit(body, "disconnect"), reply))

    @app.view(re.compile(f"^({CONNECT}|{REPLACING})$"))
    def entered(ack: Ack, body: dict[str, Any]) -> None:
        block_id, key = _typed(body["view"])
        wrong = what_is_wrong(key)
        if wrong:
            ack(response_action="errors", errors={block_id: wrong})
            return
        ack(response_action="update", view=modals.notice(TITLE, sentence(CHECKING)))
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: _check(desk, body, key))

    @app.view(DISCONNECTING)
    def confirmed(ack: Ack, body: dict[str, Any]) -> None:
        ack(response_action="update", view=modals.notice("Disconnect", sentence("Disconnecting…")))
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: _disconnect(desk, body))


def ask(desk: Desk, body: Body, _viewer: Viewer, _reply: Reply) -> None:
    """Open the modal for the key."""
    desk.client.views_open(trigger_id=body["trigger_id"], view=form())


def ask_to_disconnect(desk: Desk, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Open the modal that asks what shall become of the history."""
    with session():
        connection = connections.of_team(desk.team_id)
    if connection:
        desk.client.views_open(trigger_id=body["trigger_id"], view=farewell(connection))
    else:
        reply.say(render.not_connected(admin=True))


def what_is_wrong(key: str) -> str:
    """Say why a text cannot be the key, "" where only Anthropic can tell."""
    if _REGULAR.match(key):
        return REGULAR_KEY
    return "" if _CREDENTIAL.fullmatch(key) else NO_KEY


def _typed(view: dict[str, Any]) -> tuple[str, str]:
    """Return the field of the form and the key in it, without what copying may have added."""
    block_id = KEY_BLOCK if KEY_BLOCK in view["state"]["values"] else CONFIRM_BLOCK
    return block_id, _INVISIBLE.sub("", modals.entered(view, block_id).get("value") or "").strip("\"'`“”")


def _check(desk: Desk, body: Body, key: str) -> None:
    """Have Anthropic say whose key it is and show it a bill; store it, or say what is wrong."""
    viewer, view_id = desk.admit(body, "connect"), body["view"]["id"]
    desk.pause()
    try:
        organization = _prove(desk, key)
    except ProviderRefused as error:
        sight.note(desk, viewer, "key refused", "when it was entered")
        _show(desk, view_id, _failure(REFUSED, error))
        return
    except ProviderUnavailable as error:
        _show(desk, view_id, _failure(UNREACHABLE, error))
        return
    outcome = _store(desk, organization, key, viewer, confirmed=body["view"].get("private_metadata") or "")
    if outcome.instead_of:
        _show(desk, view_id, replacing(outcome.instead_of, organization))
    elif outcome.connection:
        desk.services.wake()
        _put(desk, view_id, _success(outcome.connection, is_renewed=outcome.is_renewed))
        home.refresh(desk, viewer)


def _prove(desk: Desk, key: str) -> Organization:
    """Return whose key it is. Raises ProviderRefused or ProviderUnavailable."""
    provider = desk.services.open_provider(key)
    organization = provider.organization()
    yesterday = desk.services.now().date() - DAY
    provider.charges(Period.last_days(2, until=yesterday))
    return organization


def _store(desk: Desk, organization: Organization, key: str, viewer: Viewer, *, confirmed: str) -> Outcome:
    now = desk.services.now()
    with transaction():
        present = connections.of_team(desk.team_id)
        is_renewed = present is not None and present.organization_id == organization.id
        if present and not is_renewed and confirmed != organization.id:
            return Outcome(None, present, is_renewed=False)
        connection = connections.connect(
            desk.team_id,
            organization.id,
            organization.name,
            key=key,
            vault=desk.services.vault,
            by=viewer.user_id,
            at=now,
        )
        jobs.begin(connection, now=now)
        what: audit.What = "key replaced" if is_renewed else "connected"
        instead = f", instead of {_named(present)}" if present and not is_renewed else ""
        audit.record(desk.team_id, viewer.user_id, what, f"{_named(connection)}{instead}", now)
    return Outcome(connection, None, is_renewed)


def _again(desk: Desk, body: Body) -> None:
    desk.admit(body, "connect")
    _show(desk, body["view"]["id"], form())


def _disconnect(desk: Desk, body: Body) -> None:
    viewer, view = desk.admit(body, "disconnect"), body["view"]
    keep = modals.entered(view, HISTORY_BLOCK)["selected_option"]["value"] == "keep"
    desk.pause()
    with transaction():
        connection = connections.of_team(desk.team_id)
        if connection and str(connection.id) == view["private_metadata"]:
            connections.disconnect(connection.id, keep_history=keep)
            detail = f"{_named(connection)}, history {'kept' if keep else 'deleted'}"
            audit.record(desk.team_id, viewer.user_id, "disconnected", detail, desk.services.now())
            said = render.disconnected(connection.organization_name, kept=keep)
        else:
            said = sentence(GONE)
    _put(desk, view["id"], said)
    home.refresh(desk, viewer)


def _named(connection: Connection) -> str:
    """Write down which connection it is, for the log."""
    return f"{connection.organization_name}, key …{connection.key_hint}"


def _put(desk: Desk, view_id: str, message: Message) -> None:
    _show(desk, view_id, modals.notice(TITLE, message))


def _show(desk: Desk, view_id: str, view: blocks.Block) -> None:
    desk.client.views_update(view_id=view_id, view=view)


def _success(connection: Connection, *, is_renewed: bool) -> Message:
    name = wording.escape(wording.short(connection.organization_name))
    said = CONNECTED.format(organization=name, hint=wording.escape(connection.key_hint))
    return sentence(f"{said}\n{RENEWED if is_renewed else NEXT}")


def _failure(what: str, error: Exception) -> blocks.Block:
    detail = blocks.context(WHAT_CAME.format(said=wording.escape(wording.short(str(error), 200))))
    again = blocks.actions(blocks.button("Try again", "connect:again", primary=True))
    return modals.notice(TITLE, sentence(what, detail, again))


# The modals


def form() -> blocks.Block:
    """Return the modal that asks for the key."""
    field = _key_field(KEY_BLOCK, HINT)
    content = [blocks.section(NEEDS), field, blocks.context(KEPT_HOW), blocks.context(AFTERWARDS)]
    return modals.modal(TITLE, content, callback_id=CONNECT, submit="Connect")


def replacing(old: Connection, new: Organization) -> blocks.Block:
    """Return the modal that asks whether another organization shall take the place of the present one."""
    names = {"old": wording.short(old.organization_name), "new": wording.short(new.name)}
    safe = {which: wording.escape(name) for which, name in names.items()}
    content = [blocks.section(REPLACE.format(**safe)), _key_field(CONFIRM_BLOCK, AGAIN.format(**names))]
    return modals.modal(
        "Replace organization", content, callback_id=REPLACING, submit="Replace", metadata=new.id
    )


def farewell(connection: Connection) -> blocks.Block:
    """Return the modal that confirms disconnecting."""
    name = wording.escape(wording.short(connection.organization_name))
    said = DISCONNECT.format(organization=name, hint=wording.escape(connection.key_hint))
    keep = modals.option("Keep the history", "keep", description=KEEPING)
    delete = modals.option("Delete everything", "delete", description=DELETING)
    radio = {"type": "radio_buttons", "initial_option": keep, "options": [keep, delete]}
    content = [
        blocks.section(said),
        modals.field(HISTORY_BLOCK, "What shall become of the history?", radio),
    ]
    return modals.modal(
        "Disconnect", content, callback_id=DISCONNECTING, submit="Disconnect", metadata=str(connection.id)
    )


def _key_field(block_id: str, hint: str) -> blocks.Block:
    text = {
        "type": "plain_text_input",
        "focus_on_load": True,
        "max_length": 600,
        "placeholder": modals.plain("sk-ant-admin01-…"),
    }
    return modals.field(block_id, "Admin API key", text, hint=hint)
