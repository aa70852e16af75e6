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
from tests.bot.office import ADMIN_KEY, NOW, Office, connect, fill, open_office

HOSTILE = "<!channel> *&`_~ =HYPERLINK(1) \u202e\n" * 20


@pytest.fixture
def office(store: str) -> Iterator[Office]:
    del store
    with open_office() as opened:
        yield opened


def log(office: Office) -> list[tuple[str, str, str]]:
    with session():
        entries = reversed(audit.every(office.team_id))
        return [(entry.who, entry.what, entry.detail) for entry in entries]


def record(office: Office, count: int, detail: str = "entry") -> None:
    with transaction():
        for number in range(count):
            audit.record(office.team_id, ADMIN, "shared", f"{detail} {number}", NOW)


def submit(office: Office, **values: str) -> Entry:
    sent = office.slack.submit(ADMIN, values={(name, "value"): value for name, value in values.items()})
    return office.slack.wait(
        lambda entry: entry.kind == "modal_update" and "…\n" not in f"{entry.words}\n", after=sent.index
    )


def test_who_connected_replaced_the_key_and_disconnected_is_written_down(office: Office) -> None:
    for _ in range(2):
        office.ask(ADMIN, "connect", SPEND)
        submit(office, admin_key=ADMIN_KEY)
    office.ask(ADMIN, "disconnect", SPEND)
    submit(office, history="delete")
    assert log(office) == [
        (ADMIN, "connected", "Acme, key …wQAA"),
        (ADMIN, "key replaced", "Acme, key …wQAA"),
        (ADMIN, "disconnected", "Acme, key …wQAA, history deleted"),
    ]


def test_a_refused_key_is_written_down_without_the_key(office: Office) -> None:
    office.ask(ADMIN, "connect", SPEND)
    submit(office, admin_key="sk-ant-admin01-nobody-knows-this-one")
    connection = connect(office)
    with transaction():
        for _ in range(2):
            incidents.begin(connection, "key_refused", detail="401", now=NOW, admins=())
    assert log(office) == [
        (ADMIN, "key refused", "when it was entered"),
        (audit.US, "key refused", "Acme, key …wQAA"),
    ]


def test_what_becomes_of_a_digest_is_written_down(office: Office) -> None:
    fill(connect(office))
    listed = office.ask(ADMIN, "digest", SPEND)
    office.after(office.press(ADMIN, listed, "Add a digest"), "modal")
    submit(office)
    office.after(listed.index, "dm", contains="is set up")
    listed = office.ask(ADMIN, "digest", SPEND)
    for button in ("Pause", "Resume", "Remove"):
        listed = office.after(office.press(ADMIN, listed, button), "edit")
    what = f"daily 09:00 Europe/Berlin in {SPEND}"
    assert log(office) == [
        (ADMIN, f"digest {done}", what) for done in ("added", "paused", "resumed", "removed")
    ]


def test_whose_a_key_became_is_written_down(office: Office) -> None:
    connection = connect(office)
    fill(connection)
    with transaction():
        directory.remember(connection.id, [Listed("user_2", "user", "Omar", email="omar@acme.example")])
    office.after(office.press(ADMIN, office.ask(ADMIN, "engineers last month"), "assign"), "modal")
    submit(office, assign_key="apikey_1", assign_person="user_2")
    assert log(office)[-1] == (ADMIN, "key assigned", "ci-nightly to Omar")


def test_the_log_is_paged_newest_first(office: Office) -> None:
    record(office, 60)
    first = office.ask(ADMIN, "audit", SPEND)
    assert ("entry 59" in first.words, "entry 10\n" in first.words, "entry 9\n" in first.words) == (
        True,
        True,
        False,
    )
    older = office.after(office.press(ADMIN, first, "Older"), "modal_update")
    assert ("entry 9\n" in older.words, "entry 0\n" in older.words, "entry 10\n" in older.words) == (
        True,
        True,
        False,
    )
    newest = office.after(office.press(ADMIN, older, "Newest"), "modal_update")
    assert "entry 59" in newest.words


def test_an_empty_log_says_so(office: Office) -> None:
    assert "Nothing was done or looked at yet" in office.ask(ADMIN, "audit", SPEND).words


def test_members_may_not_read_it(office: Office) -> None:
    for text in ("audit", "audit csv"):
        assert "not available to you here" in office.ask(MEMBER, text, SPEND).words


def test_all_of_it_comes_as_a_file_in_the_direct_message(office: Office) -> None:
    record(office, 60)
    asked = office.slack.command(ADMIN, "audit csv", channel=SPEND)
    assert "in our direct message" in office.after(asked.index, "ephemeral").words
    (file,) = office.slack.workspace.files.values()
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert file.channels == [f"D{ADMIN[1:]}"]
    assert rows[0] == ["at", "who", "what", "detail"]
    assert rows[1] == ["2026-11-22T14:30:00Z", ADMIN, "exported", "audit log as CSV"]
    assert len(rows) == 62


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_where_slack_takes_no_file_the_newest_lines_come_as_text(office: Office, method: str) -> None:
    record(office, 60)
    office.slack.workspace.faults.refuse(method, "missing_scope")
    asked = office.slack.command(ADMIN, "audit csv", channel=SPEND)
    assert "entry 59" in office.after(asked.index, "dm").words
    assert "files:write" in office.after(asked.index, "ephemeral").words


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
    said = words.line(entry, zone="Europe/Berlin")
    assert said == f"Nov 22, 2026, 15:30  ·  <@U0ADMIN001>  *shared*  ·  cost 2026-10 by model in <#{SPEND}>"


def test_nothing_connected_has_a_log_all_the_same(office: Office) -> None:
    connection = connect(office)
    record(office, 1)
    with transaction():
        connections.disconnect(connection.id, keep_history=False)
    assert len(log(office)) == 1


# --- what was tried, and what went out


def test_who_tried_to_manage_without_the_right_is_in_the_log_once_a_day(office: Office) -> None:
    for text in ("connect", "settings", "settings", "audit", "digest"):
        office.ask(MEMBER, text, SPEND)
    assert sorted(log(office)) == [
        (MEMBER, "refused", name) for name in ("audit", "connect", "digest", "settings")
    ]


def test_who_asked_for_figures_that_are_withheld_is_in_the_log(office: Office) -> None:
    fill(connect(office))
    with transaction():
        access.decide(office.team_id, Access(cost=Audience("admins")), by=ADMIN, at=NOW)
    office.ask(MEMBER, "cost last month", SPEND)
    office.ask(MEMBER, "export last month", SPEND)
    assert sorted(log(office)) == [(MEMBER, "refused", "cost"), (MEMBER, "refused", "export")]


def test_what_is_open_to_them_is_no_refusal(office: Office) -> None:
    fill(connect(office))
    office.ask(MEMBER, "cost last month", SPEND)
    assert log(office) == []
