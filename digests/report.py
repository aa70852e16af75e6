"""The numbers of an answer or a digest, as frozen values: what is true, before it becomes words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from providers.period import Period
from providers.spend import Basis, Sum

Dimension = Literal["model", "engineer", "workspace", "key", "token type", "product", "day"]
ReportName = Literal["charges", "usage", "claude_code"]


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
class Line:
    """One ranked line. `id` None is what nobody or nothing can be named for.

    `previous` is the like period's cost, zero where it was there and cost nothing, None where unknown.
    """

    id: str | None
    name: str
    cost: Decimal
    estimated: Decimal
    previous: Decimal | None
    share: Decimal
    quantities: tuple[int, int, int, int, int, int]


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
    names models whose tokens no price is known for, so that they are not in the total.
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

    @property
    def basis(self) -> Basis:
        """Billed, estimated, or some of both."""
        return self.total.basis


@dataclass(frozen=True)
class EngineerLine:
    """Claude Code in a period, one person (or a key nobody owns): its own estimate, never added to the bill.

    `subscription_cost` is the estimate of what a seat paid for; it is no part of `estimated_cost`.
    """

    id: str
    name: str
    estimated_cost: Decimal
    subscription_cost: Decimal
    tokens: int
    sessions: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    accepted: int
    rejected: int

    @property
    def cost_per_commit(self) -> Decimal | None:
        """What a commit took at list prices, whoever paid; None where there is none."""
        return _per(self, self.commits)

    @property
    def cost_per_pull_request(self) -> Decimal | None:
        """What a pull request took at list prices, whoever paid; None where there is none."""
        return _per(self, self.pull_requests)

    @property
    def acceptance(self) -> Decimal | None:
        """The part of the proposed edits that was accepted, None where none was proposed."""
        proposed = self.accepted + self.rejected
        return Decimal(self.accepted) / proposed if proposed else None


def _per(line: EngineerLine, count: int) -> Decimal | None:
    cost = line.estimated_cost + line.subscription_cost
    return cost / count if count and cost else None


@dataclass(frozen=True)
class EngineersReport:
    """Claude Code by engineer, dearest first, and their sum (its id is "" and its name "All")."""

    organization: str
    period: Period
    total: EngineerLine
    lines: tuple[EngineerLine, ...]
    previous_cost: Decimal | None
    gaps: tuple[Gap, ...]
    as_of: datetime | None


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
class Status:
    """The state of a connection, for people who look after it.

    `freshness` tells, per report, up to which moment it is known; `accuracy` the mean error of past
    estimates as a fraction and over how many days.
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


@dataclass(frozen=True)
class Summary:
    """What the bare command answers: today so far, yesterday, the month, and whether all is well."""

    today: Report
    yesterday: Report
    month: Report
    forecast: Forecast | None
    status: Status


@dataclass(frozen=True)
class DailyDigest:
    """Everything a daily digest says about one UTC day.

    `history` is the cost of the last 14 days, oldest first, None where unknown; `set_up_by` is the
    Slack user id of whoever set the digest up; `first` marks the first post in that channel.
    """

    day: Report
    month: Report
    forecast: Forecast | None
    engineers: EngineersReport
    history: Sequence[tuple[date, Decimal | None]]
    restatements: tuple[Restatement, ...]
    set_up_by: str
    zone: str
    first: bool
