"""Spend as the provider tells it by the hour: as far as it is complete, and again where it is revised."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.sync.bills.rebuild import rebuild
from bot.sync.reports import CATCH_UP
from bot.sync.spans import Span, hour, midnight, touched
from providers.directory import Directory
from providers.period import DAY, Period
from providers.provider import Provider
from providers.reported import Place, SpendReported
from storage.facts import coverage, directory, provider_spend
from storage.state import connections, jobs

LATE_SPEND = timedelta(hours=2)
REVISED = 30  # days for which spend by the hour may be revised
REVISED_FIRST = 65  # the priority of days to read again, before the windows of history


def spend_span(connection_id: int, now: datetime) -> Span:
    """From what is complete, since midnight at first, to the running hour."""
    known = coverage.until(connection_id, "spend")
    start = known if known and known > now - CATCH_UP else midnight(now.date())
    return Span(start, hour(now), now)


def fetch_spend(provider: Provider, span: Span, names: Directory) -> SpendReported:
    """Ask for the hours that became complete and those just before."""
    if hour(provider.spend_until(now=span.now)) <= span.start:
        return SpendReported(start=span.start, end=span.start, until=span.start, lines=[], kinds=[])
    start = max(span.start - LATE_SPEND, midnight(span.start.date()))
    return provider.spend(start, span.end, names=names, now=span.now)


def fetch_spend_of(provider: Provider, span: Span, names: Directory) -> SpendReported:
    """Ask for all hours of a span."""
    return provider.spend(span.start, span.end, names=names, now=span.now)


def keep_spend(connection_id: int, told: SpendReported, names: Directory, now: datetime) -> None:
    """Replace the hours that were told and every day they are part of; remember that they are offered."""
    connections.note_hourly_spend(connection_id, connections.OFFERED)
    if told.start >= told.end:
        return
    directory.mention(connection_id, told.people)
    provider_spend.replace(connection_id, told, at=now)
    rebuild(connection_id, list(touched(told.start, told.end).days()), names)


def revised_span(_connection_id: int, now: datetime) -> Span:
    """The finished days that may still be revised."""
    return Span(midnight(now.date() - REVISED * DAY), midnight(now.date()), now)


def fetch_revised(provider: Provider, span: Span, names: Directory) -> Mapping[date, Mapping[Place, Decimal]]:
    """Ask what spend by the hour sums to by day."""
    return provider.spend_totals(span.days, names=names, now=span.now)


def keep_revised(
    connection_id: int,
    totals: Mapping[date, Mapping[Place, Decimal]],
    _names: Directory,
    now: datetime,
) -> None:
    """Make those days due again whose hours sum to something else by now."""
    period = revised_span(connection_id, now).days
    known, kept = (
        coverage.whole_days(connection_id, "spend", period),
        provider_spend.totals(connection_id, period),
    )
    for day in sorted(known):
        if day in totals and totals[day] != kept.get(day, {}):
            jobs.add_window(connection_id, "spend", Period.day(day), due=now, priority=REVISED_FIRST)
