"""Check of this machine's clock against Slack's and Anthropic's, who refuse requests minutes off."""

from collections.abc import Callable, Iterator
from datetime import datetime
from http.client import HTTPException

from bot.cli.doctor.findings import Finding, not_set_up, ok, wrong
from bot.slack.server_time import date_of

MOST = 60  # seconds; Slack's signatures are valid for 300, and a drifting clock gets worse


def compare(whose: str, address: str, *, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Compare clocks by the `Date` header of any answer, even an error."""
    what = f"Clock, against {whose}'s"
    try:
        theirs = date_of(address)
    except (OSError, HTTPException, ValueError) as error:
        yield not_set_up(what, f"{whose} couldn't be reached: {getattr(error, 'reason', error)}")
        return
    if theirs is None:
        yield not_set_up(what, f"{whose} didn't send the time")
        return
    off = (now() - theirs).total_seconds()
    skew = f"{abs(off):.0f} s {'ahead' if off > 0 else 'behind'}"
    if abs(off) > MOST:
        yield wrong(what, f"this machine is {skew}", "set it by NTP, e.g. `timedatectl set-ntp true`")
    else:
        yield ok(what, skew)
