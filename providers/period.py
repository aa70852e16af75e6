"""Period: whole days, start inclusive and end exclusive. Every time range in the program follows this.

Providers bill in UTC days. A person's "today" is a day of their zone, so a period can have another zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, order=True)
class Period:
    """Whole days `[start, end)` of one calendar, never empty."""

    start: date
    end: date
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a period needs at least one day, not {self.start} to {self.end}")

    @classmethod
    def day(cls, day: date, zone: str = "UTC") -> "Period":
        """Return the period of a single day."""
        return cls(day, day + DAY, zone)

    @classmethod
    def month(cls, day: date, zone: str = "UTC") -> "Period":
        """Return the calendar month that contains a day."""
        start = day.replace(day=1)
        return cls(start, (start + timedelta(days=31)).replace(day=1), zone)

    @classmethod
    def last_days(cls, count: int, *, until: date, zone: str = "UTC") -> "Period":
        """Return the period of `count` days of which `until` is the last."""
        return cls(until - (count - 1) * DAY, until + DAY, zone)

    @property
    def length(self) -> int:
        """The number of days."""
        return (self.end - self.start).days

    @property
    def is_whole_month(self) -> bool:
        """Whether it is a calendar month from its first day to its last."""
        return self == Period.month(self.start, self.zone)

    @property
    def is_month(self) -> bool:
        """Whether it is a calendar month or its first days."""
        return self.start.day == 1 and self.end <= Period.month(self.start).end

    @property
    def is_week(self) -> bool:
        """Whether it is seven days from a Monday on."""
        return self.length == WEEK.days and self.start.weekday() == 0

    @property
    def starts_at(self) -> datetime:
        """The instant in UTC at which the first day begins."""
        return _midnight(self.start, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The instant in UTC at which the last day is over."""
        return _midnight(self.end, self.zone)

    def days(self) -> Iterator[date]:
        """Yield every day, oldest first."""
        return map(date.fromordinal, range(self.start.toordinal(), self.end.toordinal()))

    def before(self) -> "Period":
        """Return the comparison period.

        For a month or its first days: the same days of the month before. For one day: the same weekday
        a week before. Else the same number of days just before.
        """
        if self.is_month and self.length > 1:
            return self._month_before()
        back = WEEK if self.length == 1 else self.length * DAY
        return replace(self, start=self.start - back, end=self.end - back)

    def _month_before(self) -> "Period":
        whole = Period.month(self.start - DAY)
        if self.end == Period.month(self.start).end:
            return replace(whole, zone=self.zone)
        return Period(whole.start, min(whole.start + self.length * DAY, whole.end), self.zone)

    def until(self, end: date) -> "Period | None":
        """Return the part before a day, None if there is none."""
        return None if end <= self.start else replace(self, end=min(self.end, end))

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def midnight(day: date) -> datetime:
    """Return the first moment of a UTC day."""
    return datetime.combine(day, time(), UTC)


@lru_cache(maxsize=1024)  # an answer asks dozens of times when its few periods begin and end
def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def runs(days: Iterator[date] | list[date]) -> list[Period]:
    """Join ascending days into the fewest periods that contain exactly these days."""
    joined: list[Period] = []
    for day in days:
        if joined and joined[-1].end == day:
            joined[-1] = Period(joined[-1].start, day + DAY)
        else:
            joined.append(Period.day(day))
    return joined
