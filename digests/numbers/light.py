"""The light of a connection: green only where nothing is wrong, all history is in and figures are fresh."""

from datetime import datetime, timedelta
from typing import Literal

from digests.numbers.report import Status

FRESH = timedelta(hours=1)
"""Usage is asked for every two minutes; figures an hour old are such that somebody wonders why."""
SELDOM = timedelta(hours=3)
"""Where usage is not offered, the bill is asked for every hour and Claude Code twice; one call may fail."""
_MONEY = ("charges", "usage")  # the reports without which a figure is not what people take it to be
_BILL_IS_LATE = timedelta(days=2)  # a bill comes within a day, at times some hours later

Light = Literal["green", "yellow", "red", "reading"]


def of(status: Status, *, now: datetime) -> Light:
    """Return the light; `reading` while history comes in and nothing keeps it out."""
    if status.incidents:
        return "red"
    if status.failing or status.doubted_until or is_out_of_date(status, now=now):
        return "yellow"
    if status.backfill is not None:
        return "reading"
    return "yellow" if _is_bill_late(status, now) or _is_unreadable(status) else "green"


def is_out_of_date(status: Status, *, now: datetime) -> bool:
    """Whether figures are older than people take them to be."""
    if status.lacks("usage"):
        return now - (status.as_of or status.connected_at) > SELDOM
    return now - (status.freshness.get("usage") or status.connected_at) > FRESH


def _is_bill_late(status: Status, now: datetime) -> bool:
    last = status.last_billed_day
    return last is None or now.date() - last > _BILL_IS_LATE


def _is_unreadable(status: Status) -> bool:
    return any(each.is_unreadable and each.report in _MONEY for each in status.oddities)
