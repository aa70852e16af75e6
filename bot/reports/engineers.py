"""Cost and Claude Code activity by engineer: of everybody, or of one person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from bot.reports import horizon as reports_horizon
from bot.reports import members
from bot.reports.unique_names import distinct_names
from digests.numbers import build
from digests.numbers.engineer_lines import (
    EngineerActivity,
    EngineerLines,
    EngineerSpend,
    ModelLine,
    ToolLine,
    is_person,
)
from digests.numbers.lines import is_somebody
from digests.numbers.report import EngineersReport, Extent
from providers.activity import CodeActivity
from providers.caller import caller
from providers.directory import Directory
from providers.money import dollars
from providers.period import Period
from providers.spend import BriefAmounts, Id
from storage.facts import activity, directory, rollups, spend
from storage.facts.coverage import ReportName
from storage.state.connections import Connection

_SUBSCRIPTION = "subscription"
_READ: tuple[ReportName, ...] = ("charges", "usage", "claude_code")


def report(connection: Connection, period: Period, *, now: datetime) -> EngineersReport:
    """Return everybody's cost by the days of a period, and Claude Code activity by the same UTC days."""
    days = _utc(period)
    horizon = reports_horizon.horizon(connection, period, _READ, now=now)
    like = _comparable(connection, period, horizon.extent, now)
    return build.engineers_report(
        period,
        _lines(connection.id, period),
        horizon,
        organization=connection.organization_name,
        previous_cost=spend.total(connection.id, period.before(), until=like.until).cost if like else None,
        previous_until=reports_horizon.same_moment(period, horizon.extent),
        people_before=_before(connection.id, period, horizon.extent, like, is_person),
        models=_models(activity.by_model(connection.id, days)),
        tools=_tools(activity.by_tool(connection.id, days)),
    )


def _comparable(connection: Connection, period: Period, reached: Extent, now: datetime) -> Extent | None:
    """Return how much of the comparison period is read; None, too, if it is cut where no hours are kept."""
    like = reports_horizon.comparable_extent(connection, period, reached, now=now)
    if like and like.until and not rollups.has_hours(connection.id, like.until):
        return None
    return like


def _before(
    connection_id: int, period: Period, reached: Extent, like: Extent | None, is_theirs: Callable[[Id], bool]
) -> Decimal | None:
    """Return what some people cost in the comparison period, None if it or the period is not attributed."""
    if like is None or reached.unsplit_days or like.unsplit_days:
        return None
    owners = directory.read(connection_id).engineers
    callers = spend.costs_by(connection_id, "caller", period.before(), until=like.until)
    return dollars(sum(cost for caller_id, cost in callers if is_theirs(owners[caller_id])))


def own(connection: Connection, period: Period, email: str, *, now: datetime) -> EngineersReport:
    """Return one person's cost and activity, with their own models and tools."""
    days = _utc(period)
    horizon = reports_horizon.horizon(connection, period, _READ, now=now)
    like = _comparable(connection, period, horizon.extent, now)
    return build.engineers_report(
        period,
        _lines(connection.id, period).filter(lambda id_: id_ == email),
        horizon,
        organization=connection.organization_name,
        previous_until=reports_horizon.same_moment(period, horizon.extent),
        people_before=_before(connection.id, period, horizon.extent, like, lambda id_: id_ == email),
        models=_models(activity.by_model(connection.id, days, email=email)),
        tools=_tools(activity.by_tool(connection.id, days, email=email)),
    )


def _utc(period: Period) -> Period:
    """Return the UTC days of a period's dates: Claude Code's report has no hours."""
    return Period(period.start, period.end)


def active(connection: Connection, period: Period) -> set[Id]:
    """Return the ids of those with Claude Code activity, by UTC days."""
    names, counted = directory.read(connection.id), activity.by_engineer(connection.id, _utc(period))
    return {_doer(who, names) for who, _plan, _counts in counted}


def _models(rows: Iterable[CodeActivity]) -> Iterable[ModelLine]:
    """Add up Claude Code by model, under any plan."""
    sums: dict[str, tuple[Decimal, int]] = {}
    for row in rows:
        cost, tokens = sums.get(row.model, (Decimal(0), 0))
        sums[row.model] = cost + row.estimated_cost, tokens + _tokens(row)
    return [
        ModelLine(model=name, estimated_cost=cost, tokens=tokens) for name, (cost, tokens) in sums.items()
    ]


def _tools(rows: Iterable[CodeActivity]) -> Iterable[ToolLine]:
    """Add up proposed edits by tool, under any plan."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        accepted, rejected = sums.get(row.tool, (0, 0))
        sums[row.tool] = accepted + row.accepted, rejected + row.rejected
    return [ToolLine(tool=name, accepted=a, rejected=r) for name, (a, r) in sums.items()]


def _tokens(row: CodeActivity) -> int:
    return row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_creation_tokens


def _lines(connection_id: int, period: Period) -> EngineerLines:
    """Return a line for everybody with cost or activity, unordered."""
    names = directory.read(connection_id)
    shares = spend.brief_amounts_by(connection_id, "caller", period)
    spent = members.add_up(_spent(shares, names))
    done = members.add_up(_done(activity.by_engineer(connection_id, _utc(period)), names))
    ids = list({**spent, **done})
    return EngineerLines(ids, _names_of(ids, names), spent, done, members.links(shares, names))


def _spent(shares: Iterable[tuple[Id, BriefAmounts]], names: Directory) -> Iterator[tuple[Id, EngineerSpend]]:
    """Yield each caller's engineer, None for nobody, with the caller's cost."""
    engineers = names.engineers
    for caller_id, (_used, cost, estimated) in shares:
        if cost:
            code_cost = cost if caller(caller_id).claude_code else 0
            yield engineers[caller_id], EngineerSpend(cost, estimated, code_cost)


def _done(
    counted: Iterable[tuple[str | None, str | None, Sequence[int]]], names: Directory
) -> Iterator[tuple[Id, EngineerActivity]]:
    """Yield each engineer, or key, with what Claude Code counted under one plan."""
    for who, plan, (cost, *counts) in counted:
        money = (0, cost) if plan == _SUBSCRIPTION else (cost, 0)
        yield _doer(who, names), EngineerActivity(*money, *counts)


def _doer(who: str | None, names: Directory) -> Id:
    """Return a person's e-mail address, that of a key's owner, or the key itself without an owner."""
    if not who or not who.startswith(activity.KEY_PREFIX):
        return who.casefold() if who else None
    return names.engineer_of_key_named(who.removeprefix(activity.KEY_PREFIX)) or who


def _names_of(ids: Iterable[Id], names: Directory) -> Callable[[Id], str]:
    called = distinct_names(
        (id_ for id_ in ids if id_ and is_somebody(id_) and not id_.startswith(activity.KEY_PREFIX)), names
    )

    def name_of(id_: Id) -> str:
        if id_ is None or not is_somebody(id_):
            return build.name_of_nobody(id_)
        return called.get(id_) or id_.removeprefix(activity.KEY_PREFIX)

    return name_of
