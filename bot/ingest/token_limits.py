"""How much one token may send a minute, so that one sender cannot crowd out the rest."""

import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

_MINUTE = 60.0  # seconds


class Allowance(NamedTuple):
    """Bodies and bytes a minute.

    Five times what two thousand engineers send with one token: a body of some kilobytes every five seconds
    each, while they work.
    """

    bodies: int = 120_000
    size: int = 2_000_000_000


ALLOWANCE = Allowance()


class TokenLimits:
    """What tokens have sent in the present minute, by their numbers; `clock` is monotonic, in seconds."""

    def __init__(
        self,
        allowance: Allowance = ALLOWANCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowance, self._clock = allowance, clock
        self._since = clock()
        self._sent: dict[int, tuple[int, int]] = {}
        self._guard = Lock()

    def is_over(self, token: int, size: int) -> bool:
        """Say whether the sender of a body has to wait; count the body if not."""
        with self._guard:
            if self._clock() - self._since >= _MINUTE:
                self._since, self._sent = self._clock(), {}
            bodies, total = self._sent.get(token, (0, 0))
            if bodies >= self._allowance.bodies or total + size > self._allowance.size:
                return True
            self._sent[token] = bodies + 1, total + size
            return False
