"""The way from Slack to the bot: every delivery is signed, timed and acknowledged, or fails visibly."""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
from slack_sdk.signature import SignatureVerifier

from demo.slack.workspace import Workspace

ACK_SECONDS: Final = 3.0
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One POST to the bot and its acknowledgement; `index` is the transcript entry of the act itself."""

    index: int
    body: str = ""
    kind: str = FORM
    seconds: float = 0
    status: int = 0
    answer: str = ""
    error: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        """The acknowledgement as an object, empty where it is none."""
        try:
            value = json.loads(self.answer or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


class Wire:
    """The connection to the bot: its address, and the requests that it failed to answer."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.request_url = ""
        self.failures: list[str] = []
        no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it speaks plain HTTP, on loopback
        self._http = httpx.Client(timeout=ACK_SECONDS, trust_env=False, verify=no_certificates)

    def disconnect(self) -> None:
        """Forget the bot's address."""
        self._http.close()

    def post(self, delivery: Delivery, *, about: str, headers: Mapping[str, str] | None = None) -> Delivery:
        """POST it signed; an answer that is late, cut off or not 200 is recorded as Slack would show it."""
        signed = _signed(self.workspace.signing_secret, delivery.body)
        began = time.monotonic()
        status, answer, error = self._send(delivery, {**signed, **(headers or {})})
        seconds = time.monotonic() - began
        if error is None and seconds > ACK_SECONDS:
            error = "operation_timeout"
        if error:
            self.fail(f"{about} failed with the error “{error}”")
        return replace(delivery, seconds=seconds, status=status, answer=answer, error=error)

    def _send(self, delivery: Delivery, headers: Mapping[str, str]) -> tuple[int, str, str | None]:
        kind = {"Content-Type": delivery.kind}
        try:
            got = self._http.post(self.request_url, content=delivery.body, headers={**headers, **kind})
        except httpx.TimeoutException:
            return 0, "", "operation_timeout"
        except httpx.TransportError:
            return 0, "", "dispatch_failed"
        return got.status_code, got.text, None if got.status_code == 200 else "dispatch_failed"

    def fail(self, words: str) -> None:
        """Record that the bot did not do its part."""
        self.failures.append(words)
        self.workspace.record("failure", text=words)


def _signed(secret: str, body: str) -> dict[str, str]:
    """Sign as Slack does; always by the real clock, which is what the bot compares with."""
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature or ""}
