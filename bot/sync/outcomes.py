"""What becomes of a job: done until its next time, put off, done without; and what a person must see to.

done             │ due again, or a window less; whatever was the matter is over
not offered      │ asked again tomorrow; its history is dropped
unavailable      │ asked again later, ever later; told after a few tries
refused          │ permission: the bill alone waits │ balance, hold: everything waits │ the key: keys/
a fault of ours  │ as unavailable, and told as ours

Each function here is called within the transaction that holds the turn: what comes back for an old key
changes nothing.
"""

import logging
from datetime import timedelta

from bot.services import Services
from bot.sync import backfill, incidents, spans
from bot.sync.jobs import again, report_of
from bot.sync.keys import key_check
from providers.directory import Directory
from providers.note import Note
from providers.provider import NotOffered, ProviderRefused, ProviderUnavailable
from storage.facts import answer_notes
from storage.state import connections, jobs, report_offers
from storage.state.connections import OFFERED, Connection
from storage.state.incidents import Kind
from storage.state.jobs import Cause, Job

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
GIVE_NOTICE_AFTER = 4  # failures in a row, about two minutes, before people are told
NOT_OFFERED_AGAIN = timedelta(days=1)  # a plan or a key's rights change seldom
ASK_HOURLY = timedelta(hours=1)  # what a person must see to is seen to within hours, and noticed by itself
BILLS = ("charges", "charges_of_week", "charges_of_month")
WORDS = {
    "charges": "the bill",
    "usage": "usage",
    "claude_code": "Claude Code activity",
    "spend": "spend by the hour",
    "directory": "names",
}
UNPAID: tuple[Kind, ...] = ("balance", "hold")
_ENDS: tuple[tuple[Kind, Cause], ...] = (
    ("sync_failing", "unavailable"),
    ("fault", "fault"),
    ("permission", "permission"),
)
log = logging.getLogger(__name__)


def finish(connection: Connection, job: Job, calls: int, services: Services) -> None:
    """Settle a job that took so many calls: a window is done, a report comes again."""
    now = services.now()
    _take_up(connection, job, services)
    if job.window:
        jobs.done(job, next_due=None)
        if job.kind == "charges":
            backfill.go_on(connection, job.window, now=now)
        return
    jobs.done(job, next_due=again(connection.id, job.kind, now, calls))
    if job.kind == "directory":  # the first to be asked with a new key, and after a pause
        backfill.catch_up(connection, now=now)


def _take_up(connection: Connection, job: Job, services: Services) -> None:
    """What came in shows that it is offered, and may be read: its history is filled."""
    now, report = services.now(), report_of(job.kind)
    if job.kind == report and (
        report_offers.restore(connection.id, report) or _is_first_spend(connection, report)
    ):
        log.info("connection %d: %s is offered", connection.id, WORDS.get(report, report))
        backfill.take_up(connection, report, now=now)
    if job.kind in BILLS and jobs.failing(connection.id, "permission"):
        jobs.retry_failed(connection.id, "permission", now)
        backfill.take_up_bill(connection, now=now)
        incidents.end(connection, "permission", now=now, admins=services.admins)


def _is_first_spend(connection: Connection, report: str) -> bool:
    return report == "spend" and connection.hourly_spend != OFFERED


def not_offered(connection: Connection, job: Job, error: NotOffered, services: Services) -> None:
    """Do without a report until tomorrow; without the days of a window that is kept from us alone."""
    now, report = services.now(), report_of(job.kind)
    log.info("connection %d: %s is not offered: %s", connection.id, WORDS.get(report, report), error)
    if job.window:
        span = spans.whole_days(job.window, now)
        said = f"{_capital(report)} is not offered for this day ({error})"
        kept_from_us = [Note(said, day, is_unreadable=True) for day in job.window.days()]
        if not answer_notes.has_unreadable(connection.id, report):
            jobs.make_report_due(connection.id, report, now)  # is it the whole report?
        answer_notes.replace(connection.id, report, kept_from_us, window=(span.start, span.end))
        jobs.done(job, next_due=None)
        return
    if job.kind == report:
        report_offers.withdraw(connection.id, report, message=str(error), at=now)
        jobs.drop_windows(connection.id, report)
    if job.kind == "spend":
        connections.note_hourly_spend(connection.id, error.reason)
    jobs.done(job, next_due=again(connection.id, job.kind, now, 1, at_least=NOT_OFFERED_AGAIN))


def postpone(connection: Connection, job: Job, error: ProviderUnavailable, services: Services) -> None:
    """Try a job again later; people are told once that goes on for a while."""
    _put_off(connection, job, str(error), "unavailable", services, pause=error.retry_after)
    if error.everywhere and error.retry_after:
        connections.pause(connection, services.now() + error.retry_after)


def fault(connection: Connection, job: Job, services: Services) -> None:
    """Try a job again later that a fault of ours ended; whoever is told reads no Python."""
    report = report_of(job.kind)
    said = f"A fault of ours in reading {WORDS.get(report, report)}; the log has it."
    _put_off(connection, job, said, "fault", services)


def _put_off(
    connection: Connection,
    job: Job,
    said: str,
    cause: Cause,
    services: Services,
    pause: timedelta | None = None,
) -> None:
    now = services.now()
    pause = max(pause or FIRST_PAUSE, backoff(job.attempts))
    log.warning("connection %d: %s; asked again in %.0f s", connection.id, said, pause.total_seconds())
    attempts = jobs.postpone(job, until=now + pause, error=said, cause=cause)
    if attempts >= GIVE_NOTICE_AFTER:
        kind: Kind = "fault" if cause == "fault" else "sync_failing"
        incidents.begin(connection, kind, detail=said, now=now, admins=services.admins)


def stumbled(connection: Connection, times: int, services: Services) -> None:
    """Leave a connection alone whose turn a fault of ours ended, so many times in a row."""
    now = services.now()
    connections.pause(connection, now + backoff(times))
    if times >= GIVE_NOTICE_AFTER:
        said = "A fault of ours in reading anything at all; the log has it."
        incidents.begin(connection, "fault", detail=said, now=now, admins=services.admins)


def lose(connection: Connection, said: str, services: Services) -> None:
    """Ask again in an hour: the stored key cannot be opened, and a person must enter it again."""
    now = services.now()
    log.error("connection %d: %s", connection.id, said)
    connections.refuse(connection, since=connection.refused_at or now, until=now + ASK_HOURLY)
    incidents.begin(connection, "key_lost", detail=said, now=now, admins=services.admins)


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failures before this one."""
    return min(FIRST_PAUSE * (1 << min(attempts, 10)), LONGEST_PAUSE)


def bill_withheld(connection: Connection, error: Exception, services: Services) -> None:
    """Ask for the bill again in an hour: the key is good, and may not read it. The rest goes on."""
    now = services.now()
    log.warning("connection %d: the bill may not be read: %s", connection.id, error)
    jobs.postpone_kinds(connection.id, BILLS, until=now + ASK_HOURLY, error=str(error), cause="permission")
    incidents.begin(connection, "permission", detail=str(error), now=now, admins=services.admins)


def unpaid(connection: Connection, error: ProviderRefused, services: Services) -> None:
    """Ask again in an hour: no credit is left, or the organization is on hold, and all would get this."""
    now = services.now()
    kind: Kind = "hold" if error.why == "hold" else "balance"
    log.warning("connection %d: %s: %s; asked again in an hour", connection.id, kind, error)
    connections.pause(connection, now + ASK_HOURLY)
    incidents.begin(connection, kind, detail=str(error), now=now, admins=services.admins)


def key_refused(connection: Connection, said: str, services: Services) -> None:
    """Doubt the key, or give it up where it was doubted a minute ago."""
    now = services.now()
    doubt = key_check.doubt(connections.by_id(connection.id), now)
    log.warning("connection %d: the key is refused: %s; asked again at %s", connection.id, said, doubt.until)
    if not doubt.is_given_up:
        connections.doubt(connection, since=doubt.since, until=doubt.until)
        return
    connections.refuse(connection, since=doubt.since, until=doubt.until)
    incidents.begin(connection, "key_refused", detail=said, now=now, admins=services.admins)


def key_accepted(connection: Connection, services: Services) -> None:
    """Go on with a key that was doubted or given up."""
    now = services.now()
    log.info("connection %d: the key is accepted again", connection.id)
    connections.accept(connection)
    backfill.catch_up(connection, now=now)
    backfill.fill_gaps(connection.id, None, Directory([]), now)
    answered(connection, services)


def answered(connection: Connection, services: Services) -> None:
    """End what is over as soon as anything is answered."""
    for kind in (*incidents.ENDED_BY_A_KEY, *UNPAID):
        incidents.end(connection, kind, now=services.now(), admins=services.admins)


def settled(connection: Connection, services: Services) -> None:
    """End what is over once nothing fails any more for that cause."""
    for kind, cause in _ENDS:
        if not jobs.failing(connection.id, cause):
            incidents.end(connection, kind, now=services.now(), admins=services.admins)


def _capital(report: str) -> str:
    words = WORDS.get(report, report)
    return words[0].upper() + words[1:]
