"""Every message is answered at most once: Slack's second deliveries, edits, what bots say, and lost calls."""

import json
from datetime import timedelta

import pytest

from bot.listeners.talk.interrupted import Interrupted
from demo.slack import payloads
from demo.slack.people import ADMIN, MEMBER, SPEND, dm_id
from demo.slack.server import Message
from demo.slack.wire import JSON, Delivery
from storage.engine.database import session, transaction
from storage.engine.tables import InquiryRow
from storage.state.talk import inquiries
from storage.state.talk.inquiries import Inquiry
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import Harness
from tests.bot.listeners.talk.conftest import BOT, Conversation

pytestmark = [
    ON_SQLITE,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the socket's end
]
MONTH = f"{BOT} cost last month utc"


def settle(harness: Harness) -> None:
    assert harness.services.lanes.is_idle(within=10)


def said(harness: Harness, channel: str = SPEND) -> list[Message]:
    """What the bot said in a channel."""
    workspace = harness.slack.workspace
    return [each for each in workspace.messages(channel) if each.author == workspace.bot_user]


def tick(harness: Harness) -> None:
    """Let a claim run out, and a worker look for what is left."""
    harness.pass_two_minutes()
    context = harness.context
    worker = Interrupted(lambda team: context if team == harness.team_id else None, harness.services.now)
    for _ in range(2):  # one tick finds out, the next one answers
        worker.tick()
        settle(harness)


def states() -> list[tuple[str, str]]:
    with session():
        return [(row.state, row.text) for row in InquiryRow.select()]


def test_a_second_delivery_is_not_answered(harness: Harness) -> None:
    first = harness.slack.say(MEMBER, MONTH, channel=SPEND)
    harness.slack.redeliver(first)
    harness.slack.redeliver(first, number=2)
    settle(harness)
    assert len(said(harness)) == 1
    assert states() == [("answered", "")]


def test_another_event_about_the_same_message_is_not_answered(harness: Harness) -> None:
    harness.slack.say(MEMBER, MONTH, channel=SPEND)
    message = harness.slack.workspace.messages(SPEND)[0]
    harness.slack.event("app_mention", **payloads.words(harness.slack.workspace, message))
    settle(harness)
    assert len(said(harness)) == 1


@pytest.mark.parametrize("channel", [SPEND, None])
def test_edits_and_deletions_are_not_answered(harness: Harness, channel: str | None) -> None:
    place = Conversation(harness, channel)
    asked = place.write(MEMBER, MONTH)
    settle(harness)
    harness.slack.edit(asked, f"{BOT} cost today")
    harness.slack.delete(asked)
    settle(harness)
    assert len(said(harness, channel or dm_id(MEMBER))) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"bot_id": "B0OTHER", "user": "U0OTHERBOT"},
        {"subtype": "bot_message", "bot_id": "B0OTHER"},
        {"user": "U0STACKBOT", "bot_id": "B0STACK001"},
        {"user": "U0STACKBOT"},
        {"user": MEMBER, "subtype": "thread_broadcast"},
        {"user": MEMBER, "subtype": "channel_join"},
        {"user": MEMBER, "edited": {"user": MEMBER, "ts": "1.2"}},
        {"user": MEMBER, "hidden": True, "subtype": "message_changed"},
        {},
    ],
)
@pytest.mark.parametrize("event", ["app_mention", "message"])
def test_nobody_else_is_answered(harness: Harness, event: str, facts: dict[str, object]) -> None:
    place = {"channel": SPEND} if event == "app_mention" else {"channel": dm_id(MEMBER), "channel_type": "im"}
    harness.slack.event(event, text=MONTH, ts="1700000000.000100", **place, **facts)
    settle(harness)
    assert states() == []
    assert said(harness, str(place["channel"])) == []


@pytest.mark.parametrize("kind", ["channel", "group", "mpim"])
def test_messages_of_channels_are_none_to_us(harness: Harness, kind: str) -> None:
    harness.slack.event("message", channel=SPEND, channel_type=kind, user=MEMBER, text=MONTH, ts="1.000100")
    settle(harness)
    assert states() == []


def test_a_message_with_a_file_is_answered(harness: Harness, direct: Conversation) -> None:
    asked = direct.write(MEMBER, "hello")
    facts = payloads.words(harness.slack.workspace, asked) | {"ts": "1700000000.000100", "text": "cost today"}
    harness.slack.event("message", **facts, subtype="file_share", files=[{"id": "F1"}])
    settle(harness)
    assert len(states()) == 2


def test_another_workspaces_event_is_not_answered(harness: Harness) -> None:
    workspace = harness.slack.workspace
    facts = {"user": MEMBER, "channel": SPEND, "text": MONTH, "ts": "1700000000.000100"}
    body = {**payloads.event(workspace, kind="app_mention", facts=facts), "team_id": "T0OTHER001"}
    harness.slack.wire.post(Delivery(index=0, body=json.dumps(body), kind=JSON), about="event")
    settle(harness)
    assert (states(), said(harness)) == ([], [])


# --- Slack does not answer, or a process ends


def test_a_pause_that_slack_asks_for_delays_an_answer(harness: Harness) -> None:
    harness.slack.workspace.faults.rate_limit("chat.postMessage", retry_after=30)
    harness.slack.say(MEMBER, MONTH, channel=SPEND)
    settle(harness)
    assert said(harness) == []
    tick(harness)
    assert len(said(harness)) == 1
    tick(harness)
    assert len(said(harness)) == 1


def test_an_answer_that_slack_has_is_not_sent_again(harness: Harness) -> None:
    harness.slack.workspace.faults.cut_after("chat.postMessage")
    harness.slack.say(MEMBER, MONTH, channel=SPEND)
    settle(harness)
    assert states()[0][0] == "sending"
    tick(harness)
    assert states() == [("answered", "")]
    assert len(said(harness)) == 1


def test_an_answer_that_slack_certainly_does_not_have_is_sent_again(harness: Harness) -> None:
    harness.slack.workspace.faults.cut_before("chat.postMessage")
    harness.slack.say(MEMBER, MONTH, channel=SPEND)
    settle(harness)
    assert said(harness) == []
    tick(harness)
    assert [each.thread_ts is not None for each in said(harness)] == [True]


@pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
@pytest.mark.parametrize("is_agent", [True, False])
def test_so_it_is_in_the_direct_message(harness: Harness, fault: str, *, is_agent: bool) -> None:
    if not is_agent:
        harness.slack.workspace.scopes.discard("assistant:write")
    getattr(harness.slack.workspace.faults, fault)("chat.postMessage")
    harness.slack.say(MEMBER, "cost last month utc")
    settle(harness)
    tick(harness)
    tick(harness)
    assert len(said(harness, dm_id(MEMBER))) == 1


def test_without_a_look_nothing_is_sent_again(harness: Harness) -> None:
    harness.slack.workspace.scopes.discard("channels:history")
    harness.slack.workspace.faults.cut_before("chat.postMessage")
    harness.slack.say(MEMBER, MONTH, channel=SPEND)
    settle(harness)
    tick(harness)
    assert (said(harness), states()) == ([], [("answered", "")])


@pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
def test_a_private_answer_of_unknown_fate_is_not_sent_again(harness: Harness, fault: str) -> None:
    getattr(harness.slack.workspace.faults, fault)("chat.postEphemeral")
    harness.slack.say(ADMIN, f"{BOT} engineers last month", channel=SPEND)
    settle(harness)
    tick(harness)
    assert len(harness.slack.workspace.ephemerals(ADMIN)) == (fault == "cut_after")
    assert states() == [("answered", "")]


def interrupted(harness: Harness, text: str = MONTH) -> Inquiry:
    """A question that a process claimed before it ended."""
    workspace = harness.slack.workspace
    message = workspace.post(SPEND, {"text": text}, author=MEMBER)
    inquiry = Inquiry(harness.team_id, SPEND, message.ts, MEMBER, text)
    with transaction():
        length = timedelta(minutes=1)
        assert inquiries.enter(inquiry, "ended", now=harness.services.now(), length=length)
    return inquiry


def test_what_an_ended_process_had_not_answered_is_answered(harness: Harness) -> None:
    interrupted(harness)
    tick(harness)
    assert "$310.00" in said(harness)[0].text
    tick(harness)
    assert len(said(harness)) == 1


def test_two_workers_answer_it_once(harness: Harness) -> None:
    interrupted(harness)
    harness.pass_two_minutes()
    workers = [Interrupted(lambda _team: harness.context, harness.services.now) for _ in range(2)]
    for worker in workers:
        worker.tick()
    settle(harness)
    assert len(said(harness)) == 1


def test_a_process_that_lost_its_claim_says_nothing(harness: Harness) -> None:
    inquiry = interrupted(harness)
    harness.pass_two_minutes()
    with transaction():
        assert inquiries.take("other", now=harness.services.now(), length=timedelta(minutes=1))
        assert not inquiries.begin(inquiry, "ended", sent_to=SPEND, until=harness.services.now())
    assert said(harness) == []


def test_an_old_question_is_given_up(harness: Harness) -> None:
    interrupted(harness)
    harness.moment[0] += inquiries.TOO_LATE
    tick(harness)
    assert (said(harness), states()) == ([], [("answered", "")])


def test_a_question_that_ends_every_worker_is_given_up(harness: Harness) -> None:
    interrupted(harness)
    for _ in range(inquiries.TRIES):
        harness.pass_two_minutes()
        with transaction():
            inquiries.take("doomed", now=harness.services.now(), length=timedelta(minutes=1))
    tick(harness)
    assert (said(harness), states()) == ([], [("answered", "")])


def test_nobody_answers_for_a_team_that_left(harness: Harness) -> None:
    interrupted(harness)
    harness.pass_two_minutes()
    Interrupted(lambda _team: None, harness.services.now).tick()
    assert (said(harness), states()) == ([], [("answered", "")])


def test_old_rows_are_deleted(harness: Harness) -> None:
    interrupted(harness)
    harness.moment[0] += inquiries.KEPT
    tick(harness)
    assert states() == []
