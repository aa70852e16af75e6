"""Dollars as whole billionths, for exact arithmetic."""

from decimal import Decimal

_DIGITS = 9  # a price of $0.01 per million tokens is 10 billionths a token


def billionths(dollars: Decimal) -> int:
    """Convert dollars to whole billionths, rounded half-even."""
    return int(dollars.scaleb(_DIGITS).to_integral_value())


def dollars(amount: int) -> Decimal:
    """Convert whole billionths to dollars."""
    return Decimal(amount).scaleb(-_DIGITS)
