"""One process's share of the work: turns taken, and all that is due for a connection asked for and kept.

waiting │ a hand is free │ turn taken │ asked, the next windows on their way │ kept │ next in line
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

TURN = 20.0  # seconds, after which a connection makes room for those that wait
HANDS = 16  # connections at work in one process
KEEP = 10  # times that a lease is renewed while it lasts
log = logging.getLogger(__name__)


@dataclass
class Worker:
    """One process's share of the work, a thread of `serving` for each connection at work.

    `fetching` runs the calls of a batch side by side; `told` is called after each step of a walk. `trouble`
    is what last ended a turn early, for whoever does not come again. `serving` has as many threads as there
    are `hands`: a turn that is taken begins at once. It may work for one connection `only`, and for what is
    more urgent than a priority, `below` it.
    """

    name: str
    services: Services
    serving: Executor
    fetching: Executor
    told: Callable[[Connection], None] = lambda _connection: None
    lease: timedelta = LEASE
    hands: int = HANDS
    trouble: Exception | None = None
    patience: float = PATIENCE
    only: int | None = None
    below: int = jobs.EVERYTHING

    def __post_init__(self) -> None:
        self._line: deque[int] = deque()
        self._serving: dict[int, Connection] = {}
        self._providers: dict[int, tuple[str, Provider]] = {}  # with the key that each was opened with
        self._faults: Counter[int] = Counter()  # in a row, that ended a connection's turn
        self._forget_next = self._keep_next = self.services.elapsed()
        self._guard = threading.Lock()

    def tick(self) -> None:
        """Keep the turns that are held, see who waits, and take as many turns as there are free hands."""
        now = self.services.now()
        with session():
            self._keep_turns()
            self._forget_keys()
            self._line = deque(each for each in jobs.waiting(now) if self.only in (None, each))
            while taken := self._take_turn():
                self.serving.submit(self._serve_and_go_on, taken)

    @property
    def is_busy(self) -> bool:
        """Whether a connection is at work."""
        return bool(self._serving)

    def rest(self) -> None:
        """Take no more turns."""
        self.hands = 0

    def give_back(self) -> None:
        """Free the turns that are held; a step that is under way is done anew by whoever comes next."""
        with session():
            connections.release_all(self.name)

    def _keep_turns(self) -> None:
        """Renew the leases of those at work, often enough that none runs out."""
        if (elapsed := self.services.elapsed()) < self._keep_next:
            return
        self._keep_next = elapsed + self.lease.total_seconds() / KEEP
        with self._guard:
            serving = list(self._serving.values())
        for connection in serving:
            try:
                self._renew(connection)
            except LeaseLost:
                if self._serving.get(connection.id) is connection:  # it did not just end
                    log.info("connection %d: the turn went elsewhere", connection.id)

    def _forget_keys(self) -> None:
        """Let go, within a minute, of providers whose key was taken away: each holds it."""
        if (elapsed := self.services.elapsed()) < self._forget_next:
            return
        self._forget_next = elapsed + MINUTE.total_seconds()
        connected = {connection.id for connection in connections.every()}
        with self._guard:
            for gone in self._providers.keys() - connected:
                del self._providers[gone]

    def _take_turn(self) -> Connection | None:
        """Take the turn of whoever is next in line, where a hand is free."""
        with self._guard:
            while self._line and len(self._serving) < self.hands:
                number = self._line.popleft()
                if number in self._serving:
                    continue
                taken = connections.lease(self.name, now=self.services.now(), length=self.lease, due=[number])
                if taken:
                    self._serving[number] = taken
                    return taken
        return None

    def _serve_and_go_on(self, connection: Connection) -> None:
        """Serve a connection, then hand over to whoever is next in line, without waiting for a tick."""
        self._serve_safely(connection)
        try:
            with session():
                taken = self._take_turn()
        except StorageUnavailable:
            return  # the next tick takes the turn, or says so
        if taken:
            self.serving.submit(self._serve_and_go_on, taken)

    def _serve_safely(self, connection: Connection) -> None:
        try:
            with session():
                self.serve(connection)
                connections.release(connection.id, self.name)
                self._faults.pop(connection.id, None)
        except LeaseLost as error:
            log.warning("connection %d: %s; its turn comes again", connection.id, error)
        except StorageUnavailable as error:
            self.trouble = error
            log.warning("connection %d: %s; its turn comes again", connection.id, error)
        except Exception as error:
            self.trouble = error
            log.exception("connection %d: stopped by a fault of ours; its turn comes again", connection.id)
            self._rest(connection)
        finally:
            with self._guard:
                self._serving.pop(connection.id, None)

    def _rest(self, connection: Connection) -> None:
        """Leave a connection alone for a while whose turn was ended by a fault of ours, ever longer."""
        self._faults[connection.id] += 1
        try:
            with session(), transaction():
                self._renew(connection)
                outcomes.stumbled(connection, self._faults[connection.id], self.services)
                connections.release(connection.id, self.name)
        except (LeaseLost, StorageUnavailable):
            return  # it has been taken from us, or cannot be written down: its turn comes again

    def serve(self, connection: Connection) -> None:
        """Work through all that is due for a connection; for TURN where others wait."""
        until = self.services.elapsed() + TURN
        try:
            provider = self._provider(connection)
        except WrongSecretKey as error:
            with transaction():
                self._renew(connection)
                outcomes.lose(connection, str(error), self.services)
            return
        turn = Turn(
            connection,
            provider,
            self.services,
            self.fetching,
            renew=lambda: self._renew(connection),
            is_over=lambda: bool(self._line) and self.services.elapsed() >= until,
            told=self.told,
            patience=self.patience,
            below=self.below,
        )
        if turn.take():
            self._line.append(connection.id)

    def _renew(self, connection: Connection) -> None:
        connections.renew_lease(connection, self.name, now=self.services.now(), length=self.lease)

    def _provider(self, connection: Connection) -> Provider:
        """The provider of a connection's present key, kept while the key is the same."""
        key = connections.key_of(connection.id, self.services.vault)
        with self._guard:
            known = self._providers.get(connection.id)
            if known is None or known[0] != key:
                known = self._providers[connection.id] = (key, self.services.open_provider(key))
            return known[1]
