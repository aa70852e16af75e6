"""Only what Slack signed lately reaches Bolt."""

import time
from io import BytesIO
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.signed import only

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = b"command=%2Fstackspend&text=help"


def knock(body: bytes = BODY, *, moment: str = "", signature: str = "", secret: str = SECRET) -> str:
    """The status of a request, signed as Slack would unless told otherwise."""
    moment = moment or str(int(time.time()))
    signature = signature or SignatureVerifier(secret).generate_signature(timestamp=moment, body=BODY) or ""
    said: list[str] = []

    def bolt(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return []

    environ = {
        "wsgi.input": BytesIO(body),
        "HTTP_X_SLACK_REQUEST_TIMESTAMP": moment,
        "HTTP_X_SLACK_SIGNATURE": signature,
    }
    list(only(bolt, SECRET)(environ, lambda status, _headers: said.append(status)))
    return said[0]


def test_what_slack_signed_goes_on() -> None:
    assert knock() == "200 OK"


@pytest.mark.parametrize(
    "request_",
    [
        {"secret": "another"},
        {"body": BODY + b"x"},
        {"body": b"\xff\xfe"},
        {"signature": "v0=caf\u00e9"},
        {"moment": "now"},
        {"moment": "1" * 40},
        {"moment": "1700000000"},  # signed well, years ago
    ],
)
def test_anything_else_is_turned_away(request_: dict[str, Any]) -> None:
    assert knock(**request_) == "401 Unauthorized"
