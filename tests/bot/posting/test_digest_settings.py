"""What a digest is set up with: a least amount, and tables in the thread."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.listeners.subscriptions.send_now import send_now
from demo.slack.people import SPEND, TEAM
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
