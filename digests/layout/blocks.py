"""Block Kit as plain data, cut at Slack's limits: https://docs.slack.dev/reference/block-kit/blocks.

`section` and `context` take mrkdwn from templates, already escaped; all others take plain words.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from digests.words.direction import contained
from digests.words.wording import REMARK, escape, plain

Block = dict[str, Any]

# Slack's limits of characters and of items: https://docs.slack.dev/reference/block-kit/blocks, and for a
# message's text https://docs.slack.dev/reference/methods/chat.update
SECTION, FIELD, HEADER, BUTTON, VALUE, TEXT = 3000, 2000, 150, 75, 2000, 4000
BLOCKS, ROWS, FIELDS, BUTTONS = 50, 100, 10, 25
PLACEHOLDER, OPTIONS, OPTION, BLOCK_ID = 150, 100, 150, 255
CELL = 120  # characters: a choice, more than a name and its figures have, and less than fills a screen

_MORE = "and {:,} more"
_SIGN = re.compile(r"(?<=[▲▼]) (?=\d)")
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")


def header(text: str) -> Block:
    """Return the title of a message."""
    return {"type": "header", "text": _plain(text, HEADER)}


def section(text: str) -> Block:
    """Return a paragraph or a list of lines."""
    return {"type": "section", "text": _mrkdwn(text, SECTION)}


def figures(*pairs: tuple[str, str]) -> Block:
    """Return figures in two columns, each under its label."""
    texts = [f"*{escape(label)}*\n{escape(figure)}" for label, figure in pairs]
    return {"type": "section", "fields": [_mrkdwn(text, FIELD) for text in texts[:FIELDS]]}


def sections(text: str) -> list[Block]:
    """Return lines, in as many blocks as they need."""
    return [section(part) for part in _packed(text, "\n", SECTION)] if text else []


def context(text: str) -> Block:
    """Return small print, in as many elements as its remarks need."""
    return {"type": "context", "elements": [_mrkdwn(part, FIELD) for part in _packed(text, REMARK, FIELD)]}


def actions(*buttons: Block) -> Block:
    """Return buttons in a row."""
    return {"type": "actions", "elements": list(buttons[:BUTTONS])}


def button(text: str, action_id: str, *, value: str = "", url: str = "", primary: bool = False) -> Block:
    """Return a button: a verb or a view."""
    optional = {"value": value[:VALUE], "url": url, "style": "primary" if primary else ""}
    return {
        "type": "button",
        "text": _plain(text, BUTTON),
        "action_id": action_id,
        **{key: given for key, given in optional.items() if given},
    }


def overflow(action_id: str, choices: Mapping[str, str]) -> Block:
    """Return a menu of up to five more actions: texts by value, without values too long for Slack."""
    return {"type": "overflow", "action_id": action_id, "options": _options(choices)[:5]}


def select(action_id: str, placeholder: str, choices: Mapping[str, str], *, chosen: str = "") -> Block:
    """Return a menu to choose from: texts by value, of which one can be `chosen` already.

    Values that are too long for Slack are left out.
    """
    options = _options(choices)[:OPTIONS]
    initial = [each for each in options if each["value"] == chosen]
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": _plain(placeholder, PLACEHOLDER),
        "options": options,
        **({"initial_option": initial[0]} if initial else {}),
    }


def _options(choices: Mapping[str, str]) -> list[Block]:
    return [
        {"text": _plain(text, BUTTON), "value": value}
        for value, text in choices.items()
        if len(value) <= OPTION
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], total: Sequence[str] | None = None) -> Block:
    """Return a table: names on the left, figures on the right, the head and the total in bold."""
    body = [[_cell(text) for text in row] for row in rows[: ROWS - 2]]
    last = [[_bold(text) for text in total]] if total else []
    return {
        "type": "table",
        "column_settings": [{"is_wrapped": True}, *[{"align": "right"} for _ in head[1:]]],
        "rows": [[_bold(text) for text in head], *body, *last],
    }


def bars(title: str, name: str, points: Sequence[tuple[str, float]]) -> Block:
    """Return a native chart of one series, at most twenty points of unique labels."""
    return {
        "type": "data_visualization",
        "title": contained(plain(title))[:50],
        "chart": {
            "type": "bar",
            "series": [{"name": name, "data": [{"label": at, "value": value} for at, value in points]}],
            "axis_config": {"categories": [at for at, _ in points], "y_label": "USD"},
        },
    }


def picture(file_id: str, alt_text: str) -> Block:
    """Return an uploaded picture with its alt text."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": alt_text}


def preformatted(lines: Sequence[str]) -> Block:
    """Return lines in a fixed-width font."""
    text = {"type": "text", "text": "\n".join(lines)[:SECTION]}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [text]}]}


def cut(text: str, limit: int) -> str:
    """Cut mrkdwn, after a line if there are several, never inside an entity."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 2]
    lines, newline, _ = kept.rpartition("\n")
    return f"{lines}{newline}…" if lines else f"{_HALF_ENTITY.sub('', kept)}…"


def listed(lines: Sequence[str], limit: int) -> str:
    """Join as many lines as fit, and say how many more there are."""
    whole = "\n".join(lines)
    if len(whole) <= limit:
        return whole
    kept, left = list[str](), limit - len(_MORE.format(len(lines)))
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join([*kept, _MORE.format(len(lines) - len(kept))])


def _packed(text: str, between: str, limit: int) -> list[str]:
    """Join the parts of a text into as few texts as can hold them."""
    packed: list[str] = []
    for part in text.split(between):
        if packed and len(packed[-1]) + len(between) + len(part) <= limit:
            packed[-1] += between + part
        else:
            packed.append(part)
    return packed


def _mrkdwn(text: str, limit: int) -> Block:
    # Without `verbatim` Slack links addresses and channel names found in foreign text.
    # A space that does not break keeps a sign and its figure in one line on a phone.
    return {"type": "mrkdwn", "text": _SIGN.sub("\u00a0", cut(text, limit)), "verbatim": True}


def _plain(text: str, limit: int) -> Block:
    words = contained(plain(text))
    return {"type": "plain_text", "text": words if len(words) <= limit else plain(f"{words[: limit - 1]}…")}


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": contained(plain(text[:CELL]))}


def _bold(text: str) -> Block:
    run = {"type": "text", "text": contained(plain(text[:CELL])), "style": {"bold": True}}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [run]}]}
