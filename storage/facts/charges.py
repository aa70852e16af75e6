"""The bill, line by line, replaced day by day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from providers.charge import Charge
from providers.money import billionths
from providers.period import Period, runs
from storage.engine import bulk_insert
from storage.engine.fields import from_billionths, from_day, to_day
from storage.engine.queries import query
from storage.engine.tables import ChargeRow
from storage.facts import coverage


def replace(connection_id: int, days: Sequence[date], charges: Iterable[Charge], *, at: datetime) -> None:
    """Replace the charges of exactly these days; within a transaction."""
    for period in runs(sorted(days)):
        _delete(connection_id, *_edges(period))
    bulk_insert.insert(ChargeRow, [_row(connection_id, charge) for charge in charges])
    coverage.mark(connection_id, "charges", days, at=at)


def withdraw(connection_id: int, day: date) -> None:
    """Delete a day's bill and its coverage; within a transaction."""
    _delete(connection_id, *_edges(Period.day(day)))
    coverage.unmark(connection_id, "charges", day)


_IN = "connection_id = ? AND day >= ? AND day < ?"
_delete = query(f"DELETE FROM charge WHERE {_IN}")


def _edges(period: Period) -> tuple[int, int]:
    return to_day(period.start), to_day(period.end)


def _row(connection_id: int, charge: Charge) -> tuple[Any, ...]:
    return (
        connection_id,
        to_day(charge.day),
        charge.workspace_id,
        charge.cost_type,
        charge.model,
        charge.token_kind,
        charge.service_tier,
        charge.context_window,
        charge.inference_geo,
        charge.description,
        billionths(charge.billed_cost),
        charge.currency,
    )


def by_day(connection_id: int, period: Period) -> dict[date, list[Charge]]:
    """Return the charges of a period by day, for the days that have any."""
    charges: dict[date, list[Charge]] = defaultdict(list)
    for number, *words, cost, currency in _all(connection_id, *_edges(period)).fetchall():
        day = from_day(number)
        line = (day, *words, from_billionths(cost), currency)
        charges[day].append(Charge(*cast("Any", line)))
    return charges


_all = query(f"SELECT {', '.join(Charge.__struct_fields__)} FROM charge WHERE {_IN} ORDER BY id")


def totals(connection_id: int, period: Period) -> dict[date, Decimal]:
    """Return the billed total of each day of a period that has charges."""
    return _costs_by_day(_totals(connection_id, *_edges(period)).fetchall())


_totals = query(f"SELECT day, SUM(billed_cost) FROM charge WHERE {_IN} GROUP BY day")


def _costs_by_day(rows: Iterable[tuple[int, int]]) -> dict[date, Decimal]:
    return {from_day(day): from_billionths(cost) for day, cost in rows}


def credits_in(connection_id: int, period: Period) -> dict[date, Decimal]:
    """Return the credits of each day of a period that has any, as negative amounts."""
    return _costs_by_day(_credits(connection_id, *_edges(period)).fetchall())


_credits = query(f"SELECT day, SUM(billed_cost) FROM charge WHERE {_IN} AND billed_cost < 0 GROUP BY day")


def count(connection_id: int, period: Period) -> int:
    """Return the number of charges in a period."""
    return int(_count(connection_id, *_edges(period)).fetchone()[0])


_count = query(f"SELECT COUNT(*) FROM charge WHERE {_IN}")


def first_day(connection_id: int) -> date | None:
    """Return the oldest day with a charge."""
    (day,) = _first(connection_id).fetchone()
    return None if day is None else from_day(day)


_first = query("SELECT MIN(day) FROM charge WHERE connection_id = ?")


def currencies(connection_id: int, period: Period) -> dict[date, str | None]:
    """Return the currency of each day's bill, None for a day with several."""
    currency_of: dict[date, str | None] = {}
    for number, currency in _currencies(connection_id, *_edges(period)).fetchall():
        day = from_day(number)
        currency_of[day] = None if day in currency_of else currency
    return currency_of


_currencies = query(f"SELECT DISTINCT day, currency FROM charge WHERE {_IN}")
