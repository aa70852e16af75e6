"""Notes about oddities in a provider's answers, stored with the window of the answer."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from providers.note import Note
from providers.period import Period, midnight
from storage.engine.fields import from_day, to_day
from storage.engine.queries import query
from storage.engine.tables import NoteRow as Row

_EVER = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 2, tzinfo=UTC),
)  # for a list, which has no window
_MAX_TEXT = 200  # characters of a note: a provider's message can be of any length, and `status` shows a line


class NoteKept(msgspec.Struct, frozen=True):
    """A note and the report that it is about."""

    report: str
    day: date | None
    what: str
    is_unreadable: bool


def replace(
    connection_id: int, report: str, notes: Sequence[Note], *, window: tuple[datetime, datetime] | None = None
) -> None:
    """Replace the notes of all earlier answers within this answer's window; within a transaction.

    A list has no window: its notes are replaced whole.
    """
    start, end = window or _EVER
    _delete(connection_id, report, int(start.timestamp()), int(end.timestamp()))
    for note in dict.fromkeys(notes):
        starts_at, ends_at = _within(note.day, start, end)
        Row.insert(
            connection_id=connection_id,
            report=report,
            starts_at=starts_at,
            ends_at=ends_at,
            day=note.day,
            what=note.what[:_MAX_TEXT],
            is_unreadable=note.is_unreadable,
        ).execute()


_OF = "FROM note WHERE connection_id = ? AND report = ?"
_delete = query(f"DELETE {_OF} AND starts_at >= ? AND ends_at <= ?")


def _within(day: date | None, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the part of a window that a note is about: its day, or the whole window without one."""
    if day is None:
        return start, end
    begins = midnight(day)
    first, last = max(start, begins), min(end, begins + timedelta(days=1))
    return (first, last) if first < last else (start, end)


def of(connection_id: int) -> list[NoteKept]:
    """Return every note of a connection, newest days first."""
    notes = (
        NoteKept(report, None if day is None else from_day(day), what, bool(is_unreadable))
        for report, day, what, is_unreadable in _all(connection_id).fetchall()
    )
    return list(dict.fromkeys(notes))


_all = query("""
    SELECT report, day, what, is_unreadable FROM note WHERE connection_id = ? ORDER BY starts_at DESC, id
""")


def has_unreadable(connection_id: int, report: str) -> bool:
    """Whether any day of a report was unreadable."""
    return bool(_any_unreadable(connection_id, report).fetchone())


_any_unreadable = query(f"SELECT 1 {_OF} AND is_unreadable LIMIT 1")


def first_unreadable(connection_id: int, report: str) -> date | None:
    """Return the oldest unreadable day of a report."""
    (day,) = _first_unreadable(connection_id, report).fetchone()
    return None if day is None else from_day(day)


_first_unreadable = query(f"SELECT MIN(day) {_OF} AND is_unreadable")


def unreadable(connection_id: int, report: str, period: Period) -> dict[date, str]:
    """Return the unreadable days of a report in a period, each with the reason."""
    rows = _unreadable(connection_id, report, to_day(period.start), to_day(period.end)).fetchall()
    return {from_day(day): what for day, what in rows}


_unreadable = query(f"SELECT day, what {_OF} AND is_unreadable AND day >= ? AND day < ? ORDER BY id")
