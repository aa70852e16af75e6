"""A field that comes back empty costs no form: what was entered stays, and a word stands at the field."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.slack.people import ADMIN, SPEND
from demo.slack.server import Entry
from digests.forms import digest as subscriptions_form
from digests.forms.digest_entries import Chosen, chosen_in
from digests.layout import blocks, modals
from storage.engine.database import session
from storage.state import subscriptions
from storage.state.subscriptions import Plan
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import Harness, connect, fill, open_harness
from tests.surface.checks import objections

KINDS = ("daily", "weekly", "monthly")
OPTIONAL = ("working", "minimum", "thread")


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def filled_in(plan: Plan) -> dict[str, Any]:
    """A digest's form as Slack sends it, all of it filled in."""
    chosen = Chosen(plan, SPEND, more=True)
    view = subscriptions_form.form(
        chosen, subscriptions_form.Offered(), zone="UTC", readers=blocks.section("Everybody will read it.")
    )
    fields = [block for block in view["blocks"] if block["type"] == "input"]
    values = {block["block_id"]: {"value": _entered(block["element"])} for block in fields}
    return {**view, "state": {"values": values}}


def _entered(element: dict[str, Any]) -> dict[str, Any]:
    names = {"initial_option": "selected_option", "initial_time": "selected_time"}
    names |= {"initial_conversation": "selected_conversation", "initial_options": "selected_options"}
    return {entered: element[initial] for initial, entered in names.items() if initial in element}


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_that_is_filled_in_lacks_nothing(kind: Any) -> None:
    assert modals.left_empty(filled_in(Plan(kind))) == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["null", "nothing", "absent"])
def test_whatever_field_is_empty_the_form_stays_and_the_field_is_named(kind: Any, how: str) -> None:
    for block_id in filled_in(Plan(kind))["state"]["values"]:
        view = filled_in(Plan(kind))
        entry = view["state"]["values"][block_id]["value"]
        entry.update(dict.fromkeys(entry, None))
        if how == "nothing":
            view["state"]["values"][block_id] = {}
        if how == "absent":
            del view["state"]["values"][block_id]
        again = subscriptions_form.form(
            chosen_in(view),
            subscriptions_form.Offered(),
            zone="UTC",
            readers=blocks.section("x"),
        )
        assert objections("modal", again) == []
        assert list(modals.left_empty(view)) == ([] if block_id in OPTIONAL else [block_id])


def test_a_time_that_was_cleared_stays_cleared_and_the_rest_as_it_was() -> None:
    view = filled_in(Plan("weekly", "07:30", "Asia/Kolkata", weekday=4))
    view["state"]["values"]["time"]["value"]["selected_time"] = None
    chosen = chosen_in(view)
    assert (chosen.plan.time, chosen.plan.weekday, chosen.channel) == ("", 4, SPEND)


def opened(harness: Harness) -> Entry:
    answer = harness.ask(ADMIN, "digest", SPEND)
    return harness.after(harness.press(ADMIN, answer, "Add a digest"), "modal")


@ON_SQLITE
def test_a_cleared_time_does_not_break_the_form_while_something_else_is_chosen(harness: Harness) -> None:
    form = opened(harness)
    harness.slack.fill_in(ADMIN, form.subject, {("time", "value"): None})
    index = harness.slack.select(ADMIN, form, "value", "weekly", "kind").index
    changed = harness.after(index, "modal_update")
    assert "Something went wrong" not in changed.words
    assert "Every Monday" in changed.words


@ON_SQLITE
def test_nothing_is_saved_while_a_field_is_empty(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack would not send it; whatever does gets the word that Slack would show."""
    form = opened(harness)
    harness.slack.fill_in(ADMIN, form.subject, {("time", "value"): None})
    monkeypatch.setattr("demo.slack.forms.complaints", lambda _content, _state: {})
    harness.slack.submit(ADMIN)
    with session():
        assert subscriptions.of_team(harness.team_id) == []
    assert harness.slack.workspace.modal(ADMIN) is not None
    assert any(modals.EMPTY in entry.words for entry in harness.slack.workspace.transcript)
