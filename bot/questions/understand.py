"""A typed text as a command, or why it is none and what comes close; the same in Slack and in a terminal.

understand │ parse.read: what the text means │ dates.dated: its days │ built.command_of: what answers it
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from bot.questions import typed_filters
from bot.questions.built import NotBuilt, TeamFilter, TeamUnknown, command_of
from bot.questions.catalog import NO_NAMES
from bot.questions.command import Command, KeyTyped, Misunderstood
from bot.questions.reading.canonical import text as text_of
from bot.questions.reading.dates import TeamCalendar, dated
from bot.questions.reading.names import Name, Names
from bot.questions.reading.parse import has_key, read
from bot.questions.reading.spans import Impossible
from bot.questions.reading.types import Reading
from digests.numbers.report import Filter

MOST_NEAREST = 4  # each is a button, and they share one row on a phone


def understand(
    text: str,
    calendar: TeamCalendar,
    *,
    names: Names = NO_NAMES,
    own_id: str = "",
    team: TeamFilter | None = None,
) -> Command | Misunderstood | KeyTyped:
    """Parse a text typed to the bot, whose id is `own_id`. Every text has an answer.

    `team` returns the people of a team; without it, nothing can be asked for a team alone.
    """
    if has_key(text):
        return KeyTyped()
    typed = typed_filters.split(text)
    result = dated(read(typed.question, names, own_id), calendar)
    if result.reading is None:
        nearest = _answerable(result.suggestions, names, calendar, team)
        return Misunderstood(result.typed, result.sentence, result.unused, nearest)
    try:
        command = command_of(result.reading, calendar, team)
    except TeamUnknown as error:
        nearest = _answerable([replace(result.reading, filters=())], names, calendar, team)
        return Misunderstood(result.typed, str(error), nearest=nearest)
    if isinstance(command, NotBuilt):
        nearest = _answerable(command.instead, names, calendar, team)
        return Misunderstood(result.typed, command.sentence, nearest=nearest)
    if typed.filters or typed.versus:
        filters, compare = (*command.filters, *typed.filters), command.compare or typed.versus
        command = replace(command, filters=filters, compare=compare)
    return command if result.is_literal else replace(command, read_as=text_of(result.reading, names))


def _answerable(
    readings: Iterable[Reading], names: Names, calendar: TeamCalendar, team: TeamFilter | None
) -> tuple[str, ...]:
    """Return readings as one would type them, each once; last what comes close to those without an answer."""
    answered: list[Reading] = []
    near: list[Reading] = []
    for reading in readings:
        with suppress(Impossible):
            command = command_of(reading, calendar, _unasked if team else None)
            if isinstance(command, NotBuilt):
                near += command.instead
            else:
                answered.append(reading)
    return tuple(dict.fromkeys(text_of(each, names) for each in (*answered, *near)))[:MOST_NEAREST]


def _unasked(team: Name) -> Filter:
    """Return a filter for a team whose people do not matter yet: it is only offered."""
    return Filter("engineer", (team.id,), team.text)
