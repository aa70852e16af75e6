"""The time, read in one place, for everybody else to be handed."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, by a clock that may be set."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds since some moment, by a clock that is never set: what ages and limits are measured with."""
    return time.monotonic()
