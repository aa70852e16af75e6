"""Which days × reports are in, and up to when: so that unknown is never zero."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Literal, cast

from peewee import fn

from providers.period import DAY, Period
from storage.tables import Coverage

ReportName = Literal["charges", "usage", "claude_code"]
REPORTS: tuple[ReportName, ...] = ("charges", "usage", "claude_code")


def mark(
    connection_id: int,
    report: ReportName,
    days: Iterable[date],
    *,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Remember that days are in: whole, or up to a moment on the last of them."""
    rows = [(connection_id, report, day, _end(day, until), at) for day in days]
    columns = (Coverage.connection_id, Coverage.report, Coverage.day, Coverage.until, Coverage.fetched_at)
    if rows:
        query = Coverage.insert_many(rows, columns)
        query.on_conflict(conflict_target=columns[:3], preserve=columns[3:]).as_rowcount().execute()


def _end(day: date, until: datetime | None) -> datetime:
    whole = datetime.combine(day + DAY, time(), UTC)
    return whole if until is None else min(until, whole)


def days(connection_id: int, report: ReportName, period: Period) -> set[date]:
    """The days of a period that a report covers, whole or in part."""
    query = _of(connection_id, report, Coverage.day).where(
        (Coverage.day >= period.start) & (Coverage.day < period.end)
    )
    return {day for (day,) in cast("Iterable[tuple[date]]", query.tuples())}


def whole_days(connection_id: int, report: ReportName, period: Period) -> set[date]:
    """The days of a period that a report covers to their end."""
    query = _of(connection_id, report, Coverage.day, Coverage.until).where(
        (Coverage.day >= period.start) & (Coverage.day < period.end)
    )
    rows = cast("Iterable[tuple[date, datetime]]", query.tuples())
    return {day for day, known in rows if known >= _end(day, None)}


def until(connection_id: int, report: ReportName) -> datetime | None:
    """Up to when a report is known, None where nothing is in."""
    return cast("datetime | None", _of(connection_id, report, fn.MAX(Coverage.until)).scalar())


def fetched_at(connection_id: int) -> datetime | None:
    """When the newest data came in."""
    query = Coverage.select(fn.MAX(Coverage.fetched_at)).where(Coverage.connection_id == connection_id)
    return cast("datetime | None", query.scalar())


def last_day(connection_id: int, report: ReportName) -> date | None:
    """The newest day a report covers."""
    return cast("date | None", _of(connection_id, report, fn.MAX(Coverage.day)).scalar())


def latest_days(connection_id: int, report: ReportName, *, before: date, count: int) -> Sequence[date]:
    """The newest covered days before a day, newest first."""
    query = _of(connection_id, report, Coverage.day).where(Coverage.day < before)
    query = query.order_by(Coverage.day.desc()).limit(count)
    return [day for (day,) in cast("Iterable[tuple[date]]", query.tuples())]


def note_unpriced(connection_id: int, day: date, models: Sequence[str]) -> None:
    """Remember the models whose tokens of a day could not be priced."""
    where = (Coverage.connection_id == connection_id) & (Coverage.report == "usage") & (Coverage.day == day)
    Coverage.update(unpriced=" ".join(models)).where(
        where & (Coverage.unpriced != " ".join(models))
    ).execute()


def unpriced(connection_id: int, period: Period) -> list[str]:
    """The models whose tokens could not be priced on unbilled days of a period."""
    billed = days(connection_id, "charges", period)
    query = _of(connection_id, "usage", Coverage.day, Coverage.unpriced).where(
        (Coverage.day >= period.start) & (Coverage.day < period.end) & (Coverage.unpriced != "")
    )
    rows = cast("Iterable[tuple[date, str]]", query.tuples())
    return sorted({model for day, models in rows if day not in billed for model in models.split()})


def _of(connection_id: int, report: ReportName, *columns: object) -> Any:
    return Coverage.select(*columns).where(
        (Coverage.connection_id == connection_id) & (Coverage.report == report)
    )
