"""The reports of a sync: for each, which span to fetch, how to fetch it, and how to store the answer.

    …_span → fetch_… → store_… (replace exactly that span) → bills/rebuild.py (attribute or estimate, roll up)

Each store_… runs inside one transaction; no function both calls the provider and writes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from bot.sync.bills import billing
from bot.sync.bills.billing import Change
from bot.sync.bills.rebuild import estimate_anew, estimate_unbilled_days, rebuild
from bot.sync.estimate_errors import billed_total, record_error
from bot.sync.spans import HOUR, Span, days_overlapping, hour
from providers.activity import CodeActivity
from providers.charge import Charge
from providers.directory import Directory, entry_of_reported_email
from providers.note import Note
from providers.period import DAY, Period, midnight
from providers.provider import ChargesReported, DirectoryReported, Provider, UsageReported
from providers.usage import TokenUsage
from storage.facts import accuracy, activity, bills, coverage, directory, usage

USAGE_LAG = timedelta(minutes=5)  # documented: tokens appear within about five minutes
CODE_LAG = timedelta(hours=1)  # only activity older than an hour is served
CODE_CLOSES = timedelta(hours=3)  # after its end a day can still grow: the documented hour, and a margin
LATE_USAGE = timedelta(hours=2)  # fetched again with the newest hour, for tokens that were counted late
CATCH_UP = 31 * DAY  # regular reports look back no further; a longer pause is left to the backfill


# Usage: the last hours, which can still grow, and everything missed since.


def usage_span(connection_id: int, now: datetime) -> Span:
    """Return LATE_USAGE before the covered time, or midnight at first, to the end of the running hour."""
    covered = coverage.until(connection_id, "usage")
    start = hour(covered - LATE_USAGE) if covered and covered > now - CATCH_UP else midnight(now.date())
    return Span(start, hour(now) + HOUR, now)


def late_usage_span(_connection_id: int, now: datetime) -> Span:
    """Return the last three days, for tokens that were counted late."""
    return Span(midnight(now.date() - 3 * DAY), midnight(now.date()), now)


def fetch_usage(provider: Provider, span: Span, names: Directory) -> UsageReported:
    """Fetch the tokens of a span."""
    return provider.usage(span.start, span.end, workspaces=names.workspaces_of_keys())


def store_usage(connection_id: int, reported: UsageReported, names: Directory, now: datetime) -> None:
    """Replace the reported hours, judge the bills of their days again, and rebuild those days."""
    if reported.start >= reported.end:
        return
    period, until = days_overlapping(reported.start, reported.end), min(reported.end, now - USAGE_LAG)
    before = billing.used(connection_id, period, now)
    usage.replace(
        connection_id,
        reported.start,
        reported.end,
        reported.usage,
        at=now,
        until=until,
        missing=reported.missing,
    )
    changes = billing.judge_again(connection_id, period, before, now)
    days, whole = list(period.days()), _whole_days(reported)
    rebuild(connection_id, days, names, tokens=whole)
    _make_anew(connection_id, changes, names, now)
    estimate_anew(connection_id, days, names, now)


def _whole_days(reported: UsageReported) -> dict[date, list[TokenUsage]]:
    """Return the rows of each day that was reported completely, every hour of it."""
    holes = {hour.date() for hour in reported.missing}
    days: dict[date, list[TokenUsage]] = {
        day: []
        for day in days_overlapping(reported.start, reported.end).days()
        if day not in holes and reported.start <= midnight(day) and midnight(day + DAY) <= reported.end
    }
    for start, rows in groupby(reported.usage, attrgetter("hour")):
        if start.date() in days:
            days[start.date()] += rows
    return days


# Charges: finished days, fetched again to find restatements.


def charges_span(days: int) -> Callable[[int, datetime], Span]:
    """Return a function for the span of the last `days` finished days, missed days and awaited bills."""

    def span(connection_id: int, now: datetime) -> Span:
        today = now.date()
        covered = coverage.last_day(connection_id, "charges") or today
        first = max(min(today - days * DAY, covered - DAY), today - CATCH_UP)
        return Span(midnight(min([first, *bills.awaited_days(connection_id)])), midnight(today), now)

    return span


def fetch_charges(provider: Provider, span: Span, _names: Directory) -> ChargesReported:
    """Fetch the bill of a span."""
    return provider.charges(span.days)


def store_charges(connection_id: int, reported: ChargesReported, names: Directory, now: datetime) -> None:
    """Replace the days whose bill is accepted; record restatements and the errors of past estimates."""
    if not reported.days:
        return
    changes = billing.store(connection_id, reported, now)
    for change in changes:
        if change.after is None:
            continue
        if change.before is None:
            record_error(connection_id, change.day, change.after)
        else:
            _note_restatement(connection_id, change.day, change.before, change.after, now)
    _make_anew(connection_id, changes, names, now)


def _make_anew(connection_id: int, changes: Sequence[Change], names: Directory, now: datetime) -> None:
    """Rebuild the days whose bill changed, and the estimates whose rates were learned from them."""
    days = [change.day for change in changes]
    rebuild(connection_id, days, names)
    withdrawn = any(change.after is None for change in changes)
    if withdrawn:
        estimate_unbilled_days(connection_id, names, now)
    else:
        estimate_anew(connection_id, days, names, now)
    billing.ask_soon(connection_id, now)


def _note_restatement(
    connection_id: int, day: date, before: Sequence[Charge], after: Sequence[Charge], now: datetime
) -> None:
    was, is_now = billed_total(before), billed_total(after)
    if was != is_now:
        accuracy.restate(connection_id, day, before=was, after=is_now, at=now)


# Claude Code: today, and days not fetched since they closed. A large organization has several pages a day.


def code_span(connection_id: int, now: datetime) -> Span:
    """Return today, missed days, and those of the last two days that were fetched before they closed."""
    today = now.date()
    covered = coverage.last_day(connection_id, "claude_code") or today
    fetched = coverage.fetched_on(connection_id, "claude_code", Period(today - 2 * DAY, today))
    open_days = [
        day
        for day in (today - 2 * DAY, today - DAY)
        if day not in fetched or fetched[day] < midnight(day + DAY) + CODE_CLOSES
    ]
    first = min([*open_days, today, min(today, covered)])
    return Span(midnight(max(first, today - CATCH_UP)), midnight(today + DAY), now)


def late_code_span(_connection_id: int, now: datetime) -> Span:
    """Return the last three days, for activity that was reported late."""
    return Span(midnight(now.date() - 3 * DAY), midnight(now.date()), now)


class CodeDays(NamedTuple):
    """The Claude Code activity of every readable day, and notes about any fetched day."""

    days: Mapping[date, Sequence[CodeActivity]]
    notes: Sequence[Note]


def fetch_code(provider: Provider, span: Span, _names: Directory) -> CodeDays:
    """Fetch every day of a span, newest first."""
    reported = {day: provider.activity(day) for day in reversed(list(span.days.days()))}
    notes = [note for each in reported.values() for note in each.notes]
    unreadable = {note.day for note in notes if note.is_unreadable}
    days = {day: each.activity for day, each in reported.items() if day not in unreadable}
    return CodeDays(days, notes)


def store_code(connection_id: int, reported: CodeDays, names: Directory, now: datetime) -> None:
    """Replace the reported days; remember people whom they name and the member list does not."""
    emails = {line.email for lines in reported.days.values() for line in lines if line.email}
    directory.mention(
        connection_id,
        [entry_of_reported_email(each) for each in sorted(emails) if not names.has_person(each)],
    )
    activity.replace_days(connection_id, reported.days, at=now, until=now - CODE_LAG)


# The directory: names, and the owners of keys.


def no_span(_connection_id: int, now: datetime) -> Span:
    """Return an empty span, for a report without a period."""
    return Span(now, now, now)


def fetch_directory(provider: Provider, _span: Span, _names: Directory) -> DirectoryReported:
    """Fetch all names."""
    return provider.directory()


def store_directory(
    connection_id: int, reported: DirectoryReported, _names: Directory, _now: datetime
) -> None:
    """Store the listed entries beside those that were listed before."""
    directory.remember(connection_id, reported.entries)
