"""The numbers of a digest: a finished period, its comparison period, and what moved between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from bot.reports import engineers, horizon, members, status
from bot.reports.cause import cause_of
from bot.reports.claude.state import live_use
from bot.reports.scope import parts
from bot.reports.scope.spend import Costs, ScopedSpend, is_in_scope, is_key_of
from bot.reports.scope_people import People
from bot.reports.split import filters
from bot.reports.split.filters import Keep
from digests.numbers.build import namer
from digests.numbers.cause import Cause
from digests.numbers.digest_report import (
    Digest,
    Movers,
    beside,
    earlier,
    is_whole,
    like,
    movers,
    movers_between,
)
from digests.numbers.report import Dimension, Report
from digests.numbers.usual import usual
from providers.money import dollars
from providers.period import DAY, Period
from storage.engine.database import snapshot
from storage.facts import directory, spend
from storage.state.connections import Connection
from storage.state.scopes import WHOLE, Scope

CHART_DAYS, CHART_MONTHS = 14, 6  # two weeks show the weekdays twice; six months fit a chart's labels


def gather(
    connection: Connection,
    period: Period,
    *,
    zone: str,
    now: datetime,
    scope: Scope = WHOLE,
    people: People = People(),  # noqa: B008 - frozen
    set_up_by: str = "",
    first: bool = False,
) -> Digest:
    """Return the numbers of a digest about finished days. `people` are the members of a scope of people.

    Restatements are of the whole bill, which does not say which part changed, so the digest of a part shows
    them as the organization's.
    """
    with snapshot():
        scoped = ScopedSpend(connection, directory.read(connection.id), scope, people, now)
        return _digest(scoped, period, zone=zone, set_up_by=set_up_by, first=first)


def _digest(scoped: ScopedSpend, period: Period, *, zone: str, set_up_by: str, first: bool) -> Digest:
    connection, kind, now = scoped.connection, scoped.scope.kind, scoped.now
    report, before = (parts.report(scoped, each) for each in (period, like(period)))
    callers, month = _callers(scoped, report, before), _month(scoped, period)
    spans = _earlier(scoped, period) if is_whole(report) else {}
    level = usual(report.total.cost, list(spans.values()))
    return Digest(
        report=beside(report, before),
        month=month,
        forecast=parts.ahead(scoped, month, period.end) if month else None,
        engineers=engineers.report(connection, period, now=now) if kind == "whole" else None,
        history=list(_history(scoped, period)),
        restatements=status.restatements(connection.id, now),
        set_up_by=set_up_by,
        zone=zone,
        first=first,
        models=movers_between(report, before) if kind in ("whole", "model") else Movers(),
        people=_people(scoped, report, before, callers),
        keys=_keys(scoped, callers),
        part=parts.part(scoped, period),
        live=live_use(connection, period, now=now) if kind == "whole" else None,
        usual=level,
        cause=_cause(scoped, period, [list(spans)[place] for place in level.periods])
        if level and level.is_loud
        else None,
    )


def _earlier(scoped: ScopedSpend, period: Period) -> dict[Period, Decimal]:
    """Return what the earlier periods of its kind cost that are complete, newest first."""
    spans, first_day = earlier(period), scoped.connection.first_day or date.min
    days = Period(spans[-1].start, period.end, period.zone)
    unfinished, cost = horizon.unfinished(scoped.connection, days, now=scoped.now), _cost(scoped, days)
    return {
        span: cost(span) for span in spans if span.start >= first_day and unfinished.isdisjoint(span.days())
    }


def _cause(scoped: ScopedSpend, period: Period, before: Sequence[Period]) -> Cause | None:
    """Return what explains most of the change, if every dollar of all these periods is attributed."""
    if not all(scoped.is_split(each) for each in (period, *before)):
        return None
    keep = is_in_scope(scoped)
    return cause_of(scoped.connection.id, period, before, scoped.names, keep=keep)


def _month(scoped: ScopedSpend, period: Period) -> Report | None:
    """Return the report of the month up to the end of a period; None if the period is a month."""
    if period.is_whole_month:
        return None
    so_far = Period((period.end - DAY).replace(day=1), period.end, period.zone)
    return beside(*(parts.report(scoped, each) for each in (so_far, so_far.before())))


def _callers(scoped: ScopedSpend, report: Report, before: Report) -> Sequence[Costs]:
    """Return the callers' costs in the period and the one before; empty unless both are complete.

    Empty for a model too, whose costs are not stored by caller.
    """
    reports = (report, before)
    if scoped.scope.kind == "model" or not all(map(is_whole, reports)) or not before.is_lived_through:
        return ()
    if not all(scoped.is_split(each.question.period) for each in reports):
        return ()
    return [scoped.costs("caller", each.question.period) for each in reports]


def _people(scoped: ScopedSpend, report: Report, before: Report, callers: Sequence[Costs]) -> Movers:
    """Return the engineers who moved, if the dollars of both periods are attributed."""
    if report.question.dimension != "engineer":
        return _moved(scoped, "engineer", callers)
    is_split = all(scoped.is_split(each.question.period) for each in (report, before))
    return movers_between(report, before) if is_split else Movers()


def _keys(scoped: ScopedSpend, callers: Sequence[Costs]) -> Movers:
    """Return the keys of the part that are new or no longer used."""
    return replace(_moved(scoped, "key", callers, is_key_of(scoped)), up=(), down=())


def _moved(
    scoped: ScopedSpend, dimension: Dimension, callers: Sequence[Costs], keep: Keep = lambda _id: True
) -> Movers:
    """Return what moved among the engineers or keys of some callers."""
    if not callers:
        return Movers()
    member = members.member_function(dimension, scoped.names)
    added_up = [members.add_up_costs((member(id_), cost) for id_, cost in each) for each in callers]
    now, then = ({id_: each[id_] for id_ in filter(keep, each)} for each in added_up)
    names = members.name_function(dimension, scoped.names, {**then, **now})
    return movers(now, then, namer(dimension, names))


def _history(scoped: ScopedSpend, period: Period) -> Iterator[tuple[date, Decimal | None]]:
    """Yield (first day, cost) of each day or month of the chart; cost None if it is not complete."""
    by_month = period.is_whole_month
    first_day, spans = scoped.connection.first_day, _spans(period, by_month=by_month)
    days = Period(spans[0].start, period.end, period.zone)
    unfinished = horizon.unfinished(scoped.connection, days, now=scoped.now)
    cost = _cost(scoped, days)
    for span in spans:
        if first_day and span.end <= first_day:
            continue
        yield span.start, cost(span) if unfinished.isdisjoint(span.days()) else None


def _spans(period: Period, *, by_month: bool) -> list[Period]:
    if not by_month:
        shown = Period.last_days(CHART_DAYS, until=period.end - DAY)
        return [Period.day(day, period.zone) for day in shown.days()]
    spans = [period]
    while len(spans) < CHART_MONTHS:
        spans.insert(0, Period.month(spans[0].start - DAY, period.zone))
    return spans


def _cost(scoped: ScopedSpend, days: Period) -> Callable[[Period], Decimal]:
    """Return a function from a span within `days` to the cost of the part."""
    if scoped.filter is None:
        by_day = {
            day: amounts.cost for day, amounts in spend.amounts_by_day(scoped.connection.id, days).items()
        }
        return lambda span: dollars(sum(by_day.get(day, 0) for day in span.days()))
    stored, is_kept = filters.STORED[scoped.filter.dimension], filters.keep(scoped.filter, scoped.names)
    return lambda span: dollars(sum(cost for id_, cost in scoped.costs(stored, span) if is_kept(id_)))
