"""The real program between its two stand-ins: many who ask at the same moment, and its memory afterwards."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from demo.faults import ADMIN_KEY
from demo.slack import Workspace, serving
from demo.slack_people import PEOPLE, Person
from demo.stage import free_port
from storage import connections
from storage.database import open_database, session
from tests.bench.crowd import Orders, Times
from tests.bench.figures import Figure, Size, at, at_most, words
from tests.bench.ground import folder, organization, program_environment, running, wait_for

ACK = 0.050
MOST_MEMORY = 150  # megabytes
COMMANDS = 200  # before the memory is read
LONGEST = 60  # days; memory depends on the windows that are read, not on how many
PATIENCE = 240.0  # seconds until history must be in
ASKED = "cost month by model"


def measure(size: Size) -> Iterator[Figure]:
    """Sync, then answer many people at once, then look at the memory."""
    days, at_once = min(size.days, LONGEST), size.at_once
    workspace = Workspace(people=[*PEOPLE, *_people(at_once)])
    with _program(workspace, days=days, engineers=size.engineers) as (process, port):
        times = _ask(workspace, port, at_once, max(size.rounds, -(-COMMANDS // at_once)))
        now, most = _memory(process)
    middle = f"p50 {words(at(times.acks, 50))}"
    yield at_most(f"slash ack, p99, {at_once} at once", at(times.acks, 99), ACK, beside=middle)
    yield Figure(
        name=f"answer at response_url, p99, {at_once} at once",
        ours=words(at(times.answers, 99)),
        beside=f"p50 {words(at(times.answers, 50))}, the first {words(min(times.answers))}",
    )
    yield Figure(
        name=f"memory of `run`, {days} days synced, {len(times.answers)} commands",
        ours=f"{now} MB",
        beside=f"peak {most} MB",
        aim=f"≤ {MOST_MEMORY} MB",
        holds=now <= MOST_MEMORY,
    )


@contextmanager
def _program(
    workspace: Workspace, *, days: int, engineers: int
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """`stackspend run` with all of history in, and its port."""
    with (
        folder() as path,
        organization(days=days, engineers=engineers) as anthropic,
        serving(workspace) as slack,
    ):
        port = free_port()
        environment = program_environment(
            path,
            ANTHROPIC_BASE_URL=anthropic,
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=workspace.token,
            SLACK_SIGNING_SECRET=workspace.signing_secret,
            HOST="127.0.0.1",
            PORT=str(port),
        )
        _connect(workspace.team_id, environment)
        with running("-m", "bot", "run", **environment) as process:
            wait_for(port, "/readyz", process)
            _wait_for_history(workspace.team_id, path)
            yield process, port


def _people(count: int) -> Iterator[Person]:
    for number in range(count):
        name = f"p{number}"
        yield Person(id=f"U1{number:08d}", name=name, real_name=name, email=f"{name}@acme.example")


def _connect(team_id: str, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "bot", "connect", "--team", team_id]
    told = subprocess.run(
        command,
        env={**os.environ, **environment},
        input=ADMIN_KEY.encode(),
        check=False,
        capture_output=True,
    )
    if told.returncode:
        raise RuntimeError(told.stderr.decode())


def _wait_for_history(team_id: str, path: Path) -> None:
    open_database(f"sqlite:///{path}/stackspend.db")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with session():
            connection = connections.of_team(team_id)
        if connection and connection.first_day:
            return
        time.sleep(0.2)
    raise RuntimeError("history was not read in time")


def _ask(workspace: Workspace, port: int, at_once: int, rounds: int) -> Times:
    orders = Orders(
        port=port,
        secret=workspace.signing_secret,
        team_id=workspace.team_id,
        users=[person.id for person in _people(at_once)],
        text=ASKED,
        rounds=rounds,
    )
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.crowd"],
        input=msgspec.json.encode(orders),
        check=False,
        capture_output=True,
        timeout=PATIENCE,
    )
    if told.returncode:
        raise RuntimeError(told.stderr.decode())
    return msgspec.json.decode(told.stdout, type=Times)


def _memory(process: "subprocess.Popen[bytes]") -> tuple[int, int]:
    """Resident megabytes: now, and at most so far."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    facts = dict(line.split(":", 1) for line in status.splitlines())
    now, most = (int(facts[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))
    return now, most
