"""Erasing a person from telemetry: an admin's act, which leaves the totals and a mark in the log."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from demo.slack.people import ADMIN, SPEND
from digests.forms.erase_person import PERSON
from storage.engine.database import session
from storage.state import audit
from tests.bot.harness import Harness
from tests.bot.telemetry_team import JONAS, MINA, open_team, use


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_team() as opened:
        use(opened, "a", JONAS, installation="1f541ad9f6a30690", account_id="")
        use(opened, "b", MINA)
        yield opened


def enter(harness: Harness, person: str) -> int:
    """Fill in the form under the answer by engineer; return the place in the transcript."""
    answer = harness.ask(ADMIN, "claude today by engineer", SPEND)
    harness.after(harness.press(ADMIN, answer, "erase"), "modal", contains="can't be undone")
    return harness.slack.submit(ADMIN, values={(PERSON, "value"): person}).index


def log(harness: Harness) -> list[tuple[str, str, str]]:
    with session():
        return [(entry.who, entry.what, entry.detail) for entry in audit.every(harness.team_id)]


def test_an_admin_erases_a_person_and_the_log_says_so(harness: Harness) -> None:
    before = harness.ask(ADMIN, "claude today", SPEND).words.partition("Right")[0]
    harness.after(enter(harness, JONAS), "modal_update", contains="is erased from telemetry")
    shown = harness.ask(ADMIN, "claude today by engineer", SPEND).words
    assert ("jonas" in shown, "Mina Okafor" in shown, "not reported" in shown) == (False, True, True)
    assert harness.ask(ADMIN, "claude today", SPEND).words.partition("Right")[0] == before
    (entry,) = [(who, detail) for who, what, detail in log(harness) if what == "person erased"]
    assert entry[0] == ADMIN
    assert "jonas" not in entry[1]


def test_a_person_is_erased_by_the_name_that_answers_show(harness: Harness) -> None:
    harness.after(enter(harness, "mina okafor"), "modal_update", contains="is erased from telemetry")
    assert "Mina Okafor" not in harness.ask(ADMIN, "claude today by engineer", SPEND).words


def test_who_is_not_there_is_asked_for_again(harness: Harness) -> None:
    shown = harness.after(enter(harness, "nobody@acme.example"), "modal_update", contains="nobody@acme")
    assert "Telemetry knows nobody by this name" in shown.words
    assert "person erased" not in [what for _who, what, _detail in log(harness)]


def test_who_is_no_admin_any_more_erases_nobody(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "claude today by engineer", SPEND)
    harness.after(harness.press(ADMIN, answer, "erase"), "modal")
    person = harness.slack.workspace.people[ADMIN]
    harness.slack.workspace.people[ADMIN] = replace(person, is_admin=False)
    harness.pass_two_minutes()
    sent = harness.slack.submit(ADMIN, values={(PERSON, "value"): JONAS})
    assert harness.after(sent.index, "modal_update", contains="Only admins can do this")
    assert "person erased" not in [what for _who, what, _detail in log(harness)]
