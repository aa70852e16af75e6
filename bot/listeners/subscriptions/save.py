"""Saving a digest's form, with a confirmation in the form and in the direct message."""

from dataclasses import replace
from datetime import datetime

from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.listeners.registration import show_notice
from bot.listeners.reply import direct
from bot.listeners.subscriptions import channel_check
from bot.listeners.subscriptions.channel_check import DigestChannel
from bot.listeners.subscriptions.names import names_in
from bot.posting.calendar import next_slot
from bot.slack.requests import Body
from digests.forms import digest as form
from digests.forms import digest_entries as entries
from digests.forms.digest_entries import Chosen
from digests.layout.message import text_message
from digests.messages.digest import listing
from digests.messages.digest.listing import line
from digests.words import subscriptions as sentences
from storage.engine.database import transaction
from storage.state import audit, posts, subscriptions
from storage.state.scopes import WHOLE
from storage.state.subscriptions import AlreadySetUp, Subscription


def save(context: Context, body: Body) -> None:
    """Save a form's digest, or show the form again with what is wrong."""
    viewer, view = context.admit(body, "digest"), body["view"]
    context.let_ack_arrive()
    chosen, now = entries.chosen_in(view), context.services.now()
    place = channel_check.digest_channel(context, chosen.channel)
    if not entries.is_complete(chosen.scope):
        place = replace(place, problem=sentences.NO_SCOPE_CHOSEN)
    if entries.is_overtaken(view):
        place = replace(place, problem=sentences.NO_DAY_CHOSEN)
    try:
        saved = None if place.problem else _store(context.team_id, chosen, place, by=viewer.user_id, now=now)
    except AlreadySetUp:  # another admin was faster
        saved = None
    if saved:
        summary = f"{sentences.SAVED_MESSAGE}{line(saved, names_in(context.team_id), now)}"
        show_notice(context, view["id"], form.TITLE, text_message(summary))
        direct(context.delivery, viewer.user_id, listing.set_up(saved, summary, is_shared=place.is_shared))
        home.refresh(context, viewer)
    else:
        problem = place.problem or sentences.DUPLICATE_DIGEST.format(channel=chosen.channel)
        again = channel_check.form_for(context, chosen, viewer, problem=problem)
        context.client.views_update(view_id=view["id"], view=again)


def _store(
    team_id: str, chosen: Chosen, place: DigestChannel, *, by: str, now: datetime
) -> Subscription | None:
    """Store the digest; None if the channel has another of this kind and scope."""
    plan, identity = chosen.plan, (chosen.plan.kind, chosen.scope)
    with transaction():
        mine = {each.id: each for each in subscriptions.of_team(team_id)}
        there = [each for each in mine.values() if each.channel_id == chosen.channel]
        if any((each.kind, each.scope) == identity for each in there if each.id != chosen.edited):
            return None
        edited = chosen.edited if chosen.edited in mine else None
        saved = subscriptions.save(
            team_id,
            channel_id=chosen.channel,
            channel_name=place.name,
            plan=plan,
            scope=chosen.scope,
            naming=chosen.naming,
            set_up_by=by,
            next_at=next_slot(plan, after=now),
            audience=place.audience,
            minimum=chosen.minimum,
            in_thread=chosen.in_thread,
            subscription_id=edited,
        )
        posts.release(team_id, saved.id, channel=saved.channel_id, now=now)
        audit.record(team_id, by, "digest edited" if edited else "digest added", digest_text(saved), now)
        return saved


def digest_text(digest: Subscription) -> str:
    """Describe a digest for the audit log."""
    of = "" if digest.scope == WHOLE else f" of {digest.scope.text}"
    return f"{digest.kind} {digest.time} {digest.zone} in {digest.channel_id}{of}"
