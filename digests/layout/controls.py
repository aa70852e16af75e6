"""The controls under an answer, one row: what to group by, which period, its other lines, the channel, more.

Every choice is the question as one would type it, with the calendar of the answer, so that no state is
stored. The usual periods are words ("last week"), which mean the same on the day of the choice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.buttons import Page, one_ahead, one_back
from digests.numbers.report import Dimension, Question
from digests.words import phrases, wording
from providers.period import DAY, WEEK, Period

GROUPS: tuple[tuple[str, Dimension], ...] = (
    ("By model", "model"),
    ("By engineer", "engineer"),
    ("By workspace", "workspace"),
    ("By API key", "key"),
    ("By product", "product"),
    ("By token type", "token type"),
    ("By day", "day"),
    ("By week", "week"),
    ("By month", "month"),
)
_SPANS: Mapping[Dimension, int] = {"day": 1, "week": 7, "month": 31}  # days; a longer period has several
_QUARTER = 3  # months
Choices = Mapping[str, str]
"""Texts by value."""


@dataclass(frozen=True)
class Controls:
    """What an answer can be asked next; `ask` returns the question for a period, as one would type it.

    `groups` are the other groupings, of which `group` is that of the answer. `menu` is what else can be done,
    by value; `whole` the question without its filters, "" if it has none.
    """

    ask: Callable[[str], str]
    days: Period
    today: date
    page: Page | None = None
    groups: Choices = field(default_factory=dict)
    group: str = ""
    menu: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""
    is_shareable: bool = True
    shared: str = ""  # what is shared instead of the question; "": the question

    def row(self) -> blocks.Block:
        """Return the row; it is another block for each question, so that no choice stays behind."""
        question = self.ask(_dates(self.days))
        row = blocks.actions(*self._elements(question))
        return {**row, "block_id": _at(question, self.page)[: blocks.BLOCK_ID]}

    def _elements(self, question: str) -> Iterator[blocks.Block]:
        periods, chosen = self._periods()
        menus = [
            blocks.select("group", "Group by", self.groups, chosen=self.group),
            blocks.select("period", "Period", periods, chosen=chosen),
        ]
        yield from (menu for menu in menus if menu["options"])
        if self.whole:
            yield button("All costs", "view:all", value=self.whole)
        if self.page:
            yield from _pages(question, self.page)
        if self.is_shareable:
            yield button("Share…", "share", value=self.shared or _at(question, self.page))
        more = blocks.overflow("answer:more", self.menu)
        if more["options"]:
            yield more

    def _periods(self) -> tuple[Choices, str]:
        """Return the periods to choose from, and the value of the answer's own."""
        usual = usual_periods(self.today, self.days.zone)
        own = next((words for _, words, days in usual if days == self.days), _dates(self.days))
        choices = {self.ask(words): text for text, words, _ in usual}
        if self.ask(own) not in choices:
            choices = {self.ask(own): wording.period(self.days, today=self.today)} | choices
        known = {days for _, _, days in usual}
        beside = [("Earlier", one_back(self.days)), ("Later", one_ahead(self.days, today=self.today))]
        for text, days in beside:
            if days and days not in known:
                choices[self.ask(_dates(days))] = f"{text}: {wording.period(days, today=self.today)}"
        return choices, self.ask(own)


def usual_periods(today: date, zone: str) -> list[tuple[str, str, Period]]:
    """Return the periods that people ask for most: what they read, what one would type, and the days."""
    this_week, month = today - today.weekday() * DAY, today.replace(day=1)
    quarter = month.replace(month=(month.month - 1) // _QUARTER * _QUARTER + 1)
    return [
        ("Today", "today", Period.day(today, zone)),
        ("Yesterday", "yesterday", Period.day(today - DAY, zone)),
        ("Last 7 days", "7d", Period.last_days(7, until=today, zone=zone)),
        ("Last week", "last week", Period(this_week - WEEK, this_week, zone)),
        ("This month", "month", Period(month, today + DAY, zone)),
        ("Last month", "last month", Period.month(month - DAY, zone)),
        ("This quarter", "this quarter", Period(quarter, today + DAY, zone)),
    ]


def groups_of(question: Question) -> Choices:
    """Return the groupings of a question that anything kept answers, its own pair first.

    A single day has no days to group by, nor a week weeks.
    """
    own = {phrases.question_text(question): f"By {' and '.join(question.dimensions)}"}
    others = {
        phrases.question_text(other): text
        for text, by in GROUPS
        if (other := replace(question, dimension=by, second=None)).is_answerable
        and (by == question.dimension or question.period.length > _SPANS.get(by, 0))
    }
    return others if own.keys() <= others.keys() else own | others


def _dates(days: Period) -> str:
    """Return the days of a period without its calendar, which is what `ask` adds."""
    return phrases.period_text(days).partition(" ")[0]


def _pages(question: str, page: Page) -> Iterator[blocks.Block]:
    """Yield buttons to the lines before and after a page; a page of all follows a short one."""
    if page.asked:
        yield button("Back", "back", value=_from(question, page.start - page.size))
    if page.end < page.count:
        yield button(page.more, "more", value=_from(question, page.end))


def _at(question: str, page: Page | None) -> str:
    return _from(question, page.asked if page else 0)


def _from(question: str, start: int) -> str:
    return f"{question} +{start}" if start > 0 else question
