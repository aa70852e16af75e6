"""Erase a person from telemetry, for the admin or terminal that asks, with an entry in the audit log."""

from datetime import datetime

from bot.reports.claude.telemetry import display_names, identities_of, short
from providers.directory import Directory
from storage.engine.database import session, transaction
from storage.facts import directory
from storage.facts.telemetry import erased, forget, lines
from storage.facts.telemetry.count import count_waiting
from storage.state import audit, connections
from storage.state.ingest import attributes
from storage.state.ingest.tokens import PROVIDER

NOT_THERE = "Telemetry knows nobody by this name."
SEVERAL = "Several people have this name. Use the email address."
_ROUNDS = 1000  # portions of bodies that can wait; then somebody sends faster than we count


class NobodyThere(Exception):
    """Telemetry has nobody of that address or identity, or the team has no telemetry."""


def erase(team_id: str, person: str, *, by: str, at: datetime) -> int:
    """Erase somebody by an e-mail address, or as answers name them; return how many identities they had.

    `by` is a Slack user, or "" on the command line. The audit log tells by a mark who it was, not by name.
    Raises NobodyThere.
    """
    with session():
        connection = connections.of_team(team_id, PROVIDER)
        if connection is None:
            raise NobodyThere(NOT_THERE)
        _count_what_waits(connection.id)
        present = connections.of_team(team_id)
        names = directory.read(present.id) if present else Directory([])
        name = _meant(connection.id, person.strip(), names)
        every = identities_of(connection.id, [name], names)
        with transaction():
            if not forget.knows_any(connection.id, every):
                raise NobodyThere(NOT_THERE)
            forget.erase(connection.id, every, at=at)
            mark = erased.mark(connection.id, name)
            audit.record(team_id, by or audit.TERMINAL, "person erased", f"telemetry of #{mark}", at)
    return len(every)


def _meant(connection_id: int, typed: str, names: Directory) -> str:
    """Return the address or identity of whoever is called so. Raises NobodyThere."""
    if "@" in typed:
        return typed.casefold()
    people = {email for email, name in display_names(names).items() if name.casefold() == typed.casefold()}
    found = people | {each for each in lines.identities(connection_id) if typed in (each, short(each))}
    if len(found) != 1:
        raise NobodyThere(SEVERAL if found else NOT_THERE)
    return found.pop()


def _count_what_waits(connection_id: int) -> None:
    configured = attributes.of(connection_id)
    for _ in range(_ROUNDS):
        if not count_waiting(connection_id, configured=configured).bodies:
            return
