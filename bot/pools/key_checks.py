"""Checking keys with Anthropic: beside the threads that answer, a place for each workspace, and soon over.

place free? │ asked in a thread of its own │ the answer, or none within PATIENCE │ told to whoever waits, once

Whatever comes after that changes nothing: nobody would know of it.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress

from bot.pools.team_quota import Full, TeamQuota
from providers.provider import Organization, ProviderUnavailable

PATIENCE = 10.0  # seconds that somebody looks at "Checking…"; a check takes one or two
PLACES, EACH = 8, 2  # checks at once, and of one workspace: an admin's and a second admin's
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
        """Have a key proved, and return what will come of it.

        That is an organization, ProviderRefused, or ProviderUnavailable: at once where there is no place.
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
        """Whether nobody waits."""
        with self._guard:
            return not self._waiting

    def end(self) -> None:
        """Tell everybody who waits that nothing will come, because the process ends; take no more."""
        with self._guard:
            self._is_over, waiting = True, set(self._waiting)
        for checked in waiting:
            self._settle(checked, ProviderUnavailable(ENDING))

    def _take_place(self, team_id: str, checked: PendingCheck) -> str:
        """Take a place, or say why there is none."""
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
        """Give the place back, which is taken for as long as the call lasts."""
        timer.cancel()
        self._quota.release(team_id)
        self._settle(checked, done.exception() or done.result())

    def _settle(self, checked: PendingCheck, outcome: Organization | BaseException) -> None:
        with self._guard:
            self._waiting.discard(checked)
        with suppress(InvalidStateError):  # told already
            if isinstance(outcome, BaseException):
                checked.set_exception(outcome)
            else:
                checked.set_result(outcome)
