"""Answers about telemetry: figures, one person's sessions, three reports side by side, and who is blind."""

from datetime import datetime
from typing import NamedTuple

from bot.questions.command import ME, Command
from bot.reports.claude import telemetry
from bot.reports.claude.beside import beside_the_bill
from bot.reports.claude.blind import who_is_blind
from digests.layout import blocks
from digests.layout.message import Message
from digests.messages.notices import not_connected
from digests.messages.telemetry.beside import beside
from digests.messages.telemetry.blind import blind_ones
from digests.messages.telemetry.figures import telemetry as telemetry_message
from digests.numbers.telemetry.beside import By
from providers.period import Period
from storage.state import connections
from storage.state.connections import Connection

ERASE = "Erase a person…"


class TelemetryAsker(NamedTuple):
    """Who asks and when; `email` is "" if Slack does not say. `is_alone`: only they see the answer."""

    now: datetime
    email: str
    is_admin: bool
    is_alone: bool


def telemetry_answer(connection: Connection, command: Command, asker: TelemetryAsker, start: int) -> Message:
    """Answer a command about telemetry, its lines from `start` on; within a session."""
    if command.period is None:
        raise ValueError("telemetry has a period")
    period = Period(command.period.start, command.period.end)  # counted by UTC days
    if command.view:
        return _beside_the_bill(connection, command, period, asker, start)
    if command.person:
        is_own = command.person in (ME, asker.email)
        email = asker.email if is_own else command.person
        sees_sessions = is_own or asker.is_admin
        report = telemetry.report_of(connection, period, email, now=asker.now, has_sessions=sees_sessions)
    else:
        report = telemetry.report(connection, period, command.lines, now=asker.now)
    message = telemetry_message(report, person=command.person, start=start, share=asker.is_alone)
    if command.lines == "engineer" and asker.is_admin and asker.is_alone:
        return Message(message.text, [*message.blocks, blocks.actions(blocks.button(ERASE, "erase"))])
    return message


def _beside_the_bill(
    reporting: Connection, command: Command, period: Period, asker: TelemetryAsker, start: int
) -> Message:
    present = billed_connection(reporting)
    if present is None:
        return not_connected(admin=asker.is_admin)
    if command.view == "blind":
        found = who_is_blind(present, reporting, now=asker.now)
        return blind_ones(found, today=asker.now.date())
    by: By = "engineer" if command.lines == "engineer" else "day"
    return beside(beside_the_bill(present, reporting, period, by, now=asker.now), start=start)


def billed_connection(reporting: Connection) -> Connection | None:
    """Return the connection to Anthropic of a team, or the last one that was disconnected."""
    past = connections.past_of_team(reporting.team_id)
    return connections.of_team(reporting.team_id) or next(reversed(past), None)
