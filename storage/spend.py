"""What was spent: a day's attribution replaced at once, as the rollups that answers read.

The attributed lines themselves are not kept: charges and usage are, and attribution makes the same of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from peewee import fn

from providers.money import billionths
from providers.period import Period, runs
from providers.spend import Attribution, Sum
from providers.usage import QUANTITIES
from storage import bulk, labels
from storage.fields import from_billionths, from_day, from_hour, to_day, to_hour
from storage.prepared import Run, prepared
from storage.tables import DayRollup, HourRollup

Dimension = Literal["total", "model", "workspace", "caller", "kind", "product", "listed", "unbilled"]
_TOTAL, _MODEL, _WORKSPACE, _CALLER, _KIND, _PRODUCT, _LISTED, _UNBILLED = range(8)
_NUMBER: dict[Dimension, int] = {
    "total": _TOTAL,
    "model": _MODEL,
    "workspace": _WORKSPACE,
    "caller": _CALLER,
    "kind": _KIND,
    "product": _PRODUCT,
    "listed": _LISTED,
    "unbilled": _UNBILLED,
}
PAID, LIST = "paid", "list"
"""The members of `listed`: what hours cost after discounts, and before, where the provider told both."""
_HOURS, _NOON = 24, 12
_NO_COUNTS = (0,) * len(QUANTITIES)
_LAST = timedelta(hours=1) - timedelta(seconds=1)  # an hour with a midnight within belongs to the new day

Key = tuple[Any, ...]
Measures = Sequence[int]  # quantities, cost, estimated: the order of the columns
Lines = dict[Key, list[Measures]]
Sums = dict[Key, Measures]


def replace(connection_id: int, day: date, attribution: Attribution, *, estimated: bool) -> None:
    """Replace a UTC day's spend; within a transaction."""
    replace_days(connection_id, {day: (attribution, estimated)})


def replace_days(connection_id: int, attributed: Mapping[date, tuple[Attribution, bool]]) -> None:
    """Replace the spend of UTC days, each with whether it is estimated; within a transaction."""
    for period in runs(sorted(attributed)):
        first, last = to_day(period.start), to_day(period.end)
        _delete_days(connection_id, first, last)
        _delete_hours(connection_id, first * _HOURS, last * _HOURS)
    hours = _roll_up(connection_id, attributed)
    days: Lines = defaultdict(list)
    for (dimension, hour, member), measures in hours.items():
        days[dimension, hour // _HOURS, member].append(measures)
    bulk.insert(DayRollup, ((*sums, connection_id, *key) for key, sums in _summed(days).items()))
    bulk.insert(HourRollup, ((*sums, connection_id, *key) for key, sums in hours.items()))


_EVERY = list(_NUMBER.values())  # named one by one, so that the key is searched for each, not walked
_delete_days = prepared(
    lambda connection_id, first, last: DayRollup.delete().where(
        (DayRollup.connection_id == connection_id)
        & (DayRollup.dimension << _EVERY)
        & (DayRollup.day >= first)
        & (DayRollup.day < last)
    )
)
_delete_hours = prepared(
    lambda connection_id, first, last: HourRollup.delete().where(
        (HourRollup.connection_id == connection_id)
        & (HourRollup.dimension << _EVERY)
        & (HourRollup.hour >= first)
        & (HourRollup.hour < last)
    )
)


def _roll_up(connection_id: int, attributed: Mapping[date, tuple[Attribution, bool]]) -> Sums:
    """Days by (dimension, hour, member)."""
    number = labels.ids(connection_id, _texts(attribution for attribution, _estimated in attributed.values()))
    hours: Lines = defaultdict(list)
    shared: Lines = defaultdict(list)  # without the caller, which is what makes rows many
    for day, (attribution, estimated) in attributed.items():
        for line in attribution.spend:
            cost, hour = billionths(line.cost), to_hour(line.hour)
            measures: Measures = (*line.quantities, cost, cost if estimated else 0)
            hours[_CALLER, hour, number[line.caller_id]].append(measures)
            shared[hour, line.workspace_id, line.model, line.product].append(measures)
        for kind in attribution.kinds:
            cost = billionths(kind.cost)
            counts = [kind.quantity if name == kind.kind else 0 for name in QUANTITIES]
            measures = (*counts, cost, cost if estimated else 0)
            hours[_KIND, to_hour(kind.hour), number[kind.kind]].append(measures)
        for listed in attribution.listed:
            hour = to_hour(listed.hour)
            hours[_LISTED, hour, number[PAID]].append((*_NO_COUNTS, billionths(listed.cost), 0))
            hours[_LISTED, hour, number[LIST]].append((*_NO_COUNTS, billionths(listed.list_cost), 0))
        for unbilled in attribution.unbilled:
            key = (_UNBILLED, to_day(day) * _HOURS + _NOON, number[unbilled.reason])
            hours[key].append((unbilled.tokens, *_NO_COUNTS[1:], 0, 0))
    for (hour, workspace, model, product), together in _summed(shared).items():
        hours[_TOTAL, hour, labels.NONE].append(together)
        hours[_WORKSPACE, hour, number[workspace]].append(together)
        hours[_MODEL, hour, number[model]].append(together)
        hours[_PRODUCT, hour, number[product]].append(together)
    return _summed(hours)


def _texts(attributions: Iterable[Attribution]) -> set[str | None]:
    texts: set[str | None] = set()
    for attribution in attributions:
        texts.update(kind.kind for kind in attribution.kinds)
        texts.update(unbilled.reason for unbilled in attribution.unbilled)
        texts.update((PAID, LIST) if attribution.listed else ())
        for line in attribution.spend:
            texts.update((line.workspace_id, line.caller_id, line.model, line.product))
    return texts


def _summed(lines: Lines) -> Sums:
    """Every key once, its lines added up column by column; most have one line only."""
    return {
        key: rows[0] if len(rows) == 1 else list(map(sum, zip(*rows, strict=True)))
        for key, rows in lines.items()
    }


def sums(
    connection_id: int, dimension: Dimension, period: Period, *, until: datetime | None = None
) -> list[Sum]:
    """What a period cost on one dimension, members that cost nothing and used nothing left out.

    Whole UTC days come from the days' rollup, the edges of another zone's days from the hours'; an edge
    within an hour (half-hour zones) is taken at that hour's start, and of the hour that `until` falls in, its
    part of the minutes.
    """
    start, end = to_hour(period.starts_at), to_hour(min(period.ends_at, until or period.ends_at))
    first_day, last_day = -(-start // _HOURS), end // _HOURS
    if first_day >= last_day:
        parts = [_by_hour(connection_id, dimension, start, end)]
    else:
        parts = [
            _by_hour(connection_id, dimension, start, first_day * _HOURS),
            _by_day(connection_id, dimension, first_day, last_day),
            _by_hour(connection_id, dimension, last_day * _HOURS, end),
        ]
    minutes = _minutes_in(period, until)
    if minutes:
        parts.append([_part(row, minutes) for row in _by_hour(connection_id, dimension, end, end + 1)])
    text = labels.texts(connection_id) if dimension != "total" else {}
    return [_sum(text.get(member), measures) for (member,), measures in _collected(parts) if any(measures)]


def _minutes_in(period: Period, until: datetime | None) -> int:
    """How many minutes of the hour that a period is cut in belong to it."""
    return until.minute if until and until < period.ends_at else 0


def _part(row: tuple[Any, ...], minutes: int) -> tuple[Any, ...]:
    """An hour's measures in proportion, the row's key kept."""
    key, *measures = row
    return (key, *(int(measure) * minutes // 60 for measure in measures))


def _collected(parts: Iterable[Iterable[tuple[Any, ...]]]) -> Iterable[tuple[Key, Measures]]:
    lines: Lines = defaultdict(list)
    for member, *measures in chain.from_iterable(parts):
        lines[member,].append([int(measure) for measure in measures])
    return _summed(lines).items()


def _by_day(connection_id: int, dimension: Dimension, first: int, last: int) -> list[tuple[Any, ...]]:
    return _fetched(_member_sums_of_days, connection_id, dimension, first, last)


def _by_hour(connection_id: int, dimension: Dimension, first: int, last: int) -> list[tuple[Any, ...]]:
    return _fetched(_member_sums_of_hours, connection_id, dimension, first, last)


def _fetched(
    query: Run, connection_id: int, dimension: Dimension, first: int, last: int
) -> list[tuple[Any, ...]]:
    if first >= last:
        return []
    return cast("list[tuple[Any, ...]]", query(connection_id, _NUMBER[dimension], first, last).fetchall())


def _grouped(table: Any, slot: Any, by: Any) -> Run:
    """The measures of one dimension between two slots, added up by a column."""
    measures = [fn.SUM(getattr(table, name)) for name in (*QUANTITIES, "cost", "estimated")]
    return prepared(
        lambda connection_id, dimension, first, last: (
            table.select(by, *measures)
            .where(
                (table.connection_id == connection_id)
                & (table.dimension == dimension)
                & (slot >= first)
                & (slot < last)
            )
            .group_by(by)
        )
    )


_member_sums_of_days = _grouped(DayRollup, DayRollup.day, DayRollup.member)
_member_sums_of_hours = _grouped(HourRollup, HourRollup.hour, HourRollup.member)
_sums_of_days = _grouped(DayRollup, DayRollup.day, DayRollup.day)
_sums_of_hours = _grouped(HourRollup, HourRollup.hour, HourRollup.hour)


def _sum(id: str | None, measures: Sequence[int]) -> Sum:  # noqa: A002 - it is an id
    *counts, cost, estimated = measures
    first, second, third, fourth, fifth, sixth = counts
    six = (first, second, third, fourth, fifth, sixth)
    return Sum(id=id, cost=from_billionths(cost), estimated=from_billionths(estimated), quantities=six)


def daily(connection_id: int, period: Period, *, until: datetime | None = None) -> dict[date, Sum]:
    """What every day of a period cost in all, in the period's zone; days without any spend left out."""
    start, end = to_hour(period.starts_at), to_hour(min(period.ends_at, until or period.ends_at))
    parts = [_totals(connection_id, period.zone, start, end)]
    minutes = _minutes_in(period, until)
    if minutes:
        parts.append(_part(row, minutes) for row in _totals(connection_id, period.zone, end, end + 1))
    days = sorted(_collected(parts))
    return {day: _sum(day.isoformat(), measures) for (day,), measures in days if any(measures)}


def _totals(connection_id: int, zone: str, start: int, end: int) -> Iterator[tuple[Any, ...]]:
    if zone == "UTC" and start % _HOURS == 0 and end % _HOURS == 0:
        first, last = start // _HOURS, end // _HOURS
        rows = _fetched(_sums_of_days, connection_id, "total", first, last)
        return ((from_day(day), *measures) for day, *measures in rows)
    rows = _fetched(_sums_of_hours, connection_id, "total", start, end)
    calendar = ZoneInfo(zone)
    return (((from_hour(hour) + _LAST).astimezone(calendar).date(), *measures) for hour, *measures in rows)


def total(connection_id: int, period: Period, *, until: datetime | None = None) -> Sum:
    """What a period cost in all."""
    found = sums(connection_id, "total", period, until=until)
    return found[0] if found else Sum(id=None, cost=Decimal(0), estimated=Decimal(0), quantities=(0,) * 6)


def count(connection_id: int, dimension: Dimension, period: Period) -> int:
    """How many rows a dimension has over the UTC days of a period, one a day and member."""
    query = DayRollup.select().where(
        (DayRollup.connection_id == connection_id)
        & (DayRollup.dimension == _NUMBER[dimension])
        & (DayRollup.day >= to_day(period.start))
        & (DayRollup.day < to_day(period.end))
    )
    return int(query.count())


def of_caller(connection_id: int, caller_id: str, period: Period) -> dict[date, Decimal]:
    """What each UTC day of a period cost under one caller, days without left out."""
    member = labels.numbers(connection_id).get(caller_id)
    if member is None:
        return {}
    rows = _days_of_member(connection_id, _CALLER, to_day(period.start), to_day(period.end), member)
    return {from_day(day): from_billionths(cost) for day, cost in rows.fetchall() if cost}


_days_of_member = prepared(
    lambda connection_id, dimension, first, last, member: DayRollup.select(
        DayRollup.day, DayRollup.cost
    ).where(
        (DayRollup.connection_id == connection_id)
        & (DayRollup.dimension == dimension)
        & (DayRollup.day >= first)
        & (DayRollup.day < last)
        & (DayRollup.member == member)
    )
)


def all_time(connection_id: int) -> Decimal:
    """What was spent since the first day."""
    mine = (DayRollup.connection_id == connection_id) & (DayRollup.dimension == _TOTAL)
    query = DayRollup.select(fn.SUM(DayRollup.cost).converter(from_billionths)).where(mine)
    return cast("Decimal", query.scalar() or Decimal(0))
