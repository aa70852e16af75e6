"""Which days each report covers, and up to when, so that unknown is never shown as zero."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Literal, cast

from providers.period import DAY, Period
from storage.engine.fields import from_day, to_day
from storage.engine.prepared import cached_in_snapshot, prepared
from storage.engine.tables import Coverage

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


_COLUMNS = (Coverage.connection_id, Coverage.report, Coverage.day, Coverage.until, Coverage.fetched_at)
_mark = prepared(
    lambda connection_id, report, day, until, at: (
        Coverage.insert_many([(connection_id, report, day, until, at)], _COLUMNS)
        .on_conflict(conflict_target=_COLUMNS[:3], preserve=_COLUMNS[3:])
        .as_rowcount()
    )
)


def _end(day: date, until: datetime | None) -> datetime:
    whole = datetime.combine(day + DAY, time(), UTC)
    return whole if until is None else min(until, whole)


def unmark(connection_id: int, report: ReportName, day: date) -> None:
    """Delete a day's coverage."""
    where = (Coverage.connection_id == connection_id) & (Coverage.report == report) & (Coverage.day == day)
    Coverage.delete().where(where).execute()


_rows = cached_in_snapshot(
    prepared(
        lambda connection_id, report, first, last: Coverage.select(
            Coverage.day, Coverage.until, Coverage.unpriced
        ).where(
            (Coverage.connection_id == connection_id)
            & (Coverage.report == report)
            & (Coverage.day >= first)
            & (Coverage.day < last)
        )
    )
)
_newest = cached_in_snapshot(
    prepared(  # in the key's order: MAX() would read every day
        lambda connection_id, report: (
            Coverage.select(Coverage.day, Coverage.until, Coverage.fetched_at)
            .where((Coverage.connection_id == connection_id) & (Coverage.report == report))
            .order_by(Coverage.day.desc())
            .limit(1)
        )
    )
)


def days(connection_id: int, report: ReportName, period: Period) -> set[date]:
    """Return the days of a period that a report covers, fully or in part."""
    return {from_day(day) for day, _until, _unpriced in _in(connection_id, report, period)}


def whole_days(connection_id: int, report: ReportName, period: Period) -> set[date]:
    """Return the days of a period that a report covers to their end."""
    rows = _in(connection_id, report, period)
    return {from_day(day) for day, until, _unpriced in rows if until >= (day + 1) * _SECONDS}


def partial_days(connection_id: int, report: ReportName, period: Period) -> dict[date, datetime]:
    """Return, for the days of a period that a report covers in part, up to when."""
    rows = _in(connection_id, report, period)
    return {
        from_day(day): datetime.fromtimestamp(until, UTC)
        for day, until, _unpriced in rows
        if until < (day + 1) * _SECONDS
    }


def covered_until_by_day(connection_id: int, report: ReportName, period: Period) -> dict[date, datetime]:
    """Return, for each day of a period that a report covers, up to when."""
    rows = _in(connection_id, report, period)
    return {from_day(day): datetime.fromtimestamp(until, UTC) for day, until, _unpriced in rows}


def fetched_on(connection_id: int, report: ReportName, period: Period) -> dict[date, datetime]:
    """Return when we last read each day of a period that a report covers."""
    query = _of(connection_id, report, Coverage.day, Coverage.fetched_at)
    query = query.where((Coverage.day >= period.start) & (Coverage.day < period.end))
    return dict(cast("Iterable[tuple[date, datetime]]", query.tuples()))


def _in(connection_id: int, report: ReportName, period: Period) -> list[tuple[int, int, str]]:
    rows = _rows(connection_id, report, to_day(period.start), to_day(period.end))
    return cast("list[tuple[int, int, str]]", rows.fetchall())


def until(connection_id: int, report: ReportName) -> datetime | None:
    """Return up to when a report has data, None if it has none."""
    newest = _newest(connection_id, report).fetchone()
    return datetime.fromtimestamp(newest[1], UTC) if newest else None


def fetched_at(connection_id: int) -> datetime | None:
    """Return when we last read the newest day of any report."""
    newest = [_newest(connection_id, report).fetchone() for report in REPORTS]
    return max((datetime.fromtimestamp(row[2], UTC) for row in newest if row), default=None)


def read_at(connection_id: int, report: ReportName) -> datetime | None:
    """Return when we last read the newest day of a report."""
    newest = _newest(connection_id, report).fetchone()
    return datetime.fromtimestamp(newest[2], UTC) if newest else None


def last_day(connection_id: int, report: ReportName) -> date | None:
    """Return the newest day a report covers."""
    newest = _newest(connection_id, report).fetchone()
    return from_day(newest[0]) if newest else None


def first_day(connection_id: int, report: ReportName) -> date | None:
    """Return the oldest day a report covers."""
    query = _of(connection_id, report, Coverage.day).order_by(Coverage.day).limit(1)
    return cast("date | None", query.scalar())


def latest_days(connection_id: int, report: ReportName, *, before: date, count: int) -> Sequence[date]:
    """Return the newest covered days before a day, newest first."""
    query = _of(connection_id, report, Coverage.day).where(Coverage.day < before)
    query = query.order_by(Coverage.day.desc()).limit(count)
    return [day for (day,) in cast("Iterable[tuple[date]]", query.tuples())]


def note_unpriced(connection_id: int, day: date, models: Sequence[str]) -> None:
    """Record the models whose tokens had no price on a day."""
    where = (Coverage.connection_id == connection_id) & (Coverage.report == "usage") & (Coverage.day == day)
    Coverage.update(unpriced=" ".join(models)).where(
        where & (Coverage.unpriced != " ".join(models))
    ).execute()


def unpriced(connection_id: int, period: Period) -> list[str]:
    """Return the models whose tokens had no price on unbilled days of a period."""
    by_day = {from_day(day): models for day, _until, models in _in(connection_id, "usage", period) if models}
    billed = days(connection_id, "charges", period) if by_day else set()
    return sorted({model for day, models in by_day.items() if day not in billed for model in models.split()})


def _of(connection_id: int, report: ReportName, *columns: object) -> Any:
    return Coverage.select(*columns).where(
        (Coverage.connection_id == connection_id) & (Coverage.report == report)
    )
