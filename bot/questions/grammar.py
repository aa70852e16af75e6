"""The text after `/stackspend` as a command, a period and a dimension.

    understand │ typed.words │ _command: a command word │ _parse: periods and dimensions, in any order

Filler words are ignored; any other word that the command cannot use makes the text Misunderstood.

Pure, and shared with the command line. Days are of the team's calendar, unless the text says `utc` or names
a time zone, `europe/berlin`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.questions.nearest import nearest
from bot.questions.periods import Impossible, is_period, period
from bot.questions.typed import TooLong, words
from bot.questions.vocabulary import (
    ADDRESSES,
    ASKING,
    BESIDE,
    BY,
    COMMANDS,
    DIMENSIONS,
    FILLERS,
    FORMS,
    SPLITS,
    UNITS,
    Name,
)
from bot.questions.zones import zone_named
from digests.numbers.report import AsFile, Dimension, Form
from digests.words.phrases import period_text
from providers.period import Period

__all__ = ["Name", "understand"]

TOO_LONG = "That is too long for a question. Ask for one period and one dimension, in a few words."
ONE_EACH = "I can answer for one period and by one dimension at a time."
_KEY = re.compile(r"sk-ant-", re.IGNORECASE)
_BARE_COUNT = re.compile(r"last \d+")
_LONGEST_PHRASE = 3  # words, such as `month to date`


@dataclass(frozen=True)
class Command:
    """A command. Those of `ASKING` (cost, engineers, me, export) have a period, `cost` also a dimension."""

    name: Name
    period: Period | None = None
    dimension: Dimension = "model"
    file: AsFile = field(default_factory=AsFile)


@dataclass(frozen=True)
class Misunderstood:
    """Why a text is no command: a `sentence`, or the `unused` words that the command cannot use.

    `nearest` are the commands that the person may have meant, the likeliest first.
    """

    typed: tuple[str, ...]
    sentence: str = ""
    unused: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyTyped:
    """The text has a key in it, which is neither used nor repeated."""


@dataclass
class _Parts:
    """The parts of a question."""

    zone: str
    periods: list[str] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def understand(
    text: str, *, now: datetime, calendar: str, own_id: str = ""
) -> Command | Misunderstood | KeyTyped:
    """Parse a text typed to the bot, whose id is `own_id`. Every text has an answer.

    `calendar` is the time zone of the days, unless the text names another.
    """
    if has_key(text):
        return KeyTyped()
    try:
        typed = words(text, own_id)
    except TooLong:
        return Misunderstood((), TOO_LONG)
    return _read(typed, now, calendar)


def _read(typed: Sequence[str], now: datetime, calendar: str) -> Command | Misunderstood:
    if not typed:
        return Command("summary")
    question = list(_without_prefix(typed))
    try:
        command = _command(question, now, calendar)
    except Impossible as wrong:
        return Misunderstood(tuple(typed), str(wrong))
    if isinstance(command, Command):
        return command
    near = nearest(question, command, _understood_part, lambda guess: _parses(guess, now, calendar))
    return Misunderstood(tuple(typed), unused=command, nearest=near)


def _without_prefix(typed: Sequence[str]) -> Sequence[str]:
    """Return the words after `please`, `show me` and the like; all of them if nothing follows."""
    at = 0
    while at < len(typed) and typed[at] in FILLERS and typed[at] not in COMMANDS:
        at += 2 if typed[at] in ADDRESSES and typed[at + 1 : at + 2] == ["me"] else 1
    return typed[at:] or typed


def command_text(command: Command) -> str:
    """Write a command as one would type it."""
    period = f" {period_text(command.period)}" if command.period else ""
    dimension = command.dimension if command.name == "cost" else command.file.by
    by = f" by {dimension}" if dimension else ""
    form = f" {command.file.form}" if command.name == "export" else ""
    return f"{command.name}{period}{by}{form}"


def has_key(text: str) -> bool:
    """Whether a text contains an Anthropic key."""
    return bool(_KEY.search(text))


def _command(words: Sequence[str], now: datetime, calendar: str) -> Command | tuple[str, ...]:
    """Return the command, or the words after it that it cannot use. Raises Impossible."""
    name = COMMANDS.get(words[0])
    if name is None:
        return tuple(_parse(words, calendar).unknown)
    if name not in ASKING:
        return _without_period(name, words[1:])
    parts = _parse(words[1:], calendar)
    if unused := [*parts.unknown, *_not_for(name, parts)]:
        return tuple(unused)
    if len(set(parts.dimensions)) > 1 or len(parts.periods) > 1 or len(set(parts.forms)) > 1:
        raise Impossible(ONE_EACH)
    today = now.astimezone(ZoneInfo(parts.zone)).date()
    written = parts.periods[0] if parts.periods else _default_period(name)
    days = period(written, today=today, zone=parts.zone)
    if name == "export":
        return Command(name, days, file=AsFile((*parts.dimensions, None)[0], (*parts.forms, "csv")[0]))
    return Command(name, days, (*parts.dimensions, "model")[0] if name == "cost" else "model")


def _without_period(name: Name, words: Sequence[str]) -> Command | tuple[str, ...]:
    meant = [word for word in words if word not in FILLERS or word == "claude"]
    unused = tuple(word for word in meant if word not in BESIDE.get(name, ()))
    if unused and name != "help":  # help answers any question
        return unused
    return Command("audit csv" if name == "audit" and "csv" in meant else name)


def _not_for(name: Name, parts: _Parts) -> Iterator[str]:
    """Yield the parts that only other commands use: a form, a dimension of an answer by engineer."""
    if name != "export":
        yield from parts.forms
    if name in ("engineers", "me"):
        yield from (f"by {by}" for by in parts.dimensions if by != "engineer")


def _default_period(name: Name) -> str:
    return "month" if name in ("cost", "export") else "7d"


def _parse(words: Sequence[str], calendar: str) -> _Parts:
    parts = _Parts(calendar)
    for phrase in _phrases(words):
        if zone := zone_named(phrase):
            parts.zone = zone
        elif phrase in DIMENSIONS:
            parts.dimensions.append(DIMENSIONS[phrase])
        elif phrase in FORMS:
            parts.forms.append(FORMS[phrase])
        elif is_period(phrase):
            parts.periods.append(phrase)
        elif phrase not in BY and phrase not in FILLERS:
            parts.unknown.append(phrase)
    if words and words[-1] in BY:
        parts.unknown.append(words[-1])
    return parts


def _phrases(words: Sequence[str]) -> Iterator[str]:
    """Cut words into phrases, at each place the longest; an unknown word is a phrase of its own."""
    at = 0
    while at < len(words):
        phrase = _phrase(words[at : at + _LONGEST_PHRASE])
        yield phrase
        at += phrase.count(" ") + 1


def _phrase(words: Sequence[str]) -> str:
    """Return the first phrase: a period, a dimension, a word, or one we cannot use (`by week`)."""
    if words[0] in BY and words[1:2] and words[1] in SPLITS:
        return " ".join(words[:2])
    if _BARE_COUNT.fullmatch(" ".join(words[:2])) and words[2:3] and words[2] in UNITS:
        return " ".join(words[:3])
    phrases = (" ".join(words[:length]) for length in range(len(words), 1, -1))
    return next((phrase for phrase in phrases if phrase in DIMENSIONS or is_period(phrase)), words[0])


def _understood_part(words: Sequence[str]) -> Sequence[str]:
    """Return the words that are understood."""
    parts = _parse(words, "")
    by = [f"by {dimension}" for dimension in parts.dimensions]
    return " ".join([*parts.periods, *by, *parts.forms, parts.zone.casefold()]).split()


def _parses(words: Sequence[str], now: datetime, calendar: str) -> bool:
    try:
        return isinstance(_command(words, now, calendar), Command)
    except Impossible:
        return False
