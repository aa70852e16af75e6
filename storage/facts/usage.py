"""Tokens by hour, replaced window by window."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from itertools import chain
from operator import add, attrgetter
from typing import Any

from providers.period import Period
from providers.usage import QUANTITIES, TokenUsage
from storage.engine import bulk_insert
from storage.engine.fields import HOURS, from_day, from_hour, to_day, to_hour
from storage.engine.queries import Run, query
from storage.engine.tables import UsageRow
from storage.facts import coverage, text_ids

_COUNTS = ", ".join(QUANTITIES)
_SUM = " + ".join(QUANTITIES)
_CELL = "model, tier, context_window, geo"
_IN = "connection_id = ? AND hour >= ? AND hour < ?"


def replace(
    connection_id: int,
    start: datetime,
    end: datetime,
    usage: Sequence[TokenUsage],
    *,
    at: datetime,
    until: datetime,
    missing: AbstractSet[datetime] = frozenset(),
) -> None:
    """Replace exactly the hours `[start, end)`, and mark them as covered up to `until`; within a transaction.

    `missing` hours stay as they are; a day is covered up to the first of them that no earlier report covered.
    """
    if start >= end:  # a report that answered for no hours
        return
    first, last = to_hour(start), to_hour(end)
    period = Period(start.date(), (end - timedelta(seconds=1)).date() + timedelta(days=1))
    uncovered = _first_uncovered_hours(connection_id, period, missing)
    if missing:
        _delete_others(connection_id, first, last, [to_hour(hour) for hour in missing])
    else:
        _delete(connection_id, first, last)
    bulk_insert.insert(UsageRow, _rows(connection_id, usage))
    coverage.mark(
        connection_id, "usage", (day for day in period.days() if day not in uncovered), at=at, until=until
    )
    for day, hour in uncovered.items():
        coverage.mark(connection_id, "usage", [day], at=at, until=min(until, hour))


_delete = query(f"DELETE FROM usage WHERE {_IN}")
_delete_others = query(f"DELETE FROM usage WHERE {_IN} AND hour NOT IN (??)")


def _first_uncovered_hours(
    connection_id: int, period: Period, missing: AbstractSet[datetime]
) -> dict[date, datetime]:
    """Return the first missing hour of each day that no earlier report covered either."""
    covered = coverage.covered_until_by_day(connection_id, "usage", period) if missing else {}
    never = [hour for hour in sorted(missing) if hour.date() not in covered or covered[hour.date()] <= hour]
    return {hour.date(): hour for hour in reversed(never)}


def _rows(connection_id: int, usage: Sequence[TokenUsage]) -> Iterable[tuple[int, ...]]:
    """Return table rows with each key once: a model's dated and undated names become one."""
    number = text_ids.ids(connection_id, set(chain.from_iterable(map(_texts, usage))))
    rows: dict[tuple[int, ...], tuple[int, ...]] = {}
    for row in usage:
        key = (to_hour(row.hour), *map(number.__getitem__, _texts(row)))
        before = rows.get(key)
        rows[key] = row.quantities if before is None else tuple(map(add, before, row.quantities))
    return ((*quantities, connection_id, *key) for key, quantities in rows.items())


_texts = attrgetter("workspace_id", "caller_id", "model", "service_tier", "context_window", "inference_geo")


def on(connection_id: int, day: date) -> list[TokenUsage]:
    """Return every row of one UTC day."""
    first = to_day(day) * HOURS
    rows, text = _lines(connection_id, first, first + HOURS).fetchall(), text_ids.texts(connection_id)
    return [_usage(from_hour(hour), text, row, caller=text[caller]) for hour, caller, *row in rows]


_lines = query(f"SELECT hour, caller, workspace, {_CELL}, {_COUNTS} FROM usage WHERE {_IN} ORDER BY hour")


def _usage(hour: datetime, text: text_ids.Texts, row: Sequence[Any], *, caller: str | None) -> TokenUsage:
    """Make usage of (workspace, *cell, *counts)."""
    workspace, model, tier, window, geo, *counts = row
    first, second, third, fourth, fifth, sixth = map(int, counts)
    return TokenUsage(
        hour=hour,
        workspace_id=text[workspace],
        caller_id=caller,
        model=text[model] or "",
        service_tier=text[tier],
        context_window=text[window],
        inference_geo=text[geo],
        quantities=(first, second, third, fourth, fifth, sixth),
    )


def cells_on(connection_id: int, day: date) -> list[TokenUsage]:
    """Sum one UTC day by what a price depends on; caller and workspace are None, the hour is midnight."""
    return _added_up(_cells, connection_id, day)


def places_on(connection_id: int, day: date) -> list[TokenUsage]:
    """Sum one UTC day by what a price depends on and by workspace, as a bill's lines do; no caller."""
    return _added_up(_places, connection_id, day)


def _added_up(run: Run, connection_id: int, day: date) -> list[TokenUsage]:
    first = to_day(day) * HOURS
    rows, text = run(connection_id, first, first + HOURS).fetchall(), text_ids.texts(connection_id)
    return [_usage(from_hour(first), text, row, caller=None) for row in rows]


_SUMS = ", ".join(f"SUM({kind})" for kind in QUANTITIES)
_cells = query(f"SELECT {text_ids.NONE}, {_CELL}, {_SUMS} FROM usage WHERE {_IN} GROUP BY {_CELL}")
_places = query(f"SELECT workspace, {_CELL}, {_SUMS} FROM usage WHERE {_IN} GROUP BY workspace, {_CELL}")


def counts(connection_id: int, period: Period) -> dict[date, int]:
    """Return the usage of each UTC day of a period that has any, all kinds in one number."""
    first, last = to_day(period.start) * HOURS, to_day(period.end) * HOURS
    days: Counter[date] = Counter()
    for hour, count in _by_hour(connection_id, first, last).fetchall():
        days[from_day(hour // HOURS)] += int(count)
    return {day: count for day, count in days.items() if count}


_by_hour = query(f"SELECT hour, SUM({_SUM}) FROM usage WHERE {_IN} GROUP BY hour")


def first_day(connection_id: int) -> date | None:
    """Return the oldest UTC day with any usage."""
    row = _first(connection_id).fetchone()
    return from_day(row[0] // HOURS) if row else None


_first = query(f"SELECT hour FROM usage WHERE connection_id = ? AND {_SUM} > 0 ORDER BY hour LIMIT 1")
