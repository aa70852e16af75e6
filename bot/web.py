"""The HTTP surface: Slack's requests, and what machines ask about us."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from waitress.server import create_server

from digests.pages import STYLE_HASH
from storage import connections, coverage, jobs, posts
from storage.database import StorageUnavailable, pending, session

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Answer = tuple[str, str]  # status and body

THREADS = 16
LOOPBACK = ("127.0.0.1", "::1")
OK, NOT_FOUND, UNREADY = "200 OK", "404 Not Found", "503 Service Unavailable"
HTML_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every page for a browser is sent with."""
log = logging.getLogger(__name__)


def application(
    *,
    slack: Wsgi | None,
    is_ticking: Callable[[], bool] | None,
    now: Callable[[], datetime],
    others: Mapping[str, Wsgi] = MappingProxyType({}),
    is_heard: Callable[[], bool] | None = None,
) -> Wsgi:
    """Everything under one address. `slack` is Bolt's; `is_ticking` is None where no scheduler runs.

    `is_heard` tells whether Slack is, None where it does not come over Socket Mode.
    `others` answer for a path each, or for all below one that ends in `/`.
    """
    pages: dict[str, Callable[[Environ], Answer]] = {
        "/healthz": lambda _environ: (OK, "alive\n"),
        "/readyz": lambda _environ: _ready(is_ticking, is_heard),
        "/metrics": lambda environ: _metrics(environ, now()),
    }

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        if slack and path == "/slack/events" and method == "POST":
            return slack(environ, start_response)
        other = others.get(path) or others.get(path[: path.rfind("/") + 1])
        if other:
            return other(environ, start_response)
        page = pages.get(path) if method in ("GET", "HEAD") else None
        status, text = page(environ) if page else (NOT_FOUND, "not found\n")
        body = text.encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [] if method == "HEAD" else [body]

    return serve


def _ready(is_ticking: Callable[[], bool] | None, is_heard: Callable[[], bool] | None) -> Answer:
    try:
        waiting = pending()
    except StorageUnavailable as error:
        return UNREADY, f"{error}\n"
    if waiting:
        return UNREADY, f"migrations wait: {', '.join(waiting)}; run `stackspend migrate`\n"
    if is_ticking is not None and not is_ticking():
        return UNREADY, "the scheduler has stopped\n"
    if is_heard is not None and not is_heard():
        return UNREADY, "Slack is not heard over Socket Mode; connecting anew\n"
    return OK, "ready\n"


def _metrics(environ: Environ, now: datetime) -> Answer:
    """Prometheus' text format, for this machine only: a proxy in front makes everybody look near."""
    if environ.get("REMOTE_ADDR") not in LOOPBACK or "HTTP_X_FORWARDED_FOR" in environ:
        return NOT_FOUND, "not found\n"
    try:
        with session():
            return OK, "".join(_samples(now))
    except StorageUnavailable as error:
        return UNREADY, f"{error}\n"


def _samples(now: datetime) -> Iterable[str]:
    late = jobs.late(now)
    yield "# HELP stackspend_late_seconds How long the oldest due work of a connection has been waiting.\n"
    yield "# TYPE stackspend_late_seconds gauge\n"
    for connection in connections.every():
        waiting = (now - late[connection.id]).total_seconds() if connection.id in late else 0.0
        yield f'stackspend_late_seconds{{connection="{connection.id}"}} {waiting}\n'
    yield "# HELP stackspend_fresh_seconds Age of the newest tokens that are known.\n"
    yield "# TYPE stackspend_fresh_seconds gauge\n"
    for connection in connections.every():
        until = coverage.until(connection.id, "usage")
        if until:
            age = (now - until).total_seconds()
            yield f'stackspend_fresh_seconds{{connection="{connection.id}"}} {age}\n'
    yield "# HELP stackspend_posts Messages by what became of them.\n"
    yield "# TYPE stackspend_posts gauge\n"
    for state, count in posts.counts().items():
        yield f'stackspend_posts{{state="{state}"}} {count}\n'


class Server:
    """A WSGI application on an address; threads in this process, where the scheduler lives too."""

    def __init__(self, app: Wsgi, *, host: str, port: int) -> None:
        self._server = create_server(app, host=host, port=port, threads=THREADS, ident="StackSpend")
        self.port = int(self._server.effective_port)
        self._stopped = False

    def run(self) -> None:
        """Serve until `stop`."""
        try:
            self._server.run()
        except (OSError, ValueError):  # the loop may be waiting on the very socket that `stop` closes
            if not self._stopped:
                raise

    def stop(self) -> None:
        """End serving; requests under way are finished."""
        self._stopped = True
        self._server.close()
