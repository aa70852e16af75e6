"""Setting up digests: the list with its buttons, the modal, a preview, and posting one now.

form │ may I post there │ saved with its next time │ confirmed in the direct message
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot import digest_form, digest_place, home, modals
from bot.asking import sentence
from bot.calendar import last_covered, next_slot
from bot.desk import Body, Desk, Reply, direct
from bot.digest_form import Chosen
from bot.digest_list import BY_HAND, line, listing, names_in
from bot.digest_place import Place
from bot.digest_preview import preview
from bot.posting import enter_digest, period_of, subject_of
from bot.viewer import Viewer
from digests import blocks, render, wording
from digests.message import Message
from providers.period import DAY, Period
from storage import audit, connections, posts, subscriptions
from storage.audit import What
from storage.connections import Connection
from storage.database import session, transaction
from storage.posts import Post
from storage.subscriptions import WHOLE, Plan, Subscription

GONE = "That digest is gone. `/stackspend digest` shows those there are."
CHECKING = ":hourglass_flowing_sand: Looking whether I may post there…"
TWICE = ":red_circle: <#{channel}> has such a digest already; edit that one."
WHICH = ":red_circle: Please choose what the digest is about."
SAVED = ":white_check_mark: *The digest is set up*\n"
SHARED = ":warning: People of another company are in <#{channel}>; they will see the figures too."
TOLD = "You find it in our direct message, too."
ON_ITS_WAY = "The digest for {days} is on its way to <#{channel}>."
THERE_ALREADY = "The digest for {days} is in <#{channel}> already, or about to be."
JUST_NOW = timedelta(minutes=5)  # who presses again within it meant the first time
PREVIEWED = ":white_check_mark: The preview is in our direct message. Nothing is saved yet."
SETTLED = "That is settled already."


def register(app: App, desk: Desk) -> None:
    """Listen to the buttons and the modal."""

    @app.action(re.compile("^digest:.*$"))
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        act = _ACTS.get(_act(body), show)
        desk.later(reply.say, lambda: act(desk, body, desk.admit(body, "digest"), reply))

    def changed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: digest_place.change(desk, body))

    for heard in digest_form.HEARD:
        app.action({"action_id": modals.VALUE, "block_id": heard})(changed)

    @app.view(digest_form.CALLBACK)
    def filled_in(ack: Ack, body: dict[str, Any]) -> None:
        ack(response_action="update", view=modals.notice(digest_form.TITLE, sentence(CHECKING)))
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: _save(desk, body["view"], body))


def show(desk: Desk, _body: Body, _viewer: Viewer, reply: Reply) -> None:
    """List the team's digests."""
    with session():
        set_up = subscriptions.of_team(desk.team_id)
    reply.answer(listing(set_up, names_in(desk.team_id), now=desk.services.now()))


# The modal


def _add(desk: Desk, body: Body, viewer: Viewer, _reply: Reply) -> None:
    place = str((body.get("channel") or {}).get("id") or "")
    here = "" if place.startswith("D") else place
    view = digest_place.fitting(desk, Chosen(Plan(zone=viewer.zone)), viewer, here=here)
    desk.client.views_open(trigger_id=body["trigger_id"], view=view)


def _edit(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    found = _found(desk, body)
    if found is None:
        reply.say(sentence(GONE))
        return
    view = digest_place.fitting(desk, Chosen.of(found), viewer)
    desk.client.views_open(trigger_id=body["trigger_id"], view=view)


def _save(desk: Desk, view: dict[str, Any], body: Body) -> None:
    viewer = desk.admit(body, "digest")
    desk.pause()
    chosen, now = digest_form.chosen_in(view), desk.services.now()
    place = digest_place.place_of(desk, chosen.channel)
    if not digest_form.is_complete(chosen.scope):
        place = Place(place.name, place.is_shared, WHICH)
    saved = None if place.problem else _saved(desk.team_id, chosen, place, by=viewer.user_id, now=now)
    if saved:
        said = f"{SAVED}{line(saved, names_in(desk.team_id), now)}"
        _put(desk, view["id"], sentence(f"{said}\n{TOLD}"))
        direct(desk.client, viewer.user_id, _confirmation(saved, place, said))
        home.refresh(desk, viewer)
    else:
        problem = place.problem or TWICE.format(channel=chosen.channel)
        again = digest_place.fitting(desk, chosen, viewer, problem=problem)
        desk.client.views_update(view_id=view["id"], view=again)


def _saved(team_id: str, chosen: Chosen, place: Place, *, by: str, now: datetime) -> Subscription | None:
    """Save it; None where the channel has another such digest."""
    plan, same = chosen.plan, (chosen.plan.kind, chosen.scope.text)
    with transaction():
        mine = {each.id: each for each in subscriptions.of_team(team_id)}
        there = [each for each in mine.values() if each.channel_id == chosen.channel]
        if any((each.kind, each.scope) == same for each in there if each.id != chosen.edited):
            return None
        edited = chosen.edited if chosen.edited in mine else None
        saved = subscriptions.save(
            team_id,
            channel_id=chosen.channel,
            channel_name=place.name,
            kind=plan.kind,
            time=plan.time,
            zone=plan.zone,
            weekday=plan.weekday,
            month_day=plan.month_day,
            working_days_only=plan.working_days_only,
            scope=chosen.scope.text,
            naming=chosen.naming,
            set_up_by=by,
            next_at=next_slot(plan, after=now),
            subscription_id=edited,
        )
        audit.record(team_id, by, "digest edited" if edited else "digest added", described(saved), now)
        return saved


def described(digest: Subscription) -> str:
    """Write down which digest it is, for the log."""
    of = "" if digest.scope == WHOLE else f" of {digest.scope}"
    return f"{digest.kind} {digest.time} {digest.zone} in {digest.channel_id}{of}"


def _log(desk: Desk, viewer: Viewer, what: What, digest: Subscription) -> None:
    audit.record(desk.team_id, viewer.user_id, what, described(digest), desk.services.now())


def _confirmation(saved: Subscription, place: Place, said: str) -> Message:
    value = str(saved.id)
    warning = [blocks.section(SHARED.format(channel=saved.channel_id))] if place.is_shared else []
    buttons = blocks.actions(
        blocks.button("Preview", "digest:preview", value=value),
        {**blocks.button("Send now", "digest:send_now", value=value), "confirm": digest_form.SURE_TO_SEND},
        blocks.button("Edit digest", "digest:edit", value=value),
    )
    return sentence(said, *warning, buttons)


def _put(desk: Desk, view_id: str, message: Message) -> None:
    desk.client.views_update(view_id=view_id, view=modals.notice(digest_form.TITLE, message))


# The other buttons


def _pause(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        found = _found(desk, body)
        if found:
            subscriptions.pause(found.id, BY_HAND)
            _log(desk, viewer, "digest paused", found)
    show(desk, body, viewer, reply)


def _resume(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        found = _found(desk, body)
        if found:
            following = next_slot(found.plan, after=desk.services.now())
            subscriptions.resume(desk.team_id, found.id, next_at=following)
            _log(desk, viewer, "digest resumed", found)
    show(desk, body, viewer, reply)


def _remove(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    with transaction():
        found = _found(desk, body)
        if found:
            subscriptions.remove(desk.team_id, found.id)
            _log(desk, viewer, "digest removed", found)
    show(desk, body, viewer, reply)
    home.refresh(desk, viewer)


def _ask(desk: Desk, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Show one digest with what can be done about it, each asking whether one is sure."""
    found = _found(desk, body)
    now = desk.services.now()
    reply.say(listing([found], names_in(desk.team_id), now=now) if found else sentence(GONE))


def _preview(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Show the digest to the asker alone, as it would be posted now."""
    with session():
        found, connection = _found(desk, body), connections.of_team(desk.team_id)
    if found and connection:
        reply.say(preview(desk, viewer, connection, Chosen.of(found)))
    else:
        reply.say(render.not_connected(admin=True) if found else sentence(GONE))


def _preview_form(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    """Show what is filled in, saved or not, in the direct message."""
    chosen = digest_form.chosen_in(body["view"])
    with session():
        connection = connections.of_team(desk.team_id)
    if connection is None:
        reply.say(render.not_connected(admin=True))
    elif not digest_form.is_complete(chosen.scope):
        _refill(desk, body, chosen, viewer, WHICH)
    else:
        direct(desk.client, viewer.user_id, preview(desk, viewer, connection, chosen))
        _refill(desk, body, chosen, viewer, PREVIEWED)


def _refill(desk: Desk, body: Body, chosen: Chosen, viewer: Viewer, problem: str) -> None:
    modals.refresh(desk.client, body["view"], digest_place.fitting(desk, chosen, viewer, problem=problem))


def _send_now(desk: Desk, body: Body, _viewer: Viewer, reply: Reply) -> None:
    now = desk.services.now()
    with transaction():
        said = _of_both(
            desk, body, lambda found, _connection: _enter(found, last_covered(found.plan, now=now), now=now)
        )
    desk.services.wake()
    reply.say(said)


def _of_both(desk: Desk, body: Body, say: Callable[[Subscription, Connection], Message]) -> Message:
    """What is to be said of the digest of a button and its connection, or which of them is missing."""
    found, connection = _found(desk, body), connections.of_team(desk.team_id)
    if found is None:
        return sentence(GONE)
    return say(found, connection) if connection else render.not_connected(admin=True)


def _enter(found: Subscription, period: Period, *, now: datetime) -> Message:
    """Put a digest into the outbox because a person asked, unless one was asked for just now."""
    prefix = f"digest:{subject_of(found.id, period).replace(' ', ':')}:"
    asked = posts.with_prefix(found.team_id, prefix)
    if any(_is_under_way(post, now) for post in asked):
        return _told(THERE_ALREADY, period, found.channel_id)
    enter_digest(found, period, now=now, patience=timedelta(), by_hand=len(asked) + 1)
    return _told(ON_ITS_WAY, period, found.channel_id)


def _is_under_way(post: Post, now: datetime) -> bool:
    return post.state in ("due", "sending") or (post.state == "sent" and post.due_at > now - JUST_NOW)


def _post_again(desk: Desk, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Send what Slack may or may not have, because a person looked."""
    with transaction():
        post = posts.find(desk.team_id, _number(body))
        is_due = post is not None and posts.again(desk.team_id, post.id, now=desk.services.now())
    desk.services.wake()
    reply.answer(_told(ON_ITS_WAY, period_of(post), post.channel) if post and is_due else sentence(SETTLED))


def _told(what: str, days: Period, channel: str) -> Message:
    return sentence(what.format(days=wording.period(days, today=days.end - DAY), channel=channel))


def _found(desk: Desk, body: Body) -> Subscription | None:
    """Return the digest that a button is about, one of this team's."""
    with session():
        return subscriptions.find(desk.team_id, _number(body))


def _act(body: Body) -> str:
    """Return what was pressed, or chosen from the menu."""
    action = body["actions"][0]
    chosen = (action.get("selected_option") or {}).get("value") or ""
    return str(chosen.partition(" ")[0] or action["action_id"].removeprefix("digest:"))


def _number(body: Body) -> int:
    action = body["actions"][0]
    chosen = (action.get("selected_option") or {}).get("value") or ""
    value = chosen.partition(" ")[2] or action.get("value") or ""
    return int(value) if value.isdecimal() else 0


_ACTS: Mapping[str, Callable[[Desk, Body, Viewer, Reply], None]] = {
    "list": show,
    "add": _add,
    "edit": _edit,
    "pause": _pause,
    "resume": _resume,
    "remove": _remove,
    "send_ask": _ask,
    "remove_ask": _ask,
    "preview": _preview,
    "preview_form": _preview_form,
    "send_now": _send_now,
    "post_again": _post_again,
}
