"""`kill -9` at random moments, on both engines: the books still agree, and everything was said once.

With SLOW=1 some hundred times, otherwise twenty.

A moment is so many requests after a start, and a fraction of a second more; of posts, a fraction of a second
after one was claimed, while Slack is slow or hangs up on what it did.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from bot.posting.outbox import enter_digest
from demo.admin_api.faults import ADMIN_KEY
from demo.slack.people import ADMIN, SPEND, TEAM, dm_id
from demo.stage import Bot, Stage
from providers.period import DAY, Period
from storage.engine.database import transaction
from storage.engine.tables import PostRow
from storage.state import connections, posts, subscriptions
from storage.state.subscriptions import Subscription
from tests.end_to_end.acts import (
    assert_books_agree,
    assert_nothing_went_wrong,
    connect,
    finished_days,
    history_is_in,
    post_id,
    posts_in,
    remembered,
    set_up_digest,
    submit_key,
    until,
)

IN_FULL = bool(os.environ.get("SLOW"))
BACKFILL, SYNC, DIGEST, EDIT, ALERT = (18, 12, 12, 6, 3) if IN_FULL else (3, 2, 2, 1, 1)
"""Kills on each engine; of each alert both ends: 54 in full, 10 otherwise."""
SHORT_WAITS = "tests.end_to_end.short_waits"


def test_a_backfill_killed_again_and_again_ends_with_the_books_equal(play: Stage) -> None:
    chance, bot = Random(1), play.bot(program=SHORT_WAITS)
    play.anthropic.faults.latency(0.05)
    connect(play)
    for _ in range(BACKFILL):
        kill_after_requests(play, bot, chance.randint(1, 6), chance)
        assert is_reading(play)
        bot.launch()
    play.anthropic.faults.clear()
    history_is_in(play)
    assert_books_agree(play)
    assert len([m for m in play.slack.workspace.dms(ADMIN) if post_id(m).startswith("progress")]) == 1


def test_a_sync_killed_again_and_again_ends_with_the_books_equal(play: Stage) -> None:
    chance, bot = Random(2), play.bot(program=SHORT_WAITS)
    connect(play)
    history_is_in(play)
    for _ in range(SYNC):
        day = finished_days(play).end - chance.randint(1, 29) * DAY
        play.organization.restate(day, f"1.{chance.randint(1, 99):02d}")
        before = len(play.anthropic.requests)
        play.slack.command(ADMIN, "sync", channel=SPEND)
        kill_after_requests(play, bot, 1, chance, since=before)  # of the bill, which a press always asks for
        bot.start()
    command = play.slack.command(ADMIN, "sync", channel=SPEND)
    play.slack.wait(user=ADMIN, contains="Up to date", after=command.index, timeout=60)
    assert_books_agree(play)


def test_a_digest_killed_again_and_again_is_posted_once(play: Stage) -> None:
    chance, bot = Random(3), play.bot(program=SHORT_WAITS)
    connect(play)
    history_is_in(play)
    set_up_digest(play)
    days = [finished_days(play).end - number * DAY for number in range(1, DIGEST + 1)]
    with remembered(play):
        (subscription,) = subscriptions.of_team(TEAM)
        for day in days:
            make_slack_unreliable(play, chance)
            make_due(subscription, day)
            kill_while_sending(bot, f"digest:{subscription.id}:{day}", chance)
            bot.launch()
        play.slack.workspace.faults.clear()
        until(is_everything_sent)
    ids = Counter(map(post_id, posts_in(play, SPEND)))
    assert ids == {f"digest:{subscription.id}:{day}": 1 for day in days}
    assert_nothing_went_wrong(play)


def test_a_correction_killed_again_and_again_is_of_one_message(play: Stage) -> None:
    chance, bot = Random(6), play.bot(program=SHORT_WAITS)
    connect(play)
    history_is_in(play)
    set_up_digest(play)
    days = [finished_days(play).end - number * DAY for number in range(2, EDIT + 2)]
    with remembered(play):
        (subscription,) = subscriptions.of_team(TEAM)
        for day in days:
            make_due(subscription, day)
        until(is_everything_sent)
        for day in days:
            key = f"digest:{subscription.id}:{day}"
            play.slack.workspace.faults.slow("chat.update", 0.3)
            show_an_estimate(key)
            until(lambda: is_being_corrected(key) or not is_an_estimate(key))  # noqa: B023 - waited for here
            wait(chance.uniform(0, 0.4))
            bot.kill()
            bot.launch()
        until(lambda: not any(is_an_estimate(f"digest:{subscription.id}:{day}") for day in days))
    ids = Counter(map(post_id, posts_in(play, SPEND)))
    assert ids == {f"digest:{subscription.id}:{day}": 1 for day in days}
    assert_nothing_went_wrong(play)


def test_an_alert_killed_again_and_again_is_sent_once(play: Stage) -> None:
    chance, bot = Random(4), play.bot(program=SHORT_WAITS)
    connect(play)
    history_is_in(play)
    with remembered(play):
        for number in range(1, ALERT + 1):
            play.anthropic.faults.revoke()
            make_slack_unreliable(play, chance)
            play.slack.command(ADMIN, "sync", channel=SPEND)
            kill_while_sending(bot, f"incident:{number}:opened:{ADMIN}", chance)
            restart(play, bot)
            reconnect(play, f"{ADMIN_KEY}{number}", chance)
            kill_while_sending(bot, f"incident:{number}:closed:{ADMIN}", chance)
            restart(play, bot)
    ids = Counter(post_id(m) for m in play.slack.workspace.messages(dm_id(ADMIN)))
    alerts = {name: count for name, count in ids.items() if name.startswith("incident")}
    ends = ("opened", "closed")
    assert alerts == {f"incident:{n}:{end}:{ADMIN}": 1 for n in range(1, ALERT + 1) for end in ends}
    assert_nothing_went_wrong(play)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # elsewhere its turn ends with the lease
def test_a_killed_bot_goes_on_as_soon_as_it_runs_again(play: Stage) -> None:
    bot = play.bot()
    play.anthropic.faults.latency(0.1)
    connect(play)
    kill_after_requests(play, bot, 20, Random(5))
    play.anthropic.requests.clear()
    bot.start()
    until(lambda: len(play.anthropic.requests), patience=10)
    assert is_reading(play)


# The moments


def kill_after_requests(
    play: Stage, bot: Bot, count: int, chance: Random, *, since: int | None = None
) -> None:
    """Kill it so many requests from now, or since there were some, and a moment later."""
    before = len(play.anthropic.requests) if since is None else since
    until(lambda: len(play.anthropic.requests) >= before + count)
    wait(chance.uniform(0, 0.1))
    bot.kill()


def kill_while_sending(bot: Bot, key: str, chance: Random) -> None:
    """Kill it when a post was claimed: a moment before it is sent, or after."""
    until(lambda: [post for post in posts.by_key_prefix(TEAM, key) if post.state != "due"])
    wait(chance.uniform(0, 0.4))
    bot.kill()


def wait(seconds: float) -> None:
    """What makes a moment random."""
    time.sleep(seconds)


def make_slack_unreliable(play: Stage, chance: Random) -> None:
    """Late before a digest is sent, late with the post, or gone after it."""
    faults = play.slack.workspace.faults
    faults.clear()
    choices: tuple[Callable[[], None], ...] = (
        lambda: faults.slow("users.info", 0.3),
        lambda: faults.slow("chat.postMessage", 0.3),
        lambda: faults.cut_after("chat.postMessage"),
    )
    chance.choice(choices)()


# What goes on meanwhile


def is_reading(play: Stage) -> bool:
    """Whether history is still being read."""
    with remembered(play):
        return any(connection.first_day is None for connection in connections.every())


def make_due(subscription: Subscription, day: date) -> None:
    """Let yesterday's digest's time have come; enter an older one as `Send now` does."""
    now = datetime.now(UTC)
    with transaction():
        if day == now.date() - DAY:
            assert subscriptions.claim(subscription, next_at=now - timedelta(minutes=1))
        else:
            enter_digest(subscription, Period.day(day), now=now, patience=timedelta(0))


def show_an_estimate(key: str) -> None:
    """Let a posted digest be one that waits for its bill, which is in."""
    with transaction():
        assert PostRow.update(estimated=True).where(PostRow.key == key).execute()


def is_an_estimate(key: str) -> bool:
    """Whether a posted digest waits to be corrected."""
    return PostRow.select().where((PostRow.key == key) & PostRow.estimated).exists()


def is_being_corrected(key: str) -> bool:
    """Whether a process has claimed it."""
    return PostRow.select().where((PostRow.key == key) & (PostRow.claimed_by != "")).exists()


def restart(play: Stage, bot: Bot) -> None:
    """Start it again, and let it send what it could not."""
    bot.start()
    play.slack.workspace.faults.clear()
    until(is_everything_sent)


def is_everything_sent() -> bool:
    return posts.counts().keys() == {"sent"}


def reconnect(play: Stage, key: str, chance: Random) -> None:
    """Enter a new key, which ends the incident."""
    play.anthropic.faults.accept(key)
    opened = play.slack.command(ADMIN, "connect", channel=SPEND)
    play.slack.wait(kind="modal", user=ADMIN, after=opened.index)
    make_slack_unreliable(play, chance)
    submit_key(play, key)
