"""The numbers of a digest's scope, by kind of scope; the whole organization is one kind."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.reports import cost as reports_cost
from bot.reports import horizon, members, status
from bot.reports.scope.spend import ScopedSpend, is_key_of
from bot.reports.split import filters
from bot.reports.unique_names import distinct_names
from digests.numbers.build import cost_lines
from digests.numbers.digest_report import Part, with_lines
from digests.numbers.forecast import forecast
from digests.numbers.report import Dimension, Forecast, Question, Report
from providers.period import DAY, Period
from providers.spend import AnyAmounts, BriefAmounts
from storage.facts import charges, spend
from storage.facts.members import daily


def report(scoped: ScopedSpend, period: Period) -> Report:
    """Return the cost of the scope: of the organization or of models by model, of others by engineer."""
    by: Dimension = "model" if scoped.scope.kind in ("whole", "model") else "engineer"
    if scoped.scope.kind == "workspace" and period.zone != "UTC":
        return _by_owner_of_keys(scoped, period)
    return scoped.cost(period, by)


def _by_owner_of_keys(scoped: ScopedSpend, period: Period) -> Report:
    """Split a workspace by the owners of its keys, for days that are not UTC's, of which there are no cells.

    The lines add up to its bill.
    """
    whole = scoped.cost(period, "workspace")
    by_key = reports_cost.cost(scoped.connection, Question(period, "key"), now=scoped.now)
    keys = by_key.lines.filter(is_key_of(scoped) if not by_key.extent.unsplit_days else lambda _id: False)
    parts = [(scoped.names.engineer_of(id_), _cost(keys.amounts[id_])) for id_ in keys.ids]
    bill, split_off = whole.lines.totals, keys.totals
    rest = BriefAmounts(0, bill.cost - split_off.cost, bill.estimated - split_off.estimated)
    split = members.add_up([*parts, *([(None, rest)] if any(rest) else [])])
    names = members.name_function("engineer", scoped.names, split)
    question = replace(whole.question, dimension="engineer")
    return with_lines(replace(whole, question=question), cost_lines(question, split, names))


def _cost(amounts: AnyAmounts) -> BriefAmounts:
    """Return amounts without usage, which the bill of a workspace does not have by engineer."""
    return BriefAmounts(0, amounts.cost, amounts.estimated)


def part(scoped: ScopedSpend, period: Period) -> Part | None:
    """Return the description of the scope and the whole cost; None for the whole organization."""
    scope, people = scoped.scope, scoped.people
    if scope.kind == "whole" or scoped.filter is None:
        return None
    whole = spend.total(scoped.connection.id, period).cost
    if scope.kind in ("workspace", "model"):
        return Part(scope.kind, list(filters.names_of((scoped.filter,), scoped.names)), whole)
    count = len(people.emails) + people.unknown
    if scope.kind == "group":
        return Part("group", [scope.values[-1]], whole, count, people.unknown)
    names = list(distinct_names(scope.values, scoped.names).values())
    return Part("engineers", names, whole, count)


def ahead(scoped: ScopedSpend, month: Report, end: date) -> Forecast | None:
    """Forecast a month from data up to the morning of `end`; None where gaps forbid it or it is over."""
    if month.extent.kind == "gappy" or month.extent.unsplit_days:
        return None
    zone = month.question.period.zone
    past = Period.last_days(status.FORECAST_DAYS, until=end - DAY, zone=zone)
    first, whole_month = min(month.extent.unfinished, default=end), Period.month(end - DAY, zone)
    if first >= whole_month.end:
        return None  # it is over, and billed
    is_whole = scoped.scope.kind == "whole"  # a bill does not say of which part a credit is
    taken_off = charges.credits_in(scoped.connection.id, past) if is_whole else {}
    return forecast(_days(scoped, past), whole_month, month.total.cost, first, taken_off=taken_off)


def _days(scoped: ScopedSpend, past: Period) -> list[tuple[date, Decimal]]:
    """Return the cost of the scope on each complete day since its first cost, zeros included."""
    number = scoped.connection.id
    unfinished = horizon.unfinished(scoped.connection, past, now=scoped.now)
    if scoped.filter is None:
        return status.past_days(scoped.connection, past, now=scoped.now)
    dimension, is_in_part = filters.STORED[scoped.filter.dimension], filters.keep(scoped.filter, scoped.names)
    ids = [id_ for id_, _cost in scoped.costs(dimension, past) if is_in_part(id_)]
    costs_by_day = daily(number, dimension, ids, past)
    if not costs_by_day:
        return []
    since = Period(min(costs_by_day), past.end)
    return [(day, costs_by_day.get(day, Decimal(0))) for day in since.days() if day not in unfinished]
