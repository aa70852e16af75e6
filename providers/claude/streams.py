"""Cumulative metrics: how much a stream has grown since the last value that we know of it.

A stream is a series and its start: each process of a session has one of its own, with the same attributes.
"""

from collections.abc import Callable
from typing import NamedTuple

from providers.claude.records import Record

Advance = Callable[[str, Record], tuple[int, float]]
"""From a series and its next value to the start of the growth, and the growth."""


class Stream(NamedTuple):
    """The largest value of a stream, and when that was, in nanoseconds."""

    value: float
    at: int


class Streams:
    """Streams by series and start; the caller stores those that changed."""

    def __init__(self, streams: dict[tuple[str, int], Stream] | None = None) -> None:
        self.streams = streams or {}
        self.changed: set[tuple[str, int]] = set()

    def advance(self, series: str, point: Record) -> tuple[int, float]:
        """Return since when and by how much a stream has grown, never negative, and remember its value.

        Growth counts from the largest value, so that values out of order, or two processes that take turns
        under one start, count nothing twice.
        """
        stream = (series, point.started)
        last = self.streams.get(stream, Stream(0.0, point.started))
        if point.value > last.value:
            self.streams[stream] = Stream(point.value, max(point.ended, last.at))
            self.changed.add(stream)
        return min(last.at, point.ended) or point.ended, max(point.value - last.value, 0.0)
