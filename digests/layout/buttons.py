"""Navigation from an answer: other views of it, the periods beside it, its other lines, the channel.

Rows of at most five buttons, in the same order everywhere. A button's value is the question as one would
type it, and for a page `+15`, the line after which it begins; so no state is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message
from digests.words import wording
from providers.period import DAY, Period

_MOST = 5  # buttons in a row; Slack wraps longer ones


@dataclass(frozen=True)
class Page:
    """A page of lines: `size` of `count`, from `start` on."""

    count: int
    size: int
    start: int = 0
    then: int = 0  # the size of the pages after this one, if it is a short first page
    opened: int = 0  # the size of the short page before this one, if there was one

    @classmethod
    def short_first(cls, start: int, *, size: int, then: int, count: int) -> "Page":
        """Return a short first page, or one of those after it, which begin with all its lines anew."""
        if start <= 0 or count <= size:
            return cls(count, size, then=then)
        return replace(cls.at(start, size=then, count=count), opened=size)

    @property
    def asked(self) -> int:
        """What asks for this page: the number of a line; 0 for the first page."""
        return self.start or self.opened

    @property
    def more(self) -> str:
        """What leads to the lines after it: `Show all 24`, or `More` if they do not fit one page."""
        return f"Show all {wording.number(self.count)}" if 0 < self.count <= self.then else "More"

    @classmethod
    def at(cls, start: int, *, size: int, count: int) -> "Page":
        """Return the page that holds a line; beyond the end, the last page."""
        last = max(count - 1, 0)
        return cls(count, size, min(max(start, 0), last) // size * size)

    @property
    def end(self) -> int:
        """The number of the line after the last one."""
        return min(self.start + self.size, self.count)

    @property
    def words(self) -> str:
        """The page in words: `Lines 16–30 of 412`, "" if it shows all lines."""
        if self.count <= self.size:
            return ""
        return f"Lines {self.start + 1}–{self.end} of {wording.number(self.count)}"


def navigation(
    ask: Callable[[Period], str],
    days: Period,
    *,
    today: date,
    page: Page | None = None,
    export: str = "",
    share: bool = True,
) -> list[blocks.Block]:
    """Return buttons to the periods beside an answer and to its other lines, then to a file and the channel.

    `export` is the question for the file, as one would type it, "" if there is none.
    """
    before, after = one_back(days), one_ahead(days, today=today)
    question_text = ask(days)
    beside = [
        button(_named(before, today), "previous", value=ask(before)),
        *([button(_named(after, today), "next", value=ask(after))] if after else []),
        *(_pages(question_text, page) if page else []),
    ]
    acts = [
        *([button("Export CSV", "export", value=export)] if export else []),
        *([button("Share in channel", "share", value=_at(question_text, page))] if share else []),
    ]
    rows = [[*beside, *acts]] if len(beside) + len(acts) <= _MOST else [beside, acts]
    return [blocks.actions(*row) for row in rows]


def without_share(answer: Message) -> Message:
    """Remove the button that shares, for an answer outside a channel."""
    shown = [
        {**block, "elements": [each for each in block["elements"] if each["action_id"] != "share"]}
        if block["type"] == "actions"
        else block
        for block in answer.blocks
    ]
    return Message(answer.text, [block for block in shown if block.get("elements") != []])


def start_of(value: str) -> tuple[str, int]:
    """Read a button's value: its question, and the line after which the page begins."""
    question, _, start = value.partition(" +")
    return question, int(start) if start.isdecimal() else 0


def _pages(question_text: str, page: Page) -> Sequence[blocks.Block]:
    back = [button("Back", "back", value=_from(question_text, page.start - page.size))] if page.start else []
    more = [button("More", "more", value=_from(question_text, page.end))] if page.end < page.count else []
    return [*back, *more]


def _at(question_text: str, page: Page | None) -> str:
    return _from(question_text, page.start if page else 0)


def _from(question_text: str, start: int) -> str:
    return f"{question_text} +{start}" if start > 0 else question_text


def one_back(days: Period) -> Period:
    """Return the period that ends where this one starts: a day, a whole month or months, or as many days."""
    if days.length == 1:
        return Period.day(days.start - DAY, days.zone)
    if days.is_month:
        return Period.month(days.start - DAY, days.zone)
    before = days.before()
    is_just_before = before.end == days.start
    return before if is_just_before else Period(days.start - days.length * DAY, days.start, days.zone)


def one_ahead(days: Period, *, today: date) -> Period | None:
    """Return the period after, up to today; None if it is in the future."""
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
