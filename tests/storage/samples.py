"""The moments, days and lines that storage tests are about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.charge import Charge
from providers.money import billionths
from providers.period import Period
from providers.spend import Attribution, KindSpend, Spend
from providers.usage import TokenUsage
from storage.engine.database import transaction
from storage.engine.secrets import Vault, new_key
from storage.facts import activity
from storage.state import access, connections
from storage.state.connections import Connection

NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = date(2026, 11, 20)
NEXT = date(2026, 11, 21)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
NOTHING = (0, 0, 0, 0, 0, 0)
VAULT = Vault([new_key()])


def connected(
    team: str = "T1", organization: str = "org_1", *, key: str = "sk-ant-admin01-4Q7x"
) -> Connection:
    """A connection of a team."""
    return connections.connect(team, organization, "Acme", key=key, vault=VAULT, by="U1", at=NOW)


def charge(dollars: str, day: date = DAY, workspace: str | None = None, **other: Any) -> Charge:
    """A billed line."""
    plain: dict[str, Any] = {
        "cost_type": "tokens",
        "model": "claude-opus-5-5",
        "token_kind": "output",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        "description": "Output",
        "currency": "USD",
    }
    return Charge(day=day, workspace_id=workspace, billed_cost=Decimal(dollars), **{**plain, **other})


def usage(
    output: int, hour: datetime = MIDNIGHT, caller: str | None = "apikey_1", **other: Any
) -> TokenUsage:
    """Somebody's tokens of an hour."""
    plain: dict[str, Any] = {
        "workspace_id": None,
        "model": "claude-opus-5-5",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
    }
    return TokenUsage(hour=hour, caller_id=caller, quantities=(0, 0, 0, 0, output, 0), **{**plain, **other})


def spend(dollars: str, hour: datetime = MIDNIGHT, **other: Any) -> Spend:
    """A share of the bill, with a token for every dollar."""
    plain: dict[str, Any] = {
        "workspace_id": None,
        "caller_id": "apikey_1",
        "model": "claude-opus-5-5",
        "product": "messages_api",
    }
    counts = (0, 0, 0, 0, int(Decimal(dollars)), 0)
    return Spend(hour=hour, cost=billionths(Decimal(dollars)), quantities=counts, **{**plain, **other})


Done = tuple[str | None, str | None, Mapping[str, int]]


def by_engineer(connection_id: int, period: Period) -> list[Done]:
    """Who did what under which plan with Claude Code, without what was not done."""
    return [
        (
            who,
            plan,
            {name: count for name, count in zip(activity.ENGINEER_COUNTS, counts, strict=True) if count},
        )
        for who, plan, counts in activity.by_engineer(connection_id, period)
    ]


def attribution(*lines: Spend) -> Attribution:
    """A day of these lines, all of them for output."""
    kinds = [KindSpend(line.hour, "output", line.cost, line.quantities[4]) for line in lines]
    return Attribution(spend=list(lines), kinds=kinds)


def open_names(team_id: str) -> None:
    """Show engineers by name to everybody, as in teams from before names were private; nobody decided it."""
    with transaction():
        access.decide(team_id, access.Access(), by="", at=datetime.fromtimestamp(0, UTC))
