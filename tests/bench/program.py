"""The real program between its two stand-ins: many who ask at the same moment, and its memory afterwards.

With a quick database as the bot of one Slack workspace, with a slow one as that of many: there every request
has to be found its workspace before it is acknowledged.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from demo.admin_api.faults import ADMIN_KEY
from demo.slack.people import ADMIN, PEOPLE, Person
from demo.slack.server import Workspace, serving
from demo.stage import free_port
from storage.engine.database import open_database, session, transaction
from storage.engine.secrets import Vault, keys_beside
from storage.state import connections, installations
from tests.bench.figures import Figure, Size, at, at_most, words
from tests.bench.ground import folder, organization, program_environment, running, wait_for
from tests.bench.load import Orders, Times
from tests.bench.slow import QUERY

ACK, ACK_WHILE_SLOW = 0.050, 3.0
MOST_MEMORY = 150  # megabytes
COMMANDS = 200  # before the memory is read
LONGEST = 60  # days; memory depends on the windows that are read, not on how many
PATIENCE = 240.0  # seconds until history must be in
ASKED = "cost month by model"
SLOW_ROUNDS = 3
_MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "not needed here",
    "STACKSPEND_PUBLIC_URL": "https://spend.example",
}


def measure(size: Size) -> Iterator[Figure]:
    """Sync, then answer many people at once, then look at the memory; then again with a slow database."""
    days, at_once = min(size.days, LONGEST), size.at_once
    workspace = Workspace(people=[*PEOPLE, *_people(at_once)])
    with staged(workspace, days=days, engineers=size.engineers) as (path, environment):
        alone = {"SLACK_BOT_TOKEN": workspace.token}
        slow = path / "slow"
        with serving_program("tests.bench.slow", str(slow), **environment, **alone) as (process, port):
            wait_for_history(workspace.team_id, path)
            times = _ask(workspace, port, at_once, max(size.rounds, -(-COMMANDS // at_once)))
            now, most = memory_of(process)
        yield from _figures(times, at_once)
        yield Figure(
            name=f"memory of `run`, {days} days synced, {len(times.answers)} commands",
            ours=f"{now} MB",
            beside=f"peak {most} MB",
            aim=f"≤ {MOST_MEMORY} MB",
            holds=now <= MOST_MEMORY,
        )
        _install(workspace, path)
        with serving_program("tests.bench.slow", str(slow), **environment, **_MANY) as (_process, port):
            times = _ask(workspace, port, at_once, SLOW_ROUNDS, slow=str(slow))
        yield _while_slow(times, at_once)


def _figures(times: Times, at_once: int) -> Iterator[Figure]:
    middle = f"p50 {words(at(times.acks, 50))}"
    yield at_most(f"slash ack, p99, {at_once} at once", at(times.acks, 99), ACK, beside=middle)
    yield Figure(
        name=f"answer at response_url, p99, {at_once} at once",
        ours=words(at(times.answers, 99)),
        beside=f"p50 {words(at(times.answers, 50))}, the first {words(min(times.answers))}",
    )


def _while_slow(times: Times, at_once: int) -> Figure:
    name = f"slash ack, p99, {at_once} at once, every query {words(QUERY)}, many workspaces"
    middle = f"p50 {words(at(times.acks, 50))}; all {len(times.answers)} answered"
    return at_most(name, at(times.acks, 99), ACK_WHILE_SLOW, beside=middle)


@contextmanager
def staged(workspace: Workspace, *, days: int, engineers: int) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Both stand-ins, the key stored; a folder for the database, and what the program needs to know."""
    with (
        folder() as path,
        organization(days=days, engineers=engineers) as anthropic,
        serving(workspace) as slack,
    ):
        environment = program_environment(
            path,
            ANTHROPIC_BASE_URL=anthropic,
            SLACK_API_URL=slack.api_url,
            SLACK_SIGNING_SECRET=workspace.signing_secret,
            HOST="127.0.0.1",
        )
        _connect(workspace.team_id, {**environment, "SLACK_BOT_TOKEN": workspace.token})
        yield path, environment


@contextmanager
def serving_program(
    module: str, *arguments: str, **environment: str
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """`stackspend run`, ready, and its port."""
    port = free_port()
    with running("-m", module, *arguments, "run", **environment, PORT=str(port)) as process:
        wait_for(port, "/readyz", process)
        yield process, port


def _install(workspace: Workspace, path: Path) -> None:
    """Let the workspace be one of many that installed the app."""
    vault = Vault(keys_beside(path / "stackspend.db"))
    with transaction():
        installations.save(
            workspace.team_id,
            "",
            name=workspace.team_name,
            bot_user_id=workspace.bot_id,
            token=workspace.token,
            vault=vault,
            by=ADMIN,
            at=datetime.now(UTC),
        )


def _people(count: int) -> Iterator[Person]:
    for number in range(count):
        name = f"p{number}"
        yield Person(id=f"U1{number:08d}", name=name, real_name=name, email=f"{name}@acme.example")


def _connect(team_id: str, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "bot", "connect", "--team", team_id]
    output = subprocess.run(
        command,
        env={**os.environ, **environment},
        input=ADMIN_KEY.encode(),
        check=False,
        capture_output=True,
    )
    if output.returncode:
        raise RuntimeError(output.stderr.decode())


def wait_for_history(team_id: str, path: Path) -> None:
    """Wait until the first day of history is known, which is when all of it is in."""
    open_database(f"sqlite:///{path}/stackspend.db")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with session():
            connection = connections.of_team(team_id)
        if connection and connection.first_day:
            return
        time.sleep(0.2)
    raise RuntimeError("history was not read in time")


def _ask(workspace: Workspace, port: int, at_once: int, rounds: int, *, slow: str = "") -> Times:
    orders = Orders(
        port=port,
        secret=workspace.signing_secret,
        team_id=workspace.team_id,
        users=[person.id for person in _people(at_once)],
        text=ASKED,
        rounds=rounds,
        slow=slow,
    )
    output = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=msgspec.json.encode(orders),
        check=False,
        capture_output=True,
        timeout=PATIENCE,
    )
    if output.returncode:
        raise RuntimeError(output.stderr.decode())
    return msgspec.json.decode(output.stdout, type=Times)


def memory_of(process: "subprocess.Popen[bytes]") -> tuple[int, int]:
    """Resident megabytes: now, and at most so far."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    facts = dict(line.split(":", 1) for line in status.splitlines())
    now, most = (int(facts[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))
    return now, most
