"""The days on which a member's cost stands out: what it usually costs, when it began, whether it is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from providers.period import DAY, Period

_TIMES = 3  # × the usual day; a member of few days doubles by chance
_MOST = (1, 2)  # of what the period cost above the usual: days with less of it do not explain it
_PARTS = 20  # of the rise: a day with less of it is no part of what stands out
_OVER = (1, 10)  # of what a day of it was above the usual: a day with less is back to the usual
_TINY = 10**7  # a cent, in billionths: less than that is no usual to be a multiple of


@dataclass(frozen=True)
class Spike:
    """The days `[start, end)` that stand out, in billionths of a dollar; `usual` is the cost of a usual day.

    `next_day` is the cost of the day after them; None if that is not over yet.
    """

    start: date
    end: date
    cost: int
    usual: int
    next_day: int | None

    @property
    def length(self) -> int:
        """The number of days."""
        return (self.end - self.start).days

    @property
    def times(self) -> int | None:
        """How many times its usual cost an average day of it was; None without a usual one."""
        return self.cost // (self.usual * self.length) if self.usual >= _TINY else None

    @property
    def is_over(self) -> bool:
        """Whether the day after it was near the usual."""
        above = self.cost - self.usual * self.length
        if self.next_day is None:
            return False
        return (self.next_day - self.usual) * self.length * _OVER[1] <= above * _OVER[0]


def spike(costs: Mapping[date, int], period: Period, known: Period) -> Spike | None:
    """Return the days of a period that explain why it cost more; None if it was spread over all of it.

    `costs` are those of each day of `known`, which contains the period and days before it; a day without any
    cost nothing. The usual day is the median of the same kind of days: working days or weekends.
    """
    usual = {day: _usual(costs, period, known, day) for day in period.days()}
    above = {day: costs.get(day, 0) - usual[day] for day in period.days()}
    rise = sum(above.values())
    loud = [
        day
        for day in period.days()
        if costs.get(day, 0) >= _TIMES * usual[day] and above[day] > max(_TINY, rise // _PARTS)
    ]
    if not loud or (len(loud) == period.length and period.length > 1) or rise <= 0:
        return None
    first, end = loud[0], loud[-1] + DAY
    run = Period(first, end)
    gained = sum(above[day] for day in run.days())
    if gained * _MOST[1] < rise * _MOST[0] or len(loud) < run.length:
        return None
    return Spike(
        first,
        end,
        cost=sum(costs.get(day, 0) for day in run.days()),
        usual=max(usual[day] for day in run.days()),
        next_day=costs.get(end, 0) if end in known else None,
    )


def _usual(costs: Mapping[date, int], period: Period, known: Period, day: date) -> int:
    before = Period(known.start, period.start) if known.start < period.start else None
    if before is None:
        return 0
    like = [costs.get(each, 0) for each in before.days() if _is_weekend(each) == _is_weekend(day)]
    return median_low(like) if like else 0


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5  # noqa: PLR2004 - Saturday
