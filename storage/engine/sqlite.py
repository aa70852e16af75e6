"""SQLite: a private file, whose writers in this process take turns.

By itself SQLite has waiting writers poll for the lock: while others write without a pause, one of them can
find it locked every time.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from peewee import OperationalError, SqliteDatabase

from storage.engine.private_files import make_private

PATIENCE = 10.0  # seconds to wait for a turn, and for writers in other processes
# No temp_store: in memory, the same GROUP BY gets slower with each run.
# cache_size is 64 MB, in KiB below zero. synchronous=normal keeps the file consistent with WAL: https://www.sqlite.org/wal.html.
# secure_delete overwrites deleted data, which SQLite otherwise leaves in free pages.
_PRAGMAS = {"journal_mode": "wal", "synchronous": "normal", "cache_size": -65536, "secure_delete": 1}
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class FairLock:
    """A lock that threads get in the order in which they asked for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[threading.Event] = deque()  # its first has the lock

    def __len__(self) -> int:
        """Return the number of threads that have the lock or wait for it."""
        return len(self._queue)

    @contextmanager
    def turn(self, patience: float) -> Iterator[bool]:
        """Hold the lock during the block; yield whether it was free within `patience` seconds."""
        mine = threading.Event()
        self._change(self._queue.append, mine)
        try:
            yield mine.wait(patience)
        finally:
            self._change(self._queue.remove, mine)

    def _change(self, change: Callable[[threading.Event], None], event: threading.Event) -> None:
        with self._guard:
            change(event)
            if self._queue:
                self._queue[0].set()


class Sqlite(SqliteDatabase):
    """A SQLite database in one file, with a fair lock for its writers."""

    def __init__(self, path: str, *, timeout: float = PATIENCE) -> None:
        self.line = FairLock()
        super().__init__(path, pragmas=_PRAGMAS, timeout=timeout)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be the only writer of this process during the block. Raises OperationalError."""
        if self.in_transaction():
            yield
            return
        with self.line.turn(PATIENCE) as is_mine:
            if not is_mine:
                raise OperationalError("database is locked: others have been writing for too long")
            yield

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement, with the writers' lock if it writes."""
        is_writing = sql.startswith(_WRITING)
        turn: AbstractContextManager[None] = self.turn() if is_writing else nullcontext()
        with turn:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]

    def _connect(self) -> Any:
        with suppress(OSError):  # SQLite's own error then says why the file is unusable
            make_private(Path(self.database))
        return super()._connect()  # type: ignore[misc] # which its types leave out
