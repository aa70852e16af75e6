"""Connecting and disconnecting in Slack.

    form │ what_is_wrong │ "Checking…" │ prove: Anthropic names its organization and reads a bill │ store
     └ or a link to the page in key_page.py           └ replacing: another organization, the key again

A key exists in the submission and in the vault: in no message, no `private_metadata` and no log.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import structs
from slack_bolt import App

from bot.listeners import access
from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.listeners.registration import (
    acknowledge,
    notify_in,
    on_action,
    on_form_action,
    on_submission,
    show_notice,
    show_view,
)
from bot.listeners.reply import Reply
from bot.pools.key_checks import ENDING, PendingCheck
from bot.slack.requests import Body
from bot.slack.users import Viewer
from bot.sync.keys.admin_key import (
    Outcome,
    cleaned,
    confirmation,
    disconnect,
    present,
    prove,
    store,
    what_is_wrong,
)
from digests import render
from digests.forms import connect as connect_form
from digests.forms import disconnect as disconnect_form
from digests.layout.message import text_message
from digests.messages import access as words
from digests.words.admin_key import NOT_CONNECTED_ANY_MORE, UNREACHABLE, complaint
from providers.provider import ProviderRefused, ProviderUnavailable
from storage.engine.database import session, transaction
from storage.state import access as state
from storage.state import audit, connections, one_time_tokens
from storage.state.access import Audience
from storage.state.connections import Connection

KEY_PAGE = "/key/"


def register(app: App, context: Context) -> None:
    """Listen to the buttons and modals."""
    title = connect_form.TITLE
    on_action(app, context, "connect", ask, needs="connect")
    on_form_action(app, context, "connect:again", _again, title=title)
    acknowledge(app, "connect:browser")
    on_form_action(app, context, connect_form.NAMES, _choose_names, title=title)
    on_action(app, context, "disconnect", ask_to_disconnect, needs="disconnect")
    on_submission(
        app,
        context,
        re.compile(f"^({connect_form.CONNECT}|{connect_form.REPLACING})$"),
        _check,
        title=title,
        meanwhile=connect_form.checking(),
        errors_in=_wrong_key,
        lane="checks",
    )
    meanwhile = disconnect_form.disconnecting()
    on_submission(app, context, disconnect_form.CALLBACK, _disconnect, title=title, meanwhile=meanwhile)


def _wrong_key(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the key in a form, at its field."""
    block_id, typed = connect_form.key_in(view)
    wrong = what_is_wrong(cleaned(typed))
    return {block_id: wrong} if wrong else {}


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


def _check(context: Context, body: Body) -> None:
    """Check the key with Anthropic in a thread, and conclude when the answer comes."""
    context.admit(body, "connect")
    view_id, key = body["view"]["id"], cleaned(connect_form.key_in(body["view"])[1])
    context.let_ack_arrive()
    over = present(context.team_id)
    checked = context.services.key_checks.begin(context.team_id, partial(prove, context.services, key))
    conclude = partial(_conclude, context, body, key, over, checked)
    ending = connect_form.failed(UNREACHABLE, ProviderUnavailable(ENDING))
    done = context.services.in_flight.begin(lambda: show_view(context, view_id, ending))

    def conclude_later(_checked: PendingCheck) -> None:
        context.run_after_ack(notify_in(context, view_id, connect_form.TITLE), conclude)
        done()

    checked.add_done_callback(conclude_later)


def _conclude(context: Context, body: Body, key: str, over: Connection | None, checked: PendingCheck) -> None:
    """Store a key that Anthropic accepted, or show what is wrong."""
    viewer, view = context.admit(body, "connect"), body["view"]
    try:
        organization = checked.result()
    except ProviderRefused as error:
        access.log_act(context, viewer, "key refused", "when it was entered")
        show_view(context, view["id"], connect_form.failed(complaint(error), error))
        return
    except ProviderUnavailable as error:
        show_view(context, view["id"], connect_form.failed(UNREACHABLE, error))
        return
    confirmed, by = view.get("private_metadata") or "", viewer.user_id
    outcome = store(
        context.services, context.team_id, organization, key, by=by, over=over, confirmed=confirmed
    )
    if outcome.is_overtaken:
        show_view(context, view["id"], connect_form.overtaken())
    elif outcome.instead_of:
        old = outcome.instead_of
        question = connect_form.replacing(old, organization, confirmation=confirmation(organization, old))
        show_view(context, view["id"], question)
    else:
        start_after_connect(context, viewer, view["id"], outcome)


def _again(context: Context, body: Body) -> None:
    link, view_id = _link(context, context.admit(body, "connect")), body["view"]["id"]
    show_view(context, view_id, connect_form.form(link))
    _remember_modal(link, view_id)


def _disconnect(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "disconnect"), body["view"]
    keep = disconnect_form.keeps_history(view)
    context.let_ack_arrive()
    with transaction():
        connection = connections.of_team(context.team_id)
        if connection and str(connection.id) == view["private_metadata"]:
            disconnect(connection, by=viewer.user_id, keep_history=keep, at=context.services.now())
            notice = render.disconnected(connection.organization_name, kept=keep)
        else:
            notice = text_message(NOT_CONNECTED_ANY_MORE)
    show_notice(context, view["id"], connect_form.TITLE, notice)
    home.refresh_everybodys(context)
    home.refresh(context, viewer)


def start_after_connect(context: Context, viewer: Viewer, view_id: str, outcome: Outcome) -> None:
    """Wake the sync worker, and say so in the modal if it is still open."""
    context.services.wake()
    home.refresh(context, viewer)
    if outcome.connection and view_id:
        with session():
            settings = state.of_team(context.team_id)
        is_renewed = outcome.is_renewed
        show_view(
            context, view_id, connect_form.connected(outcome.connection, settings, is_renewed=is_renewed)
        )


def _choose_names(context: Context, body: Body) -> None:
    """Save who sees engineers by name, as chosen right after connecting."""
    viewer, view = context.admit(body, "settings"), body["view"]
    is_open = connect_form.names_in(body) == state.EVERYBODY
    with transaction():
        before = state.of_team(context.team_id)
        after = structs.replace(
            before,
            names=Audience(state.EVERYBODY if is_open else state.ADMINS),
            naming=None if is_open else frozenset(),
        )
        state.decide(context.team_id, after, by=viewer.user_id, at=context.services.now())
        decided = state.of_team(context.team_id)
        change = words.changed(before, decided)
        audit.record(context.team_id, viewer.user_id, "settings changed", change, context.services.now())
    show_view(context, view["id"], connect_form.names_chosen(view, decided))
    home.refresh_everybodys(context)
    home.refresh(context, viewer)
