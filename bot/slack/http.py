"""One HTTP request to Slack, bounded as a whole: in seconds, in bytes, and to the host that it is for.

urllib's timeout is for each operation on a socket, so that an answer of a byte a second never ends; it reads
whatever comes, and follows a redirect with the token in its hand.
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
TOTAL = 10.0  # seconds of a call; Slack answers in a tenth of one, and somebody waits


def open_bounded(
    request: Request,
    *,
    seconds: float = TOTAL,
    most: int = MOST,
    proxy: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> HTTPResponse:
    """Send a request and return the answer, which is to be read within the same bounds.

    Raises HTTPError for every status that is no success, a redirect too, TimeoutError and TooLarge, and
    other OSErrors and HTTPExceptions.
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
    """More came than any answer has."""


class Bounds:
    """What is left of the seconds and of the bytes of one request."""

    def __init__(self, end: float, most: int, clock: Callable[[], float]) -> None:
        self._end, self._left, self._clock = end, most, clock

    def seconds(self) -> float:
        """Return what is left. Raises TimeoutError where that is nothing."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("Slack took too long to answer")
        return left

    def take(self, count: int) -> None:
        """Count bytes that came. Raises TooLarge."""
        self._left -= count
        if self._left < 0:
            raise TooLarge("Slack's answer is too large")


class _Bounded(io.RawIOBase):
    """What comes through a socket."""

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


class _Ears:
    """As much of a socket as an answer is read from."""

    def __init__(self, sock: socket.socket, bounds: Bounds) -> None:
        self._sock, self._bounds = sock, bounds

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bounded(self._sock, self._bounds))


def _answer(sock: socket.socket, *arguments: Any, bounds: Bounds, **named: Any) -> HTTPResponse:  # noqa: ANN401 - HTTPResponse's own
    return HTTPResponse(_Ears(sock, bounds), *arguments, **named)  # type: ignore[arg-type] # all that it uses


class _Connection(HTTPConnection):
    """A connection that spends what is left."""

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
    """The same, with certificates checked as http.client does."""


def _connected(bounds: Bounds, address: tuple[str, int], *_how: object) -> socket.socket:
    """Connect to the first address of a host that answers, all of them in the time that is left."""
    host, port = address
    trouble: OSError = OSError("no address")
    for family, kind, protocol, _name, place in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(bounds.seconds())
            sock.connect(place)
        except OSError as error:
            trouble = error
            with suppress(OSError):
                sock.close()
        else:
            return sock
    raise trouble


class _Http(HTTPHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(_made, _Connection, self._bounds), request)


class _Https(HTTPSHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(_made, _TlsConnection, self._bounds), request)


def _made(kind: type[_Connection], bounds: Bounds, host: str, **how: Any) -> _Connection:  # noqa: ANN401 - http.client's own
    connection = kind(host, **how)
    connection.bind(bounds)
    return connection
