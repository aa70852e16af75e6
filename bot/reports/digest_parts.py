"""What a digest says of its part of the organization, by the kind of part; the whole is one kind.

What is kept is added up by model, by workspace and by caller, never by two of them: a part by model cannot
be split by engineer, and one by workspace or engineer not by model.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from operator import sub

from bot.reports import horizon, members, status
from bot.reports.digest_scope import STORED, Books, is_key_of, is_of_family, is_workspace, workspace_of
from bot.reports.scopes import Kind
from bot.reports.unique_names import apart
from digests.numbers.build import UNNAMED, cost_lines
from digests.numbers.digest_report import Part, filter_lines, with_lines
from digests.numbers.forecast import forecast
from digests.numbers.report import Forecast, Question, Report
from digests.words import wording
from providers.period import DAY, Period
from storage.facts import charges, spend
from storage.facts.members import daily


def report(books: Books, period: Period) -> Report:
    """What the part cost, split as it can be."""
    return _REPORTS[books.scope.kind](books, period)


def _whole(books: Books, period: Period) -> Report:
    return books.cost(period)


def _family(books: Books, period: Period) -> Report:
    return filter_lines(books.cost(period), is_of_family(books))


def _engineers(books: Books, period: Period) -> Report:
    return filter_lines(books.cost(period, "engineer"), books.people.emails.__contains__)


def _of_workspace(books: Books, period: Period) -> Report:
    """Split a workspace by engineer, as far as its keys have owners; the lines sum to what it was billed."""
    whole = filter_lines(books.cost(period, "workspace"), is_workspace(books))
    by_key = filter_lines(books.cost(period, "key"), is_key_of(books))
    keys = by_key.lines if not by_key.extent.unsplit else by_key.lines.filter(lambda _id: False)
    parts = [(books.names.engineer_of(id_), keys.amounts[id_][-2:]) for id_ in keys.ids]
    rest = tuple(map(sub, whole.lines.totals[-2:], keys.totals[-2:]))
    split = members.together([*parts, *([(None, rest)] if any(rest) else [])])
    names = members.names_of("engineer", books.names, split)
    return with_lines(
        replace(whole, question=Question(period, "engineer")), cost_lines("engineer", split, names)
    )


_REPORTS: Mapping[Kind, Callable[[Books, Period], Report]] = {
    "whole": _whole,
    "model": _family,
    "workspace": _of_workspace,
    "group": _engineers,
    "engineers": _engineers,
}


def part(books: Books, period: Period) -> Part | None:
    """What the part is and what it is a part of; None for the whole."""
    scope, people = books.scope, books.people
    if scope.kind == "whole":
        return None
    whole = spend.total(books.connection.id, period).cost
    if scope.kind == "workspace":
        wanted = workspace_of(books)
        return Part("workspace", [books.names.name(wanted) if wanted else UNNAMED["workspace"]], whole)
    if scope.kind == "model":
        return Part("model", [wording.family_name("".join(scope.values))], whole)
    count = len(people.emails) + people.unknown
    if scope.kind == "group":
        return Part("group", [scope.values[-1]], whole, count, people.unknown)
    names = list(apart(scope.values, books.names).values())
    return Part("engineers", names, whole, count)


def ahead(books: Books, month: Report, end: date) -> Forecast | None:
    """Where a month will end that is known up to the morning of `end`; None where it cannot be told."""
    if month.extent.kind == "gappy" or month.extent.unsplit:
        return None
    past = Period.last_days(status.FORECAST_DAYS, until=end - DAY)
    first = min(month.extent.unfinished, default=end)
    is_whole = books.scope.kind == "whole"  # a bill does not say of which part a credit is
    taken_off = charges.credits_in(books.connection.id, past) if is_whole else {}
    return forecast(_days(books, past), Period.month(end - DAY), month.total.cost, first, taken_off=taken_off)


def _days(books: Books, past: Period) -> list[tuple[date, Decimal]]:
    """What the part cost on each whole day since it first cost anything, be it nothing."""
    number = books.connection.id
    unfinished = horizon.unfinished(books.connection, past, now=books.now)
    if books.scope.kind == "whole":
        return status.past_days(books.connection, past, now=books.now)
    dimension, keep = STORED[books.scope.kind]
    is_in_part = keep(books)
    ids = [id_ for id_, _cost in books.costs(dimension, past) if is_in_part(id_)]
    found = daily(number, dimension, ids, past)
    if not found:
        return []
    since = Period(min(found), past.end)
    return [(day, found.get(day, Decimal(0))) for day in since.days() if day not in unfinished]
