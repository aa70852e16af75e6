"""The other end of a connection on loopback, which behaves as badly as it is told to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
Behave = Callable[[socket.socket], None]


class Peer:
    """Answers every connection in a thread of its own; `ended` tells that the client hung up."""

    def __init__(self, behave: Behave) -> None:
        self.ended = threading.Event()
        self.accepted = 0
        self._behave, self._open = behave, True
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while self._open:
                client, _ = self._listener.accept()
                self.accepted += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self._behave(client)
        self.ended.set()


@contextmanager
def peer(behave: Behave) -> Iterator[Peer]:
    """A peer while the block lasts."""
    one = Peer(behave)
    try:
        yield one
    finally:
        one.close()


def silent(client: socket.socket) -> None:
    """Take what comes and say nothing, until the client hangs up."""
    while client.recv(65536):
        pass


def dripping(first: bytes, drop: bytes = b" ") -> Behave:
    """Say something at once, then a byte now and then for ever."""

    def drip(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(first)
        while True:
            client.sendall(drop)
            threading.Event().wait(0.02)

    return drip


def pouring(first: bytes, more: bytes) -> Behave:
    """Say something, then the same again and again as fast as it is taken."""

    def pour(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(first)
        while True:
            client.sendall(more)

    return pour


def saying(answer: bytes) -> Behave:
    """Say one thing to each request."""

    def say(client: socket.socket) -> None:
        while client.recv(65536):
            client.sendall(answer)

    return say
