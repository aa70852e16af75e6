"""Learn a price from its history: which billed days represent the next day, and their rate.

    representative_days (newest first): _without_outliers -> _days_since_step;  rate: one level of those days

A step, such as a new discount or list price, is large compared with the scatter on both sides. Only later
days show whether the newest day is an outlier or the first after a step; we take it for a step. A price that
always scatters (prompts of two prices in one cell, refused requests) has no steps, and we average it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from statistics import median
from typing import NamedTuple

MIN_STEP = Decimal("0.01")  # of the price; a smaller change is scatter
STEP_TO_SCATTER = 3  # a step is at least three times the scatter: a choice, smaller ones are averaged
MIN_OUTLIER_DISTANCE = Decimal("0.05")  # of the median; a nearer day is no outlier
# Times the median distance from the median. A choice: of seven normally scattered days, it leaves out one in
# forty (4 would leave out one in sixteen); estimates of simulated organizations are alike from 3 to 12.
OUTLIER_DISTANCES = 6
MIN_DAYS_FOR_OUTLIERS = 4  # among three days, one outlier is half of what it is compared with


class PriceDay(NamedTuple):
    """One day of a price: `cost` for an amount of `base` (its list cost, or its tokens if it has none)."""

    age: int
    cost: Decimal
    base: Decimal

    @property
    def level(self) -> Decimal:
        """Dollars for one unit of the base."""
        return self.cost / self.base


def rate(history: Iterable[PriceDay]) -> Decimal:
    """Return one level for several days, weighted by usage."""
    days = list(history)
    return sum((day.cost for day in days), Decimal(0)) / sum(day.base for day in days)


def representative_days(history: Sequence[PriceDay]) -> Sequence[PriceDay]:
    """Return the days, newest first, that represent the next day; they always include the newest."""
    days = _without_outliers(history)
    return days[: _days_since_step([day.level for day in days])]


def _without_outliers(history: Sequence[PriceDay]) -> Sequence[PriceDay]:
    if len(history) < MIN_DAYS_FOR_OUTLIERS:
        return history
    middle = median(day.level for day in history)
    distance = median(abs(day.level - middle) for day in history)
    allowed = max(MIN_OUTLIER_DISTANCE * abs(middle), OUTLIER_DISTANCES * distance)
    newest, *older = history
    return [newest, *(day for day in older if abs(day.level - middle) <= allowed)]


def _days_since_step(levels: Sequence[Decimal]) -> int:
    for count in range(1, len(levels)):
        new, old = levels[:count], levels[count:]
        step = max(min(new) - max(old), min(old) - max(new))
        scatter = max(max(new) - min(new), max(old) - min(old))
        if step > max(MIN_STEP * abs(median(old)), STEP_TO_SCATTER * scatter):
            return count
    return len(levels)


def weighted_median(weighed: Iterable[tuple[Decimal, Decimal]], *, default: Decimal) -> Decimal:
    """Return the weighted median of (value, weight) pairs."""
    pairs = sorted(weighed)
    left = sum((weight for _, weight in pairs), Decimal(0)) / 2
    for value, weight in pairs:
        left -= weight
        if left <= 0:
            return value
    return default
