"""The errors of past estimates, and changes of finished days' bills after we first read them."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from storage.engine.fields import to_day
from storage.engine.prepared import prepared
from storage.engine.tables import AccuracyRow, RestatementRow


def record(connection_id: int, day: date, *, estimated: Decimal, billed: Decimal) -> None:
    """Store a day's estimate beside its first bill; a later bill changes nothing."""
    row = {"connection_id": connection_id, "day": day, "estimated": estimated, "billed": billed}
    AccuracyRow.insert(**row).on_conflict_ignore().as_rowcount().execute()


def recorded_days(connection_id: int, *, since: date) -> set[date]:
    """Return the days with a recorded estimate and bill."""
    query = AccuracyRow.select(AccuracyRow.day).where(_since(connection_id, since))
    return {day for (day,) in cast("Iterable[tuple[date]]", query.tuples())}


def errors(connection_id: int, *, since: date) -> list[Decimal]:
    """Return every recorded day's signed relative error: 0.02 is an estimate two percent over the bill."""
    rows = cast("Iterable[tuple[int, int]]", _amounts(connection_id, to_day(since)).fetchall())
    return [Decimal(estimated) / billed - 1 for estimated, billed in rows if billed]


def record_of(connection_id: int, *, since: date) -> list[tuple[date, Decimal, Decimal]]:
    """Return (day, estimate, bill) for every recorded day, newest first."""
    query = AccuracyRow.select(AccuracyRow.day, AccuracyRow.estimated, AccuracyRow.billed)
    query = query.where(_since(connection_id, since)).order_by(AccuracyRow.day.desc())
    return list(cast("Iterable[tuple[date, Decimal, Decimal]]", query.tuples()))


_amounts = prepared(
    lambda connection_id, since: (
        AccuracyRow.select(AccuracyRow.estimated, AccuracyRow.billed)
        .where((AccuracyRow.connection_id == connection_id) & (AccuracyRow.day >= since))
        .order_by(AccuracyRow.day)
    )
)


def _since(connection_id: int, since: date) -> Any:
    return (AccuracyRow.connection_id == connection_id) & (AccuracyRow.day >= since)


def restate(connection_id: int, day: date, *, before: Decimal, after: Decimal, at: datetime) -> None:
    """Record that a finished day's bill changed."""
    RestatementRow.insert(
        connection_id=connection_id, day=day, before=before, after=after, noticed_at=at
    ).execute()


def restatements(connection_id: int, *, since: datetime) -> list[tuple[date, Decimal, Decimal]]:
    """Return (day, before, after) for every change noticed since then, oldest first."""
    row = RestatementRow
    where = (row.connection_id == connection_id) & (row.noticed_at >= since)
    query = row.select(row.day, row.before, row.after).where(where).order_by(row.id)
    return list(cast("Iterable[tuple[date, Decimal, Decimal]]", query.tuples()))
