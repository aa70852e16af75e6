"""Days that cost more than they should: a spike on one day, or a creep over several.

days ─→ each with the same weekdays before it, at the level of the last two weeks ─→ Reading
                                                                                      │
             score: how far above what is expected, by how far days usually are off ──┤
             creep: the same against the eight weeks before, added up (CUSUM) ────────┘

A weekday is compared with its own kind, so a quiet weekend's runaway is as visible as a Monday's. Deviations
are logarithms: double is as far above as half is below. Nothing here looks ahead of a day: what a reading
says could have been said that morning. How well this does beside rules in common use: docs/scoring.md.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import exp, log
from statistics import median, quantiles
from typing import NamedTuple

LEAST_DAYS = 14
"""With less than two weeks a weekday has no day of its kind to be compared with."""
FEWEST_DAYS = 3
"""With fewer there is nothing usual; from then on a day is compared with all days."""
SPIKE = 1.0
"""The score of a spike: about one false alarm in four months on the series of docs/scoring.md."""
CREEP = 1.5
"""The sum of a creep: three days at the least, and about one false alarm in a year."""

_WEEK = 7
_WEEKS = 8  # same weekdays before a day: enough for a median, few enough to follow growth
_LEVEL = 14  # days that the present level is of
_FEW = 5  # of them; fewer do not make a level
_SPREAD = 56  # days whose deviations say how far off is usual
_USUAL_SPREAD = 0.2  # of logarithms, where too few days tell
_MAD, _TAIL = 1.4826, 1.96  # from a median and from a 95th percentile of distances to a deviation
_ALLOWED = 0.3  # above any spread: where all days are alike, a third more is no spike yet
_SMALLEST = 0.05  # of the median day: below it, days that cost next to nothing count as equal
_SLACK = 0.5  # of a score: what a creep has to be above each day
_CAPPED = 1.0  # no more of a single day: a day that stands out is a spike, and no creep

Days = Mapping[date, float]


class Reading(NamedTuple):
    """A day's cost beside what was expected of it, and by how far days are off; `creep` adds up over days."""

    day: date
    cost: float
    expected: float
    spread: float
    score: float
    creep: float

    @property
    def is_spike(self) -> bool:
        """Whether the day stands out by itself."""
        return self.score >= SPIKE

    @property
    def is_creep(self) -> bool:
        """Whether days have been above the usual for a while."""
        return self.creep >= CREEP


def readings(days: Days) -> list[Reading]:
    """Return the reading of every day from the fourth on; days without an entry in between cost nothing."""
    if not days:
        return []
    first, last = min(days), max(days)
    all_days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    costs = [days.get(day, 0.0) for day in all_days]
    return _readings(all_days, costs)


def _readings(days: Sequence[date], costs: Sequence[float]) -> list[Reading]:
    found: list[Reading] = []
    bases: list[float | None] = []
    residuals: list[float | None] = []
    creep = 0.0
    for at, (day, cost) in enumerate(zip(days, costs, strict=True)):
        least = _least(costs[max(at - _SPREAD, 0) : at])
        base = _base(costs, at, least)
        expected = base and base * exp(_shift(costs, bases, at, least))
        residual = expected and log(max(cost, least) / expected)
        if base and expected and residual is not None:
            spread = _spread(residuals, at) + _ALLOWED
            creep = _added(creep, log(max(cost, least) / base) / spread)
            found.append(Reading(day, cost, expected, spread, residual / spread, creep))
        bases.append(base)
        residuals.append(residual)
    return found


def _least(costs: Sequence[float]) -> float:
    """Return the cost below which days count as equal."""
    spent = [cost for cost in costs if cost > 0]
    return _SMALLEST * median(spent) if spent else 0.0


def _base(costs: Sequence[float], at: int, least: float) -> float | None:
    """Return the median of the same weekdays before a day; of all days while there are too few; else None."""
    if not least or at < FEWEST_DAYS:
        return None
    same = [costs[n] for n in range(at - _WEEK, max(at - _WEEKS * _WEEK, 0) - 1, -_WEEK)]
    like = same if at >= LEAST_DAYS else costs[:at]
    return max(median(like), least)


def _shift(costs: Sequence[float], bases: Sequence[float | None], at: int, least: float) -> float:
    """Return how far the last two weeks are above their weekdays' medians, as a logarithm."""
    above = [log(max(costs[n], least) / base) for n in range(max(at - _LEVEL, 0), at) if (base := bases[n])]
    return median(above) if len(above) >= _FEW else 0.0


def _spread(residuals: Sequence[float | None], at: int) -> float:
    """Return how far off days usually are: a deviation, wider where some are far off now and then."""
    off = [abs(each) for each in residuals[max(at - _SPREAD, 0) : at] if each is not None]
    if len(off) < LEAST_DAYS:
        return _USUAL_SPREAD
    return max(_MAD * median(off), quantiles(off, n=20)[-1] / _TAIL)


def _added(creep: float, score: float) -> float:
    return max(0.0, creep + min(score, _CAPPED) - _SLACK)
