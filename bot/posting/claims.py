"""One process's hold of a post while it sends or edits it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.engine.database import session
from storage.state import posts
from storage.state.posts import Post

RECHECK_AFTER = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)  # between tries while Slack does not answer
FAULTS = 4  # mistakes of ours in a row, over some seven minutes, before a post is given up


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries that failed."""
    return min(RECHECK_AFTER * (1 << min(tries, 10)), LONGEST_PAUSE)


class ClaimLost(Exception):
    """Another process has it by now; this one steps aside."""


@dataclass
class Claim:
    """A claim to renew right before the act; `may_be_sent` once Slack may have it."""

    post: Post
    worker: str
    now: Callable[[], datetime]
    lease: timedelta
    may_be_sent: bool = False

    def renew(self) -> None:
        """Keep it for as long as the act takes. Raises ClaimLost."""
        with session():
            if not posts.renew(self.post, self.worker, now=self.now(), length=self.lease):
                raise ClaimLost
        self.may_be_sent = True
