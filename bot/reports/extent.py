"""How much of a period is in, from bill and usage together. Nothing here reads or asks anything.

A billed day is in whole, whatever its usage. Any other day is in as far as its hours are: those of its
usage, or the provider's own. A bill says nothing of hours: where a period begins or ends within a UTC day,
or is cut there, the hours of that day must be in too.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sync.spans import days_overlapping, midnight
from digests.numbers.report import Extent
from providers.period import DAY, Period
from providers.spend import Basis

USUAL_LAG = timedelta(hours=1)
"""Tokens appear after five minutes and are asked for every two; a large organization is asked less often."""


@dataclass(frozen=True)
class Days:
    """What is in of UTC days: the billed, those whose hours are whole, and up to when those of others are.

    Before `first` there was nothing to report. Of `provisional` days there is a bill that is not whole.
    """

    billed: AbstractSet[date]
    whole: AbstractSet[date]
    part: Mapping[date, datetime]
    first: date
    provisional: AbstractSet[date] = frozenset()

    def until(self, start: datetime, end: datetime) -> datetime:
        """Return the first moment of a span that is not in, its end where all of it is."""
        for day in _days(start, end):
            if not self.has_hours(day):
                last = min(midnight(day + DAY), end)
                known = self._until(day, max(midnight(day), start), last)
                if known < last:
                    return known
        return end

    def has_hours(self, day: date) -> bool:
        """Whether a day is in to the hour."""
        return day in self.whole or day < self.first

    def _until(self, day: date, start: datetime, end: datetime) -> datetime:
        if day in self.billed:
            return end if end - start == DAY else start
        return min(max(self.part.get(day, start), start), end)

    def goes_on(self, after: datetime, end: datetime) -> bool:
        """Whether anything of a span is in behind the first moment that is not."""
        first, *later = _days(after, end)
        return first in self.billed or any(map(self._has_some, later))

    def _has_some(self, day: date) -> bool:
        begins = midnight(day)
        return day in self.billed or self.has_hours(day) or self.part.get(day, begins) > begins

    @property
    def unsplit(self) -> int:
        """How many days there are whose dollars are in, but not whose they are."""
        return sum(not self.has_hours(day) for day in self.billed)

    def bases(self, start: datetime, end: datetime) -> frozenset[Basis]:
        """Return what the days of a span rest on: without a bill an estimate, whatever else is in.

        A day on which there was nothing to report counts where there is no other.
        """
        lived_through = [day for day in _days(start, end) if day >= self.first]
        return frozenset(map(self._basis, lived_through)) or frozenset({"billed"})

    def _basis(self, day: date) -> Basis:
        if day in self.billed:
            return "billed"
        return "provisional" if day in self.provisional else "estimated"


def extent(days: Days, period: Period, now: datetime) -> Extent:
    """Return how much of a period is in: whole, running, cut off at a moment, or with gaps."""
    start, end = period.starts_at, min(period.ends_at, now)
    if end <= start:
        return Extent("running", until=start, is_over=False, begun=0)
    until, is_over = days.until(start, end), period.ends_at <= now
    if until == end and is_over:
        return Extent("whole", unsplit=days.unsplit)
    gappy, late = until < end and days.goes_on(until, end), is_over or now - until > USUAL_LAG
    unfinished = _unfinished(days, period, until, now)
    return Extent(
        kind="gappy" if gappy else "cut" if late else "running",
        until=until,
        is_over=is_over,
        unfinished=unfinished,
        begun=(_day_of(end - timedelta(seconds=1), period) - period.start).days + 1,
        unsplit=days.unsplit,
        lacking=sum(known < min(_ends(day, period), now - USUAL_LAG) for day, known in unfinished.items()),
    )


def _unfinished(days: Days, period: Period, until: datetime, now: datetime) -> Mapping[date, datetime]:
    """Up to when each day of the period's calendar is in that has begun and is not in to its end."""
    found: dict[date, datetime] = {}
    first = _day_of(until, period)
    for day in Period(first, max(period.end, first + DAY)).days():
        begins, ends = Period.day(day, period.zone).starts_at, _ends(day, period)
        if begins >= now or day not in period:
            break
        known = days.until(begins, min(ends, now))
        if known < ends:
            found[day] = known
    return found


def _ends(day: date, period: Period) -> datetime:
    return Period.day(day, period.zone).ends_at


def _day_of(moment: datetime, period: Period) -> date:
    return moment.astimezone(ZoneInfo(period.zone)).date()


def _days(start: datetime, end: datetime) -> Iterator[date]:
    return days_overlapping(start, end).days()
