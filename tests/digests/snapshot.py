"""Messages as a person reads them, kept in files beside the tests.

`REWRITE_SNAPSHOTS=1 pytest tests/digests` writes them anew; read the difference before you keep it.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digests.render import Message

FOLDER = Path(__file__).parent / "snapshots"


def matches(name: str, message: Message) -> bool:
    path, seen = FOLDER / f"{name}.txt", as_text(message)
    if os.environ.get("REWRITE_SNAPSHOTS"):
        path.write_text(seen)
    return path.read_text() == seen


def as_text(message: Message) -> str:
    return "\n\n".join([f"text: {message.text}", *map(_block, message.blocks)]) + "\n"


def _block(block: dict[str, Any]) -> str:
    return _KINDS[block["type"]](block)


def _section(block: dict[str, Any]) -> str:
    if "fields" in block:
        return "\n".join("| " + field["text"].replace("\n", "  ") for field in block["fields"])
    beside = f"\n{_button(block['accessory'])}" if "accessory" in block else ""
    return f"{block['text']['text']}{beside}"


def _chart(block: dict[str, Any]) -> str:
    points = block["chart"]["series"][0]["data"]
    return f"({block['title']}) " + ", ".join(f"{p['label']}: {p['value']:g}" for p in points)


def _button(element: dict[str, Any]) -> str:
    if element["type"] == "overflow":
        choices = ", ".join(f"{each['text']['text']} {each['value']}" for each in element["options"])
        return f"[⋯] {element['action_id']} {choices}"
    if element["type"] == "static_select":
        return f"[{element['placeholder']['text']} ▾] {element['action_id']}{_choices(element)}"
    mark = "[[{}]]" if element.get("style") == "primary" else "[{}]"
    where = element.get("value") or element.get("url") or ""
    return f"{mark.format(element['text']['text'])} {element['action_id']} {where}".rstrip()


def _choices(element: dict[str, Any]) -> str:
    """A menu's choices and their values, a line each, the present choice in parentheses."""
    chosen = element.get("initial_option")
    texts = [
        f"({each['text']['text']})" if each == chosen else each["text"]["text"] for each in element["options"]
    ]
    values = [each["value"] for each in element["options"]]
    return "".join(f"\n  {text}: {value}" for text, value in zip(texts, values, strict=True))


def _cell(cell: dict[str, Any]) -> str:
    return str(cell["text"] if cell["type"] == "raw_text" else cell["elements"][0]["elements"][0]["text"])


def _table(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


_KINDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "header": lambda block: f"# {block['text']['text']}",
    "section": _section,
    "context": lambda block: f"~ {block['elements'][0]['text']}",
    "actions": lambda block: "\n".join(map(_button, block["elements"])),
    "table": lambda block: _table([[_cell(cell) for cell in row] for row in block["rows"]]),
    "data_visualization": _chart,
    "rich_text": lambda block: str(block["elements"][0]["elements"][0]["text"]),
}
