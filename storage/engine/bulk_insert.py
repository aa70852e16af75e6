"""Writing many rows: peewee's model stays the one definition, the driver does the work.

peewee's own insert_many makes an object of every cell and reaches a twenty-fifth of the driver's speed.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, cast

from peewee import __exception_wrapper__  # type: ignore[attr-defined] # its stubs leave it out

from storage.engine.database import is_sqlite
from storage.engine.tables import Table, database

Row = Sequence[Any]


def columns(table: type[Table]) -> list[str]:
    """The columns that `insert` expects, in order; an automatic id is not among them."""
    return [field.column_name for field in _fields(table)]


def insert(table: type[Table], rows: Iterable[Row]) -> None:
    """Insert rows of values as the database keeps them, in the order of `columns`, within a transaction."""
    with __exception_wrapper__:  # the driver's errors become peewee's, as everywhere else
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
    """The INSERT that peewee compiles for one row."""
    fields = _fields(table)
    query = table.insert_many([tuple(None for _ in fields)], fields).as_rowcount()
    return query.sql()[0]


def _fields(table: type[Table]) -> list[Any]:
    meta = table._meta
    return [field for field in meta.sorted_fields if not (meta.auto_increment and field.primary_key)]


def _name(table: type[Table]) -> str:
    return cast("str", table._meta.table_name)
