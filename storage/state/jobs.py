"""A connection's jobs: recurring reports, and windows of history that we fetch once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, Literal, cast

import msgspec
from peewee import Case, fn

from providers.period import Period
from storage.engine.fields import from_day
from storage.engine.prepared import prepared
from storage.engine.tables import Connection
from storage.engine.tables import Job as Row

Cause = Literal["unavailable", "permission", "fault"]
_NO_WINDOW = date(1970, 1, 1)
EVERYTHING = 1_000_000  # higher than every job's priority
URGENT = 5  # the priorities of frequent reports are below it, those of history and daily reports are not


class Job(msgspec.Struct, frozen=True):
    """One thing to do. `window` is None for a recurring report; `cause` is why it failed `attempts` times."""

    id: int
    connection_id: int
    kind: str
    window: Period | None
    attempts: int
    cause: str = ""


class JobState(msgspec.Struct, frozen=True):
    """When a job is due, and the error of its last try if that failed."""

    id: int
    kind: str
    due_at: datetime
    attempts: int
    error: str


def schedule(connection_id: int, kind: str, *, due: datetime, priority: int) -> None:
    """Make a report due; one that is scheduled already becomes due no later."""
    _insert(connection_id, kind, _NO_WINDOW, _NO_WINDOW, due=due, priority=priority)


def bring_forward(connection_id: int, kind: str, *, due: datetime) -> None:
    """Make a report due no later than then."""
    later = (Row.connection_id == connection_id) & (Row.kind == kind) & (Row.due_at > due)
    Row.update(due_at=due).where(later & (Row.start_day == _NO_WINDOW)).execute()


def add_window(connection_id: int, kind: str, window: Period, *, due: datetime, priority: int) -> None:
    """Make a window of history due, once."""
    _insert(connection_id, kind, window.start, window.end, due=due, priority=priority)


def _insert(connection_id: int, kind: str, start: date, end: date, *, due: datetime, priority: int) -> None:
    query = Row.insert(
        connection_id=connection_id, kind=kind, start_day=start, end_day=end, due_at=due, priority=priority
    )
    query.on_conflict(
        conflict_target=(Row.connection_id, Row.kind, Row.start_day),
        update={Row.due_at: due},
        where=Row.due_at > due,
    ).as_rowcount().execute()


def waiting(now: datetime) -> list[int]:
    """Return the connections with a free lease and a due job: urgent ones first, then the longest waiting.

    Urgent jobs are short, and people look at their results; a backfill is long.
    """
    since = fn.MIN(Case(None, ((Row.priority < URGENT, Row.due_at),)))
    free = (Connection.leased_until.is_null()) | (Connection.leased_until <= now)
    ready = (Connection.not_before.is_null()) | (Connection.not_before <= now)
    query = Row.select(Row.connection_id).join(Connection, on=(Connection.id == Row.connection_id))
    query = query.where((Row.due_at <= now) & (Connection.state != "disconnected") & free & ready)
    query = query.group_by(Row.connection_id).order_by(
        since.asc(nulls="LAST"), fn.MIN(Row.due_at), Row.connection_id
    )
    return [connection_id for (connection_id,) in cast("Iterable[tuple[int]]", query.tuples())]


def due(
    connection_id: int, now: datetime, *, limit: int, excluding: Sequence[str] = (), below: int = EVERYTHING
) -> list[Job]:
    """Return a connection's due jobs, most urgent first, `excluding` some kinds, `below` a priority."""
    rows = _due(connection_id, int(now.timestamp()), list(excluding) or [""], below, limit).fetchall()
    return [_job(*row) for row in cast("Iterable[tuple[Any, ...]]", rows)]


_due = prepared(
    lambda connection_id, now, excluding, below, limit: (
        Row.select(Row.id, Row.connection_id, Row.kind, Row.start_day, Row.end_day, Row.attempts, Row.cause)
        .where(
            (Row.connection_id == connection_id)
            & (Row.due_at <= now)
            & (Row.priority < below)
            & (Row.kind.not_in(excluding))
        )
        .order_by(Row.priority, Row.due_at, Row.id)
        .limit(limit)
    )
)


def _job(id_: int, connection_id: int, kind: str, start: int, end: int, attempts: int, cause: str) -> Job:
    window = Period(from_day(start), from_day(end)) if start else None
    return Job(id_, connection_id, kind, window, attempts, cause)


def done(job: Job, *, next_due: datetime | None) -> None:
    """Finish a job: a report becomes due again at `next_due`, a window is deleted."""
    if next_due is None:
        Row.delete().where(Row.id == job.id).execute()
    else:
        Row.update(due_at=next_due, attempts=0, error="", cause="").where(Row.id == job.id).execute()


def postpone(job: Job, *, until: datetime, error: str, cause: Cause = "unavailable") -> int:
    """Make a failed job due later, and return how often in a row it failed for this cause."""
    attempts = job.attempts + 1 if job.cause in ("", cause) else 1
    Row.update(due_at=until, attempts=attempts, error=error, cause=cause).where(Row.id == job.id).execute()
    return attempts


def postpone_kinds(
    connection_id: int, kinds: Sequence[str], *, until: datetime, error: str, cause: Cause
) -> None:
    """Make all jobs of some kinds due later, windows too: one of them learned that none can succeed."""
    Row.update(due_at=until, attempts=Row.attempts + 1, error=error, cause=cause).where(
        (Row.connection_id == connection_id) & (Row.kind << list(kinds))
    ).execute()


def postpone_windows(connection_id: int, kind: str, *, until: datetime) -> None:
    """Make a report's windows due later because several failed; that does not count as their failure."""
    Row.update(due_at=until).where(_windows(connection_id, kind) & (Row.due_at < until)).execute()


def retry_failed(connection_id: int, cause: Cause, now: datetime) -> None:
    """Make the jobs that failed for a cause due now, because the cause is over."""
    mine = (Row.connection_id == connection_id) & (Row.cause == cause)
    Row.update(due_at=now, attempts=0, error="", cause="").where(mine).execute()


def make_due(
    connection_id: int,
    now: datetime,
    *,
    kinds: Mapping[str, datetime] | None = None,
    below: int = EVERYTHING,
) -> None:
    """Make jobs due now, as somebody is waiting: all, or those that failed and `kinds` due by a moment."""
    mine = (Row.connection_id == connection_id) & (Row.due_at > now) & (Row.priority < below)
    if kinds is not None:
        wanted = [(Row.kind == kind) & (Row.due_at <= by) for kind, by in kinds.items()]
        mine &= reduce(or_, wanted, Row.attempts > 0)
    Row.update(due_at=now).where(mine).execute()


def make_report_due(connection_id: int, kind: str, now: datetime) -> None:
    """Make a report due now, without its windows."""
    mine = (Row.connection_id == connection_id) & (Row.kind == kind) & (Row.start_day == _NO_WINDOW)
    Row.update(due_at=now).where(mine & (Row.due_at > now)).execute()


def drop_windows(connection_id: int, kind: str) -> None:
    """Delete a report's windows of history, because the provider has no data for them."""
    Row.delete().where(_windows(connection_id, kind)).execute()


def _windows(connection_id: int, kind: str) -> Any:
    return (Row.connection_id == connection_id) & (Row.kind == kind) & (Row.start_day != _NO_WINDOW)


def days_left(connection_id: int, kind: str, *, from_priority: int) -> int:
    """Return the number of days in a report's windows of at least a priority."""
    where = _windows(connection_id, kind) & (Row.priority >= from_priority)
    return int(Row.select(fn.SUM(Row.end_day - Row.start_day)).where(where).scalar() or 0)


def windows_left(connection_id: int, kinds: Sequence[str]) -> int:
    """Return the number of windows of history of these kinds."""
    where = (Row.connection_id == connection_id) & (Row.start_day != _NO_WINDOW) & (Row.kind << list(kinds))
    return Row.select().where(where).count()


def failing(connection_id: int, cause: Cause | None = None) -> list[tuple[str, str, int]]:
    """Return (kind, error, failures in a row) of the jobs whose last try failed, for one cause or any."""
    where = (Row.connection_id == connection_id) & (Row.attempts > 0)
    if cause is not None:
        where &= Row.cause == cause
    query = Row.select(Row.kind, Row.error, Row.attempts).where(where).order_by(Row.priority)
    return list(cast("Iterable[tuple[str, str, int]]", query.tuples()))


def states(connection_id: int, *, due_by: datetime | None = None, below: int = EVERYTHING) -> list[JobState]:
    """Return the state of a connection's jobs: all, or those due by a moment, `below` a priority."""
    where = (Row.connection_id == connection_id) & (Row.priority < below)
    if due_by is not None:
        where &= Row.due_at <= due_by
    query = Row.select(Row.id, Row.kind, Row.due_at, Row.attempts, Row.error).where(where)
    return [JobState(*row) for row in cast("Iterable[tuple[Any, ...]]", query.tuples())]


def overdue_since(now: datetime) -> Mapping[int, datetime]:
    """Return, for every active connection with a due job, since when the oldest has been due."""
    query = Row.select(Row.connection_id, fn.MIN(Row.due_at)).join(
        Connection, on=(Connection.id == Row.connection_id)
    )
    query = query.where((Row.due_at <= now) & (Connection.state == "active")).group_by(Row.connection_id)
    return dict(cast("Iterable[tuple[int, datetime]]", query.tuples()))
