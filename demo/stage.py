"""A whole world on loopback: a simulated organization, a stand-in Slack, and the real bot between them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import SystemRandom

import httpx

from demo.admin_api.server import AdminApi, serve
from demo.clock import FILE, Clock
from demo.company.organization import Organization
from demo.company.roster import HOSTILE_NAME
from demo.company.workload import Habits
from demo.slack.server import Slack, Workspace, serving
from demo.telemetry.senders import Senders, to
from storage.engine.secrets import new_key

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0  # seconds until a bot must be ready


@dataclass
class Bot:
    """One process of the real bot: `verb` is run, web or worker, `program` the module to run."""

    verb: str
    port: int
    environment: Mapping[str, str]
    log: Path
    program: str = "bot"
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """The address at which it listens, for Slack and for browsers on this machine."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.launch()
        if self.verb != "worker":
            self._wait_until_ready()

    def launch(self) -> None:
        """Start it."""
        place = {"PORT": str(self.port), "HOST": "127.0.0.1", "STACKSPEND_PUBLIC_URL": self.address}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", self.program, self.verb],
                cwd=self.log.parent,
                env={**_environment(), **self.environment, **place},
                stdout=log,
                stderr=log,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.address}/readyz").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            if self.process is None or self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the bot did not start:\n{self.log.read_text(encoding='utf-8')[-4000:]}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it politely."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=PATIENCE)
        self.process = None


@dataclass
class Stage:
    """All parts of the demo, on one clock; a bot uses the real clock unless its program is `demo.bot`."""

    clock: Clock
    organization: Organization
    anthropic: AdminApi
    anthropic_url: str
    slack: Slack
    database_url: str
    folder: Path
    bots: list[Bot] = field(default_factory=list)
    senders: Senders | None = None
    secret_key: str = field(default_factory=new_key)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a bot on this stage."""
        workspace = self.slack.workspace
        is_file = self.database_url.startswith("sqlite")
        return {
            **({} if is_file else {"STACKSPEND_SECRET_KEY": self.secret_key}),
            FILE: str(self.clock.file),
            "DATABASE_URL": self.database_url,
            "SLACK_BOT_TOKEN": workspace.token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "ANTHROPIC_BASE_URL": self.anthropic_url,
        }

    def bot(self, verb: str = "run", *, program: str = "bot") -> Bot:
        """A bot that is started; Slack sends to the last one that listens."""
        log = self.folder / f"{verb}-{len(self.bots)}.log"
        bot = Bot(verb, free_port(), self.environment, log, program)
        self.bots.append(bot)
        bot.start()
        if verb != "worker":
            self.slack.request_url = f"{bot.address}/slack/events"
        return bot

    def report(self, token: str) -> Senders:
        """Let the engineers' clients report with a token, from now on."""
        post = to(lambda: self.bots[-1].address, token)
        self.senders = Senders(self.organization, self.clock.now, post)
        self.senders.start()
        return self.senders

    def type(self, *words: str) -> str:
        """Run the command line and return its output. Raises CalledProcessError if it fails."""
        command = [sys.executable, "-m", "bot", *words]
        environment = {**_environment(), **self.environment}
        done = subprocess.run(command, cwd=self.folder, env=environment, check=True, capture_output=True)  # noqa: S603 - as above
        return done.stdout.decode()


def _environment() -> dict[str, str]:
    """Return an environment in which our programs start from any folder, so from one without a `.env`."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def stage(
    folder: Path,
    *,
    days: int = 400,
    engineers: int = 24,
    seed: int = 7,
    database_url: str = "",
    spike: timedelta = timedelta(days=7),
    runaway: str = HOSTILE_NAME,
) -> Iterator[Stage]:
    """Raise the curtain: everything but the bots, which are ended with it.

    So long ago was the `spike`, of the key named `runaway`.
    """
    clock = Clock(folder / "clock")
    today = clock.now().date()
    organization = Organization(
        seed,
        today - timedelta(days=days),
        engineers,
        habits=Habits(spike_day=today - spike),
        runaway=runaway,
    )
    # the bill of a day is there at midnight, so that nothing that is shown depends on the hour
    anthropic = AdminApi(organization, clock.now, bill_lag=timedelta())
    with ExitStack() as stack:
        address = stack.enter_context(serve(anthropic))
        stack.callback(anthropic.closing.set)
        slack = stack.enter_context(serving(Workspace(clock=clock.timestamp)))
        url = database_url or f"sqlite:///{folder}/stackspend.db"
        play = Stage(clock, organization, anthropic, address, slack, url, folder)
        try:
            yield play
        finally:
            if play.senders:
                play.senders.stop()
            for bot in play.bots:
                bot.kill()


def free_port() -> int:
    """A port nobody listens on, below those that connections are given by themselves.

    Processes that look at the same time look in different thousands.
    """
    first = 12_000 + os.getpid() % 20 * 1_000
    while True:
        port = SystemRandom().randrange(first, first + 1_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
