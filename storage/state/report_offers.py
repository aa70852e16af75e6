"""Reports that the provider does not offer to a key, since when, and the provider's message."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import msgspec

from storage.engine.prepared import cached_in_snapshot, prepared
from storage.engine.tables import NotOfferedRow as Row


class NotOffered(msgspec.Struct, frozen=True):
    """A report that the present key cannot read."""

    report: str
    since: datetime
    message: str


def withdraw(connection_id: int, report: str, *, message: str, at: datetime) -> None:
    """Record that a report is not offered, and since when; within a transaction."""
    key = (Row.connection_id, Row.report)
    Row.insert(connection_id=connection_id, report=report, since=at, message=message).on_conflict(
        conflict_target=key, preserve=(Row.message,)
    ).as_rowcount().execute()


def restore(connection_id: int, report: str) -> bool:
    """Record that a report is offered; return whether it was not before. Within a transaction."""
    mine = (Row.connection_id == connection_id) & (Row.report == report)
    return bool(Row.delete().where(mine).execute())


def not_offered(connection_id: int) -> list[NotOffered]:
    """Return the reports that are not offered."""
    query = Row.select(Row.report, Row.since, Row.message).where(Row.connection_id == connection_id)
    rows = cast("Iterable[tuple[Any, ...]]", query.order_by(Row.report).tuples())
    return [NotOffered(*row) for row in rows]


_names = cached_in_snapshot(
    prepared(lambda connection_id: Row.select(Row.report).where(Row.connection_id == connection_id))
)


def not_offered_names(connection_id: int) -> frozenset[str]:
    """Return the names of the reports that are not offered."""
    return frozenset(report for (report,) in _names(connection_id).fetchall())
