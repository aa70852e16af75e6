"""A digest sent because a person asked: once, however often it is pressed."""

from datetime import datetime, timedelta
from typing import NamedTuple

from bot.posting.calendar import last_covered
from bot.posting.outbox import connection_of, enter_digest, period_of, subject_of
from bot.questions.answer import text_message
from digests.layout.message import Message
from digests.words import wording
from providers.period import DAY, Period
from storage.state import posts, subscriptions
from storage.state.posts import Post
from storage.state.subscriptions import Subscription

ON_ITS_WAY = "The digest for {days} is on its way to <#{channel}>."
THERE_ALREADY = "The digest for {days} is in <#{channel}> already, or about to be."
SETTLED = "That is settled already."
REMOVED = "That digest was removed, so it is not posted any more."
OF_ANOTHER = (
    "That digest was of an organization that is no longer connected. `/stackspend digest` and *Send now* "
    "post one of the present organization."
)
JUST_NOW = timedelta(minutes=5)  # who presses again within it meant the first time


class Asked(NamedTuple):
    """What is said to whoever asked, and whether a post is on its way because of it."""

    said: Message
    is_sent: bool = False


def send_now(found: Subscription, *, now: datetime) -> Asked:
    """Put the last finished period into the outbox unless that was just asked for. Within a transaction."""
    period = last_covered(found.plan, now=now)
    prefix = f"digest:{subject_of(found.id, period).replace(' ', ':')}:"
    asked = posts.by_key_prefix(found.team_id, prefix)
    if any(_is_under_way(post, now) for post in asked):
        return Asked(_told(THERE_ALREADY, period, found.channel_id))
    enter_digest(found, period, now=now, patience=timedelta(), manual_number=len(asked) + 1)
    return Asked(_told(ON_ITS_WAY, period, found.channel_id), is_sent=True)


def _is_under_way(post: Post, now: datetime) -> bool:
    return post.state in ("due", "sending") or (post.state == "sent" and post.due_at > now - JUST_NOW)


def post_again(team_id: str, number: int, *, now: datetime) -> Asked:
    """Send what Slack may or may not have, because a person looked. Within a transaction."""
    post = posts.find(team_id, number)
    if post and subscriptions.of_post(post) is None:
        return Asked(text_message(REMOVED))
    if post and connection_of(post) is None:
        return Asked(text_message(OF_ANOTHER))
    is_due = post is not None and posts.resend(team_id, post.id, now=now)
    if post is None or not is_due:
        return Asked(text_message(SETTLED))
    return Asked(_told(ON_ITS_WAY, period_of(post), post.channel), is_sent=True)


def _told(what: str, days: Period, channel: str) -> Message:
    return text_message(what.format(days=wording.period(days, today=days.end - DAY), channel=channel))
