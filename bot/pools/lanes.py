"""Limit the thread pool by kind of work (lane), workspace and person.

    Lanes.submit → waits until its lane, workspace and person are below their limits → task → the next one

A call that hangs fills only its lane, and there only the limit of one workspace; other work goes on.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal, NamedTuple

Lane = Literal["answers", "claims", "exports", "syncs", "checks"]
Task = Callable[[], object]


class Limits(NamedTuple):
    """The most tasks at a time: in all, of a workspace, of a person."""

    threads: int
    a_team: int
    a_person: int


LIMITS: Mapping[Lane, Limits] = {
    # Some threads wait for Slack; those that compute take turns, so more of them for one workspace only make
    # all its answers later: of 64 at once, half came within 158 ms with six, within 145 ms with four.
    "answers": Limits(8, 4, 3),
    "claims": Limits(2, 2, 2),  # of questions; each writes a row, and a slow database fills these alone
    "exports": Limits(2, 1, 1),  # each can compute for minutes
    "syncs": Limits(4, 3, 3),  # each waits for a worker, a minute at most
    "checks": Limits(4, 1, 1),  # of keys; each waits for Anthropic, ten seconds at most
}
THREADS = sum(limits.threads for limits in LIMITS.values())
MAX_WAITING = 100  # tasks of a person in a lane: a choice, far above typing and small in memory


@dataclass(frozen=True, eq=False)
class _Turn:
    task: Task
    team: str
    person: str  # "": nobody's

    @property
    def who(self) -> tuple[str, str]:
        return self.team, self.person


class _Queue:
    """One lane: its waiting tasks in order, and the number of running tasks by team and person."""

    def __init__(self, executor: Executor, limits: Limits) -> None:
        self._executor, self._limits = executor, limits
        self._waiting: deque[_Turn] = deque()
        self._teams: Counter[str] = Counter()
        self._people: Counter[tuple[str, str]] = Counter()
        self._changed = threading.Condition()

    def submit(self, turn: _Turn) -> bool:
        with self._changed:
            if sum(turn.who == each.who for each in self._waiting) >= MAX_WAITING:
                return False
            self._waiting.append(turn)
        self._go_on()
        return True

    def _go_on(self) -> None:
        while turn := self._next():
            self._executor.submit(self._run, turn)

    def _next(self) -> _Turn | None:
        """Remove the first task that is within its limits, and count it as running."""
        with self._changed:
            turn = next((each for each in self._waiting if self._has_place(each)), None)
            if turn:
                self._waiting.remove(turn)
                self._teams[turn.team] += 1
                self._people[turn.who] += 1
            return turn

    def _has_place(self, turn: _Turn) -> bool:
        threads, a_team, a_person = self._limits
        is_within = self._teams.total() < threads and self._teams[turn.team] < a_team
        return is_within and (not turn.person or self._people[turn.who] < a_person)

    def _run(self, turn: _Turn) -> None:
        try:
            turn.task()
        finally:
            with self._changed:
                self._teams[turn.team] -= 1
                self._people[turn.who] -= 1
                self._teams, self._people = +self._teams, +self._people  # drops counts of zero
                self._changed.notify_all()
            self._go_on()

    def is_idle(self, within: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._teams), within)


class Lanes:
    """The lanes of a process, over a pool of THREADS threads."""

    def __init__(self, pool: Executor, limits: Mapping[Lane, Limits] = LIMITS) -> None:
        self._queues = {lane: _Queue(pool, each) for lane, each in limits.items()}

    def submit(self, task: Task, *, lane: Lane = "answers", team: str = "", person: str = "") -> bool:
        """Run a task once it is within its limits; return False if MAX_WAITING of theirs wait already."""
        return self._queues[lane].submit(_Turn(task, team, person))

    def is_idle(self, *, within: float) -> bool:
        """Wait until nothing waits or runs; return False if that takes more than `within` seconds."""
        end = time.monotonic() + within
        return all(queue.is_idle(max(0.0, end - time.monotonic())) for queue in self._queues.values())
