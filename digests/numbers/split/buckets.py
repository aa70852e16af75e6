"""Days as weeks and months: the bucket of a day is named after its first day, within the period or not."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from digests.numbers.report import Dimension
from providers.period import DAY, WEEK, Period
from providers.spend import Id

_STARTS: Mapping[Dimension, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - day.weekday() * DAY,
    "month": lambda day: day.replace(day=1),
}


def bucket(dimension: Dimension, day: str) -> str:
    """Return the id of the bucket that contains a day, both as ISO dates."""
    return _start(dimension, date.fromisoformat(day)).isoformat()


def _start(dimension: Dimension, day: date) -> date:
    return _STARTS[dimension](day)


def days_of(dimension: Dimension, first: date) -> Period:
    """Return the days of the bucket that begins on a day."""
    if dimension == "month":
        return Period.month(first)
    return Period(first, first + (WEEK if dimension == "week" else DAY))


def costs_before(
    dimension: Dimension,
    period: Period,
    costs: Mapping[Id, int],
    before: Mapping[Id, int] | None,
    unfinished: AbstractSet[date],
) -> Mapping[Id, int | None]:
    """Return what the week or month before each one cost, None where either is not whole.

    `costs` are those of the buckets in the period, `before` those in the comparison period, None while it is
    unknown; `unfinished` are the days of the period that are not all in.
    """
    # Where the period still runs, the comparison period is cut on its last day.
    compared = period.before().until(period.before().end - (DAY if unfinished else 0 * DAY))

    def earlier(id_: str) -> int | None:
        days = days_of(dimension, date.fromisoformat(id_))
        one_before = days_of(dimension, _start(dimension, days.start - DAY))
        if not _is_within(days, period) or not unfinished.isdisjoint(days.days()):
            return None
        if _is_within(one_before, period) and unfinished.isdisjoint(one_before.days()):
            return costs.get(one_before.start.isoformat(), 0)
        if before is not None and compared and _is_within(one_before, compared):
            return before.get(one_before.start.isoformat(), 0)
        return None

    return {id_: earlier(id_) if id_ else None for id_ in costs}


def _is_within(days: Period, period: Period) -> bool:
    return period.start <= days.start and days.end <= period.end
