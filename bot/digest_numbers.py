"""From what is remembered to the numbers of a digest: a finished period, the like one, and what moved.

What is kept is added up by model, by workspace and by caller, never by two of them: a part by model cannot
be split by engineer, and one by workspace or engineer not by model.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from operator import sub

from bot import answers, engineers, members, standing
from bot.scopes import People, Scope
from digests import wording
from digests.build import UNNAMED, namer
from digests.digest_report import (
    Digest,
    Movers,
    Part,
    beside,
    is_known,
    like,
    movers,
    movers_between,
    only,
    with_lines,
)
from digests.lines import CostLines
from digests.report import Dimension, Question, Report
from providers.directory import Directory
from providers.period import DAY, Period
from providers.spend import Id, Sum
from storage import coverage, directory, spend
from storage.connections import Connection

CHART_DAYS, CHART_MONTHS = 14, 6


@dataclass(frozen=True)
class _Books:
    """What a connection knows at a moment, of the part that a digest is about."""

    connection: Connection
    names: Directory
    scope: Scope
    people: People
    now: datetime

    def cost(self, period: Period, dimension: Dimension = "model") -> Report:
        return answers.cost(self.connection, Question(period, dimension), now=self.now)

    def costs(self, period: Period, dimension: Dimension) -> Mapping[Id, int]:
        """What callers cost in billionths, by engineer or by key."""
        return answers.costs(self.connection.id, Question(period, dimension), self.names)


def gather(
    connection: Connection,
    period: Period,
    *,
    zone: str,
    now: datetime,
    scope: Scope = Scope(),  # noqa: B008 - frozen
    people: People = People(),  # noqa: B008 - frozen
    set_up_by: str = "",
    first: bool = False,
) -> Digest:
    """Everything a digest says about UTC days that are over. `people` are those of a scope that is people."""
    books = _Books(connection, directory.read(connection.id), scope, people, now)
    part = _REPORTS[scope.kind]
    report, before = part(books, period), part(books, like(period))
    is_whole, last = scope.kind == "whole", period.end - DAY
    is_month = period == Period.month(period.start)
    so_far = Period(last.replace(day=1), period.end)
    month = None if is_month else beside(part(books, so_far), part(books, so_far.before()))
    return Digest(
        report=beside(report, before),
        month=month,
        forecast=standing.forecast_of(connection, Period.month(last), month.total.cost, period.end, now)
        if month and is_whole
        else None,
        engineers=engineers.report(connection, period, now=now) if is_whole else None,
        history=list(_history(books, period, by_month=is_month)),
        restatements=standing.restatements(connection.id, now) if is_whole else (),
        set_up_by=set_up_by,
        zone=zone,
        first=first,
        models=movers_between(report, before) if scope.kind in ("whole", "model") else Movers(),
        people=_people(books, report, before),
        keys=_keys(books, report, before),
        part=None if is_whole else _part(books, period),
    )


def _people(books: _Books, report: Report, before: Report) -> Movers:
    if books.scope.kind == "model":
        return Movers()
    if books.scope.kind != "whole":
        return movers_between(report, before)
    return _moved(books, "engineer", report, before, keep=lambda _id: True)


def _keys(books: _Books, report: Report, before: Report) -> Movers:
    """The keys that came and went; by model family they are not known."""
    if books.scope.kind == "model":
        return Movers()
    return replace(_moved(books, "key", report, before, keep=_is_key_of(books)), up=(), down=())


def _moved(
    books: _Books, dimension: Dimension, report: Report, before: Report, *, keep: Callable[[Id], bool]
) -> Movers:
    """What moved on another dimension than that of two reports, if all of their days are in."""
    if not (is_known(report) and is_known(before)):
        return Movers()
    now, then = (
        {id_: cost for id_, cost in books.costs(each.question.period, dimension).items() if keep(id_)}
        for each in (report, before)
    )
    names = members.names_of(dimension, books.names, {**then, **now})
    return movers(now, then, namer(dimension, names))


def _is_key_of(books: _Books) -> Callable[[str | None], bool]:
    """Say of a line by key whether it is in the part."""
    scope, names = books.scope, books.names
    if scope.kind == "whole":
        return lambda _id: True
    if scope.kind == "workspace":
        places, wanted = names.workspaces_of_keys(), _workspace(books)
        return lambda id_: id_ in places and _same(books, places[id_], wanted)
    return lambda id_: names.engineer_of(id_) in books.people.emails


# The report of each kind of part


def _whole(books: _Books, period: Period) -> Report:
    return books.cost(period)


def _family(books: _Books, period: Period) -> Report:
    family = "".join(books.scope.values)
    return only(books.cost(period), lambda id_: id_ is not None and wording.family(id_) == family)


def _engineers(books: _Books, period: Period) -> Report:
    return only(books.cost(period, "engineer"), lambda id_: id_ in books.people.emails)


def _of_workspace(books: _Books, period: Period) -> Report:
    """Split a workspace by engineer, as far as its keys have owners; the lines sum to what it was billed."""
    wanted = _workspace(books)
    whole = only(books.cost(period, "workspace"), lambda id_: _same(books, id_, wanted))
    keys = only(books.cost(period, "key"), _is_key_of(books)).lines
    parts = [(books.names.engineer_of(id_), keys.amounts[id_][-2:]) for id_ in keys.ids]
    rest = tuple(map(sub, whole.lines.in_all[-2:], keys.in_all[-2:]))
    split = members.together([*parts, *([(None, rest)] if any(rest) else [])])
    names = members.names_of("engineer", books.names, split)
    lines = CostLines(list(split), namer("engineer", names), split, before=None, links={})
    return with_lines(replace(whole, question=Question(period, "engineer")), lines)


_REPORTS: dict[str, Callable[[_Books, Period], Report]] = {
    "whole": _whole,
    "model": _family,
    "workspace": _of_workspace,
    "group": _engineers,
    "engineers": _engineers,
}


def _workspace(books: _Books) -> str | None:
    return books.scope.values[0] if books.scope.values else None


def _same(books: _Books, one: str | None, other: str | None) -> bool:
    """Whether two ids are of one workspace; the default one may go without."""
    default = books.names.default_workspaces()
    return (None if one in default else one) == (None if other in default else other)


# The days or months before, and the whole


def _history(books: _Books, period: Period, *, by_month: bool) -> Iterator[tuple[date, Decimal | None]]:
    connection = books.connection
    spans = [Period.day(day) for day in Period.last_days(CHART_DAYS, until=period.end - DAY).days()]
    if by_month:
        spans = [period]
        while len(spans) < CHART_MONTHS:
            spans.insert(0, Period.month(spans[0].start - DAY))
    for span in spans:
        if by_month and connection.first_day and span.end <= connection.first_day:
            continue
        yield span.start, _spent(books, span) if _is_in(connection, span) else None


def _is_in(connection: Connection, span: Period) -> bool:
    known = coverage.days(connection.id, "charges", span) | coverage.days(connection.id, "usage", span)
    first = connection.first_day if span.length > 1 else None  # a month may begin before there was anything
    return all(day in known or (first is not None and day < first) for day in span.days())


def _spent(books: _Books, span: Period) -> Decimal:
    """What the part cost."""
    connection_id, kind = books.connection.id, books.scope.kind
    if kind == "whole":
        return spend.total(connection_id, span).cost
    if kind in ("group", "engineers"):
        found = spend.sums(connection_id, "caller", span)
        return _added(each for each in found if books.names.engineer_of(each.id) in books.people.emails)
    if kind == "workspace":
        found, wanted = spend.sums(connection_id, "workspace", span), _workspace(books)
        return _added(each for each in found if _same(books, each.id, wanted))
    found, family = spend.sums(connection_id, "model", span), "".join(books.scope.values)
    return _added(each for each in found if each.id and wording.family(each.id) == family)


def _added(found: Iterator[Sum]) -> Decimal:
    return sum((each.cost for each in found), Decimal(0))


def _part(books: _Books, period: Period) -> Part:
    scope, people = books.scope, books.people
    whole = spend.total(books.connection.id, period).cost
    if scope.kind == "workspace":
        wanted = _workspace(books)
        return Part("workspace", [books.names.name(wanted) if wanted else UNNAMED["workspace"]], whole)
    if scope.kind == "model":
        return Part("model", [wording.family_name("".join(scope.values))], whole)
    count = len(people.emails) + people.unknown
    if scope.kind == "group":
        return Part("group", [scope.values[-1]], whole, count, people.unknown)
    names = [books.names.name(email) for email in scope.values]
    return Part("engineers", names, whole, count)
