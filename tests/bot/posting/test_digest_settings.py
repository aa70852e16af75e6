"""What a digest is set up with: a least amount, and tables in the thread."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.listeners.subscriptions.send_now import send_now
from bot.posting.compose import compose
from bot.posting.sender import Sender
from demo.slack.people import SPEND, TEAM
from demo.slack.transcript import Message
from digests.messages.digest import listing
from storage.engine.database import transaction
from storage.state import posts, subscriptions
from storage.state.subscriptions import Subscription
from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, OutboxHarness

NINE = datetime(2026, 11, 22, 10, 45, tzinfo=UTC)  # yesterday's bill is in
HIGH = 1_000_000  # dollars
EARLY = datetime(2026, 11, 23, 0, 15, tzinfo=UTC)  # the bill of the 22nd is published at one


def line(subscription_id: int) -> str:
    found = subscriptions.find(TEAM, subscription_id)
    assert found
    return listing.line(found, str, NOW)


def change(outbox: OutboxHarness, digest: Subscription, **settings: Any) -> None:
    """Save a digest with other settings, due at the same time."""
    saved = subscriptions.find(TEAM, digest.id)
    assert saved
    outbox.subscribe(saved.next_at, plan=saved.plan, subscription_id=saved.id, **settings)


# A least amount


def test_a_day_of_no_more_than_the_minimum_is_not_posted_and_the_list_says_so(outbox: OutboxHarness) -> None:
    digest = outbox.subscribe(NINE, minimum=HIGH)
    outbox.tick_at(NINE)
    assert outbox.in_channel() == []
    assert outbox.post().state == "dropped"
    assert outbox.direct_messages() == []
    assert "only above $1,000,000" in line(digest.id)
    assert "next Mon, Nov 23" in line(digest.id)
    assert "Sat, Nov 21 was skipped at $" in line(digest.id)


def test_a_day_above_the_minimum_is_posted(outbox: OutboxHarness) -> None:
    digest = outbox.subscribe(NINE, minimum=1)
    outbox.tick_at(NINE)
    assert len(outbox.in_channel()) == 1
    assert "skipped" not in line(digest.id)


def test_a_digest_that_is_posted_again_has_skipped_nothing(outbox: OutboxHarness) -> None:
    digest = outbox.subscribe(NINE, minimum=HIGH)
    outbox.tick_at(NINE)
    change(outbox, digest)
    outbox.company.sync_at(NINE + DAY)
    outbox.tick()
    assert len(outbox.in_channel()) == 1
    assert "skipped" not in line(digest.id)


def test_an_estimate_below_the_minimum_waits_for_the_bill(outbox: OutboxHarness) -> None:
    outbox.subscribe(EARLY, minimum=HIGH)
    outbox.company.sync_at(EARLY)
    for hours in range(8):  # nobody reads the bill
        outbox.tick_at(EARLY + timedelta(hours=hours))
    assert outbox.post().state == "due"
    outbox.company.sync_at(EARLY + 8 * HOUR)
    outbox.tick()
    assert outbox.post().state == "dropped"


def test_an_estimate_below_the_minimum_is_given_up_after_a_day(outbox: OutboxHarness) -> None:
    digest = outbox.subscribe(EARLY, minimum=HIGH)
    outbox.company.sync_at(EARLY)
    for hours in range(0, 36, 4):
        outbox.tick_at(EARLY + timedelta(hours=hours))
    first = next(post for post in posts.by_key_prefix(TEAM, f"digest:{digest.id}:2026-11-22"))
    assert first.state == "dropped"
    assert not any("Acme on Sun, Nov 22" in message.text for message in outbox.in_channel(SPEND))


def test_a_person_who_sends_it_now_gets_it_whatever_it_cost(outbox: OutboxHarness) -> None:
    digest = outbox.subscribe(NINE + DAY, minimum=HIGH)
    with transaction():
        assert send_now(digest, now=NINE).is_sent
    outbox.tick_at(NINE + MINUTE)
    assert len(outbox.in_channel()) == 1


# Tables in the thread


def main_and_reply(outbox: OutboxHarness) -> tuple[Message, Message]:
    first, second = outbox.in_channel()
    return first, second


def test_the_tables_of_a_digest_follow_in_its_thread_once(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, in_thread=True)
    outbox.live(NINE + HOUR, step=10 * MINUTE)
    main, reply = main_and_reply(outbox)
    assert (main.thread_ts, reply.thread_ts) == (None, main.ts)
    assert "details in the thread" in str(main.blocks)
    assert "table" not in [block["type"] for block in main.blocks]
    assert "table" in [block["type"] for block in reply.blocks]
    assert [post.state for post in posts.by_key_prefix(TEAM, "digest:")] == ["sent", "sent"]


def test_many_processes_post_the_tables_once(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, in_thread=True)
    outbox.company.clock.to(NINE)
    workers = [outbox.worker(f"worker {number}") for number in range(6)]
    threads = [threading.Thread(target=worker.tick) for worker in workers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.tick_at(NINE + 5 * MINUTE)
    assert [message.thread_ts is None for message in outbox.in_channel()] == [True, False]


def test_a_digest_sent_by_hand_has_its_own_thread(outbox: OutboxHarness) -> None:
    digest = outbox.subscribe(NINE, in_thread=True)
    outbox.tick_at(NINE)
    outbox.tick_at(NINE + HOUR)
    for again in (1, 2):
        with transaction():
            assert send_now(digest, now=NINE + (again + 1) * HOUR).is_sent
        outbox.tick_at(NINE + (again + 1) * HOUR)
        outbox.tick_at(NINE + (again + 1) * HOUR + MINUTE)
    roots = [message.ts for message in outbox.in_channel() if message.thread_ts is None]
    replies = [message.thread_ts for message in outbox.in_channel() if message.thread_ts]
    assert len(roots) == 3
    assert sorted(replies, key=str) == sorted(roots)


def test_a_process_killed_at_any_step_leaves_both_messages_and_no_third(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE, in_thread=True)
    confirm, moment = posts.confirm, NINE
    for dies_at in (1, 2, 3):
        calls = iter(range(1, dies_at))

        def some_confirms(*arguments: Any, **named: Any) -> bool:
            if next(calls, None) is None:  # noqa: B023 - used up within this round
                raise KeyboardInterrupt
            return confirm(*arguments, **named)

        with monkeypatch.context() as broken, suppress(KeyboardInterrupt):
            broken.setattr(posts, "confirm", some_confirms)
            outbox.tick_at(moment)
        moment += 3 * MINUTE
    outbox.live(moment + 10 * MINUTE, step=MINUTE)
    main, reply = main_and_reply(outbox)
    assert reply.thread_ts == main.ts
    assert [post.state for post in posts.by_key_prefix(TEAM, "digest:")] == ["sent", "sent"]


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "break_down"])
def test_a_reply_that_is_unclear_is_looked_for_in_its_thread(outbox: OutboxHarness, fault: str) -> None:
    digest = outbox.subscribe(NINE, in_thread=True)
    outbox.company.clock.to(NINE)
    outbox.worker().enter(digest)
    task = posts.claim("outbox", now=NINE, length=MINUTE)
    assert task
    Sender("outbox", outbox.channels.get, outbox.company.clock, MINUTE, compose).send(task)
    getattr(outbox.slack.workspace.faults, fault)("chat.postMessage")
    outbox.live(NINE + 10 * MINUTE, step=30 * timedelta(seconds=1))
    main, reply = main_and_reply(outbox)
    assert reply.thread_ts == main.ts
    assert outbox.direct_messages() == []


def test_where_history_cannot_be_read_the_owner_is_asked_about_the_tables(outbox: OutboxHarness) -> None:
    outbox.slack.workspace.scopes -= {"channels:history"}
    digest = outbox.subscribe(NINE, in_thread=True)
    outbox.company.clock.to(NINE)
    outbox.worker().enter(digest)
    claimed = posts.claim("outbox", now=NINE, length=MINUTE)
    assert claimed
    Sender("outbox", outbox.channels.get, outbox.company.clock, MINUTE, compose).send(claimed)
    outbox.slack.workspace.faults.cut_before("chat.postMessage")
    outbox.live(NINE + 10 * MINUTE)
    (message,) = outbox.direct_messages()
    assert "The tables of the Sat, Nov 21 digest might not have reached" in message
    saved = subscriptions.find(TEAM, digest.id)
    assert saved
    assert saved.trouble == ""


def test_the_bill_corrects_the_digest_and_its_tables(outbox: OutboxHarness) -> None:
    outbox.company.sync_at(EARLY)
    outbox.subscribe(EARLY, in_thread=True)
    outbox.tick()
    outbox.tick_at(EARLY + 3 * HOUR + MINUTE)
    outbox.tick_at(EARLY + 3 * HOUR + 2 * MINUTE)
    assert ["≈" in str(message.blocks) for message in main_and_reply(outbox)] == [True, True]
    outbox.company.sync()
    outbox.tick()
    outbox.tick()
    main, reply = main_and_reply(outbox)
    assert reply.thread_ts == main.ts
    assert "Billed by Anthropic" in str(main.blocks)
    assert "Billed by Anthropic" in str(reply.blocks)
    assert len(outbox.edits()) == 2


def test_tables_whose_digest_was_deleted_are_dropped_and_the_next_digest_comes(outbox: OutboxHarness) -> None:
    digest = outbox.subscribe(NINE, in_thread=True)
    outbox.company.clock.to(NINE)
    outbox.worker().enter(digest)
    claimed = posts.claim("outbox", now=NINE, length=MINUTE)
    assert claimed
    Sender("outbox", outbox.channels.get, outbox.company.clock, MINUTE, compose).send(claimed)
    outbox.slack.workspace.delete(outbox.in_channel()[0])
    outbox.live(NINE + 5 * MINUTE)
    assert outbox.in_channel() == []
    assert [post.state for post in posts.by_key_prefix(TEAM, "digest:")] == ["sent", "dropped"]
    saved = subscriptions.find(TEAM, digest.id)
    assert saved
    assert saved.paused == ""
    assert outbox.direct_messages() == []


def test_without_the_setting_there_is_no_thread(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.live(NINE + 5 * MINUTE)
    (message,) = outbox.in_channel()
    assert "details in the thread" not in str(message.blocks)
