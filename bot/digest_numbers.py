"""From what is remembered to the numbers of a digest: a finished period, the like one, and what moved.

What is kept is added up by model, by workspace and by caller, never by two of them: a part by model cannot
be split by engineer, and one by workspace or engineer not by model.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from operator import sub

from bot import answers, engineers, members, standing
from bot.scopes import Kind, People, Scope
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
from providers.money import dollars
from providers.period import DAY, Period
from providers.spend import Id
from storage import coverage, directory, rollups, spend
from storage.connections import Connection

CHART_DAYS, CHART_MONTHS = 14, 6
Costs = Sequence[tuple[Id, int]]
Keep = Callable[[Id], bool]
"""What says of an id whether it is in the part."""


@dataclass(frozen=True)
class Books:
    """What a connection knows at a moment, of the part that a digest is about."""

    connection: Connection
    names: Directory
    scope: Scope
    people: People
    now: datetime

    def cost(self, period: Period, dimension: Dimension = "model") -> Report:
        """What a period cost the whole organization, by one dimension."""
        return answers.cost(self.connection, Question(period, dimension), now=self.now)

    def costs(self, stored: rollups.Dimension, period: Period) -> Costs:
        """The same in billionths, by the id that is stored."""
        return spend.costs(self.connection.id, stored, period)


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
    books = Books(connection, directory.read(connection.id), scope, people, now)
    part = _REPORTS[scope.kind]
    report, before = part(books, period), part(books, like(period))
    callers = _callers(books, report, before)
    is_whole, last = scope.kind == "whole", period.end - DAY
    by_people = report.question.dimension == "engineer"
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
        people=movers_between(report, before) if by_people else _moved(books, "engineer", callers),
        keys=_keys(books, callers),
        part=None if is_whole else _part(books, period),
    )


def _callers(books: Books, report: Report, before: Report) -> Sequence[Costs]:
    """What callers cost in both periods; nothing where one is not known, nor by model, where they are not."""
    if books.scope.kind == "model" or not (is_known(report) and is_known(before)):
        return ()
    return [books.costs("caller", each.question.period) for each in (report, before)]


def _keys(books: Books, callers: Sequence[Costs]) -> Movers:
    """The keys of the part that came and went."""
    return replace(_moved(books, "key", callers, _is_key_of(books)), up=(), down=())


def _moved(
    books: Books, dimension: Dimension, callers: Sequence[Costs], keep: Keep = lambda _id: True
) -> Movers:
    """What moved among the engineers or the keys that callers are."""
    if not callers:
        return Movers()
    member_of = members.member_of(dimension, books.names)
    added_up = [members.costs_together((member_of(id_), cost) for id_, cost in each) for each in callers]
    now, then = ({id_: each[id_] for id_ in filter(keep, each)} for each in added_up)
    names = members.names_of(dimension, books.names, {**then, **now})
    return movers(now, then, namer(dimension, names))


def _is_key_of(books: Books) -> Keep:
    """Say of a key whether it is in the part."""
    scope, names = books.scope, books.names
    if scope.kind == "workspace":
        places, is_wanted = names.workspaces_of_keys(), _is_workspace(books)
        return lambda id_: id_ in places and is_wanted(places[id_])
    return (lambda _id: True) if scope.kind == "whole" else _is_theirs(books)


def _is_workspace(books: Books) -> Keep:
    """Say of a workspace whether it is the wanted one; the default one may go without an id."""
    unnamed, wanted = {None, *books.names.default_workspaces()}, _workspace(books)
    return lambda id_: id_ == wanted or (id_ in unnamed and wanted in unnamed)


def _is_theirs(books: Books) -> Keep:
    """Say of a caller whether it is one of the people."""
    engineers, emails = books.names.engineers, books.people.emails
    return lambda id_: engineers[id_] in emails


def _is_of_family(books: Books) -> Keep:
    family = "".join(books.scope.values)
    return lambda id_: id_ is not None and wording.family(id_) == family


# The report of each kind of part


def _whole(books: Books, period: Period) -> Report:
    return books.cost(period)


def _family(books: Books, period: Period) -> Report:
    return only(books.cost(period), _is_of_family(books))


def _engineers(books: Books, period: Period) -> Report:
    return only(books.cost(period, "engineer"), books.people.emails.__contains__)


def _of_workspace(books: Books, period: Period) -> Report:
    """Split a workspace by engineer, as far as its keys have owners; the lines sum to what it was billed."""
    whole = only(books.cost(period, "workspace"), _is_workspace(books))
    keys = only(books.cost(period, "key"), _is_key_of(books)).lines
    parts = [(books.names.engineer_of(id_), keys.amounts[id_][-2:]) for id_ in keys.ids]
    rest = tuple(map(sub, whole.lines.in_all[-2:], keys.in_all[-2:]))
    split = members.together([*parts, *([(None, rest)] if any(rest) else [])])
    names = members.names_of("engineer", books.names, split)
    lines = CostLines(list(split), namer("engineer", names), split, before=None, links={})
    return with_lines(replace(whole, question=Question(period, "engineer")), lines)


_REPORTS: Mapping[Kind, Callable[[Books, Period], Report]] = {
    "whole": _whole,
    "model": _family,
    "workspace": _of_workspace,
    "group": _engineers,
    "engineers": _engineers,
}


def _workspace(books: Books) -> str | None:
    return books.scope.values[0] if books.scope.values else None


# The days or months before, and the whole


def _history(books: Books, period: Period, *, by_month: bool) -> Iterator[tuple[date, Decimal | None]]:
    first_day, spans = books.connection.first_day, _spans(period, by_month=by_month)
    days = Period(spans[0].start, period.end)
    known = coverage.days(books.connection.id, "charges", days)
    known |= coverage.days(books.connection.id, "usage", days)
    cost = _cost(books, days)
    for span in spans:
        if by_month and first_day and span.end <= first_day:
            continue
        first = first_day if by_month else None  # a month may begin before there was anything
        is_in = all(day in known or (first is not None and day < first) for day in span.days())
        yield span.start, cost(span) if is_in else None


def _spans(period: Period, *, by_month: bool) -> list[Period]:
    if not by_month:
        return [Period.day(day) for day in Period.last_days(CHART_DAYS, until=period.end - DAY).days()]
    spans = [period]
    while len(spans) < CHART_MONTHS:
        spans.insert(0, Period.month(spans[0].start - DAY))
    return spans


def _cost(books: Books, days: Period) -> Callable[[Period], Decimal]:
    """What tells the cost of the part over a span of some days."""
    if books.scope.kind == "whole":
        by_day = {day: amounts[-2] for day, amounts in spend.by_day(books.connection.id, days).items()}
        return lambda span: dollars(sum(by_day.get(day, 0) for day in span.days()))
    stored, keep = STORED[books.scope.kind]
    is_kept = keep(books)
    return lambda span: dollars(sum(cost for id_, cost in books.costs(stored, span) if is_kept(id_)))


STORED: Mapping[Kind, tuple[rollups.Dimension, Callable[[Books], Keep]]] = {
    "model": ("model", _is_of_family),
    "workspace": ("workspace", _is_workspace),
    "group": ("caller", _is_theirs),
    "engineers": ("caller", _is_theirs),
}
"""The stored dimension that holds a part, by its kind, and what says of an id whether it is in it."""


def _part(books: Books, period: Period) -> Part:
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
