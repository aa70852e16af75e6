"""The last days as bars in a line, with the highest in words, and as a chart."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from digests.layout import blocks, chart
from digests.numbers.report import Report
from digests.words import wording

_FEWEST = 2  # days below which a trend says nothing
_LEVELS, _UNREAD = "▁▂▃▄▅▆▇█", "·"
_NOTHING = Decimal(0)

Day = tuple[Decimal, Decimal]
"""A day's cost, and the estimated part of it."""


class Sparkline(NamedTuple):
    """The last days as bars in a line, and in words; `native` is their chart."""

    title: str
    bars: str
    words: str
    native: blocks.Block | None

    @property
    def field(self) -> dict[str, Any]:
        """Return it as a field beside figures."""
        text = f"*{self.title}*\n`{self.bars}` {wording.escape(self.words)}"
        return {"type": "mrkdwn", "text": text, "verbatim": True}

    @property
    def block(self) -> blocks.Block:
        """Return it as a paragraph."""
        return blocks.section(f"*{self.title}*\n`{self.bars}`  {wording.escape(self.words)}")


def sparkline(report: Report, today: date) -> Sparkline | None:
    """Return a report by day as bars, with the highest day in words; None if too few days are known."""
    days = _days(report)
    spent_by_day = {day: spent for day, spent in days.items() if spent is not None}
    if len(spent_by_day) < _FEWEST or not any(cost for cost, _ in spent_by_day.values()):
        return None
    highest = max(cost for cost, _ in spent_by_day.values())
    drawn = "".join(_UNREAD if spent is None else _bar(spent[0], highest) for spent in days.values())
    high = max(spent_by_day, key=lambda day: spent_by_day[day])
    words = [f"high {wording.about(highest)} on {wording.date_short(high, today=today)}"]
    if missing := len(days) - len(spent_by_day):
        words.append(f"{wording.counted(missing, 'day')} without data yet")
    title = f"Last {len(days)} days"
    priced = [(day, spent and spent[0]) for day, spent in days.items()]
    return Sparkline(title, drawn, wording.REMARK.join(words), chart.native(title, priced))


def _days(report: Report) -> Mapping[date, Day | None]:
    """Return each day's cost in a report by day, None if it is not known."""
    lines = {line.id: (line.cost, line.estimated) for line in report.lines}
    return {
        day: None if day in report.extent.unfinished else lines.get(day.isoformat(), (_NOTHING, _NOTHING))
        for day in report.question.period.days()
        if report.first_day is None or day >= report.first_day
    }


def _bar(cost: Decimal, highest: Decimal) -> str:
    if cost <= 0 or highest <= 0:
        return _LEVELS[0]
    return _LEVELS[round((len(_LEVELS) - 1) * cost / highest)]
