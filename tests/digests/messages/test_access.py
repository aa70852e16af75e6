"""What a decision means, in words."""

import pytest

from digests.layout.blocks import Block
from digests.layout.message import Message
from digests.messages import access as words
from storage.state.access import Access, Audience

FINANCE, LEADS, ADMINS = Audience("S1", "finance"), Audience("S2", "leads"), Audience("admins")
HERE, THERE = frozenset({"C1"}), frozenset({"C2"})


def text_of(settings: Access) -> str:
    return str(words.who_reads_what(settings)["text"]["text"])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Access(), "Everybody in this Slack workspace can ask what Claude costs, and see engineers"),
        (Access(names=FINANCE), "what Claude costs; only @finance and admins see engineers"),
        (Access(names=ADMINS), "what Claude costs; only admins see engineers"),
        (Access(cost=FINANCE), "Only @finance and admins can ask what Claude costs, and see engineers"),
        (Access(cost=FINANCE, names=FINANCE), "Only @finance and admins can ask what Claude costs, and see"),
        (Access(cost=FINANCE, names=LEADS), "; of them, only @leads and admins see engineers"),
        (Access(cost=ADMINS, names=FINANCE), "Only admins can ask what Claude costs, and see engineers"),
        (Access(), "may go to every channel, with engineers by name."),
        (Access(naming=frozenset()), "may go to every channel, without engineers' names."),
        (Access(naming=HERE), "may go to every channel, with engineers by name in <#C1> only."),
        (Access(channels=HERE), "may go to <#C1> only, with engineers by name."),
        (Access(channels=HERE, naming=THERE), "may go to <#C1> only, without engineers' names."),
        (Access(channels=frozenset()), "may go to no channel."),
    ],
)
def test_a_decision_is_said_as_what_it_means(settings: Access, says: str) -> None:
    assert says in text_of(settings)


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        (Access(), False),
        (Access(names=FINANCE), True),
        (Access(names=FINANCE, naming=frozenset()), False),
        (Access(cost=FINANCE, channels=HERE, naming=THERE), False),
    ],
)
def test_names_for_a_few_that_are_posted_to_many_are_warned_of(settings: Access, warned: bool) -> None:  # noqa: FBT001 - a table
    assert ("Whoever is in a channel reads the names" in text_of(settings)) is warned


def test_what_a_decision_changed_is_written_with_before_and_after() -> None:
    before, after = Access(), Access(names=FINANCE, channels=HERE | THERE)
    assert words.changed(before, after) == (
        "engineers by name: everybody → @finance and admins; channels: every channel → C1 C2"
    )
    assert words.changed(after, after) == "nothing changed"


def test_a_message_without_names_keeps_all_but_the_buttons_to_them() -> None:
    views = [{"action_id": f"view:{by}"} for by in ("model", "engineer", "key")]
    shown: list[Block] = [{"type": "section"}, {"type": "actions", "elements": views}]
    only: list[Block] = [{"type": "actions", "elements": views[1:]}]
    assert words.nameless(Message("", shown)).blocks[1]["elements"] == [{"action_id": "view:model"}]
    assert words.nameless(Message("", only)).blocks == []
