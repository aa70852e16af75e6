"""The state of a team's telemetry, and its live use for a digest, from what is stored."""

from datetime import datetime
from decimal import Decimal

from bot.reports.claude.blind import who_is_blind
from digests.numbers.telemetry.state import LiveUse, TelemetryState, price_ratio
from providers.period import WEEK, Period
from storage.facts import directory
from storage.facts.telemetry import oddities, totals
from storage.state import connections
from storage.state.connections import Connection
from storage.state.ingest import destinations, tokens

_DAYS, _PRICED_DAYS = 7, 30  # in which clocks are looked at, and prices


def telemetry_state(present: Connection, *, now: datetime) -> TelemetryState | None:
    """Return the state of the telemetry of a connection's team, None if it has none; within a session."""
    reporting = connections.of_team(present.team_id, tokens.PROVIDER)
    if reporting is None:
        return None
    good = tokens.good_of_team(present.team_id)
    blind = who_is_blind(present, reporting, now=now)
    odd = oddities.within(reporting.id, Period.last_days(_DAYS, until=now.date()))
    lately = Period.last_days(_PRICED_DAYS, until=now.date())
    products, models = (totals.by(reporting.id, each, lately) for each in ("product", "model"))
    return TelemetryState(
        tokens=len(good),
        last_event=max((each.used_at for each in good if each.used_at), default=None),
        blind=len(blind),
        silent_cost=sum((each.cost for each in blind), Decimal(0)),
        early=odd.early,
        late=odd.late,
        prices=price_ratio(products, models),
        destination=made.state if (made := destinations.of(reporting.id)) else "",
    )


def live_use(present: Connection, period: Period, *, now: datetime) -> LiveUse | None:
    """Return what telemetry says of a digest's days, None if none was connected then; within a session.

    Who does not report is told once a week.
    """
    reporting = connections.of_team(present.team_id, tokens.PROVIDER)
    days = Period(period.start, period.end)
    if reporting is None or reporting.connected_at.date() > days.start:
        return None
    whole = totals.total(reporting.id, days)
    parts = {line.name: line.cost for line in totals.by(reporting.id, "part", days)}
    people = [
        line for line in totals.by_engineer(reporting.id, days, directory.read(present.id)) if line.name
    ]
    is_weekly = period.length == WEEK.days
    return LiveUse(
        cost=whole.cost,
        plan=parts.get("plan", Decimal(0)),
        sessions=whole.sessions,
        people=sum(line.others or 1 for line in people),
        blind=len(who_is_blind(present, reporting, now=now)) if is_weekly else None,
    )
