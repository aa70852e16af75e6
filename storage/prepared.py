"""Queries that are asked all the time: peewee compiles each once, the driver runs it.

Compiling takes peewee longer than SQLite takes to answer. Arguments and results are as the database keeps
them: whole numbers for days, moments and money.
"""

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any

from peewee import Value

from storage.database import is_sqlite
from storage.tables import database

Run = Callable[..., Any]


class _Argument:
    """Where an argument goes in a compiled query."""

    def __init__(self, number: int) -> None:
        self.number = number


def prepared(build: Callable[..., Any]) -> Run:
    """What runs the query that `build` makes of its arguments; it returns the driver's cursor."""
    count = len(signature(build).parameters)

    @cache
    def compiled(_for_sqlite: bool) -> tuple[str, list[Any]]:  # noqa: FBT001 - a key of the cache
        arguments = [Value(_Argument(number), converter=False) for number in range(count)]
        sql, parameters = build(*arguments).sql()
        return str(sql), list(parameters)

    def run(*arguments: Any) -> Any:
        sql, parameters = compiled(is_sqlite())
        values = [arguments[each.number] if isinstance(each, _Argument) else each for each in parameters]
        return database.execute_sql(sql, values)

    return run
