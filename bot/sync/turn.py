"""One turn of a connection: fetch everything due, and store each answer or handle its failure.

_check_doubted_key → _request_due → _next_answer → _handle → _store, _not_offered, _put_off, _refused, _fault
                      └ _do_chore

Windows of history are fetched several at a time, everything else alone. After PATIENCE seconds an open call
counts as slow, and other reports are fetched in parallel with it.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from bot.services import Services
from bot.sync import backfill, outcomes, spans
from bot.sync.bills import unreadable
from bot.sync.jobs import CHORES, REPORTS, report_of
from bot.sync.keys import key_check
from providers.provider import NotOffered, Provider, ProviderRefused, ProviderUnavailable
from storage.engine import amounts
from storage.engine.database import StorageUnavailable, transaction
from storage.facts import answer_notes, directory
from storage.state import connections, jobs
from storage.state.connections import Connection, LeaseLost
from storage.state.jobs import Job

ALONE = ("spend",)  # one window is many calls already, and the provider limits calls per minute
MAX_CALLS = 4  # open at a time; more would only wait, because the client lets fewer calls through
PATIENCE = 5.0  # seconds before a call counts as slow; most answer within one
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Call:
    """An open fetch of a job: its span, its answer, and the number of HTTP calls made before it."""

    job: Job
    span: spans.Span
    answer: Future[Any]
    calls: int
    is_slow: bool = False


class TurnOver(Exception):
    """Nothing more can be fetched in this turn."""


@dataclass
class Turn:
    """Fetches what is due for one connection.

    `renew` extends the lease and raises LeaseLost; `is_over` says whether to make room for others. `below`
    restricts it to jobs more urgent than that priority.
    """

    connection: Connection
    provider: Provider
    services: Services
    fetching: Executor
    renew: Callable[[], None]
    is_over: Callable[[], bool]
    on_progress: Callable[[Connection], None]
    patience: float = PATIENCE
    below: int = jobs.EVERYTHING  # a priority
    _calls: deque[Call] = field(default_factory=deque)
    _failures: Counter[str] = field(default_factory=Counter)  # in a row, by kind, of windows
    _has_answered: bool = False

    def run(self) -> bool:
        """Work through all due jobs, the most urgent first; return True if the end of it made more due."""
        try:
            if key_check.needs_check(self.connection):
                self._check_doubted_key()
            self._names = directory.read(self.connection.id)
            while self._request_due():
                if call := self._next_answer():
                    self._handle(call)
        except TurnOver:
            return False
        finally:
            for call in self._calls:
                call.answer.cancel()
        return not connections.is_paused(self.connection.id, self.services.now()) and self._finish()

    def _request_due(self) -> bool:
        """Do the next chore or start the next fetches; return True unless nothing was left to do."""
        now = self.services.now()
        self.renew()
        is_over = self.is_over() or connections.is_paused(self.connection.id, now)
        slow = {report_of(call.job.kind) for call in self._calls if call.is_slow}
        but = [kind for kind in REPORTS if report_of(kind) in slow]
        due = (
            []
            if is_over
            else jobs.due(self.connection.id, now, limit=2 * MAX_CALLS, excluding=but, below=self.below)
        )
        batch = next_batch(self._calls, due)
        for job in batch:
            if job.kind in CHORES:
                self._do_chore(job)
            else:
                self._calls.append(self._fetch(job))
        return bool(batch or self._calls)

    def _fetch(self, job: Job) -> Call:
        now, report, calls = self.services.now(), REPORTS[job.kind], self.provider.calls
        if job.window:
            span, fetch = spans.whole_days(job.window, now), report.fetch_window or report.fetch
        else:
            span, fetch = report.span(self.connection.id, now), report.fetch
        answer = self.fetching.submit(fetch, self.provider, span, self._names)
        return Call(job, span, answer, calls)

    def _do_chore(self, job: Job) -> None:
        """Do a chore, which asks nothing of the provider; a bug puts it off."""
        now = self.services.now()
        try:
            with self._transaction():
                if CHORES[job.kind].run(self.connection.id, now):
                    jobs.done(job, next_due=now)
                else:
                    outcomes.complete(self.connection, job, 0, self.services)
        except (LeaseLost, StorageUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - a bug ends this job alone
            self._fault(job, error)

    def _next_answer(self) -> Call | None:
        """Remove and return the oldest call that has an answer; None if all are slow, and mark them so."""
        wait([call.answer for call in self._calls], self.patience, FIRST_COMPLETED)
        if answered := next((call for call in self._calls if call.answer.done()), None):
            self._calls.remove(answered)
            return answered
        for call in self._calls:
            call.is_slow = True
        return None

    def _handle(self, call: Call) -> None:
        """Store an answer, or handle the error in its place. Raises TurnOver."""
        try:
            reported = call.answer.result()
        except NotOffered as error:
            self._not_offered(call.job, error)
        except ProviderUnavailable as error:
            self._put_off(call.job, error)
        except ProviderRefused as error:
            self._refused(call.job, error)
        except (LeaseLost, StorageUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - a bug ends this job alone
            self._fault(call.job, error)
        else:
            self._store(call, reported)
        finally:
            del call.answer  # an error in it holds this frame, and with it all pages: a cycle
        if call.job.window:
            self.on_progress(self.connection)

    def _store(self, call: Call, reported: object) -> None:
        """Store an answer and its notes; a bug puts the job off."""
        try:
            self._write_what_fits(call, reported)
        except (LeaseLost, StorageUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - likewise
            self._fault(call.job, error)
            return
        self._failures[call.job.kind] = 0
        if call.job.kind == "directory":
            self._names = directory.read(self.connection.id)

    def _write_what_fits(self, call: Call, reported: object) -> None:
        """Write an answer, leaving out days whose figures exceed what the database can hold."""
        while True:
            try:
                with amounts.bounded(), self._transaction():
                    self._write(call, reported)
            except amounts.TooLarge as error:
                log.warning(
                    "connection %d: %s: %s; we leave out the day that is too large",
                    self.connection.id,
                    call.job.kind,
                    error,
                )
                smaller = unreadable.without_heaviest_day(reported)
                if smaller is None:
                    raise
                reported = smaller
            else:
                return

    def _write(self, call: Call, reported: object) -> None:
        job, number = call.job, self.connection.id
        REPORTS[job.kind].store(number, reported, self._names, self.services.now())
        notes = getattr(reported, "notes", None)
        if notes is not None:
            window = (call.span.start, call.span.end) if call.span.start < call.span.end else None
            answer_notes.replace(number, report_of(job.kind), notes, window=window)
        outcomes.complete(self.connection, job, self.provider.calls - call.calls, self.services)
        if not self._has_answered and self.provider.calls > call.calls:
            outcomes.end_key_incidents(self.connection, self.services)
            self._has_answered = True

    def _not_offered(self, job: Job, error: NotOffered) -> None:
        if job.kind in outcomes.BILL_JOBS:  # without the bill there are no figures: an incident, not a gap
            self._refused(job, ProviderRefused(str(error), why="permission"))
            return
        with self._transaction():
            outcomes.not_offered(self.connection, job, error, self.services)

    def _put_off(self, job: Job, error: ProviderUnavailable) -> None:
        with self._transaction():
            outcomes.postpone(self.connection, job, error, self.services)
            self._pause_windows(job)

    def _fault(self, job: Job, error: Exception) -> None:
        log.error("connection %d: %s: a fault of ours", self.connection.id, job.kind, exc_info=error)
        with self._transaction():
            outcomes.fault(self.connection, job, self.services)
            self._pause_windows(job)

    def _pause_windows(self, job: Job) -> None:
        """Pause all windows of a report once MAX_CALLS in a row have failed."""
        self._failures[job.kind] += 1
        if job.window and self._failures[job.kind] >= MAX_CALLS:
            until = self.services.now() + outcomes.backoff(job.attempts)
            jobs.postpone_windows(self.connection.id, job.kind, until=until)

    def _refused(self, job: Job, error: ProviderRefused) -> None:
        """Find out what a refusal is about. Raises TurnOver if every other fetch would be refused too."""
        if error.why in ("balance", "hold"):
            self._end_turn(lambda: outcomes.unpaid(self.connection, error, self.services))
        if error.why == "permission" and job.kind not in outcomes.BILL_JOBS:
            self._not_offered(job, NotOffered(str(error), reason="permission_error"))
        elif self._is_key_good(job):
            with self._transaction():
                if error.why == "permission":
                    outcomes.bill_withheld(self.connection, error, self.services)
                else:
                    outcomes.postpone(self.connection, job, ProviderUnavailable(str(error)), self.services)

    def _check_doubted_key(self) -> None:
        """Check a key that was refused before. Raises TurnOver unless the provider accepts it now."""
        if not self._is_key_good(None):
            until = self.services.now() + key_check.ASK_AGAIN
            self._end_turn(lambda: connections.pause(self.connection, until))
        with self._transaction():
            outcomes.key_accepted(self.connection, self.services)

    def _is_key_good(self, job: Job | None) -> bool:
        """Say whether the provider accepts the key; False, with the job put off, if it does not answer.

        Raises TurnOver if the key is refused, or if every other fetch would be.
        """
        try:
            objection = key_check.objection(self.provider, self.connection)
        except ProviderUnavailable as error:
            if job:
                self._put_off(job, error)
            return False
        except ProviderRefused as error:
            unpaid = error
            self._end_turn(lambda: outcomes.unpaid(self.connection, unpaid, self.services))
        if objection:
            self._end_turn(lambda: outcomes.key_refused(self.connection, objection, self.services))
        return True

    def _end_turn(self, settle: Callable[[], None]) -> NoReturn:
        """Record the reason in a transaction, then raise TurnOver."""
        with self._transaction():
            settle()
        raise TurnOver

    def _finish(self) -> bool:
        """Close resolved incidents and finish the backfill; return True if that made more jobs due."""
        with self._transaction():
            outcomes.end_resolved(self.connection, self.services)
            is_finished = backfill.finish(self.connection, now=self.services.now())
            if is_finished:
                backfill.fill_gaps(self.connection.id, self.services.now())
        self.on_progress(connections.by_id(self.connection.id))
        return is_finished

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Open a transaction and renew the lease first, so that a lost lease or a new key writes nothing."""
        with transaction():
            self.renew()
            yield


def next_batch(calls: Sequence[Call], due: Sequence[Job]) -> Sequence[Job]:
    """Choose the jobs to fetch in parallel with the open `calls`.

    Windows are fetched side by side, any other job alone and before them. Slow calls do not count.
    """
    open_ids = {call.job.id for call in calls}
    open_jobs = [call.job for call in calls if not call.is_slow]
    new = [job for job in due if job.id not in open_ids]
    room = MAX_CALLS - len(calls)
    if room <= 0 or (open_jobs and not (open_jobs[0].window and new and new[0].window)):
        return []
    if new and (not new[0].window or (new[0].kind in ALONE and not open_jobs)):
        return new[:1]
    return [job for job in new if job.window and job.kind not in ALONE][:room]
