"""Spend: replace a day's attribution, and read the rollups of it.

We do not store the attributed lines: we store charges and usage, from which attribution makes them again.
Their sums by one dimension are in rollups.py, by day and all dimensions in cells.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from providers.money import dollars
from providers.period import Period
from providers.spend import Amounts, Attribution, BriefAmounts, Id, Sum
from providers.usage import QUANTITIES
from storage.engine.fields import HOURS, from_billionths, from_day, from_hour, to_day, to_hour
from storage.facts import cells, rollups, text_ids, totals
from storage.facts.rollups import NUMBERS, Dimension, Lines, Measures, Sums, added_up

PAID, LIST = "paid", "list"
"""The members of `listed`: the cost of hours after discounts and before, if the provider reports both."""
_NOON = 12  # the hour of what has none: noon UTC is part of the same day in nearly every zone
_NO_COUNTS = (0,) * len(QUANTITIES)
_LAST = timedelta(hours=1) - timedelta(seconds=1)  # an hour that contains midnight belongs to the new day
_NOTHING = Decimal(0)


def replace(connection_id: int, day: date, attribution: Attribution, *, estimated: bool) -> None:
    """Replace a UTC day's spend; within a transaction."""
    replace_days(connection_id, {day: (attribution, estimated)})


def replace_days(connection_id: int, attributed: Mapping[date, tuple[Attribution, bool]]) -> None:
    """Replace the spend of UTC days, given as (attribution, is it estimated); within a transaction."""
    texts = _texts(attribution for attribution, _estimated in attributed.values())
    number = text_ids.ids(connection_id, texts)
    hours: Lines = defaultdict(list)
    others: Lines = defaultdict(list)
    of_cells: Sums = {}
    first = rollups.first_hour(connection_id)
    for day, (attribution, estimated) in attributed.items():
        of_cells |= _enter_spend(attribution, number, hours, first, estimated=estimated)
        _enter_others(day, attribution, number, others, estimated=estimated)
    other_hours = added_up(others)
    days = added_up(_by_day(of_cells, other_hours))
    rollups.replace(connection_id, attributed, days=days, hours=added_up(hours) | other_hours)
    cells.replace(connection_id, attributed, of_cells)


def _enter_spend(
    attribution: Attribution, number: text_ids.Numbers, hours: Lines, first: int, *, estimated: bool
) -> Sums:
    """Enter a day's lines from the hour `first` on by (dimension, hour, member); return the day's cells."""
    caller = NUMBERS["caller"]
    shared: Lines = defaultdict(list)  # without the caller, which makes rows numerous
    daily: Lines = defaultdict(list)
    for line in attribution.spend:
        hour, cost = to_hour(line.hour), line.cost
        measures: Measures = (*line.quantities, cost, cost if estimated else 0)
        if hour >= first:
            hours[caller, hour, number[line.caller_id]].append(measures)
            shared[hour, line.workspace_id, line.model, line.product].append(measures)
        daily[hour // HOURS, line.caller_id, line.model, line.workspace_id, line.product].append(measures)
    for (hour, workspace, model, product), measures in added_up(shared).items():
        hours[NUMBERS["total"], hour, text_ids.NONE].append(measures)
        hours[NUMBERS["workspace"], hour, number[workspace]].append(measures)
        hours[NUMBERS["model"], hour, number[model]].append(measures)
        hours[NUMBERS["product"], hour, number[product]].append(measures)
    return {(day, *map(number.__getitem__, key)): sums for (day, *key), sums in added_up(daily).items()}


def _by_day(of_cells: Sums, other_hours: Sums) -> Lines:
    """Return lines by (dimension, day, member); those of spend from its cells, which are fewer than hours."""
    days: Lines = defaultdict(list)
    for (day, caller, model, workspace, product), measures in of_cells.items():
        days[NUMBERS["total"], day, text_ids.NONE].append(measures)
        days[NUMBERS["caller"], day, caller].append(measures)
        days[NUMBERS["model"], day, model].append(measures)
        days[NUMBERS["workspace"], day, workspace].append(measures)
        days[NUMBERS["product"], day, product].append(measures)
    for (dimension, hour, member), measures in other_hours.items():
        days[dimension, hour // HOURS, member].append(measures)
    return days


def _enter_others(
    day: date, attribution: Attribution, number: text_ids.Numbers, hours: Lines, *, estimated: bool
) -> None:
    """Enter a day's spend by kind, its list prices and its unbilled tokens by (dimension, hour, member)."""
    for kind in attribution.kinds:
        cost = kind.cost
        counts = [kind.quantity if name == kind.kind else 0 for name in QUANTITIES]
        measures = (*counts, cost, cost if estimated else 0)
        hours[NUMBERS["kind"], to_hour(kind.hour), number[kind.kind]].append(measures)
    for listed in attribution.listed:
        hour = to_hour(listed.hour)
        hours[NUMBERS["listed"], hour, number[PAID]].append((*_NO_COUNTS, listed.cost, 0))
        hours[NUMBERS["listed"], hour, number[LIST]].append((*_NO_COUNTS, listed.list_cost, 0))
    for unbilled in attribution.unbilled:
        key = (NUMBERS["unbilled"], to_day(day) * HOURS + _NOON, number[unbilled.reason])
        hours[key].append((unbilled.tokens, *_NO_COUNTS[1:], 0, 0))


def _texts(attributions: Iterable[Attribution]) -> set[str | None]:
    texts: set[str | None] = set()
    for attribution in attributions:
        texts.update(kind.kind for kind in attribution.kinds)
        texts.update(unbilled.reason for unbilled in attribution.unbilled)
        texts.update((PAID, LIST) if attribution.listed else ())
        for line in attribution.spend:
            texts.update((line.workspace_id, line.caller_id, line.model, line.product))
    return texts


def totals_by(
    connection_id: int, dimension: Dimension, period: Period, *, until: datetime | None = None
) -> list[Sum]:
    """Return a period's spend by member of a dimension, without members that cost and used nothing.

    A period that starts or ends within an hour (half-hour zones) does so at that hour's start. The hour that
    contains `until` counts in proportion to its minutes before `until`.
    """
    return [_sum(id_, each) for id_, each in amounts_by(connection_id, dimension, period, until=until)]


def amounts_by(
    connection_id: int, dimension: Dimension, period: Period, *, until: datetime | None = None
) -> list[tuple[Id, Amounts]]:
    """Return (member, amounts) as `totals_by` does, in whole numbers."""
    start, end, minutes = _span(connection_id, period, until)
    rows = totals.measures_by_member(connection_id, dimension, start, end, minutes=minutes)
    text = text_ids.texts(connection_id) if dimension != "total" else {}
    return [(text.get(row[0]), Amounts._make(each)) for row in rows if any(each := row[1:])]


def brief_amounts_by(
    connection_id: int, dimension: Dimension, period: Period
) -> list[tuple[Id, BriefAmounts]]:
    """Return (member, amounts) of a period with all usage in one number, in half the time."""
    start, end, _ = _span(connection_id, period)
    rows = totals.usage_and_cost_by_member(connection_id, dimension, start, end)
    text = text_ids.texts(connection_id)
    return [(text[row[0]], BriefAmounts._make(each)) for row in rows if any(each := row[1:])]


def costs_by(
    connection_id: int, dimension: Dimension, period: Period, *, until: datetime | None = None
) -> list[tuple[Id, int]]:
    """Return the cost in billionths of every member that cost something in a period."""
    start, end, minutes = _span(connection_id, period, until)
    rows = totals.costs_by_member(connection_id, dimension, start, end, minutes=minutes)
    text = text_ids.texts(connection_id)
    return [(text[member], cost) for member, cost in rows if cost]


class _Span(NamedTuple):
    """The hours `[start, end)`, and some minutes of the hour `end`."""

    start: int
    end: int
    minutes: int


def _span(connection_id: int, period: Period, until: datetime | None = None) -> _Span:
    """Return the hours of a period, up to a moment.

    Where no hours are kept, a day is the UTC day of its date, and a moment is its UTC day's beginning.
    """
    first = rollups.first_hour(connection_id)
    start = _edge(first, period.start, period.starts_at)
    if until is None or until >= period.ends_at:
        return _Span(start, _edge(first, period.end, period.ends_at), 0)
    hour = to_hour(until)
    return _Span(start, hour, until.minute) if hour >= first else _Span(start, hour - hour % HOURS, 0)


def _edge(first: int, day: date, begins: datetime) -> int:
    hour = to_hour(begins)
    return hour if hour >= first else to_day(day) * HOURS


def _sum(id_: Id, amounts: Amounts) -> Sum:
    estimated = dollars(amounts.estimated) if amounts.estimated else _NOTHING
    return Sum(id_, dollars(amounts.cost), estimated, amounts.quantities)


def totals_by_day(connection_id: int, period: Period) -> dict[date, Sum]:
    """Return the total of every day of a period, in its zone, that has any spend."""
    days = amounts_by_day(connection_id, period)
    return {day: _sum(day.isoformat(), each) for day, each in days.items()}


def amounts_by_day(
    connection_id: int, period: Period, *, until: datetime | None = None
) -> dict[date, Amounts]:
    """Return the amounts of every day as `totals_by_day` does, in whole numbers."""
    start, end, minutes = _span(connection_id, period, until)
    lines: Lines = defaultdict(list)
    for day, measures in _totals(connection_id, period.zone, start, end):
        lines[day,].append(measures)
    if minutes:
        for day, measures in _totals(connection_id, period.zone, end, end + 1):
            lines[day,].append([measure * minutes // 60 for measure in measures])
    return {day: Amounts._make(sums) for (day,), sums in sorted(added_up(lines).items()) if any(sums)}


def _totals(connection_id: int, zone: str, start: int, end: int) -> Iterator[tuple[date, Measures]]:
    """Yield (day, measures) in a zone's calendar; days whose hours are not kept are UTC days."""
    is_whole = zone == "UTC" and start % HOURS == 0 and end % HOURS == 0
    first = end if is_whole else min(max(start, rollups.first_hour(connection_id)), end)
    for day, *measures in totals.measures_by_day(connection_id, "total", start // HOURS, first // HOURS):
        yield from_day(day), measures
    calendar = ZoneInfo(zone)
    for hour, *measures in totals.measures_by_hour(connection_id, "total", first, end):
        yield (from_hour(hour) + _LAST).astimezone(calendar).date(), measures


def total(connection_id: int, period: Period, *, until: datetime | None = None) -> Sum:
    """Return the total of a period."""
    sums = totals_by(connection_id, "total", period, until=until)
    return sums[0] if sums else Sum(id=None, cost=_NOTHING, estimated=_NOTHING, quantities=(0,) * 6)


def count(connection_id: int, dimension: Dimension, period: Period) -> int:
    """Return the number of rows of a dimension in the UTC days of a period, one a day and member."""
    return totals.count_rows(connection_id, dimension, to_day(period.start), to_day(period.end))


def costs_of_caller(connection_id: int, caller_id: str, period: Period) -> dict[date, Decimal]:
    """Return one caller's cost on each UTC day of a period that has any."""
    member = text_ids.numbers(connection_id).get(caller_id)
    if member is None:
        return {}
    rows = totals.daily_costs_of_member(
        connection_id, "caller", member, to_day(period.start), to_day(period.end)
    )
    return {from_day(day): from_billionths(cost) for day, cost in rows if cost}


def all_time(connection_id: int) -> Decimal:
    """Return the cost since the first day."""
    return from_billionths(totals.all_time(connection_id))
