"""Deadline: how long a call may take in all, kept by every wait that it is made of.

httpx's timeouts are for one read each, so a byte a second is never late. httpcore hands the timeout of a call
down to each connect, handshake, read and write as it is: a `Deadline` is one that knows when it ends, and the
network below cuts each wait to what is left of it.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Self

import httpcore


class Deadline(float):
    """So many seconds from when it was made."""

    _clock: Callable[[], float]
    _end: float

    def __new__(cls, seconds: float, clock: Callable[[], float]) -> Self:
        """Begin to count."""
        made = super().__new__(cls, seconds)
        made._clock, made._end = clock, clock() + seconds
        return made

    @property
    def left(self) -> float:
        """Seconds until it is over, none or less from then on."""
        return self._end - self._clock()

    def within(self, seconds: float) -> "Deadline":
        """An earlier end for a part, where that is earlier."""
        return Deadline(min(seconds, self.left), self._clock)


class Network(httpcore.NetworkBackend):
    """TCP and TLS in which a deadline holds, looking up names included."""

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
        """Connect to the first address that answers; each has an equal share of what is left."""
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
    """A connection whose every wait is cut to what is left."""

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
    """Look up a name in a thread of its own: the resolver knows no timeout. If it hangs it is left behind."""
    found: SimpleQueue[list[str] | OSError] = SimpleQueue()
    threading.Thread(target=lambda: found.put(_look_up(host, port)), name="look-up", daemon=True).start()
    try:
        addresses = found.get(timeout=seconds)
    except Empty:
        raise httpcore.ConnectTimeout(f"{host} was not found in time") from None
    if isinstance(addresses, OSError):
        raise httpcore.ConnectError(f"{host}: {addresses.strerror}") from addresses
    return addresses


def _look_up(host: str, port: int) -> list[str] | OSError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
