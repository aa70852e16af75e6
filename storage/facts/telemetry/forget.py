"""What telemetry is forgotten: requests that cannot come again, streams that have ended, and people."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import cast

import msgspec

from providers.claude.people import identity_of
from providers.claude.records import NANOSECONDS
from providers.claude.use import Origin
from storage.engine import cache
from storage.engine.tables import (
    TelemetryLineRow,
    TelemetryLinkRow,
    TelemetryOriginRow,
    TelemetryRollup,
    TelemetrySessionRow,
    TelemetryUseRow,
    database,
)
from storage.facts.telemetry import batches, streams
from storage.facts.telemetry.lines import NUMBERS

KEPT = timedelta(
    days=32
)  # requests are counted up to 30 days late, so that long we must know them; and a margin
_NO_SESSION = 0


def forget_old(connection_id: int, now: datetime) -> None:
    """Delete the requests and exports that cannot come again; their totals stay. Within a transaction."""
    before = now - KEPT
    row, session = TelemetryUseRow, TelemetrySessionRow
    mine = row.connection_id == connection_id
    ended = session.select(session.id).where(
        (session.connection_id == connection_id) & (session.last_at < before)
    )
    row.delete().where(mine & (row.session_id << ended)).execute()
    oldest = int(before.timestamp()) * NANOSECONDS
    row.delete().where(mine & (row.session_id == _NO_SESSION) & (row.ended < oldest)).execute()
    streams.forget(connection_id, int(now.timestamp()) * NANOSECONDS)
    batches.drop_failed(connection_id, before)


def erase(connection_id: int, identities: Collection[str]) -> None:
    """Delete a person's name and what it stands for; what they used stays in the totals, as nobody's.

    `identities` are the e-mail address and all accounts and installations of the person. Count what waits
    before; within a transaction.
    """
    every = list(identities)
    line = TelemetryLineRow
    erased = (line.connection_id == connection_id) & (line.name << every)
    numbers = [
        number for (number,) in cast("Iterable[tuple[int]]", line.select(line.id).where(erased).tuples())
    ]
    cache.renew(connection_id, "lines")
    cache.renew(connection_id, "links")
    rollup = TelemetryRollup
    in_no_total = rollup.dimension != NUMBERS["total"]
    rollup.delete().where(
        (rollup.connection_id == connection_id) & in_no_total & (rollup.line << numbers)
    ).execute()
    line.delete().where(erased).execute()
    link = TelemetryLinkRow
    is_theirs = (link.identity << every) | (link.email << every)
    link.delete().where((link.connection_id == connection_id) & is_theirs).execute()
    session = TelemetrySessionRow
    session.update(engineer="").where(
        (session.connection_id == connection_id) & (session.engineer << every)
    ).execute()
    _erase_from_origins(connection_id, frozenset(every))


def _erase_from_origins(connection_id: int, identities: frozenset[str]) -> None:
    row = TelemetryOriginRow
    query = row.select(row.id, row.body).where(row.connection_id == connection_id)
    for number, body in database.execute(query).fetchall():
        origin = msgspec.msgpack.decode(bytes(body), type=Origin)
        if identity_of(origin).id in identities or origin.email in identities:
            anonymous = msgspec.msgpack.encode(_anonymous(origin, identities))
            row.update(body=anonymous, digest=f"erased {number}").where(row.id == number).execute()


def _anonymous(origin: Origin, identities: frozenset[str]) -> Origin:
    pairs = tuple((name, value) for name, value in origin.attributes if value.casefold() not in identities)
    nobody = {"account_id": "", "account_uuid": "", "email": "", "installation": ""}
    return msgspec.structs.replace(origin, attributes=pairs, **nobody)
