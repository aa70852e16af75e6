"""Destinations for the API's own telemetry: the only thing that we ever write at Anthropic.

https://platform.claude.com/docs/en/manage-claude/opentelemetry: at most ten of an organization, public HTTPS
alone; a redirect or lasting failures disable one, and what happens meanwhile is not sent later.
"""

from typing import Literal

import msgspec

from providers.anthropic.http.admin_api import DESTINATIONS, AdminApi
from providers.provider import Destination

NAME = "StackSpend"


class _Reason(msgspec.Struct):
    type: str = ""


class _State(msgspec.Struct):
    type: Literal["enabled", "disabled"]
    reason: _Reason | None = None


class _Health(msgspec.Struct):
    last_error: str | None = None


class _Destination(msgspec.Struct):
    id: str
    state: _State
    delivery_health: _Health = msgspec.field(default_factory=_Health)


class _Result(msgspec.Struct):
    type: Literal["success", "failure"]
    error: str = ""


class _Tested(msgspec.Struct):
    result: _Result


def create(api: AdminApi, endpoint: str, token: str) -> Destination:
    """Create a destination for all workspaces, without content, that sends a token; it is enabled at once."""
    wanted = {
        "endpoint_url": endpoint,
        "display_name": NAME,
        "headers": {"authorization": f"Bearer {token}"},
        "traces": {"content_mode": "metadata_only"},
        "workspaces": {"type": "all"},
    }
    return _destination(api.post(DESTINATIONS, wanted, _Destination))


def read(api: AdminApi, destination_id: str) -> Destination:
    """Return how a destination is now."""
    return _destination(api.one(f"{DESTINATIONS}/{destination_id}", _Destination))


def test(api: AdminApi, destination_id: str) -> str:
    """Have a test span sent; return Anthropic's word for why it did not arrive, "" if it did."""
    result = api.post(f"{DESTINATIONS}/{destination_id}/test", {}, _Tested).result
    return "" if result.type == "success" else result.error or "failure"


def _destination(wire: _Destination) -> Destination:
    reason = wire.state.reason.type if wire.state.reason else ""
    disabled = "" if wire.state.type == "enabled" else reason or "disabled"
    return Destination(wire.id, disabled, wire.delivery_health.last_error or "")
