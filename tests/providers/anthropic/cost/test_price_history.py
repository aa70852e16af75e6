"""Which days of a price speak for the next one."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic.cost.price_history import PriceDay, rate, representative_days, weighted_median

prices = st.decimals(-10, 10, places=3)
histories = st.lists(
    st.builds(PriceDay, st.integers(0, 6), prices, st.integers(1, 9).map(Decimal)), min_size=1
)


def seen(*levels: str) -> list[PriceDay]:
    return [PriceDay(age, Decimal(level), Decimal(1)) for age, level in enumerate(levels)]


@pytest.mark.parametrize(
    ("levels", "ages"),
    [
        (["1"], [0]),
        (["1", "1", "1"], [0, 1, 2]),
        (["0.92", "1", "1", "1"], [0]),
        (["0.92", "0.92", "1", "1"], [0, 1]),
        (["1.2", "1", "1", "1"], [0]),
        (["0.995", "1", "1", "1"], [0, 1, 2, 3]),  # too small a step
        (["0.9", "1.3", "1", "1.6"], [0, 1, 2, 3]),  # it scatters
        (["1", "1", "1.7", "1", "1"], [0, 1, 3, 4]),  # one odd day
        (["0.92", "1", "1.7", "1", "1"], [0]),
    ],
)
def test_the_days_since_a_clean_step_speak(levels: Sequence[str], ages: list[int]) -> None:
    assert [day.age for day in representative_days(seen(*levels))] == ages


@given(histories)
def test_the_rate_lies_among_what_was_seen(history: list[PriceDay]) -> None:
    kept = representative_days(history)
    slack = Decimal("1e-20")
    assert kept
    assert min(day.level for day in kept) - slack <= rate(kept) <= max(day.level for day in kept) + slack


def test_a_rate_weighs_each_day_by_its_use() -> None:
    assert (
        rate([PriceDay(0, Decimal(30), Decimal(10)), PriceDay(1, Decimal(1), Decimal(1))]) == Decimal(31) / 11
    )


def test_the_middle_is_that_of_the_weight() -> None:
    light, heavy = (Decimal(5), Decimal(1)), (Decimal(1), Decimal(9))
    assert weighted_median([light, light, heavy], default=Decimal(0)) == 1
    assert weighted_median([], default=Decimal(7)) == 7
