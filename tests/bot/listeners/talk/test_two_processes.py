"""Several processes hear of the same message at once, and a Slack that hangs; on either engine."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.listeners.talk.interrupted import Interrupted
from bot.listeners.talk.turn import Turn
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.slack.server import Message
from digests.layout.message import text_message
from storage.engine.database import session, transaction
from storage.engine.tables import InquiryRow
from storage.state.talk import inquiries
from storage.state.talk.inquiries import Inquiry
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import Harness, connect, fill, open_harness
from tests.bot.listeners.talk.conftest import BOT

MONTH = f"{BOT} cost last month utc"
AT_ONCE = 6


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    assert store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def said(harness: Harness) -> list[Message]:
    workspace = harness.slack.workspace
    return [each for each in workspace.messages(SPEND) if each.author == workspace.bot_user]


def seen_by_admin(harness: Harness) -> list[Message]:
    return harness.slack.workspace.ephemerals(ADMIN)


def settle(harness: Harness) -> None:
    assert harness.services.lanes.is_idle(within=10)


def inquiry_of(harness: Harness) -> Inquiry:
    message = harness.slack.workspace.post(SPEND, {"text": MONTH}, author=MEMBER)
    return Inquiry(harness.team_id, SPEND, message.ts, MEMBER, MONTH)


def test_one_of_many_deliveries_at_once_is_answered(harness: Harness) -> None:
    delivery = harness.slack.say(MEMBER, MONTH, channel=SPEND)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        again = [pool.submit(harness.slack.redeliver, delivery, number=n) for n in range(AT_ONCE)]
    assert [each.result().error for each in again] == [None] * AT_ONCE
    settle(harness)
    assert len(said(harness)) == 1


def test_one_of_many_processes_claims_a_message(harness: Harness) -> None:
    inquiry = inquiry_of(harness)

    def enter(worker: int) -> bool:
        with transaction():
            now = harness.services.now()
            return inquiries.enter(inquiry, f"{worker}", now=now, length=timedelta(minutes=1))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(enter, range(AT_ONCE))) == 1


def test_one_of_many_workers_answers_an_interrupted_one(harness: Harness) -> None:
    inquiry = inquiry_of(harness)
    with transaction():
        now = harness.services.now()
        assert inquiries.enter(inquiry, "ended", now=now, length=timedelta(minutes=1))
    harness.pass_two_minutes()
    workers = [Interrupted(lambda _team: harness.context, harness.services.now) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda worker: worker.tick(), workers))
    settle(harness)
    assert len(said(harness)) == 1


def test_of_two_that_hold_the_same_claim_in_turn_one_sends(harness: Harness) -> None:
    inquiry = inquiry_of(harness)
    first = Turn(harness.context, inquiry)
    with transaction():
        now = harness.services.now()
        inquiries.enter(inquiry, first.worker, now=now, length=timedelta(minutes=1))
    harness.pass_two_minutes()
    Interrupted(lambda _team: harness.context, harness.services.now).tick()
    settle(harness)
    first.notify(text_message("StackSpend is restarting"))
    assert ["restarting" in each.text for each in said(harness)] == [False]
    assert harness.slack.workspace.ephemerals(MEMBER) == []


@ON_SQLITE
def test_a_message_is_claimed_before_slack_is_asked_anything(harness: Harness) -> None:
    harness.slack.workspace.faults.slow("*", 2, times=9)
    assert harness.slack.say(MEMBER, "cost today").error is None
    with session():
        assert [row.state for row in InquiryRow.select()] == ["open"]
    harness.slack.workspace.faults.clear()
    settle(harness)


@ON_SQLITE
@pytest.mark.parametrize(("method", "user", "text"), [
    ("chat.postMessage", MEMBER, MONTH),
    ("chat.postEphemeral", ADMIN, f"{BOT} engineers last month"),
])  # fmt: skip
def test_a_slack_that_hangs_gets_one_answer(harness: Harness, method: str, user: str, text: str) -> None:
    harness.context.client.timeout = 1
    harness.slack.workspace.faults.slow(method, 1.5)
    harness.slack.say(user, text, channel=SPEND)
    settle(harness)
    with session():
        assert [row.state for row in InquiryRow.select()] == ["sending"]
    harness.pass_two_minutes()
    worker = Interrupted(lambda _team: harness.context, harness.services.now)
    for _ in range(2):
        worker.tick()
        settle(harness)
    seen = said if method == "chat.postMessage" else seen_by_admin
    harness.slack.wait(lambda entry: entry.subject in seen(harness))
    assert len(seen(harness)) == 1
