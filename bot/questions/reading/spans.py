"""Periods as people name them (`last week`, `q3`, `since monday`), and their days once today is given.

Each kind has a `text`, the shortest way to type it, and `days`, its first and last day. A unit that runs
ends today, unless the calendar is `whole`, as for a forecast. A name without a year is the latest that has
begun.
"""

import calendar
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from digests.words.wording import date_short
from providers.period import DAY, WEEK, Period

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
Days = tuple[date, date]
FIRST_DAY = date(2021, 1, 1)  # before Anthropic existed; it keeps every comparison period inside the calendar
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_IN_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_SHORT: dict[Unit, str] = {"day": "d", "week": "w", "month": "m", "quarter": "q", "half": "h", "year": "y"}
_MOST_BACK = 50 * 12  # months: past FIRST_DAY for the next decades
_SATURDAY = 5
_CENTURY = 20  # the first digits of a year that can be written with two


class Impossible(Exception):
    """The days do not exist, are still to come or cannot be told apart; the message says so."""


@dataclass(frozen=True)
class Calendar:
    """What resolves a period: today, the first month of a fiscal year (0: none is set), the first day."""

    today: date
    fiscal_month: int = 0
    first_day: date = FIRST_DAY
    whole: bool = False

    def cut(self, first: date, last: date) -> Days:
        """Return the days up to today of a unit that runs."""
        if self.whole or not first <= self.today < last:
            return first, last
        return first, self.today


@dataclass(frozen=True)
class Current:
    """The unit that runs (back 0), one before it (1) or the next (-1)."""

    unit: Unit
    back: int = 0

    @property
    def text(self) -> str:
        """The period as one types it."""
        if self.unit == "day":
            named = {0: "today", 1: "yesterday", -1: "tomorrow"}
            return named.get(self.back, f"{self.back} days ago")
        named = {0: self.unit if self.unit != "half" else "this half", 1: f"last {self.unit}"}
        return named.get(self.back) or (
            f"next {self.unit}" if self.back < 0 else f"{self.back} {_plural(self.unit)} ago"
        )

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        if self.unit == "day":
            day = _shift(at.today, days=-self.back)
            return day, day
        if self.unit == "week":
            monday = _shift(at.today - at.today.weekday() * DAY, days=-7 * self.back)
            return at.cut(monday, monday + WEEK - DAY)
        length = _IN_MONTHS[self.unit]
        start = at.today.replace(day=1, month=(at.today.month - 1) // length * length + 1)
        return at.cut(*_months(start, back=self.back * length, count=length))


@dataclass(frozen=True)
class Rolling:
    """So many days, weeks, months, quarters or years up to today."""

    count: int
    unit: Unit = "day"

    @property
    def text(self) -> str:
        """The period as one types it."""
        return f"{self.count}{_SHORT[self.unit]}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        if not self.count:
            raise Impossible("A period needs at least one day.")
        if self.unit in ("day", "week"):
            length = self.count * (7 if self.unit == "week" else 1)
            return _shift(at.today, days=1 - length), at.today
        start = _months(at.today.replace(day=1), back=self.count * _IN_MONTHS[self.unit])[0]
        day = min(at.today.day, calendar.monthrange(start.year, start.month)[1])
        return start.replace(day=day) + DAY, at.today


@dataclass(frozen=True)
class Hours:
    """So many hours up to now, or a part of today: understood, but periods are whole days."""

    text: str

    def days(self, _at: Calendar) -> Days:
        """Say that it cannot be answered."""
        raise Impossible(f"I count whole days, so I can't cut {self.text} out of them.")


@dataclass(frozen=True)
class Weekday:
    """The latest such weekday, today included unless it is the `last` one."""

    weekday: int
    is_last: bool = False

    @property
    def text(self) -> str:
        """The period as one types it."""
        return f"{'last ' if self.is_last else ''}{WEEKDAYS[self.weekday]}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        back = (at.today.weekday() - self.weekday) % 7
        day = at.today - (back or (7 if self.is_last else 0)) * DAY
        return day, day


@dataclass(frozen=True)
class Weekend:
    """Saturday and Sunday: the `latest` that has begun, those of `this` week, or the `last` week's."""

    which: Literal["latest", "this", "last"] = "latest"

    @property
    def text(self) -> str:
        """The period as one types it."""
        return "weekend" if self.which == "latest" else f"{self.which} weekend"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        saturday = at.today - at.today.weekday() * DAY + _SATURDAY * DAY
        if self.which == "last" or (self.which == "latest" and at.today < saturday):
            saturday -= WEEK
        return at.cut(saturday, saturday + DAY)


@dataclass(frozen=True)
class Month:
    """A month by name, of a year or the latest; `is_last` is the latest before the one that runs."""

    month: int
    year: int | None = None
    is_last: bool = False

    @property
    def text(self) -> str:
        """The period as one types it."""
        if self.year is not None:
            return f"{self.year:04}-{self.month:02}"
        return f"{'last ' if self.is_last else ''}{MONTHS[self.month - 1]}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        if not 1 <= self.month <= 12:  # noqa: PLR2004 - the months of a year
            raise Impossible(f"{self.text} isn't a valid date.")
        year = self._latest_year(at) if self.year is None else self.year
        return at.cut(*_months(_date(year, self.month, 1)))

    def _latest_year(self, at: Calendar) -> int:
        has_begun = self.month < at.today.month or (self.month == at.today.month and not self.is_last)
        return at.today.year if has_begun or at.whole else at.today.year - 1


@dataclass(frozen=True)
class Day:
    """A day of a month, of a year or the latest."""

    month: int
    day: int
    year: int | None = None

    @property
    def text(self) -> str:
        """The period as one types it."""
        if self.year is not None:
            return f"{self.year:04}-{self.month:02}-{self.day:02}"
        return f"{MONTHS[self.month - 1]} {self.day}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        if self.year is not None:
            day = _date(self.year, self.month, self.day)
            return day, day
        day = self.latest(at.today)
        return day, day

    def latest(self, until: date) -> date:
        """Return the latest such day up to another. Raises Impossible."""
        for year in range(until.year, until.year - 9, -1):  # a leap day can be eight years away
            try:
                day = date(year, self.month, self.day)
            except ValueError:
                continue
            if day <= until:
                return day
        raise Impossible(f"{self.text} isn't a valid date.")


@dataclass(frozen=True)
class Part:
    """A quarter or a half, of a year or the latest; of the calendar or of the fiscal year."""

    unit: Literal["quarter", "half"]
    number: int
    year: int | None = None
    is_fiscal: bool = False

    @property
    def text(self) -> str:
        """The period as one types it."""
        year = f" {self.year}" if self.year else ""
        return f"{'fiscal ' if self.is_fiscal else ''}{_SHORT[self.unit]}{self.number}{year}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        length = _IN_MONTHS[self.unit]
        if not 1 <= self.number <= 12 // length:
            raise Impossible(f"There is no {self.text}.")
        year = self.year or at.today.year + 1

        def start(year: int) -> date:
            return _shift_months(
                _start_of_year(year, at, is_fiscal=self.is_fiscal), (self.number - 1) * length
            )

        while self.year is None and start(year) > at.today:
            year -= 1
        return at.cut(*_months(start(year), count=length))


@dataclass(frozen=True)
class Year:
    """A calendar year, or a fiscal one, named after the year in which it ends; 0 is the one that runs."""

    year: int
    is_fiscal: bool = False
    back: int = 0

    @property
    def text(self) -> str:
        """The period as one types it."""
        if not self.year:
            return f"{'last ' if self.back else ''}fiscal year"
        if not self.is_fiscal:
            return str(self.year)
        return f"fy{self.year % 100:02}" if self.year // 100 == _CENTURY else f"fy{self.year:04}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        year = self.year or at.today.year + 1
        while not self.year and _start_of_year(year, at, is_fiscal=True) > at.today:
            year -= 1
        start = _start_of_year(year - self.back, at, is_fiscal=self.is_fiscal)
        return at.cut(*_months(start, count=12))


@dataclass(frozen=True)
class OfYear:
    """A day, month, quarter or half of the calendar year that runs, or of one `back`."""

    span: Day | Month | Part
    back: Literal[0, 1]

    @property
    def text(self) -> str:
        """The period as one types it."""
        return f"{self.span.text} {'last' if self.back else 'this'} year"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        return replace(self.span, year=at.today.year - self.back).days(at)


@dataclass(frozen=True)
class WeekOf:
    """The week, Monday to Sunday, around the first day of another period."""

    point: "Span"

    @property
    def text(self) -> str:
        """The period as one types it."""
        return f"week of {self.point.text}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        day = self.point.days(at)[0]
        monday = _shift(day, days=-day.weekday())
        return at.cut(monday, monday + WEEK - DAY)


@dataclass(frozen=True)
class Since:
    """From the first day of another period up to today."""

    start: "Span"

    @property
    def text(self) -> str:
        """The period as one types it."""
        return f"since {self.start.text}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        return self.start.days(at)[0], at.today


@dataclass(frozen=True)
class Until:
    """From the first bill up to the last day of another period."""

    end: "Span"

    @property
    def text(self) -> str:
        """The period as one types it."""
        return f"until {self.end.text}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        last = self.end.days(at)[1]
        return min(at.first_day, last), last


@dataclass(frozen=True)
class Range:
    """From the first day of a period to the last day of another, both included."""

    start: "Span"
    end: "Span"

    @property
    def text(self) -> str:
        """The period as one types it."""
        is_dated = all(isinstance(each, Day | Month) and each.year for each in (self.start, self.end))
        return f"{self.start.text}{'..' if is_dated else ' to '}{self.end.text}"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day; a start without a year is the latest before the end."""
        end, start = self.end, self.start
        if isinstance(start, Day) and isinstance(end, Day) and start.year and not end.year:
            end = Day(end.month, end.day, start.year + ((end.month, end.day) < (start.month, start.day)))
        last = end.days(at)[1]
        if isinstance(start, Day) and start.year is None:
            return start.latest(last), last
        if isinstance(start, Weekday) and not start.is_last:
            return start.days(Calendar(last))[0], last
        first = start.days(Calendar(last, at.fiscal_month) if isinstance(start, Month | Part) else at)[0]
        return first, last


@dataclass(frozen=True)
class AllTime:
    """All the history there is."""

    text: str = "all time"

    def days(self, at: Calendar) -> Days:
        """Return its first and last day."""
        return min(at.first_day, at.today), at.today


Span = (
    Current
    | Rolling
    | Hours
    | Weekday
    | Weekend
    | OfYear
    | Month
    | Day
    | Part
    | Year
    | WeekOf
    | Since
    | Until
    | Range
    | AllTime
)


def resolve(span: Span, at: Calendar, zone: str) -> Period:
    """Return a period's days. Raises Impossible."""
    first, last = span.days(at)
    if last < first:
        raise Impossible(f"The start date is after the end date. Did you mean {last}..{first}?")
    if last > at.today and not at.whole:
        raise Impossible(
            f"{_named(last if first <= at.today else first, at)} is in the future. "
            f"The latest day is today, {_named(at.today, at)}."
        )
    if last < FIRST_DAY or first < FIRST_DAY:
        raise Impossible(f"{_named(first, at)} is before Anthropic billed anything.")
    return Period(first, last + DAY, zone)


def _named(day: date, at: Calendar) -> str:
    return date_short(day, today=at.today)


def before(span: Span) -> Span | None:
    """Return the like period before one, None where it has no name."""
    match span:
        case Current(unit, back):
            return Current(unit, back + 1)
        case Year(year, is_fiscal) if year:
            return Year(year - 1, is_fiscal)
        case Month(month, int(year)):
            return Month(month - 1, year) if month > 1 else Month(len(MONTHS), year - 1)
        case _:
            return None


def year_before(span: Span) -> Span | None:
    """Return the like period of the year before, None for one that has none by name."""
    match span:
        case Current(unit, back) if unit in _IN_MONTHS:
            return Current(unit, back + 12 // _IN_MONTHS[unit])
        case Month(month, int(year)):
            return Month(month, year - 1)
        case Day(month, day, int(year)):
            return Day(month, day, year - 1)
        case Part(unit, number, int(year), is_fiscal):
            return Part(unit, number, year - 1, is_fiscal)
        case Year(year, is_fiscal) if year:
            return Year(year - 1, is_fiscal)
        case _:
            return None


def _plural(unit: Unit) -> str:
    return "halves" if unit == "half" else f"{unit}s"


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Impossible(f"{year:04}-{month:02}-{day:02} isn't a valid date.") from None


def _shift(day: date, *, days: int) -> date:
    """Move a day; one before the calendar begins is before anything that was billed. Raises Impossible."""
    try:
        return day + days * DAY
    except OverflowError:
        raise Impossible("That's before Anthropic billed anything.") from None


def _shift_months(start: date, count: int) -> date:
    if abs(count) > _MOST_BACK:
        raise Impossible("That's before Anthropic billed anything.")
    months = start.year * 12 + start.month - 1 + count
    return _date(months // 12, months % 12 + 1, 1)


def _months(start: date, *, back: int = 0, count: int = 1) -> Days:
    """Return the first and last day of so many months from the first of one, `back` months earlier."""
    first = _shift_months(start, -back)
    if first.year >= date.max.year - 1:
        return first, first  # the months after are in no calendar
    return first, _shift_months(first, count) - DAY


def _start_of_year(year: int, at: Calendar, *, is_fiscal: bool) -> date:
    """Return the first day of a year; a fiscal one has the name of the year in which it ends."""
    if not is_fiscal:
        return _date(year, 1, 1)
    if not at.fiscal_month:
        raise Impossible("No fiscal year is set, so I only know calendar years.")
    return _date(year if at.fiscal_month == 1 else year - 1, at.fiscal_month, 1)
