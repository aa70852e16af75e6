"""Spans: what a report is asked for, `[start, end)` in UTC, and the days and hours in them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from providers.period import DAY, Period

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Span:
    """What is asked for, `[start, end)` in UTC, and when."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def days(self) -> Period:
        """The UTC days it touches."""
        return touched(self.start, self.end)


def whole_days(period: Period, now: datetime) -> Span:
    """All of a period's days."""
    return Span(period.starts_at, period.ends_at, now)


def touched(start: datetime, end: datetime) -> Period:
    """The UTC days that a span touches."""
    return Period(start.date(), (end - timedelta(seconds=1)).date() + DAY)


def midnight(day: date) -> datetime:
    """When a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def hour(moment: datetime) -> datetime:
    """When the hour of a moment began."""
    return moment.replace(minute=0, second=0, microsecond=0)
