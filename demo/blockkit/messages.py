"""Find every violation of Block Kit's rules in a message or a view, in Slack's words.

What we never send (cards, videos, plans, …) is known by name and surface only. Where copies of Slack's pages
disagree, the stricter number holds, so that what passes here passes there.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from demo.blockkit.checks import (
    Check,
    anything,
    as_list,
    boolean,
    both,
    exactly_one,
    items,
    one_of,
    pointer,
    problem,
    shape,
    string,
    unique,
    whole,
)
from demo.blockkit.elements import (
    ADDRESS,
    IDENTIFIER,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
    plain,
    text,
)
from demo.blockkit.figures import CHART, RICH_TEXT, TABLE

Surface = Literal["message", "modal", "home"]

# https://github.com/slackapi/bolt-js/issues/2867: no documented limit, but refused at 11,341.
MESSAGE_CHARACTERS: Final = 11_000
TOO_LONG: Final = "the blocks of a message must hold no more than 11000 characters in all"
NO_TEXT: Final = "the top-level text is missing: notifications and screen readers have nothing to say"
_VISIBLE: Final = {"text", "title", "label", "name", "alt_text", "fallback", "x_label", "y_label"}


def problems_in_message(payload: Mapping[str, Any]) -> list[str]:
    """Name everything Slack (or a screen reader) would object to in a message."""
    return [
        *_problems_in_text(payload.get("text")),
        *_problems_in_blocks(payload.get("blocks") or [], "message"),
        *_problems_in_figures(payload.get("blocks") or []),
        *_problems_in_metadata(payload.get("metadata")),
    ]


def problems_in_view(view: Mapping[str, Any]) -> list[str]:
    """Name everything Slack would object to in a modal or a Home tab."""
    kind = str(view.get("type"))
    if kind not in _VIEWS:
        return [problem(f"unsupported type: {kind}", "/type")]
    surface: Surface = "modal" if kind == "modal" else "home"
    return [
        *_VIEWS[kind](dict(view), ""),
        *_problems_in_blocks(view.get("blocks"), surface),
        *_problems_in_submit(view),
        *_problems_in_size(view),
    ]


def words_in(value: object) -> list[str]:
    """Return every text that a person can read in blocks, in order."""
    words: list[str] = []
    _collect(value, words)
    return words


def _collect(value: object, words: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(item, words)
    elif isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(part, str):
                _collect(part, words)
            elif name in _VISIBLE:
                words.append(part)


def characters(value: object) -> int:
    """Count what a person can read in blocks."""
    return sum(map(len, words_in(value)))


def _problems_in_text(words: object) -> Iterator[str]:
    if words is None or words == "":
        yield problem(NO_TEXT, "/text")
    else:
        yield from string(4000)(words, "/text")


def _problems_in_blocks(blocks: object, surface: Surface) -> Iterator[str]:
    most, least = (50, 0) if surface == "message" else (100, 1)
    yield from items(anything, most, least=least)(blocks, "/blocks")
    yield from unique("block_id")(blocks, "/blocks")
    for index, block in enumerate(as_list(blocks)):
        yield from _problems_in_block(block, surface, pointer("/blocks", index))


def _problems_in_block(block: object, surface: Surface, at: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str) or kind not in BLOCKS:
        yield problem(f"unsupported type: {kind}", pointer(at, "type"))
        return
    if surface not in _SURFACES[kind]:
        yield problem(f"{kind} is not allowed in a {surface}", pointer(at, "type"))
    yield from BLOCKS[kind](block, at)
    yield from _problems_in_action_ids(block, at)


def _problems_in_action_ids(block: object, at: str) -> Iterator[str]:
    """Slack refuses two elements with one action_id in one block; the same id in another block is fine."""
    elements = block.get("elements") if isinstance(block, dict) else None
    yield from unique("action_id")(elements, pointer(at, "elements"))


def _problems_in_figures(blocks: object) -> Iterator[str]:
    objects = [b for b in as_list(blocks) if isinstance(b, dict)]
    kinds = Counter(str(b.get("type")) for b in objects)
    if kinds["table"] > 1:
        yield problem("only one table is allowed in a message", "/blocks")
    if kinds["data_visualization"] > 2:
        yield problem("no more than 2 data_visualization blocks are allowed in a message", "/blocks")
    if sum(characters(b) for b in objects if b.get("type") == "table") > 10_000:
        yield problem("tables must hold no more than 10000 characters in all", "/blocks")
    if sum(characters(b) for b in objects if b.get("type") == "markdown") > 12_000:
        yield problem("markdown must hold no more than 12000 characters in all", "/blocks")
    if characters(objects) > MESSAGE_CHARACTERS:
        yield problem(TOO_LONG, "/blocks")


def _problems_in_metadata(metadata: object) -> Iterator[str]:
    if metadata is not None:
        yield from _METADATA(metadata, "/metadata")


def _problems_in_submit(view: Mapping[str, Any]) -> Iterator[str]:
    kinds = [b.get("type") for b in as_list(view.get("blocks")) if isinstance(b, dict)]
    if view.get("type") == "modal" and "input" in kinds and "submit" not in view:
        yield problem("missing required field: submit, because the view has inputs", "")


def _problems_in_size(view: Mapping[str, Any]) -> Iterator[str]:
    if len(json.dumps(view, ensure_ascii=False).encode()) > 250_000:
        yield problem("view_too_large: must be no more than 250 kB", "")


def _object(value: object, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield problem("must be an object", at)


_METADATA = shape({"event_type": string(255), "event_payload": _object})


def _block(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return shape({"type": anything, **required}, {"block_id": IDENTIFIER, **(optional or {})})


def _says_something(value: object, at: str) -> Iterator[str]:
    if isinstance(value, dict) and not value.get("text") and not value.get("fields"):
        yield problem("missing required field: text or fields", at)


_SECTION = _block(
    {},
    {"text": text(3000), "fields": items(text(2000), 10), "accessory": IN_SECTION, "expand": boolean},
)
_IMAGE = _block(
    {"alt_text": string(2000)}, {"image_url": ADDRESS, "slack_file": SLACK_FILE, "title": plain(2000)}
)

BLOCKS: Final[dict[str, Check]] = {
    "section": both(_SECTION, _says_something),
    "header": _block({"text": plain(150)}, {"level": whole(1, 4)}),
    "context": _block({"elements": items(IN_CONTEXT, 10)}),
    "actions": _block({"elements": items(IN_ACTIONS, 25)}),
    "divider": _block({}),
    "image": both(_IMAGE, exactly_one("image_url", "slack_file")),
    "input": _block(
        {"label": plain(2000), "element": IN_INPUT},
        {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "alert": _block({"text": text(200)}, {"level": one_of("default", "info", "warning", "error", "success")}),
    "markdown": _block({"text": string(12_000)}),
    "rich_text": RICH_TEXT,
    "table": TABLE,
    "data_visualization": CHART,
    **dict.fromkeys(
        (
            "video",
            "data_table",
            "card",
            "carousel",
            "container",
            "context_actions",
            "plan",
            "task_card",
            "file",
        ),
        anything,
    ),
}

_EVERYWHERE: Final = frozenset({"message", "modal", "home"})
_NOT_IN_MODALS: Final = frozenset({"message", "home"})
_SURFACES: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(BLOCKS, _EVERYWHERE),
    **dict.fromkeys(("table", "data_table", "carousel", "container"), _NOT_IN_MODALS),
    **dict.fromkeys(
        ("markdown", "data_visualization", "context_actions", "plan", "task_card", "file"),
        frozenset({"message"}),
    ),
    "alert": frozenset({"modal"}),
}

_VIEW: Final[dict[str, Check]] = {
    "private_metadata": string(3000, least=0),
    "callback_id": IDENTIFIER,
    "external_id": string(255, least=0),
}
_VIEWS: Final[dict[str, Check]] = {
    "home": shape({"type": anything, "blocks": anything}, _VIEW),
    "modal": shape(
        {"type": anything, "title": plain(24), "blocks": anything},
        {
            **_VIEW,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
}
