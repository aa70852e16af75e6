"""A simulated Anthropic organization: who is in it, what they ran, what it cost. Pure: it reads no clock.

Each day is made at its first use, from the seed and the day alone, so that two processes agree.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import prod
from threading import RLock
from typing import TYPE_CHECKING

from demo.company.ledger import Books, DayBook, Discount, close_day
from demo.company.roster import HOSTILE_NAME, hire
from demo.company.workload import GROWTH_BEGINS, Habits, UsageRow, Workday, workday

if TYPE_CHECKING:
    from decimal import Decimal

ALWAYS, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_ROWS_KEPT = 2_000_000
_NO_DISCOUNT = Discount(share=Fraction(0))


class Organization:
    """The organization that the Admin API reports on; `books` have the sums that a reader must get."""

    def __init__(
        self,
        seed: int = 7,
        first_day: date = GROWTH_BEGINS,
        engineers: int = 24,
        name: str = "Acme",
        *,
        habits: Habits | None = None,
        discount: Discount | None = None,
        workdays: dict[date, Workday] | None = None,
        runaway: str = HOSTILE_NAME,
    ) -> None:
        """With `workdays`, keep the days there: organizations that are alike need each only once.

        `runaway` is the name of the key that loops on the spike day.
        """
        self.seed, self.first_day, self.name = seed, first_day, name
        self.habits, self.discount = habits or Habits(), discount or Discount()
        self.roster = hire(seed=seed, first_day=first_day, engineers=engineers, runaway=runaway)
        self.books = Books(self)
        self.revision = 0
        self._workdays = {} if workdays is None else workdays
        self._day_books: dict[tuple[date, bool], DayBook] = {}
        self._restatements: dict[date, list[tuple[Fraction, datetime]]] = {}
        self._revisions: dict[date, Fraction] = {}
        self._lock = RLock()

    def usage(self, day: date, *, until: datetime | None = None) -> list[UsageRow]:
        """Return the rows of a day, those of a running hour in proportion to its minutes by `until`."""
        rows = self.workday(day).usage
        if until is None:
            return rows
        minutes = _minutes(day, until)
        return rows if minutes >= 24 * 60 else [cut for row in rows for cut in _so_far(row, minutes)]

    def covered(self, day: date) -> list[UsageRow]:
        """Return what subscriptions covered: Claude Code activity that is neither usage nor cost."""
        return self.workday(day).covered

    def workday(self, day: date) -> Workday:
        """Return everything that ran on a day, cached for the latest days."""
        with self._lock:
            if day not in self._workdays:
                self._forget_old_days()
                self._workdays[day] = self._invent(day)
            return self._workdays[day]

    def replace_workday(self, day: date, work: Workday) -> None:
        """Replace a day; organizations that share days with this one keep theirs."""
        with self._lock:
            self._workdays = {**self._workdays, day: work}

    def day_book(self, day: date, *, at_list: bool = False) -> DayBook:
        """Return the closed book of a day, after the discount or with `at_list` before it."""
        with self._lock:
            if (day, at_list) not in self._day_books:
                discount = _NO_DISCOUNT if at_list else self.discount
                self._day_books[day, at_list] = close_day(
                    day, self.workday(day), discount=discount, restatement=self.restatement(day)
                )
            return self._day_books[day, at_list]

    def restate(
        self, day: date, factor: Fraction | Decimal | str | int, *, analytics_from: datetime = ALWAYS
    ) -> None:
        """Change a finished day's bill by a factor: every line, with its keys, people and hours.

        Analytics change too, from `analytics_from` on, and with `NEVER` not at all.
        """
        with self._lock:
            self._restatements.setdefault(day, []).append((Fraction(factor), analytics_from))
            self._day_books.pop((day, False), None)
            self._day_books.pop((day, True), None)
            self.revision += 1

    def revise(self, day: date, factor: Fraction | Decimal | str | int) -> None:
        """Change a day's figures in analytics by a factor; its bill stays."""
        with self._lock:
            self._revisions[day] = self._revisions.get(day, Fraction(1)) * Fraction(factor)
            self.revision += 1

    def restatement(self, day: date) -> Fraction:
        """Return the factor of all restatements of a day so far."""
        return prod((factor for factor, _ in self._restatements.get(day, ())), start=Fraction(1))

    def analytics_factor(self, day: date, now: datetime) -> Fraction:
        """Return the factor of the restatements and revisions that analytics have by now."""
        factors = (factor for factor, since in self._restatements.get(day, ()) if since <= now)
        return prod(factors, start=self._revisions.get(day, Fraction(1)))

    def _invent(self, day: date) -> Workday:
        if day < self.first_day:
            return Workday([], [], [])
        return workday(self.roster, seed=self.seed, day=day, habits=self.habits)

    def _forget_old_days(self) -> None:
        while sum(len(work.usage) for work in self._workdays.values()) > _ROWS_KEPT:
            del self._workdays[next(iter(self._workdays))]


def _minutes(day: date, until: datetime) -> int:
    return (until - datetime.combine(day, time(), UTC)) // timedelta(minutes=1)


def _so_far(row: UsageRow, minutes: int) -> list[UsageRow]:
    passed = min(60, max(0, minutes - 60 * row.hour))
    return [part(row, 0, passed)] if passed else []


def part(row: UsageRow, start: int, end: int) -> UsageRow:
    """Cut the minutes `[start, end)` out of an hour; the parts of any split sum to the whole."""
    if (start, end) == (0, 60):
        return row
    first, second, third, fourth, fifth = (count * end // 60 - count * start // 60 for count in row.tokens)
    searches = row.web_searches * end // 60 - row.web_searches * start // 60
    return row._replace(tokens=(first, second, third, fourth, fifth), web_searches=searches)
