"""analytics/cost and analytics/usage of the simulated Admin API, over the same workload and books.

Figures up to `data_refreshed_at` are complete. Later figures have half of the callers, so that a client that
counts them gets wrong sums.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from demo.admin_api.analytics_cells import Cell, Counts, Horizon, cells, cost_entries, merge, usage_entries
from demo.admin_api.analytics_json import encoded, splits
from demo.admin_api.analytics_origins import Origins
from demo.admin_api.analytics_query import BETA, Ask, Shape, Window, floor, read_ask
from demo.admin_api.cache import Recent
from demo.admin_api.faults import REFUSALS, Faults
from demo.admin_api.query import ApiError, Query, invalid
from demo.admin_api.reports import Answer, Oddities
from demo.admin_api.rows import DAY, HOUR, MINUTE, iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from demo.company.organization import Organization

REPORTS = ("cost", "usage")
_A_MINUTE = 60
"""Requests of analytics that an organization may make in any minute."""
_METRICS: dict[str, Callable[[Counts], int]] = {
    "amount": lambda counts: sum(counts[:8]),
    "list_amount": lambda counts: sum(counts[8:16]),
    "total_tokens": lambda counts: sum(counts[:5]),
    "output_tokens": lambda counts: counts[4],
    "uncached_input_tokens": lambda counts: counts[0],
    "requests": lambda counts: counts[6],
}


class Analytics:
    """Both reports over one organization, as of the `now` each call is given."""

    def __init__(self, organization: Organization, faults: Faults) -> None:
        self._organization, self._faults = organization, faults
        self._origins = Origins(organization)
        self._days, self._walks = Recent(2**28), Recent(8)
        self._admitted: deque[datetime] = deque(maxlen=_A_MINUTE)
        self._lock = Lock()

    def admit(self, query: Query, now: datetime) -> None:
        """Refuse a request that is too early, without the beta, or of an organization without analytics."""
        if self._faults.keeps_pace:
            self._keep_pace(now)
        if code := self._faults.refusal:
            raise ApiError(400, "invalid_request_error", REFUSALS[code], code=code)
        if BETA not in query.betas:
            raise invalid(f"This endpoint requires the {BETA} beta header.")

    def horizon(self, now: datetime) -> Horizon:
        """Return what an answer depends on besides the query."""
        return Horizon(floor(now - self._faults.lag, MINUTE), floor(now, MINUTE))

    def answer(self, query: Query, report: str, now: datetime, oddities: Oddities) -> Answer:
        """Answer one page; it is settled for the minute."""
        ask, horizon = read_ask(query, report, now), self.horizon(now)
        offset = int(query.position() or 0)
        all_cells = self._walk(ask, horizon)
        limit = oddities.limit(ask.limit)
        following = offset if oddities.repeat_cursor else offset + limit
        more = oddities.repeat_cursor or following < len(all_cells)
        page = all_cells[offset : offset + limit]
        rows = (row for cell in page if not _is_left_out(cell, ask) for row in encoded(cell, ask.shape))
        tail = {
            "has_more": more,
            "next_page": query.cursor(str(following)) if more else None,
            "data_refreshed_at": iso(horizon.refreshed),
        }
        return Answer(b'{"data":[' + b",".join(rows) + b"]," + msgspec.json.encode(tail)[1:], settled=True)

    def _keep_pace(self, now: datetime) -> None:
        with self._lock:
            if len(self._admitted) == _A_MINUTE and now - self._admitted[0] < MINUTE:
                words = "This request would exceed your organization's rate limit."
                raise ApiError(429, "rate_limit_error", words)
            self._admitted.append(now)

    def _walk(self, ask: Ask, horizon: Horizon) -> list[Cell]:
        """Return every cell in the requested order, cached for the request of the next page."""
        key = (ask.shape, ask.window, ask.order_by, ask.descending, horizon, self._organization.revision)
        ordered: list[Cell] | None = self._walks.get(key)
        if ordered is None:
            ordered = _ordered(self._cells(ask.shape, ask.window, horizon), ask)
            self._walks.put(key, ordered, 1)
        return ordered

    def _cells(self, shape: Shape, window: Window, horizon: Horizon) -> list[Cell]:
        start, end, width = window
        if width:
            of_days = [cell for day in _days(start, end) for cell in self._day(shape, day, width, horizon)]
            in_window = [cell for cell in of_days if start <= cell.start < end]
        else:
            in_window = merge(self._whole(shape, window, horizon), start, end)
        if shape.report == "usage":
            return in_window
        return [cell for cell in in_window if splits(cell.counts, shape.fan_out)]

    def _whole(self, shape: Shape, window: Window, horizon: Horizon) -> Iterator[Cell]:
        """Yield the cells of whole days, and of the hours of days that the window cuts."""
        for day in _days(window.start, window.end):
            is_whole = window.start <= day and day + DAY <= window.end
            for cell in self._day(shape, day, DAY if is_whole else HOUR, horizon):
                if window.start <= cell.start < window.end:
                    yield cell

    def _day(self, shape: Shape, midnight: datetime, width: timedelta, horizon: Horizon) -> list[Cell]:
        if midnight > horizon.now:
            return []
        day, last = midnight.date(), midnight + DAY
        factor = self._organization.analytics_factor(day, horizon.now)
        key = (shape, midnight, width, factor, min(last, horizon.refreshed), min(last, horizon.now))
        of_day: list[Cell] | None = self._days.get(key)
        if of_day is None:
            entries = (
                cost_entries(self._organization, self._origins, day, factor)
                if shape.report == "cost"
                else usage_entries(self._organization, self._origins, day)
            )
            of_day = cells(entries, shape, day, width, horizon)
            self._days.put(key, of_day, 700 * len(of_day) + 100)
        return of_day


def _days(start: datetime, end: datetime) -> Iterator[datetime]:
    midnight = floor(start, DAY)
    while midnight < end:
        yield midnight
        midnight += DAY


def _ordered(some: list[Cell], ask: Ask) -> list[Cell]:
    """Sort by a metric; buckets by time, and within one by the default metric, highest first."""
    some.sort(key=lambda cell: (cell.start, tuple(value or "" for value in cell.group)))
    default = "amount" if ask.shape.report == "cost" else "total_tokens"
    metric = _METRICS[default if ask.order_by == "time" else ask.order_by]
    by_time = ask.order_by == "time" and ask.window.width is not None
    some.sort(key=lambda cell: metric(cell.counts), reverse=ask.descending or by_time)
    if by_time:
        some.sort(key=lambda cell: cell.start, reverse=ask.descending)
    return some


def _is_left_out(cell: Cell, ask: Ask) -> bool:
    if not ask.without_deleted:
        return False
    actor = cell.group[ask.shape.group_by.index("actor")]
    return actor is not None and bool(msgspec.json.decode(actor).get("deleted"))
