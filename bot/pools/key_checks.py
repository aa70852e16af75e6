"""Check new keys with Anthropic, in threads of their own, with a limit per workspace and a short time limit.

begin → _take_place → prove, in a thread → _came (an answer) or the timer (none within PATIENCE) → _settle

An answer after that changes nothing, because nobody would hear of it.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress

from bot.pools.team_quota import Full, TeamQuota
from providers.provider import Organization, ProviderUnavailable

PATIENCE = 10.0  # seconds that somebody looks at "Checking…"; a check takes one or two
PLACES, EACH = 8, 2  # checks at a time, and of one workspace: two admins can try at once
NO_ANSWER = f"no answer within {PATIENCE:.0f} seconds"
FULL = "too many keys are being checked and Anthropic does not answer"
TEAM_FULL = "other keys of this Slack workspace are being checked; try again in ten seconds"
ENDING = "StackSpend is being restarted"

PendingCheck = Future[Organization]


class KeyChecks:
    """The keys that are being checked in this process."""

    def __init__(self, calls: Executor | None = None, *, patience: float = PATIENCE) -> None:
        self._calls = calls or ThreadPoolExecutor(PLACES, "check")
        self._patience = patience
        self._quota = TeamQuota(PLACES, each=EACH)
        self._waiting: set[PendingCheck] = set()
        self._guard = threading.Lock()
        self._is_over = False

    def begin(self, team_id: str, prove: Callable[[], Organization]) -> PendingCheck:
        """Start the check of a key and return its future result.

        That is an organization, ProviderRefused or ProviderUnavailable; the last at once without a place.
        """
        checked: PendingCheck = Future()
        if why := self._take_place(team_id, checked):
            checked.set_exception(ProviderUnavailable(why))
            return checked
        timer = threading.Timer(self._patience, self._settle, [checked, ProviderUnavailable(NO_ANSWER)])
        timer.daemon = True
        timer.start()
        call = self._calls.submit(prove)
        call.add_done_callback(lambda done: self._came(team_id, checked, timer, done))
        return checked

    def is_idle(self) -> bool:
        """Say whether nobody waits."""
        with self._guard:
            return not self._waiting

    def end(self) -> None:
        """Refuse further checks, and tell everybody who waits that the process ends."""
        with self._guard:
            self._is_over, waiting = True, set(self._waiting)
        for checked in waiting:
            self._settle(checked, ProviderUnavailable(ENDING))

    def _take_place(self, team_id: str, checked: PendingCheck) -> str:
        """Take a place; return why there is none, "" if there is."""
        with self._guard:
            if self._is_over:
                return ENDING
            try:
                self._quota.acquire(team_id)
            except Full as full:
                return TEAM_FULL if full.is_own else FULL
            self._waiting.add(checked)
            return ""

    def _came(self, team_id: str, checked: PendingCheck, timer: threading.Timer, done: PendingCheck) -> None:
        """Release the place, which is held until the call ends, however long that takes."""
        timer.cancel()
        self._quota.release(team_id)
        self._settle(checked, done.exception() or done.result())

    def _settle(self, checked: PendingCheck, outcome: Organization | BaseException) -> None:
        with self._guard:
            self._waiting.discard(checked)
        with suppress(InvalidStateError):  # the timer, the answer or `end` was first
            if isinstance(outcome, BaseException):
                checked.set_exception(outcome)
            else:
                checked.set_result(outcome)
