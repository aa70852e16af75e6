"""Commands that only read: from a command understood to the message that answers it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from bot.questions.grammar import Command, KeyTyped, Misunderstood, Name
from bot.reports import cost, engineers, status, undelivered
from bot.slack.users import Viewer
from digests import render
from digests.layout import blocks
from digests.layout.message import Message
from digests.numbers.report import EngineersReport, Question, Report
from digests.words import completeness, phrases, wording
from providers.period import Period
from storage.engine.database import snapshot
from storage.state import connections
from storage.state.connections import Connection

NO_EMAIL = (
    "I cannot tell which figures are yours: Slack does not show me your e-mail address. "
    "An admin can change that by installing the app again with the permission `users:read.email`."
)
NOTHING_TO_SHARE = "There is nothing of yours to share for that time."
NOTHING_YOURS = "I know of no Claude use by {email}, {when}, {zone}."
NOT_BEGUN = "*Nothing* for {when}: the history of {organization} begins on {began}."
ASSIGN = "Assign a key…"
PERIODS = "Periods: `today`  `last week`  `30d`  `2026-10`  `2026-10-01..2026-10-31`"


class NothingToShare(Exception):
    """Nothing is known of the one who would share their own."""


class Read(NamedTuple):
    """What is said, and whether newer figures would change it."""

    said: Message
    is_open: bool


Reader = Callable[[Connection, Command, Viewer, datetime, int], Read]


def text_message(text: str, *more: blocks.Block) -> Message:
    """Return a message of one paragraph, mrkdwn, and perhaps something below it."""
    return Message(text, [blocks.section(text), *more])


def explain_error(wrong: Misunderstood | KeyTyped) -> Message:
    """Say why a text is not understood, and what would be."""
    if isinstance(wrong, KeyTyped):
        return render.key_in_text()
    if wrong.sentence:
        return text_message(wording.escape(wrong.sentence), blocks.context(PERIODS))
    return render.did_you_mean(wrong.typed, unused=wrong.unused, nearest=wrong.nearest)


def answer(
    team_id: str, viewer: Viewer, command: Command, *, admin: bool, now: datetime, start: int = 0
) -> Message:
    """Read what is asked for and say it, its lines from `start` on."""
    if command.name == "help":
        return render.help_text(admin=admin)
    with snapshot():
        connection = connection_for(team_id, command.name)
        if connection is None:
            return render.not_connected(admin=admin)
        read = _READERS[command.name](connection, command, viewer, now, start)
        said = warned(read, connection, viewer.zone, admin=admin, now=now)
    if command.name == "engineers" and admin and connection.state != "disconnected":
        return Message(said.text, [*said.blocks, blocks.actions(blocks.button(ASSIGN, "assign"))])
    return said


def shared(team_id: str, viewer: Viewer, command: Command, *, now: datetime, start: int = 0) -> Message:
    """Say an answer for a channel, with who shares it; its buttons answer whoever presses them alone.

    Raises NothingToShare.
    """
    with snapshot():
        connection = connection_for(team_id, command.name)
        if connection is None:
            return render.not_connected(admin=False)
        read = _for_channel(connection, command, viewer, now, start)
        said = warned(read, connection, viewer.zone, admin=False, now=now)
    return Message(said.text, [*said.blocks, blocks.context(f"Shared by {wording.escape(viewer.name)}")])


def _for_channel(connection: Connection, command: Command, viewer: Viewer, now: datetime, start: int) -> Read:
    if command.name == "engineers":
        people = engineers.report(connection, _period(command), now=now)
        said = render.engineers(people, now=now, zone=viewer.zone, start=start, share=False)
        return Read(said, is_open=is_open(people))
    if command.name == "me":
        return _own_of(connection, command, viewer, now)
    if command.name == "summary":
        summary = status.summary(connection, now=now, zone=viewer.zone)
        return Read(render.summary(summary, now=now, zone=viewer.zone, share=False), is_open=True)
    report = cost.cost(connection, _question(command), now=now)
    return Read(render.cost(report, now=now, start=start, share=False), is_open=is_open(report))


def warned(read: Read, connection: Connection, zone: str, *, admin: bool, now: datetime) -> Message:
    """Begin with why figures are old, where newer ones would change what is said."""
    why = status.outdated(connection, now=now) if read.is_open else None
    return render.outdated(read.said, why, admin=admin, now=now, zone=zone) if why else read.said


def is_open(report: Report | EngineersReport) -> bool:
    """Whether more is still to be read of a period: it runs, or its bill or its usage is not all in."""
    return report.data_until is not None or bool(report.gaps) or bool(report.total.estimated)


def _own_of(connection: Connection, command: Command, viewer: Viewer, now: datetime) -> Read:
    """Tell others one's own, and whose it is. Raises NothingToShare."""
    own = engineers.own(connection, _period(command), viewer.email.casefold(), now=now)
    if not viewer.email or not own.lines:
        raise NothingToShare
    said = render.engineers(own, now=now, zone=viewer.zone, share=False, own=True, owner=viewer.name)
    return Read(said, is_open=is_open(own))


def connection_for(team_id: str, name: Name) -> Connection | None:
    """Return what a team is connected with; for figures, history that was kept does as well."""
    connection = connections.of_team(team_id)
    if connection or name in ("summary", "status"):
        return connection
    return next(reversed(connections.past_of_team(team_id)), None)


def _cost(connection: Connection, command: Command, _viewer: Viewer, now: datetime, start: int) -> Read:
    report = cost.cost(connection, _question(command), now=now)
    said = render.cost(report, now=now, start=start)
    shown = _unless_unread(connection, said, now, known=phrases.has_data(report))
    return Read(shown, is_open=is_open(report))


def _engineers(connection: Connection, command: Command, viewer: Viewer, now: datetime, start: int) -> Read:
    report = engineers.report(connection, _period(command), now=now)
    said = render.engineers(report, now=now, zone=viewer.zone, start=start)
    shown = _unless_unread(connection, said, now, known=bool(report.lines) or not report.gaps)
    return Read(shown, is_open=is_open(report))


def _me(connection: Connection, command: Command, viewer: Viewer, now: datetime, _start: int) -> Read:
    """Tell the asker's own: their share of the bill, and their Claude Code."""
    email, period = viewer.email.casefold(), _period(command)
    if not email:
        return Read(text_message(NO_EMAIL), is_open=False)
    own = engineers.own(connection, period, email, now=now)
    if own.lines:
        said = render.engineers(own, now=now, zone=viewer.zone, own=True)
        return Read(said, is_open=is_open(own))
    when = wording.period(period, today=phrases.day_of(now, viewer.zone))
    nothing = wording.escape(NOTHING_YOURS.format(email=email, when=when, zone=phrases.zone_of(period)))
    if began := phrases.began(own):
        organization = wording.escape(wording.short(connection.organization_name))
        nothing = NOT_BEGUN.format(when=when, organization=organization, began=began)
    lacking = completeness.missing_from(own, now=now, zone=viewer.zone)
    more = [blocks.context(wording.REMARK.join(map(wording.escape, lacking)))] if lacking else []
    shown = _unless_unread(connection, text_message(nothing, *more), now, known=not own.gaps)
    return Read(shown, is_open=is_open(own))


def _summary(connection: Connection, _command: Command, viewer: Viewer, now: datetime, _start: int) -> Read:
    summary = status.summary(connection, now=now, zone=viewer.zone)
    known = any(map(phrases.has_data, (summary.today, summary.yesterday, summary.month)))
    said = render.summary(summary, now=now, zone=viewer.zone)
    return Read(_unless_unread(connection, said, now, known=known), is_open=True)


def _status(connection: Connection, _command: Command, viewer: Viewer, now: datetime, _start: int) -> Read:
    said = render.status(status.status(connection, now=now), now=now, zone=viewer.zone)
    shown = undelivered.with_remark(said, undelivered.alerts_of(connection.team_id))
    return Read(shown, is_open=False)  # it says itself how old everything is


def _unless_unread(connection: Connection, said: Message, now: datetime, *, known: bool) -> Message:
    """Return what is said, or that history is still being read where that is why it says nothing."""
    progress = None if known else status.progress(connection, now=now)
    return render.nothing_yet(progress) if progress else said


def _question(command: Command) -> Question:
    return Question(_period(command), command.dimension)


def _period(command: Command) -> Period:
    if command.period is None:
        raise ValueError(f"{command.name} has no period")
    return command.period


_READERS: Mapping[Name, Reader] = {
    "summary": _summary,
    "cost": _cost,
    "engineers": _engineers,
    "me": _me,
    "status": _status,
}
