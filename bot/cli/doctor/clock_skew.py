"""How far this machine's clock is from those of Slack and Anthropic, who refuse what is minutes off."""

from collections.abc import Callable, Iterator
from datetime import datetime
from http.client import HTTPException

from bot.cli.doctor.findings import Finding, not_set_up, ok, wrong
from bot.slack.server_time import date_of

MOST = 60  # seconds; Slack's signatures are good for 300, and a clock that is off gets worse


def compare(whose: str, address: str, *, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Compare clocks by the `Date` of any answer, be it an error."""
    what = f"Clock, against {whose}'s"
    try:
        theirs = date_of(address)
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
