"""The HTTP routes: Slack's requests, health, readiness and metrics."""

import hmac
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bot.settings import is_loopback
from digests.pages import STYLE_HASH
from storage.engine.database import StorageUnavailable, session

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]
PLAIN = "text/plain; charset=utf-8"

HEALTH, READY, SLACK = "/healthz", "/readyz", "/slack/events"
LANES = {HEALTH: 1, READY: 2, SLACK: 16}
"""Threads by path, so that health checks and acknowledgements wait for no other request.

One health check at a time is enough, two probes can wait for the database, and Slack sends in bursts.
"""
METHODS = ("GET", "HEAD", "POST")
OK, NOT_FOUND, UNREADY = "200 OK", "404 Not Found", "503 Service Unavailable"
NOT_ALLOWED, UNAUTHORIZED = "405 Method Not Allowed", "401 Unauthorized"
# After a visit over HTTPS, browsers use nothing else for a year, as Atlassian requires of apps
STRICT = ("Strict-Transport-Security", "max-age=31536000")
# Headers that Prometheus, curl or a browser on this machine sends. Any other may be a proxy's; proxies have
# too many names for the origin of a request to list those instead.
_OWN = re.compile(
    r"HTTP_(HOST|USER_AGENT|ACCEPT(_.*)?|CONNECTION|CACHE_CONTROL|PRAGMA|IF_.*|AUTHORIZATION|COOKIE|SEC_.*|DNT"
    r"|UPGRADE_INSECURE_REQUESTS|PRIORITY|X_PROMETHEUS_SCRAPE_TIMEOUT_SECONDS)"
)
HTML_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The headers of every page for a browser."""
log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """The answer of a page."""

    status: str
    body: str
    content_type: str = PLAIN


class Site:
    """The application at an address; until `app` is replaced it is alive but not ready."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.app = application(slack=None, is_ready=lambda: False, now=now)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        return self.app(environ, start_response)


def application(
    *,
    slack: Wsgi | None,
    is_ready: Callable[[], bool],
    now: Callable[[], datetime],
    others: Mapping[str, Wsgi] = MappingProxyType({}),
    metrics_token: str = "",
    is_https: bool = False,
) -> Wsgi:
    """Return the application of all routes. `slack` is Bolt's application.

    `others` maps paths to applications; one that ends in `/` covers all paths below it. `is_https` says
    whether browsers reach us over HTTPS.
    """
    pages: dict[str, Callable[[Environ], Answer]] = {
        HEALTH: lambda _environ: Answer(OK, "alive\n"),
        READY: lambda _environ: Answer(OK, "ready\n") if is_ready() else Answer(UNREADY, "not ready\n"),
        "/metrics": lambda environ: _metrics(environ, now(), metrics_token),
    }

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        if slack and path == SLACK and method == "POST":
            return slack(environ, start_response)
        other = others.get(path) or others.get(path[: path.rfind("/") + 1])
        if other:
            return other(environ, start_response)
        if method not in METHODS:
            return answer(start_response, NOT_ALLOWED, "not allowed\n", [("Allow", ", ".join(METHODS))])
        page = pages.get(path) if method != "POST" else None
        return _respond(start_response, page(environ) if page else Answer(NOT_FOUND, "not found\n"))

    return _framed(serve, [STRICT] if is_https else [])


def _framed(app: Wsgi, common: Headers) -> Wsgi:
    """Add the common headers to every answer, and remove the body of an answer to HEAD."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *more: object) -> object:
            return start_response(status, [*headers, *common], *more)

        if environ.get("REQUEST_METHOD") == "HEAD":
            return _without_body(app, environ, start)
        return app(environ, start)

    return serve


def _without_body(app: Wsgi, environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Answer as to GET, with the length of the body in its place."""
    started: list[tuple[str, Headers]] = []
    length = sum(map(len, app(environ, lambda status, headers, *_: started.append((status, headers)))))
    status, headers = started[-1]
    others = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start_response(status, [*others, ("Content-Length", str(length))])
    return []


def answer(
    start_response: StartResponse, status: str, text: str, headers: Iterable[tuple[str, str]] = ()
) -> list[bytes]:
    """Answer with a line of text."""
    return _respond(start_response, Answer(status, text), headers)


def _respond(
    start_response: StartResponse, page: Answer, headers: Iterable[tuple[str, str]] = ()
) -> list[bytes]:
    body = page.body.encode()
    usual = [("Content-Type", page.content_type), ("Content-Length", str(len(body)))]
    start_response(page.status, [*usual, *headers])
    return [body]


def _metrics(environ: Environ, now: datetime, token: str) -> Answer:
    """Return metrics in Prometheus' format, to holders of the token; without one, to this machine only."""
    if token and not _has_token(environ, token):
        return Answer(UNAUTHORIZED, "a bearer token is needed\n")
    if not token and not _is_from_here(environ):
        return Answer(NOT_FOUND, "not found\n")
    from bot.runtime.http import metrics  # noqa: PLC0415 - a server that nobody scrapes starts without it

    try:
        with session():
            return Answer(OK, metrics.exposition(now), metrics.CONTENT_TYPE)
    except StorageUnavailable as error:
        log.error("no metrics: %s", error)  # noqa: TRY400 - it names the cause; the traceback adds nothing
        return Answer(UNREADY, "the database cannot be used\n")


def _has_token(environ: Environ, token: str) -> bool:
    scheme, _, given = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    is_same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode())
    return is_same and scheme.casefold() == "bearer"


def _is_from_here(environ: Environ) -> bool:
    """Say whether a request comes from a program on this machine that is no proxy."""
    headers = [name for name in environ if name.startswith("HTTP_")]
    return (
        is_loopback(str(environ.get("REMOTE_ADDR", "")))
        and is_loopback(_host_of(environ))
        and environ.get("SERVER_PROTOCOL") != "HTTP/1.0"  # nginx as a proxy, which adds no header by default
        and all(_OWN.fullmatch(name) for name in headers)
    )


def _host_of(environ: Environ) -> str:
    try:
        return urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or ""
    except ValueError:
        return ""
