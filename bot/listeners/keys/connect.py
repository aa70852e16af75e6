"""Connecting and disconnecting in Slack.

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
    Outcome,
    cleaned,
    confirmation,
    named,
    present,
    prove,
    store,
    what_is_wrong,
)
from digests import render
from digests.forms import connect as connect_form
from digests.forms import disconnect as disconnect_form
from digests.layout import blocks, modals
from digests.layout.message import Message, text_message
from digests.words.admin_key import NOT_CONNECTED_ANY_MORE, UNREACHABLE, complaint
from providers.provider import ProviderRefused, ProviderUnavailable
from storage.engine.database import session, transaction
from storage.state import audit, connections, one_time_tokens
from storage.state.connections import Connection

KEY_PAGE = "/key/"


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

    @app.view(re.compile(f"^({connect_form.CONNECT}|{connect_form.REPLACING})$"))
    def key_submitted(ack: Ack, body: dict[str, Any]) -> None:
        block_id, typed = connect_form.key_in(body["view"])
        key = cleaned(typed)
        wrong = what_is_wrong(key)
        if wrong:
            ack(response_action="errors", errors={block_id: wrong})
            return
        ack(response_action="update", view=connect_form.checking())
        notify = partial(_show_notice, context, body["view"]["id"])
        context.run_after_ack(notify, lambda: _check(context, body, key), lane="checks")

    @app.view(disconnect_form.CALLBACK)
    def disconnect_confirmed(ack: Ack, body: dict[str, Any]) -> None:
        if empty := modals.left_empty(body["view"]):
            ack(response_action="errors", errors=empty)
            return
        ack(response_action="update", view=disconnect_form.disconnecting())
        notify = partial(_show_notice, context, body["view"]["id"])
        context.run_after_ack(notify, lambda: _disconnect(context, body))


def ask(context: Context, body: Body, viewer: Viewer, _reply: Reply) -> None:
    """Open the form for the key."""
    link = _link(context, viewer)
    opened = context.client.views_open(trigger_id=body["trigger_id"], view=connect_form.form(link))
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
        context.client.views_open(trigger_id=body["trigger_id"], view=disconnect_form.form(connection))
    else:
        reply.say(render.not_connected(admin=True))


def _check(context: Context, body: Body, key: str) -> None:
    """Check the key with Anthropic in a thread, and conclude when the answer comes."""
    context.admit(body, "connect")
    view_id = body["view"]["id"]
    context.pause()
    over = present(context.team_id)
    checked = context.services.key_checks.begin(context.team_id, partial(prove, context.services, key))
    conclude = partial(_conclude, context, body, key, over, checked)
    ending = connect_form.failed(UNREACHABLE, ProviderUnavailable(ENDING))
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
        _show(context, view["id"], connect_form.failed(complaint(error), error))
        return
    except ProviderUnavailable as error:
        _show(context, view["id"], connect_form.failed(UNREACHABLE, error))
        return
    confirmed, by = view.get("private_metadata") or "", viewer.user_id
    outcome = store(
        context.services, context.team_id, organization, key, by=by, over=over, confirmed=confirmed
    )
    if outcome.is_overtaken:
        _show(context, view["id"], connect_form.overtaken())
    elif outcome.instead_of:
        old = outcome.instead_of
        question = connect_form.replacing(old, organization, confirmation=confirmation(organization, old))
        _show(context, view["id"], question)
    else:
        start_after_connect(context, viewer, view["id"], outcome)


def _again(context: Context, body: Body) -> None:
    link, view_id = _link(context, context.admit(body, "connect")), body["view"]["id"]
    _show(context, view_id, connect_form.form(link))
    _remember_modal(link, view_id)


def _disconnect(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "disconnect"), body["view"]
    keep = disconnect_form.keeps_history(view)
    context.pause()
    with transaction():
        connection = connections.of_team(context.team_id)
        if connection and str(connection.id) == view["private_metadata"]:
            connections.disconnect(connection.id, keep_history=keep)
            detail = f"{named(connection)}, history {'kept' if keep else 'deleted'}"
            audit.record(context.team_id, viewer.user_id, "disconnected", detail, context.services.now())
            notice = render.disconnected(connection.organization_name, kept=keep)
        else:
            notice = text_message(NOT_CONNECTED_ANY_MORE)
    _show_notice(context, view["id"], notice)
    home.refresh_everybodys(context)
    home.refresh(context, viewer)


def _show_notice(context: Context, view_id: str, message: Message) -> None:
    _show(context, view_id, modals.notice(connect_form.TITLE, message))


def _show(context: Context, view_id: str, view: blocks.Block) -> None:
    context.client.views_update(view_id=view_id, view=view)


def start_after_connect(context: Context, viewer: Viewer, view_id: str, outcome: Outcome) -> None:
    """Wake the sync worker, and say so in the modal if it is still open."""
    context.services.wake()
    home.refresh(context, viewer)
    if outcome.connection and view_id:
        _show(context, view_id, connect_form.connected(outcome.connection, is_renewed=outcome.is_renewed))
