"""One turn of a connection: all that is due is asked for, and each answer kept or its failure settled.

is the key doubted? │ asked, the next windows on their way │ an answer is in │ kept, done without or put off

The first in line is waited for; what takes long is left to itself, and the rest is asked for beside it.
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
from bot.sync.jobs import REPORTS, report_of
from bot.sync.keys import key_check
from providers.provider import NotOffered, Provider, ProviderRefused, ProviderUnavailable
from storage.engine import amounts
from storage.engine.database import StorageUnavailable, transaction
from storage.facts import answer_notes, directory
from storage.state import connections, jobs
from storage.state.connections import Connection, LeaseLost
from storage.state.jobs import Job

ALONE = ("spend",)  # windows of many calls, each of which has to wait for its place in the minute
AT_ONCE = 4  # answers under way; the provider lets fewer calls through at a time
PATIENCE = 5.0  # seconds that the first in line is waited for before others are asked for beside it
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Call:
    """A job that was asked for: over which span, with how many calls made before it."""

    job: Job
    span: spans.Span
    answer: Future[Any]
    calls: int
    is_slow: bool = False


class TurnOver(Exception):
    """Nothing more is to be asked for in this turn."""


@dataclass
class Turn:
    """What a turn needs. `renew` raises LeaseLost; `is_over` tells whether others wait long enough."""

    connection: Connection
    provider: Provider
    services: Services
    fetching: Executor
    renew: Callable[[], None]
    is_over: Callable[[], bool]
    told: Callable[[Connection], None]
    patience: float = PATIENCE
    below: int = jobs.EVERYTHING  # a priority
    _calls: deque[Call] = field(default_factory=deque)
    _failures: Counter[str] = field(default_factory=Counter)  # in a row, by kind, of windows
    _has_answered: bool = False

    def take(self) -> bool:
        """Work through all that is due, the most urgent first; whether the end of that made more due."""
        try:
            if key_check.must_be_asked_about(self.connection):
                self._ask_about_key()
            self._names = directory.read(self.connection.id)
            while self._ask():
                if call := self._next():
                    self._settle(call)
        except TurnOver:
            return False
        finally:
            for call in self._calls:
                call.answer.cancel()
        return not connections.is_paused(self.connection.id, self.services.now()) and self._end()

    def _ask(self) -> bool:
        """Ask for what is due and fits beside what was asked for; whether an answer is to be waited for."""
        now = self.services.now()
        self.renew()
        is_over = self.is_over() or connections.is_paused(self.connection.id, now)
        slow = {report_of(call.job.kind) for call in self._calls if call.is_slow}
        but = [kind for kind in REPORTS if report_of(kind) in slow]
        due = (
            []
            if is_over
            else jobs.due(self.connection.id, now, limit=2 * AT_ONCE, excluding=but, below=self.below)
        )
        for job in beside(self._calls, due):
            report, calls = REPORTS[job.kind], self.provider.calls
            if job.window:
                span, fetch = spans.whole_days(job.window, now), report.fetch_window or report.fetch
            else:
                span, fetch = report.span(self.connection.id, now), report.fetch
            answer = self.fetching.submit(fetch, self.provider, span, self._names)
            self._calls.append(Call(job, span, answer, calls))
        return bool(self._calls)

    def _next(self) -> Call | None:
        """The first in line that is in; None where all take long, which is noted."""
        wait([call.answer for call in self._calls], self.patience, FIRST_COMPLETED)
        if found := next((call for call in self._calls if call.answer.done()), None):
            self._calls.remove(found)
            return found
        for call in self._calls:
            call.is_slow = True
        return None

    def _settle(self, call: Call) -> None:
        """Keep an answer, or settle what came instead. Raises TurnOver."""
        try:
            reported = call.answer.result()
        except NotOffered as error:
            self._do_without(call.job, error)
        except ProviderUnavailable as error:
            self._put_off(call.job, error)
        except ProviderRefused as error:
            self._refused(call.job, error)
        except (LeaseLost, StorageUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours ends this job alone
            self._fault(call.job, error)
        else:
            self._keep(call, reported)
        if call.job.window:
            self.told(self.connection)

    def _keep(self, call: Call, reported: object) -> None:
        """Keep an answer, and note what came with it; a fault of ours puts it off."""
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
        """Write an answer down, without the days whose figures are too large to be kept."""
        while True:
            try:
                with amounts.bounded(), self._held():
                    self._write(call, reported)
            except amounts.TooLarge as error:
                log.warning("connection %d: %s: %s", self.connection.id, call.job.kind, error)
                smaller = unreadable.without_heaviest_day(reported)
                if smaller is None:
                    raise
                reported = smaller
            else:
                return

    def _write(self, call: Call, reported: object) -> None:
        job, number = call.job, self.connection.id
        REPORTS[job.kind].keep(number, reported, self._names, self.services.now())
        odd = getattr(reported, "notes", None)
        if odd is not None:
            window = (call.span.start, call.span.end) if call.span.start < call.span.end else None
            answer_notes.replace(number, report_of(job.kind), odd, window=window)
        outcomes.finish(self.connection, job, self.provider.calls - call.calls, self.services)
        if not self._has_answered and self.provider.calls > call.calls:
            outcomes.answered(self.connection, self.services)
            self._has_answered = True

    def _do_without(self, job: Job, error: NotOffered) -> None:
        if job.kind in outcomes.BILLS:  # nothing can be said without the bill
            self._refused(job, ProviderRefused(str(error), why="permission"))
            return
        with self._held():
            outcomes.not_offered(self.connection, job, error, self.services)

    def _put_off(self, job: Job, error: ProviderUnavailable) -> None:
        with self._held():
            outcomes.postpone(self.connection, job, error, self.services)
            self._rest_windows(job)

    def _fault(self, job: Job, error: Exception) -> None:
        log.error("connection %d: %s: a fault of ours", self.connection.id, job.kind, exc_info=error)
        with self._held():
            outcomes.fault(self.connection, job, self.services)
            self._rest_windows(job)

    def _rest_windows(self, job: Job) -> None:
        """Let all windows of a report wait once as many in a row failed as are asked for at once."""
        self._failures[job.kind] += 1
        if job.window and self._failures[job.kind] >= AT_ONCE:
            until = self.services.now() + outcomes.backoff(job.attempts)
            jobs.postpone_windows(self.connection.id, job.kind, until=until)

    def _refused(self, job: Job, error: ProviderRefused) -> None:
        """Find out what a refusal is about. Raises TurnOver where nothing else is worth asking for."""
        if error.why in ("balance", "hold"):
            self._stop(lambda: outcomes.unpaid(self.connection, error, self.services))
        if error.why == "permission" and job.kind not in outcomes.BILLS:
            self._do_without(job, NotOffered(str(error), reason="permission_error"))
        elif self._is_key_good(job):
            with self._held():
                if error.why == "permission":
                    outcomes.bill_withheld(self.connection, error, self.services)
                else:
                    outcomes.postpone(self.connection, job, ProviderUnavailable(str(error)), self.services)

    def _ask_about_key(self) -> None:
        """Go on with a key that was refused, if it is accepted now. Raises TurnOver where it is not."""
        if not self._is_key_good(None):
            until = self.services.now() + key_check.ASK_AGAIN
            self._stop(lambda: connections.pause(self.connection, until))
        with self._held():
            outcomes.key_accepted(self.connection, self.services)

    def _is_key_good(self, job: Job | None) -> bool:
        """Whether the key is accepted; False where nobody can tell now, for which a job is put off.

        Raises TurnOver where it is refused, or anything else that is asked for would be.
        """
        try:
            objection = key_check.objection(self.provider, self.connection)
        except ProviderUnavailable as error:
            if job:
                self._put_off(job, error)
            return False
        except ProviderRefused as error:
            unpaid = error
            self._stop(lambda: outcomes.unpaid(self.connection, unpaid, self.services))
        if objection:
            self._stop(lambda: outcomes.key_refused(self.connection, objection, self.services))
        return True

    def _stop(self, settle: Callable[[], None]) -> NoReturn:
        """Write down why nothing more is asked for in this turn."""
        with self._held():
            settle()
        raise TurnOver

    def _end(self) -> bool:
        """Nothing is due any more: what failed is over, and history may be in; whether that made more due."""
        with self._held():
            outcomes.settled(self.connection, self.services)
            is_finished = backfill.finish(self.connection, now=self.services.now())
            if is_finished:
                backfill.fill_gaps(self.connection.id, None, self._names, self.services.now())
        self.told(connections.by_id(self.connection.id))
        return is_finished

    @contextmanager
    def _held(self) -> Iterator[None]:
        """A transaction of whoever holds the turn, with the key that it was taken with."""
        with transaction():
            self.renew()
            yield


def beside(calls: Sequence[Call], due: Sequence[Job]) -> Sequence[Job]:
    """What to ask for beside what was asked for: windows side by side, anything else alone and before them.

    Those that take long are none of the others' business.
    """
    under_way = {call.job.id for call in calls}
    asked = [call.job for call in calls if not call.is_slow]
    fresh = [job for job in due if job.id not in under_way]
    room = AT_ONCE - len(calls)
    if room <= 0 or (asked and not (asked[0].window and fresh and fresh[0].window)):
        return []
    if fresh and (not fresh[0].window or (fresh[0].kind in ALONE and not asked)):
        return fresh[:1]
    return [job for job in fresh if job.window and job.kind not in ALONE][:room]
