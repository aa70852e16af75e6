"""What a digest rests on, looked at again right before it is sent or edited.

the digest itself │ its channel │ what an admin decided │ the organization │ who reads the channel
"""

from typing import Literal, NamedTuple

from bot.posting.outbox import CHANNEL_BARRED, HELD, UNCONNECTED, connection_of, is_manual
from bot.questions.permissions import may_be_named_in, may_receive
from bot.slack.channel_members import ChannelFacts, is_wider
from bot.slack.client import SlackClient
from storage.engine.database import session
from storage.state import access, subscriptions
from storage.state.posts import Post
from storage.state.subscriptions import Subscription

ARCHIVED = "is_archived"  # Slack's word
Remedy = Literal["drop", "move", "hold", "stop", "anew"]


class Objection(NamedTuple):
    """Why a digest is not sent, and what becomes of it.

    drop ── nobody needs it │ move ── to its present channel │ hold ── a person decides │ stop ── it is paused
    anew ── it must be composed again
    """

    remedy: Remedy
    reason: str


class Terms(NamedTuple):
    """What a digest was composed by: its part of the organization, how engineers are named, and whether."""

    scope: str
    naming: str
    names: bool


class Withheld(Exception):
    """A digest must not be sent as things are now."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.reason)
        self.objection = objection


def terms_of(post: Post) -> Terms | None:
    """By what a digest is composed now, None where it is gone."""
    subscription = subscriptions.of_post(post)
    if subscription is None:
        return None
    names = may_be_named_in(access.of_team(post.team_id), post.channel)
    return Terms(subscription.scope, subscription.naming, names)


def check(post: Post, channel: SlackClient, terms: Terms | None) -> None:
    """Look at all of it, Slack's part first, which takes longest. Raises Withheld, or SlackError."""
    if post.kind != "digest":
        return
    facts = channel.facts(post.channel)
    with session():
        found = objection(post, facts)
        if found is None and terms_of(post) != terms:
            found = Objection("anew", "it was changed")
        subscription = subscriptions.of_post(post)
        if found is None and facts and subscription and subscription.channel_id == post.channel:
            _learn(subscription, facts)
    if found:
        raise Withheld(found)


def objection(post: Post, facts: ChannelFacts | None) -> Objection | None:
    """What stands against sending it, or against editing what was sent.

    `facts` is None where Slack does not tell, or was not asked.
    """
    subscription = subscriptions.of_post(post)
    if post.kind != "digest":
        return None
    if subscription is None:
        return Objection("drop", "removed")
    found = _objection_to_sending(post, subscription) if post.state != "sent" else None
    if found:
        return found
    if not may_receive(access.of_team(post.team_id), post.channel):
        return Objection("stop", CHANNEL_BARRED)
    if connection_of(post) is None:
        return Objection("drop", UNCONNECTED)
    return _objection_to_readers(post, subscription, facts) if facts else None


def _objection_to_sending(post: Post, subscription: Subscription) -> Objection | None:
    """What was sent is edited where it is, though its digest was paused or sent elsewhere since."""
    if subscription.channel_id != post.channel:
        return Objection("move", subscription.channel_id)
    if subscription.paused and not is_manual(post):
        return Objection("hold" if subscription.paused in HELD else "drop", subscription.paused)
    return None


def _objection_to_readers(post: Post, subscription: Subscription, facts: ChannelFacts) -> Objection | None:
    if facts.is_archived:
        return Objection("stop", ARCHIVED)
    is_its_channel = subscription.channel_id == post.channel
    if is_its_channel and is_wider(facts.audience, subscription.audience):
        return Objection("hold", facts.audience)
    return None


def _learn(subscription: Subscription, facts: ChannelFacts) -> None:
    """Remember what the channel is called, and who reads it where nobody had looked."""
    if facts.name:
        subscriptions.rename(subscription.team_id, subscription.channel_id, facts.name)
    if not subscription.audience:
        subscriptions.set_audience(subscription, facts.audience)
