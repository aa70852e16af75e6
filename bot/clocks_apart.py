"""How far this machine's clock is from those of Slack and Anthropic, who refuse what is minutes off."""

from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request

from bot.examination import Finding, not_set_up, ok, wrong
from bot.slack_http import open_bounded

MOST = 60  # seconds; Slack's signatures are good for 300, and a clock that is off gets worse


def compare(whose: str, address: str, *, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Compare clocks by the `Date` of any answer, be it an error."""
    what = f"Clock, against {whose}'s"
    try:
        theirs = _date_of(address)
    except (OSError, HTTPException, ValueError) as error:
        yield not_set_up(what, f"{whose} could not be asked: {getattr(error, 'reason', error)}")
        return
    if theirs is None:
        yield not_set_up(what, f"{whose} did not say what time it is")
        return
    off = (now() - theirs).total_seconds()
    told = f"{abs(off):.0f} s {'ahead' if off > 0 else 'behind'}"
    if abs(off) > MOST:
        yield wrong(what, f"this machine is {told}", "have it set by NTP, e.g. `timedatectl set-ntp true`")
    else:
        yield ok(what, told)


def time_at(address: str) -> datetime | None:
    """What time it is by another's clock, None where that cannot be known now."""
    try:
        return _date_of(address)
    except (OSError, HTTPException, ValueError):
        return None


def _date_of(address: str) -> datetime | None:
    try:
        with open_bounded(Request(address, method="HEAD")) as answer:  # noqa: S310 - from the settings
            date = answer.headers.get("Date")
    except HTTPError as error:
        with error:
            date = error.headers.get("Date")
    return parsedate_to_datetime(date) if date else None
