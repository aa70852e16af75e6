"""The errors of past estimates, and changes of finished days' bills after we first read them."""

from datetime import date, datetime
from decimal import Decimal
from typing import cast

from storage.engine.fields import from_billionths, from_day, to_day
from storage.engine.queries import cached_in_snapshot, query
from storage.engine.tables import AccuracyRow, RestatementRow


def record(connection_id: int, day: date, *, estimated: Decimal, billed: Decimal) -> None:
    """Store a day's estimate beside its first bill; a later bill changes nothing."""
    row = {"connection_id": connection_id, "day": day, "estimated": estimated, "billed": billed}
    AccuracyRow.insert(**row).on_conflict_ignore().as_rowcount().execute()


def recorded_days(connection_id: int, *, since: date) -> set[date]:
    """Return the days with a recorded estimate and bill."""
    return {from_day(day) for day, _estimated, _billed in _recorded(connection_id, to_day(since))}


def errors(connection_id: int, *, since: date) -> list[Decimal]:
    """Return every recorded day's signed relative error: 0.02 is an estimate two percent over the bill."""
    rows = reversed(_recorded(connection_id, to_day(since)))
    return [Decimal(estimated) / billed - 1 for _day, estimated, billed in rows if billed]


def record_of(connection_id: int, *, since: date) -> list[tuple[date, Decimal, Decimal]]:
    """Return (day, estimate, bill) for every recorded day, newest first."""
    return _days_and_amounts(_recorded(connection_id, to_day(since)))


@cached_in_snapshot
def _recorded(connection_id: int, since: int) -> list[tuple[int, int, int]]:
    return cast("list[tuple[int, int, int]]", _newest_first(connection_id, since).fetchall())


_newest_first = query("""
    SELECT day, estimated, billed FROM accuracy WHERE connection_id = ? AND day >= ? ORDER BY day DESC
""")


def _days_and_amounts(rows: list[tuple[int, int, int]]) -> list[tuple[date, Decimal, Decimal]]:
    return [(from_day(day), from_billionths(one), from_billionths(other)) for day, one, other in rows]


def restate(connection_id: int, day: date, *, before: Decimal, after: Decimal, at: datetime) -> None:
    """Record that a finished day's bill changed."""
    RestatementRow.insert(
        connection_id=connection_id, day=day, before=before, after=after, noticed_at=at
    ).execute()


def restatements(connection_id: int, *, since: datetime) -> list[tuple[date, Decimal, Decimal]]:
    """Return (day, before, after) for every change noticed since then, oldest first."""
    return _days_and_amounts(_restatements(connection_id, int(since.timestamp())).fetchall())


_restatements = query("""
    SELECT day, "before", "after" FROM restatement WHERE connection_id = ? AND noticed_at >= ? ORDER BY id
""")
