"""Spend by the hour as the provider itself reports it, replaced window by window."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from operator import add
from typing import Any, cast

from peewee import fn

from providers.money import billionths
from providers.period import DAY, Period, runs
from providers.reported import Place, ReportedKind, ReportedSpend, SpendReported
from providers.usage import QUANTITIES, as_quantities
from storage.engine import bulk_insert
from storage.engine.fields import HOURS, from_billionths, from_day, from_hour, to_day, to_hour
from storage.engine.tables import ReportedKindRow, ReportedRow
from storage.facts import coverage, text_ids

_COUNTS = tuple(getattr(ReportedRow, kind) for kind in QUANTITIES)


def replace(connection_id: int, reported: SpendReported, *, at: datetime) -> None:
    """Replace exactly the hours reported, and mark them as covered; within a transaction.

    Days in `reported.missing` stay as they are.
    """
    if reported.start >= reported.end:
        return
    days = Period(reported.start.date(), (reported.end - timedelta(seconds=1)).date() + DAY).days()
    readable = [day for day in days if day not in reported.missing]
    for period in runs(readable):
        first = max(to_day(period.start) * HOURS, to_hour(reported.start))
        last = min(to_day(period.end) * HOURS, to_hour(reported.end))
        for table in (ReportedRow, ReportedKindRow):
            table.delete().where(_between(table, connection_id, first, last)).execute()
    number = text_ids.ids(
        connection_id, {*chain(*map(_texts, reported.lines)), *chain(*map(_words, reported.kinds))}
    )
    bulk_insert.insert(
        ReportedRow, _summed(connection_id, ((_texts(line), line) for line in reported.lines), number)
    )
    bulk_insert.insert(
        ReportedKindRow, _summed(connection_id, ((_words(kind), kind) for kind in reported.kinds), number)
    )
    coverage.mark(connection_id, "spend", readable, at=at, until=reported.end)


def _texts(line: ReportedSpend) -> tuple[str | None, ...]:
    return line.caller_id, line.model, line.workspace_id, line.product


def _words(kind: ReportedKind) -> tuple[str | None, ...]:
    return kind.workspace_id, kind.model, kind.kind


def _summed(
    connection_id: int,
    rows: Iterable[tuple[tuple[str | None, ...], ReportedSpend | ReportedKind]],
    number: Mapping[str | None, int],
) -> Iterable[tuple[int, ...]]:
    """Return (*measures, connection, *key) with each key once, in the order of the tables' columns."""
    sums: dict[tuple[int, ...], tuple[int, ...]] = {}
    for texts, row in rows:
        counts = row.quantities if isinstance(row, ReportedSpend) else ()
        measures = (*counts, billionths(row.cost), billionths(row.list_cost))
        key = (to_hour(row.hour), *map(number.__getitem__, texts))
        before = sums.get(key)
        sums[key] = measures if before is None else tuple(map(add, before, measures))
    return ((*measures, connection_id, *key) for key, measures in sums.items())


def on(connection_id: int, day: date) -> tuple[list[ReportedSpend], list[ReportedKind]]:
    """Return one UTC day's reported spend by caller, and by kind."""
    text, first = text_ids.texts(connection_id), to_day(day) * HOURS
    return _lines(connection_id, first, text), _kinds(connection_id, first, text)


def _lines(connection_id: int, first: int, text: Mapping[int, str | None]) -> list[ReportedSpend]:
    row = ReportedRow
    columns = (row.hour, row.workspace, row.caller, row.model, row.product, row.cost, row.list_cost, *_COUNTS)
    query = row.select(*columns).where(_between(row, connection_id, first, first + HOURS))
    return [
        ReportedSpend(
            hour=from_hour(hour),
            workspace_id=text[workspace],
            caller_id=text[caller],
            model=text[model],
            product=text[product] or "",
            cost=cost,
            list_cost=listed,
            quantities=as_quantities(map(int, counts)),
        )
        for hour, workspace, caller, model, product, cost, listed, *counts in _tuples(query)
    ]


def _kinds(connection_id: int, first: int, text: Mapping[int, str | None]) -> list[ReportedKind]:
    row = ReportedKindRow
    columns = (row.hour, row.workspace, row.model, row.kind, row.cost, row.list_cost)
    query = row.select(*columns).where(_between(row, connection_id, first, first + HOURS))
    return [
        ReportedKind(from_hour(hour), text[workspace], text[model], text[kind] or "", cost, listed)
        for hour, workspace, model, kind, cost, listed in _tuples(query)
    ]


def totals(connection_id: int, period: Period) -> dict[date, dict[Place, Decimal]]:
    """Return the reported cost of every day of a period by (workspace, model, product)."""
    text, row = text_ids.texts(connection_id), ReportedRow
    first, last = to_day(period.start) * HOURS, to_day(period.end) * HOURS
    place = (row.hour, row.workspace, row.model, row.product)
    query = row.select(*place, fn.SUM(row.cost).converter(int)).where(
        _between(row, connection_id, first, last)
    )
    sums: dict[date, dict[Place, int]] = defaultdict(lambda: defaultdict(int))
    for hour, workspace, model, product, cost in _tuples(query.group_by(*place)):
        sums[from_day(hour // HOURS)][text[workspace], text[model], text[product] or ""] += cost
    return {
        day: {place: from_billionths(cost) for place, cost in of.items() if cost} for day, of in sums.items()
    }


def _between(table: Any, connection_id: int, first: int, last: int) -> Any:
    return (table.connection_id == connection_id) & (table.hour >= first) & (table.hour < last)


def _tuples(query: Any) -> Iterable[Any]:
    return cast("Iterable[Any]", query.tuples())
