"""The outcomes of a job's answer: due again, put off or dropped; and which incident opens or closes.

complete          due again, or its window is finished; incidents end
not_offered       retried tomorrow; the windows of the report are dropped
postpone          unavailable: retried with a growing pause; an incident after FAILURES_BEFORE_NOTICE
bill_withheld     no permission: only the bill waits
unpaid            no credit, or on hold: the whole connection waits
key_refused       the key is doubted, or given up (keys/key_check.py)
fault             a bug of ours: as postpone, with an incident that says so

Call each within the transaction that renews the lease, so that an answer to an old key changes nothing.
"""

import logging
from datetime import timedelta

from bot.services import Services
from bot.sync import backfill, incidents, spans
from bot.sync.jobs import next_due, report_of
from bot.sync.keys import key_check
from providers.note import Note
from providers.provider import NotOffered, ProviderRefused, ProviderUnavailable
from storage.facts import answer_notes
from storage.state import connections, jobs, report_offers
from storage.state.connections import OFFERED, Connection
from storage.state.incidents import Kind
from storage.state.jobs import Cause, Job

FIRST_PAUSE = timedelta(seconds=15)  # most outages at the provider are over by then; doubled at each failure
LONGEST_PAUSE = timedelta(minutes=15)  # the most that figures are late after a long outage
FAILURES_BEFORE_NOTICE = 4  # in a row: about two minutes; shorter outages concern nobody
NOT_OFFERED_RETRY = timedelta(days=1)  # plans and the rights of a key change seldom
HOURLY_RETRY = timedelta(hours=1)  # adding credit or a new key takes a person hours
BILL_JOBS = ("charges", "charges_of_week", "charges_of_month")
REPORT_NAMES = {
    "charges": "the bill",
    "usage": "usage",
    "claude_code": "Claude Code activity",
    "spend": "hourly spend",
    "directory": "names",
}
UNPAID: tuple[Kind, ...] = ("balance", "hold")
_RESOLVED_BY: tuple[tuple[Kind, Cause], ...] = (
    ("sync_failing", "unavailable"),
    ("fault", "fault"),
    ("permission", "permission"),
)
log = logging.getLogger(__name__)


def complete(connection: Connection, job: Job, calls: int, services: Services) -> None:
    """Finish a job that took `calls` HTTP calls: remove a window, reschedule a report."""
    now = services.now()
    _note_offered(connection, job, services)
    if job.window:
        jobs.done(job, next_due=None)
        if job.kind == "charges":
            backfill.enqueue_next_windows(connection, job.window, now=now)
        return
    jobs.done(job, next_due=next_due(connection.id, job.kind, now, calls))
    if job.kind == "directory":  # the first report after connecting, and after a pause
        backfill.catch_up(connection, now=now)


def _note_offered(connection: Connection, job: Job, services: Services) -> None:
    """Enqueue the history of a report that was not offered or not permitted until now."""
    now, report = services.now(), report_of(job.kind)
    if job.kind == report and (
        report_offers.restore(connection.id, report) or _is_first_spend(connection, report)
    ):
        log.info("connection %d: %s is offered", connection.id, REPORT_NAMES.get(report, report))
        backfill.fill_offered(connection, report, now=now)
    if job.kind in BILL_JOBS and jobs.failing(connection.id, "permission"):
        jobs.retry_failed(connection.id, "permission", now)
        backfill.restart_with_bill(connection, now=now)
        incidents.end(connection, "permission", now=now, admins=services.admins)


def _is_first_spend(connection: Connection, report: str) -> bool:
    return report == "spend" and connection.hourly_spend != OFFERED


def not_offered(connection: Connection, job: Job, error: NotOffered, services: Services) -> None:
    """Drop a report until tomorrow; for a window, record only its days as unreadable."""
    now, report = services.now(), report_of(job.kind)
    log.info("connection %d: %s is not offered: %s", connection.id, REPORT_NAMES.get(report, report), error)
    if job.window:
        span = spans.whole_days(job.window, now)
        message = f"{_capital(report)} is not offered for this day"
        unreadable = [Note(message, day, is_unreadable=True) for day in job.window.days()]
        if not answer_notes.has_unreadable(connection.id, report):
            jobs.make_report_due(connection.id, report, now)  # to learn whether the whole report is withheld
        answer_notes.replace(connection.id, report, unreadable, window=(span.start, span.end))
        jobs.done(job, next_due=None)
        return
    if job.kind == report:
        report_offers.withdraw(connection.id, report, message=str(error), at=now)
        jobs.drop_windows(connection.id, report)
    if job.kind == "spend":
        connections.note_hourly_spend(connection.id, error.reason)
    jobs.done(job, next_due=next_due(connection.id, job.kind, now, 1, at_least=NOT_OFFERED_RETRY))


def postpone(connection: Connection, job: Job, error: ProviderUnavailable, services: Services) -> None:
    """Retry a job later, and open an incident once it has failed for a while."""
    _put_off(connection, job, str(error), "unavailable", services, pause=error.retry_after)
    if error.everywhere and error.retry_after:
        connections.pause(connection, services.now() + error.retry_after)


def fault(connection: Connection, job: Job, services: Services) -> None:
    """Retry a job that a bug ended; the incident names the report, the log has the traceback."""
    report = report_of(job.kind)
    message = f"A StackSpend error in syncing {REPORT_NAMES.get(report, report)}; details are in the log."
    _put_off(connection, job, message, "fault", services)


def _put_off(
    connection: Connection,
    job: Job,
    message: str,
    cause: Cause,
    services: Services,
    pause: timedelta | None = None,
) -> None:
    now = services.now()
    pause = max(pause or FIRST_PAUSE, backoff(job.attempts))
    log.warning("connection %d: %s; we ask again in %.0f s", connection.id, message, pause.total_seconds())
    attempts = jobs.postpone(job, until=now + pause, error=message, cause=cause)
    if attempts >= FAILURES_BEFORE_NOTICE:
        kind: Kind = "fault" if cause == "fault" else "sync_failing"
        incidents.begin(connection, kind, detail=message, now=now, admins=services.admins)


def pause_after_fault(connection: Connection, times: int, services: Services) -> None:
    """Pause a connection whose turn ended with a bug, `times` in a row."""
    now = services.now()
    connections.pause(connection, now + backoff(times))
    if times >= FAILURES_BEFORE_NOTICE:
        message = "A StackSpend error in syncing; details are in the log."
        incidents.begin(connection, "fault", detail=message, now=now, admins=services.admins)


def key_lost(connection: Connection, message: str, services: Services) -> None:
    """Retry in an hour: the stored key cannot be decrypted, and a person must enter it again."""
    now = services.now()
    log.error("connection %d: %s; we try again in an hour", connection.id, message)
    connections.refuse(connection, since=connection.refused_at or now, until=now + HOURLY_RETRY)
    incidents.begin(connection, "key_lost", detail=message, now=now, admins=services.admins)


def backoff(attempts: int) -> timedelta:
    """Return the pause after a failure that had `attempts` before it."""
    return min(FIRST_PAUSE * (1 << min(attempts, 10)), LONGEST_PAUSE)


def bill_withheld(connection: Connection, error: Exception, services: Services) -> None:
    """Retry the bill in an hour: the key is good but has no permission for it. Other reports go on."""
    now = services.now()
    log.warning(
        "connection %d: the key cannot read the bill: %s; we ask again in an hour", connection.id, error
    )
    jobs.postpone_kinds(
        connection.id, BILL_JOBS, until=now + HOURLY_RETRY, error=str(error), cause="permission"
    )
    incidents.begin(connection, "permission", detail=str(error), now=now, admins=services.admins)


def unpaid(connection: Connection, error: ProviderRefused, services: Services) -> None:
    """Pause the connection for an hour: without credit, or on hold, every report would be refused."""
    now = services.now()
    kind: Kind = "hold" if error.why == "hold" else "balance"
    log.warning("connection %d: %s: %s; we ask again in an hour", connection.id, kind, error)
    connections.pause(connection, now + HOURLY_RETRY)
    incidents.begin(connection, kind, detail=str(error), now=now, admins=services.admins)


def key_refused(connection: Connection, message: str, services: Services) -> None:
    """Doubt the key, or give it up if it was doubted a minute ago already."""
    now = services.now()
    doubt = key_check.doubt(connections.by_id(connection.id), now)
    log.warning(
        "connection %d: the key is refused: %s; we ask again at %s", connection.id, message, doubt.until
    )
    if not doubt.is_given_up:
        connections.doubt(connection, since=doubt.since, until=doubt.until)
        return
    connections.refuse(connection, since=doubt.since, until=doubt.until)
    incidents.begin(connection, "key_refused", detail=message, now=now, admins=services.admins)


def key_accepted(connection: Connection, services: Services) -> None:
    """Resume with a key that was doubted or given up, and enqueue what the pause missed."""
    now = services.now()
    log.info("connection %d: the key is accepted again", connection.id)
    connections.accept(connection)
    backfill.catch_up(connection, now=now)
    backfill.fill_gaps(connection.id, now)
    end_key_incidents(connection, services)


def end_key_incidents(connection: Connection, services: Services) -> None:
    """Close the incidents that any answer disproves: about the key, credit or a hold."""
    for kind in (*incidents.ENDED_BY_A_KEY, *UNPAID):
        incidents.end(connection, kind, now=services.now(), admins=services.admins)


def end_resolved(connection: Connection, services: Services) -> None:
    """Close each incident whose cause no job fails for any more."""
    for kind, cause in _RESOLVED_BY:
        if not jobs.failing(connection.id, cause):
            incidents.end(connection, kind, now=services.now(), admins=services.admins)


def _capital(report: str) -> str:
    words = REPORT_NAMES.get(report, report)
    return words[0].upper() + words[1:]
