"""Telemetry added up by day and by the blocks that contain it. Changes are added: nothing is read again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import add
from typing import Any

from peewee import EXCLUDED, __exception_wrapper__  # type: ignore[attr-defined] # its stubs leave them out

from providers.claude.measures import MEASURES, Measures
from storage.engine import bulk_insert, time_buckets
from storage.engine.database import is_sqlite
from storage.engine.tables import TelemetryRollup as Rollup
from storage.engine.tables import database

Place = tuple[int, int, int]  # a dimension's number, a UTC day, a line's number


def change(connection_id: int, changes: Mapping[Place, Measures]) -> None:
    """Add measures to the lines of days and of their blocks; within a transaction."""
    slots = {day: _slots_of(day) for _dimension, day, _line in changes}
    sums: dict[Place, Sequence[int]] = defaultdict(lambda: (0,) * len(MEASURES))
    for (dimension, day, line), measures in changes.items():
        if any(measures):
            for slot in slots[day]:
                place = (dimension, slot, line)
                sums[place] = list(map(add, sums[place], measures))
    _upsert((*measures, connection_id, *place) for place, measures in sorted(sums.items()))


def _slots_of(day: int) -> list[int]:
    return [day, *(block.slot for block in time_buckets.blocks_containing([day]))]


def _upsert(rows: Iterable[Sequence[int]]) -> None:
    every = list(rows)
    if every:
        with __exception_wrapper__:
            database.cursor().executemany(_statement(is_sqlite()), every)


@cache
def _statement(_for_sqlite: bool) -> str:  # noqa: FBT001 - a key of the cache
    """Return the statement that adds one row to what is there, as peewee compiles it for the engine."""
    fields: list[Any] = [getattr(Rollup, name) for name in bulk_insert.columns(Rollup)]
    measures = {field: field + getattr(EXCLUDED, field.name) for field in fields[: len(MEASURES)]}
    query = Rollup.insert_many([tuple(None for _ in fields)], fields).on_conflict(
        conflict_target=fields[len(MEASURES) :], update=measures
    )
    return str(query.as_rowcount().sql()[0])
