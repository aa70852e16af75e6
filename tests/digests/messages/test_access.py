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
        (Access(), "Everyone in this Slack workspace can see spend, with engineer and key names."),
        (Access(names=FINANCE), "spend. Only @finance and admins can see engineer and key names."),
        (Access(names=ADMINS), "spend. Only admins can see engineer and key names."),
        (Access(cost=FINANCE), "Only @finance and admins can see spend, with engineer and key names."),
        (Access(cost=FINANCE, names=FINANCE), "Only @finance and admins can see spend, with"),
        (
            Access(cost=FINANCE, names=LEADS),
            ". Of them, only @leads and admins can see engineer and key names.",
        ),
        (Access(cost=ADMINS, names=FINANCE), "Only admins can see spend, with engineer and key names."),
        (Access(), "can be posted to every channel, with engineer names."),
        (Access(naming=frozenset()), "can be posted to every channel, without engineer names."),
        (Access(naming=HERE), "can be posted to every channel, with engineer names only in <#C1>."),
        (Access(channels=HERE), "can be posted only to <#C1>, with engineer names."),
        (Access(channels=HERE, naming=THERE), "can be posted only to <#C1>, without engineer names."),
        (Access(channels=frozenset()), "Nothing can be posted to channels."),
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
    assert ("Everyone in a channel sees the names" in text_of(settings)) is warned


def test_what_a_decision_changed_is_written_with_before_and_after() -> None:
    before, after = Access(), Access(names=FINANCE, channels=HERE | THERE)
    assert words.changed(before, after) == (
        "engineer names: everyone → @finance and admins; channels: every channel → C1 C2"
    )
    assert words.changed(after, after) == "nothing changed"


def test_a_message_without_names_keeps_all_but_the_buttons_to_them() -> None:
    views = [{"action_id": f"view:{by}"} for by in ("model", "engineer", "key")]
    shown: list[Block] = [{"type": "section"}, {"type": "actions", "elements": views}]
    only: list[Block] = [{"type": "actions", "elements": views[1:]}]
    assert words.nameless(Message("", shown)).blocks[1]["elements"] == [{"action_id": "view:model"}]
    assert words.nameless(Message("", only)).blocks == []
