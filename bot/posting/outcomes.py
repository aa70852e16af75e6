"""The outcomes of a post that could not be sent: put off, held or given up, and whom to notify.

Nothing happens, and nobody is notified, if another process has claimed the post.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.posting.claims import FAULTS, LONGEST_PAUSE, pause_after
from bot.posting.outbox import notify_organization_disconnected, notify_owner, pause_and_notify_owner
from bot.posting.preconditions import Objection
from bot.slack import errors
from bot.slack.client import SlackError
from storage.engine.database import session, transaction
from storage.state import posts, subscriptions
from storage.state.pauses import FAULT, UNCERTAIN, UNCONNECTED, UNSENT
from storage.state.posts import Post
from storage.state.subjects import Problem

TRY_FOR = timedelta(days=1)  # a choice: the next daily digest is due then, and has later figures
INTERRUPTIONS = 20  # processes that ended while sending it: a choice, above the restarts of a bad day
log = logging.getLogger(__name__)


def record_trouble(post: Post, why: str) -> None:
    """Record at its digest why a post was not sent, "" if it was; its tables are no trouble of the digest."""
    subscription = subscriptions.of_post(post)
    if subscription and not post.is_reply:
        subscriptions.note_trouble(subscription.id, why)


@dataclass(frozen=True)
class Outcomes:
    """Ends the claims of one process."""

    worker: str
    now: Callable[[], datetime]

    def try_later(self, post: Post, error: SlackError) -> None:
        """Slack does not have it now; a day later it is given up."""
        if self.now() >= post.give_up_waiting_at + TRY_FOR:
            log.error("post %s: given up after %d tries: %s", post.key, post.attempts, error.code)
            self._give_up(post, UNSENT, error.code)
            return
        until = self.now() + max(error.retry_after, pause_after(post.attempts))
        log.warning("post %s: not sent: %s; we try again at %s", post.key, error.code, until)
        with session():
            posts.put_off(post, self.worker, until=until, failed=True)

    def skip(self, post: Post, cost: Decimal, *, is_final: bool) -> None:
        """Do not post a digest whose days cost too little; look again for a day if the bill may say more."""
        if not is_final and self.now() < post.give_up_waiting_at + TRY_FOR:
            with session():
                posts.put_off(post, self.worker, until=self.now() + LONGEST_PAUSE, failed=False)
            return
        log.info("post %s: not sent: its days cost no more than the minimum of its digest", post.key)
        with transaction():
            subscription = subscriptions.of_post(post)
            if posts.drop(post, self.worker) and subscription:
                subscriptions.note_skipped(subscription.id, post.days, cost)

    def refused(self, post: Post, code: str) -> None:
        """Pause a digest that Slack will never accept, and tell its owner. Drop tables without a thread."""
        if code == errors.GONE_THREAD:
            log.info("post %s: the message of its thread was deleted", post.key)
            with session():
                posts.drop(post, self.worker)
            return
        log.warning("post %s: Slack refuses it: %s; we pause its digest and notify the owner", post.key, code)
        with transaction():
            if posts.drop(post, self.worker):
                pause_and_notify_owner(post, code, now=self.now())

    def ask_owner(self, post: Post) -> None:
        """Ask the owner to look, because it is unknown whether Slack has the post."""
        with transaction():
            if posts.mark_uncertain(post, self.worker):
                self._notify(post, UNCERTAIN, UNCERTAIN)

    def count_fault(self, post: Post, *, may_be_sent: bool) -> None:
        """Count a bug and put the post off; after FAULTS of them give it up, or ask if it `may_be_sent`."""
        until = self.now() + pause_after(post.faults)
        if post.faults + 1 >= FAULTS:
            log.error("post %s: given up after %d tries", post.key, post.faults + 1)
            self._give_up_or_ask(post, may_be_sent=may_be_sent)
        elif may_be_sent:
            with session():
                posts.suspend(post, self.worker, until=until)
        else:
            with session():
                posts.fail(post, self.worker, until=until)

    def give_up_if_fatal(self, post: Post) -> bool:
        """Give up a post whose senders crash each time; return True if so."""
        if post.faults > INTERRUPTIONS:
            log.error("post %s: given up: %d processes ended while sending it", post.key, post.faults)
            self._give_up(post, FAULT)
        return post.faults > INTERRUPTIONS

    def resolve(self, post: Post, objection: Objection) -> None:
        """Apply the remedy of an objection to a digest."""
        log.warning("post %s: not sent: %s", post.key, objection.reason)
        with transaction():
            if objection.remedy == "anew":
                posts.put_off(post, self.worker, until=self.now(), failed=False)
            elif objection.remedy == "move":
                posts.move(post, self.worker, channel=objection.reason, now=self.now())
            elif objection.remedy == "hold":
                self._hold(post, objection.reason)
            else:
                self._drop(post, objection)

    def _hold(self, post: Post, why: str) -> None:
        """Hold a post until its owner decides; ask them unless an earlier post already did."""
        subscription = subscriptions.of_post(post)
        is_news = subscription is not None and (not subscription.paused or post.is_manual)
        if posts.hold(post, self.worker) and is_news:
            pause_and_notify_owner(post, why, now=self.now())

    def _drop(self, post: Post, objection: Objection) -> None:
        if not posts.drop(post, self.worker):
            return
        if objection.remedy == "stop":
            pause_and_notify_owner(post, objection.reason, now=self.now())
        elif objection.reason == UNCONNECTED:
            record_trouble(post, UNCONNECTED)
            notify_organization_disconnected(post, now=self.now())

    def _give_up_or_ask(self, post: Post, *, may_be_sent: bool) -> None:
        if may_be_sent and post.kind == "digest":
            self.ask_owner(post)
        else:
            self._give_up(post, FAULT)

    def _give_up(self, post: Post, why: Problem, detail: str = "") -> None:
        """Drop a digest and tell its owner; mark an alert undeliverable, for the next digest to mention."""
        with transaction():
            if post.kind == "alert":
                posts.mark_undeliverable(post, self.worker)
            elif posts.drop(post, self.worker):
                self._notify(post, why, detail)

    def _notify(self, post: Post, why: Problem, detail: str) -> None:
        record_trouble(post, why)
        notify_owner(post, why, detail, now=self.now())
