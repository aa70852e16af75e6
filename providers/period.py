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
_QUARTER, _YEAR = 3, 12  # months


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

        For one day: the same weekday a week before. For a week, month, quarter or year, or its first
        days: the same days of the one before. For other whole months: as many before. Else as many days
        just before.
        """
        if self.length == 1:
            return self._back(WEEK)
        for months in (1, _QUARTER):
            if self._is_of_block(months):
                return self._same_days_before(months)
        if self.start.day == self.start.month == 1 and self.end <= self._in_months(_YEAR):
            return Period(self._in_months(-_YEAR), _a_year_before(self.end), self.zone)
        if self.start.day == self.end.day == 1:
            return Period(self._in_months(-self._whole_months), self.start, self.zone)
        return self._back(WEEK if self.is_of_a_week else self.length * DAY)

    @property
    def is_of_a_week(self) -> bool:
        """Whether it is a week from its Monday, or its first days but the Monday alone."""
        return self.start.weekday() == 0 and 1 < self.length <= WEEK.days

    @property
    def _whole_months(self) -> int:
        return (self.end.year - self.start.year) * _YEAR + self.end.month - self.start.month

    def _is_of_block(self, months: int) -> bool:
        """Whether it is a month or a quarter, or its first days."""
        starts_one = self.start.day == 1 and (self.start.month - 1) % months == 0
        return starts_one and self.end <= self._in_months(months)

    def _in_months(self, count: int) -> date:
        years, month = divmod(self.start.month - 1 + count, _YEAR)
        return date(self.start.year + years, month + 1, 1)

    def _same_days_before(self, months: int) -> "Period":
        start = self._in_months(-months)
        is_whole = self.end == self._in_months(months)
        return Period(
            start, self.start if is_whole else min(start + self.length * DAY, self.start), self.zone
        )

    def _back(self, by: timedelta) -> "Period":
        return replace(self, start=self.start - by, end=self.end - by)

    def until(self, end: date) -> "Period | None":
        """Return the part before a day, None if there is none."""
        return None if end <= self.start else replace(self, end=min(self.end, end))

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def _a_year_before(day: date) -> date:
    """Return the same day a year before; for the end of the days up to February 28, March 1 at the latest."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - 1, 3, 1) if is_leap_day else day.replace(year=day.year - 1)


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
