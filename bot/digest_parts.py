"""The numbers of a digest, and for a part of the organization where its own month will end.

What was restated is the bill of whole days: of which part it was, the bill does not say. So a part's digest
tells it as the organization's.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from bot import digest_numbers, standing
from bot.scopes import People, Scope
from digests import wording
from digests.digest_report import Digest, is_known
from digests.forecast import forecast
from digests.report import Forecast
from providers.directory import Directory
from providers.period import DAY, Period
from storage import coverage, directory, members, spend
from storage.connections import Connection
from storage.rollups import Dimension

_DIMENSIONS: dict[str, Dimension] = {
    "workspace": "workspace",
    "model": "model",
    "group": "caller",
    "engineers": "caller",
}


def gather(
    connection: Connection,
    period: Period,
    *,
    scope: Scope,
    people: People,
    zone: str,
    now: datetime,
    set_up_by: str = "",
    first: bool = False,
) -> Digest:
    """Everything a digest says about UTC days that are over; `people` are those of a scope that is people."""
    told = digest_numbers.gather(
        connection,
        period,
        scope=scope,
        people=people,
        zone=zone,
        now=now,
        set_up_by=set_up_by,
        first=first,
    )
    if scope.kind == "whole":
        return told
    ahead = _forecast(connection, told, scope, people)
    return replace(told, forecast=ahead, restatements=standing.restatements(connection.id, now))


def _forecast(connection: Connection, told: Digest, scope: Scope, people: People) -> Forecast | None:
    """Where the month of a part will end, None where it cannot be told or the period is a month."""
    if told.month is None or not is_known(told.month):
        return None
    last = told.period.end - DAY
    past = Period.last_days(standing.FORECAST_DAYS, until=last)
    days = _days(connection, scope, people, past)
    return forecast(days, Period.month(last), told.month.total.cost, told.period.end)


def _days(connection: Connection, scope: Scope, people: People, past: Period) -> list[tuple[date, Decimal]]:
    """What a part cost day by day since it first cost anything; nothing on days that are in without it."""
    dimension, names = _DIMENSIONS[scope.kind], directory.read(connection.id)
    known = [id_ for id_, _cost in spend.costs(connection.id, dimension, past)]
    found = members.daily(connection.id, dimension, _members(scope, people, names, known), past)
    if not found:
        return []
    since = Period(min(found), past.end)
    is_in = coverage.days(connection.id, "charges", since) | coverage.days(connection.id, "usage", since)
    return [(day, found.get(day, Decimal(0))) for day in since.days() if day in is_in or day in found]


def _members(scope: Scope, people: People, names: Directory, known: Iterable[str | None]) -> list[str | None]:
    """Of the members that are known, those that make up a part."""
    if scope.kind == "model":
        wanted = "".join(scope.values)
        return [id_ for id_ in known if id_ is not None and wording.family(id_) == wanted]
    if scope.kind == "workspace":
        default = names.default_workspaces()
        alike = {*scope.values} if scope.values and scope.values[0] not in default else {None, *default}
        return [id_ for id_ in known if id_ in alike]
    return [id_ for id_ in known if names.engineer_of(id_) in people.emails]
