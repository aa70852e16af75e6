"""Check again, right before a digest is sent or edited, that it may be.

the subscription → its channel → the admin's settings → the connected organization → the channel's readers
"""

from typing import Literal, NamedTuple

from bot.posting.outbox import connection_of
from bot.questions.permissions import may_be_named_in, may_receive
from bot.slack import errors
from bot.slack.channel_members import ChannelFacts, is_wider
from bot.slack.client import SlackClient
from storage.engine.database import session
from storage.state import access, subscriptions
from storage.state.pauses import CHANNEL_BARRED, HELD, UNCONNECTED
from storage.state.posts import Post
from storage.state.scopes import Scope
from storage.state.subscriptions import Naming, Subscription

Remedy = Literal["drop", "move", "hold", "stop", "anew"]


class Objection(NamedTuple):
    """Why a digest is not sent, and the remedy.

    drop: nobody needs it; move: send it to the digest's present channel; hold: a person decides;
    stop: the digest is paused; anew: it must be composed again
    """

    remedy: Remedy
    reason: str


class Terms(NamedTuple):
    """The settings that a digest was composed by: its scope, how it names engineers, and if it does."""

    scope: Scope
    naming: Naming
    names: bool


class Withheld(Exception):
    """A digest must not be sent now."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.reason)
        self.objection = objection


def terms_of(post: Post) -> Terms | None:
    """Return the present terms of a digest, None if it was removed."""
    subscription = subscriptions.of_post(post)
    if subscription is None:
        return None
    names = may_be_named_in(access.of_team(post.team_id), post.channel)
    return Terms(subscription.scope, subscription.naming, names)


def check(post: Post, channel: SlackClient, terms: Terms | None) -> None:
    """Check all preconditions, Slack's first, because that takes longest. Raises Withheld or SlackError."""
    if post.kind != "digest":
        return
    facts = channel.facts(post.channel)
    with session():
        refusal = objection(post, facts)
        if refusal is None and terms_of(post) != terms:
            refusal = Objection("anew", "it was changed")
        subscription = subscriptions.of_post(post)
        if refusal is None and facts and subscription and subscription.channel_id == post.channel:
            _learn(subscription, facts)
    if refusal:
        raise Withheld(refusal)


def objection(post: Post, facts: ChannelFacts | None) -> Objection | None:
    """Return why a digest must not be sent, or not be edited; None if nothing forbids it.

    `facts` about the channel is None if Slack does not say, or was not asked.
    """
    subscription = subscriptions.of_post(post)
    if post.kind != "digest":
        return None
    if subscription is None:
        return Objection("drop", "removed")
    refusal = _objection_to_sending(post, subscription) if post.state != "sent" else None
    if refusal:
        return refusal
    if not may_receive(access.of_team(post.team_id), post.channel):
        return Objection("stop", CHANNEL_BARRED)
    if connection_of(post) is None:
        return Objection("drop", UNCONNECTED)
    return _objection_to_readers(post, subscription, facts) if facts else None


def _objection_to_sending(post: Post, subscription: Subscription) -> Objection | None:
    """Return objections that apply before sending; a sent digest is edited even if it was paused or moved.

    Tables stay with the digest whose thread they are for.
    """
    is_elsewhere = subscription.channel_id != post.channel
    if post.is_reply and (is_elsewhere or subscription.paused or not subscription.in_thread):
        return Objection("drop", "no thread")
    if is_elsewhere:
        return Objection("move", subscription.channel_id)
    if subscription.paused and not post.is_manual:
        return Objection("hold" if subscription.paused in HELD else "drop", subscription.paused)
    return None


def _objection_to_readers(post: Post, subscription: Subscription, facts: ChannelFacts) -> Objection | None:
    if facts.is_archived:
        return Objection("stop", errors.ARCHIVED)
    is_its_channel = subscription.channel_id == post.channel
    if is_its_channel and is_wider(facts.audience, subscription.audience):
        return Objection("hold", facts.audience)
    return None


def _learn(subscription: Subscription, facts: ChannelFacts) -> None:
    """Store the channel's name, and its audience if that was unknown."""
    if facts.name:
        subscriptions.rename(subscription.team_id, subscription.channel_id, facts.name)
    if not subscription.audience:
        subscriptions.set_audience(subscription, facts.audience)
