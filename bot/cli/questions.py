"""Questions in people's own words: `read` says how a text is understood, `ask` answers it."""

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bot import clock
from bot.cli import read as reading_verbs
from bot.cli import telemetry, terminal
from bot.cli.operate import DONE, has_database, open_to_read, team_of
from bot.cli.read import KEY_TYPED, UNKNOWN_PERSON, Misused
from bot.errors import Failed
from bot.program import open_program
from storage.engine import database
from storage.state import access

if TYPE_CHECKING:
    from bot.questions.command import Command
    from bot.questions.reading.dates import TeamCalendar
    from bot.questions.reading.names import Names
    from bot.questions.reading.types import Result

READ_AS = "Read as: {text}"
_SHOWN = ("summary", "cost", "engineers", "why", "forecast", "status")


def read(options: argparse.Namespace) -> int:
    """Show how StackSpend understands a question, without answering it."""
    from bot.questions.reading.json_form import result_json

    if has_database():
        open_program()
        with database.session():
            result, names, calendar = _read(options, clock.now())
    else:  # a text can be understood without any names
        result, names, calendar = _read_alone(options, clock.now())
    if options.json:
        terminal.show_plain_json(result_json(result, names, calendar))
    else:
        for line in _lines(result, names):
            terminal.say(line)
    return DONE


def ask(options: argparse.Namespace) -> int:
    """Answer a question in plain words."""
    from bot.questions.built import NotBuilt, command_of
    from bot.questions.reading.canonical import text

    now = clock.now()
    open_to_read()
    with database.session():
        result, names, calendar = _read(options, now)
        if result.reading is None:
            raise Misused(" ".join(_lines(result, names)))
        command = command_of(result.reading, calendar)
        if isinstance(command, NotBuilt):
            near = _did_you_mean([text(each, names) for each in command.instead])
            raise Failed(f"{command.sentence} {near}")
        if not result.is_literal:
            sys.stderr.write(f"{READ_AS.format(text=text(result.reading, names))}\n")
        return _run(options, command, now)


def _read(options: argparse.Namespace, now: datetime) -> "tuple[Result, Names, TeamCalendar]":
    """Read the text in the options with the names of its team. Raises Misused for a key."""
    from bot.questions.answer import connection_for
    from bot.questions.catalog import NO_NAMES, Catalog
    from bot.questions.reading.dates import TeamCalendar

    team_id = team_of(options)
    connection, fiscal_month = connection_for(team_id, "cost"), access.of_team(team_id).fiscal_month
    names = Catalog().of(connection.id) if connection else NO_NAMES
    first_day = connection.first_day if connection else None
    zone = reading_verbs.zone_of(options)
    return _read_with(options, names, TeamCalendar(now, zone, fiscal_month, first_day=first_day))


def _read_alone(options: argparse.Namespace, now: datetime) -> "tuple[Result, Names, TeamCalendar]":
    """Read the text in the options without a database. Raises Misused for a key."""
    from bot.questions.catalog import NO_NAMES
    from bot.questions.reading.dates import TeamCalendar

    return _read_with(options, NO_NAMES, TeamCalendar(now, options.timezone or "UTC"))


def _read_with(
    options: argparse.Namespace, names: "Names", calendar: "TeamCalendar"
) -> "tuple[Result, Names, TeamCalendar]":
    from bot.questions.reading.dates import dated
    from bot.questions.reading.parse import has_key
    from bot.questions.reading.parse import read as read_text

    typed = " ".join(options.text)
    if has_key(typed):
        raise Misused(KEY_TYPED)
    return dated(read_text(typed, names), calendar), names, calendar


def _run(options: argparse.Namespace, command: "Command", now: datetime) -> int:
    """Print what a command shows. Raises Misused for one that has a verb of its own."""
    from digests import render

    if command.name == "help":
        terminal.show(render.help_text(admin=True), now=now, zone=reading_verbs.zone_of(options))
        return DONE
    if command.name == "export":
        return reading_verbs.write_export(options, command, now)
    if command.name == "claude":
        return telemetry.answer(options, command, now)
    if command.name == "me":
        raise Misused(UNKNOWN_PERSON)
    if command.name not in _SHOWN:
        raise Misused(f"For this, run `stackspend {command.name}`.")
    return reading_verbs.answer(options, command, now)


def _lines(result: "Result", names: "Names") -> Iterator[str]:
    """Yield how a text is read, or why it is not and what is near."""
    from bot.questions.reading.canonical import text

    if result.reading:
        yield text(result.reading, names)
    if result.unused:
        yield f"I didn't get {', '.join(f'“{word}”' for word in result.unused)}."
    if result.sentence:
        yield result.sentence
    if near := _did_you_mean([text(each, names) for each in result.suggestions]):
        yield near


def _did_you_mean(commands: list[str]) -> str:
    return f"Did you mean {' or '.join(f'“{command}”' for command in commands)}?" if commands else ""
