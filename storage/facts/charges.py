"""The bill, line by line, replaced day by day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from peewee import fn

from providers.charge import Charge
from providers.money import billionths
from providers.period import Period, runs
from storage.engine import bulk_insert
from storage.engine.fields import from_billionths, from_day, to_day
from storage.engine.prepared import prepared
from storage.engine.tables import ChargeRow
from storage.facts import coverage


def replace(connection_id: int, days: Sequence[date], charges: Iterable[Charge], *, at: datetime) -> None:
    """Replace the charges of exactly these days; within a transaction."""
    for period in runs(sorted(days)):
        ChargeRow.delete().where(_in(connection_id, period)).execute()
    bulk_insert.insert(ChargeRow, [_row(connection_id, charge) for charge in charges])
    coverage.mark(connection_id, "charges", days, at=at)


def withdraw(connection_id: int, day: date) -> None:
    """Delete a day's bill and its coverage; within a transaction."""
    ChargeRow.delete().where(_in(connection_id, Period.day(day))).execute()
    coverage.unmark(connection_id, "charges", day)


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
    rows = cast(
        "Iterable[tuple[Any, ...]]", _all(connection_id, to_day(period.start), to_day(period.end)).fetchall()
    )
    for number, *words, cost, currency in rows:
        day = from_day(number)
        line = (day, *words, from_billionths(cost), currency)
        charges[day].append(Charge(*cast("Any", line)))
    return charges


_all = prepared(
    lambda connection_id, first, last: (
        ChargeRow.select(*[getattr(ChargeRow, name) for name in Charge.__struct_fields__])
        .where((ChargeRow.connection_id == connection_id) & (ChargeRow.day >= first) & (ChargeRow.day < last))
        .order_by(ChargeRow.id)
    )
)


def totals(connection_id: int, period: Period) -> dict[date, Decimal]:
    """Return the billed total of each day of a period that has charges."""
    query = ChargeRow.select(ChargeRow.day, fn.SUM(ChargeRow.billed_cost).converter(from_billionths))
    query = query.where(_in(connection_id, period)).group_by(ChargeRow.day)
    return dict(cast("Iterable[tuple[date, Decimal]]", query.tuples()))


def credits_in(connection_id: int, period: Period) -> dict[date, Decimal]:
    """Return the credits of each day of a period that has any, as negative amounts."""
    query = ChargeRow.select(ChargeRow.day, fn.SUM(ChargeRow.billed_cost).converter(from_billionths))
    below_zero = ChargeRow.billed_cost < Decimal(0)
    query = query.where(_in(connection_id, period) & below_zero).group_by(ChargeRow.day)
    return dict(cast("Iterable[tuple[date, Decimal]]", query.tuples()))


def count(connection_id: int, period: Period) -> int:
    """Return the number of charges in a period."""
    return int(ChargeRow.select().where(_in(connection_id, period)).count())


def first_day(connection_id: int) -> date | None:
    """Return the oldest day with a charge."""
    query = ChargeRow.select(fn.MIN(ChargeRow.day)).where(ChargeRow.connection_id == connection_id)
    return cast("date | None", query.scalar())


def _in(connection_id: int, period: Period) -> Any:
    return (
        (ChargeRow.connection_id == connection_id)
        & (ChargeRow.day >= period.start)
        & (ChargeRow.day < period.end)
    )


def currencies(connection_id: int, period: Period) -> dict[date, str | None]:
    """Return the currency of each day's bill, None for a day with several."""
    query = ChargeRow.select(ChargeRow.day, ChargeRow.currency).where(_in(connection_id, period)).distinct()
    currency_of: dict[date, str | None] = {}
    for day, currency in cast("Iterable[tuple[date, str]]", query.tuples()):
        currency_of[day] = None if day in currency_of else currency
    return currency_of
