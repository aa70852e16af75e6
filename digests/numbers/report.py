"""The numbers of an answer or a digest, as frozen values: what is true, before it becomes words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from digests.numbers.engineer_lines import EngineerLine, EngineerLines, ModelLine, ToolLine
from digests.numbers.lines import CostLines, Line
from providers.period import Period
from providers.spend import Basis, basis_of_days

Dimension = Literal["model", "engineer", "workspace", "key", "token type", "product", "day"]
Form = Literal["csv", "json"]  # of an export
IncidentKind = Literal["key_refused", "key_lost", "sync_failing", "permission", "balance", "hold", "fault"]
ReportName = Literal["charges", "usage", "claude_code", "spend"]
BY_USAGE: frozenset[Dimension] = frozenset({"engineer", "key", "product"})
"""The dimensions that a bill is split by along its usage; the others are the bill's own."""
EVERY_REPORT: frozenset[ReportName] = frozenset({"charges", "usage", "claude_code", "spend"})


NAMING: tuple[Dimension, ...] = ("engineer", "key")
"""The dimensions whose members are people, or keys that are named after them."""


@dataclass(frozen=True)
class Question:
    """What somebody asked: a period of their calendar, and by what to split it."""

    period: Period
    dimension: Dimension = "model"


Reason = Literal[
    "not read yet",
    "not published yet",
    "not whole yet",
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

    `begins` is the moment from which the first of the days is missing, None where all of it is. `since` is
    when the reason began, `detail` what came back instead of an answer. A bill that is "not whole yet" is
    estimated meanwhile; one that is "in doubt" is shown as we had it.
    """

    report: ReportName
    days: Period
    why: Reason
    begins: datetime | None = None
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True)
class Extent:
    """How much of a period is in.

    whole     all of it, and it is over
    running   up to now, but for the usual lag
    cut       from its start `until` a moment and no further, though more should be
    gappy     something before the newest that is in is missing, first at `until`

    `unfinished` tells of days of the period's calendar that have begun and are not in to their end up to when
    they are; of all that have `begun`, so many are `lacking`. On `unsplit` days the dollars are in, and not
    whose they are.
    """

    kind: Literal["whole", "running", "cut", "gappy"] = "whole"
    until: datetime | None = None
    is_over: bool = True
    unfinished: Mapping[date, datetime] = field(default_factory=dict)
    begun: int = 0
    lacking: int = 0
    unsplit: int = 0

    @property
    def is_steady(self) -> bool:
        """Whether all is in that can be by now."""
        return self.kind in ("whole", "running")

    @property
    def is_comparable(self) -> bool:
        """Whether it can be set beside a like period, whole or cut at the same moment."""
        return self.is_steady or (self.kind == "cut" and not self.is_over)


@dataclass(frozen=True)
class Doubt:
    """A finished day whose bill fell by much: `kept` is shown until what is `reported` now has held."""

    day: date
    kept: Decimal
    reported: Decimal


@dataclass(frozen=True)
class Previous:
    """The like period before. `total` is None while its data is not in.

    `until` cuts it at the same moment as a period that is still running, None where it is whole.
    """

    period: Period
    total: Decimal | None
    until: datetime | None


@dataclass(frozen=True)
class Report:
    """What a period cost, split by one dimension. The lines sum to `total.cost` exactly.

    `extent` tells how much of the period is in, `rests_on` on what its days rest; `band` is the half-width of
    the estimate's error as a fraction over `band_days` days, None where there is no record yet;
    `as_of` is when the newest data was fetched, None where nothing was fetched yet. `in_utc_days` is what
    the same dates cost as Anthropic bills them, None where that is the total or not billed yet; `unpriced`
    names models whose tokens no price is known for, so that they are not in the total. `told_until` is up to
    when a running period is the provider's own hours rather than an estimate, None where it tells none;
    `discount` the part of the list price that is not paid, where the provider tells both; `unbilled` tokens
    that no bill holds, by reason; `doubts` days whose bill fell; `first_day` the organization's first, None
    until history was walked to it; `read` the reports of which anything of the period is in. `currency` is
    that of its bills, None where they are in several.
    """

    organization: str
    question: Question
    total: Line
    lines: CostLines
    previous: Previous
    gaps: tuple[Gap, ...]
    extent: Extent
    rests_on: frozenset[Basis]
    as_of: datetime | None
    band: Decimal | None
    currency: str | None = "USD"
    band_days: int | None = None
    in_utc_days: Decimal | None = None
    unpriced: tuple[str, ...] = ()
    told_until: datetime | None = None
    discount: Decimal | None = None
    unbilled: Mapping[str, int] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    first_day: date | None = None
    read: frozenset[ReportName] = EVERY_REPORT

    @property
    def is_before(self) -> bool:
        """Whether all of it lies before the organization's first day."""
        return self.first_day is not None and self.question.period.end <= self.first_day

    @property
    def is_lived_through(self) -> bool:
        """Whether the organization was there from its start on, as far as that is known."""
        return self.first_day is None or self.question.period.start >= self.first_day

    @property
    def data_until(self) -> datetime | None:
        """The moment up to which a period is known that is not whole."""
        return self.extent.until

    @property
    def basis(self) -> Basis:
        """What its days rest on."""
        return basis_of_days(self.rests_on)

    def share(self, cost: Decimal) -> Decimal:
        """The part of the total that a cost is, nothing where they cancel each other out."""
        return cost / self.total.cost if self.total.cost else Decimal(0)


@dataclass(frozen=True)
class EngineersReport:
    """Engineers, dearest first; the lines' `cost` sums to what the period cost, that of `total` ("All").

    `extent`, `rests_on`, `band`, `band_days`, `doubts`, `first_day` and `read` are as in `Report`; `models`
    and `tools` are Claude Code's.
    """

    organization: str
    period: Period
    total: EngineerLine
    lines: EngineerLines
    previous_cost: Decimal | None
    previous_until: datetime | None
    gaps: tuple[Gap, ...]
    as_of: datetime | None
    extent: Extent = Extent()
    rests_on: frozenset[Basis] = frozenset({"billed"})
    told_until: datetime | None = None
    band: Decimal | None = None
    band_days: int | None = None
    models: tuple[ModelLine, ...] = ()
    tools: tuple[ToolLine, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    first_day: date | None = None
    read: frozenset[ReportName] = EVERY_REPORT

    @property
    def has_activity(self) -> bool:
        """Whether it is known what Claude Code did: what was not read is not nothing."""
        return "claude_code" in self.read

    @property
    def is_before(self) -> bool:
        """Whether all of it lies before the organization's first day."""
        return self.first_day is not None and self.period.end <= self.first_day

    @property
    def data_until(self) -> datetime | None:
        """The moment up to which a period is known that is not whole."""
        return self.extent.until

    @property
    def basis(self) -> Basis:
        """What its days rest on."""
        return basis_of_days(self.rests_on)


@dataclass(frozen=True)
class Forecast:
    """Where a running month will end: the middle and the half-width of its band, in dollars."""

    cost: Decimal
    band: Decimal


@dataclass(frozen=True)
class Incident:
    """Something that is wrong now: what, since when, and what to do about it."""

    kind: IncidentKind
    since: datetime
    detail: str

    @property
    def needs_a_key(self) -> bool:
        """Whether it is over once an admin has entered a key."""
        return self.kind in ("key_refused", "key_lost")


@dataclass(frozen=True)
class Withheld:
    """A report that is not offered to the key: since when, and what came back."""

    report: str
    since: datetime
    detail: str


@dataclass(frozen=True)
class Oddity:
    """Something odd in answers of a report, on these days if on any in particular.

    `is_unreadable`: the figures of those days are missing because of it.
    """

    report: str
    days: tuple[date, ...]
    what: str
    is_unreadable: bool


@dataclass(frozen=True)
class Progress:
    """How far the first walk through history is."""

    days_read: int
    days_total: int
    first_day: date | None
    cost: Decimal


@dataclass(frozen=True)
class Restatement:
    """A finished day's bill that changed after we had it."""

    day: date
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Synced:
    """What one sync did: the bills that changed, what was asked for, what failed and why not more was done.

    Reports go by their names in the schedule (`usage`, `charges`, `directory`, …); `failed` has what came
    back for each, `retry_at` when the first of these is tried again. `paused_until` is when the provider may
    be asked again, None where it may be asked now. `refused` is what came back for a key that is given up, ""
    for any other; `is_doubted` is one that was refused once. `is_over` is false where more is under way.
    """

    changes: tuple[Restatement, ...] = ()
    asked: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    not_offered: tuple[str, ...] = ()
    paused_until: datetime | None = None
    refused: str = ""
    is_over: bool = True
    retry_at: datetime | None = None
    is_doubted: bool = False


@dataclass(frozen=True)
class Compared:
    """A finished day: what it was estimated to cost, and what it was billed at first."""

    day: date
    estimated: Decimal
    billed: Decimal

    @property
    def error(self) -> Decimal | None:
        """The estimate over the bill, as a fraction; None for a day that was billed nothing."""
        return self.estimated / self.billed - 1 if self.billed else None


@dataclass(frozen=True)
class Status:
    """The state of a connection, for people who look after it.

    `freshness` tells, per report, up to which moment it is known; `accuracy` the mean error of past
    estimates as a fraction and over how many days, `record` those days, newest first. `hourly_spend` is
    whether the provider's own spend by the hour is "offered", else its reason, "" before it was asked;
    `hourly_days` how many days of it are in; `differences` by how much a bill is more than its hours;
    `failing` what came back for reports whose last try failed; `doubts` the days whose bill fell; `withheld`
    are reports that are not offered, but for spend by the hour; `oddities` what was odd in answers. A key
    that was refused once is in doubt, and is asked about again at `doubted_until`. `as_of` is when the newest
    data was fetched.
    """

    organization: str
    key_hint: str
    connected_by: str | None
    connected_at: datetime
    first_day: date | None
    last_billed_day: date | None
    total: Decimal
    freshness: Mapping[ReportName, datetime | None]
    gaps: tuple[Gap, ...]
    backfill: Progress | None
    incidents: tuple[Incident, ...]
    accuracy: tuple[Decimal, int] | None
    restatements: tuple[Restatement, ...]
    record: tuple[Compared, ...] = ()
    hourly_spend: str = ""
    hourly_days: int = 0
    discount: Decimal | None = None
    differences: Mapping[date, Decimal] = field(default_factory=dict)
    failing: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    doubted_until: datetime | None = None
    as_of: datetime | None = None

    def lacks(self, report: ReportName) -> bool:
        """Whether a report is not offered."""
        return any(each.report == report for each in self.withheld)


@dataclass(frozen=True)
class Summary:
    """What the bare command answers: today so far, yesterday, the month, and whether all is well."""

    today: Report
    yesterday: Report
    month: Report
    forecast: Forecast | None
    status: Status


@dataclass(frozen=True)
class AsFile:
    """How an export is cut and written; `by` None is the bill's own lines."""

    by: Dimension | None = None
    form: Form = "csv"
