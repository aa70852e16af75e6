"""What a period usually costs, and whether it stands out."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from digests.numbers.usual import Usual, usual


def of(cost: float, *earlier: float) -> Usual:
    result = usual(Decimal(str(cost)), [Decimal(str(each)) for each in earlier])
    assert result
    return result


@pytest.mark.parametrize(
    ("cost", "earlier", "is_loud"),
    [
        (629.19, (571.69, 590, 610, 560), False),  # a Sunday like others
        (10770.04, (1235.44, 1239.09, 1190, 1260), True),  # a key ran away
        (200, (1235, 1239, 1190, 1260), True),  # nearly everybody was away
        (1600, (1235, 1239, 1190, 1260), False),  # less than a third more
        (1700, (1235, 1239, 1190, 1260), True),
        (1700, (900, 1500, 1100, 1350), False),  # where weeks differ so much, it is one of them
        (25, (4, 5, 6, 5), True),
        (19, (4, 5, 6, 5), False),  # five times as much, and not worth a word
        (0, (0, 0, 0, 0), False),
        (150, (100,), False),  # of a single week before, only twice as much stands out
        (210, (100,), True),
    ],
)
def test_what_stands_out_among_its_like_is_loud(
    cost: float,
    earlier: Sequence[float],
    is_loud: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert of(cost, *earlier).is_loud is is_loud


def test_an_earlier_outlier_is_no_measure_of_the_usual() -> None:
    after_the_spike = of(1240, 10770, 1235, 1239, 1190)
    assert not after_the_spike.is_loud
    assert after_the_spike.periods == [1, 2, 3]
    assert after_the_spike.cost == Decimal(1235 + 1239 + 1190) / 3


def test_a_holiday_is_no_measure_of_the_usual() -> None:
    assert of(1250, 90, 1235, 1239, 1190).periods == [1, 2, 3]


def test_without_earlier_periods_nothing_is_usual() -> None:
    assert usual(Decimal(5), []) is None
    assert not of(5, 5, 5).is_known
    assert of(5, 5, 5, 5).is_known


def test_credits_do_not_turn_the_rule_around() -> None:
    assert of(-900, 1000, 1010, 990, 1000).is_loud
    assert not of(-5, -4, -6, -5, -5).is_loud
