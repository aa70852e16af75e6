"""Damage an answer of the simulated Admin API as faults demand: an error, or a changed body."""

from __future__ import annotations

import gzip
import time
import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from demo.admin_api.query import ApiError
from demo.admin_api.reports import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_KINDS = {500: "api_error", 502: "api_error", 503: "api_error", 504: "timeout_error", 529: "overloaded_error"}

_REFUSALS = {
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the Anthropic API."),
    403: ("permission_error", "This key does not have permission to read this report."),
    404: ("not_found_error", "Not Found"),
}


def fail(struck: dict[str, Any], now: datetime) -> None:
    """Answer with an error if so struck. Raises ApiError."""
    if "down" in struck:
        status = struck["down"]["status"]
        raise ApiError(
            status, _KINDS.get(status, "api_error"), "Overloaded" if status == 529 else "Internal error"
        )
    if "refuse" in struck:
        status = struck["refuse"]["status"]
        raise ApiError(status, *_REFUSALS[status])
    if "rate_limit" in struck:
        raise ApiError(
            429, "rate_limit_error", "This request would exceed your organization's rate limit.",
            headers=_rate_limit_headers(struck["rate_limit"], now),
        )  # fmt: skip


def _rate_limit_headers(details: dict[str, Any], now: datetime) -> dict[str, str]:
    headers = {}
    if details["retry_after"] is not None:
        headers["retry-after"] = str(details["retry_after"])
    if details["retry_after_ms"] is not None:
        headers["retry-after-ms"] = str(details["retry_after_ms"])
    if details["stale_reset"]:
        long_ago = now - timedelta(hours=3)
        headers["anthropic-ratelimit-requests-reset"] = long_ago.strftime("%Y-%m-%dT%H:%M:%SZ")
    return headers


def spoil(answer: Answer, struck: dict[str, Any]) -> Answer:
    """Leave out, add or cut what the faults say."""
    body = answer.body
    if "drop_field" in struck:
        body = msgspec.json.encode(_without(msgspec.json.decode(body), struck["drop_field"]["name"]))
    if "novelty" in struck:
        body = msgspec.json.encode(_with_novelties(msgspec.json.decode(body)))
    for fault, spoiled in _SPOILED.items():
        if fault in struck:
            body = msgspec.json.encode(spoiled(msgspec.json.decode(body), struck[fault]))
    if "truncate" in struck:
        body = body[: len(body) // 2]
    return answer if body is answer.body else Answer(body)


def _repeated(body: Any, _details: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return {**body, "data": [*body["data"], *body["data"][-1:]]} if "data" in body else body


def _with_field(body: Any, name: str, change: Any) -> Any:  # noqa: ANN401 - JSON
    """Copy JSON with another value in a field, wherever it stands."""
    if isinstance(body, list):
        return [_with_field(one, name, change) for one in body]
    if isinstance(body, dict):
        return {
            key: change if key == name else _with_field(value, name, change) for key, value in body.items()
        }
    return body


_SPOILED: Mapping[str, Callable[[Any, dict[str, Any]], Any]] = {
    "repeat": _repeated,
    "null": lambda body, details: _with_field(body, details["name"], None),
    "currency": lambda body, details: _with_field(body, "currency", details["code"]),
    "amounts": lambda body, details: _with_field(body, "amount", details["amount"]),
}
_MEGABYTES = 600


def bomb() -> bytes:
    """Pack spaces so that every megabyte is the same few bytes again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"", mtime=0)[:10] + block * _MEGABYTES


def dripping(body: bytes, seconds: float) -> Iterator[bytes]:
    """Yield a byte at a time."""
    for number in range(len(body)):
        time.sleep(seconds)
        yield body[number : number + 1]


def _without(body: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    """Copy JSON without a field."""
    if isinstance(body, list):
        return [_without(one, name) for one in body]
    if isinstance(body, dict):
        return {key: _without(value, name) for key, value in body.items() if key != name}
    return body


_ENUMERATIONS = frozenset(
    (
        "cost_type", "token_type", "service_tier", "context_window", "inference_geo", "model", "status",
        "role", "customer_type", "subscription_type", "terminal_type", "product",
    )
)  # fmt: skip


def _with_novelties(body: Any) -> Any:  # noqa: ANN401 - JSON
    """Copy JSON with what a later version of the API might add."""
    if isinstance(body, list):
        copies = [_with_novelties(one) for one in body]
        first = body[0] if body else None
        is_rows = isinstance(first, dict) and ("starting_at" not in first or "group" in first)
        return [*copies, _unheard_of(copies[0])] if is_rows else copies
    if isinstance(body, dict):
        return {
            **{key: _with_novelties(value) for key, value in body.items()},
            "later_field": {"since": 2027},
        }
    return body


def _unheard_of(value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _unheard_of(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_unheard_of(one, name) for one in value[:1]]
    if name in _ENUMERATIONS and value is not None:
        return "unheard_of"
    if name == "id" and isinstance(value, str):
        return f"{value}New"
    if name in {"amount", "list_amount"}:
        return "0" if isinstance(value, str) else 0
    return 0 if type(value) is int else value
