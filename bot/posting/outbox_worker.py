"""Empty the outbox: send digests and alerts, each exactly once.

    enter (subscription due) → posts.claim → Sender.send: compose, wait for the bill, recheck, send, confirm
                             → posts.claim_edit → Corrector.edit, once the bill is final

A post is entered in the transaction that moves its subscription to the next time, and claimed before it is
sent (sender.py). A team's posts are sent one after the other, those of different teams in parallel, so a slow
Slack workspace delays only itself.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.posting.calendar import covered, next_slot
from bot.posting.compose import Composed, compose
from bot.posting.corrector import EDIT_FOR, Corrector, can_be_corrected
from bot.posting.outbox import enter_digest, pause_broken
from bot.posting.sender import Sender
from bot.services import LEASE
from bot.slack.client import SlackClient
from storage.engine.database import StorageUnavailable, is_sqlite, session, transaction
from storage.state import access, posts, subscriptions
from storage.state.posts import Post
from storage.state.subscriptions import Subscription

MAX_POSTS = 12  # at a time, of as many teams: threads mostly wait for Slack
_BATCH = 200  # digests entered in a tick, before the first of them is sent; the rest follow a second later
log = logging.getLogger(__name__)

Task = tuple[Post, Callable[[Post], None]]


@dataclass
class OutboxWorker:
    """Sends and edits the posts that this process claims.

    `slack_of` returns a team's Slack, None if it is not installed; a SlackError from it puts the post off.
    `pool` sends in parallel; without it everything is sent before `tick` returns. `admins` receive alerts
    that reach nobody else.
    """

    name: str
    slack_of: Callable[[str], SlackClient | None]
    now: Callable[[], datetime]
    lease: timedelta = LEASE
    pool: Executor | None = None
    admins: frozenset[str] = frozenset()
    max_posts: int = MAX_POSTS
    _busy: set[str] = field(default_factory=set)  # teams
    _edits: deque[Post] = field(default_factory=deque)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        shared = (self.name, self.slack_of, self.now, self.lease, self._compose)
        self._sender, self._corrector = Sender(*shared, self.admins), Corrector(*shared)

    def tick(self) -> None:
        """Enter due digests, send entered posts, edit estimates whose bill is final."""
        with _one_connection():
            with session():
                for subscription in subscriptions.due(self.now(), limit=_BATCH):
                    self._enter_safely(subscription)
            self._start_tasks()
            self._find_edits()
            self._start_tasks()

    def _start_tasks(self) -> None:
        while task := self._next_task():
            self._start(task)

    def _find_edits(self) -> None:
        now = self.now()
        with session():
            estimated = posts.needing_correction(since=now - EDIT_FOR, free_at=now)
            billed = deque(post for post in estimated if can_be_corrected(post))
        with self._guard:
            self._edits = billed

    def _enter_safely(self, subscription: Subscription) -> None:
        """Enter the post of a due digest; a bug pauses that digest alone."""
        try:
            self.enter(subscription)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("digest %d: its next time cannot be computed; it is paused", subscription.id)
            with transaction():
                pause_broken(subscription, now=self.now())

    def stop_claiming(self) -> None:
        """Claim no more posts."""
        self.max_posts = 0

    @property
    def is_busy(self) -> bool:
        """Say whether a post is being claimed, sent or edited; wait for nothing."""
        if not self._guard.acquire(blocking=False):
            return True
        try:
            return bool(self._busy)
        finally:
            self._guard.release()

    def enter(self, subscription: Subscription) -> None:
        """Move a subscription to its next time and enter this one's post; only one process succeeds."""
        now, slot = self.now(), subscription.next_at
        plan = subscription.plan
        while (after := next_slot(plan, after=slot)) <= now:
            slot = after  # of the times missed while no process ran, only the last gets a digest
        with transaction():
            if subscriptions.claim(subscription, next_at=after):
                calendar = access.of_team(subscription.team_id).calendar
                enter_digest(subscription, covered(plan, slot, calendar), now=now)

    def _compose(self, post: Post, channel: SlackClient, *, now: datetime) -> Composed | None:
        return compose(post, channel, now=now)

    def _start(self, task: Task) -> None:
        if self.pool is None:
            self._run(task)
        else:
            self.pool.submit(self._run_and_take_next, task)

    def _run_and_take_next(self, task: Task | None) -> None:
        """Run tasks until there are none left, without waiting for a tick."""
        while task:
            self._run(task)
            try:
                task = self._next_task()
            except StorageUnavailable:
                return  # the next tick takes it, or logs the outage

    def _run(self, task: Task) -> None:
        post, act = task
        try:
            with _one_connection():
                act(post)
        except StorageUnavailable as error:
            log.warning("post %s: %s; we continue when its claim expires", post.key, error)
        except Exception:
            log.exception("post %s: stopped by a bug; we continue in a minute", post.key)
        finally:
            with self._guard:
                self._busy.discard(post.team_id)

    def _next_task(self) -> Task | None:
        """Claim the next post of a team without one in progress, if there is room."""
        with self._guard:
            if len(self._busy) >= self.max_posts:
                return None
            with session():
                task = self._to_send() or self._to_edit()
            if task:
                self._busy.add(task[0].team_id)
            return task

    def _to_send(self) -> Task | None:
        post = posts.claim(self.name, now=self.now(), length=self.lease, busy=self._busy)
        return (post, self._sender.send) if post else None

    def _to_edit(self) -> Task | None:
        for post in list(self._edits):
            if post.team_id in self._busy:
                continue
            self._edits.remove(post)
            if posts.claim_edit(post, self.name, now=self.now(), length=self.lease):
                return post, self._corrector.edit
        return None


def _one_connection() -> AbstractContextManager[None]:
    """Hold one database connection for a whole task on SQLite, where closing the last one is slow.

    On PostgreSQL each step takes one from the pool, so that none is held while Slack answers.
    """
    return session() if is_sqlite() else nullcontext()
