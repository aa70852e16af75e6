"""How far an estimate can be off, from how far the last ones were.

    all recorded errors | the largest, cut where it stands alone | wider the fewer | never less than a percent

One surprise is no habit. Nothing foretells the first day of a discount: that day's band is broken and
recorded, the rates follow from the next bill on, and the band grows by half of what the other days say
instead of promising nothing for a month.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

FEWEST = 5
ALONE = Decimal("1.5")  # times the second largest is as far as one error widens the band
FEW = 4  # for normal and Laplace errors the next one lies inside 94 times in 100 of 8, 97 in 100 of 30
FLOOR = Decimal("0.01")  # what a new model or a prompt of another price does to any day


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
