"""Compose the message of a post: a digest, an incident, or news for the owner of a digest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.posting.outbox import connection_of, is_billed, is_settled
from bot.posting.preconditions import Terms, terms_of
from bot.reports import digest as reports_digest
from bot.reports import undelivered
from bot.reports.scope_people import People
from bot.reports.undelivered import UndeliveredAlert
from bot.slack.client import SlackClient
from bot.slack.errors import reason_of
from bot.sync.incidents import connection_in, is_news
from digests import render
from digests.layout.message import Message
from digests.numbers.digest_report import Digest
from digests.numbers.report import Incident
from storage.engine.database import session, snapshot
from storage.state import connections, incidents, posts, subscriptions
from storage.state.posts import Post
from storage.state.subjects import BrokenDigest, DigestDays, DigestProblem, IncidentChange, Problem
from storage.state.subscriptions import Subscription


@dataclass(frozen=True)
class Composed:
    """A message to send.

    `waits_for_bill`: not to be sent before the bill is in or the wait is over. `nameless`: names are hidden.
    `is_final`: needs no later correction. `terms`: what a digest was composed by. `undelivered`: the alerts
    that it mentions because they reached nobody. `too_little`: what its days cost, if that is no more than
    the minimum of its digest. `thread`: the message under which it goes.
    """

    message: Message = Message("", [])  # noqa: RUF009 - frozen
    waits_for_bill: bool = False
    nameless: bool = False
    terms: Terms | None = None
    undelivered: Sequence[Post] = ()
    is_final: bool = True
    too_little: Decimal | None = None
    thread: str = ""


class Compose(Protocol):
    """A function that composes the message of a post."""

    def __call__(self, post: Post, channel: SlackClient, *, now: datetime) -> Composed | None:
        """Return the message, None if there is nothing left to say."""


def compose(post: Post, channel: SlackClient, *, now: datetime) -> Composed | None:
    """Return the message of a post, None if there is nothing left to say."""
    match post.subject:
        case DigestDays():
            return _digest(post, channel, now)
        case IncidentChange():
            return _incident(post, post.subject, channel, now)
        case BrokenDigest() | DigestProblem():
            with session():
                message = _notice(post, post.subject)
            return Composed(message) if message else None
    raise ValueError(f"post {post.key} is about {post.subject}")


def _digest(post: Post, channel: SlackClient, now: datetime) -> Composed | None:
    """Compose a digest: ask Slack for people first, then read all figures from one snapshot."""
    with session():
        subscription, terms, waits_for_bill = subscriptions.of_post(post), terms_of(post), not is_billed(post)
    if subscription is None or terms is None:
        return None
    if waits_for_bill and now < post.give_up_waiting_at:
        return Composed(waits_for_bill=True, is_final=False)
    scope = subscription.scope
    people = channel.people(scope.group) if scope.group else People(frozenset(scope.values))
    owner = channel.name_of(subscription.set_up_by) if subscription.set_up_by else None
    with snapshot():
        connection = connection_of(post)
        if connection is None:
            return None
        numbers = reports_digest.gather(
            connection,
            post.days,
            scope=scope,
            people=people,
            zone=subscription.zone,
            set_up_by=subscription.set_up_by,
            first=posts.is_first(post),
            now=now,
        )
        composed = Composed(waits_for_bill=not is_billed(post), terms=terms, is_final=is_settled(post))
        if post.is_reply:
            return _tables(post, subscription, numbers, composed)
        unreached = undelivered.alerts_of(post.team_id)
    return _message(post, subscription, numbers, composed, unreached=unreached, owner=owner)


def _tables(post: Post, digest: Subscription, numbers: Digest, composed: Composed) -> Composed | None:
    """Add the tables of a digest for its thread; None if there are none, or no thread."""
    names, parent = bool(composed.terms and composed.terms.names), posts.parent_of(post)
    tables = render.channel_details(numbers, names=names, naming=digest.naming)
    if tables is None or parent is None or not parent.ts:
        return None
    return replace(composed, message=tables, thread=parent.ts)


def _message(
    post: Post,
    digest: Subscription,
    numbers: Digest,
    composed: Composed,
    *,
    unreached: Sequence[UndeliveredAlert],
    owner: str | None,
) -> Composed:
    names = bool(composed.terms and composed.terms.names)
    message = render.channel_digest(
        numbers,
        names=names,
        naming=digest.naming,
        set_up_by=owner,
        subscription_id=digest.id,
        in_thread=digest.in_thread,
    )
    return replace(
        composed,
        message=undelivered.with_remark(message, unreached),
        nameless=not names and digest.naming != "totals" and digest.scope.kind != "model",
        undelivered=[each.post for each in unreached],
        too_little=None if post.is_manual else _too_little(numbers, digest.minimum),
    )


def _too_little(numbers: Digest, minimum: int) -> Decimal | None:
    """Return what the days cost if it is known and no more than a minimum."""
    cost, is_known = numbers.report.total.cost, numbers.report.extent.kind == "whole"
    return cost if is_known and minimum and cost <= minimum else None


def _incident(post: Post, about: IncidentChange, channel: SlackClient, now: datetime) -> Composed | None:
    with session():
        incident = incidents.find(about.incident_id)
        connection = connection_in(incident) if incident else None
        named = connections.of_team(post.team_id) or connection  # telemetry itself has no name
    if incident is None or connection is None or not is_news(incident, about.change, connection):
        return None
    organization = named.organization_name if named else ""
    zone = channel.zone_of(post.channel)
    message = Incident(incident.kind, incident.opened_at, incident.detail)
    if about.change == "closed" and incident.closed_at:
        over = render.alert_over(message, incident.closed_at, organization=organization)
        return Composed(over)
    begun = render.alert(
        message,
        organization=organization,
        key_hint=connection.key_hint,
        now=now,
        zone=zone,
    )
    return Composed(begun)


def _notice(post: Post, about: BrokenDigest | DigestProblem) -> Message | None:
    """Return a message for the owner of a digest; None if the digest was removed."""
    if isinstance(about, BrokenDigest):
        broken = subscriptions.find(post.team_id, about.subscription_id)
        return render.digest_fault(broken.channel_id, subscription_id=broken.id) if broken else None
    troubled = posts.find(post.team_id, about.post_id)
    subscription = subscriptions.of_post(troubled) if troubled else None
    if troubled is None or subscription is None:
        return None
    return _PROBLEMS[about.problem](troubled, subscription, about.detail)


def _paused(_post: Post, digest: Subscription, code: str) -> Message:
    reason = reason_of(code)
    return render.digest_problem(digest.channel_id, reason, error=code, subscription_id=digest.id)


def _nameless(_post: Post, digest: Subscription, _detail: str) -> Message:
    return render.digest_nameless(digest.channel_id, subscription_id=digest.id)


def _uncertain(post: Post, digest: Subscription, _detail: str) -> Message:
    return render.digest_uncertain(digest.channel_id, post.days, post_id=post.id, tables=post.is_reply)


def _unsent(post: Post, digest: Subscription, code: str) -> Message:
    return render.digest_unsent(digest.channel_id, post.days, code, post_id=post.id, tables=post.is_reply)


def _held(post: Post, digest: Subscription, why: str) -> Message:
    return render.digest_held(digest.channel_id, post.days, why, subscription_id=digest.id)


def _faulty(post: Post, digest: Subscription, _detail: str) -> Message:
    return render.digest_fault(digest.channel_id, subscription_id=digest.id, days=post.days, post_id=post.id)


def _uncorrected(post: Post, digest: Subscription, code: str) -> Message:
    return render.digest_uncorrected(digest.channel_id, post.days, code)


def _unconnected(post: Post, digest: Subscription, _detail: str) -> Message:
    connection = connections.of_team(post.team_id)
    return render.digest_unconnected(
        digest.channel_id,
        post.days,
        instead=connection.organization_name if connection else "",
        subscription_id=digest.id,
    )


_PROBLEMS: Mapping[Problem, Callable[[Post, Subscription, str], Message]] = {
    "paused": _paused,
    "nameless": _nameless,
    "uncertain": _uncertain,
    "unsent": _unsent,
    "held": _held,
    "fault": _faulty,
    "uncorrected": _uncorrected,
    "unconnected": _unconnected,
}
