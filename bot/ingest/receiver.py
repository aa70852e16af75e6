"""OTLP over HTTP: who sends, what may be kept of it, and the answer, in the encoding of the request.

method, path, content type → token → allowance → inflate and decode → append → 200
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime
from threading import Semaphore
from typing import Any, NamedTuple

from bot.ingest.appender import Appender, NotKept
from bot.ingest.token_limits import TokenLimits
from bot.ingest.token_lookup import Sender, TokenLookup
from providers.claude import answers
from providers.claude.decode import LIMIT, Form, decode, form_of, inflate
from providers.claude.errors import UnreadableBody
from providers.claude.records import Signal
from storage.engine.database import StorageUnavailable

PATH = "/otlp/v1/"
SIGNALS: Mapping[str, Signal] = {
    f"{PATH}metrics": "metrics",
    f"{PATH}logs": "logs",
    f"{PATH}traces": "traces",
}
LANES = dict.fromkeys(SIGNALS, 4)  # threads by path: most of the time, they wait for the appender
LARGE = 1_000_000  # bytes from which on bodies are decoded one at a time: one can take 250 MB for a moment
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
"""Office agents send from a web view, whose origin differs by product. Whoever has no token gets nothing from
any origin, and a browser never adds one by itself."""
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, x-stackspend-token, content-type, content-encoding",
    "Access-Control-Max-Age": "86400",  # seconds; browsers cap it at two hours
}
_STATUSES = {
    200: "200 OK",
    204: "204 No Content",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    415: "415 Unsupported Media Type",
    429: "429 Too Many Requests",
    503: "503 Service Unavailable",
}
_PLAIN = "text/plain; charset=utf-8"
log = logging.getLogger(__name__)

Environ = Mapping[str, Any]


class Reply(NamedTuple):
    """A status, the type and bytes of the body, and headers beside the usual ones."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = {}


class Refused(Exception):
    """A request that is not taken, in the words for its sender."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Receiver:
    """The WSGI application below PATH."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        appender: Appender | None = None,
        limits: TokenLimits | None = None,
        lookup: TokenLookup | None = None,
    ) -> None:
        self._now, self._lookup = now, lookup or TokenLookup()
        self._appender = appender or Appender()
        self._limits = limits or TokenLimits()
        self._large = Semaphore()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request: never with 500, after which senders give a batch up."""
        reply = self._reply(environ)
        headers = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
            **CORS,
            **reply.headers,
        }
        start_response(_STATUSES[reply.status], list(headers.items()))
        return [reply.body]

    def _reply(self, environ: Environ) -> Reply:
        signal = SIGNALS.get(environ.get("PATH_INFO", ""))
        if signal is None:
            return Reply(404, _PLAIN, b"not found\n")
        if environ.get("REQUEST_METHOD") == "OPTIONS":
            return Reply(204, _PLAIN, b"", PREFLIGHT)
        if environ.get("REQUEST_METHOD") != "POST":
            return Reply(405, _PLAIN, b"not allowed\n", {"Allow": "OPTIONS, POST"})
        try:
            form = form_of(environ.get("CONTENT_TYPE", ""))
        except UnreadableBody as error:
            return Reply(error.status, _PLAIN, f"{error}\n".encode())
        return self._received(environ, signal, form)

    def _received(self, environ: Environ, signal: Signal, form: Form) -> Reply:
        headers = {}
        try:
            return Reply(200, answers.content_type(form), self._take(environ, signal, form))
        except (UnreadableBody, Refused) as error:
            status, message = error.status, str(error)
        except (NotKept, StorageUnavailable) as error:
            log.warning("telemetry was not kept: %s", error)
            status, message = 503, "try again in a second"
        except Exception:
            log.exception("telemetry was not kept")
            status, message = 503, "try again in a second"
        if status in (429, 503):
            headers["Retry-After"] = str(answers.RETRY_AFTER)
        if status == 401:  # noqa: PLR2004 - the status that asks for a token
            headers["WWW-Authenticate"] = "Bearer"
        return Reply(status, answers.content_type(form), answers.refused(form, status, message), headers)

    def _take(self, environ: Environ, signal: Signal, form: Form) -> bytes:
        """Keep a body, and return the answer. Raises Refused, UnreadableBody, NotKept, StorageUnavailable."""
        token, configured = self._authenticated(environ)
        body = environ["wsgi.input"].read(LIMIT + 1)
        if self._limits.is_over(token.id, len(body)):
            raise Refused(429, "this token has sent too much within a minute")
        body = inflate(body, environ.get("HTTP_CONTENT_ENCODING", ""))
        with self._large if len(body) >= LARGE else nullcontext():
            batch = decode(signal, form, body, configured=configured)
        self._appender.append(token, batch, at=self._now())
        return answers.accepted(form, batch)

    def _authenticated(self, environ: Environ) -> Sender:
        """Return whose a request is. Raises Refused, StorageUnavailable."""
        scheme, _, bearer = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        is_bearer = scheme.casefold() == "bearer"
        given = environ.get("HTTP_X_STACKSPEND_TOKEN", "") or (bearer if is_bearer else "")
        sender = self._lookup.sender_of(given.strip())
        if sender is None:
            raise Refused(401, "an ingest token is needed: see `/stackspend connect claude`")
        return sender
