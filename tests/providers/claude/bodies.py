"""Bodies of OTLP requests: the samples, and ones made of a few attributes."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from providers.claude.decode import Form, decode
from providers.claude.records import NANOSECONDS, Batch, Record, Signal

DATA = Path(__file__).parents[2] / "data" / "claude"
FILES = sorted(path.name for path in DATA.glob("*.otlp.*"))
AT = 1_795_944_000 * NANOSECONDS  # 2026-11-29 09:20 UTC
SOON = AT + 60 * NANOSECONDS
SAMPLED = AT + 86_400 * NANOSECONDS  # after every sample was sent
_RUN = re.compile(r"(-process\d)?-(logs|metrics|traces)(-\d)?\.otlp\.(json|pb)$")
EVENTS, METRICS = "com.anthropic.claude_code.events", "com.anthropic.claude_code"


def signal_of(file: str) -> Signal:
    match = _RUN.search(file)
    assert match
    signals: dict[str, Signal] = {"logs": "logs", "metrics": "metrics", "traces": "traces"}
    return signals[match[2]]


def form_of(file: str) -> Form:
    return "json" if file.endswith("json") else "protobuf"


def run_of(file: str) -> str:
    return _RUN.sub("", file)


def sample(file: str) -> Batch:
    return decode(signal_of(file), form_of(file), (DATA / file).read_bytes())


def totals() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    whole: Mapping[str, Mapping[str, Mapping[str, Any]]] = json.loads((DATA / "totals.json").read_text())
    return whole


def attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}
    return [
        {"key": key, "value": {kinds[type(value)]: value} if type(value) in kinds else value}
        for key, value in values.items()
    ]


def logs_body(*records: Mapping[str, Any], resource: Mapping[str, Any] | None = None) -> bytes:
    return _body("Logs", "logRecords", EVENTS, records, resource)


def metrics_body(*metrics: Mapping[str, Any], resource: Mapping[str, Any] | None = None) -> bytes:
    return _body("Metrics", "metrics", METRICS, metrics, resource)


def traces_body(
    *spans: Mapping[str, Any], scope: str = "com.anthropic.claude-platform", **resource: Any
) -> bytes:
    return _body("Spans", "spans", scope, spans, resource)


def _body(
    plural: str, leaf: str, scope: str, leaves: Sequence[object], resource: Mapping[str, Any] | None
) -> bytes:
    scoped = [{"scope": {"name": scope}, leaf: leaves}]
    whole = {"resource": {"attributes": attributes(resource or {})}, f"scope{plural}": scoped}
    return msgspec.json.encode({f"resource{plural}": [whole]})


def event(at: int = AT, name: str = "api_request", **values: Any) -> dict[str, Any]:
    """A log record as Claude Code writes it; `__` in a keyword is a dot in the attribute's name."""
    return {
        "timeUnixNano": str(at),
        "body": {"stringValue": f"claude_code.{name}"},
        "attributes": attributes({key.replace("__", "."): value for key, value in values.items()}),
    }


def point(started: int, ended: int, value: float, **values: Any) -> dict[str, Any]:
    return {
        "startTimeUnixNano": str(started),
        "timeUnixNano": str(ended),
        "asDouble": value,
        "attributes": attributes({key.replace("__", "."): each for key, each in values.items()}),
    }


def metric(name: str, *points: Mapping[str, Any], cumulative: bool = False) -> dict[str, Any]:
    total = {"aggregationTemporality": 2 if cumulative else 1, "isMonotonic": True, "dataPoints": points}
    return {"name": f"claude_code.{name}", "sum": total}


def span(name: str = "anthropic.messages.create", at: int = AT, **values: Any) -> dict[str, Any]:
    return {
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "spanId": "00f067aa0ba902b7",
        "name": name,
        "startTimeUnixNano": str(at - NANOSECONDS),
        "endTimeUnixNano": str(at),
        "attributes": attributes({key.replace("__", "."): value for key, value in values.items()}),
    }


def records(signal: Signal, body: bytes) -> list[Record]:
    return decode(signal, "json", body).records
