"""The extent of a period's data, from bill and usage together. Pure: nothing here reads storage.

A billed day is complete, whatever its usage. Any other day is complete as far as its hours are, of usage or
of hourly spend. A bill has no hours, so if a period begins, ends or is cut within a UTC day, the hours of
that day must be complete too.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sync.spans import days_overlapping
from digests.numbers.report import Extent
from providers.period import DAY, Period, midnight
from providers.spend import Basis

USUAL_LAG = timedelta(hours=1)
"""Tokens appear after five minutes and are fetched every two; of a large organization less often."""


@dataclass(frozen=True)
class Days:
    """Coverage of UTC days: `billed`, `whole` (every hour), and up to when other days reach (`part`).

    Before `first` there was nothing to report. `provisional` days have a bill that is not accepted yet.
    """

    billed: AbstractSet[date]
    whole: AbstractSet[date]
    part: Mapping[date, datetime]
    first: date
    provisional: AbstractSet[date] = frozenset()

    def without(self, days: AbstractSet[date]) -> "Days":
        """Return the coverage as if nothing were known of some days."""
        if not days:
            return self
        part = {day: until for day, until in self.part.items() if day not in days}
        return replace(self, billed=self.billed - days, whole=self.whole - days, part=part)

    def until(self, start: datetime, end: datetime) -> datetime:
        """Return the first moment of a span that is missing, its end if none is."""
        for day in _days(start, end):
            if not self.has_hours(day):
                last = min(midnight(day + DAY), end)
                covered = self._until(day, max(midnight(day), start), last)
                if covered < last:
                    return covered
        return end

    def has_hours(self, day: date) -> bool:
        """Say whether every hour of a day is covered."""
        return day in self.whole or day < self.first

    def _until(self, day: date, start: datetime, end: datetime) -> datetime:
        if day in self.billed:
            return end if end - start == DAY else start
        return min(max(self.part.get(day, start), start), end)

    def goes_on(self, after: datetime, end: datetime) -> bool:
        """Say whether anything is covered after the first missing moment."""
        first, *later = _days(after, end)
        return first in self.billed or any(map(self._has_some, later))

    def _has_some(self, day: date) -> bool:
        begins = midnight(day)
        return day in self.billed or self.has_hours(day) or self.part.get(day, begins) > begins

    @property
    def unsplit_days(self) -> int:
        """The number of days whose dollars are known but not attributed."""
        return sum(not self.has_hours(day) for day in self.billed)

    def bases(self, start: datetime, end: datetime) -> frozenset[Basis]:
        """Return the bases of a span's days; a day without a bill is an estimate, whatever its coverage.

        Days before `first` count only if the span has no others.
        """
        lived_through = [day for day in _days(start, end) if day >= self.first]
        return frozenset(map(self._basis, lived_through)) or frozenset({"billed"})

    def _basis(self, day: date) -> Basis:
        if day in self.billed:
            return "billed"
        return "provisional" if day in self.provisional else "estimated"


def extent(days: Days, period: Period, now: datetime) -> Extent:
    """Return how much of a period is complete: whole, running, cut off at a moment, or with gaps."""
    start, end = period.starts_at, min(period.ends_at, now)
    if end <= start:
        return Extent("running", until=start, is_over=False, begun_days=0)
    until, is_over = days.until(start, end), period.ends_at <= now
    if until == end and is_over:
        return Extent("whole", unsplit_days=days.unsplit_days)
    gappy, late = until < end and days.goes_on(until, end), is_over or now - until > USUAL_LAG
    unfinished = _unfinished(days, period, until, now)
    return Extent(
        kind="gappy" if gappy else "cut" if late else "running",
        until=until,
        is_over=is_over,
        unfinished=unfinished,
        begun_days=(_day_of(end - timedelta(seconds=1), period) - period.start).days + 1,
        unsplit_days=days.unsplit_days,
        late_days=sum(until < min(_ends(day, period), now - USUAL_LAG) for day, until in unfinished.items()),
    )


def _unfinished(days: Days, period: Period, until: datetime, now: datetime) -> Mapping[date, datetime]:
    """Return each begun but incomplete day of the period's calendar, and up to when it is covered."""
    covered_until: dict[date, datetime] = {}
    first = _day_of(until, period)
    for day in Period(first, max(period.end, first + DAY)).days():
        begins, ends = Period.day(day, period.zone).starts_at, _ends(day, period)
        if begins >= now or day not in period:
            break
        covered = days.until(begins, min(ends, now))
        if covered < ends:
            covered_until[day] = covered
    return covered_until


def _ends(day: date, period: Period) -> datetime:
    return Period.day(day, period.zone).ends_at


def _day_of(moment: datetime, period: Period) -> date:
    return moment.astimezone(ZoneInfo(period.zone)).date()


def _days(start: datetime, end: datetime) -> Iterator[date]:
    return days_overlapping(start, end).days()
