"""Where permissions for conversations are missing, an admin is offered to install the app again, once."""

from collections.abc import Iterator

import pytest

from bot.slack.scopes import REMEMBERED
from demo.slack.people import ADMIN, MEMBER, OWNER
from demo.slack.server import Entry
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import UMBRELLA, Harness, connect, fill, open_harness
from tests.bot.shared_bot import PUBLIC, UMBRELLAS_KEY, open_shared_bot, umbrella
from tests.bot.shared_bot import connect as connect_one

pytestmark = ON_SQLITE
OFFER, REMARK = "Ask in a channel", "Mentions and direct messages are off"
NEW = {"app_mentions:read", "assistant:write"}


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    assert store
    with open_harness() as opened:
        opened.slack.workspace.scopes -= NEW
        fill(connect(opened))
        yield opened


def home(harness: Harness, user: str) -> Entry:
    return harness.after(harness.slack.open_home(user).index, "home")


def test_an_admin_is_offered_what_is_missing(harness: Harness) -> None:
    shown = home(harness, ADMIN)
    assert f"*{OFFER}*" in shown.words
    assert "app_mentions:read, assistant:write." in shown.words.replace("`", "")
    assert "slack-manifest.json" in shown.words


def test_nobody_else_is_offered_anything(harness: Harness) -> None:
    assert OFFER not in home(harness, MEMBER).words
    assert REMARK not in harness.ask(MEMBER, "status").words


def test_an_offer_that_is_declined_is_gone(harness: Harness) -> None:
    index = harness.press(ADMIN, home(harness, ADMIN), "Not now")
    assert OFFER not in harness.after(index, "home").words
    assert [OFFER in home(harness, user).words for user in (ADMIN, OWNER)] == [False, False]
    assert REMARK in harness.ask(ADMIN, "status").words


def test_the_button_of_the_link_is_acknowledged(harness: Harness) -> None:
    harness.press(ADMIN, home(harness, ADMIN), "Open app settings")
    assert harness.slack.failures == []


def test_after_a_reinstall_nothing_is_offered(harness: Harness) -> None:
    assert REMARK in harness.ask(ADMIN, "status").words
    harness.slack.workspace.scopes |= NEW
    harness.moment[0] += REMEMBERED
    assert OFFER not in home(harness, ADMIN).words
    assert REMARK not in harness.ask(ADMIN, "status").words


def test_nothing_is_offered_while_slack_does_not_say(harness: Harness) -> None:
    harness.slack.workspace.faults.refuse("auth.test", "fatal_error", times=3)
    assert OFFER not in home(harness, ADMIN).words


@pytest.mark.usefixtures("store")
def test_a_workspace_of_many_installs_the_app_again(store: str) -> None:
    workspace = umbrella()
    with open_shared_bot(workspace) as shared_bot:
        shared_bot.install(workspace)
        fill(connect_one(shared_bot, workspace, UMBRELLA, key=UMBRELLAS_KEY, by=f"{ADMIN}2"))
        workspace.scopes -= NEW
        slack = shared_bot[workspace]
        shown = slack.wait(kind="home", after=slack.open_home(f"{ADMIN}2").index)
        assert f"{PUBLIC}/slack/install" in str(shown.payload)
    assert store
