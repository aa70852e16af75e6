"""A message in the best form that Slack takes.

native chart │ picture, uploaded │ chart in characters │ words alone

Each form is made only once Slack has refused the one before. A Slack that refuses native charts is begun
with a picture for a day; a picture of the same chart is uploaded once. Both are remembered by its client.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

from slack_sdk import WebClient

from bot.slack import files
from digests.layout import blocks, chart, picture
from digests.layout.message import Message

NAME = "spend.png"
REMEMBERED = 24 * 60 * 60.0  # seconds, after which a native chart is tried again
UNSHOWN = {"invalid_blocks", "invalid_blocks_format"}
"""What Slack says of a kind of block that it does not take."""
MISFITS = {*UNSHOWN, "msg_blocks_too_long", "msg_too_long", "invalid_attachments"}
"""What it says where another form may do."""
_MOST = 50  # pictures
Taken = TypeVar("Taken")
log = logging.getLogger(__name__)


class Misfit(Exception):
    """Slack does not take this form of a message; `code` is its own word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class _Known:
    """Of one Slack: when it last refused a native chart, and the id of each picture by what it shows."""

    refused_at: float | None = None
    pictures: dict[str, str] = field(default_factory=dict)

    def refuses_charts(self, now: float) -> bool:
        return self.refused_at is not None and now - self.refused_at < REMEMBERED

    def keep(self, told: str, file_id: str) -> None:
        if len(self.pictures) >= _MOST:
            self.pictures.clear()
        self.pictures[told] = file_id


_KNOWN: WeakKeyDictionary[WebClient, _Known] = WeakKeyDictionary()


def deliver(
    client: WebClient,
    said: Message,
    take: Callable[[Message], Taken],
    *,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Taken:
    """Have Slack `take` the best form that it does; raises what `take` raises of the last one."""
    known, refused = _KNOWN.setdefault(client, _Known()), set[str]()
    skips_native = known.refuses_charts(clock())
    for form in _forms(client, said, known, wait, skips_native=skips_native):
        try:
            taken = take(form)
        except Misfit as error:
            refused.add(error.code)
            continue
        if refused & UNSHOWN and not skips_native:
            known.refused_at = clock()
        return taken
    return take(Message(said.text, []))


def _forms(
    client: WebClient, said: Message, known: _Known, wait: Callable[[float], None], *, skips_native: bool
) -> Iterator[Message]:
    has_chart = any(block["type"] == chart.NATIVE for block in said.blocks)
    if not (has_chart and skips_native):
        yield said
    if not has_chart:
        return
    try:
        yield chart.instead(said, partial(_as_picture, client, known, wait))
        known.pictures.clear()  # whoever comes back for another form was refused this one
    except files.FileRefused as error:
        log.info("no picture of a chart: Slack says %s", error)
    yield chart.instead(said, chart.in_text)


def _as_picture(
    client: WebClient, known: _Known, wait: Callable[[float], None], native: blocks.Block
) -> blocks.Block:
    told = picture.told(native)
    if told not in known.pictures:
        drawn = picture.png(picture.svg(native))
        known.keep(told, files.picture(client, NAME, drawn, alt_text=told, wait=wait))
    return blocks.picture(known.pictures[told], told)
