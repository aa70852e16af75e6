"""Alerts that reached nobody: the next digest and `status` mention them."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.sync.incidents import connection_in, is_news
from digests import render
from digests.layout import blocks
from digests.layout.message import Message
from digests.words.incidents import WORDS
from storage.state import incidents, posts, subscriptions
from storage.state.posts import Post
from storage.state.subjects import BrokenDigest, DigestProblem, IncidentChange
from storage.state.subscriptions import Subscription


class UndeliveredAlert(NamedTuple):
    """An alert that reached nobody: its subject in a few words, and its channel, "" without one."""

    post: Post
    words: str
    channel: str = ""


def alerts_of(team_id: str) -> list[UndeliveredAlert]:
    """Return the undelivered alerts that are still true, each once."""
    alerts = [alert for post in posts.undelivered_alerts(team_id) if (alert := _alert(post))]
    return list({(each.words, each.channel): each for each in alerts}.values())


def with_remark(message: Message, alerts: Sequence[UndeliveredAlert]) -> Message:
    """Add a remark about undelivered alerts below a message."""
    if not alerts:
        return message
    remark = render.untold([(alert.words, alert.channel) for alert in alerts])
    text = f"{message.text} {remark.text}"
    return Message(text if len(text) <= blocks.TEXT else message.text, [*message.blocks, *remark.blocks])


def _alert(post: Post) -> UndeliveredAlert | None:
    """Return the subject of an alert, None if it is resolved."""
    match post.subject:
        case IncidentChange(number, "opened"):
            words = _incident(number)
            return UndeliveredAlert(post, words) if words else None
        case BrokenDigest(number):
            return _about(post, subscriptions.find(post.team_id, number), "broken")
        case DigestProblem(problem, number):
            troubled = posts.find(post.team_id, number)
            return _about(post, subscriptions.of_post(troubled) if troubled else None, problem)
    return None


def _about(post: Post, digest: Subscription | None, what: str) -> UndeliveredAlert | None:
    """Return the alert about a digest, None if the digest was removed or comes again."""
    if digest is None or digest.skipped or not (digest.paused or digest.trouble):
        return None
    return UndeliveredAlert(post, render.untold_digest(what), digest.channel_id)


def _incident(number: int) -> str:
    incident = incidents.find(number)
    connection = connection_in(incident) if incident else None
    if incident is None or connection is None or not is_news(incident, "opened", connection):
        return ""
    return WORDS[incident.kind].what
