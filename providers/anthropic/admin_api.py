"""Anthropic's Admin API over HTTP: the one file that knows headers, paging and status codes.

    request | retry what is worth it | read the status | decode | follow next_page

Facts and traps: https://platform.claude.com/docs/en/manage-claude/usage-cost-api and
https://platform.claude.com/docs/en/api/errors.
"""

import itertools
import logging
import random
import re
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, Generic, TypeVar, cast

import httpx
import msgspec

from providers.anthropic import body
from providers.anthropic.deadline import Deadline
from providers.anthropic.pacing import Gate, Pace
from providers.anthropic.statuses import SPEND_LIMITS, RangeIsEmpty, Reply, interpret
from providers.anthropic.transport import Transport
from providers.provider import ProviderRefused, ProviderUnavailable

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"  # pinned: 2026-10-21 changes the shape of keys and errors; both are understood
USER_AGENT = "StackSpend/0.1 (https://stackspend.app)"
TRIES = 3
A_PAGE, CONNECTING = 60.0, 10.0  # seconds a try may take, and how many of them until there is a connection
IN_ALL = 120.0  # seconds for all tries of a page and the pauses between them
LONGEST_PAUSE = 5.0  # seconds worth waiting within a call; longer waits go back to the schedule
PAGES = 2000  # of a report that is no row of intervals: two million rows, more than a month of anybody
LONGEST_CURSOR = 4096  # characters; theirs are a position in time
ANALYTICS = "/v1/organizations/analytics/"
BETAS = {ANALYTICS: "analytics-usage-cost-2026-08-24", SPEND_LIMITS: "spend-limit-reads-2026-09-26"}

Params = Sequence[tuple[str, str]]
T = TypeVar("T")
_KEY = re.compile(r"[!-~]+")  # what a header can hold; it would complain of anything else with the key
log = logging.getLogger(__name__)


class Bucket(msgspec.Struct, Generic[T], gc=False):
    """One interval of a report and its lines; empty intervals are reported too."""

    starting_at: datetime
    ending_at: datetime
    results: list[T]


class Page(msgspec.Struct, Generic[T], gc=False):
    """One page of a report; `next_page` is a position in time, not a snapshot."""

    data: list[T]
    has_more: bool
    next_page: str | None = None


class Rows(msgspec.Struct, Generic[T], gc=False):
    """One page of an analytics report; what happened after `data_refreshed_at` is not complete."""

    data: list[T]
    has_more: bool
    data_refreshed_at: datetime | None = None
    next_page: str | None = None


class Listing(msgspec.Struct, Generic[T], gc=False):
    """One page of a list of things."""

    data: list[T]
    has_more: bool
    last_id: str | None = None


def http_client(base_url: str = BASE_URL, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """What calls go through. One serves all organizations: each has its own certificates and sockets.

    Raises UnusableVariable where the environment names a proxy or certificates that cannot be used.
    """
    return httpx.Client(base_url=base_url, transport=transport or Transport(base_url), trust_env=False)


class AdminApi:
    """A connection to one organization. Safe to share between threads; close it when done.

    With `patience`, for which somebody waits, everything asked of it takes so many seconds at most, and
    nothing is asked twice.
    """

    def __init__(
        self,
        key: str,
        *,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        patience: float | None = None,
    ) -> None:
        if not _KEY.fullmatch(key):
            raise ProviderRefused("the key holds characters that no key has")
        self._headers = {
            "x-api-key": key,
            "anthropic-version": VERSION,
            "user-agent": USER_AGENT,
            "accept-encoding": body.ACCEPTED,
        }
        self._key = key
        self._http, self._is_shared = http or http_client(base_url, transport), http is not None
        self._gate = Gate()
        self._pace = Pace(clock)
        self._sleep, self._clock = sleep, clock
        self._whole = None if patience is None else Deadline(patience, clock)
        self._count = itertools.count(1)
        self.calls = 0

    def close(self) -> None:
        """Give back the connections, unless they are others' too."""
        if not self._is_shared:
            self._http.close()

    def one(self, path: str, kind: type[T]) -> T:
        """Get a single thing."""
        return self._get(path, (), kind)

    def pages(self, path: str, params: Params, kind: type[T], *, at_most: int | None = None) -> Iterator[T]:
        """Every record of a report, page by page."""
        at_most = at_most or PAGES
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(at_most):
            asked = [*params, ("page", cursor)] if cursor else params
            page: Page[T] = self._get(path, asked, Page[kind])  # type: ignore[valid-type] # made at run time
            yield from page.data
            if not page.has_more:
                return
            cursor = _fresh(page.next_page, seen, path)
        raise _endless(path, at_most)

    def buckets(
        self, path: str, params: Params, line: type[T], *, start: datetime, end: datetime, width: timedelta
    ) -> list[Bucket[T]]:
        """Every interval of `[start, end)`, oldest first, all or nothing.

        The API may leave out an end (it clamps to finished days) or a beginning (it has been seen to fill
        one calendar month a request): it is asked again for what is missing while that brings more.
        """
        if start >= end:
            return []
        window = [*params, ("starting_at", _rfc3339(start)), ("ending_at", _rfc3339(end))]
        most = (end - start) // width + 1  # a page has an interval at least
        page = self._pages_or_none(path, window, Bucket[line], most)  # type: ignore[valid-type] # as above
        found = [bucket for bucket in page if start <= bucket.starting_at < min(bucket.ending_at, end)]
        if not found:
            return []
        before = self.buckets(path, params, line, start=start, end=found[0].starting_at, width=width)
        after = self.buckets(path, params, line, start=found[-1].ending_at, end=end, width=width)
        return [*before, *found, *after]

    def _pages_or_none(self, path: str, params: Params, kind: type[T], at_most: int) -> list[T]:
        try:
            return list(self.pages(path, params, kind, at_most=at_most))
        except RangeIsEmpty:
            return []

    def rows(self, report: str, params: Params, kind: type[T]) -> Iterator[Rows[T]]:
        """Every page of an analytics report. Raises NotOffered where the organization does not have it."""
        cursor: str | None = None
        seen: set[str] = set()
        path = ANALYTICS + report
        for _ in range(PAGES):
            asked = [*params, ("page", cursor)] if cursor else params
            page: Rows[T] = self._get(path, asked, Rows[kind])  # type: ignore[valid-type] # likewise
            yield page
            if not page.has_more:
                return
            cursor = _fresh(page.next_page, seen, path)
        raise _endless(path, PAGES)

    def listing(self, path: str, params: Params, kind: type[T]) -> Iterator[T]:
        """Every thing of a list."""
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(PAGES):
            asked = [*params, ("limit", "1000"), *([("after_id", cursor)] if cursor else [])]
            page: Listing[T] = self._get(path, asked, Listing[kind])  # type: ignore[valid-type] # likewise
            yield from page.data
            if not page.has_more:
                return
            cursor = _fresh(page.last_id, seen, path)
        raise _endless(path, PAGES)

    def _get(self, path: str, params: Params, kind: type[T]) -> T:
        """Ask until there is an answer, as often as is worth it and as long as there is time."""
        deadline = self._whole or Deadline(IN_ALL, self._clock)
        tries = TRIES if self._whole is None else 1
        for attempt in range(tries):
            try:
                return self._ask(path, params, kind, deadline)
            except ProviderUnavailable as error:
                pause = error.retry_after.total_seconds() if error.retry_after else _backoff(attempt)
                is_last = attempt == tries - 1 or isinstance(error, RangeIsEmpty)
                if is_last or pause > min(LONGEST_PAUSE, deadline.left):
                    raise
                log.info("%s; asking again in %.1f s", error, pause)
                self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _ask(self, path: str, params: Params, kind: type[T], deadline: Deadline) -> T:
        if path.startswith(ANALYTICS) and (pause := self._pace.due()):
            self._sleep(pause)
        with self._gate.open(path, deadline.left):
            self.calls = next(self._count)
            reply = self._call(path, params, deadline.within(A_PAGE))
        if reply.status != HTTPStatus.OK:
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._gate.narrow()
            interpret(reply, self._key)
        try:
            answer: T = _decoder(cast("Hashable", kind)).decode(reply.body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ProviderUnavailable(f"{path}: the answer could not be read: {error}") from error
        return answer

    def _call(self, path: str, params: Params, deadline: Deadline) -> Reply:
        """Ask once, and read the answer to its end or to where it is too much."""
        if deadline.left <= 0:
            raise ProviderUnavailable(f"{path}: no time is left to ask")
        limits = httpx.Timeout(deadline, connect=deadline.within(CONNECTING))
        headers = {**self._headers, **_beta(path)}
        try:
            with self._http.stream(
                "GET", path, params=list(params), headers=headers, timeout=limits
            ) as answer:
                packing = answer.headers.get("content-encoding", "")
                content = body.read(_chunks(answer, deadline), packing)
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"{path}: {type(error).__name__}") from None
        except body.UnreadableBody as error:
            raise ProviderUnavailable(f"{path}: the answer could not be read: {error}") from error
        return Reply(path, answer.status_code, answer.headers, content)


def _chunks(answer: httpx.Response, deadline: Deadline) -> Iterator[bytes]:
    """The body as it comes, packed as it is; whatever network it comes over, no longer than there is time."""
    if not isinstance(answer.stream, httpx.SyncByteStream):
        raise TypeError("an asynchronous body needs an asynchronous client")
    for chunk in answer.stream:
        if deadline.left <= 0:
            raise httpx.ReadTimeout("the body takes too long")
        yield chunk


def _endless(path: str, pages: int) -> ProviderUnavailable:
    return ProviderUnavailable(f"{path}: more than {pages} pages, which is more than there can be")


def _beta(path: str) -> dict[str, str]:
    name = next((name for prefix, name in BETAS.items() if path.startswith(prefix)), None)
    return {"anthropic-beta": name} if name else {}


def _backoff(attempt: int) -> float:
    return float(2**attempt) * random.uniform(0.25, 0.75)  # noqa: S311 - jitter, not a secret


def _fresh(cursor: str | None, seen: set[str], path: str) -> str:
    """A cursor that goes on; a missing or repeating one would loop for ever or lose the rest."""
    if not cursor or cursor in seen or len(cursor) > LONGEST_CURSOR:
        raise ProviderUnavailable(f"{path}: paging goes in circles")
    seen.add(cursor)
    return cursor


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type made at run time has no better name
    return msgspec.json.Decoder(shape)
