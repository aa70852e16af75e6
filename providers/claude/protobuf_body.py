"""Read OTLP bodies in protobuf. The library is imported by the first such body: it takes 60 ms."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from providers.claude import allow_list, values
from providers.claude.allow_list import Sieve
from providers.claude.errors import UnreadableBody
from providers.claude.records import Record, Signal, Value

_REQUESTS: Mapping[Signal, str] = {
    "metrics": "ExportMetricsServiceRequest",
    "logs": "ExportLogsServiceRequest",
    "traces": "ExportTraceServiceRequest",
}
_CUMULATIVE = 2  # AGGREGATION_TEMPORALITY_CUMULATIVE


def read(signal: Signal, body: bytes, sieve: Sieve) -> Iterator[Record | None]:
    """Return the records that we count, None never. Raises UnreadableBody."""
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - as the library itself

    singular = signal.removesuffix("s") if signal == "traces" else signal
    service = import_module(f"opentelemetry.proto.collector.{singular}.v1.{singular}_service_pb2")
    try:
        whole = getattr(service, _REQUESTS[signal]).FromString(body)
    except DecodeError as error:
        raise UnreadableBody(400, "the body is not OTLP in protobuf") from error
    return {"metrics": _metrics, "logs": _logs, "traces": _traces}[signal](whole, sieve)


def _logs(whole: Any, sieve: Sieve) -> Iterator[Record]:  # noqa: ANN401 - generated, so for the next
    for of_resource in whole.resource_logs:
        resource = sieve.take(_pairs(of_resource.resource.attributes))
        for of_scope in of_resource.scope_logs:
            scope = sieve.name(of_scope.scope.name)
            for record in of_scope.log_records:
                attributes = sieve.take(_pairs(record.attributes))
                name = allow_list.event_name(scope, record.body.string_value, attributes)
                if name:
                    ended = record.time_unix_nano or record.observed_time_unix_nano
                    yield Record("event", name, scope, {**resource, **attributes}, _time(ended))


def _traces(whole: Any, sieve: Sieve) -> Iterator[Record]:  # noqa: ANN401
    for of_resource in whole.resource_spans:
        resource = sieve.take(_pairs(of_resource.resource.attributes))
        for of_scope in of_resource.scope_spans:
            scope = sieve.name(of_scope.scope.name)
            for span in of_scope.spans:
                attributes, name = sieve.take(_pairs(span.attributes)), span.name
                if allow_list.is_counted_span(scope, name, attributes):
                    ended, started = _time(span.end_time_unix_nano), _time(span.start_time_unix_nano)
                    merged = {**resource, **attributes}
                    ids = span.trace_id.hex()[:32] + span.span_id.hex()[:16]
                    yield Record("span", sieve.name(name), scope, merged, ended, started, span_id=ids)


def _metrics(whole: Any, sieve: Sieve) -> Iterator[Record]:  # noqa: ANN401
    for of_resource in whole.resource_metrics:
        resource = sieve.take(_pairs(of_resource.resource.attributes))
        for of_scope in of_resource.scope_metrics:
            scope = sieve.name(of_scope.scope.name)
            for metric in of_scope.metrics:
                if metric.name in allow_list.METRICS:
                    yield from _points(scope, metric, resource, sieve)


def _points(
    scope: str,
    metric: Any,  # noqa: ANN401
    resource: Mapping[str, Value],
    sieve: Sieve,
) -> Iterator[Record]:
    is_cumulative = metric.sum.aggregation_temporality == _CUMULATIVE
    for point in metric.sum.data_points:
        attributes = {**resource, **sieve.take(_pairs(point.attributes))}
        ended, started = _time(point.time_unix_nano), _time(point.start_time_unix_nano)
        value = values.number(point.as_int if point.HasField("as_int") else point.as_double)
        yield Record("point", metric.name, scope, attributes, ended, started, value or 0.0, is_cumulative)


def _pairs(attributes: Any) -> Iterator[tuple[str, Callable[[], object]]]:  # noqa: ANN401
    pairs: Iterable[Any] = attributes if len(attributes) <= allow_list.MOST else attributes[: allow_list.MOST]
    for pair in pairs:
        yield pair.key, partial(_value, pair)


def _value(pair: Any) -> object:  # noqa: ANN401
    kind = pair.value.WhichOneof("value")
    value = getattr(pair.value, kind) if kind else None
    return values.number(value) if kind == "double_value" else value


def _time(nanoseconds: int) -> int:
    return nanoseconds if nanoseconds <= values.LARGEST else 0
