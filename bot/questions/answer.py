"""Answers to commands that only read, and the messages for texts that are no command."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from bot.questions.grammar import Command, KeyTyped, Misunderstood, Name
from bot.reports import cost, engineers, status, undelivered
from bot.slack.users import Viewer
from digests import render
from digests.layout import blocks
from digests.layout.message import Message, text_message
from digests.numbers.report import EngineersReport, Question, Report
from digests.words import completeness, phrases, wording
from digests.words.answers import NO_EMAIL, NOT_BEGUN, NOTHING_YOURS, PERIODS
from providers.period import Period
from storage.engine.database import snapshot
from storage.state import connections
from storage.state.connections import Connection

ASSIGN = "Assign a key…"


class NothingToShare(Exception):
    """There are no figures of the person who shares their own."""


class Read(NamedTuple):
    """An answer, and whether newer figures would change it."""

    message: Message
    is_open: bool


Reader = Callable[[Connection, Command, Viewer, datetime, int], Read]


def explain_error(wrong: Misunderstood | KeyTyped) -> Message:
    """Say why a text was not understood, and suggest commands."""
    if isinstance(wrong, KeyTyped):
        return render.key_in_text()
    if wrong.sentence:
        return text_message(wording.escape(wrong.sentence), blocks.context(PERIODS))
    return render.did_you_mean(wrong.typed, unused=wrong.unused, nearest=wrong.nearest)


def answer(
    team_id: str, viewer: Viewer, command: Command, *, admin: bool, now: datetime, start: int = 0
) -> Message:
    """Answer a command, its lines from `start` on."""
    if command.name == "help":
        return render.help_text(admin=admin)
    with snapshot():
        connection = connection_for(team_id, command.name)
        if connection is None:
            return render.not_connected(admin=admin)
        read = _READERS[command.name](connection, command, viewer, now, start)
        message = with_warning(read, connection, viewer.zone, admin=admin, now=now)
    if command.name == "engineers" and admin and connection.state != "disconnected":
        return Message(message.text, [*message.blocks, blocks.actions(blocks.button(ASSIGN, "assign"))])
    return message


def shared(team_id: str, viewer: Viewer, command: Command, *, now: datetime, start: int = 0) -> Message:
    """Answer a command for a channel, with the name of who shares it; its buttons answer privately.

    Raises NothingToShare.
    """
    with snapshot():
        connection = connection_for(team_id, command.name)
        if connection is None:
            return render.not_connected(admin=False)
        read = _for_channel(connection, command, viewer, now, start)
        message = with_warning(read, connection, viewer.zone, admin=False, now=now)
    return Message(
        message.text, [*message.blocks, blocks.context(f"Shared by {wording.escape(viewer.name)}")]
    )


def _for_channel(connection: Connection, command: Command, viewer: Viewer, now: datetime, start: int) -> Read:
    if command.name == "engineers":
        people = engineers.report(connection, _period(command), now=now)
        message = render.engineers(people, now=now, zone=viewer.zone, start=start, share=False)
        return Read(message, is_open=is_open(people))
    if command.name == "me":
        return _own_of(connection, command, viewer, now)
    if command.name == "summary":
        summary = status.summary(connection, now=now, zone=viewer.zone)
        return Read(render.summary(summary, now=now, zone=viewer.zone, share=False), is_open=True)
    report = cost.cost(connection, _question(command), now=now)
    return Read(render.cost(report, now=now, start=start, share=False), is_open=is_open(report))


def with_warning(read: Read, connection: Connection, zone: str, *, admin: bool, now: datetime) -> Message:
    """Put a line on old figures before an answer that newer ones would change."""
    why = status.outdated(connection, now=now) if read.is_open else None
    return render.outdated(read.message, why, admin=admin, now=now, zone=zone) if why else read.message


def is_open(report: Report | EngineersReport) -> bool:
    """Whether newer data would change a report: its period runs, or its bill or usage is not all in."""
    return report.data_until is not None or bool(report.gaps) or bool(report.total.estimated)


def _own_of(connection: Connection, command: Command, viewer: Viewer, now: datetime) -> Read:
    """Return a person's own figures with their name. Raises NothingToShare."""
    own = engineers.own(connection, _period(command), viewer.email.casefold(), now=now)
    if not viewer.email or not own.lines:
        raise NothingToShare
    message = render.engineers(own, now=now, zone=viewer.zone, share=False, own=True, owner=viewer.name)
    return Read(message, is_open=is_open(own))


def connection_for(team_id: str, name: Name) -> Connection | None:
    """Return a team's connection; for figures, the last one that was disconnected counts too."""
    connection = connections.of_team(team_id)
    if connection or name in ("summary", "status"):
        return connection
    return next(reversed(connections.past_of_team(team_id)), None)


def _cost(connection: Connection, command: Command, _viewer: Viewer, now: datetime, start: int) -> Read:
    report = cost.cost(connection, _question(command), now=now)
    message = render.cost(report, now=now, start=start)
    shown = _or_progress(connection, message, now, has_data=phrases.has_data(report))
    return Read(shown, is_open=is_open(report))


def _engineers(connection: Connection, command: Command, viewer: Viewer, now: datetime, start: int) -> Read:
    report = engineers.report(connection, _period(command), now=now)
    message = render.engineers(report, now=now, zone=viewer.zone, start=start)
    shown = _or_progress(connection, message, now, has_data=bool(report.lines) or not report.gaps)
    return Read(shown, is_open=is_open(report))


def _me(connection: Connection, command: Command, viewer: Viewer, now: datetime, _start: int) -> Read:
    """Return the person's own share of the bill and Claude Code activity."""
    email, period = viewer.email.casefold(), _period(command)
    if not email:
        return Read(text_message(NO_EMAIL), is_open=False)
    own = engineers.own(connection, period, email, now=now)
    if own.lines:
        message = render.engineers(own, now=now, zone=viewer.zone, own=True)
        return Read(message, is_open=is_open(own))
    when = wording.period(period, today=phrases.day_of(now, viewer.zone))
    nothing = wording.escape(NOTHING_YOURS.format(email=email, when=when, zone=phrases.zone_of(period)))
    if began := phrases.began(own):
        organization = wording.escape(wording.short(connection.organization_name))
        nothing = NOT_BEGUN.format(when=when, organization=organization, began=began)
    lacking = completeness.missing_from(own, now=now, zone=viewer.zone)
    more = [blocks.context(wording.REMARK.join(map(wording.escape, lacking)))] if lacking else []
    shown = _or_progress(connection, text_message(nothing, *more), now, has_data=not own.gaps)
    return Read(shown, is_open=is_open(own))


def _summary(connection: Connection, _command: Command, viewer: Viewer, now: datetime, _start: int) -> Read:
    summary = status.summary(connection, now=now, zone=viewer.zone)
    has_data = any(map(phrases.has_data, (summary.today, summary.yesterday, summary.month)))
    message = render.summary(summary, now=now, zone=viewer.zone)
    return Read(_or_progress(connection, message, now, has_data=has_data), is_open=True)


def _status(connection: Connection, _command: Command, viewer: Viewer, now: datetime, _start: int) -> Read:
    message = render.status(status.status(connection, now=now), now=now, zone=viewer.zone)
    shown = undelivered.with_remark(message, undelivered.alerts_of(connection.team_id))
    return Read(shown, is_open=False)  # it says itself how old its data is


def _or_progress(connection: Connection, message: Message, now: datetime, *, has_data: bool) -> Message:
    """Return an answer, or the progress of the backfill if that is why the answer has no figures."""
    progress = None if has_data else status.progress(connection, now=now)
    return render.nothing_yet(progress) if progress else message


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
