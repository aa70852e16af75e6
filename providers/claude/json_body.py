"""Read OTLP bodies in JSON, leniently: unknown fields, numbers as texts, names in any case, missing parts.

Nothing here fails for a value of the wrong type: it counts as missing, and a record that is no object is
rejected alone. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import msgspec

from providers.claude import allow_list, values
from providers.claude.allow_list import Sieve
from providers.claude.errors import UnreadableBody
from providers.claude.records import Record, Signal, Value

MOST_CONTAINERS = 500_000
"""Objects and lists in a body, counted by their brackets, in texts too. The largest honest body of 8 MB has
fewer than 400,000; one of empty objects alone would take thirty times its size in memory."""

_CUMULATIVE = (2, "2", "AGGREGATION_TEMPORALITY_CUMULATIVE")

Object = Mapping[str, Any]


def read(signal: Signal, body: bytes, sieve: Sieve) -> Iterator[Record | None]:
    """Return the records that we count, and None for each that cannot be read. Raises UnreadableBody."""
    if body.count(b"{") + body.count(b"[") > MOST_CONTAINERS:
        raise UnreadableBody(413, "the body has too many parts")
    try:
        whole = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableBody(400, "the body is not JSON") from error
    if not isinstance(whole, dict):
        raise UnreadableBody(400, "the body is not a JSON object")
    return _records(signal, _named(whole), sieve)


def _records(signal: Signal, whole: Object, sieve: Sieve) -> Iterator[Record | None]:
    plural = signal.capitalize() if signal != "traces" else "Spans"
    make = {"metrics": _points, "logs": _event, "traces": _span}[signal]
    leaf = {"metrics": "metrics", "logs": "logRecords", "traces": "spans"}[signal]
    for of_resource in _objects(whole.get(f"resource{plural}")):
        resource = sieve.take(_pairs(_object(of_resource.get("resource")).get("attributes")))
        for of_scope in _objects(of_resource.get(f"scope{plural}")):
            scope = sieve.name(_object(of_scope.get("scope")).get("name"))
            leaves = of_scope.get(leaf)
            for each in leaves if isinstance(leaves, list) else ():
                if isinstance(each, dict):
                    yield from make(scope, resource, _named(each), sieve)
                else:
                    yield None


def _event(scope: str, resource: Mapping[str, Value], record: Object, sieve: Sieve) -> Iterator[Record]:
    attributes = sieve.take(_pairs(record.get("attributes")))
    name = allow_list.event_name(scope, _object(record.get("body")).get("stringValue"), attributes)
    if name:
        ended = values.whole(record.get("timeUnixNano")) or values.whole(record.get("observedTimeUnixNano"))
        yield Record("event", name, scope, {**resource, **attributes}, ended or 0)


def _span(scope: str, resource: Mapping[str, Value], span: Object, sieve: Sieve) -> Iterator[Record]:
    attributes, name = sieve.take(_pairs(span.get("attributes"))), values.text(span.get("name"))
    if allow_list.is_counted_span(scope, name, attributes):
        ended, started = (values.whole(span.get(f"{edge}TimeUnixNano")) or 0 for edge in ("end", "start"))
        ids = _hex(span.get("traceId"), 32) + _hex(span.get("spanId"), 16)
        yield Record("span", sieve.name(name), scope, {**resource, **attributes}, ended, started, span_id=ids)


def _points(scope: str, resource: Mapping[str, Value], metric: Object, sieve: Sieve) -> Iterator[Record]:
    name, total = values.text(metric.get("name")), _object(metric.get("sum"))
    if name not in allow_list.METRICS:
        return
    is_cumulative = total.get("aggregationTemporality") in _CUMULATIVE
    for point in _objects(total.get("dataPoints")):
        attributes = sieve.take(_pairs(point.get("attributes")))
        ended, started = (
            values.whole(point.get(each)) or 0 for each in ("timeUnixNano", "startTimeUnixNano")
        )
        value = values.number(point.get("asDouble", point.get("asInt")))
        merged = {**resource, **attributes}
        yield Record("point", name, scope, merged, ended, started, value or 0.0, is_cumulative)


def _pairs(attributes: object) -> Iterator[tuple[str, Callable[[], object]]]:
    for pair in _objects(attributes, most=allow_list.MOST):
        name = pair.get("key")
        if isinstance(name, str):
            yield name, partial(_value, pair.get("value"))


def _value(value: object) -> object:
    """Return the value of an attribute if it is a plain one, else the list or map as it stands."""
    for kind, inner in _object(value).items():
        if kind == "intValue":
            return values.whole(inner)
        if kind == "doubleValue":
            return values.number(inner)
        return inner
    return None


def _objects(items: object, *, most: int | None = None) -> Iterator[Object]:
    for each in items[:most] if isinstance(items, list) else ():
        if isinstance(each, dict):
            yield _named(each)


def _object(value: object) -> Object:
    return _named(value) if isinstance(value, dict) else {}


def _named(value: dict[str, Any]) -> Object:
    """Return an object with its names in lower camel case; some senders write others."""
    if all(name[:1].islower() and "_" not in name for name in value):
        return value
    return {_camel(name) if len(name) <= _LONGEST_NAME else name: inner for name, inner in value.items()}


_LONGEST_NAME = 40  # of a field of OTLP; a longer one is none, and not worth remembering


@cache
def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first[:1].lower() + first[1:] + "".join(word.capitalize() for word in others)


def _hex(value: object, length: int) -> str:
    """Return the id of a trace or span, which is in hexadecimal here, in lower case; "" if it is none."""
    text = values.text(value)
    return text.lower() if len(text) == length and set(text) <= _HEXADECIMAL else ""


_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
