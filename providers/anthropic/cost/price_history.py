"""What one price was, bill by bill, and which of those days speak for the next one.

    newest first | without days far off their fellows | those since the last clean step | one rate

A clean step stands out from the scatter on both its sides: a discount begins, a list price moves. Whether
the newest day is far off or the first of a step shows only later; it is taken for a step. A price that
scatters anyway (prompts of two prices in one cell, refused requests) takes none and is averaged.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from statistics import median
from typing import NamedTuple

MIN_STEP = Decimal("0.01")  # smaller ones are scatter
STEP_TO_SCATTER = 3  # times the scatter, to be a step
MIN_OUTLIER_DISTANCE = Decimal("0.05")  # nearer ones are no outliers
OUTLIER_DISTANCES = 6  # times the median distance
MIN_DAYS_FOR_OUTLIERS = 4


class PriceDay(NamedTuple):
    """What a price brought on one day: `cost` for so much of `base` (its list cost, else its tokens)."""

    age: int
    cost: Decimal
    base: Decimal

    @property
    def level(self) -> Decimal:
        """Dollars for each of the base."""
        return self.cost / self.base


def rate(history: Iterable[PriceDay]) -> Decimal:
    """One level for some days, each weighing what it used."""
    days = list(history)
    return sum((day.cost for day in days), Decimal(0)) / sum(day.base for day in days)


def representative_days(history: Sequence[PriceDay]) -> Sequence[PriceDay]:
    """The days, newest first, that speak for the next one; the newest is always among them."""
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
    """The value in the middle of the weight of (value, weight) pairs."""
    pairs = sorted(weighed)
    left = sum((weight for _, weight in pairs), Decimal(0)) / 2
    for value, weight in pairs:
        left -= weight
        if left <= 0:
            return value
    return default
