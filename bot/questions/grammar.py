"""What people type after `/stackspend`, understood: a command, a period, a dimension.

    text │ words │ command word │ periods and dimensions, in any order │ Command or Misunderstood

A word that changes nothing of the answer is left alone only where it cannot be meant to; any other stops it.

Pure, and the same for the command line. Days are those of the asker's zone unless the text says `utc`.
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
from digests.numbers.report import AsFile, Dimension, Form
from digests.words.phrases import period_text
from providers.period import Period

__all__ = ["Name", "understand"]

TOO_LONG = "That is too long for a question. Ask for one period and one dimension, in a few words."
ONE_EACH = "I can answer for one period and by one dimension at a time."
_KEY = re.compile(r"sk-ant-", re.IGNORECASE)
_BARE_COUNT = re.compile(r"last \d+")
_LONGEST_PHRASE = 4


@dataclass(frozen=True)
class Command:
    """What is wanted. Those who ask (cost, engineers, me, export) have a period, `cost` also a dimension."""

    name: Name
    period: Period | None = None
    dimension: Dimension = "model"
    file: AsFile = field(default_factory=AsFile)


@dataclass(frozen=True)
class Misunderstood:
    """Why it cannot be answered: in a sentence or "", or by the words of a command that mean nothing to it.

    `nearest` are commands that may have been meant, the likeliest first.
    """

    typed: tuple[str, ...]
    sentence: str = ""
    unused: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyTyped:
    """A key stands in the text. It is neither used nor repeated."""


@dataclass
class _Asked:
    """What was found so far."""

    zone: str
    periods: list[str] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def understand(
    text: str, *, now: datetime, zone: str, own_id: str = ""
) -> Command | Misunderstood | KeyTyped:
    """Read what was typed to the bot, whose id is `own_id`. Whatever it is, it has an answer."""
    if has_key(text):
        return KeyTyped()
    try:
        typed = words(text, own_id)
    except TooLong:
        return Misunderstood((), TOO_LONG)
    return _read(typed, now, zone)


def _read(typed: Sequence[str], now: datetime, zone: str) -> Command | Misunderstood:
    if not typed:
        return Command("summary")
    asked = list(_asked_behind(typed))
    try:
        command = _command(asked, now, zone)
    except Impossible as wrong:
        return Misunderstood(tuple(typed), str(wrong))
    if isinstance(command, Command):
        return command
    near = nearest(asked, command, _known, lambda guess: _fits(guess, now, zone))
    return Misunderstood(tuple(typed), unused=command, nearest=near)


def _asked_behind(typed: Sequence[str]) -> Sequence[str]:
    """What is typed behind such words as `please` and `show me`; all of it where nothing is."""
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
    """Whether an Anthropic key stands anywhere in a text."""
    return bool(_KEY.search(text))


def _command(words: Sequence[str], now: datetime, zone: str) -> Command | tuple[str, ...]:
    """Return the command, or the words behind it that it has no use for. Raises Impossible."""
    name = COMMANDS.get(words[0])
    if name is None:
        return tuple(_asked(words, zone).unknown)
    if name not in ASKING:
        return _without_period(name, words[1:])
    asked = _asked(words[1:], "UTC" if name != "cost" else zone)
    if unused := [*asked.unknown, *_not_for(name, asked)]:
        return tuple(unused)
    if len(set(asked.dimensions)) > 1 or len(asked.periods) > 1 or len(set(asked.forms)) > 1:
        raise Impossible(ONE_EACH)
    today = now.astimezone(ZoneInfo(asked.zone)).date()
    written = asked.periods[0] if asked.periods else _usual(name)
    days = period(written, today=today, zone=asked.zone)
    if name == "export":
        return Command(name, days, file=AsFile((*asked.dimensions, None)[0], (*asked.forms, "csv")[0]))
    return Command(name, days, (*asked.dimensions, "model")[0] if name == "cost" else "model")


def _without_period(name: Name, words: Sequence[str]) -> Command | tuple[str, ...]:
    meant = [word for word in words if word not in FILLERS or word == "claude"]
    unused = tuple(word for word in meant if word not in BESIDE.get(name, ()))
    if unused and name != "help":  # which answers whatever one wants to know
        return unused
    return Command("audit csv" if name == "audit" and "csv" in meant else name)


def _not_for(name: Name, asked: _Asked) -> Iterator[str]:
    """What other commands have a use for: a form, and a dimension where an answer is always by engineer."""
    if name != "export":
        yield from asked.forms
    if name in ("engineers", "me"):
        yield from (f"by {by}" for by in asked.dimensions if by != "engineer")


def _usual(name: Name) -> str:
    return "month" if name in ("cost", "export") else "7d"


def _asked(words: Sequence[str], zone: str) -> _Asked:
    asked = _Asked(zone)
    for phrase in _phrases(words):
        if phrase == "utc":
            asked.zone = "UTC"
        elif phrase in DIMENSIONS:
            asked.dimensions.append(DIMENSIONS[phrase])
        elif phrase in FORMS:
            asked.forms.append(FORMS[phrase])
        elif is_period(phrase):
            asked.periods.append(phrase)
        elif phrase not in BY and phrase not in FILLERS:
            asked.unknown.append(phrase)
    if words and words[-1] in BY:
        asked.unknown.append(words[-1])
    return asked


def _phrases(words: Sequence[str]) -> Iterator[str]:
    """Cut into phrases, the longest known one first; a word nobody knows is a phrase of its own."""
    at = 0
    while at < len(words):
        phrase = _phrase(words[at : at + _LONGEST_PHRASE])
        yield phrase
        at += phrase.count(" ") + 1


def _phrase(words: Sequence[str]) -> str:
    """Return a period, a dimension or a word, as they begin; `by week` and `last 3 months` are of no use."""
    if words[0] in BY and words[1:2] and words[1] in SPLITS:
        return " ".join(words[:2])
    if _BARE_COUNT.fullmatch(" ".join(words[:2])) and words[2:3] and words[2] in UNITS:
        return " ".join(words[:3])
    phrases = (" ".join(words[:length]) for length in range(len(words), 1, -1))
    return next((phrase for phrase in phrases if phrase in DIMENSIONS or is_period(phrase)), words[0])


def _known(words: Sequence[str]) -> Sequence[str]:
    """What of it is understood, in words."""
    asked = _asked(words, "")
    by = [f"by {dimension}" for dimension in asked.dimensions]
    return " ".join([*asked.periods, *by, *asked.forms, asked.zone.casefold()]).split()


def _fits(words: Sequence[str], now: datetime, zone: str) -> bool:
    try:
        return isinstance(_command(words, now, zone), Command)
    except Impossible:
        return False
