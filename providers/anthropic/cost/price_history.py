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

STEP = Decimal("0.01")  # smaller ones are scatter
STANDS_OUT = 3  # times the scatter, to be a step
FAR_OFF = Decimal("0.05")  # nearer ones are no outliers
OUTLIES = 6  # times the median distance
FEWEST_TO_OUTLIE = 4


class Seen(NamedTuple):
    """What a price brought on one day: `cost` for so much of `base` (its list cost, else its tokens)."""

    age: int
    cost: Decimal
    base: Decimal

    @property
    def level(self) -> Decimal:
        """Dollars for each of the base."""
        return self.cost / self.base


def rate(history: Iterable[Seen]) -> Decimal:
    """One level for some days, each weighing what it used."""
    days = list(history)
    return sum((day.cost for day in days), Decimal(0)) / sum(day.base for day in days)


def telling(history: Sequence[Seen]) -> Sequence[Seen]:
    """The days, newest first, that speak for the next one; the newest is always among them."""
    days = _without_outliers(history)
    return days[: _days_since_step([day.level for day in days])]


def _without_outliers(history: Sequence[Seen]) -> Sequence[Seen]:
    if len(history) < FEWEST_TO_OUTLIE:
        return history
    middle = median(day.level for day in history)
    distance = median(abs(day.level - middle) for day in history)
    allowed = max(FAR_OFF * abs(middle), OUTLIES * distance)
    newest, *older = history
    return [newest, *(day for day in older if abs(day.level - middle) <= allowed)]


def _days_since_step(levels: Sequence[Decimal]) -> int:
    for count in range(1, len(levels)):
        new, old = levels[:count], levels[count:]
        step = max(min(new) - max(old), min(old) - max(new))
        scatter = max(max(new) - min(new), max(old) - min(old))
        if step > max(STEP * abs(median(old)), STANDS_OUT * scatter):
            return count
    return len(levels)


def middle_by_weight(weighed: Iterable[tuple[Decimal, Decimal]], *, default: Decimal) -> Decimal:
    """The value in the middle of the weight of (value, weight) pairs."""
    pairs = sorted(weighed)
    left = sum((weight for _, weight in pairs), Decimal(0)) / 2
    for value, weight in pairs:
        left -= weight
        if left <= 0:
            return value
    return default
