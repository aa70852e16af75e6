"""Connecting and disconnecting: the modals for the Admin API key.

    form │ what_is_wrong │ "Checking…" │ prove: Anthropic names its organization and reads a bill │ store
     └ or a link to the page in key_page.py           └ replacing: another organization, the key again

A key exists in the submission and in the vault: in no message, no `private_metadata` and no log.
"""

import re
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot.listeners import access, home
from bot.listeners.context import Context
from bot.listeners.reply import Reply
from bot.pools.key_checks import ENDING, PendingCheck
from bot.slack.requests import Body
from bot.slack.users import Viewer
from bot.sync.keys.admin_key import (
    AGAIN,
    OVERTAKEN,
    REPLACE,
    UNREACHABLE,
    WHAT_CAME,
    Outcome,
    cleaned,
    complaint,
    confirmation,
    named,
    present,
    prove,
    store,
    what_is_wrong,
)
from digests import render
from digests.layout import blocks, modals
from digests.layout.message import Message, text_message
from digests.messages.notices import CONSOLE
from digests.words import wording
from providers.provider import Organization, ProviderRefused, ProviderUnavailable
from storage.engine.database import session, transaction
from storage.state import audit, connections, one_time_tokens
from storage.state.connections import Connection

TITLE = "Connect Anthropic"
NEEDS = (
    "StackSpend reads what Anthropic bills your organization. It needs an *Admin API key*; "
    "a regular API key cannot see billing."
)
HINT = "Starts with sk-ant-admin. Console → Settings → Admin API keys → Create key, name it “StackSpend”."
SAFER = (
    "*Safer:* a page of ours that hides what you type and that Slack does not see. "
    "The link is yours alone, for ten minutes."
)
STORAGE_NOTE = (
    ":lock: Checked with Anthropic, then stored encrypted. Only its last four characters are ever shown. "
    f"<{CONSOLE}|Open the Console>"
)
WHAT_FOLLOWS = (
    "Afterwards: your whole billing history is read, newest first. First figures in about a minute; "
    "everybody here may ask, guests may not."
)
CHECKING = ":hourglass_flowing_sand: Checking with Anthropic…"
CONNECTED = ":large_green_circle: *{organization} is connected*, key `…{hint}`"
READING = (
    "Its billing history is being read now, newest days first. The first figures come within about a "
    "minute: try `/stackspend cost today`. I keep you informed in our direct message, and "
    "`/stackspend digest` sets up a daily digest."
)
RENEWED = "The history stays as it is, and what was missed meanwhile is read now."
DISCONNECT = (
    "*{organization}* is connected with key `…{hint}`. Disconnecting deletes the key and stops reading."
)
KEEPING = "It can still be asked for, and a new key goes on from there."
DELETING = "All figures go; they are read anew if you ever connect again."
DISCONNECTED = "Nothing is connected any more."

_TRY_AGAIN = blocks.actions(blocks.button("Try again", "connect:again", primary=True))

KEY_BLOCK, CONFIRM_BLOCK, HISTORY_BLOCK = "admin_key", "admin_key_again", "history"
KEY_PAGE = "/key/"
CONNECT, REPLACING, DISCONNECTING = "connect", "connect:replace", "disconnect"


def register(app: App, context: Context) -> None:
    """Listen to the buttons and modals."""

    @app.action("connect")
    def connect(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(context.client, body)
        context.run_after_ack(reply.say, lambda: ask(context, body, context.admit(body, "connect"), reply))

    @app.action("connect:again")
    def again(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        notify = partial(_show_notice, context, body["view"]["id"])
        context.run_after_ack(notify, lambda: _again(context, body))

    @app.action("connect:browser")
    def browser(ack: Ack) -> None:
        ack()  # the browser opens the link

    @app.action("disconnect")
    def disconnect(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(context.client, body)
        context.run_after_ack(
            reply.say, lambda: ask_to_disconnect(context, body, context.admit(body, "disconnect"), reply)
        )

    @app.view(re.compile(f"^({CONNECT}|{REPLACING})$"))
    def key_submitted(ack: Ack, body: dict[str, Any]) -> None:
        block_id, key = _typed(body["view"])
        wrong = what_is_wrong(key)
        if wrong:
            ack(response_action="errors", errors={block_id: wrong})
            return
        ack(response_action="update", view=modals.notice(TITLE, text_message(CHECKING)))
        notify = partial(_show_notice, context, body["view"]["id"])
        context.run_after_ack(notify, lambda: _check(context, body, key), lane="checks")

    @app.view(DISCONNECTING)
    def disconnect_confirmed(ack: Ack, body: dict[str, Any]) -> None:
        if empty := modals.left_empty(body["view"]):
            ack(response_action="errors", errors=empty)
            return
        ack(response_action="update", view=modals.notice("Disconnect", text_message("Disconnecting…")))
        notify = partial(_show_notice, context, body["view"]["id"])
        context.run_after_ack(notify, lambda: _disconnect(context, body))


def ask(context: Context, body: Body, viewer: Viewer, _reply: Reply) -> None:
    """Open the form for the key."""
    link = _link(context, viewer)
    opened = context.client.views_open(trigger_id=body["trigger_id"], view=form(link))
    _remember_modal(link, opened["view"]["id"])


def _link(context: Context, viewer: Viewer) -> str:
    """Make a one-time link to the key page for this person, "" if browsers cannot reach us."""
    if not context.services.public_url:
        return ""
    with transaction():
        token = one_time_tokens.issue(
            "key", now=context.services.now(), team_id=context.team_id, user_id=viewer.user_id
        )
    return f"{context.services.public_url}{KEY_PAGE}{token}"


def _remember_modal(link: str, view_id: str) -> None:
    """Remember the modal that offered a link, to show the outcome there."""
    if link:
        with transaction():
            one_time_tokens.set_view("key", link.rpartition("/")[2], view_id)


def ask_to_disconnect(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Open the form that asks whether to keep the history."""
    with session():
        connection = connections.of_team(context.team_id)
    if connection:
        context.client.views_open(trigger_id=body["trigger_id"], view=disconnect_form(connection))
    else:
        reply.say(render.not_connected(admin=True))


def _typed(view: dict[str, Any]) -> tuple[str, str]:
    """Return the block id of the form's field, and the key in it."""
    block_id = KEY_BLOCK if KEY_BLOCK in view["state"]["values"] else CONFIRM_BLOCK
    return block_id, cleaned(modals.entered(view, block_id).get("value") or "")


def _check(context: Context, body: Body, key: str) -> None:
    """Check the key with Anthropic in a thread, and conclude when the answer comes."""
    context.admit(body, "connect")
    view_id = body["view"]["id"]
    context.pause()
    over = present(context.team_id)
    checked = context.services.key_checks.begin(context.team_id, partial(prove, context.services, key))
    conclude = partial(_conclude, context, body, key, over, checked)
    ending = _failure(UNREACHABLE, ProviderUnavailable(ENDING))
    done = context.services.in_flight.begin(lambda: _show(context, view_id, ending))

    def conclude_later(_checked: PendingCheck) -> None:
        context.run_after_ack(partial(_show_notice, context, view_id), conclude)
        done()

    checked.add_done_callback(conclude_later)


def _conclude(context: Context, body: Body, key: str, over: Connection | None, checked: PendingCheck) -> None:
    """Store a key that Anthropic accepted, or show what is wrong."""
    viewer, view = context.admit(body, "connect"), body["view"]
    try:
        organization = checked.result()
    except ProviderRefused as error:
        access.log_act(context, viewer, "key refused", "when it was entered")
        _show(context, view["id"], _failure(complaint(error), error))
        return
    except ProviderUnavailable as error:
        _show(context, view["id"], _failure(UNREACHABLE, error))
        return
    confirmed, by = view.get("private_metadata") or "", viewer.user_id
    outcome = store(
        context.services, context.team_id, organization, key, by=by, over=over, confirmed=confirmed
    )
    if outcome.is_overtaken:
        _show(context, view["id"], modals.notice(TITLE, text_message(OVERTAKEN, _TRY_AGAIN)))
    elif outcome.instead_of:
        _show(context, view["id"], replacing(outcome.instead_of, organization))
    else:
        start_after_connect(context, viewer, view["id"], outcome)


def _again(context: Context, body: Body) -> None:
    link, view_id = _link(context, context.admit(body, "connect")), body["view"]["id"]
    _show(context, view_id, form(link))
    _remember_modal(link, view_id)


def _disconnect(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "disconnect"), body["view"]
    keep = modals.entered(view, HISTORY_BLOCK)["selected_option"]["value"] == "keep"
    context.pause()
    with transaction():
        connection = connections.of_team(context.team_id)
        if connection and str(connection.id) == view["private_metadata"]:
            connections.disconnect(connection.id, keep_history=keep)
            detail = f"{named(connection)}, history {'kept' if keep else 'deleted'}"
            audit.record(context.team_id, viewer.user_id, "disconnected", detail, context.services.now())
            said = render.disconnected(connection.organization_name, kept=keep)
        else:
            said = text_message(DISCONNECTED)
    _show_notice(context, view["id"], said)
    home.refresh_everybodys(context)
    home.refresh(context, viewer)


def _show_notice(context: Context, view_id: str, message: Message) -> None:
    _show(context, view_id, modals.notice(TITLE, message))


def _show(context: Context, view_id: str, view: blocks.Block) -> None:
    context.client.views_update(view_id=view_id, view=view)


def start_after_connect(context: Context, viewer: Viewer, view_id: str, outcome: Outcome) -> None:
    """Wake the sync worker, and say so in the modal if it is still open."""
    context.services.wake()
    home.refresh(context, viewer)
    if outcome.connection and view_id:
        _show_notice(context, view_id, _success(outcome.connection, is_renewed=outcome.is_renewed))


def _success(connection: Connection, *, is_renewed: bool) -> Message:
    name = wording.escape(wording.short(connection.organization_name))
    said = CONNECTED.format(organization=name, hint=wording.escape(connection.key_hint))
    return text_message(f"{said}\n{RENEWED if is_renewed else READING}")


def _failure(what: str, error: Exception) -> blocks.Block:
    detail = blocks.context(WHAT_CAME.format(said=wording.escape(wording.short(str(error), 200))))
    return modals.notice(TITLE, text_message(what, detail, _TRY_AGAIN))


# The modals


def form(link: str = "") -> blocks.Block:
    """Return the form for the key, with a `link` to the page where it can be entered instead."""
    browser = blocks.button("Enter it in the browser", "connect:browser", url=link)
    content = [
        blocks.section(NEEDS),
        *([{**blocks.section(SAFER), "accessory": browser}] if link else []),
        _key_field(KEY_BLOCK, HINT),
        blocks.context(STORAGE_NOTE),
        blocks.context(WHAT_FOLLOWS),
    ]
    return modals.modal(TITLE, content, callback_id=CONNECT, submit="Connect")


def replacing(old: Connection, new: Organization) -> blocks.Block:
    """Return the form that asks whether another organization replaces the present one."""
    names = {"old": wording.short(old.organization_name), "new": wording.short(new.name)}
    safe = {which: wording.escape(name) for which, name in names.items()}
    content = [blocks.section(REPLACE.format(**safe)), _key_field(CONFIRM_BLOCK, AGAIN.format(**names))]
    return modals.modal(
        "Replace organization",
        content,
        callback_id=REPLACING,
        submit="Replace",
        metadata=confirmation(new, old),
    )


def disconnect_form(connection: Connection) -> blocks.Block:
    """Return the form that confirms disconnecting."""
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
