"""The Home tab: how things stand for those who may see it, what the bot does for everybody else.

For those who manage it begins with what is still to be set up, and ends with what they may change.
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
from bot.listeners.subscriptions.listing import LISTED, line, names_in
from bot.questions.permissions import may_ask, may_manage
from bot.reports import cost, engineers, status
from bot.services import Services
from bot.slack.requests import Body, user_in
from bot.slack.users import Viewer, ViewerUnknown
from digests import render
from digests.layout import blocks, chart
from digests.layout import buttons as layout_buttons
from digests.messages import access as words
from digests.messages import home_summary
from digests.messages.checklist import Setup, checklist
from digests.messages.cost import ROWS
from digests.numbers.report import Question, Report, Summary
from digests.render import Message
from digests.words.phrases import day_of
from providers.period import DAY, Period
from storage.engine.database import session, snapshot, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state import access, connections, home_views, subscriptions
from storage.state.connections import Connection
from storage.state.subscriptions import Subscription

WHAT_IT_DOES = (
    "*StackSpend* tells a team what it spends on Claude, to the cent: by model, engineer, workspace and key, "
    "today so far and every month before, and every morning in a channel."
)
MORE_DIGESTS = "{count} more: *Digests*, below."
MOST_DIGESTS, TREND = 10, 14  # digests, days
MOST_HOMES = 500  # published anew at once; Slack takes some fifty a minute, older tabs renew when opened
_DIVIDER = {"type": "divider"}
log = logging.getLogger(__name__)


def register(app: App, context: Context) -> None:
    """Publish the tab whenever somebody opens it."""

    @app.event("app_home_opened")
    def opened(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        if body["event"].get("tab", "home") == "home":
            person = user_in(body)
            context.run_after_ack(
                lambda message: publish(context, person, message), lambda: _open(context, body)
            )


def _open(context: Context, body: Body) -> None:
    look(context, context.admit(body))


def look(context: Context, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Show the tab to somebody who looks at it; where it names engineers, the log says so once a day."""
    with session():
        is_connected = connections.of_team(context.team_id) is not None
    if is_connected and rights_of(context, viewer).engineers:
        log_once_a_day(context, viewer, "engineers viewed", "Home")
    show(context, viewer, question, start)


def show(context: Context, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Publish the tab of somebody who may see it, its table split as they chose, from a line on."""
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
    """Publish it again after a change, by and by; where the tab is switched off, nothing is lost."""
    context.run_after_ack(lambda _apology: None, lambda: _try_to_show(context, viewer))


def refresh_everybodys(context: Context) -> None:
    """Publish anew what was shown before rights were taken away, one person after the other."""
    with session():
        people = home_views.of_team(context.team_id, limit=MOST_HOMES)
    _refresh_next(context, people)


def refresh_left_over(context: Context) -> None:
    """Publish anew what shows figures of what was disconnected while nobody could be shown anything."""
    with session():
        is_left_over = connections.of_team(context.team_id) is None and home_views.of_team(
            context.team_id, limit=1
        )
    if is_left_over:
        refresh_everybodys(context)


def empty(client: WebClient, people: Sequence[str]) -> int:
    """Take figures off the tabs of people at once, where nothing is connected; returns how many stay."""
    view, stay = _view([blocks.section(WHAT_IT_DOES), *render.not_connected(admin=False).blocks]), 0
    for person in people:
        try:
            client.views_publish(user_id=person, view=view)
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning("the Home tab of %s stays as it was: %s", person, type(error).__name__)
            stay += 1
    return stay


def _refresh_next(context: Context, people: Sequence[str]) -> None:
    """Take a thread for one person at a time, so that answers come in between."""
    if people:
        context.run_after_ack(lambda _apology: None, lambda: _refresh_one(context, people))


def _refresh_one(context: Context, people: Sequence[str]) -> None:
    try:
        _show_again(context, people[0])
    except (ViewerUnknown, SlackClientError, OSError, HTTPException) as error:
        log.warning("the Home tab of %s stays as it was: %s", people[0], error)
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
        log.warning("the Home tab of %s stays as it was: %s", viewer.user_id, error.response.get("error"))


def redrawing(
    context_of: Callable[[str], Context | None], services: Services
) -> Callable[[Connection], None]:
    """Return what publishes the tab of whoever connected anew, by and by, while their history comes in."""

    def redraw(connection: Connection) -> None:
        services.pool.submit(
            run_reporting_errors, lambda _apology: None, lambda: _redraw(context_of, connection)
        )

    return redraw


def _redraw(context_of: Callable[[str], Context | None], connection: Connection) -> None:
    try:
        context = context_of(connection.team_id)
    except WrongSecretKey:
        return  # the start and `doctor` say so
    if context is None or not connection.connected_by:
        return
    viewer = context.viewers.find(connection.connected_by)
    context.allow(viewer, "summary")
    _try_to_show(context, viewer)


def publish(context: Context, user_id: str, message: Message) -> None:
    """Show what the bot does and one message, which is all there is to see."""
    intro = blocks.section(WHAT_IT_DOES)
    context.client.views_publish(user_id=user_id, view=_view([intro, *message.blocks]))


def _content(
    context: Context, viewer: Viewer, rights: ViewRights, question: Question | None, start: int
) -> list[blocks.Block]:
    """The checklist while there is one, the figures for those who may see them, what else may be done."""
    admin, setup = may_manage(viewer, context.services.admins), _setup(context)
    steps = [*checklist(setup), _DIVIDER] if admin and not setup.is_done else []
    managing = [blocks.actions(*buttons) for buttons in _managing(setup)] if admin else []
    if not setup.organization:
        told = steps or render.not_connected(admin=False).blocks
        return [blocks.section(WHAT_IT_DOES), *told, *managing]
    if not rights.cost:
        return [blocks.section(WHAT_IT_DOES), *rights.withheld().blocks]
    figures = Message("", _figures(context, viewer, question, start, names=rights.engineers))
    shown = figures if rights.engineers else words.nameless(figures)
    holds = (
        words.in_short(rights.settings)
        if admin
        else words.what_you_may_see(rights.settings, names=rights.engineers)
    )
    return [*steps, *shown.blocks, *(_digests(context) if admin else []), holds, *managing]


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
    now = context.services.now()
    today = day_of(now, viewer.zone)
    month = Question(Period(today.replace(day=1), today + DAY, viewer.zone))
    with snapshot():
        connection = connections.of_team(context.team_id)
        if connection is None:
            return render.not_connected(admin=False).blocks
        summary = status.summary(connection, now=now, zone=viewer.zone)
        report = cost.cost(connection, question or month, now=now)
        at_a_glance = _glance(connection, month, now, names=names)
        why = status.outdated(connection, now=now)
    stands = render.summary(summary, now=now, zone=viewer.zone, share=False, export=False).blocks
    page = layout_buttons.Page.at(start, size=ROWS, count=len(report.lines))
    shown = [
        *(block for block in stands if block["type"] != "actions"),
        *at_a_glance,
        _DIVIDER,
        *(block for block in stands if block["type"] == "actions"),  # right above what they change
        *render.cost(_without(summary, report), now=now, start=start, buttons=False).blocks,
        layout_buttons.at_home(report.question, page),
    ]
    drawn = chart.instead(Message("", shown), chart.in_text)
    admin = may_manage(viewer, context.services.admins)
    return (render.outdated(drawn, why, admin=admin, now=now, zone=viewer.zone) if why else drawn).blocks


def _without(summary: Summary, report: Report) -> Report:
    """Leave out what is missing of a report that is said above it."""
    above = {gap for each in (summary.month, summary.yesterday, summary.today) for gap in each.gaps}
    return replace(report, gaps=tuple(gap for gap in report.gaps if gap not in above))


def _glance(connection: Connection, month: Question, now: datetime, *, names: bool) -> list[blocks.Block]:
    """Say how the last days went, and who spends most to whoever may see names."""
    today, zone = month.period.end - DAY, month.period.zone
    days = Question(Period(today - TREND * DAY, today, zone), "day")
    found = [home_summary.trend(cost.cost(connection, days, now=now), today)]
    if names:
        people = cost.lines(connection, replace(month, dimension="engineer"))
        active = engineers.active(connection, month.period)
        found.append(home_summary.dearest(f"Engineers, {month.period.start:%B} so far", people, active))
    return [block for block in found if block]


def _digests(context: Context) -> list[blocks.Block]:
    """Say which digests come where, each with the way to change it."""
    with session():
        set_up = subscriptions.of_team(context.team_id)
    if not set_up:
        return []
    names = names_in(context.team_id)
    lines = [
        {**blocks.section(line(each, names, context.services.now())), "accessory": _edit(each)}
        for each in sorted(set_up, key=_comes)[:MOST_DIGESTS]
    ]
    more = len(set_up) - len(lines)
    rest = [blocks.context(MORE_DIGESTS.format(count=more))] if more else []
    return [blocks.section(LISTED), *lines, *rest]


def _comes(digest: Subscription) -> bool:
    """Whether nothing keeps it back; what does is shown first."""
    return not (digest.paused or digest.trouble)


def _edit(digest: Subscription) -> blocks.Block:
    return blocks.button("Edit", "digest:edit", value=str(digest.id))


def _managing(setup: Setup) -> list[list[blocks.Block]]:
    """Return the buttons of those who manage, row by row."""
    always = [blocks.button("Settings", "settings"), blocks.button("Audit log", "audit")]
    if not setup.organization:
        return [always]
    connection = [
        blocks.button("Sync now", "sync"),
        blocks.button("Replace the key", "connect"),
        blocks.button("Disconnect", "disconnect"),
    ]
    return [[blocks.button("Digests", "digest:list"), *always], connection]


def _view(content: list[blocks.Block]) -> dict[str, Any]:
    return {"type": "home", "blocks": content}
