"""The door for Slack's requests: what Slack did not sign, or not lately, goes no further.

signed? │ lately? │ text? │ of a shape that we know │ Bolt

Bolt checks signatures too, but only after it has read the body: a strange header or body makes it stumble,
and it writes what it refuses into the log.
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
    """Hand on what carries Slack's signature, https://docs.slack.dev/authentication/verifying-requests-from-slack.

    What is refused leaves a line in the log, one a minute, for each reason.
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
    """Return when a request says that it was signed."""
    given = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    return datetime.fromtimestamp(int(given), UTC) if _MOMENT.fullmatch(given) else None


def _is_signed(environ: Environ, body: bytes, secret: str) -> bool:
    """Compare bytes: Slack's own verifier reads the body as text, which it may not be."""
    moment, given = environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"], environ.get("HTTP_X_SLACK_SIGNATURE", "")
    mine = hmac.new(secret.encode(), b"v0:%s:%s" % (moment.encode(), body), hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={mine}".encode(), given.encode())


def _formatted(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _with(environ: Environ, text: str, secret: str) -> Environ:
    """Put in the body as it was read, and sign it anew where that is not as it came."""
    body, moment = text.encode(), environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"]
    signature = SignatureVerifier(secret).generate_signature(timestamp=moment, body=body)
    changed = {"CONTENT_LENGTH": str(len(body)), "HTTP_X_SLACK_SIGNATURE": signature}
    return {**environ, **changed, "wsgi.input": BytesIO(body)}
