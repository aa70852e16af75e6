"""Messages in the best form that Slack takes.

native chart │ uploaded picture │ chart in characters │ text alone

The next form is made only after Slack refused the one before. A Slack workspace that refused a native chart
gets pictures for a day, and each chart's picture is uploaded once; both facts are kept by its client.
"""

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Condition
from typing import TypeVar
from weakref import WeakKeyDictionary

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


class _Memory:
    """What a client's Slack refused last, and its uploaded pictures by their alt texts."""

    def __init__(self) -> None:
        self.refused_at: float | None = None
        by_text = cached(LRUCache(_MOST), key=lambda alt_text, *_: alt_text, condition=Condition())
        self.upload = by_text(_upload)

    def refuses_charts(self, now: float) -> bool:
        return self.refused_at is not None and now - self.refused_at < REMEMBERED


def _upload(alt_text: str, client: WebClient, wait: Callable[[float], None], native: blocks.Block) -> str:
    return files.picture(client, NAME, picture.png(picture.svg(native)), alt_text=alt_text, wait=wait)


_MEMORIES: WeakKeyDictionary[WebClient, _Memory] = WeakKeyDictionary()


def deliver(
    client: WebClient,
    message: Message,
    take: Callable[[Message], Taken],
    *,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Taken:
    """Call `take` with one form after another until it takes one; raises what it raises for the last."""
    memory, refused = _MEMORIES.setdefault(client, _Memory()), set[str]()
    skips_native = memory.refuses_charts(clock())
    for form in _forms(client, message, memory, wait, skips_native=skips_native):
        try:
            taken = take(form)
        except Misfit as error:
            refused.add(error.code)
            continue
        if refused & errors.UNSHOWN and not skips_native:
            memory.refused_at = clock()
        return taken
    return take(Message(message.text, []))


def _forms(
    client: WebClient, message: Message, memory: _Memory, wait: Callable[[float], None], *, skips_native: bool
) -> Iterator[Message]:
    has_chart = any(block["type"] == chart.NATIVE for block in message.blocks)
    if not (has_chart and skips_native):
        yield message
    if not has_chart:
        return
    try:
        yield chart.instead(message, partial(_as_picture, client, memory, wait))
        memory.upload.cache_clear()  # Slack refused this picture, so it is not used again
    except files.FileRefused as error:
        log.info("a chart has no picture: Slack says %s", error)
    yield chart.instead(message, chart.in_text)


def _as_picture(
    client: WebClient, memory: _Memory, wait: Callable[[float], None], native: blocks.Block
) -> blocks.Block:
    alt_text = picture.alt_text(native)
    return blocks.picture(memory.upload(alt_text, client, wait, native), alt_text)
