"""The numbers of an answer or a digest, as frozen values: what is true, before it becomes words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from digests.numbers.change.report import Change
from digests.numbers.engineer_lines import EngineerLine, EngineerLines, ModelLine, ToolLine
from digests.numbers.lines import CostLines, Line
from providers.period import Period
from providers.spend import Basis, basis_of_days
from storage.facts.coverage import ReportName
from storage.state import incidents

Dimension = Literal["model", "engineer", "workspace", "key", "token type", "product", "day", "week", "month"]
TIMES: frozenset[Dimension] = frozenset({"day", "week", "month"})
"""The dimensions whose members are days, in calendar order; a member's id is its first day."""
FilterDimension = Literal["model", "engineer", "workspace", "key", "product"]
Form = Literal["csv", "json"]  # the file format of an export
BY_USAGE: frozenset[Dimension] = frozenset({"engineer", "key", "product"})
"""The dimensions that no bill has: attribution splits the bill's dollars by usage."""
EVERY_REPORT: frozenset[ReportName] = frozenset({"charges", "usage", "claude_code", "spend"})
NAMING: tuple[Dimension, ...] = ("engineer", "key")
"""The dimensions whose members are people, or keys whose names can contain a person's."""


ME = "me"
"""The person who asks, in the place of an address."""


@dataclass(frozen=True)
class Filter:
    """Members of one dimension, whose costs alone are asked for, added up.

    A model's member is its id or the word of its family, an engineer's the canonical e-mail address, the id
    that stands for it, or ME, a workspace's its id, "" for the default one. `name` is that of a group of
    people, "" where each member has its own.
    """

    dimension: FilterDimension
    members: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class Question:
    """A period of the asker's calendar, and the one or two dimensions to split its cost by.

    Only costs that match all `filters` count. `limit` is the number of lines to show, None for the usual.
    `compare` is another period to compare with, or other members in place of the filter on their dimension;
    None: the usual comparison period.
    """

    period: Period
    dimension: Dimension = "model"
    second: Dimension | None = None
    filters: tuple[Filter, ...] = ()
    limit: int | None = None
    compare: Period | Filter | None = None

    @property
    def before(self) -> Period:
        """The period that it is compared with."""
        if isinstance(self.compare, Period):
            return self.compare
        return self.period if self.compare else self.period.before()

    @property
    def versus(self) -> "Question":
        """The question about what it is compared with."""
        if not isinstance(self.compare, Filter):
            return replace(self, period=self.before, compare=None)
        others = [each for each in self.filters if each.dimension != self.compare.dimension]
        return replace(self, filters=(*others, self.compare), compare=None)

    @property
    def whole(self) -> "Question":
        """The question about all costs."""
        return replace(self, filters=(), compare=None if isinstance(self.compare, Filter) else self.compare)

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions, in their order."""
        return (self.dimension, self.second) if self.second else (self.dimension,)

    @property
    def is_answerable(self) -> bool:
        """Whether anything kept answers it: token types go with nothing else, times with no other time."""
        if "token type" in self.dimensions:
            return self.second is None and not self.filters
        return not TIMES.issuperset(self.dimensions) or self.second is None

    @property
    def is_by_usage(self) -> bool:
        """Whether it needs dollars that are split by usage, which no bill does."""
        return not BY_USAGE.isdisjoint({*self.dimensions, *(each.dimension for each in self.filters)})


Reason = Literal[
    "not read yet",
    "not published yet",
    "not whole yet",
    "not split yet",
    "in doubt",
    "key refused",
    "key lost",
    "reading fails",
    "disconnected",
    "not offered",
    "unreadable",
]


@dataclass(frozen=True)
class Gap:
    """Days that a report does not cover, and why not.

    For a bill that is "not whole yet" we show an estimate, for one that is "in doubt" the former bill. Days
    that are "not split yet" have a total, but none by several dimensions.
    """

    report: ReportName
    days: Period
    why: Reason
    begins: datetime | None = None  # from when on the first day is missing; None: all of it is
    since: datetime | None = None  # when the reason began
    detail: str = ""  # the provider's error message


@dataclass(frozen=True)
class Extent:
    """The part of a period whose data we have.

    whole     all of it, and the period is over
    running   up to now, except for the usual lag
    cut       from the start `until` a moment that is longer ago than the usual lag
    gappy     newer data is in, but something before it is missing, first at `until`

    Days are those of the period's calendar.
    """

    kind: Literal["whole", "running", "cut", "gappy"] = "whole"
    until: datetime | None = None
    is_over: bool = True
    unfinished: Mapping[date, datetime] = field(default_factory=dict)  # days in part, and up to when
    begun_days: int = 0  # days that have begun by now
    late_days: int = 0  # those of them that lack more than the usual lag
    unsplit_days: int = 0  # days whose dollars we know, but not by dimension

    @property
    def is_steady(self) -> bool:
        """Whether it has all data that can exist by now."""
        return self.kind in ("whole", "running")

    @property
    def is_comparable(self) -> bool:
        """Whether it can be compared with another period, whole or cut at the same moment."""
        return self.is_steady or (self.kind == "cut" and not self.is_over)


@dataclass(frozen=True)
class Doubt:
    """A finished day whose bill fell a lot: we show `kept` until `reported` has held for a while."""

    day: date
    kept: Decimal  # the former bill
    reported: Decimal  # the provider's present bill


@dataclass(frozen=True)
class Previous:
    """The comparison period."""

    period: Period
    total: Decimal | None  # None: its data is not in
    until: datetime | None  # where it is cut, like the running period beside it; None: it is whole


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """The reach of a report's data, and the certainty of its figures."""

    extent: Extent = Extent()
    rests_on: frozenset[Basis] = frozenset({"billed"})  # the bases of its days
    hourly_until: datetime | None = None  # up to when it is the provider's hourly spend; None: there is none
    gaps: tuple[Gap, ...] = ()
    read: frozenset[ReportName] = EVERY_REPORT  # the reports with any data of the period
    doubts: tuple[Doubt, ...] = ()  # days whose bill fell
    as_of: datetime | None = None  # when we fetched the newest data; None: not yet
    band: Decimal | None = None  # half-width of the estimate's error, as a fraction; None: no record yet
    band_days: int | None = None  # the number of days behind `band`
    first_day: date | None = None  # the organization's first; None: the backfill has not reached it

    @property
    def data_until(self) -> datetime | None:
        """Up to when we have data; None if the period is whole."""
        return self.extent.until

    @property
    def basis(self) -> Basis:
        """The basis of all its days together."""
        return basis_of_days(self.rests_on)


@dataclass(frozen=True, kw_only=True)
class Report(Horizon):
    """The cost of a period, or of the part of it that the question's filters choose, split by its dimensions.

    The lines sum to `total.cost` exactly. `filter_names` are those of the filters, in their order.
    """

    organization: str
    question: Question
    total: Line
    lines: CostLines
    previous: Previous
    currency: str | None = "USD"  # of the bills; None: they are in several
    unpriced: tuple[str, ...] = ()  # models without a known price, which the total lacks
    discount: Decimal | None = (
        None  # as a fraction of the list price; None: the provider reports no list price
    )
    unbilled: Mapping[str, int] = field(default_factory=dict)  # tokens on no bill, by reason
    spikes: tuple[date, ...] = ()  # days of the comparison period that cost unusually much
    filter_names: tuple[str, ...] = ()
    versus_name: str = ""  # of the members that it is compared with; "": it is compared with a period
    utc_days_before: date | None = None  # earlier days are UTC's, not of the period's calendar
    compared: Decimal | None = None  # the cost of the finished days, compared in place of the total; None: it

    @property
    def compared_cost(self) -> Decimal:
        """The cost to compare with the comparison period's."""
        return self.total.cost if self.compared is None else self.compared

    @property
    def is_before(self) -> bool:
        """Whether all of it lies before the organization's first day."""
        return self.first_day is not None and self.question.period.end <= self.first_day

    @property
    def is_lived_through(self) -> bool:
        """Whether the organization existed throughout, as far as known."""
        return self.first_day is None or self.question.period.start >= self.first_day

    def share(self, cost: Decimal) -> Decimal:
        """Return a cost as a fraction of the total; 0 if the total is 0, by credits that cancel costs."""
        return cost / self.total.cost if self.total.cost else Decimal(0)


@dataclass(frozen=True, kw_only=True)
class EngineersReport(Horizon):
    """Engineers by descending cost; their `cost` sums to that of `total` ("All"), the cost of the period."""

    organization: str
    period: Period
    total: EngineerLine
    lines: EngineerLines
    previous_cost: Decimal | None
    previous_until: datetime | None
    models: tuple[ModelLine, ...] = ()  # Claude Code's
    tools: tuple[ToolLine, ...] = ()  # Claude Code's
    people_before: Decimal | None = None  # the cost of people in the comparison period; None: unknown

    @property
    def has_activity(self) -> bool:
        """Whether we have Claude Code's activity: unread is not zero."""
        return "claude_code" in self.read

    @property
    def is_before(self) -> bool:
        """Whether all of it lies before the organization's first day."""
        return self.first_day is not None and self.period.end <= self.first_day


@dataclass(frozen=True)
class Forecast:
    """The forecast cost of a running month, in dollars: the middle of the band and its half-width."""

    cost: Decimal
    band: Decimal


@dataclass(frozen=True)
class Incident:
    """A present problem: its kind, its beginning, and the provider's error message."""

    kind: incidents.Kind
    since: datetime
    detail: str

    @property
    def needs_a_key(self) -> bool:
        """Whether it ends when an admin enters a key."""
        return self.kind in ("key_refused", "key_lost")


@dataclass(frozen=True)
class UnofferedReport:
    """A report that is not offered to the key, since when, and the provider's message."""

    report: str
    since: datetime
    detail: str


@dataclass(frozen=True)
class Oddity:
    """An oddity in a report's answers; `days` is empty if it concerns no days in particular.

    `is_unreadable`: the figures of those days are missing because of it.
    """

    report: str
    days: tuple[date, ...]
    what: str
    is_unreadable: bool


@dataclass(frozen=True)
class Progress:
    """The progress of the backfill; `first_day` and `cost` are those of the days read so far."""

    days_read: int
    days_total: int
    first_day: date | None
    cost: Decimal


@dataclass(frozen=True)
class Restatement:
    """A finished day's bill that changed after we first had it."""

    day: date
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class SyncResult:
    """The result of one sync; its reports have their names in the schedule, such as `usage` and `charges`."""

    changes: tuple[Restatement, ...] = ()
    reports: tuple[str, ...] = ()  # the reports that it fetched, or tried to
    failed: Mapping[str, str] = field(default_factory=dict)  # the error message of each failed report
    not_offered: tuple[str, ...] = ()
    paused_until: datetime | None = None  # when we can call the provider again; None: now
    refused: str = ""  # the provider's message on a refused key that we gave up; "": not given up
    is_over: bool = True  # False: parts of it are still running
    retry_at: datetime | None = None  # when we try the first failed report again
    is_doubted: bool = False  # the provider has refused the key once


@dataclass(frozen=True)
class PastEstimate:
    """A finished day's estimate, and its first bill."""

    day: date
    estimated: Decimal
    billed: Decimal

    @property
    def error(self) -> Decimal | None:
        """The relative error of the estimate, as a fraction of the bill; None for a bill of nothing."""
        return self.estimated / self.billed - 1 if self.billed else None


@dataclass(frozen=True)
class Status:
    """The state of a connection, for the people who look after it."""

    organization: str
    key_hint: str
    connected_by: str | None
    connected_at: datetime
    first_day: date | None
    last_billed_day: date | None
    total: Decimal
    freshness: Mapping[ReportName, datetime | None]  # up to when we have each report
    gaps: tuple[Gap, ...]
    backfill: Progress | None  # None: it is done
    incidents: tuple[Incident, ...]
    accuracy: tuple[Decimal, int] | None  # (mean error of past estimates as a fraction, number of days)
    restatements: tuple[Restatement, ...]
    record: tuple[PastEstimate, ...] = ()  # the days behind `accuracy`, newest first
    hourly_spend: str = ""  # "offered", else the provider's reason why not; "": we have not asked yet
    hourly_days: int = 0  # days with the provider's hourly spend
    discount: Decimal | None = None
    differences: Mapping[date, Decimal] = field(default_factory=dict)  # bill less hourly spend, by day
    failing: Mapping[str, str] = field(
        default_factory=dict
    )  # error messages of reports that failed last time
    doubts: tuple[Doubt, ...] = ()  # days whose bill fell
    not_offered: tuple[UnofferedReport, ...] = ()  # without hourly spend, which has its own field
    oddities: tuple[Oddity, ...] = ()
    doubted_until: datetime | None = None  # when we try a key again that was refused once
    as_of: datetime | None = None  # when we fetched the newest data

    def lacks(self, report: ReportName) -> bool:
        """Whether a report is not offered."""
        return any(each.report == report for each in self.not_offered)


@dataclass(frozen=True)
class Summary:
    """The answer to the bare command: today so far, yesterday, the month, its forecast, and the status.

    `days` are the last finished days, each a line; `changed` explains the month's change.
    """

    today: Report
    yesterday: Report
    month: Report
    forecast: Forecast | None
    status: Status
    days: Report | None = None
    changed: Change | None = None


@dataclass(frozen=True)
class AsFile:
    """The dimension and file format of an export; `by` None is the bill's own lines."""

    by: Dimension | None = None
    form: Form = "csv"
