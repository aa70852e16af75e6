"""The amounts of a question by member, from the smallest table that has them.

rollups   one stored dimension, filtered by its own members or not at all: by the hour, so in any calendar
cells     several stored dimensions: whole UTC days

Members are ids of lines: those of a pair are in one text (`digests.numbers.split.pairs`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from bot.reports import members
from bot.reports.split.filters import STORED, matching
from digests.numbers.report import TIMES, Dimension, Question
from digests.numbers.split import buckets, pairs
from providers.directory import Directory
from providers.spend import AnyAmounts, Id
from storage.facts import cells, rollups, spend

T = TypeVar("T")
Stored = Sequence[tuple[tuple[Id, ...], T]]
"""Pairs of stored ids, one of each stored dimension, and amounts."""
ROLLUPS: Mapping[Dimension, rollups.Dimension] = {
    "day": "total",
    "week": "total",
    "month": "total",
    "model": "model",
    "workspace": "workspace",
    "token type": "kind",
    "product": "product",
    "key": "caller",
    "engineer": "caller",
}
CELLS: Mapping[Dimension, cells.Dimension] = {
    "model": "model",
    "engineer": "caller",
    "workspace": "workspace",
    "key": "caller",
    "product": "product",
    "day": "day",
    "week": "day",
    "month": "day",
}
"""The cells' dimension of each dimension; they have none for token types, which cost differs by kind."""


def needs_cells(question: Question) -> bool:
    """Whether a question needs sums by several stored dimensions."""
    stored = {CELLS[each] for each in question.dimensions if each in CELLS}
    return len(stored | {STORED[each.dimension] for each in question.filters}) > 1


def stored_amounts(
    connection_id: int, question: Question, names: Directory, *, tokens: bool
) -> Stored[AnyAmounts]:
    """Return the amounts of a question's period by the stored ids of its dimensions.

    Without `tokens`, those of callers have all usage in one number: they are thousands of rows.
    """
    wanted = matching(connection_id, question.filters, names)
    if needs_cells(question):
        return cells.amounts_by(connection_id, _stored_dimensions(question), question.period, wanted)
    if question.dimension in TIMES:
        days = spend.amounts_by_day(connection_id, question.period)
        return [((day.isoformat(),), amounts) for day, amounts in days.items()]
    stored = ROLLUPS[question.dimension]
    read = spend.brief_amounts_by if stored == "caller" and not tokens else spend.amounts_by
    rows: Sequence[tuple[Id, AnyAmounts]] = read(connection_id, stored, question.period)
    return _kept(rows, wanted)


def stored_costs(
    connection_id: int, question: Question, names: Directory, *, until: datetime | None = None
) -> Stored[int]:
    """Return the costs in billionths, which is cheaper; `until` cuts no cells, which have no hours."""
    wanted = matching(connection_id, question.filters, names)
    if needs_cells(question):
        return cells.costs_by(connection_id, _stored_dimensions(question), question.period, wanted)
    if question.dimension in TIMES:
        days = spend.amounts_by_day(connection_id, question.period, until=until)
        return [((day.isoformat(),), amounts.cost) for day, amounts in days.items()]
    rows = spend.costs_by(connection_id, ROLLUPS[question.dimension], question.period, until=until)
    return _kept(rows, wanted)


def _kept(rows: Iterable[tuple[Id, T]], wanted: cells.Filters) -> Stored[T]:
    """Return the rows whose id is wanted; there is one stored dimension, and every filter is on it."""
    chosen = next(iter(wanted.values()), None)
    return [((id_,), value) for id_, value in rows if chosen is None or id_ in chosen]


def member_function(question: Question, names: Directory) -> Callable[[tuple[Id, ...]], Id]:
    """Return the function from stored ids to the id of the line that they belong to."""
    stored = _stored_dimensions(question)
    first, *others = [
        (stored.index(CELLS[each]) if each in CELLS else 0, _member_of(each, names))
        for each in question.dimensions
    ]
    if not others:
        at, member = first
        return lambda ids: member(ids[at])
    (at, member), (other_at, other_member) = first, others[0]
    return lambda ids: pairs.join(member(ids[at]), other_member(ids[other_at]))


def _member_of(dimension: Dimension, names: Directory) -> members.Member:
    if dimension in ("week", "month"):
        return lambda day: buckets.bucket(dimension, day) if day else None
    return members.member_function(dimension, names)


def _stored_dimensions(question: Question) -> tuple[cells.Dimension, ...]:
    return tuple(dict.fromkeys(CELLS[each] for each in question.dimensions if each in CELLS))
