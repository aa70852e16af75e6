"""The page over HTTP, without a browser and without a bot: who sees what, as what, and who may press."""

import html
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient

from demo.browser.controls import Controls
from demo.browser.pages import serving
from demo.clock import Clock
from demo.slack.people import ADMIN, BOT, GUEST, MEMBER, PRIVATE, SPEND, dm_id
from demo.slack.server import Workspace
from demo.slack.workspace import File
from demo.stage import Stage, stage
from storage.engine.database import sqlite_path
from tests.demo.pages import MESSAGE, MODAL, PIE, actions, button, chart, section, table

HOSTILE = "<script>alert(1)</script> \"'`&lt;b&gt; *x* \u202e<img src=x onerror=alert(1)>"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def play(store: str, tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, days=3, engineers=1, database_url=store) as world:
        yield world


@pytest.fixture
def workspace(play: Stage) -> Workspace:
    return play.slack.workspace


@pytest.fixture
def page(play: Stage) -> Iterator[httpx.Client]:
    with serving(play, port=0) as address, httpx.Client(base_url=address, follow_redirects=True) as client:
        yield client


def post(workspace: Workspace, *blocks: dict[str, Any], **rest: Any) -> None:
    workspace.post(SPEND, {"text": "x", "blocks": list(blocks)}, **rest)


def open_modal(play: Stage, view: dict[str, Any]) -> None:
    client = WebClient(token=play.slack.workspace.token, base_url=play.slack.api_url)
    client.views_open(trigger_id=play.slack.workspace.new_trigger(ADMIN, SPEND), view=view)


def test_the_address_alone_leads_to_the_first_channel(page: httpx.Client) -> None:
    assert page.get("/").url.path == "/mina/claude-spend"


def test_every_kind_of_block_is_shown(page: httpx.Client, workspace: Workspace) -> None:
    post(workspace, *MESSAGE)
    post(workspace, *[chart("line", "Spend"), chart("area", "Spend"), PIE])
    seen = page.get("/mina/claude-spend").text
    assert 'class="unknown"' not in seen
    for markup in ("<h3", "<strong>bold</strong>", "<em>", "<s>", "<code>code</code>", "<hr>", "<table"):
        assert markup in seen
    assert seen.count('<rect class="series-') == 6
    assert '<polyline class="line' in seen
    assert '<polygon class="area' in seen
    assert seen.count('<path class="slice') == 2
    assert 'aria-label="Spend, line. Spend in USD: Mon 3, Tue 1,204, Wed 20.50."' in seen
    assert "@Mina Okafor" in seen
    assert "#claude-spend" in seen


def test_every_kind_of_field_is_shown(page: httpx.Client, play: Stage) -> None:
    open_modal(play, MODAL)
    seen = page.get("/mina/claude-spend").text
    for markup in ('type="text"', "<select", 'type="time"', 'type="radio"', 'type="checkbox"'):
        assert markup in seen
    assert 'value="09:00"' in seen
    assert re.search(r'<option value="C0SPEND001" selected>#claude-spend', seen)
    assert "inert" in seen


@pytest.mark.parametrize(
    "block",
    [
        section("&lt;script&gt;alert(1)&lt;/script&gt;"),
        section(HOSTILE),
        section(f'<https://a.example/?"onclick="x|{HOSTILE.replace("<", "&lt;").replace(">", "&gt;")}>'),
        {"type": "header", "text": {"type": "plain_text", "text": HOSTILE}},
        table([HOSTILE, "x"], [HOSTILE, HOSTILE]),
        actions(button("x", value=HOSTILE, accessibility_label=HOSTILE[:75])),
    ],
)
def test_names_from_outside_stay_text(
    page: httpx.Client, workspace: Workspace, block: dict[str, Any]
) -> None:
    post(workspace, block)
    seen = page.get("/mina/claude-spend").text
    assert "<script>" not in seen
    assert "<img" not in seen
    assert "\u202e" not in seen
    assert not re.search(r"<[^>]*\sonclick=", seen)


def test_only_addresses_of_the_web_are_links(page: httpx.Client, workspace: Workspace) -> None:
    post(
        workspace,
        section("<javascript:alert(1)|press> <https://a.example|good>"),
        actions(button("Bad", url="javascript:alert(1)")),
    )
    seen = page.get("/mina/claude-spend").text
    assert "javascript:" not in seen
    assert '<a href="https://a.example" target="_blank" rel="noopener noreferrer">good</a>' in seen


def test_what_is_for_one_person_is_seen_by_nobody_else(page: httpx.Client, workspace: Workspace) -> None:
    post(workspace, section("psst"), seen_by=MEMBER)
    assert "psst" in page.get("/jonas/claude-spend").text
    assert "psst" not in page.get("/mina/claude-spend").text


def test_nobody_enters_what_they_are_not_in(page: httpx.Client, workspace: Workspace) -> None:
    workspace.post(PRIVATE, {"text": "secret"})
    assert "secret" in page.get("/mina/leadership").text
    for who in ("jonas", "priya"):
        assert page.get(f"/{who}/leadership").status_code == 404
        assert "leadership" not in page.get(f"/{who}/claude-spend").text
        assert page.post(f"/{who}/leadership/say", data={"text": "hello"}).status_code == 404
    assert page.get("/priya/acme-supplier").status_code == 404


def test_nobody_presses_what_another_person_sees(page: httpx.Client, workspace: Workspace) -> None:
    post(workspace, actions(button("Go")), seen_by=GUEST)
    (message,) = workspace.ephemerals(GUEST)
    named = f'["{message.blocks[0]["block_id"]}", "go"]'
    page.post("/mina/claude-spend/press", data={"message": message.ts, "press": named})
    assert not [entry for entry in workspace.transcript if entry.kind == "click"]


def test_an_ordinary_message_is_for_everybody_and_escaped(page: httpx.Client, workspace: Workspace) -> None:
    page.post("/mina/claude-spend/say", data={"text": "Is <b>this</b> ours?"})
    assert "Is &lt;b&gt;this&lt;/b&gt; ours?" in page.get("/jonas/claude-spend").text
    assert [message.author for message in workspace.messages(SPEND)] == [ADMIN]


def test_a_command_that_the_bot_does_not_answer_says_so(page: httpx.Client, play: Stage) -> None:
    play.slack.request_url = "http://127.0.0.1:9/slack/events"
    seen = page.post("/mina/claude-spend/say", data={"text": "/stackspend"}).text
    assert "failed with the error “dispatch_failed”" in seen


@pytest.mark.parametrize(
    ("place", "typed", "written"),
    [
        ("claude-spend", "@stackspend cost @jonas", f"<@{BOT}> cost <@{MEMBER}>"),
        ("stackspend", "cost @finance", "cost <!subteam^S0FINOPS01|@finance>"),
    ],
)
def test_what_the_bot_hears_of_goes_to_it(
    page: httpx.Client, play: Stage, place: str, typed: str, written: str
) -> None:
    play.slack.request_url = "http://127.0.0.1:9/slack/events"
    seen = page.post(f"/mina/{place}/say", data={"text": typed}).text
    channel = SPEND if place == "claude-spend" else dm_id(ADMIN)
    assert play.slack.workspace.messages(channel)[0].text == written
    assert "failed with the error “dispatch_failed”" in seen


def test_the_bot_is_invited_as_its_messages_say(page: httpx.Client, workspace: Workspace) -> None:
    page.post("/mina/leadership/say", data={"text": "/invite @stackspend"})
    assert workspace.bot_user in workspace.channels[PRIVATE].members


def test_slack_asks_before_a_dangerous_button(page: httpx.Client, workspace: Workspace) -> None:
    words = {"title": "Really?", "text": "It goes.", "confirm": "Remove", "deny": "Keep"}
    confirm = {name: {"type": "plain_text", "text": text} for name, text in words.items()}
    post(workspace, actions(button("Go", confirm=confirm)))
    (message,) = workspace.messages(SPEND)
    named = f'["{message.blocks[0]["block_id"]}", "go"]'
    response = page.post("/mina/claude-spend/press", data={"message": message.ts, "press": named})
    assert "Really?" in response.text
    assert not [entry for entry in workspace.transcript if entry.kind == "click"]


def test_a_switch_breaks_and_mends(page: httpx.Client, play: Stage) -> None:
    states = []
    for fault in ("key", "key", "slack", "slack"):
        page.post("/mina/claude-spend/fault", data={"fault": fault})
        states.append((bool(play.anthropic.faults.keys), not play.slack.workspace.faults.is_down))
    assert states == [(False, True), (True, True), (True, False), (True, True)]


def test_a_switch_takes_anthropic_down(page: httpx.Client, play: Stage) -> None:
    def ask() -> int:
        headers = {"x-api-key": min(play.anthropic.faults.keys), "anthropic-version": "2023-06-01"}
        return httpx.get(f"{play.anthropic_url}/v1/organizations/me", headers=headers).status_code

    assert ask() == 200
    assert "down" in page.post("/mina/claude-spend/fault", data={"fault": "anthropic"}).text
    assert ask() == 529


def test_a_switch_enrolls_the_organization_in_analytics_and_withdraws_it(
    page: httpx.Client, play: Stage
) -> None:
    offered = []
    for _ in range(2):
        page_text = page.post("/mina/claude-spend/fault", data={"fault": "analytics"}).text
        offered.append(
            (play.anthropic.faults.refusal is None, "not offered to this organization" in page_text)
        )
    assert offered == [(True, False), (False, True)]


def test_every_trouble_can_be_begun_and_ended(page: httpx.Client, play: Stage) -> None:
    before = {each.name: each.state for each in Controls(play).switches()}
    assert {"bill", "fallen bill", "report", "once", "database", "slow slack", "clock"} <= before.keys()

    def turn_all() -> str:
        for name in before:
            page.post("/mina/claude-spend/fault", data={"fault": name})
        return html.unescape(page.get("/mina/claude-spend").text)

    page_text = turn_all()
    assert play.slack.workspace.faults.lag
    assert Clock.of_the_bot(play.clock).now() - play.clock.now() > timedelta(minutes=59)
    for words in ("comes empty", "fallen to nothing", "not allowed to this key", "an hour ahead"):
        assert words in page_text
    assert "comes by half" in turn_all()
    page.post("/mina/claude-spend/fault", data={"fault": "bill"})
    page_text = html.unescape(page.get("/mina/claude-spend").text)
    assert all(state in page_text for state in before.values())


def test_a_database_that_hangs_takes_no_writer_until_it_is_let_go(page: httpx.Client, play: Stage) -> None:
    file = sqlite_path(play.database_url)
    assert file
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
        page.post("/mina/claude-spend/fault", data={"fault": "database"})
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        page.post("/mina/claude-spend/fault", data={"fault": "database"})
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")


def test_time_passes_for_everybody(page: httpx.Client, play: Stage) -> None:
    before = play.clock.now()
    page.post("/mina/claude-spend/time", data={"time": "day"})
    assert 86_400 <= (play.clock.now() - before).total_seconds() < 86_460
    assert 86_400 <= play.slack.workspace.clock() - before.timestamp() < 86_460


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example:8090"}]
)
def test_no_other_page_presses_anything(
    page: httpx.Client, workspace: Workspace, headers: dict[str, str]
) -> None:
    answer = page.post("/mina/claude-spend/say", data={"text": "hello"}, headers=headers)
    assert answer.status_code == 403
    assert workspace.messages(SPEND) == []


def test_a_browser_is_told_to_load_nothing_from_elsewhere(page: httpx.Client) -> None:
    answer = page.get("/mina/claude-spend")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href)="(?!/|#)[^"]*', answer.text)
    assert "style=" not in answer.text


@pytest.mark.parametrize("path", ["/nobody/claude-spend", "/mina/nowhere", "/static/..%2fpages.py", "/x"])
def test_what_is_not_there_is_not_found(page: httpx.Client, path: str) -> None:
    assert page.get(path).status_code == 404


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("press", {"message": "1.2", "press": '["a", "b"]'}),
        ("press", {"message": "1.2", "press": "nonsense"}),
        ("submit", {"view": "V1"}),
        ("close", {}),
        ("time", {"time": "yesterday"}),
        ("fault", {"fault": "everything"}),
    ],
)
def test_what_is_no_longer_there_does_nothing(
    page: httpx.Client, workspace: Workspace, act: str, fields: dict[str, str]
) -> None:
    assert page.post(f"/mina/claude-spend/{act}", data=fields).status_code == 200
    assert len(workspace.transcript) == 0


def test_a_file_is_for_those_who_may_read_where_it_was_shared(
    page: httpx.Client, workspace: Workspace
) -> None:
    file = File(id="F1", name="spend.csv", length=3, data=b"a,b", title="Spend", channels=[PRIVATE])
    workspace.files[file.id] = file
    workspace.post(PRIVATE, {"text": "Here", "files": [file.id]})
    assert 'href="/mina/files/F1" download="spend.csv"' in page.get("/mina/leadership").text
    assert page.get("/mina/files/F1").content == b"a,b"
    assert page.get("/jonas/files/F1").status_code == 404


def test_a_taken_port_is_no_hindrance(play: Stage) -> None:
    with serving(play, port=0) as first:
        taken = int(first.rsplit(":", 1)[1])
        with serving(play, port=taken) as second:
            assert second != first
            assert httpx.get(f"{second}/version").status_code == 200
