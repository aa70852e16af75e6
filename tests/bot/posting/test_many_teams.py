"""Many teams' posts at once: each team's one after the other, and nobody waits for another's Slack."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from bot.posting import outbox_worker
from bot.posting.compose import Composed
from bot.posting.outbox_worker import MAX_POSTS, OutboxWorker
from bot.slack.client import Posted
from bot.slack.users import Viewer
from digests.layout.message import Message
from storage.engine.database import session, transaction
from storage.state import posts
from storage.state.subjects import BrokenDigest
from tests.bot.conftest import NOW, Clock

SLOW, TEAMS, EACH = "T000", 30, 4
PATIENCE = 60.0  # seconds, for a machine that is busy with other things


@dataclass
class ManyTeams:
    """The Slack of every team: what each took; one of them does not answer until its gate opens."""

    gate: threading.Event = field(default_factory=threading.Event)
    others_have_theirs: threading.Event = field(default_factory=threading.Event)
    taken: Counter[str] = field(default_factory=Counter)
    under_way: Counter[str] = field(default_factory=Counter)
    most_at_once: Counter[str] = field(default_factory=Counter)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, team: str) -> None:
        with self.guard:
            self.under_way[team] += 1
            self.most_at_once[team] = max(self.most_at_once[team], self.under_way[team])

    def end(self, team: str, key: str) -> None:
        with self.guard:
            self.under_way[team] -= 1
            self.taken[key] += 1
            if sum(not each.startswith(SLOW) for each in self.taken) == (TEAMS - 1) * EACH:
                self.others_have_theirs.set()


@dataclass
class One:
    """The Slack of one team."""

    team: str
    many_teams: ManyTeams

    def person(self, user: str) -> Viewer:
        return Viewer(user, "Mina", "", "UTC", is_full_member=True, is_admin=True)

    def post(self, to: str, _message: Message, *, post_id: str, thread: str, before: Any) -> Posted:
        assert thread == ""
        self.many_teams.begin(self.team)
        before()
        if self.team == SLOW:
            assert self.many_teams.gate.wait(PATIENCE)
        self.many_teams.end(self.team, post_id)
        return Posted(to, "1.1")


@pytest.fixture
def many_teams(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ManyTeams]:
    """Posts of many teams, all due now, those of the slow one first."""
    del store
    monkeypatch.setattr(outbox_worker, "compose", lambda *_, now: Composed(Message(f"{now}", [])))
    with transaction():
        for team in (f"T{n:03}" for n in range(TEAMS)):
            for n in range(EACH):
                posts.enter(team, f"{team}:{n}", kind="alert", subject=BrokenDigest(n), channel="U1", due=NOW)
    made = ManyTeams()
    yield made
    made.gate.set()


def test_a_team_whose_slack_is_slow_delays_nobody_elses_posts(many_teams: ManyTeams) -> None:
    with ThreadPoolExecutor(MAX_POSTS) as pool:
        OutboxWorker("outbox", lambda team: One(team, many_teams), Clock(), pool=pool).tick()  # type: ignore[arg-type, return-value] # as far as alerts need it
        assert many_teams.others_have_theirs.wait(PATIENCE)
        assert many_teams.taken[f"{SLOW}:0"] == 0  # all others came while it still waited for its first
        many_teams.gate.set()
    assert set(many_teams.taken.values()) == {1}
    assert len(many_teams.taken) == TEAMS * EACH
    with session():
        assert posts.counts() == {"sent": TEAMS * EACH}


def test_the_posts_of_one_team_are_sent_one_after_the_other(many_teams: ManyTeams) -> None:
    many_teams.gate.set()
    with ThreadPoolExecutor(MAX_POSTS) as pool:
        OutboxWorker("outbox", lambda team: One(team, many_teams), Clock(), pool=pool).tick()  # type: ignore[arg-type, return-value] # as above
    assert set(many_teams.most_at_once.values()) == {1}


def test_of_several_processes_each_post_is_sent_by_one(many_teams: ManyTeams) -> None:
    many_teams.gate.set()
    with ThreadPoolExecutor(MAX_POSTS) as pool:
        for number in range(4):
            channel_of: Any = partial(One, many_teams=many_teams)
            OutboxWorker(f"{number}", channel_of, Clock(), pool=pool, max_posts=3).tick()
    assert set(many_teams.taken.values()) == {1}
