"""Answers to commands that only read, and the messages for texts that are no command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from bot.questions.command import ME, Command, KeyTyped, Misunderstood, Name
from bot.questions.permissions import shown_by
from bot.questions.telemetry_answer import TelemetryAsker, telemetry_answer
from bot.reports import change as reports_change
from bot.reports import cost, engineers, status, undelivered
from bot.reports import forecast as reports_forecast
from bot.reports.claude.live import live
from bot.reports.claude.state import telemetry_state
from bot.slack.users import Viewer
from digests import render
from digests.layout import blocks
from digests.layout.message import Message, Rendered, text_message
from digests.messages.ask_admin import ask_admin
from digests.messages.biggest import because
from digests.messages.engineers import ASSIGN
from digests.messages.status import is_slacks_id
from digests.messages.telemetry.figures import telemetry_not_connected
from digests.messages.telemetry.live import with_live
from digests.messages.telemetry.state import with_telemetry
from digests.numbers.change.report import Change
from digests.numbers.outlook import Outlook
from digests.numbers.report import EngineersReport, Question, Report, Status, Summary
from digests.words import completeness, phrases, wording
from digests.words.answers import NO_EMAIL, NOT_BEGUN, NOTHING_YOURS
from providers.period import Period
from storage.engine.database import snapshot
from storage.state import access, connections
from storage.state.connections import Connection
from storage.state.ingest.tokens import PROVIDER


class NothingToShare(Exception):
    """There are no figures of the person who shares their own."""


Place = Literal["private", "channel", "terminal"]
"""Where an answer is shown: to the asker alone, to a channel without buttons that show names, or as text."""


@dataclass(frozen=True)
class Asker:
    """The asker, the time and place, and the first line to show; in a terminal nobody has a name."""

    now: datetime
    zone: str
    place: Place
    email: str = ""
    name: str = ""
    start: int = 0
    is_admin: bool = False
    sees_names: bool = False

    @classmethod
    def of(
        cls,
        viewer: Viewer,
        place: Place,
        now: datetime,
        start: int,
        *,
        admin: bool = False,
        names: bool = False,
    ) -> "Asker":
        """Return a person of Slack as an asker."""
        return cls(now, viewer.zone, place, viewer.email.casefold(), viewer.name, start, admin, names)


class Read(NamedTuple):
    """An answer, its numbers, and whether newer data would change it."""

    message: Message
    numbers: Report | EngineersReport | Summary | Status | Change | Outlook | None
    is_open: bool


Reader = Callable[[Connection, Command, Asker], Read]


def explain_error(wrong: Misunderstood | KeyTyped) -> Message:
    """Say why a text was not understood, and suggest commands."""
    if isinstance(wrong, KeyTyped):
        return render.key_in_text()
    return render.did_you_mean(
        wrong.typed, unused=wrong.unused, nearest=wrong.nearest, sentence=wrong.sentence
    )


def answer(
    team_id: str,
    viewer: Viewer,
    command: Command,
    *,
    admin: bool,
    names: bool = False,
    now: datetime,
    start: int = 0,
) -> Message:
    """Answer a command, its lines from `start` on, with `names` of engineers and keys if these are open."""
    if command.name == "help":
        return render.help_text(admin=admin)
    with snapshot():
        connection = connection_for(team_id, command.name)
        if connection is None:
            return _not_connected(command, admin=admin)
        asker = Asker.of(viewer, "private", now, start, admin=admin, names=names)
        read = _READERS[command.name](connection, command, asker)
        return _with_warning(read, connection, asker, admin=admin)


def about(team_id: str, viewer: Viewer, command: Command, *, now: datetime) -> Message:
    """Return what is behind the figures of an answer about costs, engineers, or the person's own."""
    with snapshot():
        connection = connection_for(team_id, command.name)
        if connection is None:
            return _not_connected(command, admin=False)
        asker = Asker.of(viewer, "private", now, 0)
        return render.about(_REPORTS[command.name](connection, command, asker), now=now, zone=asker.zone)


def shared(team_id: str, viewer: Viewer, command: Command, *, now: datetime, start: int = 0) -> Message:
    """Answer a command for a channel, with the name of who shares it; its buttons answer privately.

    Raises NothingToShare.
    """
    message = in_channel(team_id, viewer, command, now=now, start=start)
    return Message(
        message.text,
        [*message.blocks, blocks.context(f"Shared by {wording.escape(wording.short(viewer.name))}")],
    )


def in_channel(team_id: str, viewer: Viewer, command: Command, *, now: datetime, start: int = 0) -> Message:
    """Answer a command for a channel; its buttons answer privately. Raises NothingToShare."""
    with snapshot():
        connection = connection_for(team_id, command.name)
        if connection is None:
            return _not_connected(command, admin=False)
        asker = Asker.of(viewer, "channel", now, start)
        read = _READERS[command.name](connection, command, asker)
        return _with_warning(read, connection, asker, admin=False)


def _not_connected(command: Command, *, admin: bool) -> Message:
    missing = telemetry_not_connected if command.name == "claude" else render.not_connected
    return missing(admin=admin)


def in_terminal(
    connection: Connection, command: Command, *, now: datetime, zone: str
) -> tuple[object, Message]:
    """Answer a command in a terminal, as numbers and in words."""
    asker = Asker(now, zone, "terminal", sees_names=True)
    with snapshot():
        read = _READERS[command.name](connection, command, asker)
        return read.numbers, _with_warning(read, connection, asker, admin=True)


def _with_warning(read: Read, connection: Connection, asker: Asker, *, admin: bool) -> Message:
    """Put a line on old figures before an answer that newer ones would change."""
    why = status.outdated(connection, now=asker.now) if read.is_open else None
    if why is None:
        return read.message
    return render.outdated(read.message, why, admin=admin, now=asker.now, zone=asker.zone)


def _is_open(report: Report | EngineersReport) -> bool:
    """Whether newer data would change a report: its period runs, or its bill or usage is not all in."""
    return report.data_until is not None or bool(report.gaps) or bool(report.total.estimated)


def connection_for(team_id: str, name: Name) -> Connection | None:
    """Return a team's connection; for figures, the last one that was disconnected counts too."""
    if name == "claude":
        return connections.of_team(team_id, PROVIDER)
    connection = connections.of_team(team_id)
    if connection or name in ("summary", "status"):
        return connection
    return next(reversed(connections.past_of_team(team_id)), None)


def _cost(connection: Connection, command: Command, asker: Asker) -> Read:
    """Return the cost of a question. Raises NothingToShare for one's own without an address."""
    if command.is_own and not asker.email:
        if asker.place == "channel":
            raise NothingToShare
        return Read(text_message(NO_EMAIL), None, is_open=False)
    in_text = asker.place == "terminal"
    report = cost.cost(connection, _question(command), now=asker.now, tokens=in_text, own=asker.email)
    message = render.cost(
        report,
        now=asker.now,
        zone=asker.zone,
        start=asker.start,
        buttons=not in_text,
        share=asker.place == "private",
        in_full=in_text,
        cause=_cause(connection, command, report, asker),
        admin=asker.is_admin,
    )
    shown = _or_progress(connection, message, asker, has_data=phrases.has_data(report))
    return Read(shown, report, _is_open(report))


def _cause(connection: Connection, command: Command, report: Report, asker: Asker) -> Rendered | None:
    """Return what explains most of the change of finished days, in the bill's own calendar.

    Keys and engineers have names where the answer shows names anyway, which is logged; *Show why* has them.
    """
    question, days = report.question, report.question.period
    is_explained = report.extent.kind == "whole" and days.zone == "UTC" and not question.compare
    if not is_explained or not report.previous.total:
        return None
    change = reports_change.why(connection, days, now=asker.now, filters=question.filters, own=asker.email)
    named = asker.sees_names and shown_by(command) == "engineers"
    return because(change, today=phrases.day_of(asker.now, days.zone), named=named)


def _engineers(connection: Connection, command: Command, asker: Asker) -> Read:
    report = engineers.report(connection, _period(command), now=asker.now)
    message = render.engineers(
        report,
        now=asker.now,
        zone=asker.zone,
        start=asker.start,
        buttons=asker.place != "terminal",
        share=asker.place == "private",
        assign=asker.is_admin and connection.state != "disconnected",
        in_full=asker.place == "terminal",
    )
    shown = _or_progress(connection, message, asker, has_data=bool(report.lines) or not report.gaps)
    if added := live(connection, _period(command), now=asker.now):
        shown = with_live(shown, added)
    return Read(shown, report, _is_open(report))


def _me(connection: Connection, command: Command, asker: Asker) -> Read:
    """Return the person's own share of the bill and Claude Code activity.

    Raises NothingToShare where there is none to show to a channel.
    """
    if not asker.email and asker.place == "private":
        return Read(text_message(NO_EMAIL), None, is_open=False)
    period = _period(command)
    own = _own(connection, command, asker)
    if asker.place == "channel":
        return _own_shared(own, asker)
    if own.lines:
        message = render.engineers(own, now=asker.now, zone=asker.zone, own=True)
    else:
        message = _or_progress(
            connection, _nothing_of(connection, own, period, asker), asker, has_data=not own.gaps
        )
    if added := live(connection, period, now=asker.now, email=asker.email):
        message = with_live(message, added, own=True)
    return Read(message, own, _is_open(own))


def _own_shared(own: EngineersReport, asker: Asker) -> Read:
    """Return a person's own figures with their name. Raises NothingToShare."""
    if not asker.email or not own.lines:
        raise NothingToShare
    message = render.engineers(own, now=asker.now, zone=asker.zone, share=False, own=True, owner=asker.name)
    return Read(message, own, _is_open(own))


def _nothing_of(connection: Connection, own: EngineersReport, period: Period, asker: Asker) -> Message:
    """Say that there is nothing of this person, and what is missing."""
    when = wording.period(period, today=phrases.day_of(asker.now, period.zone))
    zone = phrases.zone_of(period)
    nothing = wording.escape(NOTHING_YOURS.format(email=asker.email, when=when, zone=zone))
    if began := phrases.began(own):
        organization = wording.escape(wording.short(connection.organization_name))
        today = phrases.day_of(asker.now, period.zone)
        when = phrases.when_of(period, own.extent, today, asker.zone, is_known=False)
        nothing = NOT_BEGUN.format(when=when, organization=organization, began=began)
    lacking = completeness.missing_from(own, now=asker.now, zone=asker.zone)
    more = [blocks.context(wording.REMARK.join(map(wording.escape, lacking)))] if lacking else []
    if asker.place != "private" or phrases.began(own):
        return text_message(nothing, *more)
    assign = blocks.button(ASSIGN, "assign") if asker.is_admin else ask_admin("assign")
    return text_message(nothing, blocks.actions(assign), *more)


def _claude(connection: Connection, command: Command, asker: Asker) -> Read:
    """Return what telemetry says. Raises NothingToShare for what goes to no channel."""
    if asker.place == "channel" and (command.person or command.view or command.lines == "session"):
        raise NothingToShare
    if command.person == ME and not asker.email:
        return Read(text_message(NO_EMAIL), None, is_open=False)
    who = TelemetryAsker(asker.now, asker.email, is_admin=asker.is_admin, is_alone=asker.place == "private")
    return Read(telemetry_answer(connection, command, who, asker.start), None, is_open=False)


def _summary(connection: Connection, _command: Command, asker: Asker) -> Read:
    calendar = asker.zone if asker.place == "terminal" else access.of_team(connection.team_id).calendar
    summary = status.summary(connection, now=asker.now, calendar=calendar)
    has_data = any(map(phrases.has_data, (summary.today, summary.yesterday, summary.month)))
    is_private = asker.place == "private"
    message = render.summary(
        summary, now=asker.now, zone=asker.zone, share=is_private, named=asker.sees_names
    )
    return Read(_or_progress(connection, message, asker, has_data=has_data), summary, is_open=True)


def _status(connection: Connection, _command: Command, asker: Asker) -> Read:
    present = status.status(connection, now=asker.now)
    if asker.place == "terminal":  # which shows no name for Slack's id
        present = replace(present, connected_by=_unless_slacks(present.connected_by))
    message = render.status(present, now=asker.now, zone=asker.zone, admin=asker.is_admin)
    if reported := telemetry_state(connection, now=asker.now):
        message = with_telemetry(message, reported, now=asker.now)
    shown = undelivered.with_remark(message, undelivered.alerts_of(connection.team_id))
    return Read(shown, present, is_open=False)  # it says itself how old its data is


def _unless_slacks(person: str | None) -> str | None:
    return None if person and is_slacks_id(person) else person


def _why(connection: Connection, command: Command, asker: Asker) -> Read:
    if command.is_own and not asker.email:
        return Read(text_message(NO_EMAIL), None, is_open=False)
    change = reports_change.why(
        connection, _period(command), now=asker.now, filters=command.filters, own=asker.email
    )
    message = render.why(
        change,
        now=asker.now,
        zone=asker.zone,
        named=asker.sees_names,
        filters=command.filters,
        shown=asker.place != "terminal",
        share=asker.place == "private",
    )
    return Read(message, change, is_open=change.is_estimated or bool(change.lack))


def _forecast(connection: Connection, command: Command, asker: Asker) -> Read:
    if command.is_own and not asker.email:
        return Read(text_message(NO_EMAIL), None, is_open=False)
    outlook = reports_forecast.outlook(
        connection, _period(command), now=asker.now, filters=command.filters, own=asker.email
    )
    message = render.forecast(
        outlook,
        now=asker.now,
        zone=asker.zone,
        shown=asker.place != "terminal",
        share=asker.place == "private",
    )
    return Read(message, outlook, is_open=not outlook.is_over)


def _or_progress(connection: Connection, message: Message, asker: Asker, *, has_data: bool) -> Message:
    """Return an answer, or to the asker the progress of the backfill if that is why it has no figures."""
    if has_data or asker.place != "private":
        return message
    progress = status.progress(connection, now=asker.now)
    return render.nothing_yet(progress) if progress else message


def _question(command: Command) -> Question:
    return Question(
        _period(command),
        command.dimension,
        command.second,
        command.filters,
        command.limit,
        command.compare,
    )


def _period(command: Command) -> Period:
    if command.period is None:
        raise ValueError(f"{command.name} has no period")
    return command.period


def _own(connection: Connection, command: Command, asker: Asker) -> EngineersReport:
    return engineers.own(connection, _period(command), asker.email, now=asker.now)


_REPORTS: Mapping[Name, Callable[[Connection, Command, Asker], Report | EngineersReport]] = {
    "cost": lambda connection, command, asker: cost.cost(
        connection, _question(command), now=asker.now, own=asker.email
    ),
    "engineers": lambda connection, command, asker: engineers.report(
        connection, _period(command), now=asker.now
    ),
    "me": _own,
}
"""The numbers of the answers whose small print has more behind it."""
_READERS: Mapping[Name, Reader] = {
    "summary": _summary,
    "cost": _cost,
    "engineers": _engineers,
    "me": _me,
    "status": _status,
    "claude": _claude,
    "why": _why,
    "forecast": _forecast,
}
