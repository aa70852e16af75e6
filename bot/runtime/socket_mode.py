"""Socket Mode: Slack reaches us over a socket that we open, so no public address is needed.

Watchdog.open → check: Socket.poll, Socket.problem → _replace by a new socket → _put_off, with growing pauses

Slack's client renews a socket when Slack asks for it, closes it, or stops answering pings. It does not notice
a socket on which no ping was ever answered, one that Slack accepted and never greeted, or the end of one of
its own threads; and if Slack hangs up without a word, it spins on empty reads for a while.
Bolt's adapter over websocket-client (1.9.2) does not serve: it pings and never waits for the answer, so it
fails three of five silent ends and the renewal in test_socket_mode.py, and nine tests under this watchdog,
because its client connects in the background and connects again after it was closed.
https://github.com/slackapi/python-slack-sdk/issues/1701 and
https://github.com/slackapi/bolt-python/issues/1529 describe bots that looked healthy and received nothing.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import Protocol

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import Failed
from bot.slack import errors
from bot.slack.web_client import client_of

_CLOSE_WAIT = 8  # https://github.com/torvalds/linux/blob/master/include/net/tcp_states.h
_TRIES = 3  # to close a client, which can fail midway; the next try continues after the failed step
_UNREACHABLE = "Slack could not be reached"
WATCHDOG = "what hears Slack's socket"  # the name of its thread; if it ends, the log calls it so
log = logging.getLogger(__name__)
_clients_log = logging.getLogger("slack_sdk.socket_mode")
_clients_log.addFilter(lambda record: record.levelno < logging.ERROR or bool(record.exc_info))
"""The client logs an error for every try to connect, the watchdog one for all; tracebacks are kept."""


@dataclass(frozen=True)
class Limits:
    """Time limits in seconds.

    Slack greets at once, answers a ping every `ping`, and asks to renew a socket after about five hours, so a
    socket that is `wordless` for longer is suspect. The watchdog checks every `pace`, and tries to connect
    again after `longest` at most.
    """

    ping: float = 5
    silence: float = 30
    greeting: float = 30
    wordless: float = 6 * 3600
    pace: float = 1
    longest: float = 60


LIMITS = Limits()


class Dispatcher(Protocol):
    """Answers Slack's requests, as a Bolt app does."""

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        """Answer one request."""


def _in_a_thread(name: str, work: Callable[[], None]) -> object:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def listen(
    app: App | Dispatcher,
    *,
    token: str,
    api_url: str,
    limits: Limits = LIMITS,
    run: Callable[[str, Callable[[], None]], object] = _in_a_thread,
) -> "Watchdog":
    """Connect with an app token (`xapp-…`) and dispatch requests to the app, in threads of their own.

    `run` starts the watchdog's thread. Raises Failed if Slack refuses the token; while Slack cannot be
    reached, the watchdog keeps trying.
    """
    caller = client_of(token, api_url)
    watchdog = Watchdog(partial(Socket, app, token, caller, limits), limits)
    watchdog.open()
    run(WATCHDOG, watchdog.watch)
    return watchdog


def what_is_wrong(token: str, api_url: str) -> str:
    """Ask Slack for a socket's address; return why it gives none, "" if it does."""
    try:
        client_of(token, api_url).apps_connections_open(app_token=token)
    except (SlackApiError, OSError, HTTPException) as error:
        return _reason(error)
    return ""


class Socket:
    """One open socket, and when something last arrived on it.

    Creating one raises SlackApiError, OSError or HTTPException if it cannot be opened.
    """

    def __init__(
        self, app: App | Dispatcher, token: str, caller: WebClient, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._limits, self._clock = limits, clock
        self._handler = SocketModeHandler(
            app,  # type: ignore[arg-type] # it only needs `dispatch`
            token,
            web_client=caller,
            logger=_clients_log,
            ping_interval=limits.ping,
        )
        self.client = self._handler.client
        self.words, self._speaker, self._hung_up = 0, "", 0
        self.client.on_message_listeners.append(self._hear)
        self._connect()
        self._heard_at = self._spoke_at = clock()
        self._last_signs: tuple[str | None, int, float | None] = (self.client.session_id(), 0, None)

    def _connect(self) -> None:
        try:
            self._handler.connect()  # type: ignore[no-untyped-call] # Bolt's
        finally:
            if not self.is_open():
                self.close()
        if not self.is_open():
            raise ConnectionError("the socket was not accepted")

    def is_open(self) -> bool:
        """Say whether Slack's client considers it open."""
        return bool(self.client.is_connected())

    def poll(self) -> bool:
        """Return True if anything arrived since the last call."""
        now, (session, words, pong), then = self._clock(), self._signs(), self._last_signs
        self._last_signs = session, words, pong
        if words != then[1] or session != then[0]:
            self._spoke_at = now  # a new session has the full time to greet
        if words == then[1] and pong in (None, then[2]):
            return False
        self._heard_at = now
        return True

    def problem(self) -> str:
        """Return why the socket has to be replaced, "" if it works."""
        now, client = self._clock(), self.client
        runners = (client.current_session_runner, client.message_processor, client.current_app_monitor)
        has_greeted = self._speaker == self._last_signs[0]
        self._hung_up = self._hung_up + 1 if self.is_hung_up() else 0
        if not all(runner.is_alive() for runner in runners):
            return "a thread that listens to Slack has ended"
        if self._hung_up > 1:  # at the first check the client may be about to notice
            return "Slack hung up without a word"
        if now - self._heard_at >= self._limits.silence:
            return f"nothing came from Slack for {self._limits.silence:g} seconds"
        if now - self._spoke_at >= (self._limits.wordless if has_greeted else self._limits.greeting):
            return "Slack takes what is sent and says nothing"
        return ""

    def close(self) -> None:
        """Close it in the background, because its threads may be waiting for Slack."""
        threading.Thread(target=self._end, name="socket-end", daemon=True).start()

    def _end(self) -> None:
        """End all its threads; a client that is reconnecting would otherwise use its new session."""
        closing = threading.Thread(target=self._close_client, name="socket-close", daemon=True)
        closing.start()
        closing.join(1)
        while closing.is_alive():
            self.client.current_session_state.terminated = True
            self._disconnect()
            closing.join(1)
        self._disconnect()

    def _disconnect(self) -> None:
        with suppress(AttributeError, OSError):  # one of the client's threads may be doing the same
            self.client.disconnect()

    def _close_client(self) -> None:
        for _ in range(_TRIES):
            with suppress(Exception):  # the client is abandoned in any state
                self._handler.close()  # type: ignore[no-untyped-call] # Bolt's
                return

    def is_hung_up(self) -> bool:
        """Say whether the other end closed the connection, if the system reports that."""
        wire = getattr(self.client.current_session, "sock", None)
        if wire is None or not hasattr(socket, "TCP_INFO"):
            return False
        with suppress(OSError):
            return bool(wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _CLOSE_WAIT)
        return False

    def _hear(self, _message: str) -> None:
        self.words, self._speaker = self.words + 1, self.client.session_id() or ""

    def _signs(self) -> tuple[str | None, int, float | None]:
        """Return the session's id, the number of texts from Slack, and the time of the last ping or pong."""
        session = self.client.current_session
        return self.client.session_id(), self.words, session.last_ping_pong_time if session else None


class Watchdog:
    """Keeps one working socket, and replaces it when it fails."""

    def __init__(
        self,
        open_socket: Callable[[Callable[[], float]], Socket],
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_socket, self._limits, self._clock = open_socket, limits, clock
        self.socket: Socket | None = None
        self.heard_at = self._retry_at = clock()
        self._wait = 0.0
        self._ended = threading.Event()
        self._first_open: Callable[[], None] | None = None

    def when_open(self, act: Callable[[], None]) -> None:
        """Call a function once, when the first socket is open; at once if one is."""
        if self.socket:
            act()
        else:
            self._first_open = act

    def open(self) -> None:
        """Open the first socket. Raises Failed where Slack refuses the token."""
        try:
            self.socket = self._open_socket(self._clock)
        except (SlackApiError, OSError, HTTPException) as error:
            if _reason(error) in errors.SOCKET_REFUSED:
                raise Failed(f"Slack does not take SLACK_APP_TOKEN: {_reason(error)}") from error
            self._put_off(_UNREACHABLE, error)

    def stop(self) -> None:
        """Stop watching, and close the socket."""
        self._ended.set()
        if self.socket:
            self.socket.close()

    def is_receiving(self) -> bool:
        """Say whether anything arrived from Slack lately."""
        return self._clock() - self.heard_at < 2 * self._limits.silence

    def check(self) -> None:
        """Check the socket once, and replace it if needed."""
        if self.socket and self.socket.poll():
            self.heard_at = self._clock()
        problem = self.socket.problem() if self.socket else _UNREACHABLE
        if problem and self._clock() >= self._retry_at:
            self._replace(problem)

    def _replace(self, problem: str) -> None:
        """Open another socket; one that may still be open stays until then."""
        try:
            other = self._open_socket(self._clock)
        except (SlackApiError, OSError, HTTPException) as error:
            self._put_off(problem, error)
            if self.socket and not self.socket.is_open():
                self.socket.close()
                self.socket = None
            return
        log.warning("Socket Mode: %s; we reconnected", problem)
        if self.socket:
            self.socket.close()
        self.socket, self._wait = other, 0.0
        if act := self._first_open:
            self._first_open = None
            act()

    def _put_off(self, problem: str, error: Exception) -> None:
        if not self._wait:
            log.warning("Socket Mode: %s (%s); we try to reconnect until it works", problem, _reason(error))
        self._wait = min(self._limits.longest, 2 * self._wait or self._limits.pace)
        self._retry_at = self._clock() + self._wait

    def watch(self) -> None:
        """Watch until `stop`."""
        while not self._ended.wait(self._limits.pace):
            try:
                self.check()
            except Exception:
                log.exception("a check of the socket failed; the next one comes in a moment")


def _reason(error: Exception) -> str:
    """Return Slack's error code, else the error's own text."""
    return errors.code_of(error) if isinstance(error, SlackApiError) else str(error)
