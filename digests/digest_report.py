"""The numbers of a digest: a finished period, whole or a part of it, and what moved since the like one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import structs

from digests.report import EngineersReport, Forecast, Line, Previous, Report, Restatement
from providers.period import WEEK, Period
from providers.spend import Sum

Naming = Literal["names", "initials", "totals"]
MOST_MOVED = 3
_NOTICED = Decimal("0.01")  # of the larger total; a smaller change is not told
_LEAST = Decimal("0.01")


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


def is_known(report: Report) -> bool:
    """Whether every day of a period is in, by the bill or by usage."""
    unread: dict[str, set[date]] = {"charges": set(), "usage": set()}
    for gap in report.gaps:
        unread.setdefault(gap.report, set()).update(gap.days.days())
    return not unread["charges"] & unread["usage"]


def beside(report: Report, before: Report) -> Report:
    """Set a report beside that of its like period, which is told only if all of it is in."""
    known = is_known(before)
    costs = {line.id: line.cost for line in before.lines}
    lines = [
        structs.replace(line, previous=costs.get(line.id, Decimal(0)) if known else None)
        for line in report.lines
    ]
    total = before.total.cost if known else None
    return replace(report, lines=tuple(lines), previous=Previous(before.question.period, total, until=None))


def movers(report: Report, before: Report) -> Movers:
    """Say what moved; nothing where the like period is not known."""
    if not (is_known(before) and is_known(report)):
        return Movers()
    now, then = ({line.id: line for line in each.lines} for each in (report, before))
    moved = [
        Moved(line.name, now[id_].cost if id_ in now else Decimal(0), _cost(then.get(id_)))
        for id_, line in (then | now).items()
    ]
    least = max(_LEAST, _NOTICED * max(report.total.cost, before.total.cost))
    told = sorted((each for each in moved if abs(each.difference) >= least), key=lambda each: each.difference)
    named = {line.name for id_, line in (then | now).items() if id_ and not id_.startswith("=")}
    come = [each for each in moved if each.name in named and each.cost > 0 and not each.previous]
    left = [each for each in moved if each.name in named and each.previous > 0 and not each.cost]
    return Movers(
        up=[each for each in reversed(told) if each.difference > 0][:MOST_MOVED],
        down=[each for each in told if each.difference < 0][:MOST_MOVED],
        new=sorted(come, key=lambda each: -each.cost),
        gone=sorted(left, key=lambda each: -each.previous),
    )


def _cost(line: Line | None) -> Decimal:
    return line.cost if line else Decimal(0)


def only(report: Report, keep: Callable[[str | None], bool]) -> Report:
    """Keep some lines of a report, as if there were no others."""
    return with_lines(report, [line for line in report.lines if keep(line.id)])


def with_lines(report: Report, lines: Sequence[Line]) -> Report:
    """Put other lines in the place of a report's, with their sum and their shares of it."""
    total = sum((line.cost for line in lines), Decimal(0))
    estimated = sum((line.estimated for line in lines), Decimal(0))
    a, b, c, d, e, f = (sum(line.quantities[n] for line in lines) for n in range(6))
    shared = [structs.replace(line, share=line.cost / total if total else Decimal(0)) for line in lines]
    return replace(
        report,
        total=Sum(None, total, estimated, (a, b, c, d, e, f)),
        lines=tuple(sorted(shared, key=lambda line: (-line.cost, line.name, line.id or ""))),
    )


def renamed(report: Report, names: Mapping[str | None, str]) -> Report:
    """Call the lines otherwise."""
    return replace(
        report,
        lines=tuple(structs.replace(line, name=names.get(line.id, line.name)) for line in report.lines),
    )
