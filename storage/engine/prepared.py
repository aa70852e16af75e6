"""Queries that are asked all the time: peewee compiles each once, the driver runs it.

Compiling takes peewee longer than SQLite takes to answer. Arguments and results are as the database keeps
them: whole numbers for days, moments and money. A list may stand for an argument, so that the query asks
for all of its numbers; it is compiled once for each length.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from peewee import Value

from storage.engine.database import is_sqlite, snapshot_cache
from storage.engine.tables import database

Run = Callable[..., Any]


class _Argument:
    """Where an argument, or one of a list, goes in a compiled query."""

    def __init__(self, number: int, index: int | None = None) -> None:
        self.number, self.index = number, index

    def of(self, arguments: tuple[Any, ...]) -> Any:
        """The value that it has this time."""
        given = arguments[self.number]
        return given if self.index is None else given[self.index]


def prepared(build: Callable[..., Any]) -> Run:
    """What runs the query that `build` makes of its arguments; it returns the driver's cursor."""

    @cache
    def compiled(_for_sqlite: bool, lengths: tuple[int | None, ...]) -> tuple[str, list[Any]]:  # noqa: FBT001 - a key of the cache
        sql, parameters = build(*[_placed(number, length) for number, length in enumerate(lengths)]).sql()
        return str(sql), list(parameters)

    def run(*arguments: Any) -> Any:
        lengths = tuple(len(each) if isinstance(each, list) else None for each in arguments)
        sql, parameters = compiled(is_sqlite(), lengths)
        values = [each.of(arguments) if isinstance(each, _Argument) else each for each in parameters]
        return database.execute_sql(sql, values)

    return run


def cached_in_snapshot(run: Run) -> Run:
    """The same; in a snapshot, where its answer cannot change, it is asked once. For what has few rows."""

    def asked(*arguments: Any) -> Any:
        known = snapshot_cache()
        if known is None:
            return run(*arguments)
        if (asked, arguments) not in known:
            known[asked, arguments] = _Rows(run(*arguments).fetchall())
        return known[asked, arguments]

    return asked


class _Rows:
    """Rows that were fetched, to be fetched again."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None


def _placed(number: int, length: int | None) -> Any:
    if length is None:
        return Value(_Argument(number), converter=False)
    return [Value(_Argument(number, index), converter=False) for index in range(length)]
