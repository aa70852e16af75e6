"""The books of the simulated organization: what every row truly cost, exactly, cut any way one asks.

A row's cost is rounded once, to whole billionths of a dollar per token type, when it is metered. So every cut
of the books sums to the same total, and that total to the bill. Dollars are `Decimal`; periods are
`[start, end)` in UTC. Engineers are e-mail addresses; what belongs to nobody, or to no key, is under `None`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

from demo.company.rates import (
    CONTAINER_HOUR_NANOS,
    SESSION_HOUR_NANOS,
    TOKEN_TYPES,
    WEB_SEARCH_NANOS,
    Terms,
    label,
    rates,
)
from demo.company.workload import Workday

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from demo.company.roster import Roster
    from demo.company.workload import Extra, UsageRow

_TOKEN_LABELS = (
    "Input Tokens", "Input Tokens, Cache Write", "Input Tokens, Cache Write 1h", "Input Tokens, Cache Hit",
    "Output Tokens",
)  # fmt: skip
_EXTRA_NANOS = {"code_execution": CONTAINER_HOUR_NANOS // 4, "session_usage": SESSION_HOUR_NANOS // 4}
_LIST = Fraction(1)
_EXTRA_LABELS = {"code_execution": "Code Execution Usage", "session_usage": "Session Runtime Usage"}


Prices = list[tuple[int, int]]
"""A price per token type, in billionths of a dollar per token."""


class Line(NamedTuple):
    """One line of a day's bill. Two lines may differ by their description alone."""

    workspace_id: str | None
    description: str
    cost_type: str
    model: str | None = None
    token_type: str | None = None
    service_tier: str | None = None
    context_window: str | None = None
    inference_geo: str | None = None


@dataclass(frozen=True)
class Discount:
    """A negotiated share off all token prices, from a day on."""

    share: Fraction = Fraction(8, 100)
    since: date = date(2026, 4, 1)

    def factor(self, day: date) -> Fraction:
        """Return what remains to be paid."""
        return 1 - self.share if day >= self.since else Fraction(1)


@dataclass
class DayBook:
    """One day in billionths of a dollar: by line of the bill, by key, by person and by hour."""

    line: Counter[Line] = field(default_factory=Counter)
    api_key: Counter[str | None] = field(default_factory=Counter)
    user: Counter[str | None] = field(default_factory=Counter)
    hour: Counter[int] = field(default_factory=Counter)
    metered_hour: Counter[int] = field(default_factory=Counter)


def is_billed(row: UsageRow) -> bool:
    """Say whether a usage row reaches the bill: refused requests and committed capacity do not."""
    return not row.refused and row.terms.service_tier != "priority"


def close_day(day: date, work: Workday, *, discount: Discount, restatement: Fraction) -> DayBook:
    """Price every row of a day."""
    book, factor = DayBook(), discount.factor(day) * restatement
    for row, nanos in priced(work.usage, day, factor=factor, restatement=restatement):
        _enter(book, row, nanos)
    for extra in work.extras:
        cost = extra_nanos(extra, restatement)
        book.line[Line(extra.workspace_id, _EXTRA_LABELS[extra.cost_type], extra.cost_type)] += cost
        book.api_key[None] += cost
        book.user[None] += cost
        book.hour[extra.hour] += cost
    return book


def priced(
    rows: Iterable[UsageRow], day: date, *, factor: Fraction, restatement: Fraction
) -> Iterator[tuple[UsageRow, list[int]]]:
    """Price the rows that are billed, in billionths of a dollar: a sum a token type, then the searches.

    `factor` bends token prices alone, `restatement` those of searches.
    """
    prices: dict[Terms, Prices] = {}
    for row in rows:
        if is_billed(row):
            if row.terms not in prices:
                prices[row.terms] = prices_of(row.terms, day, factor=factor)
            searched = round(row.web_searches * WEB_SEARCH_NANOS * restatement)
            yield row, [*map(nanos_of, row.tokens, prices[row.terms]), searched]


def extra_nanos(extra: Extra, restatement: Fraction) -> int:
    """Price what no usage row explains; no discount reaches it."""
    return round(extra.quarter_hours * _EXTRA_NANOS[extra.cost_type] * restatement)


def _enter(book: DayBook, row: UsageRow, nanos: list[int]) -> None:
    for line, count, cost in zip(_lines(row.workspace_id, row.terms), row.tokens, nanos, strict=False):
        if count:
            book.line[line] += cost
    if row.web_searches:
        book.line[Line(row.workspace_id, "Web Search Usage", "web_search")] += nanos[5]
    total = sum(nanos)
    book.api_key[row.api_key_id] += total
    book.user[row.user_id] += total
    book.hour[row.hour] += total
    book.metered_hour[row.hour] += total


def prices_of(terms: Terms, day: date, *, factor: Fraction = _LIST) -> Prices:
    """Return the price of a token of each type as a ratio of integers, for fast arithmetic."""
    return [(rate * factor).as_integer_ratio() for rate in rates(terms, day)]


def nanos_of(count: int, price: tuple[int, int]) -> int:
    """Price tokens in whole billionths of a dollar, halves up."""
    above, below = price
    return (2 * count * above + below) // (2 * below)


def _lines(workspace_id: str | None, terms: Terms) -> list[Line]:
    key = (workspace_id, terms)
    if key not in _LINES:
        batch = " Batch" if terms.service_tier == "batch" else ""
        _LINES[key] = [
            Line(
                workspace_id, f"{label(terms)}{batch} Usage - {words}", "tokens", terms.model, token_type,
                terms.service_tier, terms.context_window, terms.inference_geo,
            )
            for token_type, words in zip(TOKEN_TYPES, _TOKEN_LABELS, strict=True)
        ]  # fmt: skip
    return _LINES[key]


_LINES: dict[tuple[str | None, Terms], list[Line]] = {}
_HOURLY: dict[str, Callable[[UsageRow], str | None]] = {
    "api_key": lambda row: row.api_key_id,
    "engineer": lambda row: row.user_id,
    "user": lambda row: row.user_id,
    "workspace": lambda row: row.workspace_id,
}


class Company(Protocol):
    """An organization, as far as the books need it."""

    @property
    def roster(self) -> Roster:
        """Its people and keys."""

    @property
    def discount(self) -> Discount:
        """Its discount on the list prices."""

    def usage(self, day: date, *, until: datetime | None = None) -> list[UsageRow]:
        """Return the rows of a day, up to a moment if given."""

    def workday(self, day: date) -> Workday:
        """Return everything that ran on a day."""

    def day_book(self, day: date, *, at_list: bool = False) -> DayBook:
        """Return the closed book of a day."""

    def restatement(self, day: date) -> Fraction:
        """Return the factor of a day's restatements."""


class Books:
    """The oracle: exact dollars over any period, by any dimension; `at_list` before discounts."""

    def __init__(self, organization: Company, *, at_list: bool = False) -> None:
        self._organization, self._at_list = organization, at_list

    @property
    def at_list(self) -> Books:
        """The books at list prices."""
        return Books(self._organization, at_list=True)

    def listed(self, start: date, end: date) -> Decimal:
        """Add up everything billed, at list prices."""
        return self.at_list.total(start, end)

    def total(self, start: date, end: date) -> Decimal:
        """Add up everything billed."""
        return _dollars(sum(sum(self._day(day).hour.values()) for day in days_between(start, end)))

    def by(self, dimension: str, start: date, end: date) -> dict[str | None, Decimal]:
        """Cut the total by `api_key`, `engineer`, `user`, `workspace`, `day` or a field of `Line`."""
        sums: Counter[str | None] = Counter()
        for day in days_between(start, end):
            sums.update(self._cut(dimension, day))
        return {name: _dollars(nanos) for name, nanos in sums.items()}

    def lines(self, day: date) -> dict[Line, Decimal]:
        """Return the bill of one day, line by line."""
        return {line: _dollars(nanos) for line, nanos in self._day(day).line.items()}

    def hourly_total(self, start: datetime, end: datetime, *, metered_only: bool = False) -> Decimal:
        """Add up whole UTC hours; `metered_only` leaves out what no usage row explains."""
        nanos = 0
        while start < end:
            book = self._day(start.date())
            nanos += (book.metered_hour if metered_only else book.hour)[start.hour]
            start += timedelta(hours=1)
        return _dollars(nanos)

    def hourly_by(
        self, dimension: str, start: datetime, end: datetime
    ) -> dict[tuple[datetime, str | None], Decimal]:
        """Cut whole UTC hours by `api_key`, `engineer`, `user` or `workspace`."""
        sums: Counter[tuple[datetime, str | None]] = Counter()
        for day in days_between(start.date(), (end - timedelta(microseconds=1)).date() + timedelta(days=1)):
            for hour, name, nanos in self._by_hour(_HOURLY[dimension], day):
                sums[hour, name] += nanos
        emails = self._organization.roster.emails if dimension == "engineer" else {}
        return {
            (hour, emails.get(name or "", name)): _dollars(nanos)
            for (hour, name), nanos in sums.items()
            if start <= hour < end
        }

    def metered_so_far(self, until: datetime) -> Decimal:
        """Price the usage that the UTC day of `until` had accrued by then."""
        day = until.astimezone(UTC).date()
        work = Workday(self._organization.usage(day, until=until), [], [])
        discount, restatement = self._organization.discount, self._organization.restatement(day)
        book = close_day(day, work, discount=discount, restatement=restatement)
        return _dollars(sum(book.hour.values()))

    def _cut(self, dimension: str, day: date) -> Counter[str | None]:
        book = self._day(day)
        if dimension == "api_key":
            return book.api_key
        if dimension == "day":
            return Counter({day.isoformat(): sum(book.hour.values())})
        if dimension in {"user", "engineer"}:
            emails = self._organization.roster.emails if dimension == "engineer" else {}
            return Counter({emails.get(user or "", user): nanos for user, nanos in book.user.items()})
        cut: Counter[str | None] = Counter()
        for line, nanos in book.line.items():
            cut[getattr(line, "workspace_id" if dimension == "workspace" else dimension)] += nanos
        return cut

    def _by_hour(
        self, name_of: Callable[[UsageRow], str | None], day: date
    ) -> Iterator[tuple[datetime, str | None, int]]:
        work, restatement = self._organization.workday(day), self._organization.restatement(day)
        factor = (_LIST if self._at_list else self._organization.discount.factor(day)) * restatement
        midnight = datetime.combine(day, time(), UTC)
        for row, nanos in priced(work.usage, day, factor=factor, restatement=restatement):
            yield midnight + timedelta(hours=row.hour), name_of(row), sum(nanos)
        for extra in work.extras:
            name = extra.workspace_id if name_of is _HOURLY["workspace"] else None
            yield midnight + timedelta(hours=extra.hour), name, extra_nanos(extra, restatement)

    def _day(self, day: date) -> DayBook:
        return self._organization.day_book(day, at_list=self._at_list)


def days_between(start: date, end: date) -> Iterator[date]:
    """Walk the days of `[start, end)`."""
    for number in range((end - start).days):
        yield start + timedelta(days=number)


def _dollars(nanos: int) -> Decimal:
    return Decimal(nanos).scaleb(-9)
