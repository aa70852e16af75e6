"""Anthropic's Admin API over HTTP: the one file that knows headers, paging and status codes.

    request | retry what is worth it | read the status | decode | follow next_page

Facts and traps: https://platform.claude.com/docs/en/manage-claude/usage-cost-api and
https://platform.claude.com/docs/en/api/errors.
"""

import itertools
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, NoReturn, TypeVar, cast

import httpx
import msgspec

from providers.provider import NotOffered, ProviderRefused, ProviderUnavailable, Refusal

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"  # pinned: 2026-10-21 changes the shape of keys and errors; both are understood
USER_AGENT = "StackSpend/0.1 (https://stackspend.app)"
IN_FLIGHT = 3  # report calls at once for one organization; one at a time after a 429
CALM = 600.0  # seconds without a 429 before several are allowed again
TRIES = 3
LONGEST_PAUSE = 5.0  # seconds worth waiting within a call; longer waits go back to the schedule
ME, BILL = "/v1/organizations/me", "/v1/organizations/cost_report"
ANALYTICS = "/v1/organizations/analytics/"
SPEND_LIMITS = "/v1/organizations/spend_limits"
BETAS = {ANALYTICS: "analytics-usage-cost-2026-08-24", SPEND_LIMITS: "spend-limit-reads-2026-09-26"}
ANALYTICS_PACE, ANALYTICS_BURST = 1.1, 5  # seconds a call, and how many at once: 60 are allowed in any minute
LONGEST_WORDS = 300  # characters of an error's message that are told; it says what is wrong at its beginning
LONGEST_WAIT = timedelta(hours=1)  # whatever a header says: somebody waits for the figures

Params = Sequence[tuple[str, str]]
T = TypeVar("T")
_NOT_OFFERED = frozenset(
    ("organization_not_enrolled_in_beta", "organization_type_not_supported", "parent_organization_required")
)
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


class _Problem(msgspec.Struct):
    type: str
    message: str = ""
    details: dict[str, Any] | None = None

    @property
    def code(self) -> str:
        """The stable code that errors can carry beside their type, "" where there is none."""
        code = (self.details or {}).get("error_code")
        return code if isinstance(code, str) else ""


class _Failure(msgspec.Struct):
    type: str
    error: _Problem


class RangeIsEmpty(ProviderUnavailable):
    """The report has no finished day yet in what was asked for."""


def http_client(base_url: str = BASE_URL, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """What calls go through. One serves all organizations: each has its own certificates and sockets."""
    return httpx.Client(base_url=base_url, timeout=httpx.Timeout(60, connect=10), transport=transport)


class AdminApi:
    """A connection to one organization. Safe to share between threads; close it when done."""

    def __init__(
        self,
        key: str,
        *,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _KEY.fullmatch(key):
            raise ProviderRefused("the key holds characters that no key has")
        self._headers = {"x-api-key": key, "anthropic-version": VERSION, "user-agent": USER_AGENT}
        self._http, self._is_shared = http or http_client(base_url, transport), http is not None
        self._gate = _Gate()
        self._pace = _Pace(clock)
        self._sleep = sleep
        self._count = itertools.count(1)
        self.calls = 0

    def close(self) -> None:
        """Give back the connections, unless they are others' too."""
        if not self._is_shared:
            self._http.close()

    def one(self, path: str, kind: type[T]) -> T:
        """Get a single thing."""
        return self._get(path, (), kind)

    def pages(self, path: str, params: Params, kind: type[T]) -> Iterator[T]:
        """Every record of a report, page by page."""
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            asked = [*params, ("page", cursor)] if cursor else params
            page: Page[T] = self._get(path, asked, Page[kind])  # type: ignore[valid-type] # made at run time
            yield from page.data
            if not page.has_more:
                return
            cursor = _fresh(page.next_page, seen, path)

    def buckets(
        self, path: str, params: Params, line: type[T], *, start: datetime, end: datetime
    ) -> list[Bucket[T]]:
        """Every interval of `[start, end)`, oldest first, all or nothing.

        The API may leave out an end (it clamps to finished days) or a beginning (it has been seen to fill
        one calendar month a request): it is asked again for what is missing while that brings more.
        """
        if start >= end:
            return []
        window = [*params, ("starting_at", _rfc3339(start)), ("ending_at", _rfc3339(end))]
        page = self._pages_or_none(path, window, Bucket[line])  # type: ignore[valid-type] # as above
        found = [bucket for bucket in page if start <= bucket.starting_at < min(bucket.ending_at, end)]
        if not found:
            return []
        before = self.buckets(path, params, line, start=start, end=found[0].starting_at)
        after = self.buckets(path, params, line, start=found[-1].ending_at, end=end)
        return [*before, *found, *after]

    def _pages_or_none(self, path: str, params: Params, kind: type[T]) -> list[T]:
        try:
            return list(self.pages(path, params, kind))
        except RangeIsEmpty:
            return []

    def rows(self, report: str, params: Params, kind: type[T]) -> Iterator[Rows[T]]:
        """Every page of an analytics report. Raises NotOffered where the organization does not have it."""
        cursor: str | None = None
        seen: set[str] = set()
        path = ANALYTICS + report
        while True:
            asked = [*params, ("page", cursor)] if cursor else params
            page: Rows[T] = self._get(path, asked, Rows[kind])  # type: ignore[valid-type] # likewise
            yield page
            if not page.has_more:
                return
            cursor = _fresh(page.next_page, seen, path)

    def listing(self, path: str, params: Params, kind: type[T]) -> Iterator[T]:
        """Every thing of a list."""
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            asked = [*params, ("limit", "1000"), *([("after_id", cursor)] if cursor else [])]
            page: Listing[T] = self._get(path, asked, Listing[kind])  # type: ignore[valid-type] # likewise
            yield from page.data
            if not page.has_more:
                return
            cursor = _fresh(page.last_id, seen, path)

    def _get(self, path: str, params: Params, kind: type[T]) -> T:
        for attempt in range(TRIES):
            try:
                return self._ask(path, params, kind)
            except ProviderUnavailable as error:
                pause = error.retry_after.total_seconds() if error.retry_after else _backoff(attempt)
                if attempt == TRIES - 1 or pause > LONGEST_PAUSE or isinstance(error, RangeIsEmpty):
                    raise
                log.info("%s; asking again in %.1f s", error, pause)
                self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _ask(self, path: str, params: Params, kind: type[T]) -> T:
        is_analytics = path.startswith(ANALYTICS)
        if is_analytics and (pause := self._pace.due()):
            self._sleep(pause)
        with self._gate.open():
            self.calls = next(self._count)
            try:
                response = self._http.get(path, params=list(params), headers={**self._headers, **_beta(path)})
            except httpx.HTTPError as error:
                raise ProviderUnavailable(f"{path}: {type(error).__name__}") from None
        if response.status_code != httpx.codes.OK:
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                self._gate.narrow()
            _interpret(path, response)
        try:
            answer: T = _decoder(cast("Hashable", kind)).decode(response.content)
        except msgspec.DecodeError as error:
            raise ProviderUnavailable(f"{path}: the answer could not be read: {error}") from error
        return answer


def _beta(path: str) -> dict[str, str]:
    name = next((name for prefix, name in BETAS.items() if path.startswith(prefix)), None)
    return {"anthropic-beta": name} if name else {}


def _interpret(path: str, response: httpx.Response) -> NoReturn:
    """What a status means, by its remedy; only Anthropic's own error can refuse."""
    status, problem = response.status_code, _problem(response)
    words = problem.message or problem.type or response.reason_phrase if problem else response.reason_phrase
    words = words.replace(response.request.headers["x-api-key"], "…")  # before it is cut anywhere
    said = f"{path}: {status} {_short(words)}".strip()
    if status in (408, 409, 429) or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        wait, is_limit = _wait(response), status == httpx.codes.TOO_MANY_REQUESTS
        raise ProviderUnavailable(said, retry_after=wait, everywhere=is_limit or bool(_retry_after(response)))
    if problem is None:
        told = f"{path}: {status} from something that is not Anthropic"
        raise ProviderUnavailable(told, retry_after=_minute())
    if "ending date must be after starting date" in problem.message:
        raise RangeIsEmpty(said)
    if why := _refusal(path, status, problem):
        raise ProviderRefused(said, why=why)
    if status in (403, 404) or problem.code in _NOT_OFFERED or (path, status) == (SPEND_LIMITS, 400):
        if path == ME:  # without it nothing can be asked, so it cannot be done without
            raise ProviderUnavailable(said, retry_after=_minute())
        raise NotOffered(said, reason=_short(problem.code or problem.type))
    raise ProviderUnavailable(said, retry_after=_minute())  # a 4xx of our own making: no use to hurry


def _refusal(path: str, status: int, problem: "_Problem") -> Refusal | None:
    """What a person must see to; None where that is not the matter."""
    if problem.code == "organization_on_hold":
        return "hold"
    if status == httpx.codes.PAYMENT_REQUIRED or problem.type == "billing_error":
        return "balance"
    if status == httpx.codes.UNAUTHORIZED or (path == ME and status == httpx.codes.FORBIDDEN):
        return "key"
    if path == BILL and (status in (403, 404) or problem.code in _NOT_OFFERED):
        return "permission"
    return None


def _problem(response: httpx.Response) -> "_Problem | None":
    """Anthropic's own error; None where a firewall, a proxy or a portal answered in its place."""
    try:
        failure = msgspec.json.decode(response.content, type=_Failure)
    except (msgspec.DecodeError, RecursionError):
        return None
    return failure.error if failure.type == "error" and failure.error.type else None


def _short(words: str) -> str:
    """One line of theirs, as much of it as a log needs."""
    line = "".join(char if char.isprintable() else " " for char in words[:LONGEST_WORDS])
    return " ".join(line.split())


def _wait(response: httpx.Response) -> timedelta | None:
    """How long to leave it alone; None where a short backoff will do."""
    told = _retry_after(response)
    if response.headers.get("x-should-retry") == "false":
        return max(told or _minute(), _minute())
    return told or (_minute() if response.status_code == httpx.codes.TOO_MANY_REQUESTS else None)


def _retry_after(response: httpx.Response) -> timedelta | None:
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            told = timedelta(seconds=float(response.headers[header]) * unit)
        except (KeyError, ValueError, OverflowError):
            continue
        if told > timedelta():
            return min(told, LONGEST_WAIT)
    return None


def _minute() -> timedelta:
    """A 429 without a date: the budget is by organization and minute, its reset header is often stale."""
    return timedelta(seconds=60 + random.uniform(0, 15))  # noqa: S311 - jitter, not a secret


def _backoff(attempt: int) -> float:
    return float(2**attempt) * random.uniform(0.25, 0.75)  # noqa: S311 - jitter, not a secret


def _fresh(cursor: str | None, seen: set[str], path: str) -> str:
    """A cursor that goes on; a missing or repeating one would loop for ever or lose the rest."""
    if not cursor or cursor in seen:
        raise ProviderUnavailable(f"{path}: paging goes in circles")
    seen.add(cursor)
    return cursor


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type made at run time has no better name
    return msgspec.json.Decoder(shape)


class _Gate:
    """Lets few calls through at a time, one by one for a while after a 429."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._narrow_until = 0.0

    @contextmanager
    def open(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._inside < self._width())
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def narrow(self) -> None:
        with self._changed:
            self._narrow_until = time.monotonic() + CALM

    def _width(self) -> int:
        return 1 if time.monotonic() < self._narrow_until else IN_FLIGHT


class _Pace:
    """Tells how long to wait so that calls are a burst at most and a steady few a minute in the long run."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._next = clock() - ANALYTICS_BURST * ANALYTICS_PACE

    def due(self) -> float:
        """Take the next place; seconds until it comes."""
        with self._guard:
            now = self._clock()
            self._next = max(self._next, now - ANALYTICS_BURST * ANALYTICS_PACE) + ANALYTICS_PACE
            return max(self._next - now, 0.0)
