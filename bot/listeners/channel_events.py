"""Events of channels that have a digest: renamed, unarchived, the bot invited.

A digest that was paused because of its channel resumes with its next time, once the cause is gone.
"""

from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, App

from bot.listeners.context import Context
from bot.posting.calendar import next_slot
from bot.slack.requests import Body, team_in
from storage.engine.database import session, transaction
from storage.state import audit, subscriptions

ARCHIVED = frozenset({"is_archived", "is_inactive"})
"""Slack's errors that unarchiving the channel cures."""
OUTSIDE = frozenset({"not_in_channel", "channel_not_found"})
"""Slack's errors that inviting the bot cures."""


def register(app: App, context: Context) -> None:
    """Listen to channels."""

    @app.event("channel_rename")
    @app.event("group_rename")
    def renamed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        channel = _event(body).get("channel") or {}
        context.run_after_ack(
            _ignore, lambda: _rename(context, body, str(channel.get("id")), str(channel.get("name") or ""))
        )

    @app.event("channel_unarchive")
    @app.event("group_unarchive")
    def unarchived(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        context.run_after_ack(_ignore, lambda: _resume(context, body, ARCHIVED))

    @app.event("member_joined_channel")
    def joined(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        context.run_after_ack(_ignore, lambda: _resume_if_invited(context, body))


def _ignore(_message: object) -> None:
    """Drop a message about an error: nobody asked."""


def _event(body: Body) -> Mapping[str, Any]:
    event: Mapping[str, Any] = body.get("event") or {}
    return event


def _rename(context: Context, body: Body, channel: str, name: str) -> None:
    if name and team_in(body) == context.team_id:
        with session():
            subscriptions.rename(context.team_id, channel, name)


def _resume_if_invited(context: Context, body: Body) -> None:
    """Resume if it was the bot that joined."""
    channel = str(_event(body).get("channel") or "")
    with session():
        waiting = any(each.paused in OUTSIDE for each in subscriptions.of_channel(context.team_id, channel))
    if waiting and _event(body).get("user") == context.client.auth_test()["user_id"]:
        _resume(context, body, OUTSIDE)


def _resume(context: Context, body: Body, reasons: frozenset[str]) -> None:
    channel, now = str(_event(body).get("channel") or ""), context.services.now()
    if team_in(body) != context.team_id:
        return
    with transaction():
        for each in subscriptions.of_channel(context.team_id, channel):
            if each.paused in reasons:
                subscriptions.resume(context.team_id, each.id, next_at=next_slot(each.plan, after=now))
                detail = f"{each.kind} in {channel}: no longer {each.paused}"
                audit.record(context.team_id, audit.US, "digest resumed", detail, now)
