"""Claude Code, replaced day by day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast

from peewee import fn

from providers.activity import CodeActivity
from providers.money import billionths
from providers.period import Period
from storage import bulk, coverage
from storage.fields import from_billionths, to_day
from storage.prepared import prepared
from storage.tables import ActivityRow as Row

_WHO = ("email", "api_key_name", "customer_type")
_COUNTS = CodeActivity.__struct_fields__[6:]


def replace(
    connection_id: int, day: date, activity: Sequence[CodeActivity], *, at: datetime, until: datetime
) -> None:
    """Replace one UTC day, known `until` then; within a transaction."""
    _delete(connection_id, to_day(day))
    bulk.insert(Row, [_row(connection_id, line) for line in activity])
    coverage.mark(connection_id, "claude_code", [day], at=at, until=until)


_delete = prepared(
    lambda connection_id, day: Row.delete().where((Row.connection_id == connection_id) & (Row.day == day))
)


def _row(connection_id: int, line: CodeActivity) -> tuple[Any, ...]:
    counts = [getattr(line, name) for name in _COUNTS]
    who = (line.email, line.api_key_name, line.customer_type, line.model)
    return (connection_id, to_day(line.day), *who, billionths(line.estimated_cost), *counts)


def by_engineer(connection_id: int, period: Period) -> list[CodeActivity]:
    """A period's activity added up by person (or key name) and plan; day and model are blank."""
    columns = [getattr(Row, name) for name in _WHO]
    sums = [fn.SUM(getattr(Row, name)).converter(int) for name in _COUNTS]
    cost = fn.SUM(Row.estimated_cost).converter(from_billionths)
    where = (Row.connection_id == connection_id) & (Row.day >= period.start) & (Row.day < period.end)
    query = Row.select(*columns, cost, *sums).where(where).group_by(*columns)
    return [
        CodeActivity(period.start, email, key_name, customer_type, "", cost, *counts)
        for email, key_name, customer_type, cost, *counts in cast("Iterable[Any]", query.tuples())
    ]
