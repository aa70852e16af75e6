"""Days as bars: Slack's native chart, or characters where Slack does not take it."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from digests.layout import blocks
from digests.layout.message import Message
from digests.words import wording

Days = Sequence[tuple[date, Decimal | None]]

FEWEST, MOST = 2, 20
"""A chart of one day says nothing; Slack refuses more than twenty points."""

NATIVE = "data_visualization"
"""A block that Slack takes in messages only, and not in every workspace."""
_LEVELS, _UNKNOWN = "▁▂▃▄▅▆▇█", "·"
_WIDTH = 16  # characters of the longest bar: with a day and a figure it fits a line on a phone


def native(title: str, days: Days, *, by_month: bool = False) -> blocks.Block | None:
    """Return bars of days, or of months by their first day; None if there are too few or too many.

    An unknown day has no bar, and the title says how many there are.
    """
    priced = [(day, cost) for day, cost in days if cost is not None]
    if not FEWEST <= len(priced) <= MOST:
        return None
    points = [
        (f"{day:%b %Y}" if by_month else wording.day_short(day, first=not index), wording.chart_value(cost))
        for index, (day, cost) in enumerate(priced)
    ]
    unknown = len(days) - len(priced)
    return blocks.bars(f"{title}, {unknown} without data yet" if unknown else title, "Spend", points)


def instead(message: Message, draw: Callable[[blocks.Block], blocks.Block]) -> Message:
    """Replace every native chart by another block."""
    shown = [draw(block) if block["type"] == NATIVE else block for block in message.blocks]
    return Message(message.text, shown)


def in_text(native: blocks.Block) -> blocks.Block:
    """Draw a native chart of one series in characters."""
    points = native["chart"]["series"][0]["data"]
    costs = [Decimal(str(each["value"])) for each in points]
    figures = [wording.about(cost) for cost in costs]
    wide, long = (max(map(len, words)) for words in ([str(each["label"]) for each in points], figures))
    drawn = [
        f"{each['label']:>{wide}}  {words:>{long}}  {_bar(cost, max(costs))}".rstrip()
        for each, words, cost in zip(points, figures, costs, strict=True)
    ]
    return blocks.preformatted([native["title"], *drawn])


def in_line(days: Days) -> str:
    """Draw days or months as bars in a line, `·` for one that is not known; "" if too few are."""
    known = [cost for _, cost in days if cost is not None]
    if len(known) < FEWEST:
        return ""
    return "".join(_UNKNOWN if cost is None else _level(cost, max(known)) for _, cost in days[-MOST:])


def _level(cost: Decimal, highest: Decimal) -> str:
    if cost <= 0 or highest <= 0:
        return _LEVELS[0]
    return _LEVELS[round((len(_LEVELS) - 1) * cost / highest)]


def progress(done: int, total: int) -> str:
    """Return a bar of twenty cells that is full only at the end."""
    full = 20 * min(done, total) // total if total else 0
    return "▓" * full + "░" * (20 - full)


def _bar(cost: Decimal | None, highest: Decimal) -> str:
    if cost is None or cost <= 0 or highest <= 0:
        return ""
    return "▇" * max(1, round(_WIDTH * cost / highest))
