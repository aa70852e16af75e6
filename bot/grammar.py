"""What people type after `/stackspend`, understood: a command, a period, a dimension.

    text │ clean │ command word │ periods and dimensions, in any order │ Command or Misunderstood

Pure, and the same for the command line. Days are those of the asker's zone unless the text says `utc`.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from digests.report import Dimension
from providers.period import DAY, Period

Name = Literal[
    "summary", "cost", "engineers", "me", "status", "sync", "connect", "disconnect", "digest", "help"
]

LONGEST = 400
FIRST_DAY = date(2021, 1, 1)  # before Anthropic; it keeps every like period inside the calendar
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
    "help": "help",
    "usage": "help",
}
_ASKING: tuple[Name, ...] = ("cost", "engineers", "me")

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


def _today(today: date) -> tuple[date, date]:
    return today, today


def _yesterday(today: date) -> tuple[date, date]:
    return today - DAY, today - DAY


def _week(today: date) -> tuple[date, date]:
    return today - today.weekday() * DAY, today


def _last_week(today: date) -> tuple[date, date]:
    monday = today - (today.weekday() + 7) * DAY
    return monday, monday + 6 * DAY


def _month(today: date) -> tuple[date, date]:
    return today.replace(day=1), today


def _last_month(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - DAY
    return last.replace(day=1), last


_PERIODS: Mapping[str, Callable[[date], tuple[date, date]]] = {
    "month to date": _month,
    "this month": _month,
    "this week": _week,
    "last month": _last_month,
    "last week": _last_week,
    "today": _today,
    "yesterday": _yesterday,
    "week": _week,
    "month": _month,
    "mtd": _month,
}

_KEY = re.compile(r"sk-ant-", re.IGNORECASE)
_SLACK_FORM = re.compile(r"<[^<>]*>")  # <@U…>, <#C…|name>, <https://…>
_BLANKS = "\"'`,;!?"
_MINUS = "\u2212"
_DOTS = re.compile(r"\.{2,}")
_RANGE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}) ?(?:\.\.|-|to|until) ?(\d{4}-\d{1,2}-\d{1,2})")
_DAYS = re.compile(r"(?:last )?(\d{1,9}) ?(?:d|days?)|last (\d{1,9})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_LONGEST_PHRASE = 4
_BY = ("by", "per")


@dataclass(frozen=True)
class Command:
    """What is wanted. Those who ask (cost, engineers, me) have a period, `cost` also a dimension."""

    name: Name
    period: Period | None = None
    dimension: Dimension = "model"


@dataclass(frozen=True)
class Misunderstood:
    """Why it cannot be answered, in a sentence or "", and the nearest command, if any."""

    typed: str
    sentence: str = ""
    nearest: str | None = None


@dataclass(frozen=True)
class KeyTyped:
    """A key stands in the text. It is neither used nor repeated."""


class _Wrong(Exception):
    """The text is impossible; the message is the sentence about it."""


@dataclass
class _Asked:
    """What was found so far."""

    zone: str
    periods: list[str] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def understand(text: str, *, now: datetime, zone: str) -> Command | Misunderstood | KeyTyped:
    """Read what was typed. Whatever it is, it has an answer, and never an exception."""
    if _KEY.search(text):
        return KeyTyped()
    words = _words(text)
    typed = " ".join(words)
    try:
        return _command(words, now, zone) or Misunderstood(typed, nearest=_nearest(words, now, zone))
    except _Wrong as wrong:
        return Misunderstood(typed, str(wrong))


def _words(text: str) -> list[str]:
    clean = unicodedata.normalize("NFKC", _SLACK_FORM.sub(" ", text[:_MOST_CHARACTERS]))
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
    """Return the command, None where it is none. Raises _Wrong."""
    if not words:
        return Command("summary")
    name = _COMMANDS.get(words[0])
    if name not in _ASKING:
        return Command(name) if name else None
    asked = _asked(words[1:], "UTC" if name != "cost" else zone)
    if asked.unknown:
        return None
    if len(set(asked.dimensions)) > 1 or len(asked.periods) > 1:
        raise _Wrong("I can answer for one period and by one dimension at a time.")
    today = now.astimezone(ZoneInfo(asked.zone)).date()
    written = asked.periods[0] if asked.periods else _usual(name)
    return Command(name, _period(written, today, asked.zone), (*asked.dimensions, "model")[0])


def _usual(name: Name) -> str:
    return "month" if name == "cost" else "7d"


def _asked(words: Sequence[str], zone: str) -> _Asked:
    asked = _Asked(zone)
    for phrase in _phrases(words):
        if phrase == "utc":
            asked.zone = "UTC"
        elif phrase in _DIMENSIONS:
            asked.dimensions.append(_DIMENSIONS[phrase])
        elif _is_period(phrase):
            asked.periods.append(phrase)
        elif phrase not in (*_BY, "for", "in", "of", "the", "on", "from"):
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
        phrase = next((p for p in phrases if p in _DIMENSIONS or _is_period(p)), words[at])
        yield phrase
        at += phrase.count(" ") + 1


def _is_period(phrase: str) -> bool:
    return phrase in _PERIODS or any(form.fullmatch(phrase) for form in (_RANGE, _DAYS, _MONTH, _DAY))


def _period(written: str, today: date, zone: str) -> Period:
    """Return the period that is written. Raises _Wrong where no calendar has it, or we do not."""
    start, end = _days(written, today)
    if end < start:
        raise _Wrong(f"{start} comes after {end}. The first day goes first.")
    if end > today:
        raise _Wrong(
            f"{end if start <= today else start} is still to come; the latest day is today, {today}."
        )
    if start < FIRST_DAY:
        raise _Wrong(f"{start} is before anything that Anthropic has billed.")
    if (end - start).days >= LONGEST:
        raise _Wrong(f"A period may have up to {LONGEST} days.")
    return Period(start, end + DAY, zone)


def _days(written: str, today: date) -> tuple[date, date]:
    """Return the first and the last day."""
    if written in _PERIODS:
        return _PERIODS[written](today)
    if found := _RANGE.fullmatch(written):
        return _date(found[1]), _date(found[2])
    if found := _DAYS.fullmatch(written):
        return _last_days(int(found[1] or found[2]), today)
    if _DAY.fullmatch(written):
        return _date(written), _date(written)
    first = _date(f"{written}-1", said=written)
    last = (first + timedelta(days=31)).replace(day=1) - DAY if first.year < date.max.year else first
    return first, min(last, today) if first <= today else last


def _last_days(count: int, today: date) -> tuple[date, date]:
    if not 1 <= count <= LONGEST:
        raise _Wrong(f"A number of days goes from 1d to {LONGEST}d.")
    return today - (count - 1) * DAY, today


def _date(written: str, *, said: str = "") -> date:
    year, month, day = map(int, written.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        raise _Wrong(f"There is no {said or written} in the calendar.") from None


def _nearest(words: Sequence[str], now: datetime, zone: str) -> str | None:
    """Return what may have been meant: the words put right one by one, if that makes a command."""
    command = _close(words[0], list(_COMMANDS))
    rest = [_close(word, _vocabulary()) or word for word in words[1:]]
    bare = [_close(word, _vocabulary()) or word for word in words]
    for guess in ([command, *rest] if command else [], ["cost", *bare]):
        if guess and _fits(guess, now, zone):
            return " ".join(guess)
    return command


def _fits(words: Sequence[str], now: datetime, zone: str) -> bool:
    try:
        return _command(words, now, zone) is not None
    except _Wrong:
        return False


def _vocabulary() -> list[str]:
    phrases = (*_PERIODS, *_DIMENSIONS, *_BY, *get_args(Dimension), "utc", "last", "this")
    return list(dict.fromkeys(word for phrase in phrases for word in phrase.split()))


def _close(word: str, known: Sequence[str]) -> str | None:
    if word in known or _is_period(word):
        return word
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.7)), None)
