"""`kill -9` in a stream of bodies: everything that was answered is there, once."""

import http.client
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from bot.ingest.count import TelemetryCounter
from providers.period import Period
from storage.engine.database import migrate, open_database, session
from storage.facts.telemetry import batches, totals
from storage.state.ingest import tokens
from tests.bot.conftest import NOW
from tests.bot.ingest.wsgi import issued
from tests.conftest import IN_FULL
from tests.providers.claude.bodies import event, logs_body

KILLS = 50 if IN_FULL else 3
SENDERS = 4
PROGRAM = """
import sys
from bot.ingest.receiver import LANES, PATH, Receiver
from bot.runtime.http.routes import application
from bot.runtime.http.server import Server
from storage.engine.database import open_database
from tests.bot.conftest import NOW

open_database(sys.argv[1])
app = application(slack=None, is_ready=bool, now=lambda: NOW, others={PATH: Receiver(lambda: NOW)})
server = Server(app, host="127.0.0.1", port=0, lanes=LANES)
print(server.port, flush=True)
server.run()
"""
ROOT = Path(__file__).parents[3]
SECONDS = int(NOW.timestamp())


class Sender:
    """Sends requests, each with an id of its own, again and again until it is answered."""

    def __init__(self, name: int, headers: dict[str, str]) -> None:
        self._name, self._headers = name, headers
        self.answered = 0

    def send_until_it_ends(self, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError, http.client.HTTPException), closing(connection):
            while True:
                self._send(connection)

    def _send(self, connection: http.client.HTTPConnection) -> None:
        call: dict[str, Any] = {"model": "claude-opus-5-5", "output_tokens": 1}
        body = logs_body(event(SECONDS * 10**9, request_id=f"req_{self._name}_{self.answered}", **call))
        connection.request("POST", "/otlp/v1/logs", body, self._headers)
        if connection.getresponse().read() == b"{}":
            self.answered += 1


def test_what_was_answered_is_there_once(database_url: str) -> None:
    open_database(database_url)
    migrate()
    with session():
        token = issued()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    senders = [Sender(number, headers) for number in range(SENDERS)]
    for kill in range(KILLS):
        _run_and_kill(database_url, senders, answers=20 * (kill + 1))
    count_all()
    answered = sum(sender.answered for sender in senders)
    with session():
        good = tokens.authenticate(token)
        assert good
        counted = totals.total(good.connection_id, Period.last_days(1, until=NOW.date())).requests
    assert answered >= 20 * KILLS
    assert answered <= counted <= answered + SENDERS  # kept, and killed before the answer


def count_all() -> None:
    """Tick until nothing waits: a tick counts some portions."""
    counter = TelemetryCounter(lambda: NOW)
    counter.tick()
    with session():
        while batches.waiting():
            counter.tick()


def _run_and_kill(url: str, senders: list[Sender], *, answers: int) -> None:
    command = [sys.executable, "-c", PROGRAM, url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        threads = [threading.Thread(target=sender.send_until_it_ends, args=(port,)) for sender in senders]
        for thread in threads:
            thread.start()
        enough = threading.Event()
        while sum(sender.answered for sender in senders) < answers:
            enough.wait(0.01)
        process.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join(10)
