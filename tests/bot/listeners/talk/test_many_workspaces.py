"""Several Slack workspaces with one bot: each hears its own figures, and nobody another's."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, BOT, MEMBER, SPEND
from demo.slack.server import Workspace
from storage.engine.database import session
from storage.engine.tables import InquiryRow
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ACME, ADMIN_KEY, UMBRELLA, fill
from tests.bot.shared_bot import SECOND, UMBRELLAS_KEY, SharedBot, acme, connect, open_shared_bot, umbrella

pytestmark = ON_SQLITE
ASKED = f"<@{BOT}> cost last month utc"


@pytest.fixture
def workspaces() -> tuple[Workspace, Workspace]:
    return acme(), umbrella()


@pytest.fixture
def shared_bot(store: str, workspaces: tuple[Workspace, Workspace]) -> Iterator[SharedBot]:
    assert store
    with open_shared_bot(*workspaces, at_once=True) as opened:
        first, second = workspaces
        opened.install(first)
        opened.install(second, by=ADMIN + SECOND)
        fill(connect(opened, first, ACME, key=ADMIN_KEY, by=ADMIN))
        connect(opened, second, UMBRELLA, key=UMBRELLAS_KEY, by=ADMIN + SECOND)
        yield opened


def said(workspace: Workspace, channel: str) -> str:
    return "\n".join(each.text for each in workspace.messages(channel) if each.author == workspace.bot_user)


def test_a_mention_is_answered_with_the_figures_of_its_own_workspace(
    shared_bot: SharedBot, workspaces: tuple[Workspace, Workspace]
) -> None:
    first, second = workspaces
    shared_bot[first].say(MEMBER, ASKED, channel=SPEND)
    shared_bot[second].say(MEMBER + SECOND, ASKED, channel=SPEND + SECOND)
    assert "$310.00" in said(first, SPEND)
    assert "$310.00" not in said(second, SPEND + SECOND)


def test_a_person_of_another_workspace_hears_nothing(
    shared_bot: SharedBot, workspaces: tuple[Workspace, Workspace]
) -> None:
    first, second = workspaces
    facts = {"user": MEMBER, "channel": SPEND, "text": ASKED, "ts": "1700000000.000100"}
    shared_bot[second].event("app_mention", **facts)
    assert (said(first, SPEND), said(second, SPEND + SECOND)) == ("", "")
    shown = [entry.words for slack in shared_bot.slacks.values() for entry in slack.workspace.transcript]
    assert not [words for words in shown if "$310.00" in words]
    with session():
        assert [row.team_id for row in InquiryRow.select()] == [second.team_id]


def test_a_workspace_that_removed_the_app_hears_nothing(
    shared_bot: SharedBot, workspaces: tuple[Workspace, Workspace]
) -> None:
    first, _second = workspaces
    shared_bot[first].event("app_uninstalled")
    shared_bot[first].say(MEMBER, ASKED, channel=SPEND)
    assert said(first, SPEND) == ""
