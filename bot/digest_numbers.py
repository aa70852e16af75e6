"""From what is remembered to the numbers of a digest: a finished period, the like one, and what moved.

What is kept is added up by model, by workspace and by caller, never by two of them: a part by model cannot
be split by engineer, and one by workspace or engineer not by model.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from msgspec import structs

from bot import answers, engineers, standing
from bot.scopes import People, Scope
from digests import wording
from digests.build import UNNAMED
from digests.digest_report import Digest, Movers, Part, beside, like, movers, only, renamed, with_lines
from digests.report import Line, Question, Report
from providers.directory import Directory
from providers.period import DAY, Period
from providers.spend import Sum
from storage import coverage, directory, spend
from storage.connections import Connection

CHART_DAYS, CHART_MONTHS = 14, 6
_NONE = (0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class _Books:
    """What a connection knows at a moment, of the part that a digest is about."""

    connection: Connection
    names: Directory
    scope: Scope
    people: People
    now: datetime

    def cost(self, period: Period, dimension: str = "model") -> Report:
        return answers.cost(self.connection, Question(period, dimension), now=self.now)  # type: ignore[arg-type] # a word of ours


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
        models=movers(report, before) if scope.kind in ("whole", "model") else Movers(),
        people=_people(books, report, before),
        keys=_keys(books, period),
        part=None if is_whole else _part(books, period),
    )


def _people(books: _Books, report: Report, before: Report) -> Movers:
    if books.scope.kind == "model":
        return Movers()
    if books.scope.kind != "whole":
        return movers(report, before)
    days = report.question.period
    return movers(books.cost(days, "engineer"), books.cost(like(days), "engineer"))


def _keys(books: _Books, period: Period) -> Movers:
    """The keys that came and went; by model family they are not known."""
    if books.scope.kind == "model":
        return Movers()
    now, before = (only(books.cost(each, "key"), _is_key_of(books)) for each in (period, like(period)))
    return replace(movers(now, before), up=(), down=())


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
    keys = only(books.cost(period, "key"), _is_key_of(books))
    lines: dict[str | None, Line] = {}
    for line in keys.lines:
        owner = books.names.engineer_of(line.id)
        lines[owner] = _plus(lines.get(owner), structs.replace(line, id=owner))
    rest = whole.total.cost - keys.total.cost, whole.total.estimated - keys.total.estimated
    if any(rest):
        lines[None] = _plus(lines.get(None), Line(None, "", *rest, None, Decimal(0), _NONE))
    split = with_lines(replace(whole, question=Question(period, "engineer")), list(lines.values()))
    return renamed(split, {id_: books.names.name(id_) if id_ else UNNAMED["engineer"] for id_ in lines})


def _plus(one: Line | None, other: Line) -> Line:
    if one is None:
        return other
    a, b, c, d, e, f = map(sum, zip(one.quantities, other.quantities, strict=True))
    return structs.replace(
        one,
        cost=one.cost + other.cost,
        estimated=one.estimated + other.estimated,
        quantities=(a, b, c, d, e, f),
    )


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
