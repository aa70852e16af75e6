"""The numbers of a digest: a finished period of all or a part, and the changes since the one before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from digests.numbers.build import ranked
from digests.numbers.cause import Cause
from digests.numbers.lines import CostLines, is_somebody
from digests.numbers.report import EngineersReport, Forecast, Previous, Report, Restatement
from digests.numbers.telemetry.state import LiveUse
from digests.numbers.usual import Usual
from providers.money import billionths, dollars
from providers.period import WEEK, Period
from providers.spend import Id
from storage.state.scopes import PartKind

EARLIER = 4  # a month of weekdays: enough for an average, and they follow growth
MOST_MOVERS = 3  # up, and as many down: they fit one line each in a message on a phone
_NOTICED = 100  # we do not name changes below a hundredth of the larger total: of no consequence
_LEAST = billionths(Decimal("0.01"))  # a cent, the smallest change that the message could show
Costs = Mapping[Id, int]
"""Billionths by id."""


@dataclass(frozen=True)
class Mover:
    """A line whose cost changed since the comparison period."""

    name: str
    cost: Decimal
    previous: Decimal

    @property
    def difference(self) -> Decimal:
        """The change in dollars."""
        return self.cost - self.previous


@dataclass(frozen=True)
class Movers:
    """The largest changes in dollars, largest first; lines new since the comparison period, or gone."""

    up: Sequence[Mover] = ()
    down: Sequence[Mover] = ()
    new: Sequence[Mover] = ()
    gone: Sequence[Mover] = ()


@dataclass(frozen=True)
class Part:
    """The part of the organization that a digest is about, and the cost of the whole.

    `names` are those of the workspace, the model family, the group or the people. `count` is the number of
    people, 0 if it is not about people; `unknown` is how many of them have no e-mail address that we know.
    """

    kind: PartKind
    names: Sequence[str]
    whole: Decimal
    count: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class Digest:
    """Everything a digest says about finished UTC days.

    `report` is split by model, or by engineer for a part that we do not know by model. `month` is the last
    day's month so far, None if the period is a month. `history` is by day or, for a month, by month, oldest
    first, None if unknown. `set_up_by` is the Slack user id of the person who set it up; `first` marks the
    first post in that channel. `usual` is what such a period costs, None if that is unknown or the period is
    not whole; `cause` explains most of the difference, None if nothing does. `live` is what telemetry says.
    """

    report: Report
    month: Report | None
    forecast: Forecast | None
    engineers: EngineersReport | None
    history: Sequence[tuple[date, Decimal | None]]
    restatements: tuple[Restatement, ...]
    set_up_by: str
    zone: str
    first: bool
    models: Movers = Movers()
    people: Movers = Movers()
    keys: Movers = Movers()
    part: Part | None = None
    usual: Usual | None = None
    cause: Cause | None = None
    live: LiveUse | None = None

    @property
    def is_loud(self) -> bool:
        """Whether the period stands out among those of its kind."""
        return self.usual is not None and self.usual.is_loud

    @property
    def period(self) -> Period:
        """The days of the digest."""
        return self.report.question.period


def like(period: Period) -> Period:
    """Return the comparison period of a digest: the same days a week before, or the month before."""
    if period.length < WEEK.days:
        return replace(period, start=period.start - WEEK, end=period.end - WEEK)
    return period.before()


def earlier(period: Period) -> list[Period]:
    """Return the periods that show what is usual, newest first: the comparison period, and those before."""
    periods = [like(period)]
    while len(periods) < EARLIER:
        periods.append(like(periods[-1]))
    return periods


def is_whole(report: Report) -> bool:
    """Whether we have all of a period, by bill or usage, split by the report's dimension."""
    return report.extent.kind == "whole" and not report.extent.unsplit_days


def beside(report: Report, before: Report) -> Report:
    """Return a report with its comparison period, if both are whole."""
    comparable = is_whole(report) and is_whole(before) and before.is_lived_through
    total = before.total.cost if comparable else None
    return replace(
        report,
        lines=replace(report.lines, before=before.lines.costs if comparable else None),
        previous=Previous(before.question.period, total, until=None),
    )


def movers_between(report: Report, before: Report) -> Movers:
    """Return the changes between two periods, none if either is not whole."""
    if not (is_whole(before) and is_whole(report) and before.is_lived_through):
        return Movers()
    return movers(report.lines.costs, before.lines.costs, report.lines.name_of)


def movers(now: Costs, then: Costs, name_of: Callable[[Id], str]) -> Movers:
    """Return the changes between the costs of two periods."""

    def changes(ids: Iterable[Id]) -> list[Mover]:
        return [Mover(name_of(id_), dollars(now.get(id_, 0)), dollars(then.get(id_, 0))) for id_ in ids]

    rise = {id_: now.get(id_, 0) - then.get(id_, 0) for id_ in {**then, **now}}
    least = max(_LEAST, *(sum(costs.values()) // _NOTICED for costs in (now, then)))
    moved = sorted(
        (id_ for id_ in rise if abs(rise[id_]) >= least), key=lambda id_: (-rise[id_], name_of(id_))
    )
    new = [id_ for id_ in now if is_somebody(id_) and now[id_] > 0 and not then.get(id_)]
    gone = [id_ for id_ in then if is_somebody(id_) and then[id_] > 0 and not now.get(id_)]
    return Movers(
        up=changes(id_ for id_ in moved[:MOST_MOVERS] if rise[id_] > 0),
        down=changes(id_ for id_ in moved[: -MOST_MOVERS - 1 : -1] if rise[id_] < 0),
        new=changes(sorted(new, key=lambda id_: (-now[id_], name_of(id_)))),
        gone=changes(sorted(gone, key=lambda id_: (-then[id_], name_of(id_)))),
    )


def filter_lines(report: Report, keep: Callable[[Id], bool]) -> Report:
    """Return a report with only the lines that `keep` accepts, and their total."""
    return with_lines(report, report.lines.filter(keep))


def with_lines(report: Report, lines: CostLines) -> Report:
    """Return a report with other lines, ranked, and their total."""
    return replace(report, total=lines.as_one_line(), lines=ranked(lines))
