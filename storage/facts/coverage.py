"""The days that each report covers, and up to when, so that we never show unknown as zero."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, cast

from providers.period import DAY, Period, midnight
from storage.engine.fields import from_day, to_day
from storage.engine.queries import cached_in_snapshot, query

ReportName = Literal["charges", "usage", "claude_code", "spend"]
REPORTS: tuple[ReportName, ...] = ("charges", "usage", "claude_code")  # the ones every organization can have
_SECONDS = 24 * 3600


def mark(
    connection_id: int,
    report: ReportName,
    days: Iterable[date],
    *,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Record that a report covers days: whole ones, or up to `until` on the last of them."""
    for day in days:
        covered_until = int(_end(day, until).timestamp())
        _mark(connection_id, report, to_day(day), covered_until, int(at.timestamp()))


_mark = query("""
    INSERT INTO coverage (connection_id, report, day, until, fetched_at, unpriced) VALUES (?, ?, ?, ?, ?, '')
    ON CONFLICT (connection_id, report, day)
    DO UPDATE SET until = excluded.until, fetched_at = excluded.fetched_at
""")


def _end(day: date, until: datetime | None) -> datetime:
    whole = midnight(day + DAY)
    return whole if until is None else min(until, whole)


def unmark(connection_id: int, report: ReportName, day: date) -> None:
    """Delete a day's coverage."""
    _unmark(connection_id, report, to_day(day))


_OF = "FROM coverage WHERE connection_id = ? AND report = ?"
_unmark = query(f"DELETE {_OF} AND day = ?")
_rows = query(f"SELECT day, until, unpriced {_OF} AND day >= ? AND day < ?")
# In the key's order: MAX() would read every day.
_newest_row = query(f"SELECT day, until, fetched_at {_OF} ORDER BY day DESC LIMIT 1")
_fetched_on = query(f"SELECT day, fetched_at {_OF} AND day >= ? AND day < ?")
_first = query(f"SELECT day {_OF} ORDER BY day LIMIT 1")
_latest = query(f"SELECT day {_OF} AND day < ? ORDER BY day DESC LIMIT ?")


class _Covered(NamedTuple):
    """The part of a period that a report covers: which days, which to their end, the others up to when."""

    days: AbstractSet[date]
    whole: AbstractSet[date]
    part: Mapping[date, datetime]
    unpriced: Mapping[date, str]


@cached_in_snapshot
def _covered(connection_id: int, report: ReportName, first: int, last: int) -> _Covered:
    rows = _rows(connection_id, report, first, last).fetchall()
    covered = frozenset([from_day(day) for day, _until, _models in rows])
    part = {
        from_day(day): datetime.fromtimestamp(until, UTC)
        for day, until, _models in rows
        if until < (day + 1) * _SECONDS
    }
    unpriced = {from_day(day): models for day, _until, models in rows if models}
    return _Covered(
        days=covered, whole=covered - part.keys() if part else covered, part=part, unpriced=unpriced
    )


def _in(connection_id: int, report: ReportName, period: Period) -> _Covered:
    return _covered(connection_id, report, to_day(period.start), to_day(period.end))


def days(connection_id: int, report: ReportName, period: Period) -> AbstractSet[date]:
    """Return the days of a period that a report covers, fully or in part."""
    return _in(connection_id, report, period).days


def whole_days(connection_id: int, report: ReportName, period: Period) -> AbstractSet[date]:
    """Return the days of a period that a report covers to their end."""
    return _in(connection_id, report, period).whole


def partial_days(connection_id: int, report: ReportName, period: Period) -> Mapping[date, datetime]:
    """Return, for the days of a period that a report covers in part, up to when."""
    return _in(connection_id, report, period).part


def covered_until_by_day(connection_id: int, report: ReportName, period: Period) -> dict[date, datetime]:
    """Return, for each day of a period that a report covers, up to when."""
    covered = _in(connection_id, report, period)
    return {**{day: _end(day, None) for day in covered.whole}, **covered.part}


def fetched_on(connection_id: int, report: ReportName, period: Period) -> dict[date, datetime]:
    """Return when we last read each day of a period that a report covers."""
    rows = _fetched_on(connection_id, report, to_day(period.start), to_day(period.end)).fetchall()
    return {from_day(day): datetime.fromtimestamp(at, UTC) for day, at in rows}


@cached_in_snapshot
def _newest(connection_id: int, report: ReportName) -> tuple[int, int, int] | None:
    """Return the newest day, up to when it is covered, and when we last read it."""
    return cast("tuple[int, int, int] | None", _newest_row(connection_id, report).fetchone())


def until(connection_id: int, report: ReportName) -> datetime | None:
    """Return up to when a report has data, None if it has none."""
    newest = _newest(connection_id, report)
    return datetime.fromtimestamp(newest[1], UTC) if newest else None


def fetched_at(connection_id: int) -> datetime | None:
    """Return when we last read the newest day of any report."""
    newest = [_newest(connection_id, report) for report in REPORTS]
    return max((datetime.fromtimestamp(row[2], UTC) for row in newest if row), default=None)


def read_at(connection_id: int, report: ReportName) -> datetime | None:
    """Return when we last read the newest day of a report."""
    newest = _newest(connection_id, report)
    return datetime.fromtimestamp(newest[2], UTC) if newest else None


def last_day(connection_id: int, report: ReportName) -> date | None:
    """Return the newest day a report covers."""
    newest = _newest(connection_id, report)
    return from_day(newest[0]) if newest else None


def first_day(connection_id: int, report: ReportName) -> date | None:
    """Return the oldest day a report covers."""
    oldest = _first(connection_id, report).fetchone()
    return from_day(oldest[0]) if oldest else None


def latest_days(connection_id: int, report: ReportName, *, before: date, count: int) -> Sequence[date]:
    """Return the newest covered days before a day, newest first."""
    rows = _latest(connection_id, report, to_day(before), count).fetchall()
    return [from_day(day) for (day,) in rows]


def note_unpriced(connection_id: int, day: date, models: Sequence[str]) -> None:
    """Record the models whose tokens had no price on a day."""
    names = " ".join(models)
    _note_unpriced(names, connection_id, to_day(day), names)


_note_unpriced = query("""
    UPDATE coverage SET unpriced = ?
    WHERE connection_id = ? AND report = 'usage' AND day = ? AND unpriced != ?
""")


def unpriced(connection_id: int, period: Period) -> list[str]:
    """Return the models whose tokens had no price on unbilled days of a period."""
    by_day = _in(connection_id, "usage", period).unpriced
    billed = days(connection_id, "charges", period) if by_day else set()
    return sorted({model for day, models in by_day.items() if day not in billed for model in models.split()})
