"""Socket Mode: what Slack sends over the socket is acknowledged there and answered."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk import WebClient
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_socket

from bot.app import build_app
from bot.front import Front
from bot.services import Services
from bot.socket_mode import listen
from bot.teams import Teams
from demo.admin_api import serve
from storage import installations
from storage.database import transaction
from storage.secrets import Vault, new_key

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINA = {
    "id": "U1",
    "team_id": "T1",
    "is_admin": True,
    "tz": "Europe/Berlin",
    "profile": {"real_name": "Mina", "email": "mina@acme.example"},
}
HELP = {
    "command": "/stackspend",
    "text": "help",
    "team_id": "T1",
    "user_id": "U1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
}


@dataclass
class SocketSlack:
    """Slack's end of the socket: sends one slash command, keeps what comes back."""

    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    answered: list[dict[str, Any]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    socket_url: str = ""
    address: str = ""

    def talk(self, socket: ServerConnection) -> None:
        """Greet, send the command, read the acknowledgement."""
        socket.send(json.dumps({"type": "hello", "num_connections": 1}))
        payload = {**HELP, "response_url": f"{self.address}/answer"}
        envelope = {"type": "slash_commands", "envelope_id": "e1", "accepts_response_payload": True}
        socket.send(json.dumps({**envelope, "payload": payload}))
        for message in socket:
            if "envelope_id" in str(message):
                self.acknowledged.append(json.loads(message))

    def web(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer the few methods that are called."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", [("Content-Type", "application/json")])
        if environ["PATH_INFO"] == "/answer":
            self.answered.append(json.loads(body))
            self.done.set()
        known: dict[str, dict[str, Any]] = {
            "/api/apps.connections.open": {"url": self.socket_url},
            "/api/users.info": {"user": MINA},
        }
        return [json.dumps({"ok": True, **known.get(environ["PATH_INFO"], {})}).encode()]


@contextmanager
def socket_slack() -> Iterator[SocketSlack]:
    slack = SocketSlack()
    with serve_socket(slack.talk, "127.0.0.1", 0) as server, serve(slack.web) as address:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        slack.socket_url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        slack.address = address
        yield slack
        server.shutdown()


def services(pool: ThreadPoolExecutor) -> Services:
    return Services(
        vault=Vault([new_key()]),
        open_provider=lambda _key: pytest.fail("nobody asked Anthropic"),
        admins=frozenset(),
        now=lambda: NOW,
        pool=pool,
        wake=lambda: None,
    )


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnhandledThreadExceptionWarning"
)  # the client's own, at its end
def test_a_command_over_the_socket_is_acknowledged_and_answered() -> None:
    with socket_slack() as slack, ThreadPoolExecutor(2) as pool:
        client = WebClient(token="xoxb-1", base_url=f"{slack.address}/api/")
        app = build_app(services(pool), client=client, signing_secret="", team_id="T1")
        handler = listen(app, token="xapp-1", api_url=f"{slack.address}/api/")
        assert slack.done.wait(10)
        handler.close()  # type: ignore[no-untyped-call] # Bolt's
    assert slack.acknowledged[0]["envelope_id"] == "e1"
    assert "/stackspend cost today" in json.dumps(slack.answered[0])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # as above
def test_a_command_of_one_of_many_teams_is_answered_over_the_socket(store: str) -> None:
    assert store
    with socket_slack() as slack, ThreadPoolExecutor(2) as pool:
        served, url = services(pool), f"{slack.address}/api/"
        with transaction():
            installations.save(
                "T1", "", name="A", bot_user_id="UB", token="xoxb-1", vault=served.vault, by="U1", at=NOW
            )
        front = Front(served, Teams(served.vault, api_url=url, now=lambda: NOW), signing_secret="", breath=0)
        handler = listen(front, token="xapp-1", api_url=url)
        assert slack.done.wait(10)
        handler.close()  # type: ignore[no-untyped-call] # Bolt's
    assert "/stackspend cost today" in json.dumps(slack.answered[0])
