"""SQLite as we use it: a file for its owner alone, whose writers in this process take turns.

By itself SQLite lets whoever comes at the right moment write, and has the others look again now and then:
where some write without a pause, another finds it locked for as long as that lasts.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from peewee import OperationalError, SqliteDatabase

from storage.engine.private_files import make_private

PATIENCE = 10.0  # seconds for a turn, and for other processes' writers
# temp_store stays as it is: in memory, the same GROUP BY gets slower each time it is run
# secure_delete overwrites what is deleted, which SQLite by itself leaves in free pages
_PRAGMAS = {"journal_mode": "wal", "synchronous": "normal", "cache_size": -65536, "secure_delete": 1}
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class FairLock:
    """One at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._standing: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """How many have a turn or wait for one."""
        return len(self._standing)

    @contextmanager
    def turn(self, patience: float) -> Iterator[bool]:
        """Wait for a turn, and have it while the block lasts; whether it came within so many seconds."""
        mine = threading.Event()
        self._change(self._standing.append, mine)
        try:
            yield mine.wait(patience)
        finally:
            self._change(self._standing.remove, mine)

    def _change(self, change: Callable[[threading.Event], None], event: threading.Event) -> None:
        with self._guard:
            change(event)
            if self._standing:
                self._standing[0].set()


class Sqlite(SqliteDatabase):
    """One file."""

    def __init__(self, path: str, *, timeout: float = PATIENCE) -> None:
        self.line = FairLock()
        super().__init__(path, pragmas=_PRAGMAS, timeout=timeout)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Write within the block, as nobody else in this process does. Raises OperationalError."""
        if self.in_transaction():
            yield
            return
        with self.line.turn(PATIENCE) as is_mine:
            if not is_mine:
                raise OperationalError("database is locked: others have been writing for too long")
            yield

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement, in turn where it writes."""
        is_writing = sql.startswith(_WRITING)
        turn: AbstractContextManager[None] = self.turn() if is_writing else nullcontext()
        with turn:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]

    def _connect(self) -> Any:
        with suppress(OSError):  # SQLite says in its own words why it cannot be
            make_private(Path(self.database))
        return super()._connect()  # type: ignore[misc] # which its types leave out
