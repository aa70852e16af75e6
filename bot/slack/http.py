"""One HTTP request to Slack, with limits on its total time and size, and without redirects.

urllib's timeout is for each operation on a socket, so an answer of one byte a second never ends; it reads
answers of any size, and sends the token along when it follows a redirect.
"""

import io
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

MOST = 16_000_000  # bytes of an answer; a page of a thousand people has some two million
TOTAL = 10.0  # seconds of a call; Slack answers in a tenth of one, and a person is waiting


def open_bounded(
    request: Request,
    *,
    seconds: float = TOTAL,
    most: int = MOST,
    proxy: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> HTTPResponse:
    """Send a request and return the answer; reading it counts against the same limits.

    Raises HTTPError for every status but success (a redirect too), TimeoutError, TooLarge, and other
    OSErrors and HTTPExceptions.
    """
    bounds, opener = Bounds(clock() + seconds, most, clock), OpenerDirector()
    proxies = {"http": proxy, "https": proxy} if proxy else None
    for handler in (
        ProxyHandler(proxies),
        _Http(bounds),
        _Https(bounds),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    answer = opener.open(request, timeout=seconds)
    if not isinstance(answer, HTTPResponse):  # no handler knows the scheme
        raise OSError("only http and https are opened")
    return answer


class TooLarge(OSError):
    """The answer is larger than any that Slack sends."""


class Bounds:
    """The seconds and bytes that are left for one request."""

    def __init__(self, end: float, most: int, clock: Callable[[], float]) -> None:
        self._end, self._left, self._clock = end, most, clock

    def seconds(self) -> float:
        """Return the seconds left. Raises TimeoutError if there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("Slack took too long to answer")
        return left

    def take(self, count: int) -> None:
        """Count received bytes. Raises TooLarge."""
        self._left -= count
        if self._left < 0:
            raise TooLarge("Slack's answer is too large")


class _Bounded(io.RawIOBase):
    """A socket's bytes, counted."""

    def __init__(self, sock: socket.socket, bounds: Bounds) -> None:
        self._sock, self._bounds = sock, bounds
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open until it is read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - as its base has it
        self._sock.settimeout(self._bounds.seconds())
        count = self._raw.readinto(buffer)
        self._bounds.take(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _ReadOnlySocket:
    """The part of a socket that HTTPResponse uses."""

    def __init__(self, sock: socket.socket, bounds: Bounds) -> None:
        self._sock, self._bounds = sock, bounds

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bounded(self._sock, self._bounds))


def _answer(sock: socket.socket, *arguments: Any, bounds: Bounds, **named: Any) -> HTTPResponse:  # noqa: ANN401 - HTTPResponse's own
    return HTTPResponse(_ReadOnlySocket(sock, bounds), *arguments, **named)  # type: ignore[arg-type] # all that it uses


class _Connection(HTTPConnection):
    """A connection within Bounds."""

    bounds: Bounds

    def bind(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.response_class = partial(_answer, bounds=bounds)  # type: ignore[assignment] # is called alone
        self._create_connection = partial(_connected, bounds)

    def send(self, data: Any) -> None:  # noqa: ANN401 - as its base has it
        if self.sock:
            self.sock.settimeout(self.bounds.seconds())
        super().send(data)


class _TlsConnection(_Connection, HTTPSConnection):
    """A connection within Bounds over TLS, with http.client's checks of certificates."""


def _connected(bounds: Bounds, address: tuple[str, int], *_how: object) -> socket.socket:
    """Connect to the first address of a host that answers, within the seconds left."""
    host, port = address
    last_error: OSError = OSError("no address")
    for family, kind, protocol, _name, place in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(bounds.seconds())
            sock.connect(place)
        except OSError as error:
            last_error = error
            with suppress(OSError):
                sock.close()
        else:
            return sock
    raise last_error


class _Http(HTTPHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(_bounded_connection, _Connection, self._bounds), request)


class _Https(HTTPSHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(_bounded_connection, _TlsConnection, self._bounds), request)


def _bounded_connection(kind: type[_Connection], bounds: Bounds, host: str, **how: Any) -> _Connection:  # noqa: ANN401 - http.client's own
    connection = kind(host, **how)
    connection.bind(bounds)
    return connection
