"""The outbox at work: digests and alerts, each sent once.

    subscription due │ post entered │ claimed │ bill in, or waited long enough │ sent │ confirmed │ edited

A post is entered in the transaction that moves its subscription on, and claimed before it is sent. One that
was interrupted is looked for in the channel first. Where nobody can tell whether Slack has it, a digest is
not sent again; its owner is told and may decide. An alert is: better twice than never.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot import digest_parts
from bot.calendar import covered, next_slot
from bot.channel import BARRED as TOKEN_IS_WORTHLESS
from bot.channel import Channel, Posted, SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.permissions import may_be_named_in, may_receive
from bot.scopes import People, Scope
from bot.services import LEASE
from digests import render
from digests.render import Message
from digests.report import Incident
from providers.period import DAY, Period
from storage import access, audit, connections, coverage, incidents, posts, subscriptions
from storage.database import session, transaction
from storage.posts import Post
from storage.subscriptions import Subscription

WAIT_FOR_BILL = timedelta(hours=3)
LOOK_AGAIN = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)  # between tries while Slack does not answer
TRY_FOR = timedelta(days=1)
EDIT_FOR = timedelta(days=7)  # an estimate older than this stays as it was posted
BARRED = "barred"  # why a digest is paused whose channel an admin took out of those that are told
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Postman:
    """One process's share of the outbox. `channel_of` is a team's Slack, None where it is not installed."""

    name: str
    channel_of: Callable[[str], Channel | None]
    now: Callable[[], datetime]
    lease: timedelta = LEASE

    def tick(self) -> None:
        """Enter what is due, send what was entered, edit what was estimated."""
        with session():
            for subscription in subscriptions.due(self.now()):
                self.enter(subscription)
            while post := posts.claim(self.name, now=self.now(), length=self.lease):
                self.send(post)
            for post in posts.estimated_ones(since=self.now() - EDIT_FOR):
                self.edit(post)

    def enter(self, subscription: Subscription) -> None:
        """Move a subscription to its next time and enter the post of this one; one process succeeds."""
        now, slot = self.now(), subscription.next_at
        plan = subscription.plan
        while (after := next_slot(plan, after=slot)) <= now:
            slot = after  # of the times that we slept through, the last one is told
        with transaction():
            if subscriptions.claim(subscription, next_at=after):
                enter_digest(subscription, covered(plan, slot), now=now)

    def send(self, post: Post) -> None:
        """Send one claimed post, or find out whether it was sent before."""
        channel = self.channel_of(post.team_id)
        if channel is None:
            log.warning("post %s: dropped, the app is not installed in %s", post.key, post.team_id)
            posts.drop(post, self.name)
            return
        try:
            self._send(post, channel)
        except SlackUncertain as error:
            # stays claimed: when the claim runs out, the channel will show whether it is there
            log.warning("post %s: %s; looked for in a minute", post.key, error.code)
        except SlackUnavailable as error:
            self._try_later(post, error)
        except SlackRefused as error:
            if post.kind == "alert" and error.code in TOKEN_IS_WORTHLESS:
                self._try_later(post, SlackUnavailable(error.code, retry_after=timedelta(hours=1)))
                return  # whoever is to be told can be told once the app is installed again
            log.warning("post %s: Slack will not take it: %s", post.key, error.code)
            with transaction():
                posts.drop(post, self.name)
                self._tell_owner(post, error.code)

    def _send(self, post: Post, channel: Channel) -> None:
        if post.state == "sending" and self._settled(post, channel):
            return
        if post.kind == "digest" and not may_receive(access.of_team(post.team_id), post.channel):
            log.warning("post %s: an admin decided that the channel is not told", post.key)
            with transaction():
                posts.drop(post, self.name)
                self._tell_owner(post, BARRED)
            return
        composed = self._compose(post, channel)
        if composed is None:
            posts.drop(post, self.name)
        elif composed.waits and self.now() < post.give_up_waiting_at:
            posts.put_off(post, self.name, until=self.now() + LOOK_AGAIN, failed=False)
        else:
            posted = channel.post(post.channel, composed.said, post_id=post.key)
            posts.confirm(post, self.name, sent_to=posted.channel, ts=posted.ts, estimated=composed.waits)
            if post.kind == "digest" and (name := channel.called(post.channel)):
                subscriptions.rename(post.team_id, post.channel, name)
            if composed.nameless:
                self._say_nameless(post)

    def _settled(self, post: Post, channel: Channel) -> bool:
        """Whether an interrupted post needs no sending: it is there, or nobody can tell."""
        try:
            found = channel.find(post.channel, post.key, since=post.due_at)
        except SlackUnavailable as error:  # stays claimed: only what is surely not there may become due again
            raise SlackUncertain(error.code) from error
        except SlackRefused as error:
            if post.kind == "alert":
                return False
            log.warning("post %s: cannot tell whether it was sent: %s", post.key, error.code)
            with transaction():
                posts.doubt(post, self.name)
                self._tell_owner(post, "uncertain")
            return True
        if found:  # whether it went out before the bill is not known: an edit settles that
            is_digest = post.kind == "digest"
            posts.confirm(post, self.name, sent_to=found.channel, ts=found.ts, estimated=is_digest)
        return bool(found)

    def _try_later(self, post: Post, error: SlackError) -> None:
        if self.now() >= post.give_up_waiting_at + TRY_FOR:
            log.error("post %s: given up after %d tries: %s", post.key, post.attempts, error.code)
            with transaction():
                posts.drop(post, self.name)
                self._tell_owner(post, "uncertain")
            return
        pause = max(error.retry_after, min(LOOK_AGAIN * (1 << min(post.attempts, 10)), LONGEST_PAUSE))
        posts.put_off(post, self.name, until=self.now() + pause, failed=True)

    def _tell_owner(self, post: Post, problem: str) -> None:
        """Pause a digest that Slack refuses and tell its owner; an alert has nobody else to tell."""
        subscription = subscription_of(post)
        if post.kind != "digest" or subscription is None:
            return
        if problem != "uncertain":
            subscriptions.pause(subscription.id, problem)
            detail = f"{subscription.kind} in {subscription.channel_id}: {problem}"
            audit.record(post.team_id, audit.US, "digest paused", detail, self.now())
        subject = f"{'uncertain' if problem == 'uncertain' else 'paused'} {post.id} {problem}"
        posts.enter(
            post.team_id,
            f"{subject.replace(' ', ':')}:{self.now():%Y%m%d}",
            kind="alert",
            subject=subject,
            channel=subscription.set_up_by,
            due=self.now(),
        )

    def _say_nameless(self, post: Post) -> None:
        """Tell the owner of a digest, once a channel, that it names nobody there."""
        subscription = subscription_of(post)
        if subscription:
            posts.enter(
                post.team_id,
                f"nameless:{subscription.id}:{post.channel}",
                kind="alert",
                subject=f"nameless {post.id}",
                channel=subscription.set_up_by,
                due=self.now(),
            )

    def edit(self, post: Post) -> None:
        """Put the bill in the place of an estimate, once it is in."""
        channel = self.channel_of(post.team_id) if _is_billed(post) else None
        try:
            composed = self._compose(post, channel) if channel else None
        except SlackError as error:
            log.warning("post %s: stays an estimate for now: %s", post.key, error.code)
            return
        if channel is None or composed is None:
            return
        if not posts.claim_edit(post, self.name, now=self.now(), length=self.lease):
            return
        try:
            channel.edit(Posted(post.sent_to, post.ts), composed.said)
            posts.finish_edit(post, self.name, edited=True)
        except SlackRefused as error:
            log.warning("post %s: stays an estimate: %s", post.key, error.code)
            posts.finish_edit(post, self.name, edited=True)
        except SlackError:
            posts.finish_edit(post, self.name, edited=False)

    def _compose(self, post: Post, channel: Channel) -> "Composed | None":
        """What to send; None where there is nothing to say any more."""
        if post.kind == "digest":
            return self._digest(post, channel)
        what, number, *rest = post.subject.split(" ")
        if what == "incident":
            return self._incident(post, int(number), rest[0], channel)
        return self._problem(post, int(number), what, rest[0] if rest else "")

    def _digest(self, post: Post, channel: Channel) -> "Composed | None":
        subscription, connection = subscription_of(post), connections.of_team(post.team_id)
        if subscription is None or connection is None:
            return None
        scope, waits = Scope.read(subscription.scope), not _is_billed(post)
        if waits and self.now() < post.give_up_waiting_at:
            return Composed(waits=True)
        people = channel.people(scope.group) if scope.group else People(frozenset(scope.values))
        digest = digest_parts.gather(
            connection,
            period_of(post),
            scope=scope,
            people=people,
            zone=subscription.zone,
            set_up_by=subscription.set_up_by,
            first=posts.is_first(post),
            now=self.now(),
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

    def _incident(self, post: Post, number: int, event: str, channel: Channel) -> "Composed | None":
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
            now=self.now(),
            zone=zone,
        )
        return Composed(begun)

    def _problem(self, post: Post, number: int, what: str, code: str) -> "Composed | None":
        troubled = posts.find(post.team_id, number)
        subscription = subscription_of(troubled) if troubled else None
        if troubled is None or subscription is None:
            return None
        if what == "nameless":
            return Composed(render.digest_nameless(subscription.channel_id, subscription_id=subscription.id))
        if what == "uncertain":
            return Composed(
                render.digest_uncertain(subscription.channel_id, period_of(troubled), post_id=number)
            )
        return Composed(render.digest_problem(subscription.channel_id, code, subscription_id=subscription.id))


@dataclass(frozen=True)
class Composed:
    """A message, whether it waits for the bill, and whether names are left out."""

    said: Message = Message("", [])  # noqa: RUF009 - frozen
    waits: bool = False
    nameless: bool = False


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


def _is_billed(post: Post) -> bool:
    """Whether the bill of every day of a digest is in, or there was none to come."""
    connection, days = connections.of_team(post.team_id), period_of(post)
    if connection is None:
        return False
    first = connection.first_day or days.start
    missing = set(days.days()) - coverage.days(connection.id, "charges", days)
    return all(day < first for day in missing)
