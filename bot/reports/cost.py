"""The cost of a period by one dimension, with its comparison period; read from rollups alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bot.reports import horizon as reports_horizon
from bot.reports import members
from digests.numbers import build
from digests.numbers.lines import CostLines
from digests.numbers.report import BY_USAGE, Dimension, Extent, Question, Report
from providers.directory import Directory
from providers.period import Period
from providers.spend import AnyAmounts, Id
from storage.engine.database import snapshot
from storage.facts import coverage, directory, rollups, spend
from storage.state.connections import Connection

STORED: Mapping[Dimension, rollups.Dimension] = {
    "day": "total",
    "model": "model",
    "workspace": "workspace",
    "token type": "kind",
    "product": "product",
    "key": "caller",
    "engineer": "caller",
}


@snapshot()  # it reads the same few tables many times, and they must be of one moment
def cost(connection: Connection, question: Question, *, now: datetime, tokens: bool = False) -> Report:
    """Return the cost of a question's period by its dimension, with the comparison period.

    With `tokens`, read them by engineer and key too; those are thousands of rows, so not by default.
    """
    period, dimension = question.period, question.dimension
    horizon = reports_horizon.horizon(connection, period, ("charges", "usage"), now=now)
    names = _names(connection.id, dimension)
    stored = _stored_amounts(connection.id, question, tokens=tokens)
    spent = _by_member(stored, dimension, names)
    like = reports_horizon.comparable_extent(connection, period, horizon.extent, now=now)
    earlier = Question(period.before(), dimension)
    report = build.cost_report(
        question,
        spent,
        horizon,
        organization=connection.organization_name,
        names=members.name_function(dimension, names, spent),
        before=costs(connection.id, earlier, names, until=like.until) if like else None,
        previous_until=reports_horizon.same_moment(period, horizon.extent),
        links=members.links(stored, names) if dimension == "engineer" else {},
    )
    return _as_far_as_split(_with_remarks(connection.id, report, now), like)


def _with_remarks(connection_id: int, report: Report, now: datetime) -> Report:
    """Add the facts on the bill that the small print mentions."""
    period = report.question.period
    return replace(
        report,
        unpriced=tuple(coverage.unpriced(connection_id, reports_horizon.days_so_far(period, now))),
        discount=discount(connection_id, period),
        unbilled=_unbilled(connection_id, period),
    )


def _as_far_as_split(report: Report, like: Extent | None) -> Report:
    """Drop the comparison of lines if some day's dollars are not attributed yet."""
    if report.question.dimension not in BY_USAGE:
        return replace(report, extent=replace(report.extent, unsplit_days=0))
    if report.extent.unsplit_days or (like and like.unsplit_days):
        return replace(report, lines=replace(report.lines, before=None))
    return report


def lines(connection: Connection, question: Question) -> CostLines:
    """Return the cost of a period by one dimension, without comparison and unordered."""
    dimension, names = question.dimension, _names(connection.id, question.dimension)
    spent = _by_member(_stored_amounts(connection.id, question, tokens=False), dimension, names)
    return build.cost_lines(dimension, spent, members.name_function(dimension, names, spent))


def _names(connection_id: int, dimension: Dimension) -> Directory:
    return directory.read(connection_id) if dimension in members.NAMED else Directory([])


def _stored_amounts(
    connection_id: int, question: Question, *, tokens: bool
) -> Sequence[tuple[Id, AnyAmounts]]:
    """Return pairs of stored id and amounts of a period on a dimension."""
    dimension, period = question.dimension, question.period
    if dimension == "day":
        days = spend.amounts_by_day(connection_id, period)
        return [(day.isoformat(), amounts) for day, amounts in days.items()]
    stored = STORED[dimension]
    if stored == "caller" and not tokens:
        return spend.brief_amounts_by(connection_id, stored, period)
    return spend.amounts_by(connection_id, stored, period)


def _by_member(
    stored: Sequence[tuple[Id, AnyAmounts]], dimension: Dimension, names: Directory
) -> Mapping[Id, AnyAmounts]:
    member = members.member_function(dimension, names)
    return members.add_up((member(id_), amounts) for id_, amounts in stored)


def costs(
    connection_id: int, question: Question, names: Directory, *, until: datetime | None = None
) -> Mapping[Id, int]:
    """Return the cost of each member of a dimension, in billionths; cheaper than reading all amounts."""
    dimension, period = question.dimension, question.period
    if dimension == "day":
        days = spend.amounts_by_day(connection_id, period, until=until)
        return {day.isoformat(): amounts.cost for day, amounts in days.items()}
    stored = spend.costs_by(connection_id, STORED[dimension], period, until=until)
    member = members.member_function(dimension, names)
    return members.add_up_costs((member(id_), cost) for id_, cost in stored)


def discount(connection_id: int, period: Period) -> Decimal | None:
    """Return the discount as a part of the list price, over the hours that report both prices."""
    both = {each.id: each.cost for each in spend.totals_by(connection_id, "listed", period)}
    listed = both.get(spend.LIST)
    return 1 - both.get(spend.PAID, Decimal(0)) / listed if listed else None


def _unbilled(connection_id: int, period: Period) -> Mapping[str, int]:
    """Return the tokens that no bill holds, by reason."""
    by_reason = spend.amounts_by(connection_id, "unbilled", period)
    return {reason: amounts.tokens for reason, amounts in by_reason if reason}
