"""From what is remembered to the numbers of a digest: a finished period, the like one, and what moved."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from bot.reports import digest_parts, engineers, horizon, members, status
from bot.reports.digest_scope import STORED, Books, Costs, Keep, is_key_of
from bot.reports.scopes import People, Scope
from digests.numbers.build import namer
from digests.numbers.digest_report import Digest, Movers, beside, is_whole, like, movers, movers_between
from digests.numbers.report import Dimension, Report
from providers.money import dollars
from providers.period import DAY, Period
from storage.engine.database import snapshot
from storage.facts import directory, spend
from storage.state.connections import Connection

CHART_DAYS, CHART_MONTHS = 14, 6


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
    """Everything a digest says about UTC days that are over. `people` are those of a scope that is people.

    What was restated is the bill of whole days, which does not say of which part it was: a part's digest
    tells it as the organization's.
    """
    with snapshot():
        books = Books(connection, directory.read(connection.id), scope, people, now)
        return _told(books, period, zone=zone, set_up_by=set_up_by, first=first)


def _told(books: Books, period: Period, *, zone: str, set_up_by: str, first: bool) -> Digest:
    connection, kind, now = books.connection, books.scope.kind, books.now
    report, before = (digest_parts.report(books, each) for each in (period, like(period)))
    callers, month = _callers(books, report, before), _month(books, period)
    return Digest(
        report=beside(report, before),
        month=month,
        forecast=digest_parts.ahead(books, month, period.end) if month else None,
        engineers=engineers.report(connection, period, now=now) if kind == "whole" else None,
        history=list(_history(books, period)),
        restatements=status.restatements(connection.id, now),
        set_up_by=set_up_by,
        zone=zone,
        first=first,
        models=movers_between(report, before) if kind in ("whole", "model") else Movers(),
        people=_people(books, report, before, callers),
        keys=_keys(books, callers),
        part=digest_parts.part(books, period),
    )


def _month(books: Books, period: Period) -> Report | None:
    """The month up to the end of a period; None where the period is a month itself."""
    if _is_month(period):
        return None
    so_far = Period((period.end - DAY).replace(day=1), period.end)
    return beside(*(digest_parts.report(books, each) for each in (so_far, so_far.before())))


def _is_month(period: Period) -> bool:
    return period == Period.month(period.start)


def _callers(books: Books, report: Report, before: Report) -> Sequence[Costs]:
    """What callers cost in both periods; nothing where one is not known, nor by model, where they are not."""
    reports = (report, before)
    if books.scope.kind == "model" or not all(map(is_whole, reports)) or not before.is_lived_through:
        return ()
    if not all(books.is_split(each.question.period) for each in reports):
        return ()
    return [books.costs("caller", each.question.period) for each in reports]


def _people(books: Books, report: Report, before: Report, callers: Sequence[Costs]) -> Movers:
    """The engineers that moved, where it is known whose the dollars of both periods are."""
    if report.question.dimension != "engineer":
        return _moved(books, "engineer", callers)
    is_split = all(books.is_split(each.question.period) for each in (report, before))
    return movers_between(report, before) if is_split else Movers()


def _keys(books: Books, callers: Sequence[Costs]) -> Movers:
    """The keys of the part that came and went."""
    return replace(_moved(books, "key", callers, is_key_of(books)), up=(), down=())


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


def _history(books: Books, period: Period) -> Iterator[tuple[date, Decimal | None]]:
    """The days or the months before, and this one."""
    by_month = _is_month(period)
    first_day, spans = books.connection.first_day, _spans(period, by_month=by_month)
    days = Period(spans[0].start, period.end)
    unfinished = horizon.unfinished(books.connection, days, now=books.now)
    cost = _cost(books, days)
    for span in spans:
        if first_day and span.end <= first_day:
            continue
        yield span.start, cost(span) if unfinished.isdisjoint(span.days()) else None


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
        by_day = {
            day: amounts[-2] for day, amounts in spend.amounts_by_day(books.connection.id, days).items()
        }
        return lambda span: dollars(sum(by_day.get(day, 0) for day in span.days()))
    stored, keep = STORED[books.scope.kind]
    is_kept = keep(books)
    return lambda span: dollars(sum(cost for id_, cost in books.costs(stored, span) if is_kept(id_)))
