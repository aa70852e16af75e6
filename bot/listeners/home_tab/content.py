"""What a person's Home tab shows: the set-up steps left, the figures they can see, and what they manage."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from bot.listeners.access import ViewRights
from bot.listeners.context import Context
from bot.listeners.subscriptions.names import names_in
from bot.listeners.talk import reinstall
from bot.questions.permissions import may_manage
from bot.reports import cost, status
from bot.slack.users import Viewer
from digests import render
from digests.layout import blocks, chart
from digests.layout import buttons as layout_buttons
from digests.layout.blocks import Block
from digests.layout.controls import Controls, groups_of
from digests.messages import access as words
from digests.messages.about import TITLE
from digests.messages.cost import ROWS
from digests.messages.home_tab import figures, managing
from digests.messages.home_tab.checklist import Setup, checklist
from digests.messages.home_tab.figures import HomeFigures
from digests.messages.home_tab.sparkline import Sparkline, sparkline
from digests.messages.outdated import Outdated
from digests.numbers.report import Question, Report
from digests.render import Message
from digests.words.phrases import day_of, question_text
from providers.period import DAY, Period
from storage.engine.database import session, snapshot
from storage.state import access, connections, subscriptions
from storage.state.connections import Connection
from storage.state.ingest import tokens

_DIVIDER = {"type": "divider"}


@dataclass(frozen=True)
class Drawn:
    """The blocks of a tab, with the last days in characters; `trend` has their chart."""

    blocks: list[Block]
    trend: Sparkline | None = None

    @property
    def chart(self) -> Block | None:
        """The chart that a picture can show, None without one."""
        return self.trend.native if self.trend else None

    def with_picture(self, picture: Block) -> list[Block]:
        """Return the blocks with a picture of the chart."""
        characters = self.trend.block if self.trend else None
        return [picture if block == characters else block for block in self.blocks]


@dataclass(frozen=True)
class _Numbers:
    """What is read for a tab, at one moment."""

    connection: Connection
    home: HomeFigures
    table: Report
    outdated: Outdated | None


def of(context: Context, viewer: Viewer, rights: ViewRights, question: Question | None, start: int) -> Drawn:
    """Return a person's tab, with the table of a `question` from line `start` on."""
    admin, setup = may_manage(viewer, context.services.admins), _setup(context)
    if not setup.organization:
        return Drawn([blocks.section(figures.WHAT_IT_DOES), *_unconnected(context, setup, admin=admin)])
    if not rights.cost:
        return Drawn([blocks.section(figures.WHAT_IT_DOES), *rights.withheld().blocks])
    read = _read(context, question)
    if read is None:  # disconnected meanwhile
        return Drawn([blocks.section(figures.WHAT_IT_DOES), *render.not_connected(admin=admin).blocks])
    steps = checklist(setup) if admin and not setup.is_done else []
    foot = _foot(context, read, rights, setup, admin=admin)
    if setup.reading:
        return Drawn([*_importing(steps, setup, read, context, viewer), _DIVIDER, *foot])
    trend = _trend(read)
    shown = [
        *([*steps, _DIVIDER] if steps else []),
        figures.title(setup.organization),
        *_figures(context, viewer, read, trend, start, rights),
    ]
    offered = reinstall.offer(context) if admin else []
    return Drawn(_with_one_primary([*shown, _DIVIDER, *offered, *foot]), trend)


def _with_one_primary(shown: list[Block]) -> list[Block]:
    """Leave the first primary button as it is, and make the others plain: one act is the next one."""
    is_found, kept = False, list[Block]()
    for block in shown:
        kept.append(_plain(block) if is_found else block)
        is_found = is_found or '"primary"' in json.dumps(block)
    return kept


def _plain(block: Block) -> Block:
    """Return a block whose buttons have no style."""
    if block["type"] == "actions":
        return {**block, "elements": [_unstyled(each) for each in block["elements"]]}
    return {**block, "accessory": _unstyled(block["accessory"])} if "accessory" in block else block


def _unstyled(element: Block) -> Block:
    return {key: value for key, value in element.items() if key != "style"}


def _unconnected(context: Context, setup: Setup, *, admin: bool) -> list[Block]:
    if not admin:
        return render.not_connected(admin=False).blocks
    return [*checklist(setup), _DIVIDER, _telemetry(context), managing.unconnected()]


def _telemetry(context: Context) -> Block:
    with session():
        good = tokens.good_of_team(context.team_id)
    return managing.telemetry(good, context.services.now())


def _setup(context: Context) -> Setup:
    with session():
        connection = connections.of_team(context.team_id)
        return Setup(
            organization=connection.organization_name if connection else "",
            reading=status.progress(connection, now=context.services.now()) if connection else None,
            has_digest=bool(subscriptions.of_team(context.team_id)),
            has_decided=access.of_team(context.team_id).decided_at is not None,
        )


def _read(context: Context, question: Question | None) -> _Numbers | None:
    now, calendar = context.services.now(), context.calendar()
    today = day_of(now, calendar)
    month = Question(Period(today.replace(day=1), today + DAY, calendar))
    with snapshot():
        connection = connections.of_team(context.team_id)
        if connection is None:
            return None
        return _Numbers(
            connection,
            status.home(connection, now=now, calendar=calendar),
            cost.cost(connection, question or month, now=now),
            status.outdated(connection, now=now),
        )


def _importing(
    steps: list[Block], setup: Setup, read: _Numbers, context: Context, viewer: Viewer
) -> list[Block]:
    """Return the first screen: the steps, and what is known of the month."""
    month = figures.top(read.home, now=context.services.now(), zone=viewer.zone, named=False)
    return [*([*steps, _DIVIDER] if steps else []), figures.title(setup.organization), *month]


def _figures(
    context: Context, viewer: Viewer, read: _Numbers, trend: Sparkline | None, start: int, rights: ViewRights
) -> list[Block]:
    """Return the figures and the table, with the buttons that change it."""
    now, zone = context.services.now(), viewer.zone
    report, month = read.table, read.home.summary.month.question
    page = layout_buttons.Page.at(start, size=ROWS, count=len(report.lines))
    answer = render.cost(report, now=now, zone=zone, start=start, buttons=False).blocks
    is_month = report.question == month
    table = [block for block in answer if block["type"] == "table"] if is_month else answer
    shown = Message(
        "",
        [
            *figures.top(read.home, now=now, zone=zone, named=rights.engineers),
            *([trend.block] if trend else []),
            _DIVIDER,
            _controls(report, month.period.end - DAY, page),
            *table,
        ],
    )
    shown = chart.instead(shown if rights.engineers else words.nameless(shown), chart.in_text)
    if read.outdated is None:
        return shown.blocks
    admin = may_manage(viewer, context.services.admins)
    return render.outdated(shown, read.outdated, admin=admin, now=now, zone=zone).blocks


def _controls(report: Report, today: date, page: layout_buttons.Page) -> Block:
    """Return the menus that change the table, its other lines, and what else can be done with it."""
    own = question_text(report.question)
    return Controls(
        ask=lambda days: question_text(report.question, days),
        days=report.question.period,
        today=today,
        page=page,
        groups=groups_of(report.question),
        group=own,
        menu={f"whole {own}": "Send to me", f"export {own}": "Export CSV", f"about {own}": TITLE},
        is_shareable=False,
    ).row()


def _trend(read: _Numbers) -> Sparkline | None:
    days = read.home.summary.days
    return sparkline(days, days.question.period.end) if days else None


def _foot(context: Context, read: _Numbers, rights: ViewRights, setup: Setup, *, admin: bool) -> list[Block]:
    """Return what admins manage, without what the steps of the first screen lead to; else what one sees."""
    if not admin:
        return [words.what_you_may_see(rights.settings, names=rights.engineers)]
    now: datetime = context.services.now()
    with session():
        set_up = subscriptions.of_team(context.team_id)
    digests = [managing.digests(set_up, names_in(context.team_id), now=now)]
    decided = [managing.access(words.in_short(rights.settings))]
    return [
        *(digests if setup.has_digest or not setup.reading else []),
        *(decided if setup.has_decided or not setup.reading else []),
        managing.connection(read.connection.key_hint),
        _telemetry(context),
    ]
