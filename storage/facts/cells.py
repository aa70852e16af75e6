"""Cells: each UTC day's spend by caller, workspace, model and product together, for filters and pairs.

`spend.replace_days` replaces a day's cells with its rollups, so on every day that has cells they sum to its
rollup of each of those dimensions exactly. Readers take whole UTC days, and a conjunction of filters:

    costs_by(1, ("caller", "model"), november, {"workspace": {"wrkspc_1"}, "model": {"claude-opus-5-5"}})
    [(("apikey_1 user_2", "claude-opus-5-5"), 1_250_000_000), …]

Members are what `spend` returns of the same dimension: the text of a `Caller`, the id of a workspace, a
model, a product, None for spend without one; the member of `day` is its ISO date. Days of an older release
have no cells until a chore has made them: `missing_days` says which, and no sum includes them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from providers.period import Period, runs
from providers.spend import Amounts, Id
from storage.engine import bulk_insert
from storage.engine.fields import from_day, to_day
from storage.engine.queries import Run, query
from storage.engine.tables import DayCell
from storage.facts import text_ids
from storage.facts.rollups import MEASURES, Lines, Sums, added_up, summed

Filterable = Literal["caller", "workspace", "model", "product"]
Dimension = Literal["caller", "workspace", "model", "product", "day"]
Filters = Mapping[Filterable, AbstractSet[Id]]
"""The members of each filtered dimension; an empty set matches nothing, a missing dimension everything."""
Members = tuple[Id, ...]
"""One member of each dimension that was asked for, in that order."""

NO_FILTERS: Filters = MappingProxyType({})
_FILTERABLE: tuple[Filterable, ...] = ("caller", "workspace", "model", "product")
_MOST = 8192  # members in one statement: with the days far below SQLite's limit of 32,766 arguments
_SHORTEST = 8  # lists are padded to this or a larger power of two, so that few statements are compiled
_NOBODY = -1  # no member's or day's number


def replace(connection_id: int, days: Iterable[date], cells: Sums) -> None:
    """Replace UTC days' cells, keyed by (day, caller, model, workspace, product); within a transaction."""
    wanted = sorted(days)
    for period in runs(wanted):
        _delete(connection_id, to_day(period.start), to_day(period.end))
    rows = ((*sums, connection_id, *key) for key, sums in cells.items() if any(sums))
    bulk_insert.insert(DayCell, rows)
    for day in wanted:
        _mark(connection_id, to_day(day))


_delete = query("DELETE FROM day_cell WHERE connection_id = ? AND day >= ? AND day < ?")
_mark = query("INSERT INTO cell_day (connection_id, day) VALUES (?, ?) ON CONFLICT DO NOTHING")


def missing_days(connection_id: int, period: Period) -> frozenset[date]:
    """Return the UTC days of a period that a report covers and whose cells were not made yet."""
    rows = _missing(connection_id, to_day(period.start), to_day(period.end)).fetchall()
    return frozenset(from_day(day) for (day,) in rows)


def newest_missing_days(connection_id: int, *, count: int) -> list[date]:
    """Return the newest days whose cells were not made yet, newest first."""
    return [from_day(day) for (day,) in _newest_missing(connection_id, count).fetchall()]


_WITHOUT_CELLS = """
    SELECT DISTINCT day FROM coverage
    WHERE connection_id = ? AND report IN ('charges', 'usage', 'spend') AND NOT EXISTS (
        SELECT 1 FROM cell_day WHERE cell_day.connection_id = coverage.connection_id
        AND cell_day.day = coverage.day)
"""
_missing = query(f"{_WITHOUT_CELLS} AND day >= ? AND day < ?")
_newest_missing = query(f"{_WITHOUT_CELLS} ORDER BY day DESC LIMIT ?")


def costs_by(
    connection_id: int, dimensions: Sequence[Dimension], period: Period, filters: Filters = NO_FILTERS
) -> list[tuple[Members, int]]:
    """Return (members, cost in billionths) of a period's UTC days, without those that cost nothing."""
    rows = _read(("cost",), connection_id, dimensions, period, filters)
    return [(members, cost) for members, (cost,) in rows if cost]


def amounts_by(
    connection_id: int, dimensions: Sequence[Dimension], period: Period, filters: Filters = NO_FILTERS
) -> list[tuple[Members, Amounts]]:
    """Return (members, amounts) of a period's UTC days, without those that cost and used nothing."""
    rows = _read(MEASURES, connection_id, dimensions, period, filters)
    return [(members, Amounts._make(measures)) for members, measures in rows if any(measures)]


def total(connection_id: int, period: Period, filters: Filters = NO_FILTERS) -> Amounts:
    """Return the amounts of a period's UTC days together."""
    sums = amounts_by(connection_id, (), period, filters)
    return sums[0][1] if sums else Amounts._make([0] * len(MEASURES))


def _read(
    columns: Sequence[str],
    connection_id: int,
    dimensions: Sequence[Dimension],
    period: Period,
    filters: Filters,
) -> Iterator[tuple[Members, Sequence[int]]]:
    run, count = _statement(tuple(columns), tuple(dimensions), frozenset(filters)), len(dimensions)
    lines: Lines = defaultdict(list)
    for arguments in _arguments(connection_id, period, filters):
        for row in run(*arguments).fetchall():
            if row[-1] is not None:  # a sum of no rows
                lines[tuple(row[:count])].append(row[count:])
    text = text_ids.texts(connection_id)
    for key, measures in added_up(lines).items():
        yield tuple(map(_member, dimensions, key, [text] * count)), measures


def _member(dimension: Dimension, number: int, text: text_ids.Texts) -> Id:
    return from_day(number).isoformat() if dimension == "day" else text.get(number)


def _arguments(connection_id: int, period: Period, filters: Filters) -> Iterator[list[Any]]:
    """Yield the arguments of each statement: several if a filter has very many members."""
    number, days = text_ids.numbers(connection_id), (to_day(period.start), to_day(period.end))
    lists = [
        [number[member] for member in filters[dimension] if member in number]
        for dimension in _FILTERABLE
        if dimension in filters
    ]
    span = [_padded(range(*days))] if "caller" in filters else [*days]
    longest = max(lists, key=len, default=[])
    for start in range(0, len(longest) or 1, _MOST):
        batch = longest[start : start + _MOST]
        padded = [_padded(batch if each is longest else each) for each in lists]
        yield [connection_id, *span, *padded]


def _padded(numbers: Sequence[int]) -> list[int]:
    length = max(_SHORTEST, 1 << (len(numbers) - 1).bit_length()) if numbers else 0
    return [*numbers, *[_NOBODY] * (length - len(numbers))]


@cache
def _statement(
    columns: tuple[str, ...], dimensions: tuple[Dimension, ...], filtered: frozenset[Filterable]
) -> Run:
    """Return a query of (connection, days, members of each filtered dimension).

    Naming each day lets the database search the key for a day's callers; else it reads the days' rows.
    """
    days = "day IN (??)" if "caller" in filtered else "day >= ? AND day < ?"
    wanted = "".join(f" AND {name} IN (??)" for name in _FILTERABLE if name in filtered)
    keys = "".join(f"{name}, " for name in dimensions)
    groups = f" GROUP BY {keys.removesuffix(', ')}" if dimensions else ""
    return query(
        f"SELECT {keys}{summed(columns)} FROM day_cell WHERE connection_id = ? AND {days}{wanted}{groups}"
    )
