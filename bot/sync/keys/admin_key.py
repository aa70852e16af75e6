"""A new Admin API key, from the Slack modal, the page in the browser or the command line.

cleaned → what_is_wrong → prove (Anthropic names the organization and shows a bill) → store, or ask to replace
"""

import re
from datetime import datetime
from typing import NamedTuple

from bot.services import Services
from bot.sync import jobs
from bot.sync.keys.foreign_secrets import ADMIN, look_of
from digests.words.admin_key import FOREIGN, NO_KEY, REGULAR_KEY, TWO_KEYS
from providers.note import is_other_money
from providers.period import DAY, Period
from providers.provider import Organization, ProviderRefused
from storage.engine.database import session, transaction
from storage.state import audit, connections
from storage.state.connections import Connection

_REGULAR = re.compile(r"sk-ant-api", re.IGNORECASE)
_ADMIN = re.compile(rf"{ADMIN}[!-~]{{4,488}}")
_INVISIBLE = re.compile("[\\s\u200b-\u200f\u2060\ufeff]")


class Outcome(NamedTuple):
    """The result of storing a key: the new connection, or the one of another organization to confirm first.

    Neither if somebody else changed the connection while the key was checked.
    """

    connection: Connection | None = None
    instead_of: Connection | None = None
    is_renewed: bool = False

    @property
    def is_overtaken(self) -> bool:
        """Say whether somebody else changed the connection first."""
        return self.connection is None and self.instead_of is None


def cleaned(typed: str) -> str:
    """Return a key without the blanks and quotation marks that copying adds."""
    return _INVISIBLE.sub("", typed).strip("\"'`“”")


def what_is_wrong(key: str) -> str:
    """Say why a text cannot be an Admin API key, "" if only Anthropic can tell."""
    if _REGULAR.match(key):
        return REGULAR_KEY
    if look := look_of(key):
        return FOREIGN.format(look=look)
    if key.count(ADMIN) > 1:
        return TWO_KEYS
    return "" if _ADMIN.fullmatch(key) else NO_KEY


def prove(services: Services, key: str) -> Organization:
    """Ask Anthropic for the organization of a key, and for a bill.

    Raises ProviderRefused, also for a bill in another currency, or ProviderUnavailable. A bill that is
    unreadable for another reason, such as contradictory days, is accepted: a sync fetches it again.
    """
    provider = (services.open_to_prove or services.open_provider)(key)
    organization = provider.organization()
    yesterday = services.now().date() - DAY
    bill = provider.charges(Period.last_days(2, until=yesterday))
    why = next((note.what for note in bill.notes if is_other_money(note)), "")
    if why and not bill.days:
        raise ProviderRefused(why, why="unreadable")
    return organization


def present(team_id: str) -> Connection | None:
    """Return a team's connection at the moment when a key is entered."""
    with session():
        return connections.of_team(team_id)


def confirmation(new: Organization, old: Connection) -> str:
    """Return the token by which a person confirms replacing one organization with another: their two ids."""
    return f"{new.id} {old.id}"


def store(
    services: Services,
    team_id: str,
    organization: Organization,
    key: str,
    *,
    by: str,
    over: Connection | None,
    confirmed: str = "",
) -> Outcome:
    """Store a proved key, unless the connection is no longer `over`, the one from when it was entered.

    Another organization is replaced only if `confirmed` is `confirmation(…)`. `by` is "" on the command line.
    """
    now = services.now()
    with transaction():
        old = connections.of_team(team_id)
        if _identity(old) != _identity(over):
            return Outcome()
        is_renewed = old is not None and old.organization_id == organization.id
        if old and not is_renewed and confirmed != confirmation(organization, old):
            return Outcome(instead_of=old)
        connection = connections.connect(
            team_id, organization.id, organization.name, key=key, vault=services.vault, by=by, at=now
        )
        jobs.begin(connection, now=now)
        what: audit.What = "key replaced" if is_renewed else "connected"
        instead = f", instead of {named(old)}" if old and not is_renewed else ""
        audit.record(team_id, by or audit.TERMINAL, what, f"{named(connection)}{instead}", now)
    return Outcome(connection, is_renewed=is_renewed)


def disconnect(connection: Connection, *, by: str, keep_history: bool, at: datetime) -> None:
    """Delete a key, and log it. Call within a transaction. `by` is "" on the command line."""
    connections.disconnect(connection.id, keep_history=keep_history)
    detail = f"{named(connection)}, history {'kept' if keep_history else 'deleted'}"
    audit.record(connection.team_id, by or audit.TERMINAL, "disconnected", detail, at)


def _identity(connection: Connection | None) -> tuple[object, ...] | None:
    """Return what only a new key changes; the state can change by itself."""
    return (connection.id, connection.connected_at, connection.key_hint) if connection else None


def named(connection: Connection) -> str:
    """Describe a connection for the audit log."""
    return f"{connection.organization_name}, key …{connection.key_hint}"
