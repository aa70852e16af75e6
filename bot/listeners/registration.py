"""Registering listeners with Bolt: each acknowledges at once, and its work follows in a thread.

on_action       a button: admit the person, work, answer where the button is
on_form_action  a button or a choice in a form: work, and tell of errors in the form
on_submission   a form: errors at its fields, else a notice in its place while the work is done
on_event        an event that nobody waits for an answer to
acknowledge     a button that only opens a link
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot.listeners.context import Context
from bot.listeners.reply import Reply
from bot.pools.lanes import Lane
from bot.questions.command import Name
from bot.slack.requests import Body
from bot.slack.users import Viewer
from digests.layout import modals
from digests.layout.blocks import Block
from digests.layout.message import Message

Action = str | re.Pattern[str] | Mapping[str, str]
"""An action id, a pattern of them, or the ids of an action and its block."""


def on_action(
    app: App,
    context: Context,
    action: Action,
    act: Callable[[Context, Body, Viewer, Reply], None],
    *,
    needs: Name = "summary",
    lane: Lane = "answers",
    in_turn: bool = False,
) -> None:
    """Handle a button for people who can run the command that it `needs`.

    With `in_turn`, it waits for the person's other requests that do.
    """

    @app.action(action)  # type: ignore[arg-type] # Bolt takes a mapping too
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        reply = Reply.to(context.delivery, body)
        person = reply.user_id if in_turn else ""
        context.run_after_ack(
            reply.say,
            lambda: act(context, body, context.admit(body, needs), reply),
            lane=lane,
            person=person,
        )


def on_form_action(
    app: App, context: Context, action: Action, act: Callable[[Context, Body], None], *, title: str
) -> None:
    """Handle a button or a choice in a form with this title."""

    @app.action(action)  # type: ignore[arg-type] # as above
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        context.run_after_ack(notify_in(context, body["view"]["id"], title), lambda: act(context, body))


def on_submission(
    app: App,
    context: Context,
    callback: str | re.Pattern[str],
    act: Callable[[Context, Body], None],
    *,
    title: str,
    meanwhile: Block,
    errors_in: Callable[[Mapping[str, Any]], dict[str, str]] = modals.left_empty,
    lane: Lane = "answers",
) -> None:
    """Handle a form with this title: show its errors at their fields, else `meanwhile` in its place."""

    @app.view(callback)
    def submitted(ack: Ack, body: dict[str, Any]) -> None:
        if errors := errors_in(body["view"]):
            ack(response_action="errors", errors=errors)
            return
        ack(response_action="update", view=meanwhile)
        notify = notify_in(context, body["view"]["id"], title)
        context.run_after_ack(notify, lambda: act(context, body), lane=lane)


def on_event(app: App, context: Context, event: str, act: Callable[[Context, Body], None]) -> None:
    """Handle an event; an error is logged only, because nobody asked."""

    @app.event(event)
    def happened(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        context.run_after_ack(_ignore, lambda: act(context, body))


def _ignore(_message: Message) -> None:
    """Drop the message about an error."""


def acknowledge(app: App, action: str) -> None:
    """Handle a button whose link the browser opens."""

    @app.action(action)
    def pressed(ack: Ack) -> None:
        ack()


def notify_in(context: Context, view_id: str, title: str) -> Callable[[Message], None]:
    """Return the function that replaces a form by a message."""
    return partial(show_notice, context, view_id, title)


def show_notice(context: Context, view_id: str, title: str, message: Message) -> None:
    """Replace a form by a message."""
    show_view(context, view_id, modals.notice(title, message))


def show_view(context: Context, view_id: str, view: Block) -> None:
    """Replace a form by another."""
    context.client.views_update(view_id=view_id, view=view)
