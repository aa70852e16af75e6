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
    TelemetryCommitRow,
    TelemetryLineRow,
    TelemetryLinkRow,
    TelemetryOriginRow,
    TelemetryRollup,
    TelemetrySessionRow,
    TelemetryUseRow,
    database,
)
from storage.facts.telemetry import batches, erased, streams
from storage.facts.telemetry.count import wait_to_be_alone
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


def knows_any(connection_id: int, identities: Collection[str]) -> bool:
    """Say whether telemetry has anything by one of some identities."""
    every, line, link = list(identities), TelemetryLineRow, TelemetryLinkRow
    lines = (line.connection_id == connection_id) & (line.name << every)
    links = (link.connection_id == connection_id) & ((link.identity << every) | (link.email << every))
    return bool(line.select().where(lines).exists() or link.select().where(links).exists())


def erase(connection_id: int, identities: Collection[str], *, at: datetime) -> None:
    """Delete a person's name, sessions and commits; what they used stays in the totals, as nobody's.

    `identities` are the e-mail address and all accounts and installations of the person. Late copies of
    what was before `at` do not bring them back. Count what waits before; within a transaction.
    """
    wait_to_be_alone(connection_id)
    erased.remember(connection_id, identities, at=at)
    every = list(identities)
    line = TelemetryLineRow
    theirs = (line.connection_id == connection_id) & (line.name << every)
    numbers = [
        number for (number,) in cast("Iterable[tuple[int]]", line.select(line.id).where(theirs).tuples())
    ]
    cache.renew(connection_id, "lines")
    cache.renew(connection_id, "links")
    rollup = TelemetryRollup
    in_no_total = rollup.dimension != NUMBERS["total"]
    rollup.delete().where(
        (rollup.connection_id == connection_id) & in_no_total & (rollup.line << numbers)
    ).execute()
    line.delete().where(theirs).execute()
    link = TelemetryLinkRow
    is_theirs = (link.identity << every) | (link.email << every)
    link.delete().where((link.connection_id == connection_id) & is_theirs).execute()
    session = TelemetrySessionRow
    session.update(engineer="", repository="", skill="").where(
        (session.connection_id == connection_id) & (session.engineer << every)
    ).execute()
    _erase_from_origins(connection_id, frozenset(every))


def _erase_from_origins(connection_id: int, identities: frozenset[str]) -> None:
    row = TelemetryOriginRow
    query = row.select(row.id, row.body).where(row.connection_id == connection_id)
    for number, body in database.execute(query).fetchall():
        origin = msgspec.msgpack.decode(bytes(body), type=Origin)
        if identity_of(origin).id in identities or origin.email in identities:
            anonymous = msgspec.msgpack.encode(erased.anonymous(origin, identities))
            row.update(body=anonymous, digest=f"erased {number}").where(row.id == number).execute()
            commit = TelemetryCommitRow
            theirs = (commit.connection_id == connection_id) & (commit.origin_id == number)
            commit.delete().where(theirs).execute()
