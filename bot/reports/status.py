"""The status of a connection: the summary, its state, the progress of the backfill, restatements."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.reports import change, horizon, unsettled
from bot.reports import cost as reports_cost
from bot.sync import backfill
from bot.sync.incidents import ENDED_BY_A_KEY
from digests.messages.home_tab.figures import HomeFigures
from digests.messages.outdated import Outdated, Why
from digests.numbers.forecast import forecast
from digests.numbers.light import FRESH, SELDOM
from digests.numbers.report import (
    Forecast,
    Incident,
    Oddity,
    PastEstimate,
    Progress,
    Question,
    Report,
    Restatement,
    Status,
    Summary,
    UnofferedReport,
)
from providers.caller import Caller
from providers.period import DAY, Period
from storage.facts import accuracy, answer_notes, charges, coverage, spend
from storage.facts.coverage import ReportName
from storage.state import connections, incidents, jobs, report_offers
from storage.state.connections import Connection
from storage.state.home_views import IMPORTED

TREND = 14  # days that are drawn: two weeks show a weekday beside the same one
FORECAST_DAYS = 120  # the forecast learns weekdays from four months; older days say little about the next
RECENT = timedelta(days=7)  # restatements older than a week are no news
DIFFERENCE = Caller(reason="difference").id or ""
DIFFERENCES_FROM = Decimal("0.01")  # less than a cent is rounding


def summary(connection: Connection, *, now: datetime, calendar: str) -> Summary:
    """Return today so far, yesterday, the month, its forecast, and the status, by the days of a calendar."""
    today = now.astimezone(ZoneInfo(calendar)).date()
    month = Period(today.replace(day=1), today + DAY, calendar)
    so_far = reports_cost.cost(connection, Question(month), now=now)
    return Summary(
        today=reports_cost.cost(connection, Question(Period.day(today, calendar)), now=now),
        yesterday=reports_cost.cost(connection, Question(Period.day(today - DAY, calendar)), now=now),
        month=so_far,
        forecast=forecast_of(connection, so_far, now),
        status=status(connection, now=now),
        changed=change.why(connection, month, now=now),
        days=reports_cost.cost(
            connection, Question(Period(today - TREND * DAY, today, calendar), "day"), now=now
        ),
    )


def home(connection: Connection, *, now: datetime, calendar: str) -> HomeFigures:
    """Return the summary, and the last week and month, by the days of a calendar."""
    today = now.astimezone(ZoneInfo(calendar)).date()
    monday = today - today.weekday() * DAY
    week = Period(monday - 7 * DAY, monday, calendar)
    month = Period.month(today.replace(day=1) - DAY, calendar)
    return HomeFigures(
        summary(connection, now=now, calendar=calendar),
        last_week=reports_cost.cost(connection, Question(week), now=now),
        last_month=reports_cost.cost(connection, Question(month), now=now),
    )


def forecast_of(connection: Connection, so_far: Report, now: datetime) -> Forecast | None:
    """Forecast the end of a month from its first incomplete day on; None if gaps forbid it."""
    month, extent = so_far.question.period, so_far.extent
    if extent.kind == "gappy":
        return None
    past = Period.last_days(FORECAST_DAYS, until=month.end - DAY, zone=month.zone)
    return forecast(
        past_days(connection, past, now=now),
        Period.month(month.start, month.zone),
        so_far.total.cost,
        min(extent.unfinished, default=month.end),
        taken_off=charges.credits_in(connection.id, past),
    )


def past_days(connection: Connection, past: Period, *, now: datetime) -> list[tuple[date, Decimal]]:
    """Return the cost of each complete day since the first, zeros included."""
    unfinished, days = horizon.unfinished(connection, past, now=now), spend.totals_by_day(connection.id, past)
    first = connection.first_day or min(days, default=past.end)
    return [
        (day, days[day].cost if day in days else Decimal(0))
        for day in past.days()
        if day >= first and day not in unfinished
    ]


def status(connection: Connection, *, now: datetime) -> Status:
    """Return the state of a connection."""
    recent, today = Period.last_days(horizon.BAND_DAYS, until=now.date()), now.date()
    reports: tuple[ReportName, ...] = ("charges", "usage", "claude_code")
    start = min(connection.first_day or today - DAY, today)
    return Status(
        organization=connection.organization_name,
        key_hint=connection.key_hint,
        connected_by=connection.connected_by or None,
        connected_at=connection.connected_at,
        first_day=connection.first_day,
        last_billed_day=coverage.last_day(connection.id, "charges"),
        total=spend.all_time(connection.id),
        freshness={report: coverage.until(connection.id, report) for report in (*reports, "spend")},
        gaps=tuple(horizon.gaps(connection, Period(start, today + DAY), reports, now=now)),
        backfill=progress(connection, now=now),
        incidents=_open_incidents(connection),
        accuracy=_accuracy(connection.id, today),
        restatements=restatements(connection.id, now),
        record=_record(connection.id, today),
        hourly_spend=connection.hourly_spend,
        hourly_days=len(
            coverage.days(connection.id, "spend", Period(backfill.EARLIEST_DAY["spend"], today + DAY))
        ),
        discount=reports_cost.discount(connection.id, recent),
        differences=_differences(connection.id, recent),
        failing=_failing(connection.id, now),
        doubts=tuple(unsettled.doubts(connection.id, Period(start, today + DAY))),
        not_offered=_not_offered(connection.id),
        oddities=_oddities(connection),
        doubted_until=_doubted_until(connection, now),
        as_of=coverage.fetched_at(connection.id),
    )


def _failing(connection_id: int, now: datetime) -> dict[str, str]:
    """Return the errors of jobs that failed again; the first try after a failure follows within a minute.

    During a pause nothing is tried, so that a single failure counts as well.
    """
    is_paused = connections.is_paused(connection_id, now)
    return {kind: error for kind, error, tries in jobs.failing(connection_id) if tries > 1 or is_paused}


def _doubted_until(connection: Connection, now: datetime) -> datetime | None:
    """Return when a doubted key is checked again; None if the key is not in doubt."""
    return (connections.paused_until(connection.id) or now) if connection.is_doubted else None


def _not_offered(connection_id: int) -> tuple[UnofferedReport, ...]:
    """Return the reports that are not offered, except hourly spend, which has a line of its own."""
    return tuple(
        UnofferedReport(each.report, each.since, each.message)
        for each in report_offers.not_offered(connection_id)
        if each.report != "spend"
    )


def _oddities(connection: Connection) -> tuple[Oddity, ...]:
    """Return the notes since the first day, each with all its days, the newest first."""
    days: dict[tuple[str, str, bool], list[date]] = defaultdict(list)
    first = connection.first_day or date.min
    for each in answer_notes.of(connection.id):
        if each.day is None or each.day >= first:
            days[each.report, each.what, each.is_unreadable] += [each.day] if each.day else []
    return tuple(
        Oddity(report, tuple(sorted(set(on))), what, is_unreadable)
        for (report, what, is_unreadable), on in days.items()
    )


def outdated(connection: Connection, *, now: datetime) -> Outdated | None:
    """Return why present figures are old; None if they are fresh and the key is good."""
    is_offered = "usage" not in report_offers.not_offered_names(connection.id)
    until = coverage.until(connection.id, "usage") if is_offered else coverage.fetched_at(connection.id)
    usual = FRESH if is_offered else SELDOM
    if connection.state == "disconnected":
        return Outdated(until, "disconnected")
    if connection.state == "active" and now - (until or connection.connected_at) <= usual:
        return None
    kinds = [incident.kind for incident in _open_incidents(connection)]
    if connection.state == "refused":
        kinds = sorted(kinds, key=lambda kind: kind not in ENDED_BY_A_KEY) or ["key_refused"]
    if connection.is_doubted and not kinds:
        return Outdated(until, "doubted", _doubted_until(connection, now))
    return Outdated(until, next(iter(kinds), _why_behind(connection.id, until, now)))


def _why_behind(connection_id: int, until: datetime | None, now: datetime) -> Why:
    """Say why usage is old where no incident tells: it was asked for in vain, cannot be read, or neither."""
    if any(kind == "usage" for kind, _error, _attempts in jobs.failing(connection_id)):
        return "sync_failing"
    since = Period(min((until or now).date(), now.date()), now.date() + DAY)
    return "unreadable" if answer_notes.unreadable(connection_id, "usage", since) else "behind"


def _open_incidents(connection: Connection) -> tuple[Incident, ...]:
    return tuple(
        Incident(incident.kind, incident.opened_at, incident.detail)
        for incident in incidents.open_ones(connection.id)
        if incident.kind not in ENDED_BY_A_KEY or connection.state == "refused"  # a new key is in already
    )


def _accuracy(connection_id: int, today: date) -> tuple[Decimal, int] | None:
    """Return the mean error of past estimates and the number of days; None without any."""
    errors = accuracy.errors(connection_id, since=today - horizon.BAND_DAYS * DAY)
    return (sum(map(abs, errors), Decimal(0)) / len(errors), len(errors)) if errors else None


def _record(connection_id: int, today: date) -> tuple[PastEstimate, ...]:
    days = accuracy.record_of(connection_id, since=today - horizon.BAND_DAYS * DAY)
    return tuple(PastEstimate(*day) for day in days if any(day[1:]))  # a day of nothing proves nothing


def _differences(connection_id: int, period: Period) -> dict[date, Decimal]:
    """Return by how much each day's bill exceeds its hourly spend, from a cent on."""
    differences = spend.costs_of_caller(connection_id, DIFFERENCE, period)
    return {day: cost for day, cost in sorted(differences.items()) if abs(cost) > DIFFERENCES_FROM}


def restatements(connection_id: int, now: datetime) -> tuple[Restatement, ...]:
    """Return the restatements of the last week, one a day: from the first figure to the last."""
    by_day: dict[date, list[Decimal]] = defaultdict(list)
    for day, before, after in accuracy.restatements(connection_id, since=now - RECENT):
        by_day[day] += [before, after]
    return tuple(
        Restatement(day, amounts[0], amounts[-1])
        for day, amounts in sorted(by_day.items())
        if amounts[0] != amounts[-1]
    )


def progress(connection: Connection, *, now: datetime) -> Progress | None:
    """Return the progress of the backfill; None once it is finished."""
    return None if connection.first_day else backfill.progress(connection, now=now)


def import_quarter(connection: Connection, *, now: datetime) -> int:
    """Return how far the import is, in quarters; the last one ends with it."""
    present = progress(connection, now=now)
    if present is None:
        return IMPORTED
    return min(IMPORTED * present.days_read // max(present.days_total, 1), IMPORTED - 1)
