"""The three reports of the simulated Admin API: usage, cost and Claude Code, as encoded pages.

Finished days change only by a restatement, so each is encoded once per query shape, and pages are joined from
the encoded days.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from demo.admin_api.cache import Recent
from demo.admin_api.query import Query, invalid
from demo.admin_api.rows import (
    DAY,
    FILTERS,
    HOUR,
    MINUTE,
    WIDTHS,
    Shape,
    bucket,
    cost_rows,
    cut_bill,
    iso,
    usage_buckets,
    usage_shape,
)
from demo.company.coding import coding_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from demo.company.organization import Organization

_PAGING = ("starting_at", "ending_at", "bucket_width", "limit", "page", "group_by[]")


class Answer(NamedTuple):
    """An encoded body; a settled one is the same whenever a client asks for it again."""

    body: bytes
    settled: bool = False


class Oddities(NamedTuple):
    """The ways in which a page misbehaves: a cursor that never advances, a window cut to a month, a hole."""

    repeat_cursor: bool = False
    only_month: str | None = None  # "omitted" or "empty": what becomes of the other buckets
    page_size: int | None = None
    hole: str | None = None
    only_api_customers: bool = False
    cut_bills: Mapping[str, str] = MappingProxyType({})  # what the bills of some days lack: see `BILL_CUTS`

    def limit(self, requested: int) -> int:
        """Return how much there is on a page."""
        return min(requested, self.page_size or requested)


class Window(NamedTuple):
    """The buckets `[start, end)` that a query asks for; a settled window will never read differently."""

    start: datetime
    end: datetime
    step: timedelta
    limit: int
    settled: bool


class Reports:
    """The report endpoints over one organization, as of the `now` each call is given."""

    def __init__(self, organization: Organization, *, usage_lag: timedelta, bill_lag: timedelta) -> None:
        self._organization, self._usage_lag, self._bill_lag = organization, usage_lag, bill_lag
        self._buckets = Recent(2**30)

    def messages(self, query: Query, now: datetime, oddities: Oddities) -> Answer:
        """Answer usage_report/messages."""
        query.check((*_PAGING, *FILTERS))
        shape = usage_shape(query, self._organization)
        step, default, maximum = WIDTHS[shape.width]
        horizon = now - self._usage_lag
        limit = oddities.limit(query.limit(default=default, maximum=maximum))
        window = _window(query, step, limit, last=_floor(now, step) + step, horizon=horizon)
        span = HOUR if shape.width == "1m" else DAY

        def buckets(start: datetime) -> list[bytes]:
            return self._usage_unit(shape, start, span, horizon)

        return _page(query, window, span, buckets, oddities)

    def cost(self, query: Query, now: datetime, oddities: Oddities) -> Answer:
        """Answer cost_report: finished days only, later ones silently cut off."""
        query.check(_PAGING)
        query.choice("bucket_width", ("1d",), default="1d")
        group_by = frozenset(query.choices("group_by[]", ("description", "workspace_id")))
        limit = oddities.limit(query.limit(default=7, maximum=31))
        closed = _floor(now - self._bill_lag, DAY)
        window = _window(query, DAY, limit, last=closed, horizon=closed)

        def buckets(start: datetime) -> list[bytes]:
            return self._bill(group_by, start, oddities.cut_bills.get(start.date().isoformat()))

        return _page(query, window, DAY, buckets, oddities._replace(only_month=None))

    def claude_code(self, query: Query, now: datetime, oddities: Oddities) -> Answer:
        """Answer usage_report/claude_code: one day, activity older than an hour."""
        query.check(("starting_at", "limit", "page"))
        day, until = _plain_day(query.required("starting_at")), now - HOUR
        limit = oddities.limit(query.limit(default=20, maximum=1000))
        rows = self._coding_rows(day, until)
        if oddities.only_api_customers:
            rows = [row for row in rows if b'"customer_type":"api"' in row]
        offset = int(query.position() or 0)
        following = offset if oddities.repeat_cursor else offset + limit
        more = following < len(rows)
        body = msgspec.json.encode(
            {
                "data": [msgspec.Raw(row) for row in rows[offset : offset + limit]],
                "has_more": more,
                "next_page": query.cursor(str(following)) if more else None,
            }
        )
        return Answer(body, settled=_midnight(day) + DAY <= until)

    def _usage_unit(self, shape: Shape, start: datetime, span: timedelta, horizon: datetime) -> list[bytes]:
        key = (shape, start, min(start + span, _floor(horizon, MINUTE)))
        buckets: list[bytes] | None = self._buckets.get(key)
        if buckets is None:
            buckets = list(usage_buckets(self._organization, shape, start, span, horizon))
            self._buckets.put(key, buckets, sum(map(len, buckets)) + 100)
        return buckets

    def _bill(self, group_by: frozenset[str], start: datetime, lacking: str | None) -> list[bytes]:
        day = start.date()
        key = (group_by, day, self._organization.restatement(day), lacking)
        buckets: list[bytes] | None = self._buckets.get(key)
        if buckets is None:
            lines = cut_bill(self._organization.day_book(day).line, lacking)
            buckets = [bucket(start, DAY, cost_rows(lines, group_by))]
            self._buckets.put(key, buckets, len(buckets[0]) + 100)
        return buckets

    def _coding_rows(self, day: date, until: datetime) -> list[bytes]:
        key = (day, min(_midnight(day) + DAY, _floor(until, HOUR)))
        rows: list[bytes] | None = self._buckets.get(key)
        if rows is None:
            rows = [msgspec.json.encode(row) for row in coding_rows(self._organization, day, until=until)]
            self._buckets.put(key, rows, sum(map(len, rows)) + 100)
        return rows


def _window(query: Query, step: timedelta, limit: int, *, last: datetime, horizon: datetime) -> Window:
    """Snap both ends down to whole buckets and the end back to the last one there can be."""
    query.required("starting_at")
    start = _floor(query.moment("starting_at") or last, step)
    requested_end = query.moment("ending_at")
    end = last if requested_end is None else min(_floor(requested_end, step), last)
    if end <= start:
        raise invalid("Invalid date range: ending date must be after starting date", retryable=False)
    return Window(start, end, step, limit, settled=requested_end is not None and requested_end <= horizon)


def _page(
    query: Query,
    window: Window,
    span: timedelta,
    buckets: Callable[[datetime], list[bytes]],
    oddities: Oddities,
) -> Answer:
    """String together the buckets of one page, oldest first, empty ones too."""
    position = query.position()
    first = datetime.fromisoformat(position) if position else window.start
    end = min(first + window.limit * window.step, window.end)
    pieces: list[bytes] = []
    moment = first
    while moment < end:
        unit = _floor(moment, span)
        stop = min(unit + span, end)
        in_window = buckets(unit)[(moment - unit) // window.step : (stop - unit) // window.step]
        kept = _in_month(in_window, moment, window, oddities.only_month)
        pieces.extend(one for one in kept if not _is_hole(one, oddities.hole))
        moment = stop
    more = oddities.repeat_cursor or end < window.end
    following = query.cursor(iso(first if oddities.repeat_cursor else end)) if more else None
    tail = msgspec.json.encode({"has_more": more, "next_page": following})
    return Answer(b'{"data":[' + b",".join(pieces) + b"]," + tail[1:], settled=window.settled)


def _in_month(
    buckets: list[bytes], start: datetime, window: Window, only_month: str | None
) -> Iterator[bytes]:
    """Yield, with `only_month`, only buckets of the calendar month in which the window ends; else all."""
    last = window.end - window.step
    for number, encoded in enumerate(buckets):
        moment = start + number * window.step
        if only_month is None or (moment.year, moment.month) == (last.year, last.month):
            yield encoded
        elif only_month == "empty":
            yield bucket(moment, window.step, [])


def _is_hole(encoded: bytes, start: str | None) -> bool:
    return start is not None and encoded.startswith(b'{"starting_at":"%b"' % start.encode())


def _plain_day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise invalid("starting_at: Input should be a date in YYYY-MM-DD format")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise invalid("starting_at: Input should be a valid date") from error


def _floor(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
