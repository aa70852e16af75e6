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

from bot.listeners.access import Sight, note_once, sight_of
from bot.listeners.context import Body, Desk, carefully, user_of
from bot.listeners.subscriptions.listing import LISTED, line, names_in
from bot.questions.permissions import may_ask, may_manage
from bot.reports import cost, engineers, status
from bot.services import Services
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


def register(app: App, desk: Desk) -> None:
    """Publish the tab whenever somebody opens it."""

    @app.event("app_home_opened")
    def opened(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        if body["event"].get("tab", "home") == "home":
            person = user_of(body)
            desk.later(lambda message: publish(desk, person, message), lambda: _open(desk, body))


def _open(desk: Desk, body: Body) -> None:
    look(desk, desk.admit(body))


def look(desk: Desk, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Show the tab to somebody who looks at it; where it names engineers, the log says so once a day."""
    with session():
        is_connected = connections.of_team(desk.team_id) is not None
    if is_connected and sight_of(desk, viewer).engineers:
        note_once(desk, viewer, "engineers viewed", "Home")
    show(desk, viewer, question, start)


def show(desk: Desk, viewer: Viewer, question: Question | None = None, start: int = 0) -> None:
    """Publish the tab of somebody who may see it, its table split as they chose, from a line on."""
    sight = sight_of(desk, viewer)
    _remember(desk, viewer, sight)
    content = _content(desk, viewer, sight, question, start)
    desk.client.views_publish(user_id=viewer.user_id, view=_view(content))


def _remember(desk: Desk, viewer: Viewer, sight: Sight) -> None:
    with transaction():
        if not sight.cost or connections.of_team(desk.team_id) is None:
            home_views.forget(desk.team_id, viewer.user_id)
            return
        home_views.remember(desk.team_id, viewer.user_id, at=desk.services.now())


def refresh(desk: Desk, viewer: Viewer) -> None:
    """Publish it again after a change, by and by; where the tab is switched off, nothing is lost."""
    desk.later(lambda _apology: None, lambda: _try_to_show(desk, viewer))


def refresh_everybodys(desk: Desk) -> None:
    """Publish anew what was shown before rights were taken away, one person after the other."""
    with session():
        people = home_views.of_team(desk.team_id, limit=MOST_HOMES)
    _refresh_next(desk, people)


def refresh_left_over(desk: Desk) -> None:
    """Publish anew what shows figures of what was disconnected while nobody could be shown anything."""
    with session():
        is_left_over = connections.of_team(desk.team_id) is None and home_views.of_team(desk.team_id, limit=1)
    if is_left_over:
        refresh_everybodys(desk)


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


def _refresh_next(desk: Desk, people: Sequence[str]) -> None:
    """Take a thread for one person at a time, so that answers come in between."""
    if people:
        desk.later(lambda _apology: None, lambda: _refresh_one(desk, people))


def _refresh_one(desk: Desk, people: Sequence[str]) -> None:
    try:
        _show_again(desk, people[0])
    except (ViewerUnknown, SlackClientError, OSError, HTTPException) as error:
        log.warning("the Home tab of %s stays as it was: %s", people[0], error)
    finally:
        _refresh_next(desk, people[1:])


def _show_again(desk: Desk, user_id: str) -> None:
    viewer = desk.viewers.find(user_id)
    if may_ask(viewer):
        show(desk, viewer)
        return
    publish(desk, user_id, render.refusal())
    with transaction():
        home_views.forget(desk.team_id, user_id)


def _try_to_show(desk: Desk, viewer: Viewer) -> None:
    try:
        show(desk, viewer)
    except SlackApiError as error:
        log.warning("the Home tab of %s stays as it was: %s", viewer.user_id, error.response.get("error"))


def redrawing(desk_of: Callable[[str], Desk | None], services: Services) -> Callable[[Connection], None]:
    """Return what publishes the tab of whoever connected anew, by and by, while their history comes in."""

    def redraw(connection: Connection) -> None:
        services.pool.submit(carefully, lambda _apology: None, lambda: _redraw(desk_of, connection))

    return redraw


def _redraw(desk_of: Callable[[str], Desk | None], connection: Connection) -> None:
    try:
        desk = desk_of(connection.team_id)
    except WrongSecretKey:
        return  # the start and `doctor` say so
    if desk is None or not connection.connected_by:
        return
    viewer = desk.viewers.find(connection.connected_by)
    desk.allow(viewer, "summary")
    _try_to_show(desk, viewer)


def publish(desk: Desk, user_id: str, message: Message) -> None:
    """Show what the bot does and one message, which is all there is to see."""
    intro = blocks.section(WHAT_IT_DOES)
    desk.client.views_publish(user_id=user_id, view=_view([intro, *message.blocks]))


def _content(
    desk: Desk, viewer: Viewer, sight: Sight, question: Question | None, start: int
) -> list[blocks.Block]:
    """The checklist while there is one, the figures for those who may see them, what else may be done."""
    admin, setup = may_manage(viewer, desk.services.admins), _setup(desk)
    steps = [*checklist(setup), _DIVIDER] if admin and not setup.is_done else []
    managing = [blocks.actions(*buttons) for buttons in _managing(setup)] if admin else []
    if not setup.organization:
        told = steps or render.not_connected(admin=False).blocks
        return [blocks.section(WHAT_IT_DOES), *told, *managing]
    if not sight.cost:
        return [blocks.section(WHAT_IT_DOES), *sight.withheld().blocks]
    figures = Message("", _figures(desk, viewer, question, start, names=sight.engineers))
    shown = figures if sight.engineers else words.nameless(figures)
    holds = (
        words.in_short(sight.settings)
        if admin
        else words.what_you_may_see(sight.settings, names=sight.engineers)
    )
    return [*steps, *shown.blocks, *(_digests(desk) if admin else []), holds, *managing]


def _setup(desk: Desk) -> Setup:
    with session():
        connection = connections.of_team(desk.team_id)
        return Setup(
            organization=connection.organization_name if connection else "",
            reading=status.progress(connection, now=desk.services.now()) if connection else None,
            has_digest=bool(subscriptions.of_team(desk.team_id)),
            has_decided=access.of_team(desk.team_id).decided_at is not None,
        )


def _figures(
    desk: Desk, viewer: Viewer, question: Question | None, start: int, *, names: bool
) -> list[blocks.Block]:
    now = desk.services.now()
    today = day_of(now, viewer.zone)
    month = Question(Period(today.replace(day=1), today + DAY, viewer.zone))
    with snapshot():
        connection = connections.of_team(desk.team_id)
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
    admin = may_manage(viewer, desk.services.admins)
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


def _digests(desk: Desk) -> list[blocks.Block]:
    """Say which digests come where, each with the way to change it."""
    with session():
        set_up = subscriptions.of_team(desk.team_id)
    if not set_up:
        return []
    names = names_in(desk.team_id)
    lines = [
        {**blocks.section(line(each, names, desk.services.now())), "accessory": _edit(each)}
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
