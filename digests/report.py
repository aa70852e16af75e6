"""The numbers of an answer or a digest, as frozen values: what is true, before it becomes words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from providers.directory import Link
from providers.period import Period
from providers.spend import Basis, Sum, basis_of

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


class Line(msgspec.Struct, frozen=True, gc=False):
    """One ranked line. `id` None is what nobody or nothing can be named for.

    `previous` is the like period's cost, zero where it was there and cost nothing, None where unknown.
    `links` tells, for an engineer, how it is known whose the dollars are.
    """

    id: str | None
    name: str
    cost: Decimal
    estimated: Decimal
    previous: Decimal | None
    share: Decimal
    quantities: tuple[int, int, int, int, int, int]
    links: Mapping[Link, Decimal] = {}


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
    total: Sum
    lines: tuple[Line, ...]
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
        return self.total.basis


class EngineerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One engineer in a period: their share of the bill, and what they did with Claude Code.

    `id` is a canonical e-mail, a service account's id, `key …` for a key by its name, `=…` for a reason why
    nobody can be named (see `Caller`), None for what is simply nobody's. `cost` is billed and estimated
    spend, `code_cost` the part of it that went through Claude Code, `links` how it is known whose it is, in
    dollars. `estimated_cost` is Claude Code's own estimate of dollars that `cost` holds already;
    `subscription_cost` its estimate of what a seat paid for, which is billed elsewhere: neither is ever
    added to `cost`.
    """

    id: str | None
    name: str
    cost: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)
    code_cost: Decimal = Decimal(0)
    estimated_cost: Decimal = Decimal(0)
    subscription_cost: Decimal = Decimal(0)
    tokens: int = 0
    sessions: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    accepted: int = 0
    rejected: int = 0
    links: Mapping[Link, Decimal] = {}

    @property
    def is_somebody(self) -> bool:
        """Whether it is a person or a service account, not what is left when all are named."""
        return self.id is not None and not self.id.startswith("=")

    @property
    def is_active(self) -> bool:
        """Whether Claude Code reported anything."""
        return bool(self.sessions or self.tokens or self.commits or self.accepted or self.rejected)

    @property
    def cost_per_commit(self) -> Decimal | None:
        """What a commit took, whoever paid; None where there is none."""
        return _per(self, self.commits)

    @property
    def cost_per_pull_request(self) -> Decimal | None:
        """What a pull request took, whoever paid; None where there is none."""
        return _per(self, self.pull_requests)

    @property
    def is_billed(self) -> bool:
        """Whether what Claude Code cost is known from bills alone."""
        return bool(self.code_cost) and not self.estimated and not self.subscription_cost

    @property
    def acceptance(self) -> Decimal | None:
        """The part of the proposed edits that was accepted, None where none was proposed."""
        return acceptance(self.accepted, self.rejected)


def acceptance(accepted: int, rejected: int) -> Decimal | None:
    """The part of proposed edits that was accepted, None where none was proposed."""
    return Decimal(accepted) / (accepted + rejected) if accepted + rejected else None


def _per(line: EngineerLine, count: int) -> Decimal | None:
    """Claude Code's cost for each: as billed where that is known, else as it estimates itself."""
    cost = (line.code_cost or line.estimated_cost) + line.subscription_cost
    return cost / count if count and cost else None


class ModelLine(msgspec.Struct, frozen=True, kw_only=True):
    """Claude Code on one model, by its own estimate at list prices, seats included."""

    model: str
    estimated_cost: Decimal
    tokens: int


class ToolLine(msgspec.Struct, frozen=True, kw_only=True):
    """Edits that one tool of Claude Code proposed."""

    tool: str
    accepted: int
    rejected: int

    @property
    def acceptance(self) -> Decimal | None:
        """The part that was accepted, None where none was proposed."""
        return acceptance(self.accepted, self.rejected)


@dataclass(frozen=True)
class EngineersReport:
    """Engineers, dearest first; the lines' `cost` sums to what the period cost, that of `total` ("All").

    `data_until`, `band` and `band_days` are as in `Report`; `models` and `tools` are Claude Code's.
    """

    organization: str
    period: Period
    total: EngineerLine
    lines: tuple[EngineerLine, ...]
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

    kind: Literal["key_refused", "sync_failing"]
    since: datetime
    detail: str


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
