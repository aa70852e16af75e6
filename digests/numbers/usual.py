"""What a period usually costs, and whether it stands out: loud or quiet.

A period is compared with earlier ones of its kind: a Monday with the Mondays before, a week with the weeks
before. Earlier periods that stand out themselves are left out, and the rest are averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median, median_low

ENOUGH = 3  # earlier periods: with fewer there is no "usual", only the one before

_LEAST = Decimal(20)  # dollars: a smaller change is nobody's business at any rate
_SHARE = Decimal(1) / 3  # of the usual: a smaller change is how weeks differ
_SHARE_OF_FEW = Decimal(1)  # with few earlier periods: twice the amount, or nothing at all
_DEVIATIONS = 3  # where weeks differ a lot, one in some hundreds is further out
_MAD = Decimal("1.4826")  # from a median absolute deviation to a standard one
_ODD = Decimal(1) / 2  # off the median: an earlier period further off is no measure of the usual


@dataclass(frozen=True)
class Usual:
    """What a period usually costs: the average of some earlier ones, by their place in the list."""

    cost: Decimal
    periods: Sequence[int]
    is_loud: bool  # whether the period stands out

    @property
    def is_known(self) -> bool:
        """Whether there are enough earlier periods to speak of a usual one."""
        return len(self.periods) >= ENOUGH


def usual(cost: Decimal, earlier: Sequence[Decimal]) -> Usual | None:
    """Compare a cost with those of earlier periods of its kind; None without any."""
    if not earlier:
        return None
    middle = median_low(earlier)
    near = [
        place for place, each in enumerate(earlier) if abs(each - middle) <= max(_LEAST, abs(middle) * _ODD)
    ]
    costs = [earlier[place] for place in near]
    average = sum(costs, Decimal(0)) / len(costs)
    spread = median(abs(each - average) for each in costs)
    share = _SHARE if len(near) >= ENOUGH else _SHARE_OF_FEW
    limit = max(_LEAST, share * abs(average), _DEVIATIONS * _MAD * spread)
    return Usual(average, near, is_loud=abs(cost - average) >= limit)
