"""Who spent how much of a bill, and what Claude Code did for them: everybody, or one person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bot import known
from bot.answers import whose
from digests import build
from digests.report import EngineerLine, EngineersReport, ModelLine, ToolLine
from providers.activity import CodeActivity
from providers.caller import caller
from providers.directory import Directory
from providers.period import Period
from storage import activity, directory, spend
from storage.connections import Connection


def report(connection: Connection, period: Period, *, now: datetime) -> EngineersReport:
    """Who spent how much, and what Claude Code did for them, by UTC days."""
    names, days = directory.read(connection.id), Period(period.start, period.end)
    horizon = known.horizon(connection, days, ("charges", "usage", "claude_code"), now=now)
    before, cut = days.before(), horizon["previous_until"]
    comparable = known.is_known(connection, before, cut)
    return build.engineers_report(
        organization=connection.organization_name,
        period=days,
        rows=[
            *_spenders(spend.shares(connection.id, "caller", days), names),
            *(_engineer(row, names) for row in activity.by_engineer(connection.id, days)),
        ],
        previous_cost=spend.total(connection.id, before, until=cut).cost if comparable else None,
        models=_models(activity.by_model(connection.id, days)),
        tools=_tools(activity.by_tool(connection.id, days)),
        **horizon,
    )


def own(connection: Connection, period: Period, email: str, *, now: datetime) -> EngineersReport:
    """One person's part of it, with their own models and tools."""
    everybody, days = report(connection, period, now=now), Period(period.start, period.end)
    lines = tuple(line for line in everybody.lines if line.id == email)
    return replace(
        everybody,
        lines=lines,
        total=build.engineers_together(lines),
        previous_cost=None,
        models=tuple(_models(activity.by_model(connection.id, days, email=email))),
        tools=tuple(_tools(activity.by_tool(connection.id, days, email=email))),
    )


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


def _spenders(
    shares: Iterable[tuple[str | None, Decimal, Decimal]], names: Directory
) -> Iterable[EngineerLine]:
    """The callers of a period as the engineers' shares; what nobody can be named for as well."""
    found: dict[str | None, EngineerLine] = {}
    for caller_id, cost, estimated in shares:
        owner = names.owner_of(caller_id)
        id_ = whose(owner, caller_id)
        line = EngineerLine(
            id=id_,
            name=names.name(owner.id) if owner else build.name_of_nobody(id_),
            cost=cost,
            estimated=estimated,
            code_cost=cost if caller(caller_id).claude_code else Decimal(0),
            links={owner.link: cost} if owner else {},
        )
        found[id_] = _both(found[id_], line) if id_ in found else line
    return found.values()


def _both(one: EngineerLine, other: EngineerLine) -> EngineerLine:
    """Two shares of one engineer."""
    links = dict(one.links)
    for link, cost in other.links.items():
        links[link] = links.get(link, Decimal(0)) + cost
    return EngineerLine(
        id=one.id,
        name=one.name,
        cost=one.cost + other.cost,
        estimated=one.estimated + other.estimated,
        code_cost=one.code_cost + other.code_cost,
        links=links,
    )


def _engineer(row: CodeActivity, names: Directory) -> EngineerLine:
    who = row.email.casefold() if row.email else names.engineer_of_key_named(row.api_key_name or "")
    by_seat = row.customer_type == "subscription"
    return EngineerLine(
        id=who or f"key {row.api_key_name}",
        name=names.name(who) if who else row.api_key_name or "",
        estimated_cost=Decimal(0) if by_seat else row.estimated_cost,
        subscription_cost=row.estimated_cost if by_seat else Decimal(0),
        tokens=_tokens(row),
        sessions=row.sessions,
        lines_added=row.lines_added,
        lines_removed=row.lines_removed,
        commits=row.commits,
        pull_requests=row.pull_requests,
        accepted=row.accepted,
        rejected=row.rejected,
    )
