"""What is known of a period at a moment: up to when, what is missing, how sure, and beside what."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict

from bot import history
from digests.accuracy import Band, band
from digests.report import Gap, ReportName
from providers.period import DAY, Period, runs
from storage import accuracy, coverage
from storage.connections import Connection

BAND_DAYS = 30


class Horizon(TypedDict):
    """What every report says of how far its figures reach, by the names that it has there."""

    data_until: datetime | None
    told_until: datetime | None
    previous_until: datetime | None
    gaps: Sequence[Gap]
    as_of: datetime | None
    band: Decimal | None
    band_days: int | None


def horizon(
    connection: Connection, period: Period, reports: Sequence[ReportName], *, now: datetime
) -> Horizon:
    """How far a period is known by these reports."""
    until, sure = _until(connection.id, period, now), _sure(connection.id, now)
    return Horizon(
        data_until=until,
        told_until=_told_until(connection.id, until),
        previous_until=_same_moment(period, until),
        gaps=gaps(connection, period, reports, now=now),
        as_of=coverage.fetched_at(connection.id),
        band=sure.half_width if sure else None,
        band_days=sure.days if sure else None,
    )


def _until(connection_id: int, period: Period, now: datetime) -> datetime | None:
    """Up to when a running period is known; None for one that is over."""
    if period.ends_at <= now:
        return None
    return min(coverage.until(connection_id, "usage") or period.starts_at, now)


def _told_until(connection_id: int, until: datetime | None) -> datetime | None:
    """Up to when a running period is the provider's own hours, None where they are no part of it."""
    told = coverage.until(connection_id, "spend") if until else None
    return min(told, until) if told and until else None


def _same_moment(period: Period, until: datetime | None) -> datetime | None:
    """The moment that cuts the like period as the running one is cut."""
    return None if until is None else period.before().starts_at + max(until - period.starts_at, timedelta(0))


def is_known(connection: Connection, period: Period, until: datetime | None) -> bool:
    """Whether a period's dollars are in: every day billed or estimated, or before the first day."""
    end = min(period.ends_at, until or period.ends_at)
    if end <= period.starts_at:
        return False
    days, first = _utc_days(period.starts_at, end), _first(connection, "charges")
    known = coverage.days(connection.id, "charges", days) | coverage.days(connection.id, "usage", days)
    return all(day in known or day < first for day in days.days())


def gaps(
    connection: Connection, period: Period, reports: Sequence[ReportName], *, now: datetime
) -> list[Gap]:
    """Which finished days of a period are not in, by report."""
    return [gap for report in reports for gap in _gaps_of(connection, touched(period, now), report, now)]


def _gaps_of(connection: Connection, days: Period, report: ReportName, now: datetime) -> Iterator[Gap]:
    today, first = now.astimezone(UTC).date(), _first(connection, report)
    known = coverage.whole_days(connection.id, report, days)
    known |= {today} & coverage.days(connection.id, report, days)
    newest = coverage.last_day(connection.id, report)
    missing = [
        day for day in days.days() if day not in known and day >= first and (day < today or report == "usage")
    ]
    for run in runs(missing):
        awaited = report == "charges" and newest is not None and run.start > newest  # the bill's newest days
        yield Gap(report, run, "not published yet" if awaited else "not read yet")


def _first(connection: Connection, report: ReportName) -> date:
    """The first day of which there was anything to report, as far as that is known."""
    return max(connection.first_day or date.min, history.FIRST.get(report, date.min))


def touched(period: Period, now: datetime) -> Period:
    """The UTC days of a period so far; its first one at least."""
    return _utc_days(period.starts_at, max(min(period.ends_at, now), period.starts_at + timedelta(hours=1)))


def _utc_days(start: datetime, end: datetime) -> Period:
    """The UTC days that a span touches."""
    return Period(start.astimezone(UTC).date(), (end - timedelta(seconds=1)).astimezone(UTC).date() + DAY)


def _sure(connection_id: int, now: datetime) -> Band | None:
    return band(accuracy.errors(connection_id, since=now.date() - BAND_DAYS * DAY))
