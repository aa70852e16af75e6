"""What each person and key used by day, as the bill, Claude Code's report and telemetry say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from providers.caller import caller
from providers.directory import Directory
from providers.money import dollars
from providers.period import Period
from storage.facts import activity, spend
from storage.facts.telemetry import totals

_SUBSCRIPTION = "subscription"
Costs = Mapping[str, Decimal]  # by an address in lower case, a key's id, or what telemetry names somebody


class Billed(NamedTuple):
    """Shares of the bill by person, the parts of them through Claude Code, and by key for the others."""

    people: Costs
    code: Costs
    keys: Costs


class Reported(NamedTuple):
    """Claude Code's own estimates by person: what is billed, and what seats pay for."""

    billed: Costs
    seats: Costs


def billed(connection_id: int, period: Period, names: Directory) -> Billed:
    """Return the shares of a bill; nobody's are in none of them."""
    people, code, keys = (defaultdict[str, Decimal](Decimal) for _ in range(3))
    for caller_id, (_used, cost, _estimated) in spend.brief_amounts_by(connection_id, "caller", period):
        if not cost or caller_id is None:
            continue
        engineer, is_code = names.engineers[caller_id], caller(caller_id).claude_code
        if engineer and "@" in engineer:
            people[engineer] += dollars(cost)
            if is_code:
                code[engineer] += dollars(cost)
        if not is_code:
            keys[caller_id] += dollars(cost)
    return Billed(people, code, keys)


def code_cost(connection_id: int, period: Period) -> Decimal:
    """Return how much of a bill is through Claude Code, whoever used it."""
    shares = spend.brief_amounts_by(connection_id, "caller", period)
    return sum(
        (dollars(cost) for who, (_used, cost, _) in shares if who and caller(who).claude_code), Decimal(0)
    )


def reported(connection_id: int, period: Period, names: Directory) -> Reported:
    """Return what Claude Code's report of some UTC days says."""
    billed_, seats = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    for who, plan, (cost, *_counts) in activity.by_engineer(connection_id, period):
        person = _person(who, names)
        if person:
            (seats if plan == _SUBSCRIPTION else billed_)[person] += dollars(cost)
    return Reported(billed_, seats)


def _person(who: str | None, names: Directory) -> str:
    if not who or not who.startswith(activity.KEY_PREFIX):
        return (who or "").casefold()
    owner = names.engineer_of_key_named(who.removeprefix(activity.KEY_PREFIX)) or ""
    return owner if "@" in owner else ""


def told(connection_id: int, period: Period, names: Directory) -> Costs:
    """Return what telemetry says, by address or identity."""
    return {line.name: line.cost for line in totals.by_engineer(connection_id, period, names) if line.name}


def by_day(days: Sequence[date], costs: Iterable[Costs]) -> dict[str, dict[date, Decimal]]:
    """Return everybody's costs by day."""
    every: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for day, each in zip(days, costs, strict=True):
        for who, cost in each.items():
            every[who][day] = cost
    return every
