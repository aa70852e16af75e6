"""Who spent how much of a bill, and what Claude Code did for them: everybody, or one person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from bot.reports import horizon as reports_horizon
from bot.reports import members
from bot.reports.unique_names import distinct_names
from digests.numbers import build
from digests.numbers.engineer_lines import NOTHING_DONE, NOTHING_SPENT, EngineerLines, ModelLine, ToolLine
from digests.numbers.lines import is_somebody
from digests.numbers.report import EngineersReport
from providers.activity import CodeActivity
from providers.caller import caller
from providers.directory import Directory
from providers.period import Period
from providers.spend import Amounts, Id
from storage.facts import activity, directory, spend
from storage.state.connections import Connection

_SUBSCRIPTION = "subscription"


def report(connection: Connection, period: Period, *, now: datetime) -> EngineersReport:
    """Who spent how much, and what Claude Code did for them, by UTC days."""
    days = Period(period.start, period.end)
    horizon = reports_horizon.horizon(connection, days, ("charges", "usage", "claude_code"), now=now)
    like, before = reports_horizon.comparable_extent(connection, days, horizon, now=now), days.before()
    return build.engineers_report(
        organization=connection.organization_name,
        period=days,
        lines=_lines(connection.id, days),
        previous_cost=spend.total(connection.id, before, until=like.until).cost if like else None,
        models=_models(activity.by_model(connection.id, days)),
        tools=_tools(activity.by_tool(connection.id, days)),
        first_day=connection.first_day,
        **horizon,
    )


def own(connection: Connection, period: Period, email: str, *, now: datetime) -> EngineersReport:
    """One person's part of it, with their own models and tools."""
    days = Period(period.start, period.end)
    return build.engineers_report(
        organization=connection.organization_name,
        period=days,
        lines=_lines(connection.id, days).filter(lambda id_: id_ == email),
        previous_cost=None,
        models=_models(activity.by_model(connection.id, days, email=email)),
        tools=_tools(activity.by_tool(connection.id, days, email=email)),
        first_day=connection.first_day,
        **reports_horizon.horizon(connection, days, ("charges", "usage", "claude_code"), now=now),
    )


def active(connection: Connection, period: Period) -> set[Id]:
    """Who did something with Claude Code, by UTC days."""
    names, days = directory.read(connection.id), Period(period.start, period.end)
    return {_doer(who, names) for who, _plan, _counts in activity.by_engineer(connection.id, days)}


def _models(rows: Iterable[CodeActivity]) -> Iterable[ModelLine]:
    """Claude Code by model, whatever pays for it."""
    found: dict[str, tuple[Decimal, int]] = {}
    for row in rows:
        cost, tokens = found.get(row.model, (Decimal(0), 0))
        found[row.model] = cost + row.estimated_cost, tokens + _tokens(row)
    return [
        ModelLine(model=name, estimated_cost=cost, tokens=tokens) for name, (cost, tokens) in found.items()
    ]


def _tools(rows: Iterable[CodeActivity]) -> Iterable[ToolLine]:
    """Edits by the tool that proposed them, whatever pays for it."""
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        accepted, rejected = found.get(row.tool, (0, 0))
        found[row.tool] = accepted + row.accepted, rejected + row.rejected
    return [ToolLine(tool=name, accepted=a, rejected=r) for name, (a, r) in found.items()]


def _tokens(row: CodeActivity) -> int:
    return row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_creation_tokens


def _lines(connection_id: int, days: Period) -> EngineerLines:
    """Everybody who spent something or did something, in no order."""
    names = directory.read(connection_id)
    shares = spend.usage_and_cost_by(connection_id, "caller", days)
    spent = members.add_up(_spent(shares, names))
    done = members.add_up(_done(activity.by_engineer(connection_id, days), names))
    amounts = {
        id_: (*spent.get(id_, NOTHING_SPENT), *done.get(id_, NOTHING_DONE)) for id_ in {**spent, **done}
    }
    return EngineerLines(list(amounts), _names_of(amounts, names), amounts, members.links(shares, names))


def _spent(shares: Iterable[tuple[Id, Amounts]], names: Directory) -> Iterator[tuple[Id, Amounts]]:
    """The callers of a period as the engineers' shares; what nobody can be named for as well."""
    engineers = names.engineers
    for caller_id, (_used, cost, estimated) in shares:
        if cost:
            yield engineers[caller_id], (cost, estimated, cost if caller(caller_id).claude_code else 0)


def _done(
    counted: Iterable[tuple[str | None, str | None, Sequence[int]]], names: Directory
) -> Iterator[tuple[Id, Amounts]]:
    """What people, and keys by their names, did with Claude Code."""
    for who, plan, counts in counted:
        money = (0, counts[0]) if plan == _SUBSCRIPTION else (counts[0], 0)
        yield _doer(who, names), (*money, *counts[1:])


def _doer(who: str | None, names: Directory) -> Id:
    """A person's e-mail address, that of a key's owner, or the key where nobody knows whose it is."""
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
