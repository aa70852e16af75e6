"""Edit posted digests: replace an estimate, or a bill in doubt, with the final bill.

OutboxWorker._to_edit claims the edit → Corrector.edit → compose → preconditions.check → SlackClient.edit
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.posting import preconditions
from bot.posting.claims import FAULTS, LONGEST_PAUSE, Claim, ClaimLost, pause_after
from bot.posting.compose import Compose
from bot.posting.outbox import is_settled, notify_owner, pause_and_notify_owner
from bot.posting.preconditions import Objection, Withheld
from bot.slack import errors
from bot.slack.client import Posted, SlackClient, SlackError, SlackRefused, SlackUnavailable
from storage.engine.database import StorageUnavailable, session, transaction
from storage.state import posts, subscriptions
from storage.state.pauses import FAULT
from storage.state.posts import Post

EDIT_FOR = timedelta(days=7)  # bills are final by then, and nobody reads a digest that old
log = logging.getLogger(__name__)


def can_be_corrected(post: Post) -> bool:
    """Say whether the bill is complete and settled; after a bug say yes, so that the edit counts it."""
    try:
        return is_settled(post)
    except StorageUnavailable:
        raise
    except Exception:  # noqa: BLE001 - logged when the edit meets it
        return True


@dataclass(frozen=True)
class Corrector:
    """Edits the posts that its process claimed."""

    name: str
    slack_of: Callable[[str], SlackClient | None]
    now: Callable[[], datetime]
    lease: timedelta
    compose: Compose

    def edit(self, post: Post) -> None:
        """Edit one claimed post; an error concerns no other post."""
        try:
            self._edit(post)
        except ClaimLost:
            log.info("post %s: another process has claimed the correction", post.key)
        except SlackRefused as error:
            self._leave_estimate(post, error.code)
        except SlackError as error:
            log.warning("post %s: not corrected yet: %s; we try again", post.key, error.code)
            self._put_off(post, _pause_after(error, post.attempts))
        except Withheld as error:
            self._resolve(post, error.objection)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("post %s: a bug in its correction", post.key)
            self._count_fault(post)

    def _edit(self, post: Post) -> None:
        claim = Claim(post, self.name, self.now, self.lease)
        channel = self.slack_of(post.team_id)
        composed = self.compose(post, channel, now=self.now()) if channel else None
        if channel is None or composed is None or not composed.is_final:
            self._put_off(post, LONGEST_PAUSE)
            return

        def recheck() -> None:
            if not claim.may_be_sent:
                preconditions.check(post, channel, composed.terms)
            claim.renew()

        channel.edit(Posted(post.sent_to, post.ts), composed.message, before=recheck)
        with session():
            posts.finish_edit(post, self.name, edited=True)

    def _put_off(self, post: Post, pause: timedelta, *, is_fault: bool = False) -> None:
        with session():
            posts.put_off_edit(post, self.name, until=self.now() + pause, is_fault=is_fault)

    def _leave_estimate(self, post: Post, code: str) -> None:
        """Leave an estimate that cannot be edited, and tell its owner."""
        log.warning("post %s: stays an estimate: %s", post.key, code)
        with transaction():
            posts.finish_edit(post, self.name, edited=True)
            if code != errors.GONE_MESSAGE:
                notify_owner(post, "uncorrected", code, now=self.now())

    def _resolve(self, post: Post, objection: Objection) -> None:
        """Apply the remedy of an objection; a channel with other readers now is left to the owner."""
        if objection.remedy == "anew":
            self._put_off(post, timedelta())
        elif objection.remedy == "hold":
            with transaction():
                subscription = subscriptions.of_post(post)
                posts.put_off_edit(post, self.name, until=self.now() + LONGEST_PAUSE, is_fault=False)
                if subscription and not subscription.paused:
                    pause_and_notify_owner(post, objection.reason, now=self.now())
        elif objection.reason == errors.ARCHIVED:
            self._leave_estimate(post, objection.reason)
        else:
            log.warning("post %s: stays an estimate: %s", post.key, objection.reason)
            with session():
                posts.finish_edit(post, self.name, edited=True)

    def _count_fault(self, post: Post) -> None:
        if post.faults + 1 >= FAULTS:
            self._leave_estimate(post, FAULT)
        else:
            self._put_off(post, pause_after(post.faults), is_fault=True)


def _pause_after(error: SlackError, tries: int) -> timedelta:
    """Return the pause: Slack's own, or doubled at each try; the first lost call is retried at once."""
    retry_after = error.retry_after if isinstance(error, SlackUnavailable) else timedelta()
    return max(retry_after, pause_after(tries - 1) if tries else timedelta())
