"""Reject requests that Slack did not sign, or not lately.

_is_signed → signed within WITHIN → UTF-8 text → slack.requests.check (a known shape) → Bolt

Bolt checks signatures too, but only after reading the body: an odd header or body makes it fail, and it logs
what it refuses.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO

from slack_sdk.signature import SignatureVerifier

from bot import clock
from bot.runtime.http.log_limit import ThrottledLog
from bot.runtime.http.requests import LIMITS
from bot.runtime.http.routes import Environ, StartResponse, Wsgi, answer
from bot.slack import requests

WITHIN = timedelta(minutes=5)  # between Slack's clock and ours, as Slack recommends against replays
UNAUTHORIZED, BAD = "401 Unauthorized", "400 Bad Request"
_MOMENT = re.compile(r"[0-9]{1,11}")  # seconds, until the year 5138
log = logging.getLogger(__name__)


def require(
    slack: Wsgi,
    secret: str,
    *,
    now: Callable[[], datetime] = clock.now,
    elapsed: Callable[[], float] = clock.elapsed,
) -> Wsgi:
    """Pass on requests with Slack's signature, https://docs.slack.dev/authentication/verifying-requests-from-slack.

    Each reason for refusing is logged at most once a minute.
    """
    unsigned, late, odd = (ThrottledLog(log, elapsed) for _ in range(3))

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body, moment = environ["wsgi.input"].read(LIMITS.body), _moment(environ)
        if moment is None or not _is_signed(environ, body, secret):
            unsigned.warning("a request does not carry Slack's signature by SLACK_SIGNING_SECRET")
            return answer(start_response, UNAUTHORIZED, "not signed by Slack\n")
        if abs(now() - moment) > WITHIN:
            late.warning(
                "Slack signed a request at %s, and here it is %s: one clock is off",
                _formatted(moment),
                _formatted(now()),
            )
            return answer(start_response, UNAUTHORIZED, "not signed by Slack lately\n")
        try:
            text = requests.legible(body.decode())
            requests.check(text, environ.get("CONTENT_TYPE", ""))
        except (UnicodeDecodeError, requests.Odd) as error:
            odd.warning("a signed request is none that Slack sends: %s", error)
            return answer(start_response, BAD, "not a request of Slack's\n")
        return slack(_with(environ, text, secret), start_response)

    return serve


def _moment(environ: Environ) -> datetime | None:
    """Return the time in a request's timestamp header, None if it is malformed."""
    given = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    return datetime.fromtimestamp(int(given), UTC) if _MOMENT.fullmatch(given) else None


def _is_signed(environ: Environ, body: bytes, secret: str) -> bool:
    """Compare bytes, because Slack's own verifier fails on a body that is not text."""
    moment, given = environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"], environ.get("HTTP_X_SLACK_SIGNATURE", "")
    mine = hmac.new(secret.encode(), b"v0:%s:%s" % (moment.encode(), body), hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={mine}".encode(), given.encode())


def _formatted(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _with(environ: Environ, text: str, secret: str) -> Environ:
    """Return the environment with the checked text as its body, signed again."""
    body, moment = text.encode(), environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"]
    signature = SignatureVerifier(secret).generate_signature(timestamp=moment, body=body)
    changed = {"CONTENT_LENGTH": str(len(body)), "HTTP_X_SLACK_SIGNATURE": signature}
    return {**environ, **changed, "wsgi.input": BytesIO(body)}
