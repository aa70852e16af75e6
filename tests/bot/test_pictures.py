"""What people get when Slack does not take a chart."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.pictures import forms
from demo.slack import Slack, Workspace, serving
from demo.slack_people import MEMBER, SPEND
from digests import blocks
from digests.message import Message
from tests.bot.conftest import ON_SQLITE
from tests.bot.office import Office, connect, fill, open_office

CHART = blocks.bars("Last 2 days", "Spend", [("Nov 1", 1.0), ("2", 2.0)])
SAID = Message("Claude spend", [blocks.section("*$3.00*"), CHART])


@pytest.fixture
def slack() -> Iterator[Slack]:
    with serving(Workspace()) as served:
        yield served


@pytest.fixture
def office(store: str) -> Iterator[Office]:
    del store
    with open_office() as opened:
        fill(connect(opened))
        yield opened


def kinds(slack: Slack, **how: Any) -> list[list[str]]:
    client = WebClient(slack.workspace.token, base_url=slack.api_url)
    return [
        [block["type"] for block in form.blocks]
        for form in forms(client, SAID, wait=how.get("wait", lambda _seconds: None))
    ]


def test_a_chart_is_a_picture_next_then_lines_then_words(slack: Slack) -> None:
    waited: list[float] = []
    assert kinds(slack, wait=waited.append) == [
        ["section", "data_visualization"],
        ["section", "image"],
        ["section", "rich_text"],
        [],
    ]
    assert len(waited) == 1  # Slack is asked until it has looked at the file
    (file,) = slack.workspace.files.values()
    assert file.data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("files.getUploadURLExternal", "missing_scope"),
        ("files.completeUploadExternal", "internal_error"),
        ("files.info", "missing_scope"),
    ],
)
def test_where_no_file_may_be_uploaded_the_chart_is_lines(slack: Slack, method: str, error: str) -> None:
    slack.workspace.faults.refuse(method, error)
    assert kinds(slack) == [["section", "data_visualization"], ["section", "rich_text"], []]


def test_nothing_is_uploaded_while_slack_takes_the_chart(slack: Slack) -> None:
    client = WebClient(slack.workspace.token, base_url=slack.api_url)
    assert next(forms(client, SAID)) == SAID
    assert slack.workspace.files == {}


@ON_SQLITE
def test_an_answer_whose_chart_is_refused_comes_with_a_picture(office: Office) -> None:
    office.slack.workspace.faults.break_down("response_url")
    answer = office.ask(MEMBER, "cost 7d by day utc", SPEND)
    assert "image" in [block["type"] for block in answer.payload["blocks"]]
    assert "▲" in answer.words or "$" in answer.words


@ON_SQLITE
def test_the_home_tab_shows_days_in_characters(office: Office) -> None:
    home = office.after(office.slack.open_home(MEMBER).index, "home")
    by_day = office.after(office.press(MEMBER, home, "By day"), "home")
    assert "▇" in by_day.words
