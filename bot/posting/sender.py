"""Sending one claimed post, whatever becomes of it.

    interrupted? looked for in its channel │ composed │ looked at again, claim renewed │ sent │ confirmed
     ├ Slack does not have it, try later ── due again, ever later, for a day
     ├ Slack will never take it ─────────── a digest is paused and its owner told; an alert is passed on
     ├ nobody can tell ──────────────────── claimed until it can be looked for; else a person is asked
     ├ not as things are now ────────────── held, moved, stopped or dropped (preconditions.py)
     └ a mistake of ours ────────────────── tried a few times, then somebody is told

What becomes of it is in outcomes.py. Where nobody can tell whether Slack has it, a digest is not sent
again; its owner is told and may decide. An alert is: better twice than never.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.posting import preconditions
from bot.posting.claims import RECHECK_AFTER, Claim, ClaimLost
from bot.posting.compose import Compose, Composed
from bot.posting.outbox import notify_names_hidden
from bot.posting.outcomes import Outcomes, record_trouble
from bot.posting.preconditions import Withheld
from bot.posting.recipients import Escalation, Unreachable, recipient
from bot.slack.client import BARRED as TOKEN_IS_WORTHLESS
from bot.slack.client import Posted, SlackClient, SlackRefused, SlackUnavailable, SlackUncertain
from storage.engine.database import StorageUnavailable, session, transaction
from storage.state import posts
from storage.state.posts import Post

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """Sends what its process claimed."""

    name: str
    slack_of: Callable[[str], SlackClient | None]
    now: Callable[[], datetime]
    lease: timedelta
    compose: Compose
    admins: frozenset[str] = frozenset()

    @property
    def outcomes(self) -> Outcomes:
        """What becomes of what could not be sent."""
        return Outcomes(self.name, self.now)

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
            self.outcomes.try_later(post, error)
        except SlackRefused as error:
            self._refused(post, error)
        except Unreachable as error:
            self._escalate(post, str(error))
        except Withheld as error:
            self.outcomes.resolve(post, error.objection)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("post %s: a fault of ours", post.key)
            self.outcomes.count_fault(post, may_be_sent=claim.may_be_sent)

    def _send(self, post: Post, claim: Claim) -> None:
        channel = self.slack_of(post.team_id)
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
        elif composed.waits_for_bill and self.now() < post.give_up_waiting_at:
            with session():
                posts.put_off(post, self.name, until=self.now() + RECHECK_AFTER, failed=False)
        else:
            self._post(post, channel, composed, claim)

    def _object_early(self, post: Post) -> None:
        """Compose nothing that would not be sent, and let nothing wait for its bill that nobody wants."""
        with session():
            found = preconditions.objection(post, None)
        if found:
            raise Withheld(found)

    def _post(self, post: Post, channel: SlackClient, composed: Composed, claim: Claim) -> None:
        def recheck() -> None:
            if not claim.may_be_sent:  # another form of the same message: it was looked at a moment ago
                preconditions.check(post, channel, composed.terms)
            claim.renew()

        posted = channel.post(post.channel, composed.message, post_id=post.key, before=recheck)
        with transaction():
            self._confirm(post, posted, estimated=not composed.is_final)
            posts.mark_read(composed.undelivered)
            if composed.nameless:
                notify_names_hidden(post, now=self.now())

    def _confirm(self, post: Post, posted: Posted, *, estimated: bool) -> None:
        place = {"sent_to": posted.channel, "ts": posted.ts}
        if not posts.confirm(post, self.name, **place, estimated=estimated):
            posts.attest(post, **place, estimated=estimated)
        record_trouble(post, "")

    def _is_settled(self, post: Post, channel: SlackClient) -> bool:
        """Whether an interrupted post needs no sending: it is there, or nobody can tell."""
        try:
            found = channel.find(post.channel, post.key, since=post.due_at) if post.channel else None
        except SlackUnavailable as error:  # stays claimed: only what is surely not there may become due again
            raise SlackUncertain(error.code) from error
        except SlackRefused as error:
            if post.kind == "alert":
                return False
            log.warning("post %s: cannot tell whether it was sent: %s", post.key, error.code)
            self.outcomes.ask_owner(post)
            return True
        if found:  # whether it went out before the bill is not known: an edit settles that
            with transaction():
                self._confirm(post, found, estimated=post.kind == "digest")
        return bool(found) or self.outcomes.give_up_if_fatal(post)

    def _refused(self, post: Post, error: SlackRefused) -> None:
        if post.kind == "digest":
            self.outcomes.refused(post, error.code)
        elif error.code in TOKEN_IS_WORTHLESS:
            # whoever is to be told can be told once the app is installed again
            self.outcomes.try_later(post, SlackUnavailable(error.code, retry_after=timedelta(hours=1)))
        else:
            self._escalate(post, error.code)

    def _escalate(self, post: Post, why: str) -> None:
        Escalation(self.name, self.now, self.admins).escalate(post, self.slack_of(post.team_id), why)
