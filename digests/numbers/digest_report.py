"""The numbers of a digest: a finished period, whole or a part of it, and what moved since the like one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from digests.numbers.build import ranked
from digests.numbers.lines import CostLines, is_somebody
from digests.numbers.report import EngineersReport, Forecast, Previous, Report, Restatement
from providers.money import billionths, dollars
from providers.period import WEEK, Period
from providers.spend import Id

Naming = Literal["names", "initials", "totals"]
MOST_MOVED = 3
_NOTICED = 100  # a change of less than this part of the larger total is not told
_LEAST = billionths(Decimal("0.01"))
Costs = Mapping[Id, int]
"""Billionths by id."""


@dataclass(frozen=True)
class Moved:
    """What cost more or less than in the like period."""

    name: str
    cost: Decimal
    previous: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much."""
        return self.cost - self.previous


@dataclass(frozen=True)
class Movers:
    """What changed most in dollars, the most first; what is new since the like period, and what is gone."""

    up: Sequence[Moved] = ()
    down: Sequence[Moved] = ()
    new: Sequence[Moved] = ()
    gone: Sequence[Moved] = ()


@dataclass(frozen=True)
class Part:
    """Which part of the organization a digest is about, and what all of it cost.

    `names` are those of the workspace, the family, the group or the people; `count` is how many people, 0
    where it is not about people; `unknown` how many of them nobody knows an e-mail address of.
    """

    kind: Literal["workspace", "model", "group", "engineers"]
    names: Sequence[str]
    whole: Decimal
    count: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class Digest:
    """Everything a digest says about finished UTC days.

    `report` is split by model, or by engineer where a part is not known by model. `month` is that of the last
    day so far, None where the period is one. `history` is by day or, for a month, by month, oldest first,
    None where unknown. `set_up_by` is the Slack user id of whoever set it up; `first` marks the first post
    in that channel.
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

    @property
    def period(self) -> Period:
        """The days it is about."""
        return self.report.question.period


def like(period: Period) -> Period:
    """The like period of a digest: the same days a week before, for a month the same of the month before."""
    if period.length < WEEK.days:
        return replace(period, start=period.start - WEEK, end=period.end - WEEK)
    return period.before()


def is_whole(report: Report) -> bool:
    """Whether all of a period is in, by the bill or by usage, and split as the report is."""
    return report.extent.kind == "whole" and not report.extent.unsplit


def beside(report: Report, before: Report) -> Report:
    """Set a report beside that of its like period; only what is whole is compared."""
    known = is_whole(report) and is_whole(before) and before.is_lived_through
    total = before.total.cost if known else None
    return replace(
        report,
        lines=replace(report.lines, before=before.lines.costs if known else None),
        previous=Previous(before.question.period, total, until=None),
    )


def movers_between(report: Report, before: Report) -> Movers:
    """Say what moved; nothing where either period is not known."""
    if not (is_whole(before) and is_whole(report) and before.is_lived_through):
        return Movers()
    return movers(report.lines.costs, before.lines.costs, report.lines.name_of)


def movers(now: Costs, then: Costs, name_of: Callable[[Id], str]) -> Movers:
    """Say what moved between the costs of two periods that are known."""

    def told(ids: Iterable[Id]) -> list[Moved]:
        return [Moved(name_of(id_), dollars(now.get(id_, 0)), dollars(then.get(id_, 0))) for id_ in ids]

    rise = {id_: now.get(id_, 0) - then.get(id_, 0) for id_ in {**then, **now}}
    least = max(_LEAST, *(sum(costs.values()) // _NOTICED for costs in (now, then)))
    moved = sorted(
        (id_ for id_ in rise if abs(rise[id_]) >= least), key=lambda id_: (-rise[id_], name_of(id_))
    )
    come = [id_ for id_ in now if is_somebody(id_) and now[id_] > 0 and not then.get(id_)]
    left = [id_ for id_ in then if is_somebody(id_) and then[id_] > 0 and not now.get(id_)]
    return Movers(
        up=told(id_ for id_ in moved[:MOST_MOVED] if rise[id_] > 0),
        down=told(id_ for id_ in moved[: -MOST_MOVED - 1 : -1] if rise[id_] < 0),
        new=told(sorted(come, key=lambda id_: (-now[id_], name_of(id_)))),
        gone=told(sorted(left, key=lambda id_: (-then[id_], name_of(id_)))),
    )


def filter_lines(report: Report, keep: Callable[[Id], bool]) -> Report:
    """Keep some lines of a report, as if there were no others."""
    return with_lines(report, report.lines.filter(keep))


def with_lines(report: Report, lines: CostLines) -> Report:
    """Put other lines in the place of a report's, the dearest first, with their sum."""
    return replace(report, total=lines.as_one_line(), lines=ranked(lines))
