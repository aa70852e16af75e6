"""The time by a server's clock: the `Date` header of any of its answers."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request

from bot.slack.http import open_bounded


def time_at(address: str) -> datetime | None:
    """Return the time by a server's clock, None if it cannot be asked now."""
    try:
        return date_of(address)
    except (OSError, HTTPException, ValueError):
        return None


def date_of(address: str) -> datetime | None:
    """Return when a server sent an answer, even an error. Raises OSError or HTTPException."""
    try:
        with open_bounded(Request(address, method="HEAD")) as answer:  # noqa: S310 - from the settings
            date = answer.headers.get("Date")
    except HTTPError as error:
        with error:
            date = error.headers.get("Date")
    return parsedate_to_datetime(date) if date else None
