"""Notes about oddities in a provider's answers, stored with the window of the answer."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import msgspec
from peewee import fn

from providers.note import Note
from providers.period import Period
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
    mine = (Row.connection_id == connection_id) & (Row.report == report)
    Row.delete().where(mine & (Row.starts_at >= start) & (Row.ends_at <= end)).execute()
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


def _within(day: date | None, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the part of a window that a note is about: its day, or the whole window without one."""
    if day is None:
        return start, end
    midnight = datetime.combine(day, time(), UTC)
    first, last = max(start, midnight), min(end, midnight + timedelta(days=1))
    return (first, last) if first < last else (start, end)


def of(connection_id: int) -> list[NoteKept]:
    """Return every note of a connection, newest days first."""
    columns = (Row.report, Row.day, Row.what, Row.is_unreadable)
    query = Row.select(*columns).where(Row.connection_id == connection_id)
    rows = cast("Iterable[tuple[Any, ...]]", query.order_by(Row.starts_at.desc(), Row.id).tuples())
    return list(dict.fromkeys(NoteKept(*row) for row in rows))


def has_unreadable(connection_id: int, report: str) -> bool:
    """Whether any day of a report was unreadable."""
    return bool(
        Row.select()
        .where((Row.connection_id == connection_id) & (Row.report == report) & Row.is_unreadable)
        .exists()
    )


def first_unreadable(connection_id: int, report: str) -> date | None:
    """Return the oldest unreadable day of a report."""
    where = (Row.connection_id == connection_id) & (Row.report == report) & Row.is_unreadable
    return cast("date | None", Row.select(fn.MIN(Row.day)).where(where).scalar())


def unreadable(connection_id: int, report: str, period: Period) -> dict[date, str]:
    """Return the unreadable days of a report in a period, each with the reason."""
    where = (Row.connection_id == connection_id) & (Row.report == report) & Row.is_unreadable
    where &= (Row.day >= period.start) & (Row.day < period.end)
    query = Row.select(Row.day, Row.what).where(where).order_by(Row.id)
    return dict(cast("Iterable[tuple[date, str]]", query.tuples()))
