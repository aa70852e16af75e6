"""Modals as plain data: their parts, and what a person entered."""

from collections.abc import Mapping, Sequence
from typing import Any

from digests.layout.blocks import Block
from digests.layout.message import Message
from digests.words.direction import contained

EMPTY = "Fill this in."
VALUE = "value"
"""The action of every field: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload."""


def modal(
    title: str, content: Sequence[Block], *, callback_id: str, submit: str, metadata: str = ""
) -> Block:
    """Return a form. `metadata` comes back with it and is readable to Slack: ids only."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": metadata,
        "blocks": list(content),
    }


def notice(title: str, message: Message) -> Block:
    """Return a modal with a message and nothing to fill in."""
    return {"type": "modal", "title": plain(title), "close": plain("Close"), "blocks": message.blocks}


def field(block_id: str, label: str, element: Block, *, hint: str = "") -> Block:
    """Return one field of a form."""
    below = {"hint": plain(hint)} if hint else {}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": VALUE, **element},
        **below,
    }


def option(text: str, value: str, *, description: str = "") -> Block:
    """Return one choice."""
    more = {"description": plain(description)} if description else {}
    return {"text": plain(text), "value": value, **more}


def plain(text: str) -> Block:
    """Return text without markup."""
    return {"type": "plain_text", "text": contained(text)}


def entered(view: Mapping[str, Any], block_id: str) -> dict[str, Any]:
    """Return what a person entered in a field, as Slack sends it."""
    entry: dict[str, Any] = view["state"]["values"][block_id][VALUE]
    return entry


def left_empty(view: Mapping[str, Any]) -> dict[str, str]:
    """Return the required fields that are empty, each with the error to show at it.

    Slack sends null for a field that was cleared, and leaves out one that nobody touched.
    """
    fields = [block for block in view.get("blocks") or () if block.get("type") == "input"]
    needed = [str(block["block_id"]) for block in fields if not block.get("optional")]
    values = view["state"]["values"]
    return {each: EMPTY for each in needed if not any(map(_is_filled, values.get(each, {}).values()))}


def _is_filled(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(name) for name in _FILLED)


_FILLED = (
    "value",
    "selected_option",
    "selected_options",
    "selected_conversation",
    "selected_conversations",
    "selected_time",
)
"""The keys under which elements of each type keep what was entered."""
