"""Connecting telemetry in Slack: an ingest token and what to paste; and revoking one.

form │ _issue │ the token in the modal, looked at until its first event has come
listing │ _revoke │ listing

A token's text exists in that modal alone: in no message, no `private_metadata` and no log. Choosing another
sender brings it back with the modal's own blocks.
"""

from functools import partial

from slack_bolt import App

from bot.ingest import ingest_tokens
from bot.ingest.ingest_tokens import Issued, NotPossible
from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.listeners.registration import on_action, on_form_action, on_submission, show_view
from bot.listeners.reply import Reply
from bot.slack.requests import Body
from bot.slack.users import Viewer
from bot.slack.views import open_form, refresh
from digests.files.telemetry_settings import Sender, endpoint
from digests.forms import connect_claude as form
from digests.forms import disconnect_claude as listing
from digests.layout.blocks import Block
from digests.layout.message import Message, text_message
from storage.engine.database import session
from storage.state.ingest import tokens

WATCHED = 30 * 60.0  # seconds in which a modal waits for the first event; settings are pasted by then


def register(app: App, context: Context) -> None:
    """Listen to the buttons and modals."""
    on_action(app, context, "connect:claude", ask, needs="connect claude")
    on_action(app, context, "disconnect:claude", ask_to_revoke, needs="disconnect claude")
    on_form_action(app, context, form.SENDER, _choose_sender, title=form.TITLE)
    on_form_action(app, context, "claude:revoke", _revoke, title=listing.TITLE)
    on_submission(app, context, form.CALLBACK, _issue, title=form.TITLE, meanwhile=form.issuing())


def ask(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Open the form for a token's name, if senders can reach us."""
    if not context.services.public_url:
        reply.say(text_message(form.NO_ADDRESS))
        return
    taken = [each.name for each in ingest_tokens.good(context.team_id)]
    open_form(context.client, body, form.form(ingest_tokens.free_name(taken)))


def ask_to_revoke(context: Context, body: Body, _viewer: Viewer, _reply: Reply) -> None:
    """Open the list of tokens."""
    good = ingest_tokens.good(context.team_id)
    open_form(context.client, body, listing.listing(good, now=context.services.now()))


def _issue(context: Context, body: Body) -> None:
    viewer, view_id = context.admit(body, "connect claude"), body["view"]["id"]
    name = form.name_in(body["view"])
    context.let_ack_arrive()
    try:
        issued = ingest_tokens.issue(
            context.team_id,
            name,
            by=viewer.user_id,
            at=context.services.now(),
            is_managed=form.is_managed_in(body["view"]),
        )
    except NotPossible as error:
        show_view(context, view_id, form.form(name, problem=str(error)))
        return
    _show(context, viewer, view_id, issued, "managed")
    home.refresh(context, viewer)


def _choose_sender(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "connect claude"), body["view"]
    number, text = form.token_in(view)
    with session():
        token = tokens.find(context.team_id, number)
    if token is None:
        show_view(context, view["id"], form.revoked())
        return
    _show(context, viewer, view["id"], Issued(text, token), form.sender_in(body))


def _show(context: Context, viewer: Viewer, view_id: str, issued: Issued, sender: Sender) -> None:
    """Show a token and what to paste, and look whether something comes with it."""
    view = _issued_view(context, issued, sender)
    shown = context.client.views_update(view_id=view_id, view=view)["view"]
    _watch(context, viewer, shown, issued, sender)


def _watch(context: Context, viewer: Viewer, shown: Body, issued: Issued, sender: Sender) -> None:
    """Look until the first event has come; a test span is shown, and is none."""
    if issued.token.used_at is None:
        look = partial(_look, context, viewer, shown, issued, sender)
        context.services.watches.add(shown["id"], look, seconds=WATCHED)


def _issued_view(context: Context, issued: Issued, sender: Sender) -> Block:
    address = endpoint(context.services.public_url)
    return form.issued(issued.text, issued.token, address, sender, now=context.services.now())


def _look(context: Context, viewer: Viewer, shown: Body, issued: Issued, sender: Sender) -> bool:
    """Say whether waiting is over; if something has come, the modal says so, in a thread of its own."""
    with session():
        present = tokens.find(context.team_id, issued.token.id)
    if present is None:
        return True
    if (present.used_at, present.tested_at) == (issued.token.used_at, issued.token.tested_at):
        return False
    arrived = Issued(issued.text, present)
    context.run_after_ack(_say_nothing, partial(_show_first_event, context, viewer, shown, arrived, sender))
    return True


def _show_first_event(context: Context, viewer: Viewer, shown: Body, issued: Issued, sender: Sender) -> None:
    """Show that something has come, unless the modal was changed or closed meanwhile."""
    if refreshed := refresh(context.client, shown, _issued_view(context, issued, sender)):
        _watch(context, viewer, refreshed, issued, sender)
    home.refresh(context, viewer)


def _say_nothing(_message: Message) -> None:
    """Drop the message about an error: nobody asked just now."""


def _revoke(context: Context, body: Body) -> None:
    viewer, view = context.admit(body, "disconnect claude"), body["view"]
    now, revoked = context.services.now(), ""
    with session():
        token = tokens.find(context.team_id, int(body["actions"][0]["value"]))
    if token and ingest_tokens.revoke(context.team_id, token.name, by=viewer.user_id, at=now):
        revoked = token.name
    good = ingest_tokens.good(context.team_id)
    show_view(context, view["id"], listing.listing(good, now=now, revoked=revoked))
    home.refresh(context, viewer)
