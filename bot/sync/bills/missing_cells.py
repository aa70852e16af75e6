"""The cells of days that an older release stored: made again from stored facts, newest first."""

from datetime import datetime

from bot.sync.bills.rebuild import rebuild
from storage.facts import cells, directory

DAYS_AT_A_TIME = 7  # as many as a window of the backfill stores in a transaction


def make_missing_cells(connection_id: int, _now: datetime) -> bool:
    """Rebuild the newest days without cells; return True if older ones are left."""
    days = cells.newest_missing_days(connection_id, count=DAYS_AT_A_TIME)
    rebuild(connection_id, days, directory.read(connection_id))
    return len(days) == DAYS_AT_A_TIME
