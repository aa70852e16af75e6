"""Sending one claimed post, whatever becomes of it.

    interrupted? looked for in its channel │ composed │ looked at again, claim renewed │ sent │ confirmed
     ├ Slack does not have it, try later ── due again, ever later, for a day
     ├ Slack will never take it ─────────── a digest is paused and its owner told; an alert is passed on
     ├ nobody can tell ──────────────────── claimed until it can be looked for; else a person is asked
     ├ not as things are now ────────────── held, moved, stopped or dropped (grounds.py)
     └ a mistake of ours ────────────────── tried a few times, then somebody is told

Where nobody can tell whether Slack has it, a digest is not sent again; its owner is told and may decide. An
alert is: better twice than never.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import grounds
from bot.channel import BARRED as TOKEN_IS_WORTHLESS
from bot.channel import Channel, Posted, SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.claims import FAULTS, LOOK_AGAIN, Claim, ClaimLost, pause_after
from bot.composing import Compose, Composed
from bot.grounds import Objection, Withheld
from bot.outbox import (
    FAULT,
    UNCERTAIN,
    UNCONNECTED,
    is_by_hand,
    say_nameless,
    say_unconnected,
    stop,
    subscription_of,
    tell_owner,
)
from bot.recipients import NextInLine, Unreachable, recipient
from storage import posts, subscriptions
from storage.database import StorageUnavailable, session, transaction
from storage.posts import Post

TRY_FOR = timedelta(days=1)
INTERRUPTIONS = 20  # ends of its sender: what ends each process that composes it must not go on for ever
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """Sends what its process claimed."""

    name: str
    channel_of: Callable[[str], Channel | None]
    now: Callable[[], datetime]
    lease: timedelta
    compose: Compose
    admins: frozenset[str] = frozenset()

    def send(self, post: Post) -> None:
        """Send one claimed post, or find out whether it was sent before."""
        claim = Claim(post, self.name, self.now, self.lease)
        try:
            self._send(post, claim)
        except ClaimLost:
            log.info("post %s: another process has it by now", post.key)
        except SlackUncertain as error:
            # stays claimed: when the claim runs out, the channel will show whether it is there
            log.warning("post %s: %s; looked for in a minute", post.key, error.code)
        except SlackUnavailable as error:
            self._try_later(post, error)
        except SlackRefused as error:
            self._refused(post, error)
        except Unreachable as error:
            self._next_in_line().pass_on(post, self.channel_of(post.team_id), str(error))
        except Withheld as error:
            self._withhold(post, error.objection)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("post %s: a fault of ours", post.key)
            self._stumble(post, claim)

    def _send(self, post: Post, claim: Claim) -> None:
        channel = self.channel_of(post.team_id)
        if channel is None:
            log.warning("post %s: dropped, the app is not installed in %s", post.key, post.team_id)
            with session():
                posts.drop(post, self.name)
            return
        if post.state == "sending" and self._is_settled(post, channel):
            return
        if post.kind == "alert":
            recipient(post, channel)
        self._object_early(post)
        composed = self.compose(post, channel, now=self.now())
        if composed is None:
            with session():
                posts.drop(post, self.name)
        elif composed.waits and self.now() < post.give_up_waiting_at:
            with session():
                posts.put_off(post, self.name, until=self.now() + LOOK_AGAIN, failed=False)
        else:
            self._post(post, channel, composed, claim)

    def _object_early(self, post: Post) -> None:
        """Compose nothing that would not be sent, and let nothing wait for its bill that nobody wants."""
        with session():
            found = grounds.objection(post, None)
        if found:
            raise Withheld(found)

    def _post(self, post: Post, channel: Channel, composed: Composed, claim: Claim) -> None:
        def look_again() -> None:
            if not claim.is_out:  # another form of the same message: it was looked at a moment ago
                grounds.check(post, channel, composed.terms)
            claim.renew()

        posted = channel.post(post.channel, composed.said, post_id=post.key, before=look_again)
        with transaction():
            self._confirm(post, posted, estimated=not composed.is_final)
            posts.note_told(composed.untold)
            if composed.nameless:
                say_nameless(post, now=self.now())

    def _confirm(self, post: Post, posted: Posted, *, estimated: bool) -> None:
        place = {"sent_to": posted.channel, "ts": posted.ts}
        if not posts.confirm(post, self.name, **place, estimated=estimated):
            posts.attest(post, **place, estimated=estimated)
        self._note(post, "")

    def _is_settled(self, post: Post, channel: Channel) -> bool:
        """Whether an interrupted post needs no sending: it is there, or nobody can tell."""
        try:
            found = channel.find(post.channel, post.key, since=post.due_at) if post.channel else None
        except SlackUnavailable as error:  # stays claimed: only what is surely not there may become due again
            raise SlackUncertain(error.code) from error
        except SlackRefused as error:
            if post.kind == "alert":
                return False
            log.warning("post %s: cannot tell whether it was sent: %s", post.key, error.code)
            self._ask(post)
            return True
        if found:  # whether it went out before the bill is not known: an edit settles that
            with transaction():
                self._confirm(post, found, estimated=post.kind == "digest")
        return bool(found) or self._ends_its_senders(post)

    def _ends_its_senders(self, post: Post) -> bool:
        """Give up a post whose senders end each time."""
        if post.faults > INTERRUPTIONS:
            log.error("post %s: given up, %d senders of it ended", post.key, post.faults)
            self._give_up(post)
        return post.faults > INTERRUPTIONS

    def _ask(self, post: Post) -> None:
        """Let a person say whether it is there."""
        with transaction():
            posts.doubt(post, self.name)
            self._note(post, UNCERTAIN)
            tell_owner(post, UNCERTAIN, UNCERTAIN, now=self.now())

    def _note(self, post: Post, why: str) -> None:
        subscription = subscription_of(post)
        if subscription:
            subscriptions.note_trouble(subscription.id, why)

    def _try_later(self, post: Post, error: SlackError) -> None:
        if self.now() >= post.give_up_waiting_at + TRY_FOR:
            log.error("post %s: given up after %d tries: %s", post.key, post.attempts, error.code)
            self._no_longer(post)
            return
        pause = max(error.retry_after, pause_after(post.attempts))
        with session():
            posts.put_off(post, self.name, until=self.now() + pause, failed=True)

    def _no_longer(self, post: Post) -> None:
        """Slack took it at no time; its owner may have it sent all the same."""
        with transaction():
            if post.kind == "alert":
                posts.leave_untold(post, self.name)
                return
            posts.drop(post, self.name)
            self._note(post, UNCERTAIN)
            tell_owner(post, UNCERTAIN, UNCERTAIN, now=self.now())

    def _refused(self, post: Post, error: SlackRefused) -> None:
        if post.kind == "alert" and error.code in TOKEN_IS_WORTHLESS:
            # whoever is to be told can be told once the app is installed again
            self._try_later(post, SlackUnavailable(error.code, retry_after=timedelta(hours=1)))
            return
        log.warning("post %s: Slack will not take it: %s", post.key, error.code)
        if post.kind == "alert":
            self._next_in_line().pass_on(post, self.channel_of(post.team_id), error.code)
            return
        with transaction():
            posts.drop(post, self.name)
            stop(post, error.code, now=self.now())

    def _next_in_line(self) -> NextInLine:
        return NextInLine(self.name, self.now, self.admins)

    def _withhold(self, post: Post, objection: Objection) -> None:
        """Do with a digest what must be done as things are now."""
        log.warning("post %s: not sent: %s", post.key, objection.reason)
        now = self.now()
        with transaction():
            subscription = subscription_of(post)
            if objection.remedy == "anew":
                posts.put_off(post, self.name, until=now, failed=False)
            elif objection.remedy == "move":
                posts.move(post, self.name, channel=objection.reason, now=now)
            elif objection.remedy == "hold":
                posts.hold(post, self.name)
                if subscription and (not subscription.paused or is_by_hand(post)):
                    stop(post, objection.reason, now=now)
            else:
                posts.drop(post, self.name)
                if objection.remedy == "stop":
                    stop(post, objection.reason, now=now)
                elif objection.reason == UNCONNECTED:
                    self._note(post, UNCONNECTED)
                    say_unconnected(post, now=now)

    def _stumble(self, post: Post, claim: Claim) -> None:
        """Count a mistake of ours; after some, give the post up and tell somebody."""
        if post.faults + 1 >= FAULTS:
            log.error("post %s: given up after %d tries", post.key, post.faults + 1)
            self._give_up(post, is_out=claim.is_out)
            return
        until = self.now() + pause_after(post.faults)
        with session():
            if claim.is_out:
                posts.suspend(post, self.name, until=until)
            else:
                posts.fail(post, self.name, until=until)

    def _give_up(self, post: Post, *, is_out: bool = False) -> None:
        if post.kind == "alert":
            with session():
                posts.leave_untold(post, self.name)
        elif is_out:
            self._ask(post)
        else:
            with transaction():
                posts.drop(post, self.name)
                self._note(post, FAULT)
                tell_owner(post, FAULT, now=self.now())
