"""One process's share of the sync work: lease connections that have due jobs, and run a turn for each.

jobs.waiting() → _take_turn → serve → Turn.run → connections.release → the next in the queue
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

from bot.services import LEASE, Services
from bot.sync import outcomes
from bot.sync.jobs import MINUTE
from bot.sync.turn import PATIENCE, Turn
from providers.provider import Provider
from storage.engine.database import StorageUnavailable, session, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state import connections, jobs
from storage.state.connections import Connection, LeaseLost

TURN_SECONDS = (
    20.0  # a turn's length while others wait: one large organization delays them no longer than that
)
MAX_CONNECTIONS = 16  # in one process; with up to 4 calls each they fill the 64 threads of program.FETCHING
RENEWALS = 10  # a lease's length in renewals: some may fail or come late before it expires
log = logging.getLogger(__name__)


@dataclass
class Worker:
    """Runs the due jobs of up to `max_connections` connections at a time.

    `serving` runs one connection per thread and must have `max_connections` threads, so that a leased
    connection starts at once. `fetching` runs the calls of a batch in parallel. `on_progress` is called after
    each step of a backfill. `last_error` is what last ended a turn early. `only` restricts the worker to one
    connection, `below` to jobs more urgent than that priority.
    """

    name: str
    services: Services
    serving: Executor
    fetching: Executor
    on_progress: Callable[[Connection], None] = lambda _connection: None
    lease: timedelta = LEASE
    max_connections: int = MAX_CONNECTIONS
    last_error: Exception | None = None
    patience: float = PATIENCE
    only: int | None = None
    below: int = jobs.EVERYTHING

    def __post_init__(self) -> None:
        self._queue: deque[int] = deque()
        self._serving: dict[int, Connection] = {}
        self._providers: dict[int, tuple[str, Provider]] = {}  # with the key that each was opened with
        self._faults: Counter[int] = Counter()  # in a row, that ended a connection's turn
        self._forget_at = self._renew_at = self.services.elapsed()
        self._guard = threading.Lock()

    def tick(self) -> None:
        """Renew leases, queue the connections with due jobs, and lease as many as there are free threads."""
        now = self.services.now()
        with session():
            self._renew_leases()
            self._forget_old_keys()
            self._queue = deque(each for each in jobs.waiting(now) if self.only in (None, each))
            while taken := self._take_turn():
                self.serving.submit(self._serve_and_take_next, taken)

    @property
    def is_busy(self) -> bool:
        """Say whether this process holds a connection."""
        return bool(self._serving)

    def stop_taking_turns(self) -> None:
        """Lease no more connections."""
        self.max_connections = 0

    def release_turns(self) -> None:
        """Release every lease; the next holder repeats a step that was interrupted."""
        with session():
            connections.release_all(self.name)

    def _renew_leases(self) -> None:
        """Renew all leases, often enough that none expires."""
        if (elapsed := self.services.elapsed()) < self._renew_at:
            return
        self._renew_at = elapsed + self.lease.total_seconds() / RENEWALS
        with self._guard:
            serving = list(self._serving.values())
        for connection in serving:
            try:
                self._renew(connection)
            except LeaseLost:
                if self._serving.get(connection.id) is connection:  # else its turn just ended
                    log.info("connection %d: another process has the lease", connection.id)

    def _forget_old_keys(self) -> None:
        """Drop providers of disconnected connections within a minute: they hold keys in memory."""
        if (elapsed := self.services.elapsed()) < self._forget_at:
            return
        self._forget_at = elapsed + MINUTE.total_seconds()
        connected = {connection.id for connection in connections.every()}
        with self._guard:
            for disconnected in self._providers.keys() - connected:
                del self._providers[disconnected]

    def _take_turn(self) -> Connection | None:
        """Lease the next connection in the queue if a thread is free."""
        with self._guard:
            while self._queue and len(self._serving) < self.max_connections:
                number = self._queue.popleft()
                if number in self._serving:
                    continue
                taken = connections.lease(self.name, now=self.services.now(), length=self.lease, due=[number])
                if taken:
                    self._serving[number] = taken
                    return taken
        return None

    def _serve_and_take_next(self, connection: Connection) -> None:
        """Serve a connection, then start the next one in the queue without waiting for a tick."""
        self._serve_safely(connection)
        try:
            with session():
                taken = self._take_turn()
        except StorageUnavailable:
            return  # the next tick leases it, or logs the outage
        if taken:
            self.serving.submit(self._serve_and_take_next, taken)

    def _serve_safely(self, connection: Connection) -> None:
        try:
            with session():
                self.serve(connection)
                connections.release(connection.id, self.name)
                self._faults.pop(connection.id, None)
        except LeaseLost as error:
            log.warning("connection %d: %s; we continue at its next turn", connection.id, error)
        except StorageUnavailable as error:
            self.last_error = error
            log.warning("connection %d: %s; we continue at its next turn", connection.id, error)
        except Exception as error:
            self.last_error = error
            log.exception("connection %d: stopped by a bug; we continue at its next turn", connection.id)
            self._pause_after_fault(connection)
        finally:
            with self._guard:
                self._serving.pop(connection.id, None)

    def _pause_after_fault(self, connection: Connection) -> None:
        """Pause a connection whose turn was ended by a bug, longer each time in a row."""
        self._faults[connection.id] += 1
        try:
            with session(), transaction():
                self._renew(connection)
                outcomes.pause_after_fault(connection, self._faults[connection.id], self.services)
                connections.release(connection.id, self.name)
        except (LeaseLost, StorageUnavailable):
            return  # another process has it, or nothing can be written: its turn comes again

    def serve(self, connection: Connection) -> None:
        """Run a turn: all due jobs of a connection, or TURN_SECONDS of them while others wait."""
        until = self.services.elapsed() + TURN_SECONDS
        try:
            provider = self.provider_of(connection)
        except WrongSecretKey as error:
            with transaction():
                self._renew(connection)
                outcomes.key_lost(connection, str(error), self.services)
            return
        turn = Turn(
            connection,
            provider,
            self.services,
            self.fetching,
            renew=lambda: self._renew(connection),
            is_over=lambda: bool(self._queue) and self.services.elapsed() >= until,
            on_progress=self.on_progress,
            patience=self.patience,
            below=self.below,
        )
        if turn.run():
            self._queue.append(connection.id)

    def _renew(self, connection: Connection) -> None:
        connections.renew_lease(connection, self.name, now=self.services.now(), length=self.lease)

    def provider_of(self, connection: Connection) -> Provider:
        """Return the provider for a connection's present key, the same one until the key changes."""
        key = connections.key_of(connection.id, self.services.vault)
        with self._guard:
            cached = self._providers.get(connection.id)
            if cached is None or cached[0] != key:
                cached = self._providers[connection.id] = (key, self.services.open_provider(key))
            return cached[1]
