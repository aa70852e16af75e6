"""Only what Slack signed lately, and what it does send, reaches Bolt; what is refused is told in the log."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.runtime.http.log_limit import EVERY
from bot.runtime.http.signature import require
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import Harness, connect, open_harness

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = b"command=%2Fstackspend&user_id=U1&text=help"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)


class Door:
    """The door, a clock beside it, and what went through."""

    def __init__(self) -> None:
        self.now, self.elapsed = NOW, 1000.0
        self.passed: list[dict[str, Any]] = []
        self._app = require(self._bolt, SECRET, now=lambda: self.now, elapsed=lambda: self.elapsed)

    def _bolt(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.passed.append(environ)
        start_response("200 OK", [])
        return []

    def knock(
        self,
        body: bytes = BODY,
        *,
        moment: str = "",
        signature: str = "",
        secret: str = SECRET,
        kind: str = FORM,
    ) -> str:
        """The status of a request, signed as Slack would unless told otherwise."""
        moment = moment or str(int(self.now.timestamp()))
        signature = signature or signed(body, moment, secret)
        statuses: list[str] = []
        environ = {
            "wsgi.input": BytesIO(body),
            "HTTP_X_SLACK_REQUEST_TIMESTAMP": moment,
            "HTTP_X_SLACK_SIGNATURE": signature,
            "CONTENT_TYPE": kind,
        }
        list(self._app(environ, lambda status, _headers: statuses.append(status)))
        return statuses[0]


def signed(body: bytes, moment: str, secret: str) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()


@pytest.fixture
def door() -> Door:
    return Door()


def test_what_slack_signed_goes_on(door: Door) -> None:
    assert door.knock() == "200 OK"
    assert door.passed[0]["wsgi.input"].read() == BODY


@pytest.mark.parametrize(
    "request_",
    [
        {"secret": "another"},
        {"signature": "v0=" + "0" * 64},
        {"signature": "v0=caf\u00e9"},
        {"signature": "", "secret": ""},
        {"body": b"\xff\xfe", "secret": "another"},
        {"moment": "now"},
        {"moment": "\u00b2"},
        {"moment": "1" * 40},
        {"moment": "1700000000"},  # signed well, years ago
        {"moment": "99999999999"},
    ],
)
def test_anything_else_is_turned_away(door: Door, request_: dict[str, Any]) -> None:
    assert door.knock(**request_) == "401 Unauthorized"
    assert door.passed == []


def test_a_signature_is_good_for_five_minutes_either_way(door: Door) -> None:
    for seconds, status in ((-301, "401"), (-299, "200"), (299, "200"), (301, "401")):
        moment = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
        assert door.knock(moment=moment).startswith(status)


def test_a_clock_that_is_off_is_reported_once_a_minute_with_both_times(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot")
    late = str(int((NOW + timedelta(minutes=10)).timestamp()))
    for _ in range(50):
        door.knock(moment=late)
    door.elapsed += EVERY
    door.knock(moment=late)
    first, second = caplog.messages
    assert "signed a request at 2026-11-22 10:41:00 UTC, and here it is 2026-11-22 10:31:00 UTC" in first
    assert "(49 more like it since the last such line)" in second


def test_wrong_signatures_are_counted_once_a_minute(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bot")
    for minute in range(3):
        door.elapsed = 1000 + minute * EVERY
        for _ in range(50):
            door.knock(secret="another", moment="1700000000")
    assert len(caplog.messages) == 3
    assert all("SLACK_SIGNING_SECRET" in message for message in caplog.messages)


def interaction(**fields: Any) -> bytes:
    """A pressed button, as Slack sends it, but for some fields; those that are None are left out."""
    usual = {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "team": {"id": "T1"},
        "actions": [{"action_id": "sync", "block_id": "b"}],
        "container": {"type": "message", "is_ephemeral": True},
    }
    payload = {name: value for name, value in {**usual, **fields}.items() if value is not None}
    return b"payload=" + quote(json.dumps(payload)).encode()


MODAL = {"id": "V1", "type": "modal", "callback_id": "connect"}
VIEW = {**MODAL, "state": {"values": {"a": {"b": {"value": "x"}}}}}
TAKEN = [
    (interaction(), FORM),
    (interaction(team=None, enterprise={"id": "E1"}), FORM),
    (interaction(type="view_submission", view=VIEW), FORM),
    (interaction(type="view_closed", view={"id": "V1", "type": "modal"}, actions=None), FORM),
    (interaction(type="shortcut", actions=None), FORM),
    (interaction(type="something_new", actions=None), FORM),
    (b"ssl_check=1&token=x", FORM),
    (b'{"type": "url_verification", "challenge": "x"}', JSON),
    (b'{"type": "event_callback", "team_id": "T1", "event": {"type": "something_new"}}', JSON),
    (b'{"type": "event_callback", "event": {"type": "x", "user": {"id": "U1"}}}', JSON + "; charset=utf-8"),
    (b'{"type": "app_rate_limited", "team_id": "T1"}', JSON),
]
ODD = [
    (b"", FORM),
    (b"", JSON),
    (b"\xff\xfe", FORM),
    (b'{"type": "\xff"}', JSON),
    (b"payload=", FORM),
    (b"payload={", FORM),
    (b"payload=1", FORM),
    (b"payload=[]", FORM),
    (b"payload=null", FORM),
    (b"payload=" + b"[" * 100_000, FORM),
    (b'{"a":' * 100_000, JSON),
    (b"payload=" + b"9" * 5_000, FORM),
    (b'{"type": ' + b"9" * 5_000 + b"}", JSON),
    (b"{", JSON),
    (b"[]", JSON),
    (b"1", JSON),
    (b"null", JSON),
    (b"{}", JSON),
    (b'{"type": 5}', JSON),
    (b'{"type": "url_verification"}', JSON),
    (b'{"type": "event_callback"}', JSON),
    (b'{"type": "event_callback", "event": "app_home_opened"}', JSON),
    (b'{"type": "event_callback", "event": {}}', JSON),
    (b'{"type": "event_callback", "event": {"type": 5}}', JSON),
    (b'{"type": "event_callback", "event": {"type": "x"}, "event_time": "now"}', JSON),
    (b'{"type": "event_callback", "event": {"type": "x"}, "event_time": 999999999999999}', JSON),
    (b'{"type": "event_callback", "event": {"type": "tokens_revoked", "tokens": ["x"]}}', JSON),
    (b'{"type": "event_callback", "event": {"type": "x"}, "authorizations": [1]}', JSON),
    (b'{"type": "event_callback", "event": {"type": "x"}, "authorizations": {"a": 1}}', JSON),
    (b'{"type": "something_new", "text": "\\ud800"}', JSON),
    (b"command=%2Fstackspend", FORM),
    (b"text=cost", FORM),
    (interaction(user=None), FORM),
    (interaction(user="U1"), FORM),
    (interaction(user={"id": 5}), FORM),
    (interaction(team="T1"), FORM),
    (interaction(actions=None), FORM),
    (interaction(actions={"action_id": "sync"}), FORM),
    (interaction(actions=[{}]), FORM),
    (interaction(actions=["sync"]), FORM),
    (interaction(actions=[]), FORM),
    (interaction(actions=[{"action_id": "sync", "value": 5}]), FORM),
    (interaction(actions=[{"action_id": "sync", "selected_option": "x"}]), FORM),
    (interaction(view=[]), FORM),
    (interaction(container="message"), FORM),
    (interaction(response_url=5), FORM),
    (interaction(type="view_submission"), FORM),
    (interaction(type="view_submission", view={"id": "V1", "type": "modal"}), FORM),
    (interaction(type="view_submission", view={**VIEW, "state": {"values": {"a": "b"}}}), FORM),
    (
        interaction(type="view_submission", view={**VIEW, "state": {"values": {"a": {"b": {"value": 5}}}}}),
        FORM,
    ),
    (interaction(type="view_submission", view={**VIEW, "private_metadata": {}}), FORM),
    (interaction(type="view_submission", view={**VIEW, "type": None}), FORM),
    (interaction(type="view_closed", actions=None), FORM),
]


@pytest.mark.parametrize(("body", "kind"), TAKEN)
def test_whatever_slack_sends_goes_on(door: Door, body: bytes, kind: str) -> None:
    assert door.knock(body, kind=kind) == "200 OK"


@pytest.mark.parametrize(("body", "kind"), ODD)
def test_what_is_signed_and_odd_is_a_bad_request(door: Door, body: bytes, kind: str) -> None:
    assert door.knock(body, kind=kind) == "400 Bad Request"
    assert door.passed == []


def test_a_command_may_say_payload(door: Door) -> None:
    assert door.knock(BODY.replace(b"help", b"cost+payload")) == "200 OK"
    (environ,) = door.passed
    body = environ["wsgi.input"].read().decode()
    assert BoltRequest(body=body).body["text"] == "cost payload"
    moment, signature = environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"], environ["HTTP_X_SLACK_SIGNATURE"]
    now = type("Then", (), {"now": lambda _self: float(moment)})()
    assert SignatureVerifier(SECRET, now).is_valid(body, moment, signature)


# --- behind it


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        connect(opened)
        yield opened


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (interaction(type="view_closed", view=MODAL, actions=None), FORM),
        (interaction(type="view_submission", view={**VIEW, "callback_id": "from another time"}), FORM),
        (interaction(type="shortcut", callback_id="x", actions=None), FORM),
        (interaction(type="something_new", actions=None), FORM),
        (b'{"type": "event_callback", "team_id": "T1", "event": {"type": "something_new"}}', JSON),
        (b'{"type": "app_rate_limited", "team_id": "T1"}', JSON),
    ],
)
def test_closed_modals_and_what_is_new_are_acknowledged(harness: Harness, body: bytes, kind: str) -> None:
    assert posted(harness, body, kind) == 200


@ON_SQLITE
def test_a_form_without_its_fields_is_a_bad_request(harness: Harness) -> None:
    view = {**VIEW, "state": {"values": {}}}
    assert posted(harness, interaction(type="view_submission", view=view), FORM) == 400


def posted(harness: Harness, body: bytes, kind: str) -> int:
    """The status of a request that Slack signed."""
    moment, secret = str(int(time.time())), harness.slack.workspace.signing_secret
    headers = {
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": signed(body, moment, secret),
        "Content-Type": kind,
    }
    return httpx.post(harness.slack.request_url, content=body, headers=headers).status_code
