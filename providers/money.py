"""Dollars as whole billionths, for arithmetic that must lose nothing."""

from decimal import Decimal

_DIGITS = 9


def billionths(dollars: Decimal) -> int:
    """Whole billionths of a dollar; what is finer is rounded half-even."""
    return int(dollars.scaleb(_DIGITS).to_integral_value())


def dollars(amount: int) -> Decimal:
    """The inverse of `billionths`."""
    return Decimal(amount).scaleb(-_DIGITS)
