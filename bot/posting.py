"""The outbox at work: digests and alerts, each sent once.

    subscription due │ post entered │ claimed │ bill in, or waited long enough │ sent │ confirmed │ edited

A post is entered in the transaction that moves its subscription on, and claimed before it is sent. One that
was interrupted is looked for in the channel first. Where nobody can tell whether Slack has it, a digest is
not sent again; its owner is told and may decide. An alert is: better twice than never.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.calendar import covered, next_slot
from bot.channel import BARRED as TOKEN_IS_WORTHLESS
from bot.channel import Channel, Posted, SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.composing import compose
from bot.outbox import BARRED, UNCERTAIN, enter_digest, is_billed, say_nameless, tell_owner
from bot.permissions import may_receive
from bot.services import LEASE
from storage import access, posts, subscriptions
from storage.database import session, transaction
from storage.posts import Post
from storage.subscriptions import Subscription

LOOK_AGAIN = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)  # between tries while Slack does not answer
TRY_FOR = timedelta(days=1)
EDIT_FOR = timedelta(days=7)  # an estimate older than this stays as it was posted
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Postman:
    """One process's share of the outbox. `channel_of` is a team's Slack, None where it is not installed."""

    name: str
    channel_of: Callable[[str], Channel | None]
    now: Callable[[], datetime]
    lease: timedelta = LEASE

    def tick(self) -> None:
        """Enter what is due, send what was entered, edit what was estimated."""
        with session():
            for subscription in subscriptions.due(self.now()):
                self.enter(subscription)
            while post := posts.claim(self.name, now=self.now(), length=self.lease):
                self.send(post)
            for post in posts.estimated_ones(since=self.now() - EDIT_FOR):
                self.edit(post)

    def enter(self, subscription: Subscription) -> None:
        """Move a subscription to its next time and enter the post of this one; one process succeeds."""
        now, slot = self.now(), subscription.next_at
        plan = subscription.plan
        while (after := next_slot(plan, after=slot)) <= now:
            slot = after  # of the times that we slept through, the last one is told
        with transaction():
            if subscriptions.claim(subscription, next_at=after):
                enter_digest(subscription, covered(plan, slot), now=now)

    def send(self, post: Post) -> None:
        """Send one claimed post, or find out whether it was sent before."""
        channel = self.channel_of(post.team_id)
        if channel is None:
            log.warning("post %s: dropped, the app is not installed in %s", post.key, post.team_id)
            posts.drop(post, self.name)
            return
        try:
            self._send(post, channel)
        except SlackUncertain as error:
            # stays claimed: when the claim runs out, the channel will show whether it is there
            log.warning("post %s: %s; looked for in a minute", post.key, error.code)
        except SlackUnavailable as error:
            self._try_later(post, error)
        except SlackRefused as error:
            if post.kind == "alert" and error.code in TOKEN_IS_WORTHLESS:
                self._try_later(post, SlackUnavailable(error.code, retry_after=timedelta(hours=1)))
                return  # whoever is to be told can be told once the app is installed again
            log.warning("post %s: Slack will not take it: %s", post.key, error.code)
            with transaction():
                posts.drop(post, self.name)
                tell_owner(post, error.code, now=self.now())

    def _send(self, post: Post, channel: Channel) -> None:
        if post.state == "sending" and self._settled(post, channel):
            return
        if post.kind == "digest" and not may_receive(access.of_team(post.team_id), post.channel):
            log.warning("post %s: an admin decided that the channel is not told", post.key)
            with transaction():
                posts.drop(post, self.name)
                tell_owner(post, BARRED, now=self.now())
            return
        composed = compose(post, channel, now=self.now())
        if composed is None:
            posts.drop(post, self.name)
        elif composed.waits and self.now() < post.give_up_waiting_at:
            posts.put_off(post, self.name, until=self.now() + LOOK_AGAIN, failed=False)
        else:
            posted = channel.post(post.channel, composed.said, post_id=post.key)
            posts.confirm(post, self.name, sent_to=posted.channel, ts=posted.ts, estimated=composed.waits)
            if post.kind == "digest" and (name := channel.called(post.channel)):
                subscriptions.rename(post.team_id, post.channel, name)
            if composed.nameless:
                say_nameless(post, now=self.now())

    def _settled(self, post: Post, channel: Channel) -> bool:
        """Whether an interrupted post needs no sending: it is there, or nobody can tell."""
        try:
            found = channel.find(post.channel, post.key, since=post.due_at)
        except SlackUnavailable as error:  # stays claimed: only what is surely not there may become due again
            raise SlackUncertain(error.code) from error
        except SlackRefused as error:
            if post.kind == "alert":
                return False
            log.warning("post %s: cannot tell whether it was sent: %s", post.key, error.code)
            with transaction():
                posts.doubt(post, self.name)
                tell_owner(post, UNCERTAIN, now=self.now())
            return True
        if found:  # whether it went out before the bill is not known: an edit settles that
            is_digest = post.kind == "digest"
            posts.confirm(post, self.name, sent_to=found.channel, ts=found.ts, estimated=is_digest)
        return bool(found)

    def _try_later(self, post: Post, error: SlackError) -> None:
        if self.now() >= post.give_up_waiting_at + TRY_FOR:
            log.error("post %s: given up after %d tries: %s", post.key, post.attempts, error.code)
            with transaction():
                posts.drop(post, self.name)
                tell_owner(post, UNCERTAIN, now=self.now())
            return
        pause = max(error.retry_after, min(LOOK_AGAIN * (1 << min(post.attempts, 10)), LONGEST_PAUSE))
        posts.put_off(post, self.name, until=self.now() + pause, failed=True)

    def edit(self, post: Post) -> None:
        """Put the bill in the place of an estimate, once it is in."""
        channel = self.channel_of(post.team_id) if is_billed(post) else None
        try:
            composed = compose(post, channel, now=self.now()) if channel else None
        except SlackError as error:
            log.warning("post %s: stays an estimate for now: %s", post.key, error.code)
            return
        if channel is None or composed is None:
            return
        if not posts.claim_edit(post, self.name, now=self.now(), length=self.lease):
            return
        try:
            channel.edit(Posted(post.sent_to, post.ts), composed.said)
            posts.finish_edit(post, self.name, edited=True)
        except SlackRefused as error:
            log.warning("post %s: stays an estimate: %s", post.key, error.code)
            posts.finish_edit(post, self.name, edited=True)
        except SlackError:
            posts.finish_edit(post, self.name, edited=False)
