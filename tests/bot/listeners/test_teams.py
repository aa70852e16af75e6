"""Slack's user groups as teams: by mention, handle or name, for those who can see names."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from demo.slack.people import ADMIN, COLLEAGUE, MEMBER, SPEND, Group, Person
from storage.engine.database import transaction
from storage.state import access
from storage.state.access import Access, Audience
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

pytestmark = ON_SQLITE
PAYMENTS = Group(id="S0PAYMENTS", handle="payments", name="Payments", members=frozenset({ADMIN, COLLEAGUE}))


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    assert store
    with open_harness() as opened:
        fill(connect(opened))
        opened.slack.workspace.groups[PAYMENTS.id] = PAYMENTS
        yield opened


@pytest.mark.parametrize(
    "typed",
    ["<!subteam^S0PAYMENTS|@payments>", "<!subteam^S0PAYMENTS>", "@payments", "team payments", "payments"],
)
def test_a_team_is_answered_for_its_people(harness: Harness, typed: str) -> None:
    words = harness.ask(MEMBER, f"cost {typed} last month utc", SPEND).words
    assert "$310.00" in words
    assert "payments" in words


def test_a_team_without_use_spent_nothing(harness: Harness) -> None:
    words = harness.ask(MEMBER, "cost team finance last month utc", SPEND).words
    assert "$0.00" in words
    assert "$310.00" not in words


def test_a_button_under_it_is_about_the_same_people(harness: Harness) -> None:
    answer = harness.ask(MEMBER, "cost team payments last month utc", SPEND)
    edited = harness.after(harness.press(MEMBER, answer, "By engineer"), "edit")
    assert "Mina Okafor" in edited.words
    assert "payments" in edited.words


def test_people_without_an_address_are_said_to_be_missing(harness: Harness) -> None:
    people = harness.slack.workspace.people
    people[COLLEAGUE] = replace(people[COLLEAGUE], email="")
    words = harness.ask(MEMBER, "cost team payments last month utc", SPEND).words
    assert "payments (1 without an address in Slack)" in words


def test_a_team_of_too_many_is_no_sum_of_some(harness: Harness) -> None:
    people = harness.slack.workspace.people
    for number in range(80):
        person = f"U0MANY{number:03}"
        people[person] = Person(
            id=person, name=person, real_name=person, email=f"{'x' * 20}{number}@acme.example"
        )
    harness.slack.workspace.groups[PAYMENTS.id] = replace(
        PAYMENTS, members=frozenset(each for each in people if each.startswith("U0MANY"))
    )
    words = harness.ask(MEMBER, "cost team payments last month utc", SPEND).words
    assert "80 people, more than I can add up" in words
    assert "$" not in words


def test_a_team_that_slack_does_not_list_gets_no_figure(harness: Harness) -> None:
    harness.slack.workspace.faults.refuse("usergroups.users.list", "fatal_error")
    words = harness.ask(MEMBER, "cost team payments last month utc", SPEND).words
    assert "doesn't say who is in @payments" in words
    assert "$" not in words


def test_a_team_is_for_those_who_can_see_names(harness: Harness) -> None:
    with transaction():
        access.decide(harness.team_id, Access(names=Audience("admins")), by=ADMIN, at=NOW)
    words = harness.ask(MEMBER, "cost team payments last month utc", SPEND).words
    assert "$310.00" not in words
    assert "$310.00" in harness.ask(ADMIN, "cost team payments last month utc", SPEND).words


def test_without_the_permission_a_group_is_no_word(harness: Harness) -> None:
    harness.slack.workspace.scopes.discard("usergroups:read")
    assert "I didn't get “payments”" in harness.ask(MEMBER, "cost payments last month", SPEND).words
