"""The resource attributes that a team wants to see lines of, such as `team` and `cost_center`."""

from collections.abc import Collection, Iterable
from typing import cast

from providers.claude.allow_list import ATTRIBUTES, CONTENT, LONGEST, NAMES
from storage.engine.tables import IngestAttributeRow as Row

MOST = 10  # chosen attributes; each costs a tenth of what counting costs


class NotPossible(Exception):
    """An attribute cannot be chosen; the message says why."""


def choose(connection_id: int, names: Collection[str]) -> None:
    """Choose a team's own attributes in place of earlier ones; within a transaction. Raises NotPossible."""
    for name in names:
        if name in CONTENT | NAMES:
            raise NotPossible(f"{name} is Claude's own")
        if not 0 < len(name) <= LONGEST or not name.isprintable():
            raise NotPossible("an attribute has a name of at most 255 characters")
    if len(set(names)) > MOST:
        raise NotPossible(f"at most {MOST} attributes can be chosen")
    Row.delete().where(Row.connection_id == connection_id).execute()
    if names:
        rows = [(connection_id, name) for name in sorted(set(names))]
        Row.insert_many(rows, (Row.connection_id, Row.name)).as_rowcount().execute()


def of(connection_id: int) -> frozenset[str]:
    """Return the attributes that are kept of a team's telemetry: the usual ones, and those it chose."""
    chosen = Row.select(Row.name).where(Row.connection_id == connection_id).tuples()
    return frozenset(ATTRIBUTES) | {name for (name,) in cast("Iterable[tuple[str]]", chosen)}
