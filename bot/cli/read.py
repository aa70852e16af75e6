"""The verbs that only read: answers, digests, exports and the audit log, as text or JSON."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, get_args

from bot import clock
from bot.cli import terminal
from bot.cli.operate import DONE, connection_of, has_database, history_of, open_to_read, team_of
from bot.questions.command import Command, KeyTyped, Misunderstood, command_text
from bot.questions.reading.names import NameDimension
from storage.engine import database
from storage.state import access, audit
from storage.state.connections import Connection

if TYPE_CHECKING:
    from bot.questions.reading.names import Names
    from providers.period import Period


_QUOTE = '"'
_ANY_MONTH = 1  # of fiscal years, until the database says which: whether a text can be understood at all
KEY_TYPED = (
    "Everyone on this machine can see a key on the command line. Revoke it, and use `stackspend connect`."
)


UNKNOWN_PERSON = "The terminal doesn't know who you are. Ask for an engineer by name or email address."


class Misused(Exception):
    """The typed words are no command; the message suggests one."""


def ask(options: argparse.Namespace) -> int:
    """Answer a verb that only reads, such as `cost` or the bare summary, as Slack would or as JSON."""
    now, words = clock.now(), [options.command, *options.words, *_filter_words(options)]
    if not has_database():
        _parsed(words, options.by, "UTC", now)  # whether it can be understood at all
    open_to_read()
    with database.session():
        names, month = _names(options), _fiscal_month(options)
        command = _parsed(words, options.by, zone_of(options), now, names, fiscal_month=month)
        return answer(options, command, now)


def _filter_words(options: argparse.Namespace) -> list[str]:
    """Return the filters in the options as one would type them: `engineer "mina@acme.example"`.

    Raises Misused.
    """
    parts = [each.partition("=") for each in options.filter]
    for dimension, _sign, value in parts:
        if dimension not in get_args(NameDimension) or not value.strip():
            raise Misused(f"A filter is one of {', '.join(get_args(NameDimension))}, and a name: model=opus")
    return [f'{dimension} "{value.replace(_QUOTE, " ")}"' for dimension, _sign, value in parts]


def _names(options: argparse.Namespace) -> "Names":
    """Return the names that can be asked for; within a session."""
    from bot.questions.answer import connection_for
    from bot.questions.catalog import NO_NAMES, Catalog

    connection = connection_for(team_of(options), "cost")
    return Catalog().of(connection.id) if connection else NO_NAMES


def zone_of(options: argparse.Namespace) -> str:
    """Return the zone in the options, else the team's calendar; within a session. Raises Failed."""
    return str(options.timezone or access.of_team(team_of(options)).calendar)


def answer(options: argparse.Namespace, command: Command, now: datetime) -> int:
    """Print the answer to a command; within a session."""
    from bot.questions.answer import in_terminal
    from bot.questions.permissions import can_name, shown_by

    if command.is_own:
        raise Misused(UNKNOWN_PERSON)
    zone, connection = zone_of(options), history_of(options, command.name)
    if shown_by(command) == "engineers" or can_name(command):
        _log_view(connection, command_text(command), now)
    value, message = in_terminal(connection, command, now=now, zone=zone)
    if options.json:
        terminal.show_json(value)
    else:
        terminal.show(message, now=now, zone=zone)
    return DONE


def own(options: argparse.Namespace) -> int:
    """Print what one person spent, and their Claude Code activity."""
    from bot.reports import engineers
    from digests import render
    from digests.words import phrases

    now, words, email = clock.now(), ["engineers", *options.words], options.address.casefold()
    _parsed(words, "", "UTC", now)  # whether it can be understood at all
    open_to_read()
    with database.session():
        connection, zone = history_of(options, "engineers"), zone_of(options)
        period = _parsed(words, "", zone, now, fiscal_month=_fiscal_month(options)).period
        if period is None:
            raise Misused("me needs a period")
        _log_view(connection, f"{email} {phrases.period_text(period)}", now)
        report = engineers.own(connection, period, email, now=now)
    if options.json:
        terminal.show_json(report)
    else:
        terminal.show(
            render.engineers(report, now=now, zone=zone, buttons=False, own=True, in_full=True),
            now=now,
            zone=zone,
        )
    return DONE


def settings(options: argparse.Namespace) -> int:
    """Print who can see what, and whose days figures are of."""
    from digests.layout.message import Message
    from digests.messages.access import who_reads_what

    open_to_read()
    with database.session():
        decided = access.of_team(team_of(options))
    if options.json:
        terminal.show_plain_json(_settings_json(decided))
    else:
        terminal.show(Message("", [who_reads_what(decided)]), now=clock.now(), zone="UTC")
    return DONE


def _settings_json(decided: access.Access) -> dict[str, object]:
    """Return settings as plain values: null channels are every channel."""
    return {
        "costs": decided.cost.who,
        "names": decided.names.who,
        "channels": None if decided.channels is None else sorted(decided.channels),
        "channels_with_names": None if decided.naming is None else sorted(decided.naming),
        "calendar": decided.calendar,
        "fiscal_month": decided.fiscal_month or None,
        "decided_by": decided.decided_by or None,
    }


def _log_view(connection: Connection, detail: str, now: datetime) -> None:
    """Write into the audit log that engineers were viewed by name."""
    with database.transaction():
        audit.record(connection.team_id, audit.TERMINAL, "engineers viewed", detail, now)


def _fiscal_month(options: argparse.Namespace) -> int:
    return access.of_team(team_of(options)).fiscal_month


def _parsed(
    words: Sequence[str],
    by: str,
    calendar: str,
    now: datetime,
    names: "Names | None" = None,
    *,
    fiscal_month: int = _ANY_MONTH,
) -> Command:
    from bot.questions.catalog import NO_NAMES
    from bot.questions.reading.dates import TeamCalendar
    from bot.questions.understand import understand

    text = " ".join([*words, *(["by", by] if by else [])])
    command = understand(text, TeamCalendar(now, calendar, fiscal_month), names=names or NO_NAMES)
    if isinstance(command, Command):
        return command
    if isinstance(command, KeyTyped):
        raise Misused(KEY_TYPED)
    raise Misused(not_parsed(command))


def not_parsed(wrong: Misunderstood) -> str:
    """Say what of a text is not understood, and what comes close."""
    words = ", ".join(f"“{word}”" for word in wrong.unused or wrong.typed)
    meant = " or ".join(f"“{command}”" for command in wrong.nearest)
    why = wrong.sentence or f"I didn't get {words}."
    return f"{why}{f' Did you mean {meant}?' if meant else ''}"


def digest(options: argparse.Namespace) -> int:
    """Print the latest daily, weekly, or monthly digest, as it would be posted now."""
    from bot.reports import digest as reports_digest
    from digests import render
    from digests.words import phrases

    now = clock.now()
    _days(options, now, "UTC")
    open_to_read()
    with database.session():
        connection = connection_of(options)
        calendar = access.of_team(connection.team_id).calendar
        period, zone = _days(options, now, calendar), options.timezone or calendar
        if not options.json:  # which has no engineers in it
            _log_view(connection, f"{options.kind} digest {phrases.period_text(period)}", now)
        value = reports_digest.gather(connection, period, zone=zone, now=now)
    if options.json:
        terminal.show_json(value.report)
    else:
        terminal.show(render.digest(value), now=now, zone=zone)
    return DONE


def _days(options: argparse.Namespace, now: datetime, calendar: str) -> "Period":
    """Return the days of a digest: around a given day, or the last that are over. Raises Misused."""
    from bot.posting.calendar import last_covered
    from digests.words import wording
    from providers.period import DAY, WEEK, Period
    from storage.state.subscriptions import Plan

    day: date | None = options.day
    if day is None:
        return last_covered(Plan(options.kind), now=now, calendar=calendar)
    monday = day - day.weekday() * DAY
    days = {
        "daily": Period.day(day, calendar),
        "weekly": Period(monday, monday + WEEK, calendar),
        "monthly": Period.month(day, calendar),
    }[options.kind]
    if days.ends_at > now:
        named, midnight = wording.period(days, today=days.end - DAY), wording.zone(calendar)
        raise Misused(
            f"The {named} digest is available after midnight {midnight}, when its last day is over."
        )
    return days


def export(options: argparse.Namespace) -> int:
    """Export spend by day as CSV or JSON, to standard output or a file."""
    now = clock.now()
    form = "json" if options.json else options.format
    words = ["export", *options.words, *_filter_words(options), form]
    if not has_database():
        _parsed(words, options.by, "UTC", now)  # whether it can be understood at all
    open_to_read()
    with database.session():
        settings = access.of_team(team_of(options))
        names, month = _names(options), settings.fiscal_month
        command = _parsed(words, options.by, settings.calendar, now, names, fiscal_month=month)
        return write_export(options, command, now, output=options.output)


def write_export(options: argparse.Namespace, command: Command, now: datetime, *, output: str = "") -> int:
    """Write the file of a command to a path, or to standard output; within a session."""
    from bot.reports.export import ExportRequest, write

    if command.period is None:
        raise Misused("An export needs a period.")
    if command.is_own:
        raise Misused(UNKNOWN_PERSON)
    connection = history_of(options, "export")
    with database.transaction():
        audit.record(connection.team_id, audit.TERMINAL, "exported", command_text(command), now)
    request = ExportRequest(
        connection, command.period, command.file, shows_names=True, now=now, filters=command.filters
    )
    with terminal.output(output) as out:
        written = write(request, out)
    terminal.show(written.message, now=now, zone="UTC", out=sys.stderr)
    return DONE


def log(options: argparse.Namespace) -> int:
    """Print the audit log, newest first."""
    from digests.messages import audit as words

    open_to_read()
    with database.session():
        entries = audit.every(team_of(options))
    if options.json:
        terminal.show_json(words.Log(entries))
    else:
        for line in words.terminal(entries, zone=options.timezone or "UTC"):
            terminal.say(line)
    return DONE
