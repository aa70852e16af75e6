"""SQLite: a private file, whose writers in this process take turns.

By itself SQLite has waiting writers poll for the lock: while others write without a pause, one of them can
find it locked every time. Opening the file and reading its schema takes as long as an answer's queries, so a
few connections stay open for the next sessions.
"""

import os
import sqlite3
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from peewee import OperationalError
from playhouse.pool import PooledSqliteDatabase

from storage.engine.private_files import make_private

PATIENCE = 10.0  # seconds to wait for a turn, and for writers in other processes
IDLE = 4  # connections that stay open: ticks and an answer or two at a time
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


class _Connection(sqlite3.Connection):
    """A connection with its process and file: after a change of either it must not be used."""

    place: tuple[int, int, int] | None = None


class Sqlite(PooledSqliteDatabase):  # type: ignore[misc] # playhouse has no types
    """A SQLite database in one file, with a fair lock for its writers, and connections that stay open."""

    def __init__(self, path: str, *, timeout: float = PATIENCE) -> None:
        self.line = FairLock()
        self._inherited: list[Any] = []
        super().__init__(
            path, max_connections=None, pragmas=_PRAGMAS, factory=_Connection, check_same_thread=False
        )
        self.timeout = timeout  # as an argument, it would be the pool's
        # When the process ends: the last connection to close moves the log into the file.
        weakref.finalize(self, _close, self._connections, os.getpid())

    def close_idle(self) -> None:
        """Close the connections that no session uses."""
        with self._pool_lock:
            _close(self._connections, os.getpid())

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
            return super().execute_sql(sql, params)

    def _connect(self) -> Any:
        if not self._place():
            with suppress(OSError):  # SQLite's own error then says why the file is unusable
                make_private(Path(self.database))
        connection = super()._connect()
        connection.place = connection.place or self._place()
        return connection

    def _is_closed(self, connection: Any) -> bool:
        """Whether an idle connection is of no use: the file was replaced, or this process is a fork."""
        place = self._place()
        if connection.place == place:
            return False
        if place and connection.place[0] != place[0]:
            self._inherited.append(connection)  # closed here, it could take the log from its process
        return True

    def _place(self) -> tuple[int, int, int] | None:
        try:
            file = os.stat(self.database)  # noqa: PTH116 - each session asks, and a Path takes twice the time
        except OSError:
            return None
        return os.getpid(), file.st_dev, file.st_ino

    def _close(self, connection: Any, close_conn: bool = False) -> None:  # noqa: FBT001, FBT002 - as playhouse calls it
        if self._connections:  # one keeps what it has read, up to `cache_size`; each of the others would, too
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA shrink_memory")
        super()._close(connection, close_conn or len(self._connections) >= IDLE)


def _close(idle: list[tuple[float, int, Any]], process: int) -> None:
    while idle and process == os.getpid():
        *_, connection = idle.pop()
        connection.close()
