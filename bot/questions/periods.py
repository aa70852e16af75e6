"""Periods as people write them: `today`, `last week`, `30d`, `2026-10`, `2026-10-01..2026-10-31`."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from providers.period import DAY, WEEK, Period

LONGEST = 400
FIRST_DAY = date(2021, 1, 1)  # before Anthropic; it keeps every like period inside the calendar
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
"""The first and the last day of what has a name."""

_RANGE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}) ?(?:\.\.|-|to|until) ?(\d{4}-\d{1,2}-\d{1,2})")
_DAYS = re.compile(r"(?:last )?(\d{1,9}) ?(?:d|days?)|last (\d{1,9})")
_MONTH = re.compile(r"\d{4}-\d{1,2}")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


class Impossible(Exception):
    """No calendar has such days, or nobody can know them yet; the message says so to the asker."""


def is_period(phrase: str) -> bool:
    """Whether a phrase is meant as a period, possible or not."""
    return phrase in WORDS or any(form.fullmatch(phrase) for form in (_RANGE, _DAYS, _MONTH, _DAY))


def period(written: str, *, today: date, zone: str) -> Period:
    """Return the period that is written. Raises Impossible."""
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
    if found := _RANGE.fullmatch(written):
        return _date(found[1]), _date(found[2])
    if found := _DAYS.fullmatch(written):
        return _last_days(int(found[1] or found[2]), today)
    if _DAY.fullmatch(written):
        return _date(written), _date(written)
    start, end = _whole_month(_date(f"{written}-1", said=written))
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


def _date(written: str, *, said: str = "") -> date:
    year, month, day = map(int, written.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        raise Impossible(f"There is no {said or written} in the calendar.") from None
