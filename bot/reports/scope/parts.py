"""The numbers of a digest's scope, by kind of scope; the whole organization is one kind.

Rollups are stored by model, by workspace and by caller, never by two of them, so a model cannot be split by
engineer, nor a workspace or engineers by model.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.reports import horizon, members, status
from bot.reports.scope.spend import STORED, ScopedSpend, is_key_of, is_of_family, is_workspace, workspace_of
from bot.reports.unique_names import distinct_names
from digests.numbers.build import UNNAMED, cost_lines
from digests.numbers.digest_report import Part, filter_lines, with_lines
from digests.numbers.forecast import forecast
from digests.numbers.report import Forecast, Question, Report
from digests.words import wording
from providers.period import DAY, Period
from providers.spend import AnyAmounts, BriefAmounts
from storage.facts import charges, spend
from storage.facts.members import daily
from storage.state.scopes import ScopeKind


def report(scoped: ScopedSpend, period: Period) -> Report:
    """Return the cost of the scope, split by the dimension that its kind allows."""
    return _REPORTS[scoped.scope.kind](scoped, period)


def _whole(scoped: ScopedSpend, period: Period) -> Report:
    return scoped.cost(period)


def _family(scoped: ScopedSpend, period: Period) -> Report:
    return filter_lines(scoped.cost(period), is_of_family(scoped))


def _engineers(scoped: ScopedSpend, period: Period) -> Report:
    return filter_lines(scoped.cost(period, "engineer"), scoped.people.emails.__contains__)


def _of_workspace(scoped: ScopedSpend, period: Period) -> Report:
    """Split a workspace by the owners of its keys; the lines add up to its bill."""
    whole = filter_lines(scoped.cost(period, "workspace"), is_workspace(scoped))
    by_key = filter_lines(scoped.cost(period, "key"), is_key_of(scoped))
    keys = by_key.lines if not by_key.extent.unsplit_days else by_key.lines.filter(lambda _id: False)
    parts = [(scoped.names.engineer_of(id_), _cost(keys.amounts[id_])) for id_ in keys.ids]
    bill, split_off = whole.lines.totals, keys.totals
    rest = BriefAmounts(0, bill.cost - split_off.cost, bill.estimated - split_off.estimated)
    split = members.add_up([*parts, *([(None, rest)] if any(rest) else [])])
    names = members.name_function("engineer", scoped.names, split)
    question = Question(period, "engineer")
    return with_lines(replace(whole, question=question), cost_lines(question, split, names))


def _cost(amounts: AnyAmounts) -> BriefAmounts:
    """Return amounts without usage, which the bill of a workspace does not have by engineer."""
    return BriefAmounts(0, amounts.cost, amounts.estimated)


_REPORTS: Mapping[ScopeKind, Callable[[ScopedSpend, Period], Report]] = {
    "whole": _whole,
    "model": _family,
    "workspace": _of_workspace,
    "group": _engineers,
    "engineers": _engineers,
}


def part(scoped: ScopedSpend, period: Period) -> Part | None:
    """Return the description of the scope and the whole cost; None for the whole organization."""
    scope, people = scoped.scope, scoped.people
    if scope.kind == "whole":
        return None
    whole = spend.total(scoped.connection.id, period).cost
    if scope.kind == "workspace":
        wanted = workspace_of(scoped)
        return Part("workspace", [scoped.names.name(wanted) if wanted else UNNAMED["workspace"]], whole)
    if scope.kind == "model":
        return Part("model", [wording.family_name("".join(scope.values))], whole)
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
    if scoped.scope.kind == "whole":
        return status.past_days(scoped.connection, past, now=scoped.now)
    dimension, keep = STORED[scoped.scope.kind]
    is_in_part = keep(scoped)
    ids = [id_ for id_, _cost in scoped.costs(dimension, past) if is_in_part(id_)]
    costs_by_day = daily(number, dimension, ids, past)
    if not costs_by_day:
        return []
    since = Period(min(costs_by_day), past.end)
    return [(day, costs_by_day.get(day, Decimal(0))) for day in since.days() if day not in unfinished]
