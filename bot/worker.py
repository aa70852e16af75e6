"""One process's share of the work: turns taken, and all that is due for a connection asked for and kept.

waiting │ a hand is free │ turn taken │ asked, the next windows on their way │ kept │ next in line
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import history, incidents, outcomes, spans
from bot.jobs import MINUTE, REPORTS
from bot.services import LEASE, Services
from providers.directory import Directory
from providers.provider import Provider, ProviderRefused, ProviderUnavailable
from storage import connections, directory, jobs
from storage.connections import Connection, LeaseLost
from storage.database import StorageUnavailable, session, transaction
from storage.jobs import Job
from storage.secrets import WrongSecretKey

ALONE = ("spend",)  # windows of many calls, each of which has to wait for its place in the minute
AT_ONCE = 4  # windows under way; the provider lets fewer calls through at a time
TURN = timedelta(seconds=20)  # after which a connection makes room for those that wait
HANDS = 16  # connections at work in one process
KEEP = 10  # times that a lease is renewed while it lasts
log = logging.getLogger(__name__)

Asked = tuple[Job, Future[Any], int]  # with how many calls were made before it


@dataclass
class Worker:
    """One process's share of the work, a thread of `serving` for each connection at work.

    `fetching` runs the calls of a batch side by side; `told` is called after each step of a walk. `trouble`
    is what last ended a turn early, for whoever does not come again. `serving` has as many threads as there
    are `hands`: a turn that is taken begins at once.
    """

    name: str
    services: Services
    serving: Executor
    fetching: Executor
    told: Callable[[Connection], None] = lambda _connection: None
    lease: timedelta = LEASE
    hands: int = HANDS
    trouble: Exception | None = None

    def __post_init__(self) -> None:
        self._line: deque[int] = deque()
        self._serving: dict[int, Connection] = {}
        self._providers: dict[tuple[int, datetime], Provider] = {}
        self._forget_next = self._keep_next = self.services.now()
        self._guard = threading.Lock()

    def tick(self) -> None:
        """Keep the turns that are held, see who waits, and take as many turns as there are free hands."""
        now = self.services.now()
        with session():
            self._keep_turns(now)
            self._forget_keys(now)
            self._line = deque(jobs.waiting(now))
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

    def _keep_turns(self, now: datetime) -> None:
        """Renew the leases of those at work, often enough that none runs out."""
        if now < self._keep_next:
            return
        self._keep_next = now + self.lease / KEEP
        for connection_id in list(self._serving):
            try:
                connections.renew_lease(connection_id, self.name, now=now, length=self.lease)
            except LeaseLost:
                log.info("connection %d: the turn went elsewhere", connection_id)

    def _forget_keys(self, now: datetime) -> None:
        """Let go, within a minute, of providers whose key was taken away: each holds it."""
        if now < self._forget_next:
            return
        self._forget_next = now + MINUTE
        held = {(connection.id, connection.connected_at) for connection in connections.every()}
        for place in self._providers.keys() - held:
            self._providers.pop(place, None)

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
        except LeaseLost as error:
            log.warning("connection %d: %s; its turn comes again", connection.id, error)
        except StorageUnavailable as error:
            self.trouble = error
            log.warning("connection %d: %s; its turn comes again", connection.id, error)
        except Exception as error:
            self.trouble = error
            log.exception("connection %d: stopped by a fault of ours; its turn comes again", connection.id)
        finally:
            with self._guard:
                self._serving.pop(connection.id, None)

    def serve(self, connection: Connection) -> None:
        """Work through all that is due for a connection, the most urgent first; for TURN where others wait.

        The next windows are on their way while one is kept.
        """
        if not self._can_open(connection):
            return
        asked: deque[Asked] = deque()
        names, until = directory.read(connection.id), self.services.now() + TURN
        while self._ask(connection, asked, names, until):
            job, answer, calls = asked.popleft()
            try:
                self._keep(connection, job, answer, names, calls)
            except ProviderRefused as error:
                outcomes.give_up(connection, str(error), self.services)
                return
            if job.kind == "directory":
                names = directory.read(connection.id)
            if job.window:
                self.told(connection)
        if not connections.is_paused(connection.id, self.services.now()):
            self._settle(connection)

    def _can_open(self, connection: Connection) -> bool:
        """Whether the stored key can be opened; if not, that is said, and nothing is asked with it."""
        try:
            self._provider(connection)
        except WrongSecretKey as error:
            outcomes.lose(connection, str(error), self.services)
            return False
        return True

    def _ask(self, connection: Connection, asked: deque[Asked], names: Directory, until: datetime) -> bool:
        """Ask for what is due and fits beside what was asked; whether an answer is to be waited for."""
        now = self.services.now()
        connections.renew_lease(connection.id, self.name, now=now, length=self.lease)
        is_over = (now >= until and bool(self._line)) or connections.is_paused(connection.id, now)
        due = [] if is_over else jobs.due(connection.id, now, limit=2 * AT_ONCE)
        provider = self._provider(connection)
        for job in _beside([job for job, _answer, _calls in asked], due):
            report, calls = REPORTS[job.kind], provider.calls
            if job.window:
                span, fetch = spans.whole_days(job.window, now), report.fetch_window or report.fetch
            else:
                span, fetch = report.span(connection.id, now), report.fetch
            asked.append((job, self.fetching.submit(fetch, provider, span, names), calls))
        return bool(asked)

    def _settle(self, connection: Connection) -> None:
        """Nothing is due any more: what failed is over, and history may be in."""
        if not jobs.failing(connection.id):
            with transaction():
                incidents.end(
                    connection, "sync_failing", now=self.services.now(), admins=self.services.admins
                )
        if history.finish(connection):
            with transaction():
                history.fill_gaps(connection.id, None, directory.read(connection.id), self.services.now())
            self._line.append(connection.id)  # for what that made due
        self.told(connections.by_id(connection.id))

    def _keep(
        self, connection: Connection, job: Job, answer: Future[Any], names: Directory, calls: int
    ) -> None:
        try:
            reported = answer.result()
            with transaction():
                connections.renew_lease(connection.id, self.name, now=self.services.now(), length=self.lease)
                REPORTS[job.kind].keep(connection.id, reported, names, self.services.now())
                taken = self._provider(connection).calls - calls
                outcomes.finish(connection, job, taken, self.services)
        except (ProviderRefused, LeaseLost, StorageUnavailable):
            raise
        except ProviderUnavailable as error:
            outcomes.postpone(connection, job, error, self.services)
        except Exception as error:
            log.exception("connection %d: %s: a fault of ours", connection.id, job.kind)
            fault = ProviderUnavailable(f"{type(error).__name__}: {error}")
            outcomes.postpone(connection, job, fault, self.services)

    def _provider(self, connection: Connection) -> Provider:
        """The provider of a connection's present key, kept while the key is the same."""
        place = (connection.id, connection.connected_at)
        if place not in self._providers:
            for former in [known for known in self._providers if known[0] == connection.id]:
                del self._providers[former]
            key = connections.key_of(connection.id, self.services.vault)
            self._providers[place] = self.services.open_provider(key)
        return self._providers[place]


def _beside(asked: Sequence[Job], due: Sequence[Job]) -> Sequence[Job]:
    """What to ask for beside what was asked: windows side by side, anything else alone and before them."""
    fresh = [job for job in due if job not in asked]
    if asked and not (asked[0].window and fresh and fresh[0].window):
        return []
    if fresh and (not fresh[0].window or (fresh[0].kind in ALONE and not asked)):
        return fresh[:1]
    return [job for job in fresh if job.window and job.kind not in ALONE][: AT_ONCE - len(asked)]
