"""Figures that the database's 64 bits cannot hold, whether as they came or added up."""

from collections.abc import Iterator
from contextlib import contextmanager

from peewee import PeeweeException

_OVERFLOW_MESSAGES = ("integer overflow", "out of range")  # by SQLite, by PostgreSQL


class TooLarge(Exception):
    """Something in what was to be kept is beyond 64 bits of billionths; nothing of it was kept."""


@contextmanager
def bounded() -> Iterator[None]:
    """Tell figures that are too large from a fault of ours; around a transaction. Raises TooLarge."""
    try:
        yield
    except OverflowError as error:  # SQLite's driver, before it sends them
        raise TooLarge(str(error)) from error
    except PeeweeException as error:
        if any(words in str(error) for words in _OVERFLOW_MESSAGES):
            raise TooLarge(str(error)) from error
        raise
