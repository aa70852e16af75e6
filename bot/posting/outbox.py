"""Put posts into the outbox: digests, and alerts to their owners."""

from datetime import datetime, timedelta

from bot.slack.errors import reason_of
from providers.period import Period
from storage.facts import bills, coverage
from storage.state import audit, connections, posts, subscriptions
from storage.state.connections import Connection
from storage.state.pauses import FAULT, HELD, NOBODY, UNCONNECTED
from storage.state.posts import Post
from storage.state.subjects import (
    BrokenDigest,
    DigestDays,
    DigestProblem,
    Problem,
    Subject,
    key_of,
    thread_key,
)
from storage.state.subscriptions import Subscription

WAIT_FOR_BILL = timedelta(hours=3)  # bills come within hours of midnight UTC; later an estimate is better


def enter_digest(
    subscription: Subscription,
    period: Period,
    *,
    now: datetime,
    patience: timedelta = WAIT_FOR_BILL,
    manual_number: int = 0,
) -> bool:
    """Put the digest of a period into the outbox; return False if it is there. Call within a transaction.

    A digest that a person requested is separate from the scheduled one: the first has `manual_number` 1.
    """
    subject = DigestDays(subscription.id, period)
    due = max(now, period.ends_at)
    connection = connections.of_team(subscription.team_id)
    return posts.enter(
        subscription.team_id,
        f"{key_of(subject)}{f':{manual_number}' if manual_number else ''}",
        kind="digest",
        subject=subject,
        channel=subscription.channel_id,
        due=due,
        give_up_waiting=due + patience,
        organization_id=connection.organization_id if connection else "",
    )


def enter_tables(post: Post, *, now: datetime) -> None:
    """Put the tables of a digest that was sent into the outbox, for its thread. Call within a transaction."""
    subscription = subscriptions.of_post(post)
    if post.kind != "digest" or post.is_reply or subscription is None or not subscription.in_thread:
        return
    posts.enter(
        post.team_id,
        thread_key(post.key),
        kind="digest",
        subject=DigestDays(subscription.id, post.days, in_thread=True),
        channel=post.channel,
        due=now,
        organization_id=post.organization_id,
    )


def pause_and_notify_owner(post: Post, why: str, *, now: datetime) -> None:
    """Pause a digest that cannot be posted, and tell its owner why. Call within a transaction."""
    subscription = subscriptions.of_post(post)
    if subscription is None:
        return
    subscriptions.stop(subscription, NOBODY if reason_of(why) == "nobody" else why)
    audit.record(post.team_id, audit.US, "digest paused", f"{_description(subscription)}: {why}", now)
    notify_owner(post, "held" if why in HELD else "paused", why, now=now)


def notify_owner(post: Post, what: Problem, detail: str = "", *, now: datetime) -> None:
    """Tell the owner of a digest what happened to a post of it, at most once a day."""
    subscription = subscriptions.of_post(post)
    if subscription is None:
        return
    subject = DigestProblem(what, post.id, detail)
    _enter_alert(f"{key_of(subject)}:{now:%Y%m%d}", subject, subscription, now)


def notify_organization_disconnected(post: Post, *, now: datetime) -> None:
    """Tell an owner, at most once a week, that the organization of their digests is not connected."""
    subscription = subscriptions.of_post(post)
    if subscription:
        key = f"{UNCONNECTED}:{post.organization_id}:{subscription.set_up_by}:{now:%G-%V}"
        _enter_alert(key, DigestProblem(UNCONNECTED, post.id), subscription, now)


def notify_names_hidden(post: Post, *, now: datetime) -> None:
    """Tell the owner of a digest, once a channel, that names are hidden there."""
    subscription = subscriptions.of_post(post)
    if subscription:
        key = f"nameless:{subscription.id}:{post.channel}"
        _enter_alert(key, DigestProblem("nameless", post.id), subscription, now)


def pause_broken(subscription: Subscription, *, now: datetime) -> None:
    """Pause a digest whose next time cannot be computed, and tell its owner. Call within a transaction."""
    subscriptions.stop(subscription, FAULT)
    audit.record(
        subscription.team_id, audit.US, "digest paused", f"{_description(subscription)}: {FAULT}", now
    )
    subject = BrokenDigest(subscription.id)
    _enter_alert(f"{key_of(subject)}:{now:%Y%m%d}", subject, subscription, now)


def _enter_alert(key: str, subject: Subject, subscription: Subscription, now: datetime) -> None:
    posts.enter(
        subscription.team_id, key, kind="alert", subject=subject, channel=subscription.set_up_by, due=now
    )


def _description(subscription: Subscription) -> str:
    """Describe a digest for the audit log."""
    return f"{subscription.kind} in {subscription.channel_id}"


def connection_of(post: Post) -> Connection | None:
    """Return the connection whose figures a digest shows, None if its team has another one now, or none."""
    connection = connections.of_team(post.team_id)
    return connection if connection and connection.organization_id == post.organization_id else None


def is_billed(post: Post) -> bool:
    """Say whether the bill of every day of a digest is in, or no bill is due for it."""
    connection, days = connection_of(post), post.days
    if connection is None:
        return False
    first = connection.first_day or days.start
    missing = set(days.days()) - coverage.days(connection.id, "charges", days)
    return all(day < first for day in missing)


def is_settled(post: Post) -> bool:
    """Say whether nothing is left to correct: bills are in, judged by usage, and not in doubt."""
    connection, days = connection_of(post), post.days
    if connection is None or not is_billed(post) or bills.in_doubt(connection.id, days):
        return False
    covered, first = coverage.whole_days(connection.id, "usage", days), connection.first_day or days.start
    return all(day in covered or day < first for day in days.days())
