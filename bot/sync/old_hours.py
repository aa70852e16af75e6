"""Hours of spend: kept for the recent past alone, unless the team's days are another calendar's than UTC's.

A UTC day needs no hours once no comparison "by this time" reaches it. A team that chooses another calendar
gets them back from stored facts, newest first; until then its older days are UTC days.
"""

from datetime import date, datetime, timedelta

from bot.sync.bills.rebuild import rebuild
from providers.period import DAY, Period
from storage.facts import coverage, directory, rollups
from storage.facts.coverage import ReportName
from storage.state import access, connections
from storage.state.connections import Connection

KEPT = timedelta(days=62)  # two months, so that a month is compared with the one before by the hour
DAYS_AT_A_TIME = 7  # as many as a window of the backfill stores in a transaction
_SPLIT_BY: tuple[ReportName, ...] = ("charges", "usage", "spend")


def begin(connection: Connection, now: datetime) -> None:
    """Keep no older hours of an organization that is new; within a transaction."""
    wanted = _wanted(connection, now)
    if wanted and rollups.first_day_with_hours(connection.id) is None and connection.first_day is None:
        rollups.keep_hours_from(connection.id, wanted)


def keep_recent_hours(connection_id: int, now: datetime) -> bool:
    """Drop hours that are too old, or restore those that are missing; return True if some are left to do."""
    wanted = _wanted(connections.by_id(connection_id), now)
    first = rollups.first_day_with_hours(connection_id)
    if first is not None and (wanted is None or first > wanted):
        return _restore(connection_id, first, wanted)
    if wanted is not None and first != wanted:
        rollups.keep_hours_from(connection_id, wanted)
    return rollups.drop_older_hours(connection_id)


def _wanted(connection: Connection, now: datetime) -> date | None:
    """Return the first day whose hours are kept, None for a calendar that needs them all."""
    calendar = access.of_team(connection.team_id).calendar
    return now.date() - KEPT if calendar == "UTC" else None


def _restore(connection_id: int, first: date, wanted: date | None) -> bool:
    """Make the hours of some days before `first` from stored facts; return True if older ones are left."""
    start = max(first - DAYS_AT_A_TIME * DAY, wanted or date.min)
    window = Period(start, first)
    days = {day for report in _SPLIT_BY for day in coverage.days(connection_id, report, window)}
    rollups.keep_hours_from(connection_id, start)
    rebuild(connection_id, sorted(days), directory.read(connection_id))
    oldest = min(filter(None, (coverage.first_day(connection_id, each) for each in _SPLIT_BY)), default=start)
    if start <= oldest and wanted is None:
        rollups.keep_hours_from(connection_id, None)
    return start > (wanted or oldest)
