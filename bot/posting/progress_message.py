"""Show the progress of a backfill to the person who connected, in one direct message that is edited."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.slack.client import Posted, SlackClient, SlackError, SlackRefused
from bot.sync import backfill
from digests import render
from storage.state import connections
from storage.state.connections import Connection, MessagePlace

# A choice: 20 edits a minute leave room below the 50 that Slack allows for chat.update in a workspace
# (https://docs.slack.dev/apis/web-api/rate-limits), and a slower bar seems to have stopped.
SECONDS_BETWEEN_EDITS = 3.0
log = logging.getLogger(__name__)


@dataclass
class ProgressMessage:
    """Called after each step of a backfill; does nothing if no message is wanted."""

    slack_of: Callable[[str], SlackClient | None]
    now: Callable[[], datetime]
    _last: dict[int, float] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, connection: Connection) -> None:
        """Update the message; an error of Slack's does not stop the backfill."""
        connection = connections.by_id(connection.id)
        done = connection.first_day is not None
        if not connection.announced or not (done or self._is_time(connection.id)):
            return
        try:
            if channel := self.slack_of(connection.team_id):
                self._show(connection, channel, done=done)
        except SlackError as error:
            log.warning("connection %d: progress not shown: %s", connection.id, error.code)

    def _is_time(self, connection_id: int) -> bool:
        with self._guard:
            now = time.monotonic()
            if now - self._last.get(connection_id, float("-inf")) < SECONDS_BETWEEN_EDITS:
                return False
            self._last[connection_id] = now
            return True

    def _show(self, connection: Connection, channel: SlackClient, *, done: bool) -> None:
        progress = backfill.progress(connection, now=self.now())
        message = render.progress(connection.organization_name, progress, done=done)
        place = connection.announced
        if isinstance(place, MessagePlace):
            posted = Posted(place.channel, place.ts)
        else:
            posted = self._find(connection, channel) or channel.post(
                connection.connected_by, message, post_id=_id(connection)
            )
            connections.set_progress_message(connection.id, MessagePlace(posted.channel, posted.ts))
        channel.edit(posted, message)
        if done:
            connections.set_progress_message(connection.id, None)

    def _find(self, connection: Connection, channel: SlackClient) -> Posted | None:
        """Return the message of a process that ended before it stored the message's place."""
        try:
            return channel.find(connection.connected_by, _id(connection), since=connection.connected_at)
        except SlackRefused:
            return None


def _id(connection: Connection) -> str:
    return f"progress:{connection.id}:{connection.connected_at.timestamp():.0f}"
