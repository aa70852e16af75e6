"""The numbers of an answer or a digest, as frozen values: what is true, before it becomes words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from digests.engineer_lines import EngineerLine, EngineerLines, ModelLine, ToolLine
from digests.lines import CostLines, Line
from providers.period import Period
from providers.spend import Basis, basis_of

Dimension = Literal["model", "engineer", "workspace", "key", "token type", "product", "day"]
Form = Literal["csv", "json"]  # of an export
ReportName = Literal["charges", "usage", "claude_code", "spend"]


@dataclass(frozen=True)
class Question:
    """What somebody asked: a period of their calendar, and by what to split it."""

    period: Period
    dimension: Dimension = "model"


@dataclass(frozen=True)
class Gap:
    """Days that a report does not cover, and whether they are still to be read or not published yet."""

    report: ReportName
    days: Period
    why: Literal["not read yet", "not published yet"]


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

    `data_until` is the moment up to which a running period is known (None: the period is over);
    `band` is the half-width of the estimate's error as a fraction over `band_days` days, None where there is
    no record yet;
    `as_of` is when the newest data was fetched, None where nothing was fetched yet. `in_utc_days` is what
    the same dates cost as Anthropic bills them, None where that is the total or not billed yet; `unpriced`
    names models whose tokens no price is known for, so that they are not in the total. `told_until` is up to
    when a running period is the provider's own hours rather than an estimate, None where it tells none;
    `discount` the part of the list price that is not paid, where the provider tells both; `unbilled` tokens
    that no bill holds, by reason.
    """

    organization: str
    question: Question
    total: Line
    lines: CostLines
    previous: Previous
    gaps: tuple[Gap, ...]
    data_until: datetime | None
    as_of: datetime | None
    band: Decimal | None
    currency: str = "USD"
    band_days: int | None = None
    in_utc_days: Decimal | None = None
    unpriced: tuple[str, ...] = ()
    told_until: datetime | None = None
    discount: Decimal | None = None
    unbilled: Mapping[str, int] = field(default_factory=dict)

    @property
    def basis(self) -> Basis:
        """Billed, estimated, or some of both."""
        return basis_of(self.total.cost, self.total.estimated)

    def share(self, cost: Decimal) -> Decimal:
        """The part of the total that a cost is, nothing where they cancel each other out."""
        return cost / self.total.cost if self.total.cost else Decimal(0)


@dataclass(frozen=True)
class EngineersReport:
    """Engineers, dearest first; the lines' `cost` sums to what the period cost, that of `total` ("All").

    `data_until`, `band` and `band_days` are as in `Report`; `models` and `tools` are Claude Code's.
    """

    organization: str
    period: Period
    total: EngineerLine
    lines: EngineerLines
    previous_cost: Decimal | None
    previous_until: datetime | None
    gaps: tuple[Gap, ...]
    as_of: datetime | None
    data_until: datetime | None = None
    told_until: datetime | None = None
    band: Decimal | None = None
    band_days: int | None = None
    models: tuple[ModelLine, ...] = ()
    tools: tuple[ToolLine, ...] = ()

    @property
    def basis(self) -> Basis:
        """Billed, estimated, or some of both."""
        return basis_of(self.total.cost, self.total.estimated)


@dataclass(frozen=True)
class Forecast:
    """Where a running month will end: the middle and the half-width of its band, in dollars."""

    cost: Decimal
    band: Decimal


@dataclass(frozen=True)
class Incident:
    """Something that is wrong now: what, since when, and what to do about it."""

    kind: Literal["key_refused", "key_lost", "sync_failing"]
    since: datetime
    detail: str

    @property
    def needs_a_key(self) -> bool:
        """Whether it is over once an admin has entered a key."""
        return self.kind in ("key_refused", "key_lost")


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
    back for each. `paused_until` is when the provider may be asked again, None where it may be asked now.
    `refused` is what came back for the key, "" where it is accepted; `is_over` is false where more is still
    under way.
    """

    changes: tuple[Restatement, ...] = ()
    asked: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    not_offered: tuple[str, ...] = ()
    paused_until: datetime | None = None
    refused: str = ""
    is_over: bool = True


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
    `hourly_days` how many days of it are in; `differences` by how much a bill is more than its hours.
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


@dataclass(frozen=True)
class Summary:
    """What the bare command answers: today so far, yesterday, the month, and whether all is well."""

    today: Report
    yesterday: Report
    month: Report
    forecast: Forecast | None
    status: Status
