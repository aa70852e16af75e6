"""Choose who receives an alert, and escalate it when that person cannot be reached.

    the person named → who connected the key → STACKSPEND_ADMINS → the workspace's admins → owners of digests

If nobody on the list can be reached, the next digest and `status` mention the alert (reports/undelivered.py).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack import errors
from bot.slack.client import SlackClient, SlackError, SlackRefused
from bot.slack.users import Viewer
from storage.engine.database import session, transaction
from storage.state import connections, posts, subscriptions
from storage.state.posts import Post

AT_ONCE = 3  # people of the next group: one can be away, and more would mostly be disturbed
_HEARING = frozenset({"due", "sending", "sent"})
log = logging.getLogger(__name__)


class Unreachable(Exception):
    """A recipient cannot be reached; the message says why."""


def recipient(post: Post, channel: SlackClient) -> Viewer | None:
    """Return the recipient of an alert, None if the app may not look people up.

    Raises Unreachable for anybody who is not a full member now, or SlackError.
    """
    if not post.channel:
        raise Unreachable("nobody is known")
    try:
        person = channel.person(post.channel)
    except SlackRefused as error:
        if error.code in errors.NO_SCOPE:
            return None
        raise
    if person is None or not person.is_full_member:
        raise Unreachable("not a member of the workspace" if person else "unknown to Slack")
    return person


@dataclass(frozen=True)
class Escalation:
    """Passes an alert to the next people if it did not reach its recipient. `admins`: STACKSPEND_ADMINS."""

    worker: str
    now: Callable[[], datetime]
    admins: frozenset[str]

    def escalate(self, post: Post, channel: SlackClient | None, why: str) -> None:
        """Enter the alert for the next group, unless somebody else receives it or nobody is left."""
        log.warning(
            "post %s: %s cannot be reached: %s; we try the next people",
            post.key,
            post.channel or "nobody",
            why,
        )
        with session():
            candidates = self._candidates(post)
            tried = {each.channel for each in posts.alerts_of_same_incident(post)}
        if not any(set(group) - tried for group in candidates[:2]):
            candidates[2:2] = [_managers(channel)]
        with transaction():
            self._enter_next(post, candidates)

    def _candidates(self, post: Post) -> list[Sequence[str]]:
        """Return the groups of possible recipients, in order, without those that only Slack knows."""
        connection = connections.of_team(post.team_id)
        owners = [each.set_up_by for each in subscriptions.of_team(post.team_id)]
        return [[connection.connected_by] if connection else [], sorted(self.admins), owners]

    def _enter_next(self, post: Post, candidates: Sequence[Sequence[str]]) -> None:
        """Enter the alert for the next group of people, or mark it undeliverable if nobody is left."""
        alike = posts.alerts_of_same_incident(post)
        tried = {"", *(each.channel for each in alike)}
        fresh = [[person for person in dict.fromkeys(group) if person not in tried] for group in candidates]
        is_heard = any(each.state in _HEARING for each in alike if each.id != post.id)
        nexts = next((group for group in fresh if group), [])[:AT_ONCE]
        if not is_heard and not nexts:
            log.error("post %s: nobody is left to notify; the next digest mentions it", post.key)
            posts.mark_undeliverable(post, self.worker)
            return
        if posts.drop(post, self.worker) and not is_heard:
            for person in nexts:
                self._enter(post, person)

    def _enter(self, post: Post, person: str) -> None:
        key = f"{post.key.removesuffix(post.channel).removesuffix(':')}:{person}"
        posts.enter(post.team_id, key, kind="alert", subject=post.subject, channel=person, due=self.now())


def _managers(channel: SlackClient | None) -> Sequence[str]:
    """Return the workspace's admins; nobody if Slack does not say."""
    try:
        return channel.managers() if channel else []
    except SlackError as error:
        log.warning("Slack does not say who manages the workspace: %s", error.code)
        return []
