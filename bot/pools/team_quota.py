"""TeamQuota for what is slow: few in all, fewer for one workspace, so that nobody takes them all."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Full(Exception):
    """There is no place; `is_own` tells whether it is one's own workspace that has taken all of its own."""

    def __init__(self, *, is_own: bool) -> None:
        super().__init__("no place is free")
        self.is_own = is_own


class TeamQuota:
    """TeamQuota in this process, taken by teams."""

    def __init__(self, total: int, *, each: int) -> None:
        self._total, self._each = total, each
        self._taken: Counter[str] = Counter()
        self._guard = threading.Lock()

    def acquire(self, team_id: str) -> None:
        """Take one. Raises Full."""
        with self._guard:
            if self._taken[team_id] >= self._each:
                raise Full(is_own=True)
            if self._taken.total() >= self._total:
                raise Full(is_own=False)
            self._taken[team_id] += 1

    def release(self, team_id: str) -> None:
        """Let another have it."""
        with self._guard:
            self._taken[team_id] -= 1
            self._taken += Counter()  # forgets those that have none

    @contextmanager
    def held(self, team_id: str) -> Iterator[None]:
        """Have one for a while. Raises Full."""
        self.acquire(team_id)
        try:
            yield
        finally:
            self.release(team_id)
