"""Periods as people write them: `today`, `last week`, `30d`, `2026-10`, `2026-10-01..2026-10-31`."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from providers.period import DAY, WEEK, Period

LONGEST = 400  # days: a year and its comparison still read fast
FIRST_DAY = date(2021, 1, 1)  # before Anthropic existed; it keeps every comparison period inside the calendar
WORDS: Mapping[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today),
    "yesterday": lambda today: (today - DAY, today - DAY),
    "week": lambda today: (_monday(today), today),
    "this week": lambda today: (_monday(today), today),
    "last week": lambda today: (_monday(today) - WEEK, _monday(today) - DAY),
    "month": lambda today: (today.replace(day=1), today),
    "this month": lambda today: (today.replace(day=1), today),
    "month to date": lambda today: (today.replace(day=1), today),
    "mtd": lambda today: (today.replace(day=1), today),
    "last month": lambda today: _whole_month(today.replace(day=1) - DAY),
}
"""The first and last day of periods with a name."""

_RANGE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}) ?(?:\.\.|-|to|until) ?(\d{4}-\d{1,2}-\d{1,2})")
_DAYS = re.compile(r"(?:last )?(\d{1,9}) ?(?:d|days?)|last (\d{1,9})")
_MONTH = re.compile(r"\d{4}-\d{1,2}")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


class Impossible(Exception):
    """The days do not exist or are still to come; the message says so to the person."""


def is_period(phrase: str) -> bool:
    """Whether a phrase has the form of a period, possible or not."""
    return phrase in WORDS or any(form.fullmatch(phrase) for form in (_RANGE, _DAYS, _MONTH, _DAY))


def period(written: str, *, today: date, zone: str) -> Period:
    """Return the period of a phrase. Raises Impossible."""
    start, end = _days(written, today)
    if end < start:
        raise Impossible(f"{start} comes after {end}. The first day goes first.")
    if end > today:
        ahead = end if start <= today else start
        raise Impossible(f"{ahead} is still to come; the latest day is today, {today}.")
    if start < FIRST_DAY:
        raise Impossible(f"{start} is before anything that Anthropic has billed.")
    if (end - start).days >= LONGEST:
        raise Impossible(f"A period may have up to {LONGEST} days.")
    return Period(start, end + DAY, zone)


def _days(written: str, today: date) -> tuple[date, date]:
    if written in WORDS:
        return WORDS[written](today)
    if match := _RANGE.fullmatch(written):
        return _date(match[1]), _date(match[2])
    if match := _DAYS.fullmatch(written):
        return _last_days(int(match[1] or match[2]), today)
    if _DAY.fullmatch(written):
        return _date(written), _date(written)
    start, end = _whole_month(_date(f"{written}-1", quoted=written))
    return start, min(end, today) if start <= today else end


def _last_days(count: int, today: date) -> tuple[date, date]:
    if not 1 <= count <= LONGEST:
        raise Impossible(f"A number of days goes from 1d to {LONGEST}d.")
    return today - (count - 1) * DAY, today


def _monday(today: date) -> date:
    return today - today.weekday() * DAY


def _whole_month(day: date) -> tuple[date, date]:
    if day.year == date.max.year:
        return day, day  # the month after the last one is in no calendar
    month = Period.month(day)
    return month.start, month.end - DAY


def _date(written: str, *, quoted: str = "") -> date:
    year, month, day = map(int, written.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        raise Impossible(f"There is no {quoted or written} in the calendar.") from None
