"""The subjects of posts: what a message is about, as a type and as the text in the table.

DigestDays       7 2026-11-21 │ 7 2026-11-16..2026-11-22     the digest of a subscription about some UTC days
                 7 2026-11-21 Europe/Berlin                  about a day of another calendar
                 7 2026-11-21 thread                         its tables, in the thread of its message
IncidentChange   incident 5 opened                           an incident that was opened or closed
BrokenDigest     broken 7                                    a subscription whose next time cannot be computed
DigestProblem    unsent 12 is_archived                       what happened to the post of a digest, and why

Only posts.py reads and writes the text.
"""

from datetime import date
from typing import Literal, cast, get_args

import msgspec

from providers.period import DAY, Period

Change = Literal["opened", "closed"]
Problem = Literal["paused", "held", "nameless", "uncertain", "unsent", "fault", "uncorrected", "unconnected"]
_INCIDENT, _BROKEN, _THREAD = "incident", "broken", "thread"


class DigestDays(msgspec.Struct, frozen=True):
    """A digest about the days of `period`, or its tables in the thread of its message."""

    subscription_id: int
    period: Period
    in_thread: bool = False


class IncidentChange(msgspec.Struct, frozen=True):
    """The beginning or the end of an incident."""

    incident_id: int
    change: Change


class BrokenDigest(msgspec.Struct, frozen=True):
    """A digest that a bug of ours paused."""

    subscription_id: int


class DigestProblem(msgspec.Struct, frozen=True):
    """The problem with the post of a digest; `detail` is the reason, one word, "" without one."""

    problem: Problem
    post_id: int
    detail: str = ""


class Unreadable(msgspec.Struct, frozen=True):
    """A text that is none of these: its post alone fails."""

    text: str


Subject = DigestDays | IncidentChange | BrokenDigest | DigestProblem | Unreadable
"""What a post is about."""


def encode(subject: Subject) -> str:
    """Return the text of a subject."""
    match subject:
        case DigestDays(number, period, in_thread):
            last = "" if period.length == 1 else f"..{period.end - DAY}"
            calendar = "" if period.zone == "UTC" else f" {period.zone}"
            place = f" {_THREAD}" if in_thread else ""
            return f"{of_subscription(number)}{period.start}{last}{calendar}{place}"
        case IncidentChange(number, change):
            return f"{of_incident(number)}{change}"
        case BrokenDigest(number):
            return f"{_BROKEN} {number}"
        case DigestProblem(problem, number, detail):
            return f"{problem} {number} {detail}".rstrip()
        case Unreadable(text):
            return text


def decode(kind: Literal["digest", "alert"], text: str) -> Subject:
    """Return the subject of a text, for a post of this kind."""
    try:
        return _digest(text) if kind == "digest" else _alert(text)
    except ValueError:
        return Unreadable(text)


def _digest(text: str) -> DigestDays:
    number, days, *rest = text.split(" ")
    in_thread = rest[-1:] == [_THREAD]
    calendar = rest[:-1] if in_thread else rest
    first, _, last = days.partition("..")
    begin, end = date.fromisoformat(first), date.fromisoformat(last or first) + DAY
    return DigestDays(int(number), Period(begin, end, "".join(calendar) or "UTC"), in_thread)


def _alert(text: str) -> Subject:
    what, number, *rest = text.split(" ", 2)
    detail = "".join(rest)
    if what == _INCIDENT and detail in get_args(Change):
        return IncidentChange(int(number), cast("Change", detail))
    if what == _BROKEN:
        return BrokenDigest(int(number))
    if what in get_args(Problem):
        return DigestProblem(cast("Problem", what), int(number), detail)
    return Unreadable(text)


def of_subscription(subscription_id: int) -> str:
    """Return how the texts of a subscription's digests begin."""
    return f"{subscription_id} "


def of_incident(incident_id: int) -> str:
    """Return how the texts of an incident's changes begin."""
    return f"{_INCIDENT} {incident_id} "


def thread_key(key: str) -> str:
    """Return the key of the tables of a digest, by its own: `digest:7:2026-11-21:1:thread`."""
    return f"{key}:{_THREAD}"


def parent_key(key: str) -> str:
    """Return the key of a digest, by that of its tables."""
    return key.removesuffix(f":{_THREAD}")


def key_of(subject: Subject) -> str:
    """Return the key of a post about a subject: `digest:7:2026-11-21`, `incident:5:opened`."""
    text = encode(subject).replace(" ", ":")
    return f"digest:{text}" if isinstance(subject, DigestDays) else text
