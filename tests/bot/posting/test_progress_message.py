"""The walk through history as one message to whoever connected."""

from typing import Any

import pytest

from bot.posting import progress_message
from bot.posting.progress_message import ProgressMessage
from bot.slack.client import SlackClient, SlackUnavailable
from bot.teams.clients import LOST
from demo.slack.people import ADMIN, TEAM
from demo.slack.server import Slack
from storage.state import connections
from tests.bot.conftest import ON_SQLITE, TODAY, YESTERDAY, Company, OutboxHarness

pytestmark = ON_SQLITE


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_message, "SECONDS_BETWEEN_EDITS", 0.0)


@pytest.fixture
def progress(company: Company, channel: SlackClient) -> ProgressMessage:
    return ProgressMessage({TEAM: channel}.get, company.clock)


def begun(company: Company) -> None:
    """Somebody connected and wants to be told; nothing is read yet."""
    company.connect()
    assert company.connection.announced == connections.PROGRESS_WANTED


def finished(company: Company) -> None:
    connections.set_first_day(company.connection.id, TODAY)


def test_a_slack_whose_token_is_lost_ends_no_reading(company: Company) -> None:
    def lost(_team: str) -> SlackClient:
        raise SlackUnavailable(LOST)

    begun(company)
    ProgressMessage(lost, company.clock)(company.connection)
    assert company.connection.announced == connections.PROGRESS_WANTED


def test_progress_is_one_message_that_is_edited_in_place(
    company: Company, slack: Slack, progress: ProgressMessage
) -> None:
    begun(company)
    for _ in range(3):
        progress(company.connection)
    (message,) = slack.workspace.dms(ADMIN)
    assert "Importing Acme's billing history" in message.text


def test_the_end_is_said_in_the_same_message_and_nothing_after_it(
    company: Company, slack: Slack, progress: ProgressMessage
) -> None:
    begun(company)
    progress(company.connection)
    finished(company)
    progress(company.connection)
    entries = len(slack.workspace.transcript)
    progress(company.connection)
    (message,) = slack.workspace.dms(ADMIN)
    assert "Acme is connected" in message.text
    assert len(slack.workspace.transcript) == entries
    assert company.connection.announced is None


def test_the_final_words_tell_what_was_found(outbox: OutboxHarness) -> None:
    walked = outbox.company
    connections.set_progress_message(walked.connection.id, connections.PROGRESS_WANTED)
    ProgressMessage(outbox.channels.get, walked.clock)(walked.connection)
    (message,) = outbox.slack.workspace.dms(ADMIN)
    assert "Oct 20, 2026 – today" in message.text


def test_a_kill_before_its_place_was_remembered_makes_no_second_message(
    company: Company, slack: Slack, progress: ProgressMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(company)
    with monkeypatch.context() as broken:
        broken.setattr(connections, "set_progress_message", _killed)
        with pytest.raises(KeyboardInterrupt):
            progress(company.connection)
    progress(company.connection)
    assert len(slack.workspace.dms(ADMIN)) == 1


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt


def test_where_it_cannot_be_found_again_there_is_a_message_all_the_same(
    company: Company, slack: Slack, progress: ProgressMessage
) -> None:
    slack.workspace.scopes -= {"channels:history"}
    begun(company)
    progress(company.connection)
    assert len(slack.workspace.dms(ADMIN)) == 1


def test_a_post_that_was_cut_off_makes_no_second_message(
    company: Company, slack: Slack, progress: ProgressMessage
) -> None:
    begun(company)
    slack.workspace.faults.cut_after("chat.postMessage")
    for _ in range(3):
        progress(company.connection)
    assert len(slack.workspace.dms(ADMIN)) == 1


def test_a_slack_that_fails_stops_no_walk(company: Company, slack: Slack, progress: ProgressMessage) -> None:
    company.connect(first_day=YESTERDAY)
    connections.set_progress_message(company.connection.id, connections.PROGRESS_WANTED)
    slack.workspace.revoke_token()
    company.worker(on_progress=progress).tick()
    assert company.remembered(YESTERDAY) == company.billed(YESTERDAY)
    assert slack.workspace.dms(ADMIN) == []


def test_edits_keep_a_pace_that_people_can_read(
    company: Company, slack: Slack, progress: ProgressMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_message, "SECONDS_BETWEEN_EDITS", 60.0)
    begun(company)
    for _ in range(5):
        progress(company.connection)
    assert len([entry for entry in slack.workspace.transcript if entry.kind in ("dm", "edit")]) <= 2


def test_whoever_connected_from_the_command_line_is_told_nothing(
    company: Company, slack: Slack, progress: ProgressMessage
) -> None:
    company.connect(by="")
    progress(company.connection)
    assert len(slack.workspace.transcript) == 0
