"""The light of a connection: green only if nothing is wrong, all history is in and figures are fresh."""

from datetime import datetime, timedelta
from typing import Literal

from digests.numbers.report import Status

FRESH = timedelta(hours=1)
"""Usage is read every two minutes; figures an hour old need an explanation."""
SELDOM = timedelta(hours=3)
"""Without usage, the bill is read every hour and Claude Code twice an hour; one call can fail."""
_MONEY = ("charges", "usage")  # the reports without which a figure is misleading
_BILL_IS_LATE = timedelta(days=2)  # a bill comes within a day, sometimes some hours later

Light = Literal["green", "yellow", "red", "reading"]


def of(status: Status, *, now: datetime) -> Light:
    """Return the light; `reading` while history comes in."""
    if status.incidents:
        return "red"
    if status.failing or status.doubted_until or is_out_of_date(status, now=now):
        return "yellow"
    if status.backfill is not None:
        return "reading"
    return "yellow" if _is_bill_late(status, now) or _is_unreadable(status) else "green"


def is_out_of_date(status: Status, *, now: datetime) -> bool:
    """Whether figures are older than people expect."""
    if status.lacks("usage"):
        return now - (status.as_of or status.connected_at) > SELDOM
    return now - (status.freshness.get("usage") or status.connected_at) > FRESH


def _is_bill_late(status: Status, now: datetime) -> bool:
    last = status.last_billed_day
    return last is None or now.date() - last > _BILL_IS_LATE


def _is_unreadable(status: Status) -> bool:
    return any(each.is_unreadable and each.report in _MONEY for each in status.oddities)
