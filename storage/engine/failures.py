"""Distinguish the database's own failures (unreachable, full, locked, broken) from bugs of ours."""

import sqlite3
import sys
from collections.abc import Iterator

from peewee import PeeweeException
from playhouse.pool import MaxConnectionsExceeded

# https://www.sqlite.org/rescode.html: an error in the SQL, a constraint, a type, misuse, a parameter
_OUR_SQLITE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}
_OUR_SQLITE |= {sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, authorization, names of
# databases and schemas, rollback of what collided, resources, locks, operators, the system, internal
_ITS_CLASSES = {"08", "28", "3D", "3F", "40", "53", "55", "57", "58", "F0", "XX"}
_LOST = {"OperationalError", "InterfaceError"}  # names that psycopg and peewee share
_NO_TABLE = "42P01"  # undefined_table: the database was never migrated, or lost a table


def raised() -> tuple[type[Exception], ...]:
    """Return the errors that a driver, peewee around it, or the pool raises."""
    return (PeeweeException, MaxConnectionsExceeded, *_of_drivers())


def _of_drivers() -> tuple[type[Exception], ...]:
    psycopg = sys.modules.get("psycopg")  # imported where PostgreSQL is chosen; an extra
    return (sqlite3.Error, psycopg.Error) if psycopg else (sqlite3.Error,)


def is_the_databases(error: BaseException) -> bool:
    """Whether the database is unusable, as opposed to used wrongly."""
    if isinstance(error, MaxConnectionsExceeded):
        return True
    cause = _driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return _is_sqlites(cause)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # an error of libpq itself: it never reached the server, or lost it
        return not _LOST.isdisjoint(kind.__name__ for kind in type(cause).__mro__)
    return state[:2] in _ITS_CLASSES or state == _NO_TABLE


def _is_sqlites(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # an error of the sqlite3 module itself: a cursor used wrongly, an unsupported value
        return False
    return code & 0xFF not in _OUR_SQLITE or str(error).startswith("no such table")


def _driver_error(error: BaseException) -> BaseException:
    """Return the driver's error, which peewee wraps in its own."""
    context = error.__context__
    return context if isinstance(error, PeeweeException) and isinstance(context, _of_drivers()) else error


def first(error: BaseException) -> BaseException:
    """Return the first of several errors: on a full disk SQLite rolls back itself, so our rollback fails."""
    return list(_chain(error))[-1]


def _chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    cause = error.__context__
    while cause is not None:
        if isinstance(cause, PeeweeException):
            yield cause
        cause = cause.__context__
