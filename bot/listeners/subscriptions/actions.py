"""The buttons of digests: list, form, and one handler per action.

_add, _edit: form │ channel_check.change │ save: checked, stored with its next time │ a direct message
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from slack_bolt import App

from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.listeners.registration import on_action, on_form_action, on_submission, show_notice
from bot.listeners.reply import Reply, direct
from bot.listeners.share_form import command_in
from bot.listeners.subscriptions import channel_check
from bot.listeners.subscriptions.names import names_in
from bot.listeners.subscriptions.preview import preview
from bot.listeners.subscriptions.save import digest_text, save
from bot.listeners.subscriptions.send_now import post_again, send_now
from bot.posting.calendar import last_covered, next_slot
from bot.questions.command import Command
from bot.slack import views
from bot.slack.requests import Body
from bot.slack.users import Viewer
from digests import render
from digests.forms import digest as form
from digests.forms import digest_entries as entries
from digests.forms.digest_entries import Chosen
from digests.layout import modals
from digests.layout.message import text_message
from digests.messages.digest import as_digest
from digests.messages.digest.listing import listing, page_around
from digests.words import subscriptions as sentences
from storage.engine.database import session, transaction
from storage.state import audit, connections, posts, subscriptions
from storage.state.audit import What
from storage.state.pauses import BY_HAND, HELD
from storage.state.scopes import WHOLE, Scope
from storage.state.subscriptions import Kind, Plan, Subscription


def register(app: App, context: Context) -> None:
    """Listen to the buttons and the modal."""
    on_action(app, context, re.compile("^digest:.*$"), _handle, needs="digest")
    for block_id in entries.WATCHED:
        watched = {"action_id": modals.VALUE, "block_id": block_id}
        on_form_action(app, context, watched, channel_check.change, title=form.TITLE)
    meanwhile = modals.notice(form.TITLE, text_message(sentences.CHECKING))
    on_submission(app, context, form.CALLBACK, save, title=form.TITLE, meanwhile=meanwhile)


def _handle(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    _HANDLERS.get(_action(body), show)(context, body, viewer, reply)


def show(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """List the team's digests, from the number on that a button carries."""
    with session():
        digests = subscriptions.of_team(context.team_id)
    _list(context, reply, digests, start=_number(body))


def _list(context: Context, reply: Reply, digests: Sequence[Subscription], *, start: int) -> None:
    reply.answer(listing(digests, names_in(context.team_id), now=context.services.now(), start=start))


# The modal


def _add(context: Context, body: Body, viewer: Viewer, _reply: Reply) -> None:
    _open_new(context, body, viewer, "daily", WHOLE)


def add_from(context: Context, body: Body, viewer: Viewer, reply: Reply, question: str) -> None:
    """Open the form of a new digest about what an answer was about, as often as such days end."""
    command, _ = command_in(context, question)
    scope = as_digest.scope_of(command.filters) if isinstance(command, Command) else None
    if scope is None or command.period is None:
        reply.say(text_message(sentences.NOT_A_DIGEST))
        return
    _open_new(context, body, viewer, as_digest.kind_of(command.period), scope)


def _open_new(context: Context, body: Body, viewer: Viewer, kind: Kind, scope: Scope) -> None:
    place = str((body.get("channel") or {}).get("id") or "")
    here = "" if place.startswith("D") else place
    plan = Plan(kind, zone=viewer.zone, working_days_only=kind == "daily")
    naming = channel_check.usual_naming(context, here)
    chosen = Chosen(plan, scope=scope, naming=naming, more=scope != WHOLE)
    views.open_form(context.client, body, channel_check.form_for(context, chosen, viewer, here=here))


def _open_options(context: Context, body: Body, viewer: Viewer, _reply: Reply) -> None:
    """Show the form again with all options; the entries stay."""
    chosen = replace(entries.chosen_in(body["view"]), more=True)
    views.refresh(context.client, body["view"], channel_check.form_for(context, chosen, viewer))


def _edit(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    digest = _digest(context, body)
    if digest is None:
        reply.say(text_message(sentences.NO_SUCH_DIGEST))
        return
    view = channel_check.form_for(context, Chosen.of(digest), viewer)
    context.client.views_open(trigger_id=body["trigger_id"], view=view)


# The other buttons


def _show_change(context: Context, body: Body, viewer: Viewer, reply: Reply, outcome: str) -> None:
    """Show what became of a digest where the button was: in its form, else in the list around it."""
    home.refresh(context, viewer)
    with session():
        digests = subscriptions.of_team(context.team_id)
    if not _is_form(body):
        _list(context, reply, digests, start=page_around(digests, _number(body)))
    elif any(each.id == _number(body) for each in digests):
        _refill(context, body, entries.chosen_in(body["view"]), viewer, outcome)
    else:
        show_notice(context, body["view"]["id"], form.TITLE, text_message(outcome))


def _is_form(body: Body) -> bool:
    return bool((body.get("view") or {}).get("type") == "modal")


def _log(context: Context, viewer: Viewer, what: What, digest: Subscription) -> None:
    audit.record(context.team_id, viewer.user_id, what, digest_text(digest), context.services.now())


def _pause(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        digest = _digest(context, body)
        if digest:
            subscriptions.pause(digest.id, BY_HAND)
            _log(context, viewer, "digest paused", digest)
    _show_change(context, body, viewer, reply, sentences.PAUSED_NOW if digest else sentences.NO_SUCH_DIGEST)


def _resume(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        digest = _digest(context, body)
        is_held = digest is not None and digest.paused in HELD
        if digest and not is_held:
            following = next_slot(digest.plan, after=context.services.now())
            subscriptions.resume(context.team_id, digest.id, next_at=following)
            _log(context, viewer, "digest resumed", digest)
    if digest and is_held:
        days = last_covered(digest.plan, now=context.services.now(), calendar=context.calendar())
        reply.say(render.digest_held(digest.channel_id, days, digest.paused, subscription_id=digest.id))
    else:
        _show_change(context, body, viewer, reply, sentences.RESUMED if digest else sentences.NO_SUCH_DIGEST)


def _allow(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Agree to a channel's present readers, and let its digest resume."""
    digest = _digest(context, body)
    place = channel_check.digest_channel(context, digest.channel_id) if digest else None
    if digest is None or place is None or place.problem:
        reply.say(text_message(place.problem if place else sentences.NO_SUCH_DIGEST))
        return
    with transaction():
        now = context.services.now()
        subscriptions.set_audience(digest, place.audience)
        subscriptions.resume(context.team_id, digest.id, next_at=next_slot(digest.plan, after=now))
        posts.release(context.team_id, digest.id, channel=digest.channel_id, now=now)
        detail = f"{digest_text(digest)}: allowed, {place.audience or 'whoever reads it'}"
        audit.record(context.team_id, viewer.user_id, "digest resumed", detail, now)
    context.services.wake()
    home.refresh(context, viewer)
    reply.say(text_message(sentences.ALLOWED.format(channel=digest.channel_id)))


def _remove(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        digest = _digest(context, body)
        if digest:
            subscriptions.remove(context.team_id, digest.id)
            _log(context, viewer, "digest removed", digest)
    _show_change(context, body, viewer, reply, sentences.REMOVED if digest else sentences.NO_SUCH_DIGEST)


def _show_one(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Show one digest with its buttons, which ask whether one is sure."""
    digest, now = _digest(context, body), context.services.now()
    if digest:
        reply.say(listing([digest], names_in(context.team_id), now=now))
    else:
        reply.say(text_message(sentences.NO_SUCH_DIGEST))


def _preview(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Show the digest privately, as it would be posted now."""
    with session():
        digest, connection = _digest(context, body), connections.of_team(context.team_id)
    if digest and connection:
        reply.say(preview(context, viewer, connection, Chosen.of(digest)))
    else:
        reply.say(render.not_connected(admin=True) if digest else text_message(sentences.NO_SUCH_DIGEST))


def _preview_form(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Show the digest of a form, saved or not, in the direct message."""
    chosen = entries.chosen_in(body["view"])
    with session():
        connection = connections.of_team(context.team_id)
    if connection is None:
        reply.say(render.not_connected(admin=True))
    elif not entries.is_complete(chosen.scope):
        _refill(context, body, chosen, viewer, sentences.NO_SCOPE_CHOSEN)
    elif modals.left_empty(body["view"]):
        _refill(context, body, chosen, viewer, sentences.EMPTY_FIELD)
    else:
        direct(context.delivery, viewer.user_id, preview(context, viewer, connection, chosen))
        _refill(context, body, chosen, viewer, sentences.PREVIEWED)


def _refill(context: Context, body: Body, chosen: Chosen, viewer: Viewer, problem: str) -> None:
    views.refresh(
        context.client, body["view"], channel_check.form_for(context, chosen, viewer, problem=problem)
    )


def _send_now(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        digest, connection = _digest(context, body), connections.of_team(context.team_id)
        if digest and connection:
            outcome, is_sent = send_now(digest, now=context.services.now())
            if is_sent:
                _log(context, viewer, "digest sent", digest)
        else:
            outcome = render.not_connected(admin=True) if digest else text_message(sentences.NO_SUCH_DIGEST)
    context.services.wake()
    if _is_form(body):
        _show_change(context, body, viewer, reply, outcome.text)
    else:
        reply.say(outcome)


def _post_again(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        now = context.services.now()
        outcome, is_sent = post_again(context.team_id, _number(body), now=now)
        if is_sent:
            audit.record(context.team_id, viewer.user_id, "digest sent", f"again, post {_number(body)}", now)
    context.services.wake()
    reply.answer(outcome)


def _digest(context: Context, body: Body) -> Subscription | None:
    """Return the digest that a button is about, if it is this team's."""
    with session():
        return subscriptions.find(context.team_id, _number(body))


def _action(body: Body) -> str:
    """Return the action of a button, or of a choice in the menu."""
    action = body["actions"][0]
    chosen = (action.get("selected_option") or {}).get("value") or ""
    return str(chosen.partition(" ")[0] or action["action_id"].removeprefix("digest:"))


def _number(body: Body) -> int:
    """Return the number that a button or a choice carries, 0 if there is none."""
    action = (body.get("actions") or [{}])[0]
    chosen = (action.get("selected_option") or {}).get("value") or ""
    value = chosen.partition(" ")[2] or action.get("value") or ""
    return int(value) if value.isdecimal() else 0


_HANDLERS: Mapping[str, Callable[[Context, Body, Viewer, Reply], None]] = {
    "list": show,
    "add": _add,
    "edit": _edit,
    "pause": _pause,
    "resume": _resume,
    "allow": _allow,
    "remove": _remove,
    "send_ask": _show_one,
    "remove_ask": _show_one,
    "preview": _preview,
    "preview_form": _preview_form,
    "more_options": _open_options,
    "send_now": _send_now,
    "post_again": _post_again,
}
