"""The horizon of a period's facts at a moment: up to when they reach, their gaps and their certainty."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.reports import missing, unsettled
from bot.reports.extent import Days, extent
from bot.sync import backfill, spans
from digests.numbers.accuracy import Band, band
from digests.numbers.report import Extent, Gap, Horizon
from providers.period import DAY, Period, midnight, runs
from storage.facts import accuracy, answer_notes, bills, coverage
from storage.facts.coverage import ReportName
from storage.state import incidents, jobs, report_offers
from storage.state.connections import Connection

BAND_DAYS = 30  # the error band of an estimate is that of the last month


def horizon(
    connection: Connection,
    period: Period,
    reports: Sequence[ReportName],
    *,
    now: datetime,
    unsplit: AbstractSet[date] = frozenset(),
) -> Horizon:
    """Return how far the given reports reach in a period; `unsplit` days have a total alone, so they lack."""
    days = days_of(connection, period, now=now)
    reached = extent(days.without(unsplit), period, now)
    sure = _error_band(connection.id, now) if reached.is_steady else None
    end = min(period.ends_at, max(now, period.starts_at + timedelta(hours=1)))
    return Horizon(
        extent=reached,
        rests_on=days.bases(period.starts_at, end),
        hourly_until=None if reached.is_over else _hourly_until(connection.id, reached.until),
        gaps=(
            *gaps(connection, period, reports, now=now),
            *(Gap("usage", run, "not split yet") for run in runs(sorted(unsplit))),
        ),
        read=_in_part(connection, reports, days_so_far(period, now)),
        doubts=tuple(unsettled.doubts(connection.id, days_so_far(period, now))),
        as_of=coverage.fetched_at(connection.id),
        band=sure.half_width if sure else None,
        band_days=sure.days if sure else None,
        first_day=connection.first_day,
    )


def days_of(connection: Connection, period: Period, *, now: datetime) -> Days:
    """Return which facts are stored of the UTC days that a period overlaps."""
    number, span = connection.id, days_so_far(period, now)
    whole = coverage.whole_days(number, "usage", span) | coverage.whole_days(number, "spend", span)
    part, hourly = coverage.partial_days(number, "usage", span), coverage.partial_days(number, "spend", span)
    return Days(
        billed=coverage.days(number, "charges", span),
        whole=whole,
        part={day: max(each[day] for each in (part, hourly) if day in each) for day in {**part, **hourly}},
        first=connection.first_day or date.min,
        provisional=bills.provisional_days(number, span),
    )


def unfinished(connection: Connection, period: Period, *, now: datetime) -> AbstractSet[date]:
    """Return the days of a period that are not complete."""
    return extent(days_of(connection, period, now=now), period, now).unfinished.keys()


def _hourly_until(connection_id: int, until: datetime | None) -> datetime | None:
    """Return up to when a running period is hourly spend, None if it has none."""
    covered = coverage.until(connection_id, "spend") if until else None
    return min(covered, until) if covered and until else None


def same_moment(period: Period, reached: Extent, before: Period | None = None) -> datetime | None:
    """Return the moment in the comparison period that corresponds to a running period's last fact.

    `before` is another comparison period than the usual one.
    """
    if reached.until is None or not reached.is_comparable:
        return None
    before = before or period.before()
    return min(before.starts_at + (reached.until - period.starts_at), before.ends_at)


def comparable_extent(
    connection: Connection, period: Period, reached: Extent, *, now: datetime, before: Period | None = None
) -> Extent | None:
    """Return how much of the comparison period is read, up to the same moment; None if not comparable.

    `before` is another comparison period than the usual one; if it still runs, it counts as far as it is in.
    """
    before = before or period.before()
    cut = same_moment(period, reached, before)
    if before.ends_at > now:
        theirs = extent(days_of(connection, before, now=now), before, now)
        if not theirs.is_comparable or theirs.until is None:
            return None
        if cut is None or theirs.until <= cut:
            return Extent("running", theirs.until, is_over=False, unsplit_days=theirs.unsplit_days)
    end = before.ends_at if cut is None else cut
    if not reached.is_comparable or end <= before.starts_at:
        return None
    if connection.first_day and before.start < connection.first_day:
        return None  # of which there is nothing, or not all of it
    days = days_of(connection, before, now=now)
    if days.until(before.starts_at, end) < end:
        return None
    return Extent(until=cut, unsplit_days=days.unsplit_days)


def gaps(
    connection: Connection, period: Period, reports: Sequence[ReportName], *, now: datetime
) -> list[Gap]:
    """Return the missing days of a period by report, with their reasons."""
    days = days_so_far(period, now)
    missing_days = [
        (each, missing.days_missing(each, days.days(), now)) for each in _read(connection, reports, days)
    ]
    trouble = _trouble(connection, days) if any(lacking for _, lacking in missing_days) else missing.Trouble()
    in_doubt = unsettled.gaps(connection.id, days) if "charges" in reports else []
    return [
        *(gap for each, lacking in missing_days for gap in missing.gaps(each, lacking, trouble)),
        *in_doubt,
    ]


def _in_part(connection: Connection, reports: Sequence[ReportName], days: Period) -> frozenset[ReportName]:
    """Return the reports with any facts, and those that have nothing to report on these days."""
    return frozenset(
        each.name
        for each in _read(connection, reports, days)
        if each.whole
        or any(until > midnight(day) for day, until in each.part.items())
        or days.end <= each.first
    )


def _read(connection: Connection, reports: Sequence[ReportName], days: Period) -> Iterator[missing.Report]:
    """Yield the coverage of each report."""
    number = connection.id
    for report in reports:
        yield missing.Report(
            report,
            whole=coverage.whole_days(number, report, days),
            part=coverage.partial_days(number, report, days),
            first=max(connection.first_day or date.min, backfill.EARLIEST_DAY.get(report, date.min)),
            newest=coverage.last_day(number, report),
            read_at=coverage.read_at(number, report),
            not_whole=bills.provisional_days(number, days) if report == "charges" else frozenset(),
        )


def _trouble(connection: Connection, days: Period) -> missing.Trouble:
    """Return the problems that keep a connection from being read."""
    open_ones, failing = incidents.open_ones(connection.id), jobs.failing(connection.id)
    opened: dict[str, datetime] = {incident.kind: incident.opened_at for incident in reversed(open_ones)}
    return replace(
        missing.trouble(connection.state, opened, failing),
        withheld=report_offers.not_offered_names(connection.id),
        unreadable={name: answer_notes.unreadable(connection.id, name, days) for name in coverage.REPORTS},
    )


def days_so_far(period: Period, now: datetime) -> Period:
    """Return the UTC days of a period so far, at least the first."""
    end = max(min(period.ends_at, now), period.starts_at + timedelta(hours=1))
    return spans.days_overlapping(period.starts_at, end)


def _error_band(connection_id: int, now: datetime) -> Band | None:
    return band(accuracy.errors(connection_id, since=now.date() - BAND_DAYS * DAY))
