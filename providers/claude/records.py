"""What is left of one OTLP body: metric points, log records and spans in one form, without content."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Signal = Literal["metrics", "logs", "traces"]
Kind = Literal["point", "event", "span"]
Value = str | int | float | bool

KINDS: Mapping[Signal, Kind] = {"metrics": "point", "logs": "event", "traces": "span"}
NANOSECONDS = 1_000_000_000  # in a second: OTLP's unit of time


class Record(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """A metric point, a log record or a span.

    `scope` is the instrumentation scope, which tells the kind of sender. `attributes` are the record's own,
    with the resource's where it has none of that name. Times are in nanoseconds since 1970, 0 if not given;
    an event has only `ended`. `value` and `is_cumulative` are a point's: a delta counts since `started`, a
    cumulative value since the beginning of its stream. `span_id` is a span's trace and own id.
    """

    kind: Kind
    name: str
    scope: str
    attributes: dict[str, Value]
    ended: int
    started: int = 0
    value: float = 0.0
    is_cumulative: bool = False
    span_id: str = ""


class Batch(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The records of one body that we count, how many we could not read, and whether content came along."""

    signal: Signal
    records: list[Record]
    rejected: int = 0
    has_content: bool = False
