"""From a post to its message: the digest of its days, an incident, what the owner of a digest must know."""

from dataclasses import dataclass
from datetime import datetime

from bot import digest_numbers
from bot.channel import Channel
from bot.outbox import is_billed, period_of, subscription_of
from bot.permissions import may_be_named_in
from bot.scopes import People, Scope
from digests import render
from digests.message import Message
from digests.report import Incident
from storage import access, connections, incidents, posts
from storage.posts import Post


@dataclass(frozen=True)
class Composed:
    """A message, whether it waits for the bill, and whether names are left out."""

    said: Message = Message("", [])  # noqa: RUF009 - frozen
    waits: bool = False
    nameless: bool = False


def compose(post: Post, channel: Channel, *, now: datetime) -> Composed | None:
    """What to send; None where there is nothing to say any more."""
    if post.kind == "digest":
        return _digest(post, channel, now)
    what, number, *rest = post.subject.split(" ")
    if what == "incident":
        return _incident(post, int(number), rest[0], channel, now)
    return _problem(post, int(number), what, rest[0] if rest else "")


def _digest(post: Post, channel: Channel, now: datetime) -> Composed | None:
    subscription, connection = subscription_of(post), connections.of_team(post.team_id)
    if subscription is None or connection is None:
        return None
    scope, waits = Scope.read(subscription.scope), not is_billed(post)
    if waits and now < post.give_up_waiting_at:
        return Composed(waits=True)
    people = channel.people(scope.group) if scope.group else People(frozenset(scope.values))
    digest = digest_numbers.gather(
        connection,
        period_of(post),
        scope=scope,
        people=people,
        zone=subscription.zone,
        set_up_by=subscription.set_up_by,
        first=posts.is_first(post),
        now=now,
    )
    owner = channel.name_of(subscription.set_up_by) if subscription.set_up_by else None
    names = may_be_named_in(access.of_team(post.team_id), post.channel)
    said = render.channel_digest(
        digest,
        names=names,
        naming=subscription.naming,
        set_up_by=owner,
        subscription_id=subscription.id,
    )
    nameless = not names and subscription.naming != "totals" and scope.kind != "model"
    return Composed(said, waits=waits, nameless=nameless)


def _incident(post: Post, number: int, event: str, channel: Channel, now: datetime) -> Composed | None:
    incident = incidents.find(number)
    if incident is None or (event == "opened" and incident.closed_at):
        return None
    connection, zone = connections.by_id(incident.connection_id), channel.zone_of(post.channel)
    said = Incident(incident.kind, incident.opened_at, incident.detail)
    if event == "closed" and incident.closed_at:
        over = render.alert_over(
            said, incident.closed_at, organization=connection.organization_name, zone=zone
        )
        return Composed(over)
    begun = render.alert(
        said,
        organization=connection.organization_name,
        key_hint=connection.key_hint,
        now=now,
        zone=zone,
    )
    return Composed(begun)


def _problem(post: Post, number: int, what: str, code: str) -> Composed | None:
    troubled = posts.find(post.team_id, number)
    subscription = subscription_of(troubled) if troubled else None
    if troubled is None or subscription is None:
        return None
    if what == "nameless":
        return Composed(render.digest_nameless(subscription.channel_id, subscription_id=subscription.id))
    if what == "uncertain":
        return Composed(render.digest_uncertain(subscription.channel_id, period_of(troubled), post_id=number))
    return Composed(render.digest_problem(subscription.channel_id, code, subscription_id=subscription.id))
