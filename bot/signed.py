"""The door for Slack's requests: what Slack did not sign, or not lately, goes no further.

Bolt checks this too, but only after it has read the body: a strange header or body makes it stumble, and
it writes what it refuses into the log.
"""

import re
from collections.abc import Iterable
from io import BytesIO

from slack_sdk.signature import SignatureVerifier

from bot.web import Environ, StartResponse, Wsgi

LARGEST = 1_000_000  # bytes; Slack's own are far below
_MOMENT = re.compile(r"[0-9]{1,12}")
_NO = b"not signed by Slack\n"


def only(slack: Wsgi, secret: str) -> Wsgi:
    """Hand on what carries Slack's signature, https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    verifier = SignatureVerifier(secret)

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(LARGEST)
        if not _is_signed(environ, body, verifier):
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(_NO)))]
            start_response("401 Unauthorized", headers)
            return [_NO]
        return slack({**environ, "wsgi.input": BytesIO(body)}, start_response)

    return serve


def _is_signed(environ: Environ, body: bytes, verifier: SignatureVerifier) -> bool:
    moment = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    given = environ.get("HTTP_X_SLACK_SIGNATURE", "")
    if not _MOMENT.fullmatch(moment) or not given.isascii():
        return False
    try:
        return verifier.is_valid(body, moment, given)
    except UnicodeDecodeError:  # the verifier reads the body as text
        return False
