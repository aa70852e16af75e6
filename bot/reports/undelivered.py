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
    what, number, *rest = post.subject.split(" ")
    if what == "incident":
        words = _incident(int(number), rest[0])
        return UndeliveredAlert(post, words) if words else None
    digest = _digest(post.team_id, what, int(number))
    is_so = digest is not None and bool(digest.paused or digest.trouble)
    return UndeliveredAlert(post, render.untold_digest(what), digest.channel_id) if digest and is_so else None


def _digest(team_id: str, what: str, number: int) -> Subscription | None:
    if what == "broken":
        return subscriptions.find(team_id, number)
    troubled = posts.find(team_id, number)
    return subscriptions.of_post(troubled) if troubled else None


def _incident(number: int, event: str) -> str:
    incident = incidents.find(number)
    connection = connection_in(incident) if incident else None
    if incident is None or connection is None or event != "opened":
        return ""
    return WORDS[incident.kind].what if is_news(incident, event, connection) else ""
