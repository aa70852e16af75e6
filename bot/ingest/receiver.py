"""OTLP over HTTP: who sends, what may be kept of it, and the answer, in the encoding of the request.

method, path, content type → token → allowance → inflate and decode → append → 200
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime
from threading import Semaphore
from typing import Any, NamedTuple

from bot.ingest.appender import Appender, NotKept
from bot.ingest.token_limits import TokenLimits
from providers.claude import answers
from providers.claude.decode import LIMIT, Form, decode, form_of, inflate
from providers.claude.errors import UnreadableBody
from providers.claude.records import Signal
from storage.engine.database import StorageUnavailable, session
from storage.state.ingest import attributes, tokens
from storage.state.ingest.tokens import IngestToken

PATH = "/otlp/v1/"
SIGNALS: Mapping[str, Signal] = {
    f"{PATH}metrics": "metrics",
    f"{PATH}logs": "logs",
    f"{PATH}traces": "traces",
}
LANES = dict.fromkeys(SIGNALS, 4)  # threads by path: most of the time, they wait for the appender
LARGE = 1_000_000  # bytes from which on bodies are decoded one at a time: one can take 250 MB for a moment
_STATUSES = {
    200: "200 OK",
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
    ) -> None:
        self._now = now
        self._appender = appender or Appender()
        self._limits = limits or TokenLimits()
        self._large = Semaphore()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request: never with 500, after which senders give a batch up."""
        reply = self._reply(environ)
        headers = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
            **reply.headers,
        }
        start_response(_STATUSES[reply.status], list(headers.items()))
        return [reply.body]

    def _reply(self, environ: Environ) -> Reply:
        signal = SIGNALS.get(environ.get("PATH_INFO", ""))
        if signal is None:
            return Reply(404, _PLAIN, b"not found\n")
        if environ.get("REQUEST_METHOD") != "POST":
            return Reply(405, _PLAIN, b"not allowed\n", {"Allow": "POST"})
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
        token, configured = _authenticated(environ)
        body = environ["wsgi.input"].read(LIMIT + 1)
        if self._limits.is_over(token.id, len(body)):
            raise Refused(429, "this token has sent too much within a minute")
        body = inflate(body, environ.get("HTTP_CONTENT_ENCODING", ""))
        with self._large if len(body) >= LARGE else nullcontext():
            batch = decode(signal, form, body, configured=configured)
        self._appender.append(token, batch, at=self._now())
        return answers.accepted(form, batch)


def _authenticated(environ: Environ) -> tuple[IngestToken, Collection[str]]:
    """Return a request's token and the attributes that its team keeps. Raises Refused, StorageUnavailable."""
    scheme, _, bearer = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    given = environ.get("HTTP_X_STACKSPEND_TOKEN", "") or (bearer if scheme.casefold() == "bearer" else "")
    with session():
        token = tokens.authenticate(given.strip())
        if token is None:
            raise Refused(401, "an ingest token is needed: see `/stackspend connect claude`")
        return token, attributes.of(token.connection_id)
