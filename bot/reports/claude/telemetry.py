"""What telemetry says of a period, from what is stored."""

from collections.abc import Iterable
from datetime import datetime

from digests.numbers.telemetry import NOT_REPORTED, OTHER, TelemetryLine, TelemetryReport
from digests.words import wording
from providers.claude.people import INSTALLATION
from providers.directory import Directory
from providers.period import Period
from storage.facts import directory
from storage.facts.telemetry import totals
from storage.facts.telemetry.totals import Line
from storage.state import connections
from storage.state.connections import Connection

_ID_SHOWN = 8  # characters of an installation's id, as Git shows of a commit's
PARTS = ("api", "plan", "other_clouds")
DIMENSIONS = {
    "model": "model",
    "engineer": "engineer",
    "product": "product",
    "team": "team",
    "skill": "skill",
    "subagent": "subagent",
    "mcp server": "mcp_server",
    "repository": "repository",
    "day": "day",
}
"""The dimensions that can be asked for, and what they are called where they are stored."""


def report(connection: Connection, period: Period, dimension: str, *, now: datetime) -> TelemetryReport:
    """Return a telemetry connection's figures of some UTC days; within a session."""
    present = connections.of_team(connection.team_id)
    names = directory.read(present.id) if present else Directory([])
    parts = {line.name: line.cost for line in totals.by(connection.id, "part", period)}
    first_day, before = connection.connected_at.date(), period.before()
    previous = totals.total(connection.id, before)
    return TelemetryReport(
        organization=present.organization_name if present else "",
        period=period,
        dimension=dimension,
        total=totals.total(connection.id, period),
        lines=tuple(_lines(connection.id, period, dimension, names)),
        parts={name: parts.get(name, 0 * previous.cost) for name in PARTS},
        previous=previous.cost if before.start >= first_day or previous.requests else None,
        first_day=first_day,
        as_of=now,
    )


def _lines(connection_id: int, period: Period, dimension: str, names: Directory) -> Iterable[TelemetryLine]:
    if dimension == "day":
        days = [(day, totals.total(connection_id, Period.day(day, period.zone))) for day in period.days()]
        return [TelemetryLine(f"{day}", f"{day}", each) for day, each in days if _is_used(each)]
    if dimension == "engineer":
        people = {(person.email or "").casefold(): person.name for person in names.people()}
        lines = totals.by_engineer(connection_id, period, names)
        return [_named(line, people.get(line.name, _short(line.name))) for line in lines]
    lines = totals.by(connection_id, DIMENSIONS[dimension], period)
    return [
        _named(line, wording.product(line.name) if dimension == "product" else line.name) for line in lines
    ]


def _short(identity: str) -> str:
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
