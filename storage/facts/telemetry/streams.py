"""Cumulative streams: what each has reached, kept between one body and the next."""

from datetime import timedelta

from providers.claude.records import NANOSECONDS, Record
from providers.claude.streams import Stream, Streams
from storage.engine.queries import query
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


_find = query("""
    SELECT value, at FROM telemetry_stream WHERE connection_id = ? AND series = ? AND started = ?
""")
_save = query("""
    INSERT INTO telemetry_stream (connection_id, series, started, value, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (connection_id, series, started) DO UPDATE SET value = excluded.value, at = excluded.at
""")


def forget(connection_id: int, now: int) -> None:
    """Delete the streams of processes that have ended; `now` is in nanoseconds. Within a transaction."""
    before = now - int(SILENCE.total_seconds()) * NANOSECONDS
    Row.delete().where((Row.connection_id == connection_id) & (Row.at < before)).execute()
