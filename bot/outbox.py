"""What is put into the outbox: a digest of some days, and what its owner must be told of it."""

from datetime import date, datetime, timedelta

from providers.period import DAY, Period
from storage import audit, connections, coverage, posts, subscriptions
from storage.posts import Post
from storage.subscriptions import Subscription

WAIT_FOR_BILL = timedelta(hours=3)
BARRED = "barred"  # why a digest is paused whose channel an admin took out of those that are told
UNCERTAIN = "uncertain"  # whether Slack has a digest, so that a person must look


def enter_digest(
    subscription: Subscription,
    period: Period,
    *,
    now: datetime,
    patience: timedelta = WAIT_FOR_BILL,
    by_hand: int = 0,
) -> bool:
    """Put the digest of a period into the outbox; False where it is there. Within a transaction.

    One that a person asked for is another than the one whose time comes: the first is `by_hand` 1.
    """
    subject = subject_of(subscription.id, period)
    due = max(now, period.ends_at)
    return posts.enter(
        subscription.team_id,
        f"digest:{subject.replace(' ', ':')}{f':{by_hand}' if by_hand else ''}",
        kind="digest",
        subject=subject,
        channel=subscription.channel_id,
        due=due,
        give_up_waiting=due + patience,
    )


def tell_owner(post: Post, problem: str, *, now: datetime) -> None:
    """Pause a digest that Slack refuses and tell its owner; an alert has nobody else to tell."""
    subscription = subscription_of(post)
    if post.kind != "digest" or subscription is None:
        return
    if problem != UNCERTAIN:
        subscriptions.pause(subscription.id, problem)
        detail = f"{subscription.kind} in {subscription.channel_id}: {problem}"
        audit.record(post.team_id, audit.US, "digest paused", detail, now)
    subject = f"{UNCERTAIN if problem == UNCERTAIN else 'paused'} {post.id} {problem}"
    posts.enter(
        post.team_id,
        f"{subject.replace(' ', ':')}:{now:%Y%m%d}",
        kind="alert",
        subject=subject,
        channel=subscription.set_up_by,
        due=now,
    )


def say_nameless(post: Post, *, now: datetime) -> None:
    """Tell the owner of a digest, once a channel, that it names nobody there."""
    subscription = subscription_of(post)
    if subscription:
        posts.enter(
            post.team_id,
            f"nameless:{subscription.id}:{post.channel}",
            kind="alert",
            subject=f"nameless {post.id}",
            channel=subscription.set_up_by,
            due=now,
        )


def subject_of(subscription_id: int, period: Period) -> str:
    """Write down which digest of which days: `7 2026-11-21`, `7 2026-11-16..2026-11-22`."""
    last = "" if period.length == 1 else f"..{period.end - DAY}"
    return f"{subscription_id} {period.start}{last}"


def period_of(post: Post) -> Period:
    """The days that a digest's post is about."""
    first, _, last = post.subject.split(" ")[1].partition("..")
    return Period(date.fromisoformat(first), date.fromisoformat(last or first) + DAY)


def subscription_of(post: Post) -> Subscription | None:
    """The digest that a post is of, None where it was removed."""
    return (
        subscriptions.find(post.team_id, int(post.subject.split(" ")[0])) if post.kind == "digest" else None
    )


def is_billed(post: Post) -> bool:
    """Whether the bill of every day of a digest is in, or there was none to come."""
    connection, days = connections.of_team(post.team_id), period_of(post)
    if connection is None:
        return False
    first = connection.first_day or days.start
    missing = set(days.days()) - coverage.days(connection.id, "charges", days)
    return all(day < first for day in missing)
