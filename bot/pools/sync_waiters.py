"""People who wait for a sync: one per connection, and few enough to leave threads for other answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

WAITING = 2  # threads of their lane; each can wait for a minute

Turn = Literal["waits", "taken", "full"]


class SyncWaiters:
    """The connections whose sync somebody waits for, in this process."""

    def __init__(self) -> None:
        self._waited_for: set[int] = set()
        self._guard = threading.Lock()

    @contextmanager
    def turn(self, connection_id: int) -> Iterator[Turn]:
        """Say whether one can wait now (`waits`), another person does (`taken`), or too many do (`full`)."""
        with self._guard:
            turn = self._turn(connection_id)
            if turn == "waits":
                self._waited_for.add(connection_id)
        try:
            yield turn
        finally:
            if turn == "waits":
                with self._guard:
                    self._waited_for.remove(connection_id)

    def _turn(self, connection_id: int) -> Turn:
        if connection_id in self._waited_for:
            return "taken"
        return "full" if len(self._waited_for) >= WAITING else "waits"
