"""Whose an account or an installation is: by what its telemetry says, or as an admin decided."""

from collections.abc import Iterable, Mapping
from typing import cast

from providers.claude.people import links_of
from providers.claude.use import Origin
from storage.engine import cache
from storage.engine.queries import query
from storage.engine.tables import TelemetryLinkRow as Row

_BY_TELEMETRY = ""


def learn(connection_id: int, origins: Iterable[Origin]) -> None:
    """Store whose other identities are, as uses tell; what an admin decided stays. Within a transaction."""
    links: dict[str, str] = {}
    for origin in origins:
        links |= links_of(origin)
    stored = _copies.of(connection_id)
    new = {
        identity: email
        for identity, email in links.items()
        if stored.get(identity, ("", _BY_TELEMETRY)) != (email, _BY_TELEMETRY)
        and stored.get(identity, ("", _BY_TELEMETRY))[1] == _BY_TELEMETRY
    }
    _store(connection_id, new, by=_BY_TELEMETRY)


def assign(connection_id: int, identity: str, email: str, *, by: str) -> None:
    """Give an installation or an account to a person, as an admin decided; within a transaction."""
    _store(connection_id, {identity: email.casefold()}, by=by)


def of(connection_id: int) -> Mapping[str, str]:
    """Return the e-mail address of every identity whose person we know."""
    return {identity: email for identity, (email, _by) in _copies.of(connection_id).items()}


def _store(connection_id: int, links: Mapping[str, str], *, by: str) -> None:
    if not links:
        return
    cache.renew(connection_id, "links")
    rows = [(connection_id, identity, email, by) for identity, email in sorted(links.items())]
    columns = (Row.connection_id, Row.identity, Row.email, Row.assigned_by)
    Row.insert_many(rows, columns).on_conflict(
        conflict_target=columns[:2], preserve=columns[2:]
    ).as_rowcount().execute()


def _read(connection_id: int) -> dict[str, tuple[str, str]]:
    rows = cast("list[tuple[str, str, str]]", _all(connection_id).fetchall())
    return {identity: (email, by) for identity, email, by in rows}


_all = query("SELECT identity, email, assigned_by FROM telemetry_link WHERE connection_id = ?")
_copies = cache.ConnectionCache("links", _read)
