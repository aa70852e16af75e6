"""What people type after `/stackspend`, understood: a command, a period, a dimension.

    text │ clean │ command word │ periods and dimensions, in any order │ Command or Misunderstood

Pure, and the same for the command line. Days are those of the asker's zone unless the text says `utc`.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from bot.periods import WORDS, Impossible, is_period, period
from digests.facts import period_text
from digests.report import Dimension, Form
from providers.period import Period

Name = Literal[
    "summary",
    "cost",
    "engineers",
    "me",
    "status",
    "sync",
    "connect",
    "disconnect",
    "digest",
    "settings",
    "audit",
    "audit csv",
    "export",
    "help",
]

_MOST_CHARACTERS, _MOST_WORDS, _LONGEST_WORD = 300, 24, 40

_COMMANDS: Mapping[str, Name] = {
    "summary": "summary",
    "cost": "cost",
    "costs": "cost",
    "spend": "cost",
    "models": "cost",
    "model": "cost",
    "engineers": "engineers",
    "engineer": "engineers",
    "me": "me",
    "status": "status",
    "sync": "sync",
    "connect": "connect",
    "disconnect": "disconnect",
    "digest": "digest",
    "digests": "digest",
    "settings": "settings",
    "audit": "audit",
    "export": "export",
    "download": "export",
    "help": "help",
    "usage": "help",
}
_ASKING: tuple[Name, ...] = ("cost", "engineers", "me", "export")
_FORMS: Mapping[str, Form] = {"csv": "csv", "json": "json"}

_DIMENSIONS: Mapping[str, Dimension] = {
    "model": "model",
    "models": "model",
    "engineer": "engineer",
    "engineers": "engineer",
    "people": "engineer",
    "person": "engineer",
    "persons": "engineer",
    "user": "engineer",
    "users": "engineer",
    "developer": "engineer",
    "developers": "engineer",
    "workspace": "workspace",
    "workspaces": "workspace",
    "api keys": "key",
    "api key": "key",
    "key": "key",
    "keys": "key",
    "token types": "token type",
    "token type": "token type",
    "token": "token type",
    "tokens": "token type",
    "product": "product",
    "products": "product",
    "day": "day",
    "days": "day",
    "daily": "day",
}


_KEY = re.compile(r"sk-ant-", re.IGNORECASE)
_SLACK_FORM = re.compile(r"<[^<>]*>")  # <@U…>, <#C…|name>, <https://…>
_BLANKS = "\"'`,;!?"
_MINUS = "\u2212"
_DOTS = re.compile(r"\.{2,}")
_LONGEST_PHRASE = 4
_BY, _FILLERS = ("by", "per"), ("for", "in", "of", "the", "on", "from")


@dataclass(frozen=True)
class AsFile:
    """How an export is cut and written; `by` None is the bill's own lines."""

    by: Dimension | None = None
    form: Form = "csv"


@dataclass(frozen=True)
class Command:
    """What is wanted. Those who ask (cost, engineers, me, export) have a period, `cost` also a dimension."""

    name: Name
    period: Period | None = None
    dimension: Dimension = "model"
    file: AsFile = AsFile()


@dataclass(frozen=True)
class Misunderstood:
    """Why it cannot be answered, in a sentence or "", and the nearest command, if any."""

    typed: str
    sentence: str = ""
    nearest: str | None = None


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


def understand(text: str, *, now: datetime, zone: str) -> Command | Misunderstood | KeyTyped:
    """Read what was typed. Whatever it is, it has an answer, and never an exception."""
    if has_key(text):
        return KeyTyped()
    words = _words(text)
    typed = " ".join(words)
    try:
        return _command(words, now, zone) or Misunderstood(typed, nearest=_nearest(words, now, zone))
    except Impossible as wrong:
        return Misunderstood(typed, str(wrong))


def described(command: Command) -> str:
    """Write down what is wanted, as one would type it."""
    period = f" {period_text(command.period)}" if command.period else ""
    dimension = command.dimension if command.name == "cost" else command.file.by
    by = f" by {dimension}" if dimension else ""
    form = f" {command.file.form}" if command.name == "export" else ""
    return f"{command.name}{period}{by}{form}"


def has_key(text: str) -> bool:
    """Whether an Anthropic key stands anywhere in a text."""
    return bool(_KEY.search(text))


def _words(text: str) -> list[str]:
    clean = unicodedata.normalize("NFKC", unescape(_SLACK_FORM.sub(" ", text[:_MOST_CHARACTERS])))
    clean = _DOTS.sub("..", "".join(map(_typewritten, clean))).casefold()
    words = [word.removeprefix("--")[:_LONGEST_WORD] for word in clean.split()]
    words = [word if word == ".." else word.strip(".:") for word in words]
    kept = [word for word in words if word and not (word.startswith("/") and word[1:].isalpha())]
    return kept[:_MOST_WORDS]


def _typewritten(character: str) -> str:
    """Undo what keyboards make of quotes and dashes."""
    category = unicodedata.category(character)
    if category in {"Pi", "Pf"} or character in _BLANKS:
        return " "
    return "-" if category == "Pd" or character == _MINUS else character


def _command(words: Sequence[str], now: datetime, zone: str) -> Command | None:
    """Return the command, None where it is none. Raises Impossible."""
    if not words:
        return Command("summary")
    name = _COMMANDS.get(words[0])
    if name not in _ASKING:
        return Command("audit csv" if words == ["audit", "csv"] else name) if name else None
    asked = _asked(words[1:], "UTC" if name != "cost" else zone)
    if asked.unknown or (asked.forms and name != "export"):
        return None
    if len(set(asked.dimensions)) > 1 or len(asked.periods) > 1 or len(set(asked.forms)) > 1:
        raise Impossible("I can answer for one period and by one dimension at a time.")
    today = now.astimezone(ZoneInfo(asked.zone)).date()
    written = asked.periods[0] if asked.periods else _usual(name)
    days = period(written, today=today, zone=asked.zone)
    if name == "export":
        return Command(name, days, file=AsFile((*asked.dimensions, None)[0], (*asked.forms, "csv")[0]))
    return Command(name, days, (*asked.dimensions, "model")[0])


def _usual(name: Name) -> str:
    return "month" if name in ("cost", "export") else "7d"


def _asked(words: Sequence[str], zone: str) -> _Asked:
    asked = _Asked(zone)
    for phrase in _phrases(words):
        if phrase == "utc":
            asked.zone = "UTC"
        elif phrase in _DIMENSIONS:
            asked.dimensions.append(_DIMENSIONS[phrase])
        elif phrase in _FORMS:
            asked.forms.append(_FORMS[phrase])
        elif is_period(phrase):
            asked.periods.append(phrase)
        elif phrase not in (*_BY, *_FILLERS):
            asked.unknown.append(phrase)
    if words and words[-1] in _BY:
        asked.unknown.append(words[-1])
    return asked


def _phrases(words: Sequence[str]) -> Iterator[str]:
    """Cut into phrases, the longest known one first; a word nobody knows is a phrase of its own."""
    at = 0
    while at < len(words):
        lengths = range(min(_LONGEST_PHRASE, len(words) - at), 1, -1)
        phrases = [" ".join(words[at : at + length]) for length in lengths]
        phrase = next((p for p in phrases if p in _DIMENSIONS or is_period(p)), words[at])
        yield phrase
        at += phrase.count(" ") + 1


def _nearest(words: Sequence[str], now: datetime, zone: str) -> str | None:
    """Return what may have been meant: the words put right one by one, or without those nobody knows."""
    command = _close(words[0], list(_COMMANDS))
    bare = [_close(word, _vocabulary()) or word for word in words]
    rest = bare[1:] if command else bare
    for guess in ([command or "cost", *rest], ["cost", *bare], [command or "cost", *_known(rest)]):
        if _fits(guess, now, zone):
            return " ".join(guess) if command or guess != ["cost"] else None
    return command


def _known(words: Sequence[str]) -> list[str]:
    """What of it is understood, in words."""
    asked = _asked(words, "")
    by = [f"by {dimension}" for dimension in asked.dimensions]
    return " ".join([*asked.periods, *by, *asked.forms, asked.zone.casefold()]).split()


def _fits(words: Sequence[str], now: datetime, zone: str) -> bool:
    try:
        return _command(words, now, zone) is not None
    except Impossible:
        return False


def _vocabulary() -> list[str]:
    phrases = (*WORDS, *_DIMENSIONS, *_BY, *_FORMS, *get_args(Dimension), "utc", "last", "this")
    return list(dict.fromkeys(word for phrase in phrases for word in phrase.split()))


def _close(word: str, known: Sequence[str]) -> str | None:
    if word in known or is_period(word):
        return word
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.7)), None)
