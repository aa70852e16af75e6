"""Everything that is known about what Slack takes, by people who do not know each other.

demo/blockkit │ slack_sdk's models │ slackblocks' limits and surfaces │ a schema of @slack/types
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import slackblocks
from jsonschema_rs import Draft7Validator
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slackblocks import _limits as limits
from slackblocks._surfaces import validate_surface_blocks
from slackblocks.errors import InvalidUsageError

from demo.blockkit.messages import characters, problems_in_message, problems_in_view

Payload = Mapping[str, Any]
Surface = Literal["message", "modal", "home"]

COMFORTABLE = 8000
"""Characters of a message. Slack refuses somewhere past eleven thousand and does not say where."""
_DATA = Path(__file__).parent.parent / "data"
_UNTYPED = {"data_visualization"}  # neither slack_sdk 3.47 nor @slack/types 3.2 knows it


def objections(surface: Surface, payload: Payload) -> list[str]:
    """Name everything that anybody objects to."""
    blocks = payload["blocks"]
    return [
        *_ours(surface, payload),
        *_of_the_sdk(surface, payload),
        *_of_slackblocks(surface, blocks),
        *_of_the_schema(surface, payload),
    ]


def _ours(surface: Surface, payload: Payload) -> Iterator[str]:
    json.dumps(payload, allow_nan=False).encode()
    if surface != "message":
        yield from problems_in_view(payload)
        return
    yield from problems_in_message(payload)
    if characters(payload["blocks"]) > COMFORTABLE:
        yield f"a message of {characters(payload['blocks'])} characters"


def _of_the_sdk(surface: Surface, payload: Payload) -> Iterator[str]:
    try:
        for block in _typed(payload["blocks"]):
            parsed = Block.parse(block)
            if parsed is None:
                yield f"slack_sdk does not know {block.get('type')}"
            else:
                parsed.to_dict()
        if surface != "message":
            View(**payload).to_dict()
    except (SlackObjectFormationError, TypeError) as error:  # its models take what they know as arguments
        yield f"slack_sdk: {error}"


def _of_slackblocks(surface: Surface, blocks: Sequence[Payload]) -> Iterator[str]:
    try:
        validate_surface_blocks(list(blocks), surface)
        for block in blocks:
            _read(block)
    except InvalidUsageError as error:
        yield f"slackblocks: {error}"
    most = limits.MESSAGE_BLOCKS_MAX_ITEMS if surface == "message" else limits.VIEW_BLOCKS_MAX_ITEMS
    yield from _at_most(most, "blocks", blocks)
    for block in blocks:
        kind = block.get("type")
        if kind == "actions":
            yield from _at_most(limits.ACTIONS_ELEMENTS_MAX_ITEMS, "elements", block["elements"])
            for element in block["elements"]:
                yield from _at_most(limits.BUTTON_VALUE_MAX_LENGTH, "value", element.get("value", ""))
        elif kind == "table":
            yield from _at_most(limits.TABLE_ROWS_MAX_ITEMS, "rows", block["rows"])
            yield from _at_most(limits.TABLE_COLUMNS_MAX_ITEMS, "columns", block["rows"][0])
        elif kind == "data_visualization":
            yield from _at_most(limits.DATA_VISUALIZATION_TITLE_MAX_LENGTH, "title", block["title"])
            for series in block["chart"].get("series", ()):
                yield from _at_most(limits.DATA_VISUALIZATION_DATA_MAX_ITEMS, "points", series["data"])


def _read(block: Payload) -> None:
    """Have slackblocks read a block, where it can."""
    try:
        slackblocks.Block.from_dict(dict(block))
    except NotImplementedError:  # actions, input, table and charts it builds, but does not read
        return


def _at_most(most: int, what: str, items: Sequence[object]) -> Iterator[str]:
    if len(items) > most:
        yield f"slackblocks: {len(items)} {what}, of {most}"


def _of_the_schema(surface: Surface, payload: Payload) -> Iterator[str]:
    typed = {**payload, "blocks": _typed(payload["blocks"])}
    for error in _schema(surface).iter_errors(typed):
        yield f"@slack/types: {error.message[:200]} at {error.instance_path}"


def _typed(blocks: Sequence[Payload]) -> list[dict[str, Any]]:
    return [dict(block) for block in blocks if block.get("type") not in _UNTYPED]


@cache
def _schema(surface: Surface) -> Draft7Validator:
    return Draft7Validator(json.loads((_DATA / f"slack-types-3.2.0-{surface}.json").read_text()))
