"""One `web` and two `worker` processes on one PostgreSQL: they share the work, and nothing is done twice."""

import os
from collections import Counter
from urllib.parse import parse_qs

import pytest

from demo.slack.people import FINANCE, GENERAL, MEMBER, SPEND
from demo.stage import Bot, Stage
from providers.period import DAY
from storage.state import connections
from tests.end_to_end.acts import (
    ask,
    assert_books_agree,
    connect,
    finished_days,
    history_is_in,
    post_digest_now,
    posts_in,
    remembered,
    set_up_digest,
    until,
)

pytestmark = [
    pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="there is no PostgreSQL"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
CHANNELS = (SPEND, GENERAL, FINANCE)


def test_every_window_is_asked_once_and_every_digest_posted_once(play: Stage) -> None:
    web_and_workers(play)
    play.anthropic.faults.latency(0.2)
    connect(play)
    until(lambda: "Claude cost Acme" in ask(play, "cost today utc", who=MEMBER).words)
    assert "Importing" in ask(play, "status", who=MEMBER).words
    play.anthropic.faults.clear()
    history_is_in(play)
    confirmations = [set_up_digest(play, channel) for channel in CHANNELS]
    for confirmed in confirmations:
        post_digest_now(play, confirmed)
    until(lambda: all(posts_in(play, channel) for channel in CHANNELS))
    assert [len(posts_in(play, channel)) for channel in CHANNELS] == [1, 1, 1]
    assert set(history_calls(play).values()) == {1}
    assert_books_agree(play)


def test_when_one_worker_is_killed_the_other_takes_over(play: Stage) -> None:
    workers = web_and_workers(play, program="tests.end_to_end.short_waits")
    play.anthropic.faults.latency(0.1)
    connect(play)
    until(lambda: len(history_calls(play)) > 20)
    at_work(play, workers).kill()
    play.anthropic.faults.clear()
    history_is_in(play)
    assert_books_agree(play)


def web_and_workers(play: Stage, program: str = "bot") -> list[Bot]:
    """The Procfile's two lines, the second one twice."""
    play.type("migrate")
    workers = [play.bot("worker", program=program) for _ in range(2)]
    play.bot("web", program=program)
    return workers


def at_work(play: Stage, workers: list[Bot]) -> Bot:
    """The worker that has the connection's turn."""
    with remembered(play):
        (holder,) = connections.holders()
    return next(w for w in workers if w.process and holder.split(":")[1] == str(w.process.pid))


def history_calls(play: Stage) -> Counter[str]:
    """How often each page of history was asked for; the latest days are asked for again and again anyway."""
    recent = (finished_days(play).end - 4 * DAY).isoformat()
    calls = (request for request in play.anthropic.requests if "starting_at" in request.query)
    return Counter(
        f"{call.path}?{call.query}" for call in calls if parse_qs(call.query)["starting_at"][0] < recent
    )
