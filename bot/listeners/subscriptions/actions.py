"""Setting up digests: the list, the modal, and what each button does.

form │ may I post there │ saved with its next time │ confirmed in the direct message
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot.listeners import home
from bot.listeners.context import Context
from bot.listeners.reply import Reply, direct
from bot.listeners.subscriptions import channel_check, form
from bot.listeners.subscriptions.form import Chosen
from bot.listeners.subscriptions.listing import BY_HAND, listing, names_in, page_around
from bot.listeners.subscriptions.preview import preview
from bot.listeners.subscriptions.save import EMPTY, WHICH, described, put, save
from bot.listeners.subscriptions.send_now import post_again, send_now
from bot.posting.calendar import last_covered, next_slot
from bot.posting.outbox import HELD
from bot.questions.answer import text_message
from bot.slack import modals
from bot.slack.requests import Body
from bot.slack.users import Viewer
from digests import render
from storage.engine.database import session, transaction
from storage.state import audit, connections, posts, subscriptions
from storage.state.audit import What
from storage.state.subscriptions import Plan, Subscription

GONE = "That digest is gone. `/stackspend digest` shows those there are."
CHECKING = ":hourglass_flowing_sand: Looking whether I may post there…"
PAUSED = ":double_vertical_bar: It is paused: nothing is posted until it is resumed."
RESUMED = ":white_check_mark: It comes again from the next time on."
REMOVED = "It is removed. What was posted stays."
ALLOWED = ":white_check_mark: It goes to <#{channel}>, now and from now on, whoever reads it there."
PREVIEWED = ":white_check_mark: The preview is in our direct message. Nothing is saved yet."


def register(app: App, context: Context) -> None:
    """Listen to the buttons and the modal."""

    @app.action(re.compile("^digest:.*$"))
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(context.client, body)
        act = _ACTS.get(_act(body), show)
        context.run_after_ack(reply.say, lambda: act(context, body, context.admit(body, "digest"), reply))

    def changed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        context.run_after_ack(
            partial(put, context, body["view"]["id"]), lambda: channel_check.change(context, body)
        )

    for heard in form.HEARD:
        app.action({"action_id": modals.VALUE, "block_id": heard})(changed)

    @app.view(form.CALLBACK)
    def filled_in(ack: Ack, body: dict[str, Any]) -> None:
        if empty := modals.left_empty(body["view"]):
            ack(response_action="errors", errors=empty)
            return
        ack(response_action="update", view=modals.notice(form.TITLE, text_message(CHECKING)))
        context.run_after_ack(
            partial(put, context, body["view"]["id"]), lambda: save(context, body["view"], body)
        )


def show(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """List the team's digests; a button may say from which on."""
    with session():
        set_up = subscriptions.of_team(context.team_id)
    _list(context, reply, set_up, start=_number(body))


def _list(context: Context, reply: Reply, set_up: Sequence[Subscription], *, start: int) -> None:
    reply.answer(listing(set_up, names_in(context.team_id), now=context.services.now(), start=start))


# The modal


def _add(context: Context, body: Body, viewer: Viewer, _reply: Reply) -> None:
    place = str((body.get("channel") or {}).get("id") or "")
    here = "" if place.startswith("D") else place
    view = channel_check.fitting(context, Chosen(Plan(zone=viewer.zone)), viewer, here=here)
    context.client.views_open(trigger_id=body["trigger_id"], view=view)


def _edit(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    found = _found(context, body)
    if found is None:
        reply.say(text_message(GONE))
        return
    view = channel_check.fitting(context, Chosen.of(found), viewer)
    context.client.views_open(trigger_id=body["trigger_id"], view=view)


# The other buttons


def _changed(context: Context, body: Body, viewer: Viewer, reply: Reply, said: str) -> None:
    """Say what became of a digest where it was pressed: in its form, else as the list around it."""
    home.refresh(context, viewer)
    with session():
        set_up = subscriptions.of_team(context.team_id)
    if not _is_form(body):
        _list(context, reply, set_up, start=page_around(set_up, _number(body)))
    elif any(each.id == _number(body) for each in set_up):
        _refill(context, body, form.chosen_in(body["view"]), viewer, said)
    else:
        put(context, body["view"]["id"], text_message(said))


def _is_form(body: Body) -> bool:
    return bool((body.get("view") or {}).get("type") == "modal")


def _log(context: Context, viewer: Viewer, what: What, digest: Subscription) -> None:
    audit.record(context.team_id, viewer.user_id, what, described(digest), context.services.now())


def _pause(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        found = _found(context, body)
        if found:
            subscriptions.pause(found.id, BY_HAND)
            _log(context, viewer, "digest paused", found)
    _changed(context, body, viewer, reply, PAUSED if found else GONE)


def _resume(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        found = _found(context, body)
        is_held = found is not None and found.paused in HELD
        if found and not is_held:
            following = next_slot(found.plan, after=context.services.now())
            subscriptions.resume(context.team_id, found.id, next_at=following)
            _log(context, viewer, "digest resumed", found)
    if found and is_held:
        days = last_covered(found.plan, now=context.services.now())
        reply.say(render.digest_held(found.channel_id, days, found.paused, subscription_id=found.id))
    else:
        _changed(context, body, viewer, reply, RESUMED if found else GONE)


def _allow(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Let a digest go to a channel with other readers, as they are when it is pressed."""
    found = _found(context, body)
    place = channel_check.place_of(context, found.channel_id) if found else None
    if found is None or place is None or place.problem:
        reply.say(text_message(place.problem if place else GONE))
        return
    with transaction():
        now = context.services.now()
        subscriptions.set_audience(found, place.audience)
        subscriptions.resume(context.team_id, found.id, next_at=next_slot(found.plan, after=now))
        posts.release(context.team_id, found.id, channel=found.channel_id, now=now)
        detail = f"{described(found)}: allowed, {place.audience or 'whoever reads it'}"
        audit.record(context.team_id, viewer.user_id, "digest resumed", detail, now)
    context.services.wake()
    home.refresh(context, viewer)
    reply.say(text_message(ALLOWED.format(channel=found.channel_id)))


def _remove(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        found = _found(context, body)
        if found:
            subscriptions.remove(context.team_id, found.id)
            _log(context, viewer, "digest removed", found)
    _changed(context, body, viewer, reply, REMOVED if found else GONE)


def _ask(context: Context, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Show one digest with what can be done about it, each asking whether one is sure."""
    found = _found(context, body)
    now = context.services.now()
    reply.say(listing([found], names_in(context.team_id), now=now) if found else text_message(GONE))


def _preview(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Show the digest to the asker alone, as it would be posted now."""
    with session():
        found, connection = _found(context, body), connections.of_team(context.team_id)
    if found and connection:
        reply.say(preview(context, viewer, connection, Chosen.of(found)))
    else:
        reply.say(render.not_connected(admin=True) if found else text_message(GONE))


def _preview_form(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Show what is filled in, saved or not, in the direct message."""
    chosen = form.chosen_in(body["view"])
    with session():
        connection = connections.of_team(context.team_id)
    if connection is None:
        reply.say(render.not_connected(admin=True))
    elif not form.is_complete(chosen.scope):
        _refill(context, body, chosen, viewer, WHICH)
    elif modals.left_empty(body["view"]):
        _refill(context, body, chosen, viewer, EMPTY)
    else:
        direct(context.client, viewer.user_id, preview(context, viewer, connection, chosen))
        _refill(context, body, chosen, viewer, PREVIEWED)


def _refill(context: Context, body: Body, chosen: Chosen, viewer: Viewer, problem: str) -> None:
    modals.refresh(
        context.client, body["view"], channel_check.fitting(context, chosen, viewer, problem=problem)
    )


def _send_now(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        found, connection = _found(context, body), connections.of_team(context.team_id)
        if found and connection:
            said, is_sent = send_now(found, now=context.services.now())
            if is_sent:
                _log(context, viewer, "digest sent", found)
        else:
            said = render.not_connected(admin=True) if found else text_message(GONE)
    context.services.wake()
    if _is_form(body):
        _changed(context, body, viewer, reply, said.text)
    else:
        reply.say(said)


def _post_again(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        now = context.services.now()
        said, is_sent = post_again(context.team_id, _number(body), now=now)
        if is_sent:
            audit.record(context.team_id, viewer.user_id, "digest sent", f"again, post {_number(body)}", now)
    context.services.wake()
    reply.answer(said)


def _found(context: Context, body: Body) -> Subscription | None:
    """Return the digest that a button is about, one of this team's."""
    with session():
        return subscriptions.find(context.team_id, _number(body))


def _act(body: Body) -> str:
    """Return what was pressed, or chosen from the menu."""
    action = body["actions"][0]
    chosen = (action.get("selected_option") or {}).get("value") or ""
    return str(chosen.partition(" ")[0] or action["action_id"].removeprefix("digest:"))


def _number(body: Body) -> int:
    """Return the number that a button or a choice carries, 0 where nothing was pressed."""
    action = (body.get("actions") or [{}])[0]
    chosen = (action.get("selected_option") or {}).get("value") or ""
    value = chosen.partition(" ")[2] or action.get("value") or ""
    return int(value) if value.isdecimal() else 0


_ACTS: Mapping[str, Callable[[Context, Body, Viewer, Reply], None]] = {
    "list": show,
    "add": _add,
    "edit": _edit,
    "pause": _pause,
    "resume": _resume,
    "allow": _allow,
    "remove": _remove,
    "send_ask": _ask,
    "remove_ask": _ask,
    "preview": _preview,
    "preview_form": _preview_form,
    "send_now": _send_now,
    "post_again": _post_again,
}
