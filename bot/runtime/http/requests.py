"""What a connection may send: how much, how long it may take, and only what can be read in one way.

Waitress reads requests; what it lets through although proxies in front may read it otherwise is refused here,
since two readings of one request are how a second one is smuggled in: https://datatracker.ietf.org/doc/html/rfc9112.
"""

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_WR
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

_LINE = re.compile(
    rb"[A-Z]+ /[^ ]* HTTP/1\.[01]"
)  # a proxy's form of it, `GET http://…`, is no request to us
_LENGTH = re.compile(rb"[0-9]{1,12}")
_CHUNK = 65_536


@dataclass(frozen=True)
class Limits:
    """How much is too much, in bytes and connections, and how long is too long, in seconds.

    Slack's bodies have some 10,000 bytes, and the heads of browsers and proxies fit into 8,192. One packet
    brings a head, on a bad line in some seconds. `silence` is how long a connection may be open between
    requests, as proxies keep them; who was refused has `linger` to read why. A proxy needs a hundred
    connections, and to look through more of them than `most` would take long. `most_bytes` are of bodies that
    are not whole, of all connections together.
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

    def parse_header(self, header: bytes) -> None:
        """Read the head. Raises ParsingError."""
        wrong = what_is_odd(header)
        if wrong:
            raise ParsingError(wrong)
        super().parse_header(header)

    def received(self, data: bytes) -> int:
        """Read on; returns how many bytes belonged to this request."""
        consumed: int = super().received(data)
        if self.completed:  # refused, or without a body: nobody is told to go on
            self.expect_continue = False
        return consumed


def what_is_odd(head: bytes) -> str:
    """Say why a head could be read in two ways, "" where it cannot."""
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
    """Says why a request is refused."""

    def execute(self) -> None:
        """Say it, and have the connection read no more."""
        self.channel.refuse()
        super().execute()


class Channel(HTTPChannel):  # type: ignore[misc] # as above
    """One connection: what it sends, since when, and whether that has taken too long.

    Waitress measures silence alone, and by the wall clock; a byte now and then would hold a place for ever.
    """

    parser_class = Parser
    error_task_class = Refusal

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - waitress' own
        self.opened_at = self._heard_at = self._head_since = time.monotonic()
        self.asked_at = self._body_since = self._refused_at = 0.0
        self._is_shut = False
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> None:
        """Take what came, and note since when a request is on its way."""
        former, now = self.request, time.monotonic()
        super().received(data)
        self._heard_at = now
        if self.request is None:
            self.asked_at, self._head_since, self._body_since = now, 0.0, 0.0
            return
        if self.request is not former:
            self._head_since, self._body_since = now, 0.0
        if self.request.headers_finished and not self._body_since:
            self._head_since, self._body_since = 0.0, now

    def received_bytes(self) -> int:
        """Return how much of a body is here that is not whole."""
        return self.request.body_bytes_received if self.request else 0

    def is_waiting(self) -> bool:
        """Whether nothing of it is being answered."""
        return not self.requests and not self.total_outbufs_len

    def is_overdue(self, now: float) -> bool:
        """Whether it has been sending one request, or nothing at all, for too long."""
        limits: Limits = self.server.limits
        waits = (
            (self._head_since, limits.head_within),
            (self._body_since, limits.body_within),
            (self._refused_at, limits.linger),
            (self._heard_at, limits.silence),
        )
        return not self.requests and any(since and now - since > longest for since, longest in waits)

    # Were a connection closed while bytes are unread, whoever sends them would see it break, and not why.
    # So after a refusal it is shut from our side alone, and what still comes is thrown away for a moment.

    def refuse(self) -> None:
        """Read no request after this one."""
        self._refused_at = time.monotonic()

    def readable(self) -> bool:
        """Whether there is something to read."""
        return bool((self._is_shut and not self.will_close) or super().readable())

    def handle_read(self) -> None:
        """Read, or throw away what follows a refusal."""
        if self._is_shut:
            self.recv(_CHUNK)
        else:
            super().handle_read()

    def writable(self) -> bool:
        """Whether there is something to send, or it is to be closed."""
        return bool(self.will_close or (not self._is_shut and super().writable()))

    def handle_write(self) -> None:
        """Send, and close or shut what is to be."""
        if self.will_close or not (self._refused_at and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if not self.total_outbufs_len:
            self._is_shut = True
            with suppress(OSError):
                self.socket.shutdown(SHUT_WR)


def longest_waiting(channels: Iterable[Channel], count: int) -> list[Channel]:
    """Return so many connections that can be missed most: those that never asked anything, oldest first."""
    waiting = [each for each in channels if each.is_waiting()]
    return sorted(waiting, key=lambda each: (each.asked_at, each.opened_at))[: max(0, count)]
