"""The HTTP server: waitress, with limits against slow clients, and separate threads for each kind of request.

Listener.handle_accept → Channel.received (a whole request, in time) → PathDispatcher.add_task → answer
"""

import logging
import resource
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from bot.errors import Failed
from bot.runtime.http.requests import LIMITS, Channel, Limits, longest_waiting
from bot.runtime.http.routes import Wsgi

SPARE = 200  # file descriptors for everything else: the database, Slack, Anthropic, files
THREADS = 8  # for paths without threads of their own
LONGEST_QUEUE = 200  # requests that wait for a thread; the last of them would wait for more than Slack does
FINISHING = 8.0  # seconds to finish open requests at shutdown, as in runtime/shutdown.py
AT_ONCE = 64  # connections accepted before open ones are served again: a burst, but no longer
PACE = 1.0  # seconds between two checks for overdue connections; the limits are tens of seconds
log = logging.getLogger(__name__)


class PathDispatcher:
    """Dispatches requests to threads by path, so that slow ones delay no other kind; waitress' interface."""

    def __init__(self, threads: Mapping[str, int]) -> None:
        self._rest = _threads(THREADS)
        self._by_path = {path: _threads(count) for path, count in threads.items()}

    def add_task(self, channel: Channel) -> None:
        """Queue the next request of a connection; close the connection if too many wait."""
        request = channel.requests[0]
        lane = self._rest if request.error else self._by_path.get(request.path, self._rest)
        if len(lane.queue) < LONGEST_QUEUE:
            lane.add_task(channel)
        else:
            channel.will_close = True

    def end(self) -> None:
        """End all idle threads."""
        for lane in (self._rest, *self._by_path.values()):
            lane.set_thread_count(0)


def _threads(count: int) -> Any:  # noqa: ANN401 - waitress has no types
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(count)
    return dispatcher


class Listener(TcpWSGIServer):  # type: ignore[misc] # as above
    """One address; a name such as localhost may have several."""

    channel_class = Channel
    next_channel_cleanup = float("inf")  # `Server` looks after connections, by the monotonic clock

    def __init__(self, *arguments: Any, limits: Limits, **named: Any) -> None:  # noqa: ANN401 - waitress' own
        self.limits = limits
        super().__init__(*arguments, **named)

    def handle_accept(self) -> None:
        """Accept waiting connections, several at a time, because each round looks through all open ones."""
        for _ in range(AT_ONCE):
            before = len(self._map)
            super().handle_accept()
            if len(self._map) == before:
                return


class Server:
    """Serves a WSGI application in threads of this process, beside the scheduler.

    `lanes` gives the number of threads of a path. Raises Failed if it cannot listen on the address.
    """

    def __init__(
        self,
        app: Wsgi,
        *,
        host: str,
        port: int,
        lanes: Mapping[str, int] = MappingProxyType({}),
        limits: Limits = LIMITS,
    ) -> None:
        self._map: dict[int, Any] = {}
        self._limits = replace(limits, most=min(limits.most, _room_for_files(limits.most)))
        self._is_stopping, self._stopping = threading.Event(), threading.Lock()
        self._lanes = PathDispatcher(lanes)
        self._listeners = self._listen(app, host, port)
        self.port = int(self._listeners[0].effective_port)

    def _listen(self, app: Wsgi, host: str, port: int) -> list[Listener]:
        try:
            adjustments = Adjustments(
                host=host,
                port=port,
                ident="StackSpend",
                max_request_body_size=self._limits.body + 1,  # from which on a body is too large
                max_request_header_size=self._limits.head,
                clear_untrusted_proxy_headers=False,  # routes.py uses them to recognize requests via a proxy
                # never reached: _look_after closes the longest waiting connections before
                connection_limit=2 * self._limits.most + SPARE,
            )
            return [
                Listener(
                    app,
                    self._map,
                    dispatcher=self._lanes,
                    adj=adjustments,
                    sockinfo=address,
                    limits=self._limits,
                )
                for address in adjustments.listen
            ]
        except (OSError, ValueError) as error:  # a ValueError where the name leads nowhere
            wasyncore.close_all(self._map)
            why = error.strerror if isinstance(error, OSError) else "there is no such address"
            raise Failed(f"cannot listen on {host}:{port}: {why}") from error

    def run(self) -> None:
        """Serve until `stop`. Raises ConnectionError if a listener fails."""
        next_look = time.monotonic()
        while not self._is_stopping.is_set():
            wasyncore.poll2(PACE, self._map)
            if not all(listener.accepting for listener in self._listeners):
                raise ConnectionError("the web server does not listen any more")
            now = time.monotonic()
            if len(self._map) > self._limits.most or now >= next_look:
                self._look_after(now)
                next_look = now + PACE
        self._finish()

    def stop(self) -> None:
        """Stop serving; open requests are finished for up to FINISHING seconds."""
        with self._stopping:
            if not self._is_stopping.is_set():
                self._is_stopping.set()
                for listener in self._listeners:
                    listener.pull_trigger()

    def _channels(self) -> list[Channel]:
        return [each for each in self._map.values() if isinstance(each, Channel)]

    def _look_after(self, now: float) -> None:
        """Close overdue connections, and those beyond the limits of number and memory."""
        for channel in self._channels():
            channel.will_close = channel.will_close or channel.is_overdue(now)
        staying = [channel for channel in self._channels() if not channel.will_close]
        for channel in longest_waiting(staying, len(staying) - self._limits.most):
            channel.will_close = True
        over = sum(channel.received_bytes() for channel in staying) - self._limits.most_bytes
        for channel in sorted(staying, key=Channel.received_bytes, reverse=True):
            if over <= 0:
                break
            channel.will_close = True
            over -= channel.received_bytes()

    def _finish(self) -> None:
        """Close the listeners, and answer requests that were received."""
        end = time.monotonic() + FINISHING
        for listener in self._listeners:
            wasyncore.dispatcher.close(listener)
        while (channels := self._channels()) and time.monotonic() < end:
            for channel in channels:
                channel.will_close = channel.will_close or channel.is_waiting()
            wasyncore.poll2(PACE / 10, self._map)
        with self._stopping:  # `stop` uses the triggers that are closed here
            wasyncore.close_all(self._map, ignore_all=True)
        self._lanes.end()


def _room_for_files(wanted: int) -> int:
    """Raise the limit of open files if possible, and return how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted + SPARE
    if resource.RLIM_INFINITY != soft < enough:
        soft = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return wanted if soft == resource.RLIM_INFINITY else max(soft - SPARE, soft // 2)
