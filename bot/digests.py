"""Setting up digests: the list with its buttons, the modal, a preview, and posting one now.

form │ may I post there │ saved with its next time │ confirmed in the direct message
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot import answers, digest_form, home, modals
from bot.asking import sentence
from bot.calendar import next_time
from bot.desk import Body, Desk, Reply, direct
from bot.digest_form import Chosen, Place
from bot.digest_list import BY_HAND, line, listing
from bot.permissions import may_be_named_in
from bot.posting import day_of, enter_digest
from bot.viewer import Viewer
from digests import blocks, render, wording
from digests.message import Message
from providers.period import DAY
from storage import access, audit, connections, posts, subscriptions
from storage.audit import What
from storage.connections import Connection
from storage.database import session, transaction
from storage.subscriptions import Subscription

GONE = "That digest is gone. `/stackspend digest` shows those there are."
CHECKING = ":hourglass_flowing_sand: Looking whether I may post there…"
TWICE = ":red_circle: <#{channel}> has a digest already; edit that one."
SAVED = ":white_check_mark: *The digest is set up*\n"
SHARED = ":warning: People of another company are in <#{channel}>; they will see the figures too."
TOLD = "You find it in our direct message, too."
ON_ITS_WAY = "The digest for {day} is on its way to <#{channel}>."
THERE_ALREADY = "The digest for {day} is in <#{channel}> already, or about to be."
SETTLED = "That is settled already."


def register(app: App, desk: Desk) -> None:
    """Listen to the buttons and the modal."""

    @app.action(re.compile("^digest:.*$"))
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(desk.client, body)
        act = _ACTS.get(body["actions"][0]["action_id"].removeprefix("digest:"), show)
        desk.later(reply.say, lambda: act(desk, body, desk.admit(body, "digest"), reply))

    @app.action({"action_id": modals.VALUE, "block_id": digest_form.CHANNEL})
    def changed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: digest_form.change(desk, body))

    @app.view(digest_form.CALLBACK)
    def filled_in(ack: Ack, body: dict[str, Any]) -> None:
        ack(response_action="update", view=modals.notice(digest_form.TITLE, sentence(CHECKING)))
        desk.later(partial(_put, desk, body["view"]["id"]), lambda: _save(desk, body["view"], body))


def show(desk: Desk, _body: Body, _viewer: Viewer, reply: Reply) -> None:
    """List the team's digests."""
    with session():
        set_up = subscriptions.of_team(desk.team_id)
    reply.answer(listing(set_up, now=desk.services.now()))


# The modal


def _add(desk: Desk, body: Body, viewer: Viewer, _reply: Reply) -> None:
    place = str((body.get("channel") or {}).get("id") or "")
    here = "" if place.startswith("D") else place
    view = digest_form.fitting(desk, Chosen(zone=viewer.zone), viewer, here=here)
    desk.client.views_open(trigger_id=body["trigger_id"], view=view)


def _edit(desk: Desk, body: Body, viewer: Viewer, reply: Reply) -> None:
    found = _found(desk, body)
    if found is None:
        reply.say(sentence(GONE))
        return
    chosen = Chosen(channel=found.channel_id, time=found.time, zone=found.zone, edited=found.id)
    view = digest_form.fitting(desk, chosen, viewer)
    desk.client.views_open(trigger_id=body["trigger_id"], view=view)


def _save(desk: Desk, view: dict[str, Any], body: Body) -> None:
    viewer = desk.admit(body, "digest")
    desk.pause()
    chosen, now = digest_form.chosen_in(view), desk.services.now()
    place = digest_form.place_of(desk, chosen.channel)
    saved = None if place.problem else _saved(desk.team_id, chosen, place, by=viewer.user_id, now=now)
    if saved:
        _put(desk, view["id"], sentence(f"{SAVED}{line(saved, now)}\n{TOLD}"))
        direct(desk.client, viewer.user_id, _confirmation(saved, place, now))
        home.refresh(desk, viewer)
    else:
        problem = place.problem or TWICE.format(channel=chosen.channel)
        again = digest_form.fitting(desk, chosen, viewer, problem=problem)
        desk.client.views_update(view_id=view["id"], view=again)


def _saved(team_id: str, chosen: Chosen, place: Place, *, by: str, now: datetime) -> Subscription | None:
    """Save it; None where the channel has another digest."""
    with transaction():
        mine = {each.id: each.channel_id for each in subscriptions.of_team(team_id)}
        if any(channel == chosen.channel for number, channel in mine.items() if number != chosen.edited):
            return None
        edited = chosen.edited if chosen.edited in mine else None
        saved = subscriptions.save(
            team_id,
            channel_id=chosen.channel,
            channel_name=place.name,
            time=chosen.time,
            zone=chosen.zone,
            set_up_by=by,
            next_at=next_time(chosen.time, chosen.zone, after=now),
            subscription_id=edited,
        )
        audit.record(team_id, by, "digest edited" if edited else "digest added", described(saved), now)
        return saved


def described(digest: Subscription) -> str:
    """Write down which digest it is, for the log."""
    return f"daily {digest.time} {digest.zone} in {digest.channel_id}"


def _log(desk: Desk, viewer: Viewer, what: What, digest: Subscription) -> None:
    audit.record(desk.team_id, viewer.user_id, what, described(digest), desk.services.now())


def _confirmation(saved: Subscription, place: Place, now: datetime) -> Message:
    value = str(saved.id)
    warning = [blocks.section(SHARED.format(channel=saved.channel_id))] if place.is_shared else []
    buttons = blocks.actions(
        blocks.button("Preview", "digest:preview", value=value),
        blocks.button("Post one now", "digest:post_now", value=value),
        blocks.button("Edit digest", "digest:edit", value=value),
    )
    return sentence(f"{SAVED}{line(saved, now)}", *warning, buttons)


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
            following = next_time(found.time, found.zone, after=desk.services.now())
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


def _preview(desk: Desk, body: Body, _viewer: Viewer, reply: Reply) -> None:
    now = desk.services.now()

    def shown(found: Subscription, connection: Connection) -> Message:
        day, owner = now.date() - DAY, found.set_up_by
        numbers = answers.daily(connection, day, zone=found.zone, set_up_by=owner, first=False, now=now)
        names = may_be_named_in(access.of_team(desk.team_id), found.channel_id)
        return render.channel_digest(numbers, names=names, subscription_id=found.id)

    with session():
        said = _of_both(desk, body, shown)
    reply.say(said)


def _post_now(desk: Desk, body: Body, _viewer: Viewer, reply: Reply) -> None:
    now = desk.services.now()
    with transaction():
        said = _of_both(desk, body, lambda found, _connection: _enter(found, now.date() - DAY, now=now))
    desk.services.wake()
    reply.say(said)


def _of_both(desk: Desk, body: Body, say: Callable[[Subscription, Connection], Message]) -> Message:
    """What is to be said of the digest of a button and its connection, or which of them is missing."""
    found, connection = _found(desk, body), connections.of_team(desk.team_id)
    if found is None:
        return sentence(GONE)
    return say(found, connection) if connection else render.not_connected(admin=True)


def _enter(found: Subscription, day: date, *, now: datetime) -> Message:
    """Put a day's digest into the outbox, or send again what was given up; never twice what was sent."""
    entered = enter_digest(found, day, now=now, patience=timedelta())
    if not entered:
        earlier = posts.with_prefix(found.team_id, f"digest:{found.id}:{day.isoformat()}")
        entered = any(posts.again(found.team_id, post.id, now=now) for post in earlier)
    return _told(ON_ITS_WAY if entered else THERE_ALREADY, day, found.channel_id)


def _post_again(desk: Desk, body: Body, _viewer: Viewer, reply: Reply) -> None:
    """Send what Slack may or may not have, because a person looked."""
    with transaction():
        post = posts.find(desk.team_id, _number(body))
        is_due = post is not None and posts.again(desk.team_id, post.id, now=desk.services.now())
    desk.services.wake()
    reply.answer(_told(ON_ITS_WAY, day_of(post), post.channel) if post and is_due else sentence(SETTLED))


def _told(what: str, day: date, channel: str) -> Message:
    return sentence(what.format(day=wording.day(day, today=day), channel=channel))


def _found(desk: Desk, body: Body) -> Subscription | None:
    """Return the digest that a button is about, one of this team's."""
    with session():
        return subscriptions.find(desk.team_id, _number(body))


def _number(body: Body) -> int:
    value = body["actions"][0].get("value") or ""
    return int(value) if value.isdecimal() else 0


_ACTS: Mapping[str, Callable[[Desk, Body, Viewer, Reply], None]] = {
    "list": show,
    "add": _add,
    "edit": _edit,
    "pause": _pause,
    "resume": _resume,
    "remove": _remove,
    "preview": _preview,
    "post_now": _post_now,
    "post_again": _post_again,
}
