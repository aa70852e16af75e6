"""Messages in the best form that Slack takes.

native chart │ uploaded picture │ chart in characters │ text alone

The next form is made only after Slack refused the one before. A Slack workspace that refused a native chart
gets pictures for a day, and each chart's picture is uploaded once.
"""

import logging
import time
from collections.abc import Callable, Iterator
from threading import Condition
from typing import TypeVar

from cachetools import LRUCache, cached
from slack_sdk import WebClient

from bot.slack import errors, files
from digests.layout import blocks, chart, picture
from digests.layout.message import Message

NAME = "spend.png"
REMEMBERED = 24 * 60 * 60.0
"""Seconds until a native chart is tried again: Slack may take it by then, and asking costs a failed call."""
_MOST = 50  # pictures whose ids are kept; more than a team's digests of a day have
Taken = TypeVar("Taken")
log = logging.getLogger(__name__)


class Misfit(Exception):
    """Slack does not take this form of a message; `code` is its error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Delivery:
    """Delivers messages to one Slack, and remembers what it refused last and the pictures it has."""

    def __init__(
        self,
        client: WebClient,
        *,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wait` sleeps while Slack processes a file; `clock` is monotonic, in seconds."""
        self.client, self._wait, self._clock = client, wait, clock
        self._refused_at: float | None = None
        self._picture_refused_at: float | None = None
        self._file_ids: LRUCache[str, str] = LRUCache(_MOST)
        by_text = cached(self._file_ids, key=lambda alt_text, *_: alt_text, condition=Condition())
        self._uploaded = by_text(self._upload)

    def deliver(self, message: Message, take: Callable[[Message], Taken]) -> Taken:
        """Call `take` with one form after another until it takes one; raises what it raises for the last."""
        refused, skips_native = set[str](), self._refuses_charts()
        for form in self._forms(message, skips_native=skips_native):
            try:
                taken = take(form)
            except Misfit as error:
                refused.add(error.code)
                continue
            if refused & errors.UNSHOWN and not skips_native:
                self._refused_at = self._clock()
            return taken
        return take(Message(message.text, []))

    @property
    def may_upload(self) -> bool:
        """Whether Slack took the last picture, or refused it long ago."""
        at = self._picture_refused_at
        return at is None or self._clock() - at >= REMEMBERED

    def kept_picture(self, native: blocks.Block) -> blocks.Block | None:
        """Return a picture of a chart if it is uploaded already."""
        alt_text = picture.alt_text(native)
        file_id = self._file_ids.get(alt_text)
        return blocks.picture(file_id, alt_text) if file_id else None

    def upload_picture(self, native: blocks.Block) -> blocks.Block | None:
        """Return a picture of a chart, uploaded unless it is already; None if Slack refuses the file."""
        try:
            return self._as_picture(native)
        except files.FileRefused as error:
            log.info("a chart is shown in characters, because Slack refuses its picture: %s", error)
            self._picture_refused_at = self._clock()
            return None

    def forget_pictures(self) -> None:
        """Forget the uploaded pictures, because Slack no longer takes one, and upload none for a day."""
        self._uploaded.cache_clear()
        self._picture_refused_at = self._clock()

    def _refuses_charts(self) -> bool:
        return self._refused_at is not None and self._clock() - self._refused_at < REMEMBERED

    def _forms(self, message: Message, *, skips_native: bool) -> Iterator[Message]:
        has_chart = any(block["type"] == chart.NATIVE for block in message.blocks)
        if not (has_chart and skips_native):
            yield message
        if not has_chart:
            return
        try:
            yield chart.instead(message, self._as_picture)
            self._uploaded.cache_clear()  # Slack refused this picture, so it is not used again
        except files.FileRefused as error:
            log.info("a chart is sent as text, because Slack refuses its picture: %s", error)
        yield chart.instead(message, chart.in_text)

    def _as_picture(self, native: blocks.Block) -> blocks.Block:
        alt_text = picture.alt_text(native)
        return blocks.picture(self._uploaded(alt_text, native), alt_text)

    def _upload(self, alt_text: str, native: blocks.Block) -> str:
        drawn = picture.png(picture.svg(native))
        return files.picture(self.client, NAME, drawn, alt_text=alt_text, wait=self._wait)
