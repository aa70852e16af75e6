"""Wall-clock times of people's zones."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_time(at: str, zone: str, *, after: datetime) -> datetime:
    """The next moment (UTC) after one when the clock of a zone shows `at` (HH:MM).

    A time that a clock change leaves out comes as much later, perhaps past midnight; one that it repeats
    comes once.
    """
    hour, minute = map(int, at.split(":"))
    calendar = ZoneInfo(zone)
    day = after.astimezone(calendar).date() - timedelta(days=1)
    while True:
        moment = datetime.combine(day, time(hour, minute), calendar).astimezone(UTC)
        if moment > after:
            return moment
        day += timedelta(days=1)
