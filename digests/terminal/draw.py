"""Block Kit in a terminal: a message, a modal or a Home tab, drawn so that one can read it at a glance."""

from collections.abc import Callable, Mapping
from itertools import pairwise, zip_longest
from typing import Any, Final

from digests.terminal.elements import element, field, inline, label, text_of
from digests.terminal.figures import chart, table
from digests.terminal.text import (
    EMOJI,
    Line,
    Span,
    Viewer,
    mrkdwn,
    pad,
    paint,
    plain,
    restyled,
    width_of,
    wrap,
)

Block = Mapping[str, Any]
_DIM: Final = frozenset({"dim"})
_ANYBODY: Final = Viewer()


def draw(payload: Block, width: int = 100, *, color: bool = False, viewer: Viewer = _ANYBODY) -> str:
    """Draw a message, a modal or a Home tab as text no wider than `width`."""
    return "\n".join(paint(line, color=color) for line in lines_of(payload, width, viewer))


def lines_of(payload: Block, width: int, viewer: Viewer) -> list[Line]:
    """The lines of what Slack was given, for who draws a frame around them."""
    if payload.get("type") == "modal":
        return _modal(payload, width, viewer)
    if payload.get("blocks"):
        return _blocks(payload["blocks"], width, viewer)
    return wrap(mrkdwn(str(payload.get("text") or ""), viewer), width)


def _modal(view: Block, width: int, viewer: Viewer) -> list[Line]:
    """Draw a dialog: its title in the frame, its buttons at the bottom."""
    inner = width - 4
    title = [Span(" "), *plain(view["title"]["text"], "bold"), Span(" ")]
    top = [Span("╭─", _DIM), *title, Span("─" * (width - width_of(title) - 3) + "╮", _DIM)]
    closing, submitting = view.get("close"), view.get("submit")
    buttons = label((closing or {}).get("text", "Cancel"))
    buttons += [Span("  "), *label(submitting["text"], "green", "bold")] if submitting else []
    body = [*_blocks(view["blocks"], inner, viewer), [], pad(buttons, inner, "right")]
    sides = [[Span("│ ", _DIM), *pad(line, inner), Span(" │", _DIM)] for line in body]
    return [top, *sides, [Span("╰" + "─" * (width - 2) + "╯", _DIM)]]


def _blocks(blocks: list[Block], width: int, viewer: Viewer) -> list[Line]:
    lines = list(_block(blocks[0], width, viewer))
    for before, block in pairwise(blocks):
        close = "context" in (before["type"], block["type"]) and before["type"] == block["type"]
        lines += [] if close else [[]]
        lines += _block(block, width, viewer)
    return lines


def _block(block: Block, width: int, viewer: Viewer) -> list[Line]:
    draw_it = _DRAWINGS.get(block["type"], _unknown)
    return draw_it(block, width, viewer)


# --- blocks


def _header(block: Block, width: int, _viewer: Viewer) -> list[Line]:
    lines = wrap(plain(block["text"]["text"], "bold"), width)
    return [*lines, [Span("━" * max(map(width_of, lines)), frozenset({"cyan"}))]]


def _section(block: Block, width: int, viewer: Viewer) -> list[Line]:
    beside = element(block["accessory"], viewer) if block.get("accessory") else []
    room = width - (width_of(beside) + 3 if beside else 0)
    lines = wrap(text_of(block["text"], viewer), room) if block.get("text") else []
    lines += _fields(block.get("fields") or [], room, viewer)
    if beside:
        lines[0] = [*pad(lines[0], room), Span("   "), *beside]
    return lines


def _fields(fields: list[Block], width: int, viewer: Viewer) -> list[Line]:
    """Set fields in two columns, as Slack does on a wide screen."""
    half = (width - 2) // 2
    lines: list[Line] = []
    for index in range(0, len(fields), 2):
        pair = [wrap(text_of(field, viewer), half) for field in fields[index : index + 2]]
        rows = zip_longest(*pair, fillvalue=[])
        lines += [[]] if index else []
        lines += [[*pad(row[0], half + 2), *(row[1] if len(row) > 1 else [])] for row in rows]
    return lines


def _context(block: Block, width: int, viewer: Viewer) -> list[Line]:
    spans: Line = []
    for index, part in enumerate(block["elements"]):
        words = element(part, viewer) if part["type"] == "image" else text_of(part, viewer)
        spans += [Span("  " if index else ""), *words]
    return wrap(restyled(spans, "dim"), width)


def _actions(block: Block, width: int, viewer: Viewer) -> list[Line]:
    lines: list[Line] = [[]]
    for part in block["elements"]:
        drawn = element(part, viewer)
        if lines[-1] and width_of(lines[-1]) + width_of(drawn) + 2 > width:
            lines.append([])
        lines[-1] += [Span("  "), *drawn] if lines[-1] else drawn
    return lines


def _input(block: Block, width: int, viewer: Viewer) -> list[Line]:
    optional = plain("  optional", "dim") if block.get("optional") else []
    lines = [[*plain(block["label"]["text"], "bold"), *optional]]
    lines += field(block["element"], width, viewer)
    hint = block.get("hint")
    return lines + (wrap(plain(hint["text"], "dim"), width) if hint else [])


def _divider(_block: Block, width: int, _viewer: Viewer) -> list[Line]:
    return [[Span("─" * width, _DIM)]]


def _image(block: Block, width: int, _viewer: Viewer) -> list[Line]:
    title = (block.get("title") or {}).get("text") or block["alt_text"]
    return wrap(
        [*plain("▣ ", "cyan"), *plain(title), *plain(f"  {block.get('image_url', '')}", "dim")], width
    )


def _alert(block: Block, width: int, viewer: Viewer) -> list[Line]:
    marks = {"warning": "warning", "error": "red_circle", "success": "white_check_mark"}
    mark = EMOJI[marks.get(block.get("level", ""), "information_source")]
    return wrap([Span(f"{mark} "), *text_of(block["text"], viewer)], width)


def _markdown(block: Block, width: int, viewer: Viewer) -> list[Line]:
    return wrap(mrkdwn(block["text"].replace("**", "*"), viewer), width)


def _table(block: Block, width: int, viewer: Viewer) -> list[Line]:
    return table(block, width, lambda cell: inline(cell, viewer))


def _chart(block: Block, width: int, _viewer: Viewer) -> list[Line]:
    return chart(block, width)


def _unknown(block: Block, width: int, _viewer: Viewer) -> list[Line]:
    return wrap(plain(f"[{block['type']}]", "dim"), width)


# --- text


def _rich_text(block: Block, width: int, viewer: Viewer) -> list[Line]:
    lines: list[Line] = []
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            lines += _list(part, width, viewer)
        else:
            bar = [Span("┃ ", _DIM)] if part["type"] != "rich_text_section" else []
            lines += [[*bar, *line] for line in wrap(inline(part, viewer), width - 2 * len(bar))]
    return lines


def _list(part: Block, width: int, viewer: Viewer) -> list[Line]:
    indent = "  " * part.get("indent", 0)
    lines: list[Line] = []
    for number, item in enumerate(part["elements"], 1 + part.get("offset", 0)):
        mark = f"{indent}{number}. " if part["style"] == "ordered" else f"{indent}• "
        first, *rest = wrap(inline(item, viewer), width - len(mark))
        lines += [[Span(mark), *first], *([Span(" " * len(mark)), *line] for line in rest)]
    return lines


_DRAWINGS: Final[dict[str, Callable[[Block, int, Viewer], list[Line]]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _divider,
    "image": _image,
    "alert": _alert,
    "markdown": _markdown,
    "table": _table,
    "data_visualization": _chart,
    "rich_text": _rich_text,
}
