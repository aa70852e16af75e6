"""While the database hangs, whatever 64 people type at once is acknowledged in time, and answered later."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.slack.server import Delivery, Slack
from digests.words.requests import NO_DATABASE
from storage.engine.tables import database
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ACME, ADMIN_KEY, Harness, connect, fill, open_harness
from tests.bot.shared_bot import SharedBot, acme, open_shared_bot
from tests.bot.shared_bot import connect as connect_shared

AT_ONCE, IN_TIME = 64, 3.0


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


@pytest.fixture
def shared_bot(store: str) -> Iterator[SharedBot]:
    """One of many workspaces, where nobody has asked anything yet."""
    del store
    workspace = acme()
    with open_shared_bot(workspace) as opened:
        opened.install(workspace)
        fill(connect_shared(opened, workspace, ACME, key=ADMIN_KEY, by=ADMIN))
        yield opened


@contextmanager
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database that answers nobody before the block ends."""
    goes_on, execute = threading.Event(), database.obj.execute_sql

    def slow(*arguments: Any, **named: Any) -> Any:
        assert goes_on.wait(60)
        return execute(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(database.obj, "execute_sql", slow)
        try:
            yield
        finally:
            goes_on.set()


def ask_at_once(slack: Slack) -> list[Delivery]:
    with ThreadPoolExecutor(AT_ONCE) as people:
        commands = [
            people.submit(slack.command, MEMBER, "cost last month utc", channel=SPEND) for _ in range(AT_ONCE)
        ]
    return [each.result() for each in commands]


def answers(slack: Slack) -> list[str]:
    return [entry.words for entry in slack.workspace.transcript if entry.kind == "ephemeral"]


def wait_for_answers(slack: Slack) -> None:
    shown = slack.workspace.transcript
    slack.wait(
        lambda last: sum(entry.kind == last.kind for entry in shown) == AT_ONCE, kind="ephemeral", timeout=60
    )
    assert all("$310.00" in words for words in answers(slack))


def test_all_are_acknowledged_in_time_and_answered_in_the_end(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hanging(monkeypatch):
        commands = ask_at_once(harness.slack)
        assert answers(harness.slack) == []
    assert max(each.seconds for each in commands) < IN_TIME
    wait_for_answers(harness.slack)


@ON_SQLITE
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnhandledThreadExceptionWarning"
)  # the client's, at its end
def test_so_they_are_over_socket_mode(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store
    with open_harness(over_socket=True) as harness:
        fill(connect(harness))
        with hanging(monkeypatch):
            commands = ask_at_once(harness.slack)
            assert answers(harness.slack) == []
        assert max(each.seconds for each in commands) < IN_TIME
        wait_for_answers(harness.slack)


def test_so_they_are_where_it_is_one_of_many_workspaces(
    shared_bot: SharedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slack,) = shared_bot.slacks.values()
    slack.open_home(MEMBER)  # the workspace is known from now on
    slack.wait(kind="home")
    with hanging(monkeypatch):
        commands = ask_at_once(slack)
        assert [words for words in answers(slack) if "$" in words] == []
    assert max(each.seconds for each in commands) < IN_TIME
    wait_for_answers(slack)


def test_a_workspace_that_nobody_asked_from_yet_is_told_in_time(
    shared_bot: SharedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slack,) = shared_bot.slacks.values()
    with hanging(monkeypatch):
        commands = ask_at_once(slack)
    assert max(each.seconds for each in commands) < IN_TIME
    assert answers(slack) == [NO_DATABASE] * AT_ONCE
