"""A process's claim on a post while it sends or edits it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.engine.database import session
from storage.state import posts
from storage.state.posts import Post

RECHECK_AFTER = timedelta(minutes=1)  # a digest waits for its bill in steps of a minute; retries start there
LONGEST_PAUSE = timedelta(minutes=15)  # between tries; a digest is late by no more after an outage of Slack
FAULTS = 4  # bugs in a row, over some seven minutes, before a post is given up


def pause_after(tries: int) -> timedelta:
    """Return the pause after a number of failed tries: doubled each time."""
    return min(RECHECK_AFTER * (1 << min(tries, 10)), LONGEST_PAUSE)


class ClaimLost(Exception):
    """Another process has claimed the post."""


@dataclass
class Claim:
    """A claim, renewed right before the post is sent; from then on it `may_be_sent`."""

    post: Post
    worker: str
    now: Callable[[], datetime]
    lease: timedelta
    may_be_sent: bool = False

    def renew(self) -> None:
        """Extend the claim for the time that sending takes. Raises ClaimLost."""
        with session():
            if not posts.renew(self.post, self.worker, now=self.now(), length=self.lease):
                raise ClaimLost
        self.may_be_sent = True
