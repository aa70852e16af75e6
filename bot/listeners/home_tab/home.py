"""The Home tab: figures for people who can see costs, what the bot does for everybody else.

For admins it begins with the set-up steps left, and ends with buttons for what they can change.
"""

import logging
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.listeners.access import ViewRights, log_once_a_day, rights_of
from bot.listeners.context import Context
from bot.listeners.home_tab import content
from bot.listeners.registration import acknowledge, on_action
from bot.listeners.reply import Reply
from bot.listeners.talk import reinstall
from bot.questions.permissions import may_ask
from bot.reports import status
from bot.slack import errors
from bot.slack.requests import Body, user_in
from bot.slack.users import Viewer, ViewerUnknown
from digests import render
from digests.layout import blocks
from digests.messages.home_tab.figures import WHAT_IT_DOES
from digests.numbers.report import NAMING, Question
from digests.render import Message
from storage.engine.database import session, transaction
from storage.state import connections, home_views

MOST_HOMES = 500  # tabs redrawn at once: ten minutes of Slack's fifty a minute; others redraw when opened
log = logging.getLogger(__name__)


def register(app: App, context: Context) -> None:
    """Publish the tab when somebody opens it."""

    @app.event("app_home_opened")
    def opened(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        if body["event"].get("tab", "home") == "home":
            person = user_in(body)
            context.run_after_ack(
                lambda message: publish(context, person, message), lambda: _open(context, body)
            )

    acknowledge(app, "offer:reinstall")
    on_action(app, context, "offer:decline", _decline_offer, needs="settings")


def _decline_offer(context: Context, _body: Body, viewer: Viewer, _reply: Reply) -> None:
    reinstall.decline(context, viewer)
    show(context, viewer)


def _open(context: Context, body: Body) -> None:
    show_and_log(context, context.admit(body))


def show_and_log(context: Context, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Publish the tab of a person who opened it; if its table names engineers, the log says so once a day."""
    with session():
        is_connected = connections.of_team(context.team_id) is not None
    is_naming = question is not None and question.dimension in NAMING
    if is_connected and is_naming and rights_of(context, viewer).engineers:
        log_once_a_day(context, viewer, "engineers viewed", "Home")
    show(context, viewer, question, start)


def show(context: Context, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Publish a person's tab, with the table of a `question` from line `start` on.

    A chart that Slack does not have yet is drawn in characters first, and as a picture once it is uploaded.
    """
    rights = rights_of(context, viewer)
    _remember(context, viewer, rights)
    drawn = content.of(context, viewer, rights, question, start)
    if not drawn.chart:
        _publish(context, viewer.user_id, drawn.blocks)
        return
    if kept := context.delivery.kept_picture(drawn.chart):
        _publish_picture(context, viewer, drawn, kept)
        return
    shown = _publish(context, viewer.user_id, drawn.blocks)
    if context.delivery.may_upload:
        context.run_after_ack(
            lambda _apology: None, lambda: _upload_and_publish(context, viewer, drawn, shown), lane="exports"
        )


def _upload_and_publish(context: Context, viewer: Viewer, drawn: content.Drawn, shown: str) -> None:
    """Upload the chart's picture, which can take seconds, and publish the tab with it if still shown."""
    if drawn.chart and (picture := context.delivery.upload_picture(drawn.chart)):
        _publish_picture(context, viewer, drawn, picture, in_place_of=shown)


def _publish_picture(
    context: Context, viewer: Viewer, drawn: content.Drawn, kept: blocks.Block, *, in_place_of: str = ""
) -> None:
    """Publish the tab with a picture, in the place of one alone if that is named.

    If Slack no longer takes the picture, the tab has characters.
    """
    try:
        _publish(context, viewer.user_id, drawn.with_picture(kept), in_place_of=in_place_of)
    except SlackApiError as error:
        if errors.code_of(error) in errors.FORM_OVERTAKEN:
            return  # the tab was drawn anew meanwhile
        if errors.code_of(error) not in errors.PICTURE_REFUSED:
            raise
        context.delivery.forget_pictures()
        _publish(context, viewer.user_id, drawn.blocks)


def _remember(context: Context, viewer: Viewer, rights: ViewRights) -> None:
    """Record whose tab shows costs, before it does, so that they can be removed whatever happens."""
    with transaction():
        connection = connections.of_team(context.team_id)
        if not rights.cost or connection is None:
            home_views.forget(context.team_id, viewer.user_id)
            return
        now = context.services.now()
        quarter = status.import_quarter(connection, now=now)
        home_views.remember(context.team_id, viewer.user_id, at=now, quarter=quarter)


def refresh(context: Context, viewer: Viewer) -> None:
    """Redraw the tab after a change, in a thread; a failure is logged only."""
    context.run_after_ack(lambda _apology: None, lambda: _try_to_show(context, viewer))


def refresh_everybodys(context: Context) -> None:
    """Redraw every tab that shows figures, one person after the other, after access was narrowed."""
    with session():
        people = home_views.of_team(context.team_id, limit=MOST_HOMES)
    _refresh_next(context, people)


def refresh_left_over(context: Context) -> None:
    """Redraw tabs that still show figures of a connection deleted while Slack could not be reached."""
    with session():
        is_left_over = connections.of_team(context.team_id) is None and home_views.of_team(
            context.team_id, limit=1
        )
    if is_left_over:
        refresh_everybodys(context)


def empty(client: WebClient, people: Sequence[str]) -> int:
    """Remove the figures from people's tabs now; return how many could not be reached."""
    view, unreached = _view([blocks.section(WHAT_IT_DOES), *render.not_connected(admin=False).blocks]), 0
    for person in people:
        try:
            client.views_publish(user_id=person, view=view)
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning(
                "the Home tab of %s was not updated, and is when they open it: %s",
                person,
                type(error).__name__,
            )
            unreached += 1
    return unreached


def _refresh_next(context: Context, people: Sequence[str]) -> None:
    """Redraw for one person in a thread, then the next, so that answers come in between."""
    if people:
        context.run_after_ack(lambda _apology: None, lambda: _refresh_one(context, people))


def _refresh_one(context: Context, people: Sequence[str]) -> None:
    try:
        show_again(context, people[0])
    except (ViewerUnknown, SlackClientError, OSError, HTTPException) as error:
        log.warning("the Home tab of %s was not updated, and is when they open it: %s", people[0], error)
    finally:
        _refresh_next(context, people[1:])


def show_again(context: Context, user_id: str) -> None:
    """Publish the tab of a person who did not ask; somebody who can no longer ask loses the figures."""
    viewer = context.viewers.find(user_id)
    if may_ask(viewer):
        show(context, viewer)
        return
    publish(context, user_id, render.refusal())
    with transaction():
        home_views.forget(context.team_id, user_id)


def _try_to_show(context: Context, viewer: Viewer) -> None:
    try:
        show(context, viewer)
    except SlackApiError as error:
        log.warning(
            "the Home tab of %s was not updated, and is when they open it: %s",
            viewer.user_id,
            errors.code_of(error),
        )


def publish(context: Context, user_id: str, message: Message) -> None:
    """Publish a tab of what the bot does and one message."""
    _publish(context, user_id, [blocks.section(WHAT_IT_DOES), *message.blocks])


def _publish(context: Context, user_id: str, shown: list[blocks.Block], *, in_place_of: str = "") -> str:
    """Publish a tab and return its hash; with the hash of another, only if that is still shown."""
    published = context.client.views_publish(user_id=user_id, view=_view(shown), hash=in_place_of or None)
    return str(published["view"]["hash"])


def _view(shown: list[blocks.Block]) -> dict[str, Any]:
    return {"type": "home", "blocks": shown}
