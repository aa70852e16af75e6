"""The forms of a message, best first: as it is, charts as pictures, charts in characters, words alone.

A picture is uploaded only when a form is asked for, which is after Slack has refused the one before.
"""

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial

from slack_sdk import WebClient

from bot import files
from digests import blocks, chart, picture
from digests.message import Message

NAME = "spend.png"
log = logging.getLogger(__name__)


def forms(
    client: WebClient, said: Message, *, wait: Callable[[float], None] = time.sleep
) -> Iterator[Message]:
    """Return the forms of a message one by one."""
    yield said
    if any(block["type"] == chart.NATIVE for block in said.blocks):
        try:
            yield chart.instead(said, partial(_as_picture, client, wait))
        except files.FileRefused as error:
            log.info("no picture of a chart: Slack says %s", error)
        yield chart.instead(said, chart.in_text)
    yield Message(said.text, [])


def _as_picture(client: WebClient, wait: Callable[[float], None], native: blocks.Block) -> blocks.Block:
    told = picture.told(native)
    drawn = picture.png(picture.svg(native))
    return blocks.picture(files.picture(client, NAME, drawn, alt_text=told, wait=wait), told)
