"""Days without their outliers: what a day would have cost, had nothing unusual run on it.

A day is set against the like weekdays around it, and that against the days next to it: so a weekend is no
outlier, nor is a week that costs more than all before. What stands out is put back to what is usual.
"""

from collections.abc import Mapping
from datetime import date
from math import exp, log
from statistics import median

from providers.period import DAY, WEEK

_WEEKS = 4  # like weekdays to each side: enough for a median, few enough to grow along
_AROUND = 7  # days to each side: a rise that lasts for a week is most of what is around it
_TIMES = 4.0  # deviations; of days without outliers one in some thousands is further out
_LEAST = log(2)  # what is less than twice or more than half of what is usual is a day like others
_SMALLEST = 0.05  # of a middling day: below it, days that cost next to nothing are alike
_MAD = 1.4826  # from a median absolute deviation to a standard one

Days = Mapping[date, float]


def tamed(days: Days) -> Days:
    """Return the days with each outlier in the size that is usual for it."""
    least = _SMALLEST * median([cost for cost in days.values() if cost > 0] or [0.0])
    if not least:
        return days
    usual = {day: max(_usual(day, days), least) for day in days}
    off = {day: log(max(cost, least) / usual[day]) for day, cost in days.items()}
    beside = {day: _middle(day, off) for day in off}
    limit = max(_TIMES * _MAD * median(abs(off[day] - beside[day]) for day in off), _LEAST)
    return {
        day: usual[day] * exp(beside[day]) if abs(off[day] - beside[day]) > limit else cost
        for day, cost in days.items()
    }


def _usual(day: date, days: Days) -> float:
    """The median of the like weekdays around it; of all days around it where there are too few."""
    weeks = (day + n * WEEK for n in range(-_WEEKS, _WEEKS + 1) if n)
    like = [days[each] for each in weeks if each in days]
    return median(like) if len(like) > 1 else _middle(day, days)


def _middle(day: date, days: Days) -> float:
    """The median of a day and of those to each side of it."""
    return median(days[near] for n in range(-_AROUND, _AROUND + 1) if (near := day + n * DAY) in days)
