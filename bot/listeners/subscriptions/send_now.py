"""Sending a digest at the press of a button: once, however often it is pressed."""

from datetime import datetime, timedelta
from typing import NamedTuple

from bot.posting.calendar import last_covered
from bot.posting.outbox import connection_of, enter_digest
from digests.layout.message import Message, text_message
from digests.words import subscriptions as sentences
from digests.words import wording
from providers.period import DAY, Period
from storage.state import access, posts, subscriptions
from storage.state.posts import Post
from storage.state.subjects import DigestDays, key_of
from storage.state.subscriptions import Subscription

JUST_NOW = timedelta(minutes=5)  # a second press within it is taken for the first


class Sent(NamedTuple):
    """The answer to a press, and whether it put a post into the outbox."""

    message: Message
    is_sent: bool = False


def send_now(digest: Subscription, *, now: datetime) -> Sent:
    """Put the last finished period into the outbox, unless it was just put there. Needs a transaction."""
    calendar = access.of_team(digest.team_id).calendar
    period = last_covered(digest.plan, now=now, calendar=calendar)
    prefix = f"{key_of(DigestDays(digest.id, period))}:"
    earlier = [post for post in posts.by_key_prefix(digest.team_id, prefix) if not post.is_reply]
    if any(_is_under_way(post, now) for post in earlier):
        return Sent(_message(sentences.THERE_ALREADY, period, digest.channel_id))
    enter_digest(digest, period, now=now, patience=timedelta(), manual_number=len(earlier) + 1)
    return Sent(_message(sentences.ON_ITS_WAY, period, digest.channel_id), is_sent=True)


def _is_under_way(post: Post, now: datetime) -> bool:
    return post.state in ("due", "sending") or (post.state == "sent" and post.due_at > now - JUST_NOW)


def post_again(team_id: str, number: int, *, now: datetime) -> Sent:
    """Send a post again that Slack may not have, because a person looked. Needs a transaction."""
    post = posts.find(team_id, number)
    if post and subscriptions.of_post(post) is None:
        return Sent(text_message(sentences.REMOVED_BEFORE))
    if post and connection_of(post) is None:
        return Sent(text_message(sentences.OF_ANOTHER))
    is_due = post is not None and posts.resend(team_id, post.id, now=now)
    if post is None or not is_due:
        return Sent(text_message(sentences.SETTLED))
    return Sent(_message(sentences.ON_ITS_WAY, post.days, post.channel), is_sent=True)


def _message(template: str, days: Period, channel: str) -> Message:
    return text_message(template.format(days=wording.period(days, today=days.end - DAY), channel=channel))
