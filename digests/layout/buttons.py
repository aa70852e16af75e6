"""Where to go from an answer: other views of it, the periods beside it, its other lines, the channel.

Rows of at most five buttons, in the same order everywhere. A button's value is the question as one would
type it, and for a page `+15`: the line after which it begins. Nothing is remembered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message
from digests.numbers.report import Dimension, Question
from digests.words import phrases, wording
from providers.period import DAY, Period

_MOST = 5  # buttons in a row
Ask = Callable[[Period], str]
"""How one would type the question for another period."""


@dataclass(frozen=True)
class Page:
    """Which lines are shown: `size` of `count`, from `start` on; one too far is the last."""

    count: int
    size: int
    start: int = 0

    @classmethod
    def at(cls, start: int, *, size: int, count: int) -> "Page":
        """Return the page that holds a line."""
        last = max(count - 1, 0)
        return cls(count, size, min(max(start, 0), last) // size * size)

    @property
    def end(self) -> int:
        """The line after the last one."""
        return min(self.start + self.size, self.count)

    @property
    def words(self) -> str:
        """Tell which: `Lines 16–30 of 412`, "" where all are shown."""
        if self.count <= self.size:
            return ""
        return f"Lines {self.start + 1}–{self.end} of {wording.number(self.count)}"


def views(question: Question, *, without: Dimension | None) -> blocks.Block:
    """Return buttons to the other dimensions of a question."""
    others = [
        (by, text)
        for by, text in phrases.VIEWS
        if by != without and not (by == "day" and question.period.length == 1)
    ]
    return blocks.actions(
        *(
            button(text, f"view:{by}", value=phrases.question_text(replace(question, dimension=by)))
            for by, text in others
        )
    )


def steps(
    ask: Ask, days: Period, *, today: date, page: Page | None = None, export: str = "", share: bool = True
) -> list[blocks.Block]:
    """Return buttons to the periods beside it and to its other lines, then to a file and to the channel.

    `export` is what one would type to have it as a file, "" where it is none.
    """
    before, after = _one_back(days), one_ahead(days, today=today)
    asked = ask(days)
    beside = [
        button(_named(before, today), "previous", value=ask(before)),
        *([button(_named(after, today), "next", value=ask(after))] if after else []),
        *(_pages(asked, page) if page else []),
    ]
    acts = [
        *([button("Export CSV", "export", value=export)] if export else []),
        *([button("Share in channel", "share", value=_at(asked, page))] if share else []),
    ]
    rows = [[*beside, *acts]] if len(beside) + len(acts) <= _MOST else [beside, acts]
    return [blocks.actions(*row) for row in rows]


def at_home(question: Question, page: Page) -> blocks.Block:
    """Return buttons from the Home tab's table: to its other lines, to all of the answer, to a file."""
    asked = phrases.question_text(question)
    return blocks.actions(
        *_pages(asked, page),
        button("Send to my messages", "whole", value=asked),
        button("Export CSV", "export", value=asked),
    )


def kept_private(said: Message) -> Message:
    """Leave out the way to the channel, where there is none."""
    shown = [
        {**block, "elements": [each for each in block["elements"] if each["action_id"] != "share"]}
        if block["type"] == "actions"
        else block
        for block in said.blocks
    ]
    return Message(said.text, [block for block in shown if block.get("elements") != []])


def start_of(value: str) -> tuple[str, int]:
    """Read a button's value: the question, and the line after which it goes on."""
    asked, _, start = value.partition(" +")
    return asked, int(start) if start.isdecimal() else 0


def _pages(asked: str, page: Page) -> Sequence[blocks.Block]:
    back = [button("Back", "back", value=_from(asked, page.start - page.size))] if page.start else []
    more = [button("More", "more", value=_from(asked, page.end))] if page.end < page.count else []
    return [*back, *more]


def _at(asked: str, page: Page | None) -> str:
    return _from(asked, page.start if page else 0)


def _from(asked: str, start: int) -> str:
    return f"{asked} +{start}" if start > 0 else asked


def _one_back(days: Period) -> Period:
    """One step back in time: the day before, the whole month before, as many days before."""
    if days.length == 1:
        return Period.day(days.start - DAY, days.zone)
    return Period.month(days.start - DAY, days.zone) if days.is_month else days.before()


def one_ahead(days: Period, *, today: date) -> Period | None:
    """One step on, as far as today; None where that is still to come."""
    if days.length == 1:
        ahead = Period.day(days.end, days.zone)
    elif days.is_month:
        ahead = Period.month(Period.month(days.start).end, days.zone)
    else:
        ahead = Period(days.end, days.end + days.length * DAY, days.zone)
    return ahead.until(today + DAY)


def _named(days: Period, today: date) -> str:
    if days.length == 1 and today - days.start in (DAY, 0 * DAY):
        return "Today" if days.start == today else "Yesterday"
    return wording.period(days, today=today)
