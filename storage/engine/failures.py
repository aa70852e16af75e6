"""Which failures are the database's: it is away, full, locked or broken. Any other is a fault of ours."""

import sqlite3
from collections.abc import Iterator

from peewee import PeeweeException
from playhouse.pool import MaxConnectionsExceeded

try:  # an extra, for PostgreSQL
    import psycopg
except ImportError:
    _DRIVERS: tuple[type[Exception], ...] = (sqlite3.Error,)
else:
    _DRIVERS = (sqlite3.Error, psycopg.Error)

DRIVERS = (PeeweeException, MaxConnectionsExceeded, *_DRIVERS)
"""What a driver, peewee around it or the pool raises."""
# https://www.sqlite.org/rescode.html: an error in the SQL, a constraint, a type, misuse, a parameter
_OUR_SQLITE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}
_OUR_SQLITE |= {sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, authorization, names of
# databases and schemas, rollback of what collided, resources, locks, operators, the system, internal
_ITS_CLASSES = {"08", "28", "3D", "3F", "40", "53", "55", "57", "58", "F0", "XX"}
_LOST = {"OperationalError", "InterfaceError"}  # by these names in psycopg and in peewee
_NO_TABLE = "42P01"  # and SQLite's word for the same: a database that was never migrated, or lost a table


def is_the_databases(error: BaseException) -> bool:
    """Whether the database cannot be used, rather than was used wrongly."""
    if isinstance(error, MaxConnectionsExceeded):
        return True
    cause = _driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return _is_sqlites(cause)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # libpq's own: it never reached the server, or lost it
        return not _LOST.isdisjoint(kind.__name__ for kind in type(cause).__mro__)
    return state[:2] in _ITS_CLASSES or state == _NO_TABLE


def _is_sqlites(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # the module's own: a cursor used wrongly, a value that no column takes
        return False
    return code & 0xFF not in _OUR_SQLITE or str(error).startswith("no such table")


def _driver_error(error: BaseException) -> BaseException:
    """What the driver raised, which peewee puts its own error around."""
    context = error.__context__
    return context if isinstance(error, PeeweeException) and isinstance(context, _DRIVERS) else error


def first(error: BaseException) -> BaseException:
    """What went wrong first: on a full disk SQLite rolls back by itself, and doing so again fails too."""
    return list(_chain(error))[-1]


def _chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    cause = error.__context__
    while cause is not None:
        if isinstance(cause, PeeweeException):
            yield cause
        cause = cause.__context__
