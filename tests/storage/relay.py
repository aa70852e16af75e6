"""A relay in front of a server, whose connections can be frozen: open, and silent for ever."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress


class Relay:
    """Listens on a port of its own and hands on what comes, but for connections that are frozen."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.accepted = 0
        self._frozen: set[int] = set()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Hand on nothing more of what is connected now; new connections work."""
        self._frozen.update(range(self.accepted))

    def close(self) -> None:
        """End everything."""
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                number, self.accepted = self.accepted, self.accepted + 1
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(number, *pair), daemon=True).start()

    def _pump(self, number: int, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if number not in self._frozen:
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextmanager
def relayed(host: str, port: int) -> Iterator[Relay]:
    """Open a relay for a while."""
    with closing(Relay(host, port)) as relay:
        yield relay
