"""Find the missing days of a report, since when, and why. Pure: nothing here reads storage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from digests.numbers.gaps import gaps_of
from digests.numbers.report import Gap, Reason
from providers.note import reason_in
from providers.period import DAY, Period, midnight
from storage.facts.coverage import ReportName

LAG: Mapping[ReportName, timedelta] = {"usage": timedelta(hours=1), "claude_code": timedelta(hours=3)}
"""The age at which the newest hours of a running day count as missing.

Tokens appear after five minutes and Claude Code after an hour; add to that the intervals in which they are
fetched. A running day has no bill.
"""
READ_BY: Mapping[str, ReportName] = {
    "charges": "charges",
    "charges_of_week": "charges",
    "charges_of_month": "charges",
    "usage": "usage",
    "late_usage": "usage",
    "claude_code": "claude_code",
    "late_claude_code": "claude_code",
    "spend": "spend",
}
"""The report that a kind of job fetches."""


class Cause(NamedTuple):
    """The reason why something is missing, since when, and the provider's answer."""

    reason: Reason
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True)
class Trouble:
    """The problems of reading a connection: of the whole of it, of a report, or of some days of a report.

    `withheld` are the reports that are not offered.
    """

    whole: Cause | None = None
    of: Mapping[ReportName, Cause] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    unreadable: Mapping[ReportName, Mapping[date, str]] = field(default_factory=dict)


def trouble(state: str, opened: Mapping[str, datetime], failing: Sequence[tuple[str, str, int]]) -> Trouble:
    """Return the problems of a connection, from its state, its open incidents and its failing jobs.

    `failing` holds (kind, error, attempts). A report that failed a few times is only late: it counts once
    there is an incident.
    """
    if state == "disconnected":
        return Trouble(Cause("disconnected"))
    if state == "refused":
        return Trouble(Cause("key refused", opened.get("key_refused")))
    if "key_lost" in opened:
        return Trouble(Cause("key lost", opened["key_lost"]))
    since = min((at for kind, at in opened.items() if kind != "key_refused"), default=None)
    errors = (
        {READ_BY[kind]: error for kind, error, _ in reversed(failing) if kind in READ_BY} if since else {}
    )
    return Trouble(of={name: Cause("reading fails", since, error) for name, error in errors.items()})


@dataclass(frozen=True)
class Report:
    """The coverage of a report: `whole` days, up to when others reach (`part`), newest day and last read.

    `not_whole` are days whose bill is not accepted yet.
    """

    name: ReportName
    whole: AbstractSet[date]
    part: Mapping[date, datetime]
    first: date
    newest: date | None = None
    read_at: datetime | None = None
    not_whole: AbstractSet[date] = frozenset()


def days_missing(report: Report, days: Iterable[date], now: datetime) -> list[date]:
    """Return the days that are incomplete; a running day counts once it is older than its usual lag."""
    return [
        day
        for day in days
        if day not in report.whole and day >= report.first and _is_expected(report, day, now)
    ]


def _is_expected(report: Report, day: date, now: datetime) -> bool:
    """Say whether more of an incomplete day should be here by now."""
    begins = midnight(day)
    if begins + DAY <= now:
        return True
    lag = LAG.get(report.name)
    return lag is not None and max(report.part.get(day, begins), begins) < now - lag


def gaps(report: Report, days: Iterable[date], trouble: Trouble) -> Iterator[Gap]:
    """Join missing days into gaps of one reason each."""
    causes = {day: _cause(report, day, trouble) for day in days}
    for cause in dict.fromkeys(causes.values()):
        alike = [day for day in causes if causes[day] == cause]
        gap = Gap(report.name, Period.day(alike[0]), cause.reason, since=cause.since, detail=cause.detail)
        yield from gaps_of(gap, alike, report.part)


def _cause(report: Report, day: date, trouble: Trouble) -> Cause:
    """Return why a day is missing; "not published yet" only if the bill was fetched after the day's end."""
    if day in report.not_whole:
        return Cause("not whole yet")
    if day in (odd := trouble.unreadable.get(report.name, {})):
        return Cause("unreadable", detail=reason_in(odd[day]))
    if report.name in trouble.withheld:
        return Cause("not offered")
    if cause := trouble.whole or trouble.of.get(report.name):
        return cause
    is_newest = report.newest is not None and day > report.newest
    is_read_since = report.read_at is not None and report.read_at >= midnight(day + DAY)
    if report.name == "charges" and is_newest and is_read_since:
        return Cause("not published yet")
    return Cause("not read yet")
