"""Frequent queries: peewee compiles each once, the driver runs it.

Compiling takes peewee longer than SQLite takes to answer. Arguments and results are as the database stores
them: whole numbers for days, moments and money. An argument can be a list, for an IN clause; the query is
compiled once for each length.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from peewee import Value

from storage.engine.database import is_sqlite, snapshot_cache
from storage.engine.tables import database

Run = Callable[..., Any]


class _Argument:
    """The place of an argument, or of one item of a list argument, in a compiled query."""

    def __init__(self, number: int, index: int | None = None) -> None:
        self.number, self.index = number, index

    def of(self, arguments: tuple[Any, ...]) -> Any:
        """Return its value in this call."""
        value = arguments[self.number]
        return value if self.index is None else value[self.index]


def prepared(build: Callable[..., Any]) -> Run:
    """Return a function that runs the query which `build` makes, and returns the driver's cursor."""

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
    """Wrap a query so that a snapshot, in which its answer cannot change, runs it once. For few rows."""

    def cached(*arguments: Any) -> Any:
        answers = snapshot_cache()
        if answers is None:
            return run(*arguments)
        if (cached, arguments) not in answers:
            answers[cached, arguments] = _Rows(run(*arguments).fetchall())
        return answers[cached, arguments]

    return cached


class _Rows:
    """Fetched rows that look like a cursor, so that they can be fetched again."""

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
