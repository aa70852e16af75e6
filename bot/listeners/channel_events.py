"""Events of channels that have a digest: renamed, unarchived, the bot invited.

A digest that was paused because of its channel resumes with its next time, once the cause is gone.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from slack_bolt import App

from bot.listeners.context import Context
from bot.listeners.registration import on_event
from bot.posting.calendar import next_slot
from bot.slack import errors
from bot.slack.requests import Body, team_in
from storage.engine.database import session, transaction
from storage.state import audit, subscriptions


def register(app: App, context: Context) -> None:
    """Listen to channels."""
    for renamed in ("channel_rename", "group_rename"):
        on_event(app, context, renamed, _rename)
    for unarchived in ("channel_unarchive", "group_unarchive"):
        on_event(app, context, unarchived, partial(_resume, reasons=errors.CURED_BY_UNARCHIVING))
    on_event(app, context, "member_joined_channel", _resume_if_invited)


def _event(body: Body) -> Mapping[str, Any]:
    event: Mapping[str, Any] = body.get("event") or {}
    return event


def _rename(context: Context, body: Body) -> None:
    renamed = _event(body).get("channel") or {}
    channel, name = str(renamed.get("id")), str(renamed.get("name") or "")
    if name and team_in(body) == context.team_id:
        with session():
            subscriptions.rename(context.team_id, channel, name)


def _resume_if_invited(context: Context, body: Body) -> None:
    """Resume if it was the bot that joined."""
    channel = str(_event(body).get("channel") or "")
    with session():
        waiting = any(
            each.paused in errors.CURED_BY_INVITING
            for each in subscriptions.of_channel(context.team_id, channel)
        )
    if waiting and _event(body).get("user") == context.client.auth_test()["user_id"]:
        _resume(context, body, errors.CURED_BY_INVITING)


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
