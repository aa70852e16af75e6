"""Cumulative streams: what each has reached, kept between one body and the next."""

from datetime import timedelta

from providers.claude.records import NANOSECONDS, Record
from providers.claude.streams import Stream, Streams
from storage.engine.prepared import prepared
from storage.engine.tables import TelemetryStreamRow as Row

SILENCE = timedelta(hours=48)  # a process that has not told its totals for so long has ended


class StoredStreams:
    """A connection's streams, read when a point needs one."""

    def __init__(self, connection_id: int) -> None:
        """Know no stream yet."""
        self._connection_id = connection_id
        self._streams = Streams()

    def advance(self, series: str, point: Record) -> tuple[int, float]:
        """Return since when and by how much a stream has grown."""
        stream = (series, point.started)
        if stream not in self._streams.streams:
            row = _find(self._connection_id, *stream).fetchone()
            if row:
                self._streams.streams[stream] = Stream(*row)
        return self._streams.advance(series, point)

    def save(self) -> None:
        """Store the streams that have grown; within a transaction."""
        for series, started in sorted(self._streams.changed):
            value, at = self._streams.streams[series, started]
            _save(self._connection_id, series, started, value, at)


_KEY = (Row.connection_id, Row.series, Row.started)
_find = prepared(
    lambda connection_id, series, started: Row.select(Row.value, Row.at).where(
        (Row.connection_id == connection_id) & (Row.series == series) & (Row.started == started)
    )
)
_save = prepared(
    lambda connection_id, series, started, value, at: (
        Row.insert_many([(connection_id, series, started, value, at)], (*_KEY, Row.value, Row.at))
        .on_conflict(conflict_target=_KEY, preserve=(Row.value, Row.at))
        .as_rowcount()
    )
)


def forget(connection_id: int, now: int) -> None:
    """Delete the streams of processes that have ended; `now` is in nanoseconds. Within a transaction."""
    before = now - int(SILENCE.total_seconds()) * NANOSECONDS
    Row.delete().where((Row.connection_id == connection_id) & (Row.at < before)).execute()
