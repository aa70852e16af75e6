"""`stackspend sync`: do everything due for one team, with progress, and print the result.

It does not wait for past spend by the hour, which only refines how days are split and takes about a minute a
month; `stackspend run` goes on with it.
"""

import argparse
import threading
import time
from typing import TYPE_CHECKING

from bot import clock
from bot.cli import terminal
from bot.errors import Failed
from bot.program import Program, open_program
from storage.engine import database
from storage.engine.database import StorageUnavailable
from storage.state import connections
from storage.state.connections import Connection

if TYPE_CHECKING:
    from bot.sync.worker import Worker
    from digests.numbers.report import SyncResult

DONE = 0
PACE = 0.2  # seconds between checks for due work
SILENCE = 3.0  # seconds without work of our own before we say that another process has the turn
WAITING = "Another process is syncing this organization. Waiting for it…"
FAULT = "a StackSpend error stopped the sync; details are in the log"
GONE = "Anthropic was disconnected meanwhile, so syncing has stopped."
DOUBTED = "Anthropic just rejected the key. Run `stackspend sync` again in a minute."


def sync(options: argparse.Namespace) -> int:
    """Sync now, with a progress bar for the billing history."""
    from bot.cli.operate import connection_of

    program = open_program(needs_secret=True)
    with database.session():
        connection = connection_of(options)
        done = _work(program, connection)
        present = connections.find(connection.id)
        if present is None:
            raise Failed(GONE)
        return _say(present, done)


def _work(program: Program, connection: Connection) -> "SyncResult":
    """Sync a connection until nothing is due or the provider asks for a pause; return the result."""
    from bot.reports import status as reports_status
    from bot.sync import backfill, jobs
    from storage.state import jobs as due

    bar = terminal.Bar()

    def show_progress(connection: Connection) -> None:
        bar(lambda: reports_status.progress(connection, now=clock.now()))

    since = clock.now()
    connections.clear_pause(connection.id)
    due.make_due(connection.id, since, below=backfill.SPEND_PRIORITY)
    wanted = due.states(connection.id, due_by=since, below=backfill.SPEND_PRIORITY)
    share = program.worker(program.services, show_progress, only=connection.id, below=backfill.SPEND_PRIORITY)
    notice = _WaitingNotice()
    while share.is_busy or jobs.is_due(connection, clock.now(), below=backfill.SPEND_PRIORITY):
        if connections.is_paused(connection.id, clock.now()):
            break
        share.tick()
        notice.update(share)
        threading.Event().wait(PACE)
        if error := share.last_error:
            raise Failed(f"{_words(error)}. Nothing is lost; run it again to continue.") from error
    bar.end()
    return jobs.sync_result(connection, wanted, since=since)


def _words(trouble: Exception) -> str:
    return str(trouble) if isinstance(trouble, StorageUnavailable) else FAULT


class _WaitingNotice:
    """A notice, printed once, that another process serves the connection."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._is_shown = False

    def update(self, share: "Worker") -> None:
        """Print the notice if this process has had nothing to do for a while."""
        if share.is_busy or self._is_shown:
            self._since = time.monotonic()
        elif time.monotonic() - self._since > SILENCE:
            terminal.tell(WAITING)
            self._is_shown = True


def _say(connection: Connection, done: "SyncResult") -> int:
    """Print what was done and what is left for `run`. Raises Failed if something failed."""
    from bot.reports import status as reports_status
    from bot.sync import backfill
    from digests import render
    from digests.words.failures import in_words
    from digests.words.incidents import WORDS, reason
    from digests.words.wording import counted
    from storage.state import jobs

    now = clock.now()
    status = reports_status.status(connection, now=now)
    terminal.show(render.synced(done, status=status, now=now, zone="UTC"), now=now, zone="UTC")
    if left := jobs.days_left(connection.id, "spend", from_priority=backfill.SPEND_PRIORITY):
        terminal.say(
            f"Hourly spend for {counted(left, 'day')} isn't in yet. That takes a while and changes no total; "
            "`stackspend run` continues with it."
        )
    for incident in status.incidents:
        why = reason(incident.kind, incident.detail)
        raise Failed(": ".join(filter(None, (WORDS[incident.kind].what, why))))
    if done.is_doubted:
        raise Failed(DOUBTED)
    for why in done.failed.values():
        raise Failed(f"{in_words(why).rstrip('.')}. Run it again to retry.")
    return DONE
