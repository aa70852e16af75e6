"""Columns for money and time: whole numbers, so that sums are exact and both engines agree.

Bulk inserts of facts bypass the fields; both use the functions here.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from peewee import BigIntegerField, IntegerField

from providers.money import billionths, dollars

HOURS = 24  # of a UTC day
_EPOCH = date(1970, 1, 1)


def from_billionths(amount: int | Decimal | None) -> Decimal:
    """Convert billionths to dollars. A sum is Decimal on PostgreSQL, int on SQLite, None over no rows."""
    return dollars(int(amount or 0))


def to_day(day: date) -> int:
    """Return the number of days since 1970."""
    return (day - _EPOCH).days


@lru_cache(maxsize=4096)  # days: eleven years of them; an answer's rows share their days
def from_day(number: int) -> date:
    """Convert a number of days since 1970 to a date."""
    return _EPOCH + timedelta(days=number)


@lru_cache(maxsize=1024)  # hours: six weeks of them; a report's rows share their hours
def to_hour(moment: datetime) -> int:
    """Return the number of whole hours since 1970 (UTC), rounded down."""
    return int(moment.timestamp()) // 3600


def from_hour(number: int) -> datetime:
    """Convert a number of hours since 1970 to the hour's start in UTC."""
    return datetime.fromtimestamp(number * 3600, UTC)


class MoneyField(BigIntegerField):
    """A Decimal of dollars, stored as whole billionths (SQLite's DECIMAL would be a float)."""

    def db_value(self, value: Decimal | None) -> int | None:
        """Convert dollars to billionths."""
        return None if value is None else billionths(value)

    def python_value(self, value: int | None) -> Decimal | None:
        """Convert billionths to dollars."""
        return None if value is None else from_billionths(value)


class DayField(IntegerField):
    """A date, stored as days since 1970."""

    def db_value(self, value: date | None) -> int | None:
        """Convert a date to a number."""
        return None if value is None else to_day(value)

    def python_value(self, value: int | None) -> date | None:
        """Convert a number to a date."""
        return None if value is None else from_day(value)


class MomentField(BigIntegerField):
    """An aware datetime, stored as seconds since 1970."""

    def db_value(self, value: datetime | None) -> int | None:
        """Convert a moment to seconds."""
        return None if value is None else int(value.timestamp())

    def python_value(self, value: int | None) -> datetime | None:
        """Convert seconds to a moment in UTC."""
        return None if value is None else datetime.fromtimestamp(value, UTC)
