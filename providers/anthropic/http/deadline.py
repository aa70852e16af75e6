"""Deadline: a time limit for a whole call, enforced in every wait within it.

httpx's timeouts apply to each read, so that a server sending a byte a second never times out. httpcore passes
the timeout of a call unchanged to each connect, handshake, read and write. A `Deadline` is a timeout that
knows when it ends, and `Network` limits each wait to the time left.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Self

import httpcore


class Deadline(float):
    """A number of seconds, counted from its creation."""

    _clock: Callable[[], float]
    _end: float

    def __new__(cls, seconds: float, clock: Callable[[], float]) -> Self:
        """Start the clock."""
        deadline = super().__new__(cls, seconds)
        deadline._clock, deadline._end = clock, clock() + seconds
        return deadline

    @property
    def left(self) -> float:
        """Seconds left, zero or less once it is over."""
        return self._end - self._clock()

    def within(self, seconds: float) -> "Deadline":
        """Return a deadline for a part of the call, at most the time left."""
        return Deadline(min(seconds, self.left), self._clock)


class Network(httpcore.NetworkBackend):
    """TCP and TLS that keep a deadline, including DNS."""

    def __init__(self, below: httpcore.NetworkBackend | None = None) -> None:
        self._below = below or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; each gets an equal share of the time left."""
        addresses = _addresses(host, port, _left(timeout, httpcore.ConnectTimeout))
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            left = _left(timeout, httpcore.ConnectTimeout)
            share = None if left is None else left / (others + 1)
            try:
                return _Stream(self._below.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not others:
                    raise
        raise httpcore.ConnectError(f"{host} has no address")


class _Stream(httpcore.NetworkStream):
    """A connection that limits each wait to the time left."""

    def __init__(self, below: httpcore.NetworkStream) -> None:
        self._below = below

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._below.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._below.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._below.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._below.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> object:
        return self._below.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    if not isinstance(timeout, Deadline):
        return timeout
    if timeout.left <= 0:
        raise late(f"not over within {float(timeout):.0f} s")
    return timeout.left


def _addresses(host: str, port: int, seconds: float | None) -> list[str]:
    """Resolve a name in its own thread, which we abandon if it hangs: the resolver has no timeout."""
    result: SimpleQueue[list[str] | OSError] = SimpleQueue()
    threading.Thread(target=lambda: result.put(_look_up(host, port)), name="look-up", daemon=True).start()
    try:
        addresses = result.get(timeout=seconds)
    except Empty:
        raise httpcore.ConnectTimeout(f"{host} was not found in time") from None
    if isinstance(addresses, OSError):
        raise httpcore.ConnectError(f"{host}: {addresses.strerror}") from addresses
    return addresses


def _look_up(host: str, port: int) -> list[str] | OSError:
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    return list(dict.fromkeys(str(address[0]) for *_, address in infos))
