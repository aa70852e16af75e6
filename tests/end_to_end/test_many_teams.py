"""The real program for two Slack workspaces: installed by browser, connected by modal and by page, left."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from demo.admin_api.faults import ADMIN_KEY
from demo.slack.cloud import CLIENT_ID, CLIENT_SECRET, Cloud, neighbor, serving_all
from demo.slack.people import ADMIN, SPEND
from demo.slack.server import Slack, Workspace
from demo.stage import Bot, Stage, free_port
from storage.state import connections, installations
from tests.end_to_end.acts import KEY, PATIENCE, remembered


@dataclass(frozen=True)
class SharedBot:
    """Two companies, and the process that serves both."""

    cloud: Cloud
    first: Slack
    second: Slack
    bot: Bot

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.bot.port}"

    def install(self, slack: Slack, by: str) -> str:
        self.cloud.chosen, self.cloud.by = (slack.workspace,), by
        response = httpx.get(f"{self.address}/slack/install")
        back = httpx.get(response.headers["location"]).headers["location"]
        return httpx.get(back, headers={"Cookie": response.headers["set-cookie"].split(";")[0]}).text


@pytest.fixture
def shared_bot(play: Stage) -> Iterator[SharedBot]:
    cloud, port = Cloud([Workspace(), neighbor("Umbrella", 2)]), free_port()
    with serving_all(cloud) as slacks:
        first, second = slacks.values()
        environment = {
            **{name: value for name, value in play.environment.items() if name != "SLACK_BOT_TOKEN"},
            "SLACK_CLIENT_ID": CLIENT_ID,
            "SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "SLACK_API_URL": first.api_url,
            "STACKSPEND_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        bot = Bot("run", port, environment, play.folder / "many.log")
        play.bots.append(bot)
        bot.start()
        for slack in slacks.values():
            slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        yield SharedBot(cloud, first, second, bot)
        bot.stop()
        assert [slack.violations + slack.failures for slack in slacks.values()] == [[], []]


def test_two_companies_install_connect_ask_and_leave(play: Stage, shared_bot: SharedBot) -> None:
    first, second = shared_bot.first, shared_bot.second
    assert "StackSpend is installed in Acme" in shared_bot.install(first, ADMIN)
    assert "StackSpend is installed in Umbrella" in shared_bot.install(second, ADMIN + "2")

    opened = first.command(ADMIN, "connect", channel=SPEND)
    first.wait(kind="modal", after=opened.index)
    sent = first.submit(ADMIN, None, {KEY: ADMIN_KEY})
    first.wait(kind="modal_update", contains="Connected to", after=sent.index, timeout=PATIENCE)
    assert "isn't connected to Anthropic yet" in ask(second, ADMIN + "2", SPEND + "2")

    assert "is connected" in enter_in_browser(second, ADMIN + "2", SPEND + "2")
    for slack, person in ((first, ADMIN), (second, ADMIN + "2")):
        slack.wait(kind="edit", contains="billing history is imported", timeout=PATIENCE)
        assert slack.workspace.dms(person)

    first.event("app_uninstalled")
    with remembered(play):
        assert [each.team_id for each in installations.every()] == [second.workspace.team_id]
        assert [each.team_id for each in connections.every()] == [second.workspace.team_id]
    assert "$" in ask(second, ADMIN + "2", SPEND + "2")
    shared_bot.bot.stop()
    log = shared_bot.bot.log.read_text(encoding="utf-8")
    assert not re.search(r"Traceback|sk-ant-[\w-]{6,}|xoxb-[\w-]+|/key/|InstallationStore", log), log


def ask(slack: Slack, person: str, channel: str) -> str:
    command = slack.command(person, "cost yesterday utc", channel=channel)
    return slack.wait(kind="ephemeral", user=person, after=command.index, timeout=PATIENCE).words


def enter_in_browser(slack: Slack, person: str, channel: str) -> str:
    """Follow the link of the modal and enter the key on the page."""
    opened = slack.command(person, "connect", channel=channel)
    modal = slack.wait(kind="modal", after=opened.index).payload
    (link,) = [block["accessory"]["url"] for block in modal["blocks"] if "accessory" in block]
    page = httpx.get(link)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return httpx.post(link, data={**fields, "admin_key": ADMIN_KEY}, cookies=page.cookies).text
