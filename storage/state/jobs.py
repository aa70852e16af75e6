"""A connection's jobs: recurring reports, and windows of history that we fetch once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_
from typing import Any, Literal, cast

import msgspec
from peewee import fn

from providers.period import Period
from storage.engine.fields import from_day, to_day
from storage.engine.queries import query
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
    _enter(connection_id, kind, to_day(start), to_day(end), int(due.timestamp()), priority)


_enter = query("""
    INSERT INTO job (connection_id, kind, start_day, end_day, due_at, priority, attempts, error, cause)
    VALUES (?, ?, ?, ?, ?, ?, 0, '', '')
    ON CONFLICT (connection_id, kind, start_day) DO UPDATE SET due_at = excluded.due_at
    WHERE job.due_at > excluded.due_at
""")


def waiting(now: datetime) -> list[int]:
    """Return the connections with a free lease and a due job: urgent ones first, then the longest waiting.

    Urgent jobs are short, and people look at their results; a backfill is long.
    """
    moment = int(now.timestamp())
    return [connection_id for (connection_id,) in _waiting(moment, moment, moment).fetchall()]


_waiting = query(f"""
    SELECT connection_id FROM job JOIN connection ON connection.id = connection_id
    WHERE due_at <= ? AND state != 'disconnected'
    AND (leased_until IS NULL OR leased_until <= ?) AND (not_before IS NULL OR not_before <= ?)
    GROUP BY connection_id
    ORDER BY MIN(CASE WHEN priority < {URGENT} THEN due_at END) NULLS LAST, MIN(due_at), connection_id
""")


def due(
    connection_id: int, now: datetime, *, limit: int, excluding: Sequence[str] = (), below: int = EVERYTHING
) -> list[Job]:
    """Return a connection's due jobs, most urgent first, `excluding` some kinds, `below` a priority."""
    rows = _due(connection_id, int(now.timestamp()), list(excluding) or [""], below, limit).fetchall()
    return [_job(*row) for row in cast("Iterable[tuple[Any, ...]]", rows)]


_due = query("""
    SELECT id, connection_id, kind, start_day, end_day, attempts, cause FROM job
    WHERE connection_id = ? AND due_at <= ? AND kind NOT IN (??) AND priority < ?
    ORDER BY priority, due_at, id LIMIT ?
""")


def _job(id_: int, connection_id: int, kind: str, start: int, end: int, attempts: int, cause: str) -> Job:
    window = Period(from_day(start), from_day(end)) if start else None
    return Job(id_, connection_id, kind, window, attempts, cause)


def done(job: Job, *, next_due: datetime | None) -> None:
    """Finish a job: a report becomes due again at `next_due`, a window is deleted."""
    if next_due is None:
        _delete(job.id)
    else:
        _renew(int(next_due.timestamp()), job.id)


_delete = query("DELETE FROM job WHERE id = ?")
_renew = query("UPDATE job SET due_at = ?, attempts = 0, error = '', cause = '' WHERE id = ?")


def postpone(job: Job, *, until: datetime, error: str, cause: Cause = "unavailable") -> int:
    """Make a failed job due later, and return how often in a row it failed for this cause."""
    attempts = job.attempts + 1 if job.cause in ("", cause) else 1
    _postpone(int(until.timestamp()), attempts, error, cause, job.id)
    return attempts


_postpone = query("UPDATE job SET due_at = ?, attempts = ?, error = ?, cause = ? WHERE id = ?")


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
    rows = _failing(connection_id).fetchall()
    return [(kind, error, tries) for kind, error, tries, why in rows if cause in (None, why)]


_failing = query("""
    SELECT kind, error, attempts, cause FROM job WHERE connection_id = ? AND attempts > 0 ORDER BY priority
""")


def states(connection_id: int, *, due_by: datetime | None = None, below: int = EVERYTHING) -> list[JobState]:
    """Return the state of a connection's jobs: all, or those due by a moment, `below` a priority."""
    where = (Row.connection_id == connection_id) & (Row.priority < below)
    if due_by is not None:
        where &= Row.due_at <= due_by
    columns = (Row.id, Row.kind, Row.due_at, Row.attempts, Row.error)
    rows = cast("Iterable[tuple[Any, ...]]", Row.select(*columns).where(where).tuples())
    return [JobState(*row) for row in rows]


def overdue_since(now: datetime) -> Mapping[int, datetime]:
    """Return, for every active connection with a due job, since when the oldest has been due."""
    rows = _overdue(int(now.timestamp())).fetchall()
    return {connection_id: datetime.fromtimestamp(since, UTC) for connection_id, since in rows}


_overdue = query("""
    SELECT connection_id, MIN(due_at) FROM job JOIN connection ON connection.id = connection_id
    WHERE due_at <= ? AND state = 'active' GROUP BY connection_id
""")
