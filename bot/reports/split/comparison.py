"""The comparison period of a question: up to the same moment, or by whole days where no hours are kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.reports import horizon, members
from bot.reports.split import amounts
from digests.numbers.report import Extent, Filter, Question
from providers.directory import Directory
from providers.period import Period
from providers.spend import Id
from storage.facts import cells, rollups
from storage.state.connections import Connection


class Comparison(NamedTuple):
    """The costs of the comparison period by member, in billionths, None where they cannot be compared.

    It is cut at `until` where the period still runs. `finished` is the cost of the period's finished days, to
    be compared in place of the whole cost; None: the whole cost is. `like` is what is read of it.
    """

    before: Mapping[Id, int] | None
    until: datetime | None
    like: Extent | None = None
    finished: int | None = None


def comparison(
    connection: Connection, question: Question, reached: Extent, names: Directory, *, now: datetime
) -> Comparison:
    """Return what a question's period is compared with."""
    if isinstance(question.compare, Filter):
        return _with_other_members(connection.id, question, reached, names)
    until = horizon.same_moment(question.period, reached, question.before)
    like = horizon.comparable_extent(connection, question.period, reached, now=now, before=question.before)
    if like is None:
        return Comparison(None, until)
    if amounts.needs_cells(question) or not _has_hours(connection.id, like):
        return _by_whole_days(connection.id, question, reached, like, names) or Comparison(None, until)
    cut = None if like.kind == "running" else like.until  # all that is in of a running one counts
    return Comparison(costs(connection.id, question.versus, names, until=cut), like.until, like)


def _with_other_members(
    connection_id: int, question: Question, reached: Extent, names: Directory
) -> Comparison:
    """Compare with others in the same days, as far as these are in."""
    if not reached.is_comparable:
        return Comparison(None, None)
    like = Extent(unsplit_days=reached.unsplit_days)
    return Comparison(costs(connection_id, question.versus, names), None, like)


def _by_whole_days(
    connection_id: int, question: Question, reached: Extent, like: Extent, names: Directory
) -> Comparison | None:
    """Compare the finished days with those of the comparison period; None if either has none."""
    period, before = question.period, question.before
    finished = period.until(_day_of(reached.until, period)) if reached.until else period
    earlier = before.until(_day_of(like.until, before)) if like.until else before
    if finished is None or earlier is None:
        return None
    if amounts.needs_cells(question) and cells.missing_days(connection_id, earlier):
        return None
    costs_before = costs(connection_id, replace(question.versus, period=earlier), names)
    until = earlier.ends_at if earlier != before else None
    if finished == period:
        return Comparison(costs_before, until, like)
    finished_cost = sum(costs(connection_id, replace(question, period=finished), names).values())
    return Comparison(costs_before, until or earlier.ends_at, like, finished_cost)


def _has_hours(connection_id: int, like: Extent) -> bool:
    """Whether hours are kept where the comparison period is cut."""
    return like.until is None or like.kind == "running" or rollups.has_hours(connection_id, like.until)


def _day_of(moment: datetime, days: Period) -> date:
    return moment.astimezone(ZoneInfo(days.zone)).date()


def costs(
    connection_id: int, question: Question, names: Directory, *, until: datetime | None = None
) -> Mapping[Id, int]:
    """Return the cost of each member, in billionths; cheaper than reading all amounts."""
    member = amounts.member_function(question, names)
    stored = amounts.stored_costs(connection_id, question, names, until=until)
    return members.add_up_costs((member(ids), cost) for ids, cost in stored)
