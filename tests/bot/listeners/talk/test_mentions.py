"""A mention in a channel: totals in a thread, what names somebody to the asker alone, and a line says so."""

from dataclasses import replace

import pytest

from bot.listeners.talk.events import inquiry_in
from demo.slack import payloads
from demo.slack.people import ADMIN, COLLEAGUE, FINANCE, GUEST, MEMBER, SHARED, SPEND, STRANGER
from storage.engine.database import transaction
from storage.state import access
from storage.state.access import Access, Audience
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness
from tests.bot.listeners.talk.conftest import BOT, Conversation, message_in

pytestmark = [
    ON_SQLITE,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the socket's end
]
MONTH = f"{BOT} cost last month utc"


def decide(harness: Harness, settings: Access) -> None:
    with transaction():
        access.decide(harness.team_id, settings, by=ADMIN, at=NOW)


def test_a_total_is_answered_in_a_thread_under_the_mention(channel: Conversation) -> None:
    asked = channel.write(MEMBER, MONTH)
    answer = channel.answers(asked)
    assert message_in(answer).thread_ts == asked.ts
    assert "$310.00" in answer.words


def test_a_mention_within_a_thread_is_answered_there(channel: Conversation) -> None:
    root = channel.write(COLLEAGUE, "What is going on?")
    channel.write(COLLEAGUE, "Nothing.", thread=root)
    asked = channel.write(MEMBER, f"hey {BOT}, how much did we spend last month?", thread=root)
    assert message_in(channel.answers(asked)).thread_ts == root.ts


def test_an_answer_in_a_thread_has_no_way_to_names_and_its_buttons_answer_privately(
    channel: Conversation, harness: Harness
) -> None:
    answer = channel.answers(channel.write(MEMBER, MONTH))
    shown = [
        e["action_id"] for b in message_in(answer).blocks if b["type"] == "actions" for e in b["elements"]
    ]
    assert {"share", "view:engineer", "view:key"}.isdisjoint(shown)
    offered = [text for text in answer.words.splitlines() if text.startswith("By ")]
    assert {"By engineer", "By key"}.isdisjoint(offered)
    pressed = harness.after(
        harness.press(COLLEAGUE, answer, "Earlier: September 2026"), "ephemeral", contains="September"
    )
    assert (pressed.user, message_in(pressed).thread_ts) == (COLLEAGUE, message_in(answer).thread_ts)


@pytest.mark.parametrize("text", ["cost opus last month utc", "cost last month by model and day utc"])
def test_a_part_that_names_nobody_is_answered_in_the_thread(channel: Conversation, text: str) -> None:
    assert "$310.00" in channel.answers(channel.write(MEMBER, f"{BOT} {text}")).words


def test_a_forecast_is_answered_in_the_thread(channel: Conversation) -> None:
    asked = channel.write(MEMBER, f"{BOT} what will this month cost?")
    assert message_in(channel.answers(asked)).thread_ts == asked.ts


def test_why_is_answered_in_the_thread_without_names(channel: Conversation) -> None:
    words = channel.answers(channel.write(ADMIN, f"{BOT} why did it go up last week?")).words
    assert "Nov 9–15 cost the same as Nov 2–8" in words
    assert ("ci-nightly" in words, "Mina Okafor" in words) == (False, False)


@pytest.mark.parametrize(
    ("text", "shown", "why"),
    [
        ("engineers last month", "Mina Okafor", "it names people or keys"),
        ("cost last month by key utc", "ci-nightly", "it names people or keys"),
        ("cost mina last month utc", "$310.00", "it names people or keys"),
        ("cost last month by model and engineer utc", "Mina Okafor", "it names people or keys"),
        ("me last month", "$310.00", "it is about you"),
    ],
)
def test_what_names_somebody_goes_to_the_asker_alone(
    channel: Conversation, text: str, shown: str, why: str
) -> None:
    asked = channel.write(ADMIN, f"{BOT} {text}")
    private = channel.answers(asked, "ephemeral")
    assert (private.user, message_in(private).thread_ts) == (ADMIN, None)
    assert shown in private.words
    line = channel.answers(asked)
    assert message_in(line).thread_ts == asked.ts
    assert line.words == f"<@{ADMIN}>, only you can see the answer, because {why}."


def test_within_a_thread_the_private_answer_is_there_too(channel: Conversation) -> None:
    root = channel.write(COLLEAGUE, "Who was it?")
    channel.write(COLLEAGUE, "Let us ask.", thread=root)
    asked = channel.write(ADMIN, f"{BOT} engineers last month", thread=root)
    assert message_in(channel.answers(asked, "ephemeral")).thread_ts == root.ts


@pytest.mark.parametrize("code", ["user_not_in_channel", "channel_not_found", "not_in_channel"])
def test_a_direct_message_takes_the_place_of_a_refused_private_answer(
    channel: Conversation, harness: Harness, code: str
) -> None:
    harness.slack.workspace.faults.refuse("chat.postEphemeral", code)
    asked = channel.write(ADMIN, f"{BOT} engineers last month")
    assert "Mina Okafor" in channel.answers(asked, "dm").words
    assert "the answer is in your messages with StackSpend" in channel.answers(asked).words


def test_where_slack_refuses_both_a_line_says_what_to_do(channel: Conversation, harness: Harness) -> None:
    harness.slack.workspace.faults.refuse("chat.postEphemeral", "user_not_in_channel")
    harness.slack.workspace.faults.refuse("chat.postMessage", "user_not_found")
    asked = channel.write(ADMIN, f"{BOT} engineers last month")
    assert "Type /stackspend and your question instead." in channel.answers(asked).words.replace("`", "")
    assert harness.slack.workspace.dms(ADMIN) == []


def test_a_thread_that_takes_no_replies_gets_a_private_answer(
    channel: Conversation, harness: Harness
) -> None:
    harness.slack.workspace.faults.refuse("chat.postMessage", "restricted_action_non_threadable_channel")
    asked = channel.write(MEMBER, MONTH)
    assert "$310.00" in channel.answers(asked, "ephemeral").words


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (Access(cost=Audience("admins")), "not everyone can see spend"),
        (Access(channels=frozenset({FINANCE})), "spend can't be posted in this channel"),
    ],
)
def test_a_total_that_the_channel_cannot_see_goes_to_the_asker_alone(
    channel: Conversation, harness: Harness, settings: Access, why: str
) -> None:
    decide(harness, settings)
    asked = channel.write(ADMIN, MONTH)
    assert "$310.00" in channel.answers(asked, "ephemeral").words
    assert why in channel.answers(asked).words


def test_a_channel_with_another_company_gets_no_total_but_may_be_given_one(harness: Harness) -> None:
    shared = Conversation(harness, SHARED)
    asked = shared.write(MEMBER, MONTH)
    private = shared.answers(asked, "ephemeral")
    assert "people outside this workspace might read this channel" in shared.answers(asked).words
    (share,) = [
        e for b in message_in(private).blocks if b["type"] == "actions" for e in b["elements"]
        if e["action_id"] == "share"
    ]  # fmt: skip
    assert "shared with another company" in share["confirm"]["text"]["text"]


def test_who_cannot_see_spend_is_told_so_and_nobody_else_is(channel: Conversation, harness: Harness) -> None:
    decide(harness, Access(cost=Audience("admins")))
    asked = channel.write(MEMBER, MONTH)
    refusal = channel.answers(asked, "ephemeral")
    assert (refusal.user, "Only admins can see spend here." in refusal.words) == (MEMBER, True)
    assert harness.slack.workspace.replies(SPEND, asked.ts) == []


@pytest.mark.parametrize(("user", "where"), [(GUEST, SPEND), (STRANGER, SHARED)])
def test_guests_and_strangers_are_refused_once(harness: Harness, user: str, where: str) -> None:
    place = Conversation(harness, where)
    asked = place.write(user, f"{BOT} cost today")
    refusal = place.answers(asked, "ephemeral")
    assert (refusal.user, "isn't available to you here" in refusal.words) == (user, True)
    harness.services.lanes.is_idle(within=10)
    assert len(harness.slack.workspace.ephemerals(user)) == 1
    assert harness.slack.workspace.replies(where, asked.ts) == []


def test_a_reading_is_offered_to_the_asker_and_answered_at_a_press(
    channel: Conversation, harness: Harness
) -> None:
    offer = channel.answers(channel.write(MEMBER, f"{BOT} cost xyzzy last week"), "ephemeral")
    assert "I didn't get “xyzzy”" in offer.words
    answered = harness.after(harness.press(MEMBER, offer, "ask:1"), "edit")
    assert "$" in answered.words


def test_how_a_text_was_read_is_said_under_the_answer(channel: Conversation) -> None:
    assert "Read as cost today" in channel.answers(channel.write(MEMBER, f"{BOT} csot today")).words.replace(
        "`", ""
    )


def test_a_form_opens_at_a_press(channel: Conversation, harness: Harness) -> None:
    button = channel.answers(channel.write(ADMIN, f"{BOT} settings"), "ephemeral")
    opened = harness.after(harness.press(ADMIN, button, "Open settings"), "modal", "modal_update")
    assert opened.user == ADMIN


def test_managing_is_for_admins_here_too(channel: Conversation) -> None:
    refusal = channel.answers(channel.write(MEMBER, f"{BOT} disconnect"), "ephemeral")
    assert "Only admins can do this" in refusal.words


def test_an_export_is_sent_to_the_asker(channel: Conversation, harness: Harness) -> None:
    asked = channel.write(MEMBER, f"{BOT} export last month by model")
    assert "Sent to your messages with StackSpend" in channel.answers(asked, "ephemeral").words
    assert len(harness.slack.workspace.files) == 1


def test_a_key_is_neither_kept_nor_repeated(channel: Conversation, harness: Harness) -> None:
    asked = channel.write(ADMIN, f"{BOT} connect sk-ant-admin01-abcdefghijklmnop")
    warning = channel.answers(asked, "ephemeral")
    assert "We didn't use or store it" in warning.words
    assert "abcdefghijklmnop" not in warning.words
    facts = payloads.words(harness.slack.workspace, asked)
    inquiry = inquiry_in(payloads.event(harness.slack.workspace, kind="app_mention", facts=facts))
    assert inquiry
    assert "abcdefghijklmnop" not in inquiry.text


def test_a_private_channel_is_answered_where_the_bot_is(harness: Harness) -> None:
    finance = Conversation(harness, FINANCE)
    assert "$310.00" in finance.answers(finance.write(ADMIN, MONTH)).words


def test_without_the_permission_nothing_is_heard_and_commands_work(
    channel: Conversation, harness: Harness
) -> None:
    workspace = harness.slack.workspace
    workspace.scopes -= {"app_mentions:read", "assistant:write", "im:history"}
    channel.write(MEMBER, MONTH)
    assert "$310.00" in harness.ask(MEMBER, "cost last month utc", SPEND).words
    assert [m.author for m in workspace.messages(SPEND)] == [MEMBER]


def test_a_channel_of_unknown_readers_is_taken_for_one_with_outsiders(
    channel: Conversation, harness: Harness
) -> None:
    here = harness.slack.workspace.channels
    here[SPEND] = replace(here[SPEND], is_pending_shared=True)
    asked = channel.write(MEMBER, MONTH)
    assert channel.answers(asked, "ephemeral").user == MEMBER
