"""Days without outliers: the cost of a day if nothing unusual had run on it.

A day is compared with the same weekdays around it, and that ratio with those of the days next to it: so
neither a weekend nor a costly week is an outlier. An outlier gets its usual cost.
"""

from collections.abc import Mapping
from datetime import date
from math import exp, log
from statistics import median

from providers.period import Period

_WEEKS = 4  # the same weekdays on each side: enough for a median, few enough to follow growth
_AROUND = 7  # days on each side: a rise of a week is most of its surroundings
_TIMES = 4.0  # deviations; without outliers one day in some thousands is further out
_LEAST = log(2)  # between half and twice the usual, a day is no outlier
_SMALLEST = 0.05  # of the median day: below it, days that cost next to nothing count as equal
_MAD = 1.4826  # from a median absolute deviation to a standard one

_MISLEADING = 1.25  # times the usual: from here on a comparison says more about a spike than about now

_WEEK = 7
_SAME_WEEKDAYS = [n * _WEEK for n in range(-_WEEKS, _WEEKS + 1) if n]

Days = Mapping[date, float]
Costs = Mapping[int, float]  # by the ordinal number of a day


def spikes_among(days: Days, period: Period, *, cost: float, part: float) -> tuple[date, ...]:
    """Return the days of a period that stand out upwards, if they make its cost an unusual one.

    `cost` is that of the first `part` of the period, a fraction; `days` are finished days in and around it.
    """
    usual = without_outliers(days)
    inside = [day for day in days if day in period]
    expected = part * sum(usual[day] for day in inside)
    if cost < expected * _MISLEADING:
        return ()
    return tuple(sorted(day for day in inside if days[day] > usual[day]))


def without_outliers(days: Days) -> Days:
    """Return the days, with the usual cost in place of each outlier's."""
    least = _SMALLEST * median([cost for cost in days.values() if cost > 0] or [0.0])
    if not least:
        return days
    costs = {day.toordinal(): cost for day, cost in days.items()}  # whole numbers: days are looked up often
    usual = {day: max(_usual(day, costs), least) for day in costs}
    off = {day: log(max(cost, least) / usual[day]) for day, cost in costs.items()}
    beside = {day: _middle(day, off) for day in off}
    distances = {day: abs(off[day] - beside[day]) for day in off}
    limit = max(_TIMES * _MAD * median(distances.values()), _LEAST)
    return {
        day: usual[number] * exp(beside[number]) if distances[number] > limit else cost
        for number, (day, cost) in zip(costs, days.items(), strict=True)
    }


def _usual(day: int, costs: Costs) -> float:
    """Return the median of the same weekdays around a day, or of all days around it if these are too few."""
    like = [costs[day + away] for away in _SAME_WEEKDAYS if day + away in costs]
    return median(like) if len(like) > 1 else _middle(day, costs)


def _middle(day: int, costs: Costs) -> float:
    """Return the median of a day and those on each side."""
    return median([costs[near] for near in range(day - _AROUND, day + _AROUND + 1) if near in costs])
