"""What becomes of a job: done until its next time, put off, or the end of its key."""

import logging
from datetime import timedelta

from bot import history, incidents
from bot.jobs import again
from bot.services import Services
from providers.directory import Directory
from providers.provider import ProviderUnavailable
from storage import connections, jobs
from storage.connections import Connection
from storage.database import transaction
from storage.jobs import Job

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
GIVE_NOTICE_AFTER = 4  # failures in a row, about two minutes, before people are told
log = logging.getLogger(__name__)


def finish(connection: Connection, job: Job, calls: int, services: Services) -> None:
    """Settle a job that took so many calls: a window is done, a report comes again."""
    now = services.now()
    if job.window:
        jobs.done(job, again=None)
        if job.kind == "charges":
            history.go_on(connection, job.window, now=now)
        return
    jobs.done(job, again=again(connection.id, job.kind, now, calls))
    if job.kind == "spend" and connections.by_id(connection.id).hourly_spend != connection.hourly_spend:
        history.fill_gaps(connection.id, None, Directory([]), now)
    if job.kind == "directory":  # the first to be asked with a new key, and after a pause
        for kind in incidents.ENDED_BY_A_KEY:
            incidents.end(connection, kind, now=now, admins=services.admins)
        history.catch_up(connection, now=now)


def postpone(connection: Connection, job: Job, error: ProviderUnavailable, services: Services) -> None:
    """Try a job again later; people are told once that goes on for a while."""
    now = services.now()
    pause = max(error.retry_after or FIRST_PAUSE, _backoff(job.attempts))
    log.warning("connection %d: %s; asked again in %.0f s", connection.id, error, pause.total_seconds())
    with transaction():
        jobs.postpone(job, until=now + pause, error=str(error))
        if error.retry_after:
            connections.pause(connection.id, now + error.retry_after)
        if job.attempts + 1 >= GIVE_NOTICE_AFTER:
            incidents.begin(connection, "sync_failing", detail=str(error), now=now, admins=services.admins)


def give_up(connection: Connection, said: str, services: Services) -> None:
    """Stop asking: the key is refused, and a person must act."""
    log.warning("connection %d: refused: %s", connection.id, said)
    with transaction():
        connections.refuse(connection.id)
        incidents.begin(connection, "key_refused", detail=said, now=services.now(), admins=services.admins)


def lose(connection: Connection, said: str, services: Services) -> None:
    """Stop asking: the stored key cannot be opened, and a person must enter it again."""
    log.error("connection %d: %s", connection.id, said)
    with transaction():
        connections.refuse(connection.id)
        incidents.begin(connection, "key_lost", detail=said, now=services.now(), admins=services.admins)


def _backoff(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(attempts, 10)), LONGEST_PAUSE)
