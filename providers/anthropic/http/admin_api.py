"""Anthropic's Admin API over HTTP: headers, retries, deadlines and paging.

    walk -> _get (retries) -> _ask (waits for a place) -> _call -> statuses.interpret, or `read`

deadline.py enforces the deadlines, transport.py makes the connections, and each report has a file of its own.
Facts and traps: https://platform.claude.com/docs/en/manage-claude/usage-cost-api and
https://platform.claude.com/docs/en/api/errors.
"""

import itertools
import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

import httpx
import msgspec

from providers.anthropic.http import body
from providers.anthropic.http.deadline import Deadline
from providers.anthropic.http.pacing import Gate, Pace
from providers.anthropic.http.reading import reason
from providers.anthropic.http.statuses import SPEND_LIMITS, RangeIsEmpty, Reply, interpret
from providers.anthropic.http.transport import Transport, describe_failure
from providers.provider import ProviderRefused, ProviderUnavailable

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"  # pinned: 2026-10-21 changes the shape of keys and errors; we read both
USER_AGENT = "StackSpend/0.1 (https://stackspend.app)"
TRIES = 3  # for one page; after that the schedule tries again
PAGE_TIMEOUT, CONNECT_TIMEOUT = 60.0, 10.0  # seconds for one try, and for its connection alone
CALL_TIMEOUT = 120.0  # seconds for all tries of a page, with the pauses between them
WALK_TIMEOUT = 600.0  # seconds for all pages of a report: at the pace of analytics, more than 500 of them
MAX_PAUSE = 5.0  # seconds: for a longer wait, the call fails and the schedule tries again
MAX_PAGES = 2000  # of a report without intervals: two million rows, more than anybody has in a month
MAX_CURSOR = 4096  # characters; theirs are a position in time
ANALYTICS = "/v1/organizations/analytics/"
DESTINATIONS = "/v1/organizations/telemetry_destinations"
BETAS = {
    ANALYTICS: "analytics-usage-cost-2026-08-24",
    SPEND_LIMITS: "spend-limit-reads-2026-09-26",
    DESTINATIONS: "telemetry-destinations-2026-08-11",
}
"""The `anthropic-beta` header of each path that the API refuses without one."""

Params = Sequence[tuple[str, str]]
T = TypeVar("T")
P = TypeVar("P", bound="Paged")
_KEY = re.compile(r"[!-~]+")  # else httpx's error would repeat the key
log = logging.getLogger(__name__)


class Page(msgspec.Struct, Generic[T], gc=False):
    """One page of a report; `next_page` is a position in time, not a snapshot."""

    data: list[T]
    has_more: bool
    next_page: str | None = None


class Listing(msgspec.Struct, gc=False):
    """One page of a list, its items undecoded."""

    data: list[msgspec.Raw]
    has_more: bool
    last_id: str | None = None

    @property
    def next_page(self) -> str | None:
        """The cursor of the next page."""
        return self.last_id


class Paged(Protocol):
    """A page with the cursor of the next one."""

    @property
    def has_more(self) -> bool:
        """Whether there is a next one."""

    @property
    def next_page(self) -> str | None:
        """Its cursor."""


def http_client(base_url: str = BASE_URL, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Create the HTTP client for calls. Share one between organizations: each has its own certificates.

    Raises UnusableVariable if the environment names an unusable proxy or certificates.
    """
    return httpx.Client(base_url=base_url, transport=transport or Transport(base_url), trust_env=False)


class AdminApi:
    """A connection to one organization. Safe to share between threads; close it when done.

    With `patience`, in seconds, for calls that somebody waits for, all calls together take at most that long,
    and none is retried.
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
        """Close the connections, unless others share them."""
        if not self._is_shared:
            self._http.close()

    def one(self, path: str, kind: type[T]) -> T:
        """Get a single thing."""
        return self._get(path, (), msgspec.json.Decoder(kind).decode)

    def post(self, path: str, content: object, kind: type[T]) -> T:
        """Post once, never again: what was written twice would be there twice."""
        deadline = self._whole or Deadline(PAGE_TIMEOUT, self._clock)
        sent = msgspec.json.encode(content)
        return self._ask(path, (), msgspec.json.Decoder(kind).decode, deadline, content=sent)

    def walk(
        self,
        path: str,
        params: Params,
        read: Callable[[bytes], P],
        *,
        at_most: int | None = None,
        cursor_name: str = "page",
    ) -> Iterator[P]:
        """Yield every page of a report. `read` raises DecodeError for an answer that it cannot decode."""
        cursor: str | None = None
        seen: set[str] = set()
        deadline = Deadline(WALK_TIMEOUT, self._clock)
        for _ in range(at_most or MAX_PAGES):
            if deadline.left <= 0:
                raise ProviderUnavailable(f"{path}: no end after {WALK_TIMEOUT / 60:.0f} minutes")
            page = self._get(path, [*params, (cursor_name, cursor)] if cursor else params, read)
            yield page
            if not page.has_more:
                return
            cursor = _fresh(page.next_page, seen, path)
        raise ProviderUnavailable(
            f"{path}: more than {at_most or MAX_PAGES} pages, which is more than there can be"
        )

    def records(self, path: str, params: Params) -> list[msgspec.Raw]:
        """Return every record of a report without intervals, undecoded."""
        return [record for page in self.walk(path, params, _RECORDS.decode) for record in page.data]

    def listing(self, path: str, params: Params) -> list[msgspec.Raw]:
        """Return every item of a list, undecoded."""
        limited = [*params, ("limit", "1000")]
        pages = self.walk(path, limited, _LISTING.decode, cursor_name="after_id")
        return [row for page in pages for row in page.data]

    def _get(self, path: str, params: Params, read: Callable[[bytes], T]) -> T:
        """Call until there is an answer, within TRIES and the deadline."""
        deadline = self._whole or Deadline(CALL_TIMEOUT, self._clock)
        tries = TRIES if self._whole is None else 1
        for attempt in range(tries):
            try:
                return self._ask(path, params, read, deadline)
            except ProviderUnavailable as error:
                pause = error.retry_after.total_seconds() if error.retry_after else _backoff(attempt)
                is_last = attempt == tries - 1 or isinstance(error, RangeIsEmpty)
                if is_last or pause > min(MAX_PAUSE, deadline.left):
                    raise
                log.info("%s; asking again in %.1f s", error, pause)
                self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _ask(
        self,
        path: str,
        params: Params,
        read: Callable[[bytes], T],
        deadline: Deadline,
        *,
        content: bytes | None = None,
    ) -> T:
        if path.startswith(ANALYTICS) and (pause := self._pace.due()):
            self._sleep(pause)
        with self._gate.open(path, deadline.left):
            self.calls = next(self._count)
            reply = self._call(path, params, deadline.within(PAGE_TIMEOUT), content=content)
        if reply.status != HTTPStatus.OK:
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._gate.narrow()
            interpret(reply, self._key)
        try:
            return read(_storable(reply.body))
        except RecursionError as error:
            raise ProviderUnavailable(
                f"{path}: the answer could not be read: it is nested too deep"
            ) from error
        except msgspec.DecodeError as error:
            raise ProviderUnavailable(f"{path}: the answer could not be read: {reason(error)}") from error

    def _call(self, path: str, params: Params, deadline: Deadline, *, content: bytes | None = None) -> Reply:
        """Call once, with POST if there is content, and read the answer to its end or to the size limit."""
        if deadline.left <= 0:
            raise ProviderUnavailable(f"{path}: no time is left to ask")
        limits = httpx.Timeout(deadline, connect=deadline.within(CONNECT_TIMEOUT))
        media = {} if content is None else {"content-type": "application/json"}
        headers = {**self._headers, **_beta(path), **media}
        try:
            with self._http.stream(
                "GET" if content is None else "POST",
                path,
                params=list(params),
                headers=headers,
                timeout=limits,
                content=content,
            ) as answer:
                packing = answer.headers.get("content-encoding", "")
                received = body.read(_chunks(answer, deadline), packing)
            del answer.stream  # it holds the answer: a cycle, which would stay until all garbage is collected
        except httpx.HTTPError as error:
            log.info(
                "%s: the connection failed: %s", path, type(error).__name__
            )  # its message can contain the key
            raise ProviderUnavailable(f"{path}: {describe_failure(error)}") from None
        except body.UnreadableBody as error:
            raise ProviderUnavailable(f"{path}: the answer could not be read: {error}") from error
        return Reply(path, answer.status_code, answer.headers, received)


def _chunks(answer: httpx.Response, deadline: Deadline) -> Iterator[bytes]:
    """Yield the body as it arrives, still compressed, until the deadline; on any network."""
    if not isinstance(answer.stream, httpx.SyncByteStream):
        raise TypeError("an asynchronous body needs an asynchronous client")
    for chunk in answer.stream:
        if deadline.left <= 0:
            raise httpx.ReadTimeout("the body takes too long")
        yield chunk


def _beta(path: str) -> dict[str, str]:
    name = next((name for prefix, name in BETAS.items() if path.startswith(prefix)), None)
    return {"anthropic-beta": name} if name else {}


def _backoff(attempt: int) -> float:
    return float(2**attempt) * random.uniform(0.25, 0.75)  # noqa: S311 - jitter, not a secret


def _fresh(cursor: str | None, seen: set[str], path: str) -> str:
    """Return a new cursor. A missing or repeated one would lose the rest of the pages, or never end."""
    if not cursor or cursor in seen or len(cursor) > MAX_CURSOR:
        raise ProviderUnavailable(f"{path}: paging goes in circles")
    seen.add(cursor)
    return cursor


def rfc3339(moment: datetime) -> str:
    """Format a moment for their parameters."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _storable(content: bytes) -> bytes:
    """Replace NUL, the one character that no database stores in text, so that names with it are readable."""
    has_escapes = b"\\" in content  # quick to find, and most answers have none
    return content.replace(rb"\u0000", rb"\ufffd") if has_escapes else content


_RECORDS = msgspec.json.Decoder(Page[msgspec.Raw])
_LISTING = msgspec.json.Decoder(Listing)
