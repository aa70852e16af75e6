"""What telemetry adds to answers about engineers: who is at it right now, and what it says of a period."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from bot.reports.claude.telemetry import ACTIVE_MINUTES, display_names, short
from digests.numbers.telemetry.live import Live
from providers.claude.people import person
from providers.directory import Directory
from providers.period import Period
from storage.facts import directory
from storage.facts.telemetry import links, sessions, totals
from storage.state import connections
from storage.state.connections import Connection
from storage.state.ingest.tokens import PROVIDER


def live(present: Connection, period: Period, *, now: datetime, email: str = "") -> Live | None:
    """Return everybody's live use, or one person's by address in lower case; None without telemetry.

    Within a session. Days are UTC's.
    """
    reporting = connections.of_team(present.team_id, PROVIDER)
    if reporting is None:
        return None
    names, days = directory.read(present.id), Period(period.start, period.end)
    active = _active(reporting.id, names, now, {email} if email else None)
    if email:
        lines = [line for line in totals.by_engineer(reporting.id, days, names) if line.name == email]
        whole = lines[0] if lines else totals.nothing(email)
        return Live(tuple(active), whole.cost, None, whole.sessions, ACTIVE_MINUTES)
    whole = totals.total(reporting.id, days)
    parts = {line.name: line.cost for line in totals.by(reporting.id, "part", days)}
    plan = parts.get("plan", Decimal(0))
    return Live(tuple(active), whole.cost, plan, whole.sessions, ACTIVE_MINUTES)


def _active(connection_id: int, names: Directory, now: datetime, only: Collection[str] | None) -> list[str]:
    """Return the names of people who use Claude right now, who did last first."""
    known, called = links.of(connection_id), display_names(names)
    latest: dict[str, datetime] = {}
    for identity, at in sessions.active(connection_id, now - timedelta(minutes=ACTIVE_MINUTES)).items():
        who = person(identity, names, known)
        if only is None or who in only:
            latest[who] = max(at, latest.get(who, at))
    return [called.get(who, short(who)) for who in sorted(latest, key=lambda who: latest[who], reverse=True)]
