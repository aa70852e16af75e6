"""Values of a sender that can be anything: the number or text that one stands for, None or "" otherwise."""

import math

_DIGITS = 20  # of the largest 64-bit number, its sign included
LARGEST = 2**63 - 1
MOST_TOKENS = 10**9  # of one request: a thousand times the largest context; more is no count
MOST_DOLLARS = 1_000_000.0  # of one request or one export of a session; more is no price


def text(value: object) -> str:
    """Return a text as it is, "" for anything else."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Return a whole number of at most 64 bits, also from a text or a float without a fraction."""
    if isinstance(value, str):
        value = number(value) if "." in value or "e" in value.casefold() else _from_digits(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -LARGEST <= value <= LARGEST else None


def _from_digits(digits: str) -> int | None:
    digits = digits.strip()
    is_number = len(digits) <= _DIGITS and digits.isascii() and digits.removeprefix("-").isdigit()
    return int(digits) if is_number else None


def number(value: object) -> float | None:
    """Return a finite number, also from a text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and len(value) > 2 * _DIGITS:
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def tokens(value: object) -> int | None:
    """Return a count of tokens, None for what is none."""
    count = whole(value)
    return count if count is not None and 0 <= count <= MOST_TOKENS else None


def truth(value: object) -> bool:
    """Whether a value means yes; Claude Code 2.1.332 sends `success` as a text."""
    return value is True or value in ("true", "1")
