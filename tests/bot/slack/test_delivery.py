"""What people get when Slack does not take a chart."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from slack_sdk import WebClient

from bot.slack.delivery import Delivery, Misfit
from demo.slack.people import ADMIN, MEMBER, SPEND, TEAM
from demo.slack.server import Slack, Workspace, serving
from digests.layout import blocks
from digests.layout.chart import NATIVE as NATIVE_CHART
from digests.layout.message import Message
from providers.money import billionths
from providers.spend import Attribution, Spend
from storage.engine.database import transaction
from storage.facts import spend
from storage.state import connections
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import Harness, connect, fill, open_harness

CHART = blocks.bars("Last 2 days", "Spend", [("Nov 1", 1.0), ("2", 2.0)])
SAID = Message("Claude spend", [blocks.section("*$3.00*"), CHART])


@pytest.fixture
def slack() -> Iterator[Slack]:
    with serving(Workspace()) as served:
        yield served


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


class Teller:
    """Somebody who delivers messages to a Slack that refuses what it is told to."""

    def __init__(self, slack: Slack) -> None:
        client = WebClient(slack.workspace.token, base_url=slack.api_url)
        self.waited: list[float] = []
        self.hours = 0.0
        self.delivery = Delivery(client, wait=self.waited.append, clock=lambda: self.hours * 3600)

    def tell(self, *refused: str, code: str = "invalid_blocks", message: Message = SAID) -> list[list[str]]:
        """The kinds of blocks of each form that was offered; a form with a refused kind is not taken."""
        offered: list[list[str]] = []

        def take(form: Message) -> bool:
            offered.append([block["type"] for block in form.blocks])
            if set(offered[-1]) & set(refused):
                raise Misfit(code)
            return True

        self.delivery.deliver(message, take)
        return offered


NATIVE, PICTURE, LINES = ["section", NATIVE_CHART], ["section", "image"], ["section", "rich_text"]


def test_a_chart_is_a_picture_next_then_lines_then_words(slack: Slack) -> None:
    teller = Teller(slack)
    assert teller.tell("section") == [NATIVE, PICTURE, LINES, []]
    assert len(teller.waited) == 1  # Slack is asked until it has looked at the file
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
    assert Teller(slack).tell(NATIVE_CHART) == [NATIVE, LINES]


def test_nothing_is_uploaded_while_slack_takes_the_chart(slack: Slack) -> None:
    assert Teller(slack).tell() == [NATIVE]
    assert slack.workspace.files == {}


def test_a_slack_that_refuses_charts_is_begun_with_a_picture_for_a_day(slack: Slack) -> None:
    teller = Teller(slack)
    assert teller.tell(NATIVE_CHART) == [NATIVE, PICTURE]
    teller.hours = 23
    assert teller.tell(NATIVE_CHART) == [PICTURE]
    teller.hours = 25
    assert teller.tell() == [NATIVE]
    assert teller.tell() == [NATIVE]


def test_what_one_slack_refuses_another_is_still_offered(slack: Slack) -> None:
    Teller(slack).tell(NATIVE_CHART)
    assert Teller(slack).tell() == [NATIVE]


def test_a_message_without_a_chart_is_offered_as_it_is(slack: Slack) -> None:
    teller = Teller(slack)
    teller.tell(NATIVE_CHART)
    assert teller.tell(message=Message("Hello", [blocks.section("*Hello*")])) == [["section"]]


@pytest.mark.parametrize("code", ["msg_blocks_too_long", ""])
def test_what_was_not_refused_for_its_chart_says_nothing_about_charts(slack: Slack, code: str) -> None:
    teller = Teller(slack)
    assert teller.tell(NATIVE_CHART, code=code) == [NATIVE, PICTURE]
    assert teller.tell() == [NATIVE]


def test_a_message_that_is_refused_with_any_blocks_says_nothing_about_charts(slack: Slack) -> None:
    teller = Teller(slack)
    teller.tell("section")
    assert teller.tell() == [NATIVE]


def test_the_same_chart_is_uploaded_once(slack: Slack) -> None:
    teller = Teller(slack)
    teller.tell(NATIVE_CHART)
    teller.tell(NATIVE_CHART)
    assert len(slack.workspace.files) == 1
    teller.tell(
        NATIVE_CHART, message=Message("Other", [blocks.bars("Last 2 days", "Spend", [("3", 1), ("4", 2)])])
    )
    assert len(slack.workspace.files) == 2


def test_a_picture_that_slack_refuses_is_uploaded_anew(slack: Slack) -> None:
    teller = Teller(slack)
    teller.tell(NATIVE_CHART, "image")
    teller.tell(NATIVE_CHART)
    assert len(slack.workspace.files) == 2


@ON_SQLITE
def test_an_answer_whose_chart_is_refused_comes_with_a_picture(harness: Harness) -> None:
    harness.slack.workspace.faults.refuses_charts = True
    for _ in range(2):
        answer = harness.ask(MEMBER, "cost 7d by day utc", SPEND)
        assert "image" in [block["type"] for block in answer.payload["blocks"]]
        assert "▲" in answer.words or "$" in answer.words
    assert len(harness.slack.workspace.files) == 1


@ON_SQLITE
def test_a_form_that_slack_stumbles_over_is_followed_by_the_next(harness: Harness) -> None:
    harness.slack.workspace.faults.break_down("response_url")
    answer = harness.ask(MEMBER, "cost 7d by day utc", SPEND)
    assert "image" in [block["type"] for block in answer.payload["blocks"]]


@ON_SQLITE
def test_an_address_that_is_used_up_is_tried_once_and_nothing_is_drawn_for_it(harness: Harness) -> None:
    harness.slack.workspace.faults.break_down("response_url", status=404)
    command = harness.slack.command(MEMBER, "cost 7d by day utc", channel=SPEND)
    harness.services.pool.shutdown()
    assert [entry.kind for entry in harness.slack.workspace.transcript if entry.index > command.index] == []
    assert harness.slack.workspace.files == {}


def spend_a_lot(day: date) -> None:
    """Let a day cost a thousand dollars, so that its digest is loud and has a chart."""
    connection = connections.of_team(TEAM)
    assert connection
    hour = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    cost, counts = billionths(Decimal(1000)), (1, 0, 0, 0, 1, 0)
    line = Spend(hour, None, "apikey_1", "claude-opus-5-5", "api", cost, counts)
    with transaction():
        spend.replace(connection.id, day, Attribution([line], []), estimated=False)


@ON_SQLITE
def test_what_is_previewed_in_the_direct_message_comes_with_a_picture(harness: Harness) -> None:
    spend_a_lot(date(2026, 11, 19))  # the last day a digest on weekdays was due for
    harness.slack.workspace.faults.refuses_charts = True
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    index = harness.slack.click(ADMIN, harness.after(index, "modal"), "digest:preview_form").index
    assert "image" in [block["type"] for block in harness.after(index, "dm").payload["blocks"]]


@ON_SQLITE
def test_the_home_tab_shows_days_in_characters(harness: Harness) -> None:
    home = harness.after(harness.slack.open_home(MEMBER).index, "home")
    by_day = harness.after(harness.press(MEMBER, home, "By day"), "home")
    assert "▇" in by_day.words
