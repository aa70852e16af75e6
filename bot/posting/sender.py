"""Send one claimed post, and handle every way in which that can end.

    _is_settled (was it sent already?) → compose → preconditions.check → Claim.renew → post → _confirm
     ├ SlackUnavailable ── Slack does not have it: due again with growing pauses, for a day
     ├ SlackRefused ────── Slack will never accept it: a digest is paused, an alert is escalated
     ├ SlackUncertain ──── unknown: stays claimed until it can be looked for, else a person is asked
     ├ Withheld ────────── a precondition fails: held, moved, stopped or dropped (preconditions.py)
     └ a bug ───────────── tried a few times, then somebody is told

outcomes.py has the details. While it is unknown whether Slack has it, a digest is not sent again: its owner
decides. An alert is sent again: better twice than never.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.posting import preconditions
from bot.posting.claims import RECHECK_AFTER, Claim, ClaimLost
from bot.posting.compose import Compose, Composed
from bot.posting.outbox import enter_tables, notify_names_hidden
from bot.posting.outcomes import Outcomes, record_trouble
from bot.posting.preconditions import Withheld
from bot.posting.recipients import Escalation, Unreachable, recipient
from bot.slack import errors
from bot.slack.client import Posted, SlackClient, SlackRefused, SlackUnavailable, SlackUncertain
from storage.engine.database import StorageUnavailable, session, transaction
from storage.state import posts
from storage.state.posts import Post

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """Sends the posts that its process claimed."""

    name: str
    slack_of: Callable[[str], SlackClient | None]
    now: Callable[[], datetime]
    lease: timedelta
    compose: Compose
    admins: frozenset[str] = frozenset()

    @property
    def outcomes(self) -> Outcomes:
        """The handlers of posts that could not be sent."""
        return Outcomes(self.name, self.now)

    def send(self, post: Post) -> None:
        """Send one claimed post, or find out whether it was sent before."""
        claim = Claim(post, self.name, self.now, self.lease)
        try:
            self._send(post, claim)
        except ClaimLost:
            log.info("post %s: another process has claimed it", post.key)
        except SlackUncertain as error:
            # stays claimed: when the claim expires, the channel shows whether the post is there
            log.warning(
                "post %s: unclear whether Slack has it: %s; we look for it in a minute", post.key, error.code
            )
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
            log.exception("post %s: a bug while sending it", post.key)
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
        self._check_early(post)
        composed = self.compose(post, channel, now=self.now())
        if composed is None:
            with session():
                posts.drop(post, self.name)
        elif composed.waits_for_bill and self.now() < post.give_up_waiting_at:
            with session():
                posts.put_off(post, self.name, until=self.now() + RECHECK_AFTER, failed=False)
        elif composed.too_little is not None:
            self.outcomes.skip(post, composed.too_little, is_final=composed.is_final)
        else:
            self._post(post, channel, composed, claim)

    def _check_early(self, post: Post) -> None:
        """Raise Withheld before composing, so that a digest nobody wants does not wait for its bill."""
        with session():
            refusal = preconditions.objection(post, None)
        if refusal:
            raise Withheld(refusal)

    def _post(self, post: Post, channel: SlackClient, composed: Composed, claim: Claim) -> None:
        def recheck() -> None:
            if not claim.may_be_sent:  # else it is another form of the same message, checked a moment ago
                preconditions.check(post, channel, composed.terms)
            claim.renew()

        posted = channel.post(
            post.channel, composed.message, post_id=post.key, thread=composed.thread, before=recheck
        )
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
        enter_tables(post, now=self.now())

    def _is_settled(self, post: Post, channel: SlackClient) -> bool:
        """Say whether an interrupted post must not be sent again: it was sent, or it is unknown."""
        try:
            posted = self._find(post, channel)
        except (
            SlackUnavailable
        ) as error:  # stays claimed: only a post that is surely missing becomes due again
            raise SlackUncertain(error.code) from error
        except SlackRefused as error:
            if post.kind == "alert":
                return False
            if error.code == errors.GONE_THREAD:
                self.outcomes.refused(post, error.code)
                return True
            log.warning(
                "post %s: cannot find out whether it was sent: %s; we ask its owner", post.key, error.code
            )
            self.outcomes.ask_owner(post)
            return True
        if posted:  # unknown whether it was an estimate: an edit settles that
            with transaction():
                self._confirm(post, posted, estimated=post.kind == "digest")
        return bool(posted) or self.outcomes.give_up_if_fatal(post)

    def _find(self, post: Post, channel: SlackClient) -> Posted | None:
        with session():
            parent = posts.parent_of(post) if post.is_reply else None
        thread = parent.ts if parent else ""
        return (
            channel.find(post.channel, post.key, since=post.due_at, thread=thread) if post.channel else None
        )

    def _refused(self, post: Post, error: SlackRefused) -> None:
        if post.kind == "digest":
            self.outcomes.refused(post, error.code)
        elif error.code in errors.TOKEN_WORTHLESS:
            # the recipient can be reached once the app is installed again; an hour is soon enough
            self.outcomes.try_later(post, SlackUnavailable(error.code, retry_after=timedelta(hours=1)))
        else:
            self._escalate(post, error.code)

    def _escalate(self, post: Post, why: str) -> None:
        Escalation(self.name, self.now, self.admins).escalate(post, self.slack_of(post.team_id), why)
