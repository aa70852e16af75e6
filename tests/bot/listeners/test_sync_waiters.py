"""Sync now, pressed in several Slack workspaces at once: none is refused and none waits for another."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.pools.sync_waiters import WAITING, SyncWaiters
from bot.sync import jobs as bot_jobs
from demo.slack.cloud import neighbor
from demo.slack.people import ADMIN
from demo.slack.server import Entry, Workspace
from digests.numbers.report import SyncResult
from digests.words.requests import ALREADY_SYNCING, ASKING_ANTHROPIC, SYNCING_LATER
from providers.provider import Organization
from storage.engine.database import session, transaction
from storage.state import connections, jobs
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ADMIN_KEY, NOW
from tests.bot.shared_bot import SharedBot, connect, open_shared_bot


@pytest.fixture
def shared_bot(store: str) -> Iterator[SharedBot]:
    """Three companies, connected, whose next sync is in an hour."""
    del store
    workspaces = [Workspace(), neighbor("Umbrella", 2), neighbor("Initech", 3)]
    with open_shared_bot(*workspaces) as opened:
        for number, workspace in enumerate(workspaces):
            by = admin_of(workspace)
            opened.install(workspace, by=by)
            organization = Organization(f"org-{number}", workspace.team_name)
            connection = connect(opened, workspace, organization, key=ADMIN_KEY, by=by)
            with transaction():
                bot_jobs.begin(connection, now=NOW + timedelta(hours=1))
        yield opened


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """An Anthropic that tells nobody anything before a test lets it."""
    opened = threading.Event()

    def synced(*_: Any) -> SyncResult:
        assert opened.wait(30)
        return SyncResult()

    monkeypatch.setattr(bot_jobs, "sync_now", synced)
    yield opened
    opened.set()


def admin_of(workspace: Workspace) -> str:
    return next(person.id for person in workspace.people.values() if person.id.startswith(ADMIN))


def sync(shared_bot: SharedBot, workspace: Workspace) -> Entry:
    return shared_bot.ask(workspace, admin_of(workspace), "sync")


@ON_SQLITE
def test_each_workspace_is_told_what_changed_without_waiting_for_another(
    shared_bot: SharedBot, gate: threading.Event
) -> None:
    first, second, third = (slack.workspace for slack in shared_bot.slacks.values())
    begun = [sync(shared_bot, workspace) for workspace in (first, second)]
    assert [entry.words for entry in begun] == [ASKING_ANTHROPIC, ASKING_ANTHROPIC]
    assert sync(shared_bot, third).words == SYNCING_LATER
    gate.set()
    for workspace, entry in zip((first, second), begun, strict=True):
        shared_bot[workspace].wait(
            kind=entry.kind, after=entry.index, contains="Still importing your billing history"
        )


@ON_SQLITE
def test_whoever_is_not_waited_for_is_synced_all_the_same(
    shared_bot: SharedBot, gate: threading.Event
) -> None:
    first, second, third = (slack.workspace for slack in shared_bot.slacks.values())
    for workspace in (first, second):
        sync(shared_bot, workspace)
    assert not gate.is_set()
    sync(shared_bot, third)
    with session():
        connection = connections.of_team(third.team_id)
        assert connection
        assert jobs.due(connection.id, NOW, limit=1)


@ON_SQLITE
def test_the_second_press_in_a_workspace_is_told_that_it_is_under_way(
    shared_bot: SharedBot, gate: threading.Event
) -> None:
    first = next(iter(shared_bot.slacks.values())).workspace
    assert sync(shared_bot, first).words == ASKING_ANTHROPIC
    assert sync(shared_bot, first).words == ALREADY_SYNCING
    assert not gate.is_set()


def test_a_turn_is_given_back_whatever_happened() -> None:
    syncing = SyncWaiters()
    turns = []
    for _ in range(WAITING + 1):
        with suppress(ValueError), syncing.turn(1) as turn:
            turns.append(turn)
            raise ValueError
    assert turns == ["waits"] * (WAITING + 1)
