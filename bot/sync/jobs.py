"""The scheduled work of StackSpend. Open this page first.

    sync      due → lease the connection → fetch → replace → roll up             reports.py, hourly_spend.py
    day       bill + hourly spend + usage → reconcile, attribute or estimate     bills/rebuild.py
    backfill  a window of the bill → its usage and Claude Code → an older one    backfill.py
    chore     stored facts → errors of past estimates, missing days to read,       estimate_errors.py,
              cells of days that an older release stored,                         bills/missing_cells.py,
              forecasts of the month, the quarter and the year,                   forecasts.py,
              hours that are too old to be asked for                              old_hours.py
    digest    due → outbox → wait for the bill → render → send → edit            posting/outbox_worker.py
    alert     incident opened or closed → outbox → send                          incidents.py

Nothing here keeps time: `runtime/schedule.py` calls `Worker.tick` (worker.py) every second in each process.
A due job is a row. A worker leases up to `max_connections` connections; in a turn (turn.py) it works through
all that is due for one connection, or for some seconds while other connections wait. outcomes.py decides
what happens to a job after its answer.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from bot.services import Services
from bot.sync import backfill, estimate_errors, forecasts, hourly_spend, old_hours, reports, spans
from bot.sync.bills import billing
from bot.sync.bills.missing_cells import make_missing_cells
from bot.sync.incidents import ENDED_BY_A_KEY
from digests.numbers.report import Restatement, SyncResult
from providers.directory import Directory
from providers.period import DAY, Period
from providers.provider import Provider
from storage.engine.database import transaction
from storage.facts import accuracy, answer_notes, bills, coverage
from storage.state import connections, incidents, jobs, report_offers
from storage.state.connections import Connection
from storage.state.jobs import EVERYTHING, JobState

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SYNC_NOW_SPEEDUP = 6  # `sync` runs a report at most six times as often as the schedule: usage every 20 s
NEED_A_PERSON = ("balance", "hold")  # incidents that a person can end at Anthropic at any moment
REFUSED = "Anthropic refused the key"
GOLDEN = (5**0.5 - 1) / 2  # its multiples, modulo 1, are spread evenly however many there are


@dataclass(frozen=True)
class Report:
    """One report to fetch regularly: `span` chooses the period, `fetch` calls the provider, `store` writes.

    The interval is `every`, or `per_call` for each call that the last fetch took, whichever is longer.
    `fetch_window` fetches a window of history where that differs from `fetch`.
    """

    every: timedelta
    priority: int
    span: Callable[[int, datetime], spans.Span]
    fetch: Callable[[Provider, spans.Span, Directory], Any]
    store: Callable[[int, Any, Directory, datetime], None]
    per_call: timedelta = timedelta()
    fetch_window: Callable[[Provider, spans.Span, Directory], Any] | None = None


@dataclass(frozen=True)
class Chore:
    """Regular work on stored facts, which asks nothing: `run` gets the connection's id and the time.

    It returns True to be run again at once, for work that is done in small transactions.
    """

    every: timedelta
    priority: int
    run: Callable[[int, datetime], bool | None]


def _charges(every: timedelta, priority: int, days: int) -> Report:
    return Report(every, priority, reports.charges_span(days), reports.fetch_charges, reports.store_charges)


# On average an organization gets less than one call a minute, whatever its size: 30 an hour for usage, 10 for
# Claude Code, 10 for spend by the hour, 6 for a late bill, 2 for names, and the occasional daily check.
#
# Priorities, the smallest first:
#   0        names: every other report is stored with them
#   1 to 4   the newest part of each report, the most visible first
#   5, 6     the bill of the last two backfill windows (backfill.py): this month's and last month's total
#   10 to 59 the rest of the last months: ten a month of age
#   60 to 66 daily and weekly checks for late changes; nobody waits for them
#   70 on    older history, still ten a month
#   900 on   Claude Code before the last 31 days: it changes no figure of the bill
#   1000 on  hourly spend of past days, and cells of days that an older release stored: both only split
#            totals that are known already
REPORTS: Mapping[str, Report] = {
    "directory": Report(
        4 * HOUR, 0, reports.no_span, reports.fetch_directory, reports.store_directory, HOUR / 2
    ),
    "usage": Report(2 * MINUTE, 1, reports.usage_span, reports.fetch_usage, reports.store_usage, 2 * MINUTE),
    "charges": _charges(HOUR, 2, days=3),
    "claude_code": Report(HOUR / 2, 3, reports.code_span, reports.fetch_code, reports.store_code, 6 * MINUTE),
    "spend": Report(
        10 * MINUTE,
        4,
        hourly_spend.spend_span,
        hourly_spend.fetch_spend,
        hourly_spend.store_spend,
        6 * MINUTE,
        hourly_spend.fetch_spend_of,
    ),
    "late_claude_code": Report(DAY, 60, reports.late_code_span, reports.fetch_code, reports.store_code),
    "late_usage": Report(DAY, 60, reports.late_usage_span, reports.fetch_usage, reports.store_usage),
    "charges_of_week": _charges(DAY, 61, days=7),
    "charges_of_month": _charges(7 * DAY, 62, days=30),
    "spend_revised": Report(
        DAY, 64, hourly_spend.revised_span, hourly_spend.fetch_revised, hourly_spend.store_revised
    ),
}
CHORES: Mapping[str, Chore] = {
    "accuracy": Chore(DAY, 63, estimate_errors.record_missing_errors),
    "forecasts": Chore(DAY, 65, forecasts.keep_and_score),
    "gaps": Chore(DAY, 66, backfill.fill_gaps),
    "hours": Chore(DAY, 65, old_hours.keep_recent_hours),
    "cells": Chore(DAY, backfill.SPEND_PRIORITY, make_missing_cells),
}
SCHEDULE: Mapping[str, Report | Chore] = {**REPORTS, **CHORES}
COVERED_BY_BACKFILL = (  # first due an interval after connecting, because the backfill reads the same days
    "late_claude_code",
    "late_usage",
    "charges_of_week",
    "charges_of_month",
    "spend_revised",
    "gaps",
    "cells",
    "hours",
)


_REPORT_OF_PART = {  # jobs that fetch an older part of a report
    "late_claude_code": "claude_code",
    "late_usage": "usage",
    "charges_of_week": "charges",
    "charges_of_month": "charges",
    "spend_revised": "spend",
}


def begin(connection: Connection, *, now: datetime) -> None:
    """Make all jobs of a new or renewed connection due. Call within the transaction that stores its key."""
    for kind, each in SCHEDULE.items():
        due = now + each.every if kind in COVERED_BY_BACKFILL else now
        jobs.schedule(connection.id, kind, due=due, priority=each.priority)
    old_hours.begin(connection, now)
    backfill.begin(connection, now=now)
    if connection.first_day is None and connection.connected_by:
        connections.set_progress_message(connection.id, connections.PROGRESS_WANTED)


def report_of(kind: str) -> str:
    """Return the report that a job fetches, named after the job for its newest part."""
    return _REPORT_OF_PART.get(kind, kind)


def next_due(
    connection_id: int, kind: str, now: datetime, calls: int, *, at_least: timedelta = SECOND
) -> datetime:
    """Return when a job is due next: the bill right after midnight UTC, then often until it is whole."""
    task = SCHEDULE[kind]
    by_calls = calls * task.per_call if isinstance(task, Report) else timedelta()
    usual = spread_due_time(connection_id, now, max(task.every, by_calls, at_least))
    if kind != "charges":
        return usual
    # two minutes for Anthropic's day to close; a quarter of an hour, so that not all connections ask at once
    midnight = spread_due_time(connection_id, Period.day(now.date()).ends_at, 2 * MINUTE, spread=HOUR / 4)
    late = _is_bill_late(connection_id, now.date() - DAY) or bool(bills.awaited_days(connection_id))
    return min(spread_due_time(connection_id, now, billing.EVERY_WHILE_AWAITED) if late else usual, midnight)


def _is_bill_late(connection_id: int, newest: date) -> bool:
    """Say whether the newest bill is still missing; an unreadable one is not."""
    if coverage.last_day(connection_id, "charges") == newest:
        return False
    return newest not in answer_notes.unreadable(connection_id, "charges", Period.day(newest))


def spread_due_time(
    connection_id: int, now: datetime, length: timedelta, *, spread: timedelta | None = None
) -> datetime:
    """Return `now + length`, plus a fixed offset per connection so that due times spread out.

    The offset is a multiple of the golden ratio within `spread` (a tenth of `length`), which fills it
    evenly for any number of connections; the first has none. Due times are stored in whole seconds, so a
    random fraction separates connections whose offsets round to the same second.
    """
    offset = (length / 10 if spread is None else spread) * ((connection_id - 1) * GOLDEN % 1)
    fraction = SECOND * Random(f"{connection_id} {now}").random()  # noqa: S311 - no secret
    return now + length + offset + fraction


def is_due(connection: Connection, now: datetime, *, below: int = EVERYTHING) -> bool:
    """Say whether a job more urgent than `below` is due; a failed job is due after its pause."""
    is_connected = connections.find(connection.id) is not None
    return is_connected and bool(jobs.due(connection.id, now, limit=1, below=below))


def expedite(connection_id: int, now: datetime) -> None:
    """Make every report due now because somebody waits, except those fetched a moment ago.

    However often somebody asks, a report is fetched at most SYNC_NOW_SPEEDUP times as often as scheduled.
    Failed jobs and the bill, last month's too, are always due: one call each, which proves the key and finds
    restatements.
    """
    by = {
        kind: spread_due_time(connection_id, now, each.every) - each.every / SYNC_NOW_SPEEDUP
        for kind, each in SCHEDULE.items()
    }
    by |= {kind: now + 2 * REPORTS[kind].every for kind in ("charges", "charges_of_month")}
    jobs.make_due(connection_id, now, kinds=by)


def request_sync(connection: Connection, services: Services) -> Sequence[JobState]:
    """Make every report due and return those jobs; they run when a worker leases the connection.

    A pause for a refused key, an empty balance or a hold ends now; one that the provider asked for stays.
    """
    now = services.now()
    with transaction():
        if _waits_for_a_person(connection.id):
            connections.clear_pause(connection.id)
        expedite(connection.id, now)
        wanted = jobs.states(connection.id, due_by=now, below=backfill.SPEND_PRIORITY)
    services.wake()
    return wanted


def _waits_for_a_person(connection_id: int) -> bool:
    """Say whether the connection is paused for a refusal that somebody may have resolved."""
    connection = connections.find(connection_id)
    is_refused = connection is not None and connection.refused_at is not None
    return is_refused or any(each.kind in NEED_A_PERSON for each in incidents.open_ones(connection_id))


def sync_now(connection: Connection, services: Services) -> SyncResult:
    """Make every report due, wait up to a minute for the results, and return what this sync did.

    Nothing is fetched during a pause that the provider asked for.
    """
    started = services.now()
    wanted = request_sync(connection, services)
    patience = threading.Event()
    for _ in range(120):  # half a second each: a minute, after which people stop watching
        is_over = not jobs.due(connection.id, started, limit=1, below=backfill.SPEND_PRIORITY)
        is_over = is_over or connections.is_paused(connection.id, services.now())
        if is_over or connections.find(connection.id) is None:
            break
        patience.wait(0.5)
    return sync_result(connection, wanted, since=started)


def sync_result(connection: Connection, wanted: Sequence[JobState], *, since: datetime) -> SyncResult:
    """Return what a sync did, from the present state of the `wanted` jobs and of those added since.

    A job that is still due was not tried. Hourly spend is not waited for: it changes no total. A connection
    that was disconnected meanwhile has read nothing.
    """
    connected = connections.find(connection.id)
    present = jobs.states(connection.id, below=backfill.SPEND_PRIORITY)
    waiting = {job.id: job.kind for job in present if job.due_at <= since}
    failed = [job for job in present if job.error and job.id not in waiting]
    tried = [job for job in wanted if connected and job.id not in waiting]
    return SyncResult(
        changes=tuple(Restatement(*change) for change in accuracy.restatements(connection.id, since=since)),
        reports=tuple(sorted({job.kind for job in (*tried, *failed)})),
        failed={job.kind: job.error for job in failed},
        not_offered=tuple(each.report for each in report_offers.not_offered(connection.id)),
        paused_until=connections.paused_until(connection.id),
        refused=_refusal(connected) if connected else "",
        is_doubted=connected is not None and connected.is_doubted,
        is_over=all(report_of(kind) == "spend" for kind in waiting.values()),
        retry_at=min((job.due_at for job in failed), default=None),
    )


def _refusal(connection: Connection) -> str:
    """Return Anthropic's answer to a refused key, "" for any other connection."""
    if connection.state != "refused":
        return ""
    details = [each.detail for each in incidents.open_ones(connection.id) if each.kind in ENDED_BY_A_KEY]
    return details[0] if details else REFUSED
