"""The real Claude Code reports to the real receiver, in each protocol: every request is counted once.

`npm install @anthropic-ai/claude-code` somewhere and set CLAUDE_CODE to its program; else it is left out.
"""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import clock
from bot.ingest.count import TelemetryCounter
from bot.ingest.receiver import LANES, PATH, Receiver
from bot.runtime.http.routes import application
from bot.runtime.http.server import Server
from demo.slack.http import at_address
from digests.files.telemetry_settings import variables
from providers.directory import Directory
from providers.period import Period
from storage.engine.database import session, transaction
from storage.facts.telemetry import batches, totals
from storage.state.ingest import tokens
from tests.bot.conftest import ON_SQLITE
from tests.end_to_end.messages_api import MessagesApi

CLAUDE_CODE = os.environ.get("CLAUDE_CODE", "")
pytestmark = [
    ON_SQLITE,
    pytest.mark.skipif(not CLAUDE_CODE, reason="CLAUDE_CODE names no program"),
]
PATIENCE = 90  # seconds; a run takes about five


@pytest.fixture
def receiver(store: str) -> Iterator[str]:
    """The address that telemetry is sent to."""
    assert store
    others = {PATH: Receiver(clock.now)}
    app = application(slack=None, is_ready=lambda: True, now=clock.now, others=others)
    running = Server(app, host="127.0.0.1", port=0, lanes=LANES)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.port}/otlp"
    running.stop()
    thread.join(10)


def run(folder: Path, api: str, settings: dict[str, str], *words: str) -> str:
    """Run Claude Code once, with nothing of this machine's own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ANTHROPIC_BASE_URL": api,
        "ANTHROPIC_API_KEY": "sk-ant-api03-stand-in",
        "DISABLE_AUTOUPDATER": "1",
        "NO_PROXY": "127.0.0.1",
        **settings,
    }
    done = subprocess.run(
        [CLAUDE_CODE, "-p", "Say hello.", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("temporality", ["delta", "cumulative"])
@pytest.mark.parametrize("compression", ["gzip", "none"])
@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_every_request_is_counted_once_with_all_its_tokens(
    receiver: str, tmp_path: Path, protocol: str, compression: str, temporality: str
) -> None:
    with transaction():
        token, known = tokens.issue("T1", "laptops", by="U1", at=clock.now(), is_managed=True)
    settings = {
        **variables(receiver, token),
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": temporality,
        "OTEL_RESOURCE_ATTRIBUTES": "user.email=noor%40acme.example,team=payments",
    }
    api = MessagesApi()
    with at_address(api) as address:
        assert "Hello" in run(tmp_path, address, settings)
        assert "Hello" in run(tmp_path, address, settings, "--continue")
    counter = TelemetryCounter(clock.now)
    with session():
        while batches.waiting():
            counter.tick()
        days = Period.last_days(2, until=clock.now().date())
        whole = totals.total(known.connection_id, days)
        people = [line.name for line in totals.by_engineer(known.connection_id, days, Directory([]))]
        teams = [line.name for line in totals.by(known.connection_id, "team", days)]
    assert whole.requests == len(api.usages) >= 2
    assert sum(whole.tokens) == sum(sum(usage.values()) for usage in api.usages)
    assert (people, teams) == (["noor@acme.example"], ["payments"])
    assert whole.cost == whole.client_cost > 0
