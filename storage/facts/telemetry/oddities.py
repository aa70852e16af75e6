"""Records from clocks that are ahead, and those that came too late to be counted, by UTC day."""

from typing import NamedTuple

from providers.claude.records import NANOSECONDS
from providers.period import Period
from storage.engine.fields import to_day
from storage.engine.queries import query

_DAY = 86_400 * NANOSECONDS


class Oddities(NamedTuple):
    """How many records came from clocks that are ahead, and how many too late."""

    early: int
    late: int


def note(connection_id: int, received_at: int, *, early: int, late: int) -> None:
    """Add what came with some bodies, received at some nanoseconds since 1970; within a transaction."""
    if early or late:
        _note(connection_id, received_at // _DAY, early, late)


_note = query("""
    INSERT INTO telemetry_oddity (connection_id, day, early, late) VALUES (?, ?, ?, ?)
    ON CONFLICT (connection_id, day) DO UPDATE SET
        early = telemetry_oddity.early + excluded.early, late = telemetry_oddity.late + excluded.late
""")


def within(connection_id: int, period: Period) -> Oddities:
    """Return what was odd on some UTC days."""
    early, late = _within(connection_id, to_day(period.start), to_day(period.end)).fetchone()
    return Oddities(int(early or 0), int(late or 0))


_within = query("""
    SELECT SUM(early), SUM(late) FROM telemetry_oddity WHERE connection_id = ? AND day >= ? AND day < ?
""")
