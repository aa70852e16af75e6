"""The Home tab: figures for people who can see costs, what the bot does for everybody else.

For admins it begins with the set-up steps left, and ends with buttons for what they can change.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from http.client import HTTPException
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.listeners.access import ViewRights, log_once_a_day, rights_of
from bot.listeners.context import Context, run_reporting_errors
from bot.listeners.subscriptions.names import names_in
from bot.questions.permissions import may_ask, may_manage
from bot.reports import cost, engineers, status
from bot.services import Services
from bot.slack import errors
from bot.slack.requests import Body, user_in
from bot.slack.users import Viewer, ViewerUnknown
from digests import render
from digests.layout import blocks, chart
from digests.layout import buttons as layout_buttons
from digests.messages import access as words
from digests.messages import home_summary
from digests.messages.checklist import Setup, checklist
from digests.messages.cost import ROWS
from digests.messages.digest import listing
from digests.messages.home_summary import WHAT_IT_DOES
from digests.numbers.report import Question, Report, Summary
from digests.render import Message
from digests.words.phrases import day_of
from providers.period import DAY, Period
from storage.engine.database import session, snapshot, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state import access, connections, home_views, subscriptions
from storage.state.connections import Connection
from storage.state.ingest import tokens

TREND = 14  # days: with digests and the rest they stay below Slack's 100 blocks of a view
MOST_HOMES = 500  # tabs redrawn at once: ten minutes of Slack's fifty a minute; others redraw when opened
_DIVIDER = {"type": "divider"}
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


def _open(context: Context, body: Body) -> None:
    show_and_log(context, context.admit(body))


def show_and_log(context: Context, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Publish the tab of a person who opened it; if it names engineers, the log says so once a day."""
    with session():
        is_connected = connections.of_team(context.team_id) is not None
    if is_connected and rights_of(context, viewer).engineers:
        log_once_a_day(context, viewer, "engineers viewed", "Home")
    show(context, viewer, question, start)


def show(context: Context, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Publish a person's tab, with the table of a `question` from line `start` on."""
    rights = rights_of(context, viewer)
    _remember(context, viewer, rights)
    content = _content(context, viewer, rights, question, start)
    context.client.views_publish(user_id=viewer.user_id, view=_view(content))


def _remember(context: Context, viewer: Viewer, rights: ViewRights) -> None:
    with transaction():
        if not rights.cost or connections.of_team(context.team_id) is None:
            home_views.forget(context.team_id, viewer.user_id)
            return
        home_views.remember(context.team_id, viewer.user_id, at=context.services.now())


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
        _show_again(context, people[0])
    except (ViewerUnknown, SlackClientError, OSError, HTTPException) as error:
        log.warning("the Home tab of %s was not updated, and is when they open it: %s", people[0], error)
    finally:
        _refresh_next(context, people[1:])


def _show_again(context: Context, user_id: str) -> None:
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


def redrawing(
    context_of: Callable[[str], Context | None], services: Services
) -> Callable[[Connection], None]:
    """Return a function that redraws the tab of the person who connected, while history comes in."""

    def redraw(connection: Connection) -> None:
        services.pool.submit(
            run_reporting_errors, lambda _apology: None, lambda: _redraw(context_of, connection)
        )

    return redraw


def _redraw(context_of: Callable[[str], Context | None], connection: Connection) -> None:
    try:
        context = context_of(connection.team_id)
    except WrongSecretKey:
        return  # logged at the start, and `doctor` reports it
    if context is None or not connection.connected_by:
        return
    viewer = context.viewers.find(connection.connected_by)
    context.allow(viewer, "summary")
    _try_to_show(context, viewer)


def publish(context: Context, user_id: str, message: Message) -> None:
    """Publish a tab of what the bot does and one message."""
    intro = blocks.section(WHAT_IT_DOES)
    context.client.views_publish(user_id=user_id, view=_view([intro, *message.blocks]))


def _content(
    context: Context, viewer: Viewer, rights: ViewRights, question: Question | None, start: int
) -> list[blocks.Block]:
    """Return the checklist while steps are left, the figures the person can see, and the admins' buttons."""
    admin, setup = may_manage(viewer, context.services.admins), _setup(context)
    steps = [*checklist(setup), _DIVIDER] if admin and not setup.is_done else []
    managing = _managing(context, is_connected=bool(setup.organization)) if admin else []
    if not setup.organization:
        next_step = steps or render.not_connected(admin=False).blocks
        return [blocks.section(WHAT_IT_DOES), *next_step, *managing]
    if not rights.cost:
        return [blocks.section(WHAT_IT_DOES), *rights.withheld().blocks]
    figures = Message("", _figures(context, viewer, question, start, names=rights.engineers))
    shown = figures if rights.engineers else words.nameless(figures)
    visibility = (
        words.in_short(rights.settings)
        if admin
        else words.what_you_may_see(rights.settings, names=rights.engineers)
    )
    return [*steps, *shown.blocks, *(_digests(context) if admin else []), visibility, *managing]


def _managing(context: Context, *, is_connected: bool) -> list[blocks.Block]:
    """Return what admins manage: the tokens of telemetry, then buttons."""
    with session():
        good = tokens.good_of_team(context.team_id)
    telemetry = home_summary.telemetry(good, context.services.now())
    return [*telemetry, *home_summary.managing(is_connected=is_connected)]


def _setup(context: Context) -> Setup:
    with session():
        connection = connections.of_team(context.team_id)
        return Setup(
            organization=connection.organization_name if connection else "",
            reading=status.progress(connection, now=context.services.now()) if connection else None,
            has_digest=bool(subscriptions.of_team(context.team_id)),
            has_decided=access.of_team(context.team_id).decided_at is not None,
        )


def _figures(
    context: Context, viewer: Viewer, question: Question | None, start: int, *, names: bool
) -> list[blocks.Block]:
    now, calendar = context.services.now(), context.calendar()
    today = day_of(now, calendar)
    month = Question(Period(today.replace(day=1), today + DAY, calendar))
    with snapshot():
        connection = connections.of_team(context.team_id)
        if connection is None:
            return render.not_connected(admin=False).blocks
        summary = status.summary(connection, now=now, calendar=calendar)
        report = cost.cost(connection, question or month, now=now)
        trend = _trend(connection, month, now, names=names)
        why = status.outdated(connection, now=now)
    overview = render.summary(summary, now=now, zone=viewer.zone, share=False, export=False).blocks
    page = layout_buttons.Page.at(start, size=ROWS, count=len(report.lines))
    shown = _without_repeated_gaps(summary, report)
    content = [
        *(block for block in overview if block["type"] != "actions"),
        *trend,
        _DIVIDER,
        *(block for block in overview if block["type"] == "actions"),  # right above what they change
        *render.cost(shown, now=now, zone=viewer.zone, start=start, buttons=False).blocks,
        layout_buttons.home_navigation(report.question, page),
    ]
    drawn = chart.instead(Message("", content), chart.in_text)
    admin = may_manage(viewer, context.services.admins)
    return (render.outdated(drawn, why, admin=admin, now=now, zone=viewer.zone) if why else drawn).blocks


def _without_repeated_gaps(summary: Summary, report: Report) -> Report:
    """Leave out the gaps of a report that the summary above names already."""
    above = {gap for each in (summary.month, summary.yesterday, summary.today) for gap in each.gaps}
    return replace(report, gaps=tuple(gap for gap in report.gaps if gap not in above))


def _trend(connection: Connection, month: Question, now: datetime, *, names: bool) -> list[blocks.Block]:
    """Return the trend of the last days and, if the person can see names, who spends most."""
    today, zone = month.period.end - DAY, month.period.zone
    days = Question(Period(today - TREND * DAY, today, zone), "day")
    parts = [home_summary.trend(cost.cost(connection, days, now=now), today)]
    if names:
        people = cost.lines(connection, replace(month, dimension="engineer"))
        active = engineers.active(connection, month.period)
        parts.append(home_summary.top_spenders(month.period.start, people, active))
    return [block for block in parts if block]


def _digests(context: Context) -> list[blocks.Block]:
    """Return a line per digest with its Edit button."""
    with session():
        set_up = subscriptions.of_team(context.team_id)
    if not set_up:
        return []
    return listing.on_home(set_up, names_in(context.team_id), now=context.services.now())


def _view(content: list[blocks.Block]) -> dict[str, Any]:
    return {"type": "home", "blocks": content}
