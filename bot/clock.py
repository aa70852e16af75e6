"""The only place that reads the clock; everything else is passed the time."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, by the wall clock, which can be set."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Return seconds by the monotonic clock, which is never set: for ages and limits."""
    return time.monotonic()
