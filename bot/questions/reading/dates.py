"""The days of a reading once the time and the calendar are given, or what to ask for instead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.questions.reading.names import Name
from bot.questions.reading.spans import (
    FIRST_DAY,
    AllTime,
    Calendar,
    Current,
    Hours,
    Impossible,
    Month,
    Part,
    Range,
    Rolling,
    Span,
    Year,
    resolve,
)
from bot.questions.reading.types import Command, Reading, Result
from providers.period import Period

USUAL: Mapping[Command, Span] = {
    "cost": Current("month"),
    "export": Current("month"),
    "claude": Current("month"),
    "why": Current("month"),
    "forecast": Current("month"),
    "engineers": Rolling(7),
    "me": Rolling(7),
}
"""The period of a command that names none."""


@dataclass(frozen=True)
class TeamCalendar:
    """What a team's days depend on: the time, its zone, the month of its fiscal year, its first day."""

    now: datetime
    zone: str = "UTC"
    fiscal_month: int = 0
    first_day: date | None = None

    def at(self, zone: str, *, whole: bool) -> Calendar:
        """Return the calendar of a zone."""
        today = self.now.astimezone(ZoneInfo(zone)).date()
        return Calendar(today, self.fiscal_month, self.first_day or FIRST_DAY, whole=whole)


class Dates(NamedTuple):
    """The days asked for, and those they are compared with."""

    period: Period | None = None
    compare: Period | None = None


def dates_of(reading: Reading, calendar: TeamCalendar) -> Dates:
    """Return the days of a reading in a calendar, unless its text names another zone. Raises Impossible."""
    span = reading.period or USUAL.get(reading.command)
    if span is None:
        return Dates()
    zone = reading.zone or calendar.zone
    at = calendar.at(zone, whole=reading.command == "forecast")
    compare = None if reading.compare is None or isinstance(reading.compare, Name) else reading.compare
    return Dates(resolve(span, at, zone), resolve(compare, at, zone) if compare else None)


def dated(result: Result, calendar: TeamCalendar) -> Result:
    """Return a result, or why the days of its reading cannot be answered with what can."""
    if result.reading is None:
        return result
    try:
        dates_of(result.reading, calendar)
    except Impossible as wrong:
        possible = tuple(each for each in instead(result.reading) if _is_possible(each, calendar))
        return Result(result.typed, is_literal=False, sentence=str(wrong), suggestions=possible)
    return result


def _is_possible(reading: Reading, calendar: TeamCalendar) -> bool:
    try:
        dates_of(reading, calendar)
    except Impossible:
        return False
    return True


def instead(reading: Reading) -> tuple[Reading, ...]:
    """Return readings whose days may be possible where those of one are not, the likeliest first."""
    match reading.period:
        case Hours():
            spans: tuple[Span, ...] = (Current("day"), Rolling(2))
        case Range(start, end):
            spans = (Range(end, start), start)
        case Year(year, True) if year:
            spans = (Year(year), Current("year"))
        case Year(_, True) | Part(_, _, _, True):
            spans = (Current("year"), Current("quarter"))
        case _:
            spans = ()
    ahead = replace(reading, command="forecast", dimensions=(), limit=None, compare=None)
    others = [replace(reading, period=span) for span in (*spans, Current("month"), AllTime())]
    return (ahead, *others) if _is_ahead(reading) else tuple(others)


def _is_ahead(reading: Reading) -> bool:
    """Whether a reading may be about the time to come, which a forecast knows."""
    span = reading.period
    is_next = isinstance(span, Current) and span.back < 0 and span.unit in ("month", "quarter", "year")
    return reading.command == "cost" and (is_next or (isinstance(span, Month) and span.year is not None))
