"""Frequent queries, as SQL text: compiling one takes peewee longer than SQLite takes to answer.

In a text, `?` stands for an argument, and `??` for the items of a list: `day IN (??)`. Arguments and results
are as the database stores them: whole numbers for days, moments and money.
"""

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, cast

from storage.engine.database import is_sqlite, snapshot_cache
from storage.engine.tables import database

P = ParamSpec("P")
T = TypeVar("T")
Run = Callable[..., Any]


def query(text: str) -> Run:
    """Return a function that runs a query with its arguments, and returns the driver's cursor.

    Nothing is in an empty list, nor out of it: it becomes NULL.
    """
    line = " ".join(text.split())

    @cache
    def statement(_for_sqlite: bool, lengths: tuple[int, ...]) -> str:  # noqa: FBT001 - a key of the cache
        before, *after = line.split("??")
        lists = (", ".join("?" * length) or "NULL" for length in lengths)
        whole = before + "".join(items + rest for items, rest in zip(lists, after, strict=True))
        return whole if is_sqlite() else whole.replace("?", "%s")

    def run(*arguments: Any) -> Any:
        lengths = tuple(len(each) for each in arguments if isinstance(each, list))
        values = _flat(arguments) if lengths else arguments
        return database.execute_sql(statement(is_sqlite(), lengths), values)

    return run


def _flat(arguments: Sequence[Any]) -> list[Any]:
    return [value for each in arguments for value in (each if isinstance(each, list) else (each,))]


def cached_in_snapshot(read: Callable[P, T]) -> Callable[P, T]:
    """Let a snapshot, in which nothing changes, call a function once with the same arguments.

    Callers share what it returns, and must not change it.
    """

    @wraps(read)
    def cached(*arguments: P.args, **named: P.kwargs) -> T:
        answers = snapshot_cache()
        if answers is None:
            return read(*arguments, **named)
        key = (cached, arguments, *named.items())
        if key not in answers:
            answers[key] = read(*arguments, **named)
        return cast("T", answers[key])

    return cached
