"""The last line of a good start says what to do next, once Slack is heard."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.runtime.ready_line import ready_line
from bot.runtime.socket_mode import Limits, Watchdog
from bot.settings import Settings
from storage.engine.database import transaction
from storage.engine.secrets import Vault, new_key
from storage.state import connections, installations

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE = Settings(slack_bot_token="xoxb-1", slack_app_token="xapp-1")
MANY = Settings(
    slack_client_id="1.2",
    slack_client_secret="s",
    slack_signing_secret="s",
    public_url="https://spend.example",
)


class Open:
    """A socket that is open and has nothing to say."""

    def poll(self) -> bool:
        return False

    def problem(self) -> str:
        return ""

    def is_open(self) -> bool:
        return True


def connect(team: str = "T1") -> None:
    with transaction():
        connections.connect(
            team, "org", "Acme", key="sk-ant-admin", vault=Vault([new_key()]), by="U1", at=NOW
        )


def install() -> None:
    with transaction():
        installations.save(
            "T1",
            "",
            name="Acme",
            bot_user_id="U0",
            token="xoxb-1",
            vault=Vault([new_key()]),
            by="U1",
            at=NOW,
        )


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("settings", "before", "after"),
    [
        (ONE, "Ready. In Slack, type /stackspend connect", "Ready. In Slack, type /stackspend"),
        (
            Settings(),
            "Ready. Connect Anthropic: stackspend connect < key.txt",
            "Ready. It syncs for the command line: stackspend cost today",
        ),
    ],
)
def test_it_says_what_to_do_next(settings: Settings, before: str, after: str) -> None:
    assert ready_line(settings) == before
    connect()
    assert ready_line(settings) == after


@pytest.mark.usefixtures("store")
def test_where_many_can_install_it_begins_with_that() -> None:
    assert ready_line(MANY) == "Ready. Add it to a Slack workspace: https://spend.example/slack/install"
    install()
    assert ready_line(MANY) == "Ready. In Slack, type /stackspend connect"


@pytest.mark.parametrize("failures", [0, 2])
def test_it_is_said_once_when_the_first_socket_is_open(failures: int) -> None:
    said: list[str] = []
    moment = [0.0]
    watchdog = Watchdog(_sockets(failures), Limits(), lambda: moment[0])
    watchdog.open()
    watchdog.when_open(lambda: said.append("ready"))
    assert said == ([] if failures else ["ready"])
    for _ in range(4):
        moment[0] += 100
        watchdog.check()
    assert said == ["ready"]


def _sockets(failures: int) -> Callable[[Callable[[], float]], Any]:
    left = [failures]

    def open_socket(_clock: Callable[[], float]) -> Open:
        left[0] -= 1
        if left[0] >= 0:
            raise ConnectionError("no route")
        return Open()

    return open_socket
