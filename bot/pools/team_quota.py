"""A quota of concurrent slow requests, in all and per workspace, so that no workspace uses it up."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Full(Exception):
    """The quota is used up; `is_own` says whether that is the workspace's own part of it."""

    def __init__(self, *, is_own: bool) -> None:
        super().__init__("no place is free")
        self.is_own = is_own


class TeamQuota:
    """The quota of this process: `total`, and `each` per team."""

    def __init__(self, total: int, *, each: int) -> None:
        self._total, self._each = total, each
        self._taken: Counter[str] = Counter()
        self._guard = threading.Lock()

    def acquire(self, team_id: str) -> None:
        """Take a place. Raises Full."""
        with self._guard:
            if self._taken[team_id] >= self._each:
                raise Full(is_own=True)
            if self._taken.total() >= self._total:
                raise Full(is_own=False)
            self._taken[team_id] += 1

    def release(self, team_id: str) -> None:
        """Give the place back."""
        with self._guard:
            self._taken[team_id] -= 1
            self._taken += Counter()  # drops counts of zero

    @contextmanager
    def held(self, team_id: str) -> Iterator[None]:
        """Hold a place during a `with` statement. Raises Full."""
        self.acquire(team_id)
        try:
            yield
        finally:
            self.release(team_id)
