"""What StackSpend does by itself. Open this page first.

    sync      due │ take the connection's turn │ ask │ replace and roll up │ due again      sync.py, hourly.py
    day       bill, hours told, usage │ reconcile, attribute or estimate │ roll up          days.py
    history   the bill's next window │ its usage and Claude Code │ the window before it     history.py
    digest    due │ outbox │ wait for the bill │ render │ send │ confirm │ edit             posting.py
    alert     an incident begins or ends │ outbox │ send                                    incidents.py

Nothing here keeps time: `schedule.py` calls `Worker.tick` every second, in as many processes as there are.
What is due is a row; whoever takes a connection's turn works through all that is due for it, or for TURN
where others wait. A worker takes as many turns as it has hands, and the next one when a hand is free.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot import announce, history, hourly, incidents, spans, sync
from bot.services import LEASE, Services
from digests.report import Restatement
from providers.directory import Directory
from providers.period import DAY, Period
from providers.provider import Provider, ProviderRefused, ProviderUnavailable
from storage import accuracy, connections, coverage, directory, jobs
from storage.connections import OFFERED, Connection, LeaseLost
from storage.database import StorageUnavailable, session, transaction
from storage.jobs import Job

AT_ONCE = 4  # windows under way; the provider lets fewer calls through at a time
ALONE = ("spend",)  # windows of many calls, each of which has to wait for its place in the minute
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
TURN = timedelta(seconds=20)  # after which a connection makes room for those that wait
HANDS = 16  # connections at work in one process
HURRY = 6  # how much oftener than by itself anything is asked for because somebody is waiting
GOLDEN = (5**0.5 - 1) / 2
GIVE_NOTICE_AFTER = 4  # failures in a row, about two minutes, before people are told
log = logging.getLogger(__name__)

Asked = tuple[Job, Future[Any], int]  # with how many calls were made before it


@dataclass(frozen=True)
class Report:
    """One thing to ask again and again. `span` says which part, `fetch` asks, `keep` writes.

    It is asked `every` so often, and no oftener than `a_call` for each call that it took.
    """

    every: timedelta
    priority: int
    span: Callable[[int, datetime], spans.Span]
    fetch: Callable[[Provider, spans.Span, Directory], Any]
    keep: Callable[[int, Any, Directory, datetime], None]
    a_call: timedelta = timedelta()
    fetch_window: Callable[[Provider, spans.Span, Directory], Any] | None = (
        None  # where history is asked otherwise
    )


def _charges(every: timedelta, priority: int, days: int) -> Report:
    return Report(every, priority, sync.charges_span(days), sync.fetch_charges, sync.keep_charges)


# In the long run an organization is asked less than once a minute, however large it is: 30 calls an hour for
# usage, 10 for Claude Code, 10 for spend by the hour, 6 for the bill while it is late, 2 for names, and one
# here and there.
REPORTS: Mapping[str, Report] = {
    "directory": Report(4 * HOUR, 0, sync.no_span, sync.fetch_directory, sync.keep_directory, HOUR / 2),
    "usage": Report(2 * MINUTE, 1, sync.usage_span, sync.fetch_usage, sync.keep_usage, 2 * MINUTE),
    "charges": _charges(HOUR, 2, days=3),
    "claude_code": Report(HOUR / 2, 3, sync.code_span, sync.fetch_code, sync.keep_code, 6 * MINUTE),
    "spend": Report(
        10 * MINUTE,
        4,
        hourly.spend_span,
        hourly.fetch_spend,
        hourly.keep_spend,
        6 * MINUTE,
        hourly.fetch_spend_of,
    ),
    "late_claude_code": Report(DAY, 60, sync.late_code_span, sync.fetch_code, sync.keep_code),
    "late_usage": Report(DAY, 60, sync.late_usage_span, sync.fetch_usage, sync.keep_usage),
    "charges_of_week": _charges(DAY, 61, days=7),
    "charges_of_month": _charges(7 * DAY, 62, days=30),
    "accuracy": Report(DAY, 63, sync.no_span, sync.fetch_nothing, sync.keep_accuracy),
    "spend_revised": Report(DAY, 64, hourly.revised_span, hourly.fetch_revised, hourly.keep_revised),
    "gaps": Report(DAY, 66, sync.no_span, sync.fetch_nothing, history.fill_gaps),
}
LATER = (  # the walk through history covers them at first
    "late_claude_code",
    "late_usage",
    "charges_of_week",
    "charges_of_month",
    "spend_revised",
    "gaps",
)


def begin(connection: Connection, *, now: datetime) -> None:
    """Make everything due for a new or renewed connection; within the transaction that stores its key."""
    for kind, report in REPORTS.items():
        due = now + report.every if kind in LATER else now
        jobs.schedule(connection.id, kind, due=due, priority=report.priority)
    history.begin(connection, now=now)
    if connection.first_day is None and connection.connected_by:
        connections.announce(connection.id, announce.WANTED)


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
        self._forget_next = self.services.now()
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

    def _keep_turns(self, now: datetime) -> None:
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
        asked: deque[Asked] = deque()
        names, until = directory.read(connection.id), self.services.now() + TURN
        while self._ask(connection, asked, names, until):
            job, answer, calls = asked.popleft()
            try:
                self._keep(connection, job, answer, names, calls)
            except ProviderRefused as error:
                self._give_up(connection, str(error))
                return
            if job.kind == "directory":
                names = directory.read(connection.id)
            if job.window:
                self.told(connection)
        if not connections.is_paused(connection.id, self.services.now()):
            self._settle(connection)

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
                self._finish(connection, job, self._provider(connection).calls - calls)
        except (ProviderRefused, LeaseLost, StorageUnavailable):
            raise
        except ProviderUnavailable as error:
            self._postpone(connection, job, error)
        except Exception as error:
            log.exception("connection %d: %s: a fault of ours", connection.id, job.kind)
            self._postpone(connection, job, ProviderUnavailable(f"{type(error).__name__}: {error}"))

    def _finish(self, connection: Connection, job: Job, calls: int) -> None:
        """Settle a job that took so many calls: a window is done, a report comes again."""
        now = self.services.now()
        if job.window:
            jobs.done(job, again=None)
            if job.kind == "charges":
                history.go_on(connection, job.window, now=now)
            return
        jobs.done(job, again=_again(connection.id, job.kind, now, calls))
        if job.kind == "spend" and connections.by_id(connection.id).hourly_spend != connection.hourly_spend:
            history.fill_gaps(connection.id, None, Directory([]), now)
        if job.kind == "directory":  # the first to be asked with a new key, and after a pause
            incidents.end(connection, "key_refused", now=now, admins=self.services.admins)
            history.catch_up(connection, now=now)

    def _postpone(self, connection: Connection, job: Job, error: ProviderUnavailable) -> None:
        now = self.services.now()
        pause = max(error.retry_after or FIRST_PAUSE, _backoff(job.attempts))
        log.warning("connection %d: %s; asked again in %.0f s", connection.id, error, pause.total_seconds())
        with transaction():
            jobs.postpone(job, until=now + pause, error=str(error))
            if error.retry_after:
                connections.pause(connection.id, now + error.retry_after)
            if job.attempts + 1 >= GIVE_NOTICE_AFTER:
                incidents.begin(
                    connection, "sync_failing", detail=str(error), now=now, admins=self.services.admins
                )

    def _give_up(self, connection: Connection, said: str) -> None:
        log.warning("connection %d: refused: %s", connection.id, said)
        with transaction():
            connections.refuse(connection.id)
            incidents.begin(
                connection, "key_refused", detail=said, now=self.services.now(), admins=self.services.admins
            )

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


def _backoff(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(attempts, 10)), LONGEST_PAUSE)


def _again(connection_id: int, kind: str, now: datetime, calls: int) -> datetime:
    """The next time; the bill is asked for right after midnight UTC, and often until yesterday is in."""
    report = REPORTS[kind]
    usual = later(connection_id, now, max(report.every, calls * report.a_call))
    if kind == "spend" and connections.by_id(connection_id).hourly_spend != OFFERED:
        return later(connection_id, now, DAY)
    if kind != "charges":
        return usual
    midnight = later(connection_id, Period.day(now.date()).ends_at, 2 * MINUTE, spread=HOUR / 4)
    late = coverage.last_day(connection_id, "charges") != now.date() - DAY
    return min(later(connection_id, now, 10 * MINUTE) if late else usual, midnight)


def later(
    connection_id: int, now: datetime, length: timedelta, *, spread: timedelta | None = None
) -> datetime:
    """So much later, and for every connection but the first a little more, so that what came together parts.

    Multiples of the golden ratio fill the spread (a tenth of the length) evenly, however many there are. Due
    times are whole seconds: the grain, rounded off now and then, parts those whose seconds are the same too.
    """
    more = (length / 10 if spread is None else spread) * ((connection_id - 1) * GOLDEN % 1)
    grain = SECOND * Random(f"{connection_id} {now}").random()  # noqa: S311 - no secret
    return now + length + more + grain


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether anything is to be done at once; what failed waits for its next try."""
    is_active = connections.by_id(connection.id).state == "active"
    return is_active and bool(jobs.due(connection.id, now, limit=1))


def hurry(connection_id: int, now: datetime) -> None:
    """Make everything due because somebody is waiting, but for what was asked for only just now.

    A report comes at most HURRY times as often as by itself, however often somebody asks. The bill is asked
    for always, that of the last month too: a call each, which proves the key and finds what was restated. So
    is what failed.
    """
    by = {
        kind: later(connection_id, now, report.every) - report.every / HURRY
        for kind, report in REPORTS.items()
    }
    by |= {kind: now + 2 * REPORTS[kind].every for kind in ("charges", "charges_of_month")}
    jobs.hurry(connection_id, now, kinds=by)


def ask_now(connection: Connection, services: Services) -> datetime:
    """Ask everything again, as soon as it is this connection's turn; returns the moment from which on."""
    started = services.now()
    with transaction():
        hurry(connection.id, started)
    services.wake()
    return started


def sync_now(connection: Connection, services: Services) -> tuple[Restatement, ...]:
    """Ask everything again and wait until it is in, a minute at most; returns what was restated.

    While the provider wants to be left alone nothing is asked.
    """
    started = ask_now(connection, services)
    patience = threading.Event()
    for _ in range(120):
        is_over = not jobs.due(connection.id, started, limit=1)
        is_over = is_over or connections.is_paused(connection.id, services.now())
        if is_over or connections.by_id(connection.id).state != "active":
            break
        patience.wait(0.5)
    return tuple(Restatement(*change) for change in accuracy.restatements(connection.id, since=started))
