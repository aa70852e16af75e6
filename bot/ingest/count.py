"""Count what was received, a second later at most; and forget what cannot come again."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from storage.engine.database import StorageUnavailable, session, transaction
from storage.facts.telemetry import batches, forget
from storage.facts.telemetry.count import BATCHES, Counted, count_waiting
from storage.state.ingest import attributes

_FORGET_EVERY = timedelta(hours=1)
_ROUNDS = 20  # portions of a connection's bodies in one tick, so that others have theirs, too
log = logging.getLogger(__name__)


class TelemetryCounter:
    """This process's share of counting; several processes share by connection."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._forget_at: dict[int, datetime] = {}

    def tick(self) -> None:
        """Count all that waits, a portion a transaction: on SQLite, receivers wait for each."""
        with session():
            for connection_id in batches.waiting():
                self._count(connection_id)
                self._forget(connection_id)

    def _count(self, connection_id: int) -> None:
        for _ in range(_ROUNDS):
            counted = self._portion(connection_id)
            if counted.early or counted.late:
                log.warning(
                    "telemetry of connection %d: %d records from clocks that are ahead, %d too late to count",
                    connection_id,
                    counted.early,
                    counted.late,
                )
            if counted.bodies < BATCHES:
                return

    def _portion(self, connection_id: int) -> Counted:
        """Count a portion; if a body in it cannot be counted, count the others."""
        configured = attributes.of(connection_id)
        try:
            return count_waiting(connection_id, configured=configured)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("telemetry of connection %d cannot be counted; each body by itself", connection_id)
        for arrival in batches.oldest(connection_id, limit=BATCHES):
            try:
                count_waiting(connection_id, configured=configured, limit=1)
            except StorageUnavailable:
                raise
            except Exception:
                log.exception("body %d of telemetry cannot be counted", arrival.id)
                with transaction():
                    batches.note_fault(connection_id, arrival.id)
        return Counted()

    def _forget(self, connection_id: int) -> None:
        now = self._now()
        if now >= self._forget_at.get(connection_id, now):
            self._forget_at[connection_id] = now + _FORGET_EVERY
            with transaction():
                forget.forget_old(connection_id, now)
