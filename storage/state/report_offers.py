"""Reports that the provider does not offer to a key, since when, and the provider's message."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from storage.engine.queries import cached_in_snapshot, query
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
    return bool(_restore(connection_id, report).rowcount)


_restore = query("DELETE FROM not_offered WHERE connection_id = ? AND report = ?")


@cached_in_snapshot
def not_offered(connection_id: int) -> Sequence[NotOffered]:
    """Return the reports that are not offered."""
    rows = _all(connection_id).fetchall()
    return [
        NotOffered(report, datetime.fromtimestamp(since, UTC), message) for report, since, message in rows
    ]


_all = query("SELECT report, since, said FROM not_offered WHERE connection_id = ? ORDER BY report")


def not_offered_names(connection_id: int) -> frozenset[str]:
    """Return the names of the reports that are not offered."""
    return frozenset(each.report for each in not_offered(connection_id))
