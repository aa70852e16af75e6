"""The audit log: what is written into it, who may read it, and how it is handed out."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from bot.sync import incidents
from demo.blockkit.messages import problems_in_message, problems_in_view
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.slack.server import Entry
from digests.messages import audit as words
from digests.messages.audit import Log
from providers.directory import Entry as Listed
from storage.engine.database import session, transaction
from storage.facts import directory
from storage.state import access, audit, connections
from storage.state.access import Access, Audience
from storage.state.audit import Entry as Logged
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ADMIN_KEY, NOW, Harness, connect, fill, open_harness

HOSTILE = "<!channel> *&`_~ =HYPERLINK(1) \u202e\n" * 20


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        yield opened


def log(harness: Harness) -> list[tuple[str, str, str]]:
    with session():
        entries = reversed(audit.every(harness.team_id))
        return [(entry.who, entry.what, entry.detail) for entry in entries]


def record(harness: Harness, count: int, detail: str = "entry") -> None:
    with transaction():
        for number in range(count):
            audit.record(harness.team_id, ADMIN, "shared", f"{detail} {number}", NOW)


def submit(harness: Harness, **values: str) -> Entry:
    sent = harness.slack.submit(ADMIN, values={(name, "value"): value for name, value in values.items()})
    return harness.slack.wait(
        lambda entry: entry.kind == "modal_update" and "…\n" not in f"{entry.words}\n", after=sent.index
    )


def test_who_connected_replaced_the_key_and_disconnected_is_written_down(harness: Harness) -> None:
    for _ in range(2):
        harness.ask(ADMIN, "connect", SPEND)
        submit(harness, admin_key=ADMIN_KEY)
    harness.ask(ADMIN, "disconnect", SPEND)
    submit(harness, history="delete")
    assert log(harness) == [
        (ADMIN, "connected", "Acme, key …wQAA"),
        (ADMIN, "key replaced", "Acme, key …wQAA"),
        (ADMIN, "disconnected", "Acme, key …wQAA, history deleted"),
    ]


def test_a_refused_key_is_written_down_without_the_key(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    submit(harness, admin_key="sk-ant-admin01-nobody-knows-this-one")
    connection = connect(harness)
    with transaction():
        for _ in range(2):
            incidents.begin(connection, "key_refused", detail="401", now=NOW, admins=())
    assert log(harness) == [
        (ADMIN, "key refused", "when it was entered"),
        (audit.US, "key refused", "Acme, key …wQAA"),
    ]


def test_what_becomes_of_a_digest_is_written_down(harness: Harness) -> None:
    fill(connect(harness))
    listed = harness.ask(ADMIN, "digest", SPEND)
    harness.after(harness.press(ADMIN, listed, "Add a digest"), "modal")
    submit(harness)
    harness.after(listed.index, "dm", contains="is set up")
    listed = harness.ask(ADMIN, "digest", SPEND)
    for button in ("Pause", "Resume", "Remove"):
        listed = harness.after(harness.press(ADMIN, listed, button), "edit")
    what = f"daily 09:00 Europe/Berlin in {SPEND}"
    assert log(harness) == [
        (ADMIN, f"digest {done}", what) for done in ("added", "paused", "resumed", "removed")
    ]


@ON_SQLITE
def test_a_digest_that_is_sent_now_is_written_down(harness: Harness) -> None:
    fill(connect(harness))
    listed = harness.ask(ADMIN, "digest", SPEND)
    harness.after(harness.press(ADMIN, listed, "Add a digest"), "modal")
    submit(harness)
    harness.after(listed.index, "dm", contains="is set up")
    listed = harness.ask(ADMIN, "digest", SPEND)
    for says in ("Sending the", "already"):
        assert says in harness.after(harness.press(ADMIN, listed, "Send now"), "ephemeral").words
    assert log(harness)[1:] == [(ADMIN, "digest sent", f"daily 09:00 Europe/Berlin in {SPEND}")]


def test_whose_a_key_became_is_written_down(harness: Harness) -> None:
    connection = connect(harness)
    fill(connection)
    with transaction():
        directory.remember(connection.id, [Listed("user_2", "user", "Omar", email="omar@acme.example")])
    harness.after(harness.press(ADMIN, harness.ask(ADMIN, "engineers last month"), "assign"), "modal")
    submit(harness, assign_key="apikey_1", assign_person="user_2")
    assert log(harness)[-1] == (ADMIN, "key assigned", "ci-nightly to Omar")


def test_the_log_is_paged_newest_first(harness: Harness) -> None:
    record(harness, 60)
    first = harness.ask(ADMIN, "audit", SPEND)
    assert ("entry 59" in first.words, "entry 10\n" in first.words, "entry 9\n" in first.words) == (
        True,
        True,
        False,
    )
    older = harness.after(harness.press(ADMIN, first, "Older"), "modal_update")
    assert ("entry 9\n" in older.words, "entry 0\n" in older.words, "entry 10\n" in older.words) == (
        True,
        True,
        False,
    )
    newest = harness.after(harness.press(ADMIN, older, "Newest"), "modal_update")
    assert "entry 59" in newest.words


def test_an_empty_log_says_so(harness: Harness) -> None:
    assert "Nothing has been logged yet" in harness.ask(ADMIN, "audit", SPEND).words


def test_members_may_not_read_it(harness: Harness) -> None:
    for text in ("audit", "audit csv"):
        assert "Only admins can do this" in harness.ask(MEMBER, text, SPEND).words


def test_all_of_it_comes_as_a_file_in_the_direct_message(harness: Harness) -> None:
    record(harness, 60)
    command = harness.slack.command(ADMIN, "audit csv", channel=SPEND)
    assert "to your messages with StackSpend" in harness.after(command.index, "ephemeral").words
    (file,) = harness.slack.workspace.files.values()
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert file.channels == [f"D{ADMIN[1:]}"]
    assert rows[0] == ["at", "who", "what", "detail"]
    assert rows[1] == ["2026-11-22T14:30:00Z", ADMIN, "exported", "audit log as CSV"]
    assert len(rows) == 62


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_where_slack_takes_no_file_the_newest_lines_come_as_text(harness: Harness, method: str) -> None:
    record(harness, 60)
    harness.slack.workspace.faults.refuse(method, "missing_scope")
    command = harness.slack.command(ADMIN, "audit csv", channel=SPEND)
    assert "entry 59" in harness.after(command.index, "dm").words
    assert "files:write" in harness.after(command.index, "ephemeral").words


def test_no_name_from_outside_gets_through_as_markup_or_formula() -> None:
    entries = [Logged(number, "U0ADMIN001", "key assigned", HOSTILE, NOW) for number in range(50)]
    page = words.page(entries, zone="UTC", is_first=False, older=True)
    text = words.as_text(entries, zone="UTC")
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Audit log"}, "blocks": page.blocks}
    assert problems_in_view(view) == []
    assert problems_in_message({"text": text.text, "blocks": text.blocks}) == []
    assert "<!channel>" not in json.dumps([page.blocks, text.text])
    formula = words.as_csv(Log([Logged(1, "=1+1", "shared", "=HYPERLINK(1)", NOW)]))
    assert formula.splitlines()[1] == "2026-11-22T14:30:00Z,'=1+1,shared,'=HYPERLINK(1)"


def test_a_channel_is_a_mention_which_slack_hides_from_those_who_are_not_in_it() -> None:
    entry = Logged(1, "U0ADMIN001", "shared", f"cost 2026-10 by model in {SPEND}", NOW)
    text = words.line(entry, zone="Europe/Berlin")
    assert (
        text == f"Nov 22, 2026, 3:30 PM  ·  <@U0ADMIN001>  *shared*  ·  cost 2026-10 by model in <#{SPEND}>"
    )


def test_nothing_connected_has_a_log_all_the_same(harness: Harness) -> None:
    connection = connect(harness)
    record(harness, 1)
    with transaction():
        connections.disconnect(connection.id, keep_history=False)
    assert len(log(harness)) == 1


# --- what was tried, and what went out


def test_who_tried_to_manage_without_the_right_is_in_the_log_once_a_day(harness: Harness) -> None:
    for text in ("connect", "settings", "settings", "audit", "digest"):
        harness.ask(MEMBER, text, SPEND)
    assert sorted(log(harness)) == [
        (MEMBER, "refused", name) for name in ("audit", "connect", "digest", "settings")
    ]


def test_who_asked_for_figures_that_are_withheld_is_in_the_log(harness: Harness) -> None:
    fill(connect(harness))
    with transaction():
        access.decide(harness.team_id, Access(cost=Audience("admins")), by=ADMIN, at=NOW)
    harness.ask(MEMBER, "cost last month", SPEND)
    harness.ask(MEMBER, "export last month", SPEND)
    assert sorted(log(harness)) == [(MEMBER, "refused", "cost"), (MEMBER, "refused", "export")]


def test_what_is_open_to_them_is_no_refusal(harness: Harness) -> None:
    fill(connect(harness))
    harness.ask(MEMBER, "cost last month", SPEND)
    assert log(harness) == []
