"""Reports that a provider does not offer, and oddities in its answers, in words for `status`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from digests.numbers.report import Oddity, Status, UnofferedReport
from digests.words import failures, wording
from providers.period import runs

REPORTS: Mapping[str, str] = {
    "charges": "the bill",
    "usage": "usage",
    "claude_code": "Claude Code activity",
    "spend": "hourly spend",
    "directory": "names",
}
_MOST, _PERIODS = 5, 3  # lines, and periods in a line: status is read in a message


def not_offered(status: Status, *, now: datetime, zone: str) -> list[str]:
    """List the reports that are not offered to the key, since when, and the error."""
    return [_not_offered(each, now=now, zone=zone) for each in status.not_offered]


def _not_offered(each: UnofferedReport, *, now: datetime, zone: str) -> str:
    since = wording.moment(each.since, now=now, zone=zone)
    why = failures.shortened(failures.in_our_words(each.detail))
    detail = f" ({why})" if why else ""
    return f"{REPORTS.get(each.report, each.report)}, since {since}{detail}. We check again once a day."


def unreadable(status: Status, *, today: date) -> list[str]:
    """List the days that could not be read, and why."""
    return _listed([each for each in status.oddities if each.is_unreadable], today)


def noted(status: Status, *, today: date) -> list[str]:
    """List the oddities that did not keep a day from being read."""
    return _listed([each for each in status.oddities if not each.is_unreadable], today)


def _listed(oddities: Sequence[Oddity], today: date) -> list[str]:
    lines = [f"{_about(each, today)}: {wording.excerpt(each.what, 160)}" for each in oddities[:_MOST]]
    return [*lines, f"{len(oddities) - _MOST} more"] if len(oddities) > _MOST else lines


def _about(each: Oddity, today: date) -> str:
    """Name the report and the days: "usage, Nov 3 to 5"."""
    name = REPORTS.get(each.report, each.report)
    periods = [wording.period(run, today=today) for run in runs(sorted(each.days))]
    more = [f"{len(periods) - _PERIODS} more periods"] if len(periods) > _PERIODS else []
    return ", ".join([name, *periods[:_PERIODS], *more])
