"""Tables and charts of Block Kit, drawn with box-drawing and block characters."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from digests.terminal.text import Line, Span, columns, pad, plain, shorten, width_of, wrap

Block = Mapping[str, Any]
_DIM: Final = frozenset({"dim"})
_SERIES_COLORS: Final = ("cyan", "yellow", "green", "blue", "red", "bold")
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_NARROWEST: Final = 6  # columns of a cell, which then still shows the beginning of a name
_LONGEST_BAR: Final = 48  # columns: beside a day and a figure it fits a terminal of 80


def table(block: Block, width: int, rich: Callable[[Block], Line]) -> list[Line]:
    """Draw a table: the header row, a rule, and figures where their columns say."""
    rows = [[_cell(cell, rich) for cell in row] for row in block["rows"]]
    settings = [s or {} for s in block.get("column_settings") or []]
    settings += [{}] * (len(rows[0]) - len(settings))
    widths = _widths(rows, width)
    drawn = [_row(row, widths, settings) for row in rows]
    rule = [Span("┼".join("─" * (each + 2) for each in widths), _DIM)]
    return [*drawn[0], rule, *(line for row in drawn[1:] for line in row)]


def _cell(cell: Block, rich: Callable[[Block], Line]) -> Line:
    if cell["type"] == "rich_text":
        return rich(cell)
    return plain(str(cell.get("text") or cell.get("value", "")))


def _widths(rows: list[list[Line]], width: int) -> list[int]:
    """Give every column what it needs; when that is too much, the widest gives way."""
    widths = [max(width_of(row[i]) for row in rows) for i in range(len(rows[0]))]
    room = width - 3 * len(widths) + 1
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(row: list[Line], widths: list[int], settings: list[Block]) -> list[Line]:
    cells = []
    for cell, width, setting in zip(row, widths, settings, strict=False):
        lines = wrap(cell, width) if setting.get("is_wrapped") else [shorten(cell, width)]
        cells.append([pad(line, width, setting.get("align", "left")) for line in lines])
    height = max(map(len, cells))
    filled = [c + [pad([], w)] * (height - len(c)) for c, w in zip(cells, widths, strict=True)]
    return [_joined([column[i] for column in filled]) for i in range(height)]


def _joined(cells: list[Line]) -> Line:
    line: Line = [Span(" ")]
    for index, cell in enumerate(cells):
        line += [*([Span(" │ ", _DIM)] if index else []), *cell]
    return line


def chart(block: Block, width: int) -> list[Line]:
    """Draw a chart as labeled bars, one a point; several series stand under each other."""
    data = block["chart"]
    axes = data.get("axis_config") or {}
    unit = axes.get("y_label")
    title = [*plain(block["title"], "bold"), *plain(f"  {unit}" if unit else "", "dim")]
    bars = _pie(data) if data["type"] == "pie" else _points(data)
    return [title, *_legend(data), *_bars(bars, width)]


Bar = tuple[str, float, str, str]


def _pie(data: Block) -> list[Bar]:
    total = sum(segment["value"] for segment in data["segments"]) or 1
    return [(s["label"], s["value"], f"{s['value'] / total:.0%}", "cyan") for s in data["segments"]]


def _points(data: Block) -> list[Bar]:
    bars: list[Bar] = []
    for index, category in enumerate(data["axis_config"]["categories"]):
        for number, series in enumerate(data["series"]):
            value = next((p["value"] for p in series["data"] if p["label"] == category), None)
            value = series["data"][index]["value"] if value is None else value
            color = _SERIES_COLORS[number % len(_SERIES_COLORS)]
            bars.append(("" if number else category, value, f"{value:,}", color))
    return bars


def _legend(data: Block) -> list[Line]:
    series = data.get("series") or []
    if len(series) < 2:  # noqa: PLR2004 - one series needs no legend
        return []
    colors = zip(series, _SERIES_COLORS, strict=False)
    return [
        [span for s, color in colors for span in (Span("■ ", frozenset({color})), *plain(s["name"] + "  "))]
    ]


def _bars(bars: list[Bar], width: int) -> list[Line]:
    label_width = max(columns(label) for label, *_ in bars)
    words_width = max(columns(words) for _, _, words, _ in bars)
    room = max(min(width - label_width - words_width - 3, _LONGEST_BAR), 1)
    most = max((value for _, value, _, _ in bars), default=0) or 1
    return [
        [
            *pad(plain(label, "dim"), label_width + 1, "right"),
            Span(" "),
            *pad([Span(_bar(value / most, room), frozenset({color}))], room),
            Span(" "),
            *pad(plain(words), words_width, "right"),
        ]
        for label, value, words, color in bars
    ]


def _bar(share: float, room: int) -> str:
    full, rest = divmod(round(max(share, 0) * room * 8), 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
