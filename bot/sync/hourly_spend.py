"""The provider's own hourly spend: the hours that are complete, and days that were revised since."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.sync.bills.rebuild import rebuild
from bot.sync.reports import CATCH_UP
from bot.sync.spans import Span, days_overlapping, hour
from providers.directory import Directory
from providers.period import DAY, Period, midnight
from providers.provider import Provider
from providers.reported import Place, SpendReported
from storage.facts import coverage, directory, provider_spend
from storage.state import connections, jobs

LATE_SPEND = timedelta(hours=2)  # fetched again with the new hours: the newest ones still change for a while
REVISED = 30  # days; revised for as long: https://platform.claude.com/docs/en/manage-claude/analytics-api
REVISED_FIRST = 65  # priority of revised days: with the daily checks, before older history (see jobs.REPORTS)


def spend_span(connection_id: int, now: datetime) -> Span:
    """Return the span from the last complete hour, or midnight at first, to the running hour."""
    covered = coverage.until(connection_id, "spend")
    start = covered if covered and covered > now - CATCH_UP else midnight(now.date())
    return Span(start, hour(now), now)


def fetch_spend(provider: Provider, span: Span, names: Directory) -> SpendReported:
    """Fetch the hours that became complete, and LATE_SPEND before them."""
    if hour(provider.spend_until(now=span.now)) <= span.start:
        return SpendReported(start=span.start, end=span.start, until=span.start, lines=[], kinds=[])
    start = max(span.start - LATE_SPEND, midnight(span.start.date()))
    return provider.spend(start, span.end, names=names, now=span.now)


def fetch_spend_of(provider: Provider, span: Span, names: Directory) -> SpendReported:
    """Fetch all hours of a span."""
    return provider.spend(span.start, span.end, names=names, now=span.now)


def store_spend(connection_id: int, reported: SpendReported, names: Directory, now: datetime) -> None:
    """Replace the reported hours, rebuild their days, and note that hourly spend is offered."""
    connections.note_hourly_spend(connection_id, connections.OFFERED)
    if reported.start >= reported.end:
        return
    directory.mention(connection_id, reported.people)
    provider_spend.replace(connection_id, reported, at=now)
    rebuild(connection_id, list(days_overlapping(reported.start, reported.end).days()), names)


def revised_span(_connection_id: int, now: datetime) -> Span:
    """Return the finished days that may still be revised."""
    return Span(midnight(now.date() - REVISED * DAY), midnight(now.date()), now)


def fetch_revised(provider: Provider, span: Span, names: Directory) -> Mapping[date, Mapping[Place, Decimal]]:
    """Fetch the daily sums of hourly spend."""
    return provider.spend_totals(span.days, names=names, now=span.now)


def store_revised(
    connection_id: int,
    totals: Mapping[date, Mapping[Place, Decimal]],
    _names: Directory,
    now: datetime,
) -> None:
    """Make days due whose hourly spend sums to something else now."""
    period = revised_span(connection_id, now).days
    covered = coverage.whole_days(connection_id, "spend", period)
    stored = provider_spend.totals(connection_id, period)
    for day in sorted(covered):
        if day in totals and totals[day] != stored.get(day, {}):
            jobs.add_window(connection_id, "spend", Period.day(day), due=now, priority=REVISED_FIRST)
