"""Return the error band of an estimate, from the errors of the last ones.

    all recorded errors | the largest, cut where it stands alone | wider the fewer | never less than a percent

A single large error must not widen the band for a month. On the first day of a discount, say, the estimate is
outside its band, and that error is recorded; the next bill corrects the rates. So the error counts only as
1.5 times the second largest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

FEWEST = 5  # errors; the largest of fewer says little about the next: no band is better than a wrong one
ALONE = Decimal("1.5")  # the largest error counts as at most this many times the second largest
FEW = 4  # for normal and Laplace errors the next one lies inside 94 times in 100 of 8, 97 in 100 of 30
FLOOR = Decimal("0.01")  # a new model, or prompts of another price, can move any day by a percent


@dataclass(frozen=True)
class Band:
    """The half-width of the band, as a fraction of the estimate, and the number of days behind it."""

    half_width: Decimal
    days: int


def band(errors: Sequence[Decimal]) -> Band | None:
    """Return the band that holds the next estimate 19 times of 20, from signed relative errors."""
    if len(errors) < FEWEST:
        return None
    *_, second, largest = sorted(map(abs, errors))
    widest = min(largest, ALONE * second) * (1 + Decimal(FEW) / len(errors))
    return Band(max(widest, FLOOR), len(errors))
