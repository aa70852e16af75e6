"""What analytics know of a day by now: counted an hour and origin, then grouped into cells."""

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
"""Of cost what was paid by kind, the same at list price, requests; of usage tokens, searches, requests."""

KINDS: tuple[tuple[str, str | None], ...] = (
    *(("tokens", token_type) for token_type in TOKEN_TYPES),
    ("web_search", None),
    ("code_execution", None),
    ("session_usage", None),
)
_EXTRAS = {"code_execution": 6, "session_usage": 7}


class Entry(NamedTuple):
    """What one origin counted in one hour of a day."""

    hour: int
    origin: Origin
    counts: Counts


class Cell(NamedTuple):
    """One bucket of one combination of what is grouped by."""

    start: datetime
    end: datetime
    group: tuple[str | None, ...]
    counts: Counts


class Horizon(NamedTuple):
    """Up to when analytics are complete, and how far they know anything."""

    refreshed: datetime
    now: datetime


def cost_entries(organization: Organization, origins: Origins, day: date, told: Fraction) -> Iterator[Entry]:
    """Price a day as analytics tell of it: after the discount, and at list price."""
    work, discount = organization.workday(day), organization.discount.factor(day)
    paid = priced(work.usage, day, factor=discount * told, restatement=told)
    listed = priced(work.usage, day, factor=told, restatement=told)
    for (row, mine), (_, at_list) in zip(paid, listed, strict=True):
        yield Entry(row.hour, origins.of_row(row), (*mine, 0, 0, *at_list, 0, 0, _requests(row)))
    for extra in work.extras:
        costs = [0] * len(KINDS)
        costs[_EXTRAS[extra.cost_type]] = extra_nanos(extra, told)
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
    """Group what analytics know of a day by now."""
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
        known = min(60, max(0, (now if origin.is_early else refreshed) - 60 * hour))
        for number, part in _parts(hour, counts, known, width):
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


def _parts(hour: int, counts: Counts, known: int, width: timedelta) -> Iterator[tuple[int, Counts]]:
    """Cut the known minutes of an hour into buckets; the parts of a whole hour sum to it."""
    if width == MINUTE:
        for minute in range(known):
            part = tuple(n * (minute + 1) // 60 - n * minute // 60 for n in counts)
            yield 60 * hour + minute, part
    elif known:
        yield hour if width == HOUR else 0, counts if known == 60 else tuple(n * known // 60 for n in counts)


def merged(found: Iterable[Cell], start: datetime, end: datetime) -> list[Cell]:
    """Add up the buckets of each combination."""
    sums: dict[tuple[str | None, ...], Counts] = {}
    for cell in found:
        before = sums.get(cell.group)
        sums[cell.group] = cell.counts if before is None else tuple(map(int.__add__, before, cell.counts))
    return [Cell(start, end, group, counts) for group, counts in sums.items()]
