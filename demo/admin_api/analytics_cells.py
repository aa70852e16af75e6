"""The figures of analytics for a day: counted by hour and origin, then grouped into cells."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from demo.admin_api.rows import HOUR, MINUTE
from demo.company.ledger import extra_nanos, is_billed, priced
from demo.company.rates import TOKEN_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from demo.admin_api.analytics_origins import Origin, Origins
    from demo.admin_api.analytics_query import Shape
    from demo.company.organization import Organization
    from demo.company.workload import UsageRow

Counts = tuple[int, ...]
"""For cost: amounts by kind, list prices by kind, requests. For usage: tokens, searches, requests."""

KINDS: tuple[tuple[str, str | None], ...] = (
    *(("tokens", token_type) for token_type in TOKEN_TYPES),
    ("web_search", None),
    ("code_execution", None),
    ("session_usage", None),
)
_EXTRAS = {"code_execution": 6, "session_usage": 7}


class Entry(NamedTuple):
    """The counts of one origin in one hour of a day."""

    hour: int
    origin: Origin
    counts: Counts


class Cell(NamedTuple):
    """One bucket of one combination of dimensions."""

    start: datetime
    end: datetime
    group: tuple[str | None, ...]
    counts: Counts


class Horizon(NamedTuple):
    """Up to when analytics are complete, and up to when they have any data."""

    refreshed: datetime
    now: datetime


def cost_entries(
    organization: Organization, origins: Origins, day: date, factor: Fraction
) -> Iterator[Entry]:
    """Price a day after the discount and at list price, both times the `factor` of its restatements."""
    work, discount = organization.workday(day), organization.discount.factor(day)
    paid = priced(work.usage, day, factor=discount * factor, restatement=factor)
    listed = priced(work.usage, day, factor=factor, restatement=factor)
    for (row, mine), (_, at_list) in zip(paid, listed, strict=True):
        yield Entry(row.hour, origins.of_row(row), (*mine, 0, 0, *at_list, 0, 0, _requests(row)))
    for extra in work.extras:
        costs = [0] * len(KINDS)
        costs[_EXTRAS[extra.cost_type]] = extra_nanos(extra, factor)
        yield Entry(extra.hour, origins.of_extra(extra), (*costs, *costs, extra.quarter_hours))


def usage_entries(organization: Organization, origins: Origins, day: date) -> Iterator[Entry]:
    """Count a day, refused requests and committed capacity too."""
    for row in organization.workday(day).usage:
        yield Entry(row.hour, origins.of_row(row), (*row.tokens, row.web_searches, _requests(row)))


def _requests(row: UsageRow) -> int:
    return 1 + sum(row.tokens) // 60_000 if is_billed(row) else 1


def cells(
    entries: Iterable[Entry], shape: Shape, day: date, width: timedelta, horizon: Horizon
) -> list[Cell]:
    """Group the entries of a day, as far as analytics have them by now."""
    midnight = datetime.combine(day, time(), UTC)
    refreshed, now = ((moment - midnight) // MINUTE for moment in horizon)
    groups: dict[Origin, tuple[str | None, ...] | None] = {}
    sums: dict[tuple[int, tuple[str | None, ...]], Counts] = {}
    for hour, origin, counts in entries:
        if origin not in groups:
            groups[origin] = _group(origin, shape)
        group = groups[origin]
        if group is None:
            continue
        minutes = min(60, max(0, (now if origin.is_early else refreshed) - 60 * hour))
        for number, part in _parts(hour, counts, minutes, width):
            place = (number, group)
            before = sums.get(place)
            sums[place] = part if before is None else tuple(map(int.__add__, before, part))
    return [
        Cell(midnight + number * width, midnight + (number + 1) * width, group, counts)
        for (number, group), counts in sums.items()
        if any(counts)
    ]


def _group(origin: Origin, shape: Shape) -> tuple[str | None, ...] | None:
    if not all(origin.values.get(name) in values for name, values in shape.kept):
        return None
    return tuple(origin.values[name] for name in shape.group_by)


def _parts(hour: int, counts: Counts, minutes: int, width: timedelta) -> Iterator[tuple[int, Counts]]:
    """Cut the first minutes of an hour into buckets; the parts of a whole hour sum to it."""
    if width == MINUTE:
        for minute in range(minutes):
            part = tuple(n * (minute + 1) // 60 - n * minute // 60 for n in counts)
            yield 60 * hour + minute, part
    elif minutes:
        part = counts if minutes == 60 else tuple(n * minutes // 60 for n in counts)
        yield hour if width == HOUR else 0, part


def merge(some: Iterable[Cell], start: datetime, end: datetime) -> list[Cell]:
    """Add up the buckets of each combination."""
    sums: dict[tuple[str | None, ...], Counts] = {}
    for cell in some:
        before = sums.get(cell.group)
        sums[cell.group] = cell.counts if before is None else tuple(map(int.__add__, before, cell.counts))
    return [Cell(start, end, group, counts) for group, counts in sums.items()]
