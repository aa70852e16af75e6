"""The parts of a block in a terminal: text objects, buttons, and the fields one fills in."""

from collections.abc import Mapping
from typing import Any, Final

from digests.terminal.text import Line, Span, Viewer, mrkdwn, pad, plain, shorten, wrap

Block = Mapping[str, Any]
_DIM: Final = frozenset({"dim"})


def text_of(text: Block, viewer: Viewer) -> Line:
    """Read a text object."""
    if text["type"] == "mrkdwn":
        return mrkdwn(text["text"], viewer)
    return plain(text["text"])


def inline(part: Block, viewer: Viewer) -> Line:
    """Flatten rich text into spans."""
    if "elements" in part:
        return [span for element in part["elements"] for span in inline(element, viewer)]
    style = [name for name, on in (part.get("style") or {}).items() if on]
    kind = part["type"]
    if kind == "text":
        return plain(part["text"], *style)
    if kind == "link":
        return plain(part.get("text") or part["url"], "link", *style)
    if kind == "date":
        return mrkdwn(f"<!date^{part['timestamp']}^{part['format']}|{part.get('fallback', '')}>", viewer)
    if kind in ("emoji", "broadcast"):
        return plain(f":{part['name']}:" if kind == "emoji" else f"@{part['range']}", *style)
    target = str(part.get("user_id") or part.get("channel_id") or part.get("usergroup_id") or "")
    return plain(viewer.names.get(target, target), "mention")


def element(part: Block, viewer: Viewer) -> Line:
    """Draw an element in one line."""
    kind = part["type"]
    if kind == "button":
        style = {"primary": ("green", "bold"), "danger": ("red",)}.get(part.get("style", ""), ())
        return label(part["text"]["text"], *style)
    if kind == "overflow":
        return label("⋯")
    if kind == "image":
        return plain(f"[{part['alt_text']}]", "dim")
    if kind in ("checkboxes", "radio_buttons"):
        lines = choices(part, 1000, viewer)
        return [span for line in lines for span in (*line, Span("  "))]
    return _boxed(_content(part, viewer))


def label(words: str, *style: str) -> Line:
    """Draw a button."""
    return [Span("[ ", _DIM), *plain(words, *style), Span(" ]", _DIM)]


def _boxed(content: Line) -> Line:
    return [Span("[ ", _DIM), *content, Span(" ▾ ]", _DIM)]


def field(element: Block, width: int, viewer: Viewer) -> list[Line]:
    """Draw an input as a box, or as a list of choices."""
    if element["type"] in ("checkboxes", "radio_buttons"):
        return choices(element, width, viewer)
    inner = min(width, 64) - 4
    content = shorten(_content(element, viewer), inner - 2)
    arrow = "▾" if "select" in element["type"] else " "
    middle = [Span("│ ", _DIM), *pad(content, inner - 1), Span(arrow), Span(" │", _DIM)]
    edge = "─" * (inner + 2)
    return [[Span(f"╭{edge}╮", _DIM)], middle, [Span(f"╰{edge}╯", _DIM)]]


def choices(element: Block, width: int, viewer: Viewer) -> list[Line]:
    """List options with what is chosen."""
    chosen = [*(element.get("initial_options") or []), element.get("initial_option")]
    on, off = ("●", "○") if element["type"] == "radio_buttons" else ("☑", "☐")
    lines: list[Line] = []
    for option in element["options"]:
        mark = on if option in chosen else off
        lines += wrap([Span(f"{mark} "), *text_of(option["text"], viewer)], width)
    return lines


def _content(element: Block, viewer: Viewer) -> Line:
    """Show what is in a field: its initial content, or the placeholder."""
    kinds = ("value", "option", "conversation", "channel", "user", "date", "time", "date_time")
    initial = next((element[f"initial_{k}"] for k in kinds if element.get(f"initial_{k}")), None)
    if isinstance(initial, dict):
        return plain(initial["text"]["text"])
    if initial is not None:
        return plain(viewer.names.get(str(initial), str(initial)))
    if element.get("default_to_current_conversation"):
        return plain("this channel", "dim")
    return plain((element.get("placeholder") or {}).get("text", ""), "dim")
