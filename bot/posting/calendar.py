"""When digests are due, by the local time of their zone, and which UTC days each covers.

APScheduler's CronTrigger does not serve: it fires twice at a time that a clock change repeats (3.11.3), it
cannot move a day of the month to a working day, and it looks ahead only, while `covered` looks back.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from providers.period import DAY, WEEK, Period
from storage.state.subscriptions import LAST_DAY, Plan

_SATURDAY = 5


def next_slot(plan: Plan, *, after: datetime) -> datetime:
    """Return the next moment (UTC) after another when a digest is due.

    A time that a clock change skips moves later by as much, perhaps past midnight; one that it repeats counts
    once.
    """
    first = after.astimezone(ZoneInfo(plan.zone)).date() - DAY
    return next(moment for moment in _slots(plan, first, DAY) if moment > after)


def covered(plan: Plan, slot: datetime, calendar: str) -> Period:
    """Return the days of the team's calendar that the digest of a slot covers.

    Daily: the last finished day; with working days only, all days since the previous digest. Weekly: the last
    Monday to Sunday; monthly: the last month. Both go by the date in the plan's zone, so the calendar's last
    day can have some hours left.
    """
    days = ZoneInfo(calendar)
    here, today = slot.astimezone(ZoneInfo(plan.zone)).date(), slot.astimezone(days).date()
    if plan.kind == "weekly":
        monday = here - here.weekday() * DAY
        return Period(monday - WEEK, monday, calendar)
    if plan.kind == "monthly":
        return Period.month(here.replace(day=1) - DAY, calendar)
    yesterday = today - DAY
    if not plan.working_days_only:
        return Period.day(yesterday, calendar)
    before = next(moment for moment in _slots(plan, here + DAY, -DAY) if moment < slot)
    return Period(min(before.astimezone(days).date(), yesterday), today, calendar)


def last_covered(plan: Plan, *, now: datetime, calendar: str) -> Period:
    """Return what a digest requested now covers: the calendar's last days of its kind that are over."""
    at_midnight = Plan(plan.kind, "00:00", calendar, working_days_only=plan.working_days_only)
    if plan.kind != "daily":
        return covered(at_midnight, now, calendar)
    today = now.astimezone(ZoneInfo(calendar)).date()
    return covered(at_midnight, next(_slots(at_midnight, today, -DAY)), calendar)


def _slots(plan: Plan, first: date, step: timedelta) -> Iterator[datetime]:
    """Yield the moments of a plan from a day in its zone on, or backwards with a negative step."""
    at, zone, falls = time.fromisoformat(plan.time), ZoneInfo(plan.zone), _falls_on(plan)
    day = first
    while True:
        if falls(day):
            yield datetime.combine(day, at, zone).astimezone(UTC)
        day += step


def _falls_on(plan: Plan) -> Callable[[date], bool]:
    """Return the predicate of days with a digest."""
    if plan.kind == "weekly":
        return lambda day: day.weekday() == plan.weekday
    if plan.kind == "daily":
        return lambda day: not plan.working_days_only or _is_working(day)
    if not plan.working_days_only:
        return lambda day: _is_day_of_month(plan, day)
    return lambda day: any(_shifted(each) == day for each in _around(day) if _is_day_of_month(plan, each))


def _is_working(day: date) -> bool:
    return day.weekday() < _SATURDAY


def _around(day: date) -> list[date]:
    return [day + n * DAY for n in range(-2, 3)]


def _shifted(day: date) -> date:
    """Return the working day of a day: the Monday after a weekend, or the Friday before."""
    if _is_working(day):
        return day
    friday = day - (day.weekday() - _SATURDAY + 1) * DAY
    monday = friday + 3 * DAY
    return monday if monday.month == day.month else friday


def _is_day_of_month(plan: Plan, day: date) -> bool:
    is_last = (day + DAY).day == 1
    return is_last if plan.month_day >= LAST_DAY else day.day == plan.month_day
