"""What StackSpend does by itself. Open this page first.

    sync      due │ take the connection's turn │ ask │ replace and roll up    reports.py, hourly_spend.py
    day       bill, hours reported, usage │ reconcile, attribute or estimate  bills/rebuild.py
    history   a window of the bill │ its usage and Claude Code │ the next     backfill.py
    digest    due │ outbox │ wait for the bill │ render │ send │ edit         posting/outbox_worker.py
    alert     an incident begins or ends │ outbox │ send                      incidents.py

Nothing here keeps time: `schedule.py` calls `Worker.tick` (worker.py) every second, in as many processes as
there are. What is due is a row; whoever takes a connection's turn works through all that is due for it, or
for a while where others wait. A worker takes as many turns as it has hands, and the next one when a hand is
free. What becomes of each job is in outcomes.py.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from bot.services import Services
from bot.sync import backfill, hourly_spend, reports, spans
from bot.sync.bills import billing
from bot.sync.incidents import ENDED_BY_A_KEY
from digests.numbers.report import Restatement, Synced
from providers.directory import Directory
from providers.period import DAY, Period
from providers.provider import Provider
from storage.engine.database import transaction
from storage.facts import accuracy, answer_notes, bills, coverage
from storage.state import connections, incidents, jobs, report_offers
from storage.state.connections import Connection
from storage.state.jobs import EVERYTHING, JobState

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
HURRY = 6  # how much oftener than by itself anything is asked for because somebody is waiting
WAIT_FOR_A_PERSON = ("balance", "hold")
REFUSED = "Anthropic refused the key"
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Report:
    """One thing to ask again and again. `span` says which part, `fetch` asks, `keep` writes.

    It is asked `every` so often, and no oftener than `a_call` for each call that it took.
    """

    every: timedelta
    priority: int
    span: Callable[[int, datetime], spans.Span]
    fetch: Callable[[Provider, spans.Span, Directory], Any]
    keep: Callable[[int, Any, Directory, datetime], None]
    a_call: timedelta = timedelta()
    fetch_window: Callable[[Provider, spans.Span, Directory], Any] | None = (
        None  # where history is asked otherwise
    )


def _charges(every: timedelta, priority: int, days: int) -> Report:
    return Report(every, priority, reports.charges_span(days), reports.fetch_charges, reports.keep_charges)


# In the long run an organization is asked less than once a minute, however large it is: 30 calls an hour for
# usage, 10 for Claude Code, 10 for spend by the hour, 6 for the bill while it is late, 2 for names, and one
# here and there.
REPORTS: Mapping[str, Report] = {
    "directory": Report(
        4 * HOUR, 0, reports.no_span, reports.fetch_directory, reports.keep_directory, HOUR / 2
    ),
    "usage": Report(2 * MINUTE, 1, reports.usage_span, reports.fetch_usage, reports.keep_usage, 2 * MINUTE),
    "charges": _charges(HOUR, 2, days=3),
    "claude_code": Report(HOUR / 2, 3, reports.code_span, reports.fetch_code, reports.keep_code, 6 * MINUTE),
    "spend": Report(
        10 * MINUTE,
        4,
        hourly_spend.spend_span,
        hourly_spend.fetch_spend,
        hourly_spend.keep_spend,
        6 * MINUTE,
        hourly_spend.fetch_spend_of,
    ),
    "late_claude_code": Report(DAY, 60, reports.late_code_span, reports.fetch_code, reports.keep_code),
    "late_usage": Report(DAY, 60, reports.late_usage_span, reports.fetch_usage, reports.keep_usage),
    "charges_of_week": _charges(DAY, 61, days=7),
    "charges_of_month": _charges(7 * DAY, 62, days=30),
    "accuracy": Report(DAY, 63, reports.no_span, reports.fetch_nothing, reports.keep_accuracy),
    "spend_revised": Report(
        DAY, 64, hourly_spend.revised_span, hourly_spend.fetch_revised, hourly_spend.keep_revised
    ),
    "gaps": Report(DAY, 66, reports.no_span, reports.fetch_nothing, backfill.fill_gaps),
}
LATER = (  # the walk through history covers them at first
    "late_claude_code",
    "late_usage",
    "charges_of_week",
    "charges_of_month",
    "spend_revised",
    "gaps",
)


_PARTS = {  # of a report, beside its newest
    "late_claude_code": "claude_code",
    "late_usage": "usage",
    "charges_of_week": "charges",
    "charges_of_month": "charges",
    "spend_revised": "spend",
}


def begin(connection: Connection, *, now: datetime) -> None:
    """Make everything due for a new or renewed connection; within the transaction that stores its key."""
    for kind, report in REPORTS.items():
        due = now + report.every if kind in LATER else now
        jobs.schedule(connection.id, kind, due=due, priority=report.priority)
    backfill.begin(connection, now=now)
    if connection.first_day is None and connection.connected_by:
        connections.set_progress_message(connection.id, connections.PROGRESS_WANTED)


def report_of(kind: str) -> str:
    """The report that a job asks for, by the name of the job that asks for its newest part."""
    return _PARTS.get(kind, kind)


def again(
    connection_id: int, kind: str, now: datetime, calls: int, *, at_least: timedelta = SECOND
) -> datetime:
    """The next time; the bill is asked for right after midnight UTC, and often until it is whole."""
    report = REPORTS[kind]
    usual = later(connection_id, now, max(report.every, calls * report.a_call, at_least))
    if kind != "charges":
        return usual
    midnight = later(connection_id, Period.day(now.date()).ends_at, 2 * MINUTE, spread=HOUR / 4)
    late = _is_bill_late(connection_id, now.date() - DAY) or bool(bills.awaited_days(connection_id))
    return min(later(connection_id, now, billing.ASKED_EVERY) if late else usual, midnight)


def _is_bill_late(connection_id: int, newest: date) -> bool:
    """Whether the newest bill is not there yet; one that cannot be read is."""
    if coverage.last_day(connection_id, "charges") == newest:
        return False
    return newest not in answer_notes.unreadable(connection_id, "charges", Period.day(newest))


def later(
    connection_id: int, now: datetime, length: timedelta, *, spread: timedelta | None = None
) -> datetime:
    """So much later, and for every connection but the first a little more, so that what came together parts.

    Multiples of the golden ratio fill the spread (a tenth of the length) evenly, however many there are. Due
    times are whole seconds: the grain, rounded off now and then, parts those whose seconds are the same too.
    """
    more = (length / 10 if spread is None else spread) * ((connection_id - 1) * GOLDEN % 1)
    grain = SECOND * Random(f"{connection_id} {now}").random()  # noqa: S311 - no secret
    return now + length + more + grain


def is_due(connection: Connection, now: datetime, *, below: int = EVERYTHING) -> bool:
    """Whether anything is to be done at once, more urgent than a priority; what failed waits for its turn."""
    is_connected = connections.find(connection.id) is not None
    return is_connected and bool(jobs.due(connection.id, now, limit=1, below=below))


def hurry(connection_id: int, now: datetime) -> None:
    """Make everything due because somebody is waiting, but for what was asked for only just now.

    A report comes at most HURRY times as often as by itself, however often somebody asks. The bill is asked
    for always, that of the last month too: a call each, which proves the key and finds what was restated. So
    is what failed.
    """
    by = {
        kind: later(connection_id, now, report.every) - report.every / HURRY
        for kind, report in REPORTS.items()
    }
    by |= {kind: now + 2 * REPORTS[kind].every for kind in ("charges", "charges_of_month")}
    jobs.make_due(connection_id, now, kinds=by)


def ask_now(connection: Connection, services: Services) -> Sequence[JobState]:
    """Ask everything again, as soon as it is this connection's turn; returns what that is.

    What waits for a person is tried at once. A provider that wants to be left alone is.
    """
    now = services.now()
    with transaction():
        if _waits_for_a_person(connection.id):
            connections.clear_pause(connection.id)
        hurry(connection.id, now)
        wanted = jobs.states(connection.id, due_by=now, below=backfill.LAST)
    services.wake()
    return wanted


def _waits_for_a_person(connection_id: int) -> bool:
    """Whether the pause is for a refusal, which somebody may have seen to."""
    found = connections.find(connection_id)
    is_refused = found is not None and found.refused_at is not None
    return is_refused or any(each.kind in WAIT_FOR_A_PERSON for each in incidents.open_ones(connection_id))


def sync_now(connection: Connection, services: Services) -> Synced:
    """Ask everything again and wait until it is in, a minute at most; returns what this sync did.

    While the provider wants to be left alone nothing is asked.
    """
    started = services.now()
    wanted = ask_now(connection, services)
    patience = threading.Event()
    for _ in range(120):
        is_over = not jobs.due(connection.id, started, limit=1, below=backfill.LAST)
        is_over = is_over or connections.is_paused(connection.id, services.now())
        if is_over or connections.find(connection.id) is None:
            break
        patience.wait(0.5)
    return became_of(connection, wanted, since=started)


def became_of(connection: Connection, wanted: Sequence[JobState], *, since: datetime) -> Synced:
    """Tell what a sync did, by the state that each job ended in: those wanted then, and those added since.

    What is due still was not tried. Nobody waits for spend by the hour, which changes no total. Nothing is
    said to be read of what was disconnected meanwhile.
    """
    found = connections.find(connection.id)
    present = jobs.states(connection.id, below=backfill.LAST)
    waiting = {job.id: job.kind for job in present if job.due_at <= since}
    failed = [job for job in present if job.error and job.id not in waiting]
    tried = [job for job in wanted if found and job.id not in waiting]
    return Synced(
        changes=tuple(Restatement(*change) for change in accuracy.restatements(connection.id, since=since)),
        asked=tuple(sorted({job.kind for job in (*tried, *failed)})),
        failed={job.kind: job.error for job in failed},
        not_offered=tuple(each.report for each in report_offers.not_offered(connection.id)),
        paused_until=connections.paused_until(connection.id),
        refused=_refusal(found) if found else "",
        is_doubted=found is not None and found.is_doubted,
        is_over=all(report_of(kind) == "spend" for kind in waiting.values()),
        retry_at=min((job.due_at for job in failed), default=None),
    )


def _refusal(connection: Connection) -> str:
    """What came back for a key that was given up, "" for any other."""
    if connection.state != "refused":
        return ""
    said = [each.detail for each in incidents.open_ones(connection.id) if each.kind in ENDED_BY_A_KEY]
    return said[0] if said else REFUSED
