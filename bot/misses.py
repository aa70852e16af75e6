"""Who guesses is slowed down: so many misses a minute from one address, and no more."""

from collections import defaultdict
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST, WITHIN = 30, timedelta(minutes=1)
_ADDRESSES = 1000


@dataclass(frozen=True)
class Misses:
    """The misses of the last minute, by address."""

    _noted: MutableMapping[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def note(self, address: str, *, now: datetime) -> None:
        """Count one."""
        if len(self._noted) >= _ADDRESSES:
            self._noted.clear()
        self._noted[address] = [*self._recent(address, now), now]

    def are_too_many(self, address: str, *, now: datetime) -> bool:
        """Whether an address is to wait."""
        return len(self._recent(address, now)) > MOST

    def _recent(self, address: str, now: datetime) -> list[datetime]:
        return [moment for moment in self._noted.get(address, ()) if moment > now - WITHIN]
