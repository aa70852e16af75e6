"""Amounts and sums that do not fit the database's 64-bit integers."""

from collections.abc import Iterator
from contextlib import contextmanager

from peewee import PeeweeException

_OVERFLOW_MESSAGES = ("integer overflow", "out of range")  # by SQLite, by PostgreSQL


class TooLarge(Exception):
    """An amount or a sum exceeds 64 bits of billionths; nothing was stored."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raise TooLarge for amounts that do not fit, and any other error as it is; around a transaction."""
    try:
        yield
    except OverflowError as error:  # from SQLite's driver, before it sends the values
        raise TooLarge(str(error)) from error
    except PeeweeException as error:
        if any(words in str(error) for words in _OVERFLOW_MESSAGES):
            raise TooLarge(str(error)) from error
        raise
