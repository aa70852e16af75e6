"""The numbers of a digest, and for a part of the organization where its own month will end.

What was restated is the bill of whole days: of which part it was, the bill does not say. So a part's digest
tells it as the organization's.
"""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from bot import digest_numbers, standing
from bot.digest_numbers import STORED, Books
from bot.scopes import People, Scope
from digests.digest_report import Digest, is_known
from digests.forecast import forecast
from digests.report import Forecast
from providers.period import DAY, Period
from storage import coverage, directory, members
from storage.connections import Connection


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
    books = Books(connection, directory.read(connection.id), scope, people, now)
    ahead = _forecast(books, told)
    return replace(told, forecast=ahead, restatements=standing.restatements(connection.id, now))


def _forecast(books: Books, told: Digest) -> Forecast | None:
    """Where the month of a part will end, None where it cannot be told or the period is a month."""
    if told.month is None or not is_known(told.month):
        return None
    last = told.period.end - DAY
    past = Period.last_days(standing.FORECAST_DAYS, until=last)
    return forecast(_days(books, past), Period.month(last), told.month.total.cost, told.period.end)


def _days(books: Books, past: Period) -> list[tuple[date, Decimal]]:
    """What a part cost day by day since it first cost anything; nothing on days that are in without it."""
    number, (dimension, keep) = books.connection.id, STORED[books.scope.kind]
    is_in_part = keep(books)
    ids = [id_ for id_, _cost in books.costs(dimension, past) if is_in_part(id_)]
    found = members.daily(number, dimension, ids, past)
    if not found:
        return []
    since = Period(min(found), past.end)
    is_in = coverage.days(number, "charges", since) | coverage.days(number, "usage", since)
    return [(day, found.get(day, Decimal(0))) for day in since.days() if day in is_in or day in found]
