"""From nothing to the first answer: each beside a Python that does nothing, started in turns with it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bot import clock
from demo.slack.server import Workspace, serving
from demo.stage import free_port
from storage.engine import database
from storage.engine.secrets import Vault, keys_beside
from tests.bench import history
from tests.bench.figures import Figure, Size, in_turns, seconds_of, words
from tests.bench.ground import folder, program_environment, running, wait_for

MOST = 0.5  # seconds more than a Python that does nothing


def measure(size: Size) -> Iterator[Figure]:
    """An answer on the command line, and the program until it is alive."""
    workspace = Workspace()
    with folder() as path, serving(workspace) as slack:
        environment = program_environment(
            path,
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=workspace.token,
            SLACK_SIGNING_SECRET=workspace.signing_secret,
        )
        _fill(path, history.A_DAY * 60)
        bare, with_question, served = in_turns(
            [
                partial(_finished, ("-c", "pass"), environment),
                partial(_finished, ("-m", "bot", "cost", "month"), environment),
                partial(_alive, environment),
            ],
            turns=size.starts,
            patience=size.patience,
        )
        milliseconds, modules = _imported(environment)
    yield _beyond("cold start, `stackspend cost month`", with_question, bare)
    yield Figure(
        name="imports of `stackspend cost month`",
        ours=words(milliseconds / 1000),
        beside=f"{modules} modules, by -X importtime",
    )
    yield _beyond("cold start, `stackspend run` until /healthz", served, bare)


def _fill(path: Path, facts: int) -> None:
    database.open_database(f"sqlite:///{path}/stackspend.db")
    database.migrate()
    with database.session():
        vault = Vault(keys_beside(path / "stackspend.db"))
        history.write(facts, now=clock.now(), vault=vault)


def _beyond(name: str, ours: float, bare: float) -> Figure:
    return Figure(
        name=name,
        ours=words(ours),
        beside=f"bare Python {words(bare)}, beyond it {words(ours - bare)}",
        ratio=ours / bare,
        aim=f"≤ {words(MOST)} beyond",
        holds=ours - bare <= MOST,
    )


def _finished(arguments: tuple[str, ...], environment: Mapping[str, str]) -> float:
    command, whole = [sys.executable, *arguments], {**os.environ, **environment}
    return seconds_of(partial(subprocess.run, command, env=whole, check=True, capture_output=True))


def _imported(environment: Mapping[str, str]) -> tuple[float, int]:
    """Milliseconds in all imports of an answer, and how many there are."""
    command = [sys.executable, "-X", "importtime", "-m", "bot", "cost", "month"]
    output = subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    own = [line.split(":")[1].split("|")[0].strip() for line in output.stderr.decode().splitlines()[1:]]
    return sum(map(int, own)) / 1000, len(own)


def _alive(environment: Mapping[str, str]) -> float:
    port = free_port()
    place = {"HOST": "127.0.0.1", "PORT": str(port)}

    def until_alive() -> None:
        process = stack.enter_context(running("-m", "bot", "run", "--without-slack", **environment, **place))
        wait_for(port, "/healthz", process)

    with ExitStack() as stack:
        return seconds_of(until_alive)
