"""The tables, charts and rich text that Slack accepts."""

from collections.abc import Iterator

from demo.blockkit.checks import (
    Check,
    anything,
    as_list,
    boolean,
    both,
    items,
    number,
    one_of,
    pointer,
    problem,
    shape,
    string,
    typed,
    unique,
    whole,
)

_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))
_INLINE = typed(
    {
        "text": shape({"type": anything, "text": string(12_000)}, {"style": _STYLE}),
        "link": shape(
            {"type": anything, "url": string(3000)},
            {"text": string(3000), "unsafe": boolean, "style": _STYLE},
        ),
        "emoji": shape({"type": anything, "name": string(255)}, {"unicode": string(64), "style": _STYLE}),
        "user": shape({"type": anything, "user_id": string(255)}, {"style": _STYLE}),
        "channel": shape({"type": anything, "channel_id": string(255)}, {"style": _STYLE}),
        "usergroup": shape({"type": anything, "usergroup_id": string(255)}, {"style": _STYLE}),
        "broadcast": shape({"type": anything, "range": one_of("here", "channel", "everyone")}),
        "color": shape({"type": anything, "value": string(7)}),
        "date": shape(
            {"type": anything, "timestamp": whole(0, 2**40), "format": string(255)},
            {"url": string(3000), "fallback": string(255), "style": _STYLE},
        ),
    }
)
_RUN: dict[str, Check] = {"type": anything, "elements": items(_INLINE, 1000)}
_SECTION = shape(_RUN)
_RICH = typed(
    {
        "rich_text_section": _SECTION,
        "rich_text_quote": shape(_RUN, {"border": whole(0, 1)}),
        "rich_text_preformatted": shape(_RUN, {"border": whole(0, 1), "language": string(255)}),
        "rich_text_list": shape(
            {
                "type": anything,
                "style": one_of("bullet", "ordered"),
                "elements": items(typed({"rich_text_section": _SECTION}), 1000),
            },
            {"indent": whole(0, 8), "offset": whole(0, 1000), "border": whole(0, 1)},
        ),
    }
)
RICH_TEXT = shape({"type": one_of("rich_text"), "elements": items(_RICH, 1000)}, {"block_id": string(255)})

_CELL = typed(
    {
        "raw_text": shape({"type": anything, "text": string(10_000)}),
        "raw_number": shape({"type": anything, "value": number()}, {"text": string(10_000)}),
        "rich_text": RICH_TEXT,
    }
)
_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _is_rectangular(value: object, at: str) -> Iterator[str]:
    """Every row is as wide as the header row."""
    rows = [row for row in as_list(value) if isinstance(row, list)]
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            yield problem(f"must have {len(rows[0])} cells like the header row", pointer(at, index))


TABLE = shape(
    {"type": anything, "rows": both(items(items(_CELL, 20), 100), _is_rectangular)},
    {"block_id": string(255), "column_settings": items(_COLUMN, 20)},
)

_LABEL = string(20)
_NAMES = items(_LABEL, 20)


def _point(least: float) -> Check:
    return shape({"label": _LABEL, "value": number(least)})


def _value_is_positive(value: object, at: str) -> Iterator[str]:
    if isinstance(value, int | float) and value <= 0:
        yield problem("must be more than 0", at)


_SERIES = shape({"name": _LABEL, "data": items(_point(float("-inf")), 20)})
_SEGMENT = shape({"label": _LABEL, "value": both(number(), _value_is_positive)})
_AXES = shape({"categories": _NAMES}, {"x_label": string(50), "y_label": string(50)})


def _points_match_categories(value: object, at: str) -> Iterator[str]:
    """Every series has exactly one point a category."""
    if not isinstance(value, dict) or not isinstance(value.get("axis_config"), dict):
        return
    categories = value["axis_config"].get("categories")
    for index, series in enumerate(as_list(value.get("series"))):
        data = as_list(series.get("data")) if isinstance(series, dict) else []
        labels = [p.get("label") for p in data if isinstance(p, dict)]
        if isinstance(categories, list) and sorted(map(str, labels)) != sorted(map(str, categories)):
            where = pointer(pointer(pointer(at, "series"), index), "data")
            yield problem("must have exactly one point for each category", where)


_PLOT = both(
    shape(
        {
            "type": anything,
            "series": both(items(_SERIES, 6), unique("name")),
            "axis_config": _AXES,
        }
    ),
    _points_match_categories,
)
_PIE = shape({"type": anything, "segments": both(items(_SEGMENT, 6), unique("label"))})
CHART = shape(
    {
        "type": anything,
        "title": string(50),
        "chart": typed({"bar": _PLOT, "line": _PLOT, "area": _PLOT, "pie": _PIE}),
    },
    {"block_id": string(255)},
)
