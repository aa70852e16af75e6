"""Spans: the `[start, end)` in UTC that a fetch covers, and the days and hours in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.period import DAY, Period

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Span:
    """The `[start, end)` in UTC of a fetch, and the moment `now` of the fetch."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def days(self) -> Period:
        """The UTC days that it overlaps."""
        return days_overlapping(self.start, self.end)


def whole_days(period: Period, now: datetime) -> Span:
    """Return a period as a span."""
    return Span(period.starts_at, period.ends_at, now)


def days_overlapping(start: datetime, end: datetime) -> Period:
    """Return the UTC days that a span overlaps."""
    return Period(start.date(), (end - timedelta(seconds=1)).date() + DAY)


def hour(moment: datetime) -> datetime:
    """Return the start of a moment's hour."""
    return moment.replace(minute=0, second=0, microsecond=0)
