"""Acknowledge first: start computing answers only once no request has arrived for a moment.

Slack waits three seconds for an acknowledgement, and people notice a tenth. Python computes in one thread at
a time, so in a burst the answers to the first requests would delay the acknowledgements of the last. In
`make bench`, 64 at once, 99 % are acknowledged within 36 to 53 ms, without this within 75 to 128 ms; the last
answers take some tenths of a second more.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # importing the server takes time, and most verbs need none
    from bot.runtime.http.routes import Environ, StartResponse, Wsgi

QUIET_SECONDS = 0.005  # without a request; the requests of a burst come closer together
PATIENCE = 0.25  # seconds after which an answer starts anyway: a later one would be noticed
T = TypeVar("T")


class RequestActivity:
    """The time of the last request, to wait for a quiet moment."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def watching(self, app: "Wsgi") -> "Wsgi":
        """Wrap an application to record when requests arrive and end."""

        def serve(environ: "Environ", start_response: "StartResponse") -> Iterable[bytes]:
            self._last = time.monotonic()
            try:
                return app(environ, start_response)
            finally:
                self._last = time.monotonic()

        return serve

    def wait(self) -> None:
        """Return after QUIET_SECONDS without a request, or after PATIENCE."""
        end = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < min(self._last + QUIET_SECONDS, end):
            time.sleep(min(self._last + QUIET_SECONDS, end) - now)


class WaitForQuiet(Executor):
    """An executor whose tasks wait for a quiet moment before they start."""

    def __init__(self, pool: Executor, activity: RequestActivity) -> None:
        self._pool, self._activity = pool, activity

    def submit(self, task: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:  # noqa: ANN401 - the task's own
        """Schedule a task."""
        return self._pool.submit(self._begin, task, arguments, named)

    def _begin(self, task: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> T:
        self._activity.wait()
        return task(*arguments, **named)
