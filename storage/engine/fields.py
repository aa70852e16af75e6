"""How money and time are kept: whole numbers, so that sums are exact and both engines agree.

Facts are written in bulk, past the fields; the functions here are what both ways share.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from peewee import BigIntegerField, IntegerField

from providers.money import billionths, dollars

_EPOCH = date(1970, 1, 1)


def from_billionths(amount: int | Decimal | None) -> Decimal:
    """Dollars. PostgreSQL sums to Decimal, SQLite to int, both to None over no rows."""
    return dollars(int(amount or 0))


def to_day(day: date) -> int:
    """Days since 1970."""
    return (day - _EPOCH).days


@lru_cache(maxsize=4096)  # an answer names the same days again and again
def from_day(number: int) -> date:
    """The day of a number."""
    return _EPOCH + timedelta(days=number)


@lru_cache(maxsize=1024)  # a report's rows share their hours
def to_hour(moment: datetime) -> int:
    """Whole hours since 1970, UTC; a moment within an hour is that hour."""
    return int(moment.timestamp()) // 3600


def from_hour(number: int) -> datetime:
    """The hour of a number."""
    return datetime.fromtimestamp(number * 3600, UTC)


class MoneyField(BigIntegerField):
    """A Decimal of dollars, kept as whole billionths (SQLite's DECIMAL would be a float)."""

    def db_value(self, value: Decimal | None) -> int | None:
        """Dollars to billionths."""
        return None if value is None else billionths(value)

    def python_value(self, value: int | None) -> Decimal | None:
        """Billionths to dollars."""
        return None if value is None else from_billionths(value)


class DayField(IntegerField):
    """A date, kept as days since 1970."""

    def db_value(self, value: date | None) -> int | None:
        """Date to number."""
        return None if value is None else to_day(value)

    def python_value(self, value: int | None) -> date | None:
        """Number to date."""
        return None if value is None else from_day(value)


class MomentField(BigIntegerField):
    """An aware datetime, kept as seconds since 1970."""

    def db_value(self, value: datetime | None) -> int | None:
        """Moment to seconds."""
        return None if value is None else int(value.timestamp())

    def python_value(self, value: int | None) -> datetime | None:
        """Seconds to a moment in UTC."""
        return None if value is None else datetime.fromtimestamp(value, UTC)
