"""Telemetry destinations of the simulated organization, as far as a client writes and reads them."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from demo.admin_api.query import ApiError, invalid

BETA = "telemetry-destinations-2026-08-11"
MOST = 10
Deliver = Callable[[str, Mapping[str, str]], str]
"""Sends a test span to an address with headers; says why it did not arrive, "" if it did."""


class Destinations:
    """What the organization has; `deliver` sends a test span."""

    def __init__(self) -> None:
        self.every: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.deliver: Deliver = lambda _address, _headers: ""

    def disable(self, reason: str, error: str) -> None:
        """Disable all, as Anthropic does when it cannot deliver."""
        for each in self.every.values():
            each["state"] = {"type": "disabled", "reason": {"type": reason}}
            each["delivery_health"]["last_error"] = error

    def enable(self) -> None:
        """Enable all, as a person does in the Console."""
        for each in self.every.values():
            each["state"] = {"type": "enabled"}

    def answer(self, method: str, place: str, content: bytes, betas: str) -> dict[str, Any]:
        """Answer a request for a place below the list. Raises ApiError."""
        if BETA not in betas:
            raise ApiError(404, "not_found_error", "Not Found")
        number, _, verb = place.strip("/").partition("/")
        if method == "POST" and not number:
            return self._create(json.loads(content))
        if number not in self.every:
            raise ApiError(404, "not_found_error", "Destination not found")
        if method == "POST" and verb == "test":
            wrong = self.deliver(self.every[number]["endpoint_url"], self.secrets[number])
            result = {"type": "failure", "error": wrong} if wrong else {"type": "success"}
            return {"type": "telemetry_destination_test", "result": result}
        return self.every[number]

    def _create(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if urlsplit(asked["endpoint_url"]).scheme != "https":
            raise invalid("endpoint_url: must use https")
        if len(self.every) >= MOST:
            raise invalid("an organization can have at most 10 destinations")
        number = f"tdst_{len(self.every) + 1}"
        self.secrets[number] = dict(asked.get("headers") or {})
        self.every[number] = {
            "id": number,
            "type": "telemetry_destination",
            "display_name": asked.get("display_name"),
            "endpoint_url": asked["endpoint_url"],
            "header_names": sorted(self.secrets[number]),
            "state": {"type": "enabled"},
            "traces": {"content_mode": "metadata_only", "enabled": True, **(asked.get("traces") or {})},
            "workspaces": asked["workspaces"],
            "delivery_health": {"last_error": None, "last_error_at": None, "last_success_at": None},
        }
        return self.every[number]
