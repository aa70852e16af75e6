"""Acknowledgements first: answers begin when no request has come for a moment.

Slack waits three seconds and people notice a tenth. One thread computes at a time, so in a burst the
answers to the first would hold up the acknowledgements of the last.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # the server is not needed to wait politely
    from bot.runtime.http.routes import Environ, StartResponse, Wsgi

QUIET_SECONDS = 0.01  # seconds without a request
PATIENCE = 0.25  # seconds after which an answer begins all the same
T = TypeVar("T")


class RequestActivity:
    """Knows when the last request came, and lets others wait for calm."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def watching(self, app: "Wsgi") -> "Wsgi":
        """The same application, its requests noted as they come and go."""

        def serve(environ: "Environ", start_response: "StartResponse") -> Iterable[bytes]:
            self._last = time.monotonic()
            try:
                return app(environ, start_response)
            finally:
                self._last = time.monotonic()

        return serve

    def wait(self) -> None:
        """Return once it is calm, or patience is at its end."""
        end = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < min(self._last + QUIET_SECONDS, end):
            time.sleep(min(self._last + QUIET_SECONDS, end) - now)


class WaitForQuiet(Executor):
    """An executor whose tasks wait for calm before they begin."""

    def __init__(self, pool: Executor, activity: RequestActivity) -> None:
        self._pool, self._courtesy = pool, activity

    def submit(self, task: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:  # noqa: ANN401 - the task's own
        """Schedule a task."""
        return self._pool.submit(self._begin, task, arguments, named)

    def _begin(self, task: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> T:
        self._courtesy.wait()
        return task(*arguments, **named)
