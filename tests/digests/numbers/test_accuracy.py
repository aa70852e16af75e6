"""How far an estimate may be off."""

from decimal import Decimal
from random import Random

import pytest

from digests.numbers.accuracy import FEWEST, FLOOR, Band, band

Errors = list[Decimal]


def errors(*percent: str) -> Errors:
    return [Decimal(each) / 100 for each in percent]


def width(recorded: Errors) -> Decimal:
    result = band(recorded)
    assert result
    return result.half_width


def test_too_few_days_make_no_band() -> None:
    assert band(errors("1") * (FEWEST - 1)) is None
    assert band(errors("1") * FEWEST) is not None


def test_a_band_is_never_narrower_than_its_floor() -> None:
    assert band(errors("0") * 30) == Band(FLOOR, 30)


def test_the_fewer_the_days_the_wider_the_band() -> None:
    assert width(errors("2") * 5) > width(errors("2") * 15) > width(errors("2") * 30) > Decimal("0.02")


def test_errors_to_either_side_count_alike() -> None:
    assert width(errors("-3", "3", *["0.1"] * 10)) == width(errors("3", "3", *["0.1"] * 10))


def test_one_surprise_does_not_spoil_a_month() -> None:
    calm = errors(*["0.9", "-1"] * 15)
    assert width([*calm[1:], Decimal("0.15")]) <= Decimal("1.5") * width(calm)


def test_surprises_that_come_again_are_expected() -> None:
    calm = errors(*["0.9", "-1"] * 14)
    assert width([*calm, *errors("15", "-14")]) >= Decimal("0.15")


@pytest.mark.parametrize(("days", "least"), [(8, 0.91), (15, 0.94), (30, 0.95)])
def test_the_next_error_lies_inside_whether_tails_are_thin_or_thick(days: int, least: float) -> None:
    for draw in (_normal, _laplace):
        chance = Random(days)
        drawn = [[draw(chance) for _ in range(days + 1)] for _ in range(1500)]
        held = sum(abs(tomorrow) <= width(recorded) for *recorded, tomorrow in drawn)
        assert held >= least * len(drawn)


def _normal(chance: Random) -> Decimal:
    return Decimal(chance.gauss(0, 0.05))


def _laplace(chance: Random) -> Decimal:
    return Decimal(chance.choice((-1, 1)) * chance.expovariate(20))
