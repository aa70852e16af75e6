"""The faults of the stand-in Slack, switched on while it runs.

A fault is meant for a method (`chat.postMessage`, `response_url`, `*` for any); they are used up in order.
"""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way to misbehave; `cut` closes the connection without a word, before or after the work is done."""

    error: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    retry_after: int | None = None
    cut: Literal["before", "after"] | None = None
    delay: float = 0


class Faults:
    """The faults still to happen; while `is_down` is set, nothing else does.

    While `refuses_charts` is set, no message with a native chart is taken; every answer takes `lag` seconds.
    """

    def __init__(self) -> None:
        self.is_down = False
        self.lag = 0.0
        self.refuses_charts = False
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, Fault]] = []

    def refuse(self, method: str, error: str, *, times: int = 1, **details: object) -> None:
        """Answer the next calls with an error code, before anything is done."""
        self._add(method, Fault(error=error, details=dict(details)), times)

    def rate_limit(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """Answer the next calls with HTTP 429."""
        self._add(method, Fault(error="ratelimited", status=429, retry_after=retry_after), times)

    def break_down(self, method: str, *, status: int = 500, times: int = 1) -> None:
        """Answer the next calls with a server error, before anything is done."""
        self._add(method, Fault(error="internal_error", status=status), times)

    def cut_before(self, method: str, *, times: int = 1) -> None:
        """Drop the connection before doing anything."""
        self._add(method, Fault(cut="before"), times)

    def cut_after(self, method: str, *, times: int = 1) -> None:
        """Do what is asked, then drop the connection: the caller cannot know."""
        self._add(method, Fault(cut="after"), times)

    def slow(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Do what is asked, but answer late."""
        self._add(method, Fault(delay=seconds), times)

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str) -> Fault:
        """Use up the next fault meant for this method, or an empty one."""
        if self.is_down:
            return _DOWN
        with self._lock:
            for index, (name, fault) in enumerate(self._waiting):
                if name in (method, "*"):
                    del self._waiting[index]
                    return fault
        return Fault(delay=self.lag) if self.lag else _NONE

    def _add(self, method: str, fault: Fault, times: int) -> None:
        with self._lock:
            self._waiting += [(method, fault)] * times


_NONE = Fault()
_DOWN = Fault(error="service_unavailable", status=503)
