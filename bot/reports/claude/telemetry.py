"""What telemetry says of a period, from what is stored."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from digests.numbers.telemetry.figures import (
    NOT_REPORTED,
    OTHER,
    Active,
    Dimension,
    SessionLine,
    TelemetryLine,
    TelemetryReport,
)
from digests.words import wording
from providers.claude.people import INSTALLATION, person
from providers.directory import Directory
from providers.period import Period
from storage.facts import directory
from storage.facts.telemetry import lines, links, sessions, totals
from storage.facts.telemetry.totals import Line
from storage.state import connections
from storage.state.connections import Connection

_ID_SHOWN = 8  # characters of an installation's id, as Git shows of a commit's
PARTS = ("api", "plan", "other_clouds")
ACTIVE_MINUTES = 15  # without a request, after which somebody is no longer at it: a long answer takes five
MOST_SESSIONS = 100  # the dearest of a period; a message shows fewer
DIMENSIONS: Mapping[Dimension, str] = {
    "model": "model",
    "engineer": "engineer",
    "product": "product",
    "team": "team",
    "skill": "skill",
    "subagent": "subagent",
    "mcp server": "mcp_server",
    "repository": "repository",
    "day": "day",
    "session": "",
}
"""The dimensions that can be asked for, and what they are called where they are stored."""


def report(connection: Connection, period: Period, dimension: Dimension, *, now: datetime) -> TelemetryReport:
    """Return a telemetry connection's figures of some UTC days; within a session."""
    names, organization = _names(connection)
    parts = {line.name: line.cost for line in totals.by(connection.id, "part", period)}
    before = period.before()
    previous = totals.total(connection.id, before)
    return TelemetryReport(
        organization=organization,
        period=period,
        dimension=dimension,
        total=totals.total(connection.id, period),
        lines=tuple(_lines(connection.id, period, dimension, names)),
        parts={name: parts.get(name, 0 * previous.cost) for name in PARTS},
        previous=previous.cost if _has_before(connection, before, previous) else None,
        first_day=connection.connected_at.date(),
        as_of=now,
        active=active(connection, names, now=now) if _runs(period, now) else None,
        sessions=_sessions(connection.id, period, names) if dimension == "session" else (),
    )


def report_of(
    connection: Connection, period: Period, email: str, *, now: datetime, has_sessions: bool
) -> TelemetryReport:
    """Return one person's figures, `email` in lower case, with their sessions; within a session."""
    names, organization = _names(connection)
    before = period.before()
    total, previous = (_line_of(connection.id, days, email, names) for days in (period, before))
    own = identities_of(connection.id, [email], names)
    return TelemetryReport(
        organization=organization,
        period=period,
        dimension="session",
        total=total,
        lines=(),
        parts={},
        previous=previous.cost if _has_before(connection, before, previous) else None,
        first_day=connection.connected_at.date(),
        as_of=now,
        sessions=_sessions(connection.id, period, names, own) if has_sessions else (),
        person=display_names(names).get(email, email),
    )


def _names(connection: Connection) -> tuple[Directory, str]:
    """Return the directory of the team's organization, and the organization's name."""
    present = connections.of_team(connection.team_id)
    return (directory.read(present.id), present.organization_name) if present else (Directory([]), "")


def _has_before(connection: Connection, before: Period, previous: Line) -> bool:
    return before.start >= connection.connected_at.date() or bool(previous.requests)


def _runs(period: Period, now: datetime) -> bool:
    return period.starts_at <= now < period.ends_at


def active(connection: Connection, names: Directory, *, now: datetime) -> Active:
    """Return who uses Claude right now."""
    since, emails = now - timedelta(minutes=ACTIVE_MINUTES), links.of(connection.id)
    people = {person(each, names, emails) for each in sessions.active(connection.id, since)}
    return Active(len(people), sessions.count_active(connection.id, since), ACTIVE_MINUTES)


def identities_of(connection_id: int, emails: Collection[str], names: Directory) -> list[str]:
    """Return everything that some people are called by in telemetry: addresses, accounts, installations."""
    known = links.of(connection_id)
    every = {*lines.identities(connection_id), *known}
    return sorted({*emails, *(each for each in every if person(each, names, known) in emails)})


def _line_of(connection_id: int, period: Period, email: str, names: Directory) -> Line:
    lines = totals.by_engineer(connection_id, period, names)
    return next((line for line in lines if line.name == email), totals.nothing(email))


def _sessions(
    connection_id: int, period: Period, names: Directory, own: Collection[str] | None = None
) -> tuple[SessionLine, ...]:
    """Return the dearest sessions of a period: everybody's, or those of some identities."""
    engineers = None if own is None else list(own)
    every = sessions.since(
        connection_id, period.starts_at, period.ends_at, engineers=engineers, limit=MOST_SESSIONS
    )
    known, called = links.of(connection_id), display_names(names)
    people = [person(each.engineer, names, known) if each.engineer else "" for each in every]
    return tuple(
        SessionLine(called.get(who, short(who)), each) for who, each in zip(people, every, strict=True)
    )


def _lines(
    connection_id: int, period: Period, dimension: Dimension, names: Directory
) -> Iterable[TelemetryLine]:
    if dimension == "session":
        return []
    if dimension == "day":
        days = [(day, totals.total(connection_id, Period.day(day, period.zone))) for day in period.days()]
        return [TelemetryLine(f"{day}", f"{day}", each) for day, each in days if _is_used(each)]
    if dimension == "engineer":
        people = display_names(names)
        lines = totals.by_engineer(connection_id, period, names)
        return [_named(line, people.get(line.name, short(line.name))) for line in lines]
    lines = totals.by(connection_id, DIMENSIONS[dimension], period)
    return [
        _named(line, wording.product(line.name) if dimension == "product" else line.name) for line in lines
    ]


def display_names(names: Directory) -> dict[str, str]:
    """Return the names of people by their addresses, in lower case."""
    return {(person.email or "").casefold(): person.name for person in names.people()}


def short(identity: str) -> str:
    """Return an identity as people read it: an installation's id is 64 characters long."""
    if not identity.startswith(INSTALLATION):
        return identity
    return f"Installation {identity.removeprefix(INSTALLATION)[:_ID_SHOWN]}"


def _named(line: Line, name: str) -> TelemetryLine:
    if line.others:
        return TelemetryLine(OTHER, None, line)
    return TelemetryLine(name, line.name, line) if line.name else TelemetryLine(NOT_REPORTED, None, line)


def _is_used(line: Line) -> bool:
    return bool(line.cost or line.requests or line.sessions or any(line.tokens))
