"""Insert many rows with the driver, from the columns that peewee's model defines.

peewee's own insert_many creates an object for every cell and is 25 times slower than the driver.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, cast

from peewee import __exception_wrapper__  # type: ignore[attr-defined] # its stubs leave it out

from storage.engine.database import is_sqlite
from storage.engine.tables import Table, database

Row = Sequence[Any]


def columns(table: type[Table]) -> list[str]:
    """Return the columns that `insert` expects, in order, without an automatic id."""
    return [field.column_name for field in _fields(table)]


def insert(table: type[Table], rows: Iterable[Row]) -> None:
    """Insert rows of values as the database stores them, in the order of `columns`; within a transaction."""
    with __exception_wrapper__:  # turns the driver's errors into peewee's, as everywhere else
        if is_sqlite():
            database.cursor().executemany(_statement(table), rows)
        else:
            _copy(table, rows)


def _copy(table: type[Table], rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{name}"' for name in columns(table))
    with database.cursor() as cursor, cursor.copy(f'COPY "{_name(table)}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _statement(table: type[Table]) -> str:
    """Return the INSERT statement that peewee compiles for one row."""
    fields = _fields(table)
    query = table.insert_many([tuple(None for _ in fields)], fields).as_rowcount()
    return query.sql()[0]


def _fields(table: type[Table]) -> list[Any]:
    meta = table._meta
    return [field for field in meta.sorted_fields if not (meta.auto_increment and field.primary_key)]


def _name(table: type[Table]) -> str:
    return cast("str", table._meta.table_name)
