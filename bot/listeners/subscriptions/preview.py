"""A private preview of a digest, saved or not; one with engineers' names is logged."""

from typing import Any

from bot.listeners.access import log_act
from bot.listeners.context import Context
from bot.posting.calendar import last_covered
from bot.questions.permissions import may_be_named_in
from bot.reports import digest
from bot.reports.scope_people import People
from bot.slack.client import SlackClient, SlackError
from bot.slack.users import Viewer
from digests import render
from digests.forms.digest_entries import Chosen
from digests.layout.message import Message, text_message
from digests.words import phrases
from digests.words import subscriptions as sentences
from providers.period import Period
from storage.engine.database import session
from storage.state import access
from storage.state.connections import Connection
from storage.state.scopes import Scope


def preview(context: Context, viewer: Viewer, connection: Connection, chosen: Chosen) -> Message:
    """Return the digest as it would be posted now."""
    now = context.services.now()
    period = last_covered(chosen.plan, now=now, calendar=context.calendar())
    try:
        people = _people(context, chosen.scope)
    except SlackError as error:
        return text_message(sentences.NO_ADDRESSES.format(code=error.code))
    with session():
        numbers = digest.gather(
            connection, period, scope=chosen.scope, people=people, zone=chosen.plan.zone, now=now
        )
        names = may_be_named_in(access.of_team(context.team_id), chosen.channel)
    if names and chosen.naming != "totals" and chosen.scope.kind != "model":
        log_act(context, viewer, "engineers viewed", _log_text(chosen, period))
    how: dict[str, Any] = {"names": names, "naming": chosen.naming}
    message = render.channel_digest(numbers, **how, subscription_id=chosen.edited, in_thread=chosen.in_thread)
    details = render.channel_details(numbers, **how) if chosen.in_thread else None
    return Message(message.text, [*message.blocks, *details.blocks]) if details else message


def _log_text(chosen: Chosen, period: Period) -> str:
    """Describe a preview for the audit log."""
    of = "" if chosen.scope.kind == "whole" else f" of {chosen.scope.text}"
    return f"preview of the {chosen.plan.kind} digest{of} {phrases.period_text(period)}"


def _people(context: Context, scope: Scope) -> People:
    """Return the people of a scope, from Slack as for the post. Raises SlackError if none is known."""
    if not scope.group:
        return People(frozenset(scope.values))
    return SlackClient(context.client, team_id=context.team_id).people(scope.group)
