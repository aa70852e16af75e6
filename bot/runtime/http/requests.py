"""Limit what a connection may send: its size, its time, and only requests with one possible reading.

Waitress accepts some requests that a proxy in front may read differently; those are refused here, because two
readings of one request allow smuggling in a second one: https://datatracker.ietf.org/doc/html/rfc9112.
"""

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from socket import SHUT_WR
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

_LINE = re.compile(rb"[A-Z]+ /[^ ]* HTTP/1\.[01]")  # not a proxy's form, `GET http://…`
_LENGTH = re.compile(rb"[0-9]{1,12}")
_CHUNK = 65_536  # bytes to drop at a time of a refused body
LARGE_PATHS, LARGE = b"/otlp/", 8_000_000
"""Where bodies may be larger, and how large in bytes: telemetry that a sender collected for some minutes."""


@dataclass(frozen=True)
class Limits:
    """Limits of bytes and connections, and of seconds.

    Slack's bodies have about 10,000 bytes, and the heads of browsers and proxies fit into 8,192. A head is
    one packet, which takes seconds on a bad line. `silence` is how long a connection may stay open between
    requests, as proxies keep them; after a refusal it stays open for `linger`, for the client to read why.
    A proxy needs about a hundred connections; looking through more than `most` would take long.
    `most_bytes` is the limit of unfinished bodies, of all connections together.
    """

    body: int = 1_000_000
    head: int = 16_384
    head_within: float = 15
    body_within: float = 15  # from the end of the head
    silence: float = 60
    linger: float = 2
    most: int = 2_000
    most_bytes: int = 64_000_000


LIMITS = Limits()


class Parser(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """Reads one request."""

    adj: Any

    def parse_header(self, header: bytes) -> None:
        """Read the head. Raises ParsingError."""
        wrong = what_is_odd(header)
        if wrong:
            raise ParsingError(wrong)
        if header.partition(b" ")[2].startswith(LARGE_PATHS):
            self.adj = _for_large_bodies(self.adj)
        super().parse_header(header)

    def received(self, data: bytes) -> int:
        """Read on; returns how many bytes belonged to this request."""
        consumed: int = super().received(data)
        if self.completed:  # refused, or without a body: send no "100 Continue"
            self.expect_continue = False
        return consumed


def _for_large_bodies(adjustments: Any) -> Any:  # noqa: ANN401 - waitress has no types
    """Return waitress' limits for LARGE_PATHS: in memory alone, as what people wrote may be in a body."""
    larger = copy(adjustments)
    larger.max_request_body_size = larger.inbuf_overflow = LARGE + 1
    return larger


def what_is_odd(head: bytes) -> str:
    """Return why a head could be read in two ways, "" if it cannot."""
    first, *lines = head.split(b"\r\n")
    named = [
        (name.lower(), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines)
    ]
    lengths = [value for name, value in named if name == b"content-length"]
    codings = [value for name, value in named if name == b"transfer-encoding"]
    if not _LINE.fullmatch(first.rstrip()):
        return "The request line must be a method, a path and HTTP/1.1"
    if any(line.startswith((b" ", b"\t")) for line in lines):
        return "A header must not go on in another line"
    if len(lengths) + len(codings) > 1:
        return "A request has one Content-Length or one Transfer-Encoding"
    if not all(_LENGTH.fullmatch(length) for length in lengths):
        return "Content-Length is not a length"
    if codings and (codings[0].lower() != b"chunked" or b"HTTP/1.0" in first):
        return "Transfer-Encoding must be chunked, in HTTP/1.1"
    return _odd_host([value for name, value in named if name == b"host"], first)


def _odd_host(hosts: list[bytes], first: bytes) -> str:
    is_enough = len(hosts) == 1 or (not hosts and b"HTTP/1.0" in first)
    return "" if is_enough else "A request names one Host"


class Refusal(ErrorTask):  # type: ignore[misc] # as above
    """Answers a refused request with the reason."""

    def execute(self) -> None:
        """Send the answer, and stop reading from the connection."""
        self.channel.refuse()
        super().execute()


class Channel(HTTPChannel):  # type: ignore[misc] # as above
    """One connection, with the times of its current request, to find out whether it takes too long.

    Waitress only measures silence, by the wall clock; a byte now and then would keep a connection for ever.
    """

    parser_class = Parser
    error_task_class = Refusal

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - waitress' own
        self.opened_at = self._heard_at = self._head_since = time.monotonic()
        self.request_at = self._body_since = self._refused_at = 0.0
        self._is_shut = False
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> None:
        """Process received bytes, and record when the current request began."""
        former, now = self.request, time.monotonic()
        super().received(data)
        self._heard_at = now
        if self.request is None:
            self.request_at, self._head_since, self._body_since = now, 0.0, 0.0
            return
        if self.request is not former:
            self._head_since, self._body_since = now, 0.0
        if self.request.headers_finished and not self._body_since:
            self._head_since, self._body_since = 0.0, now

    def received_bytes(self) -> int:
        """Return the bytes of an unfinished body."""
        return self.request.body_bytes_received if self.request else 0

    def is_waiting(self) -> bool:
        """Say whether no request of it is being answered."""
        return not self.requests and not self.total_outbufs_len

    def is_overdue(self, now: float) -> bool:
        """Say whether it has been sending one request, or nothing, for too long."""
        limits: Limits = self.server.limits
        waits = (
            (self._head_since, limits.head_within),
            (self._body_since, limits.body_within),
            (self._refused_at, limits.linger),
            (self._heard_at, limits.silence),
        )
        return not self.requests and any(since and now - since > longest for since, longest in waits)

    # If a connection is closed while bytes are unread, its client sees a reset instead of the refusal. So
    # after a refusal only our side is shut, and what still arrives is thrown away for a moment.

    def refuse(self) -> None:
        """Read no request after this one."""
        self._refused_at = time.monotonic()

    def readable(self) -> bool:
        """Say whether there is something to read."""
        return bool((self._is_shut and not self.will_close) or super().readable())

    def handle_read(self) -> None:
        """Read, or discard what follows a refusal."""
        if self._is_shut:
            self.recv(_CHUNK)
        else:
            super().handle_read()

    def writable(self) -> bool:
        """Say whether there is something to send, or a close to do."""
        return bool(self.will_close or (not self._is_shut and super().writable()))

    def handle_write(self) -> None:
        """Send, and close or shut the connection if required."""
        if self.will_close or not (self._refused_at and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if not self.total_outbufs_len:
            self._is_shut = True
            with suppress(OSError):
                self.socket.shutdown(SHUT_WR)


def longest_waiting(channels: Iterable[Channel], count: int) -> list[Channel]:
    """Return up to `count` idle connections: those that never sent a request first, then the oldest."""
    waiting = [each for each in channels if each.is_waiting()]
    return sorted(waiting, key=lambda each: (each.request_at, each.opened_at))[: max(0, count)]
