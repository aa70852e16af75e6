"""The cost of a period, or of a part of it, by one or two dimensions, with its comparison period."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from bot.reports import horizon as reports_horizon
from bot.reports import members
from bot.reports.spikes import spikes
from bot.reports.split import amounts, filters
from bot.reports.split.amounts import ROLLUPS as STORED
from bot.reports.split.comparison import Comparison, comparison, costs
from bot.reports.split.names import name_function
from digests.numbers import build
from digests.numbers.lines import CostLines, Links
from digests.numbers.report import Filter, Question, Report
from providers.directory import Directory
from providers.money import dollars
from providers.period import Period
from providers.spend import AnyAmounts
from storage.engine.database import snapshot
from storage.facts import cells, coverage, directory, rollups, spend
from storage.state.connections import Connection

__all__ = ["STORED", "cost", "costs", "discount", "lines"]

T = TypeVar("T")
_NO_LINKS: Links = MappingProxyType({})


@snapshot()  # it reads the same few tables many times, and they must be of one moment
def cost(
    connection: Connection, question: Question, *, now: datetime, tokens: bool = False, own: str = ""
) -> Report:
    """Return the cost of a question's period by its dimensions, with the comparison period.

    With `tokens`, read them by engineer and key too; those are thousands of rows, so not by default. Sums by
    several stored dimensions are kept by the UTC day, so that their answer is about UTC days. `own` is the
    address of the person who asks.
    """
    asked = _in_its_calendar(question)
    question = replace(asked, filters=filters.with_own(asked.filters, own))
    period = question.period
    unsplit = _unsplit_days(connection.id, question, now)
    horizon = reports_horizon.horizon(connection, period, ("charges", "usage"), now=now, unsplit=unsplit)
    names = _names(connection.id, question)
    stored = amounts.stored_amounts(connection.id, question, names, tokens=tokens)
    member = amounts.member_function(question, names)
    spent = members.add_up((member(ids), each) for ids, each in stored)
    compared = comparison(connection, question, horizon.extent, names, now=now)
    report = build.cost_report(
        question,
        spent,
        horizon,
        organization=connection.organization_name,
        names=name_function(question, names, spent),
        before=compared.before,
        previous_until=compared.until,
        links=_links(question, stored, names),
    )
    report = _as_far_as_comparable(_with_remarks(connection.id, report, names, now), compared)
    return replace(report, question=asked, utc_days_before=_utc_days_before(connection.id, period))


def _utc_days_before(connection_id: int, period: Period) -> date | None:
    """Return the first day that is of the period's calendar, None if all of them are."""
    first = rollups.first_day_with_hours(connection_id)
    return first if first and period.zone != "UTC" and period.start < first else None


def _in_its_calendar(question: Question) -> Question:
    if not amounts.needs_cells(question):
        return question
    return replace(question, period=_in_utc(question.period), compare=_in_utc(question.compare))


def _in_utc(days: T) -> T:
    """Return the same days of UTC, if it is a period."""
    return replace(days, zone="UTC") if isinstance(days, Period) else days


def _unsplit_days(connection_id: int, question: Question, now: datetime) -> AbstractSet[date]:
    """Return the days so far that have a total, and not the sums that the question needs."""
    if not amounts.needs_cells(question):
        return frozenset()
    return cells.missing_days(connection_id, reports_horizon.days_so_far(question.period, now))


def _links(question: Question, stored: amounts.Stored[AnyAmounts], names: Directory) -> Links:
    if question.dimensions != ("engineer",):
        return _NO_LINKS
    return members.links(((caller, each) for (caller,), each in stored), names)


def _with_remarks(connection_id: int, report: Report, names: Directory, now: datetime) -> Report:
    """Add the facts on the bill that the small print mentions; most are of the whole bill alone."""
    question = report.question
    unpriced = coverage.unpriced(connection_id, reports_horizon.days_so_far(question.period, now))
    if not question.filters:
        return replace(
            report,
            unpriced=tuple(unpriced),
            discount=discount(connection_id, question.period),
            unbilled=_unbilled(connection_id, question.period),
            spikes=spikes(connection_id, report),
        )
    compare = question.compare
    keep = [filters.keep(each, names) for each in question.filters if each.dimension == "model"]
    return replace(
        report,
        unpriced=tuple(model for model in unpriced if all(is_in(model) for is_in in keep)),
        band=None,
        band_days=None,
        filter_names=filters.names_of(question.filters, names),
        versus_name="".join(filters.names_of([compare] if isinstance(compare, Filter) else [], names)),
    )


def _as_far_as_comparable(report: Report, compared: Comparison) -> Report:
    """Drop the comparison of lines if some dollars are not attributed yet, or only finished days compare."""
    if compared.finished is not None:
        report = replace(report, compared=dollars(compared.finished), lines=_without_before(report.lines))
    if not report.question.is_by_usage:
        return replace(report, extent=replace(report.extent, unsplit_days=0))
    if report.extent.unsplit_days or (compared.like and compared.like.unsplit_days):
        return replace(report, lines=_without_before(report.lines))
    return report


def _without_before(lines: CostLines) -> CostLines:
    return replace(lines, before=None)


def lines(connection: Connection, question: Question) -> CostLines:
    """Return the cost of a period by its dimensions, without comparison and unordered."""
    names = _names(connection.id, question)
    member = amounts.member_function(question, names)
    stored = amounts.stored_amounts(connection.id, question, names, tokens=False)
    spent = members.add_up((member(ids), each) for ids, each in stored)
    return build.cost_lines(question, spent, name_function(question, names, spent))


def _names(connection_id: int, question: Question) -> Directory:
    has_names = question.filters or not set(question.dimensions).isdisjoint(members.NAMED)
    return directory.read(connection_id) if has_names else Directory([])


def discount(connection_id: int, period: Period) -> Decimal | None:
    """Return the discount as a part of the list price, over the hours that report both prices."""
    both = {each.id: each.cost for each in spend.totals_by(connection_id, "listed", period)}
    listed = both.get(spend.LIST)
    return 1 - both.get(spend.PAID, Decimal(0)) / listed if listed else None


def _unbilled(connection_id: int, period: Period) -> Mapping[str, int]:
    """Return the tokens that no bill holds, by reason."""
    by_reason = spend.amounts_by(connection_id, "unbilled", period)
    return {reason: amounts.tokens for reason, amounts in by_reason if reason}
