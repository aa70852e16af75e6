"""People who were erased: a hash of what each was called, so that late copies do not bring them back.

Only what happened before the erasure is nobody's; what somebody sends of a later time counts by name again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from hashlib import blake2b

import msgspec

from providers.claude.people import INSTALLATION
from providers.claude.records import NANOSECONDS
from providers.claude.use import Commit, Origin, Use
from storage.engine.queries import query

_SLACK = NANOSECONDS  # moments are kept in seconds


def remember(connection_id: int, identities: Iterable[str], *, at: datetime) -> None:
    """Store hashes of what an erased person was called; within a transaction."""
    for digest in sorted({_digest(connection_id, each) for each in identities}):
        _remember(connection_id, digest, int(at.timestamp()))


_remember = query("""
    INSERT INTO telemetry_erased (connection_id, digest, erased_at) VALUES (?, ?, ?)
    ON CONFLICT (connection_id, digest) DO UPDATE SET erased_at = excluded.erased_at
""")


def without_erased(
    connection_id: int, uses: Iterable[Use], commits: Iterable[Commit]
) -> tuple[list[Use], list[Commit]]:
    """Return uses as nobody's where an erased person used Claude before, and the commits of all others."""
    erased = _erased(connection_id)
    if not erased:  # nearly always
        return list(uses), list(commits)

    def is_erased(origin: Origin, at: int) -> bool:
        times = [erased.get(_digest(connection_id, each), -1) for each in _identities(origin)]
        return at < max(times, default=-1) * NANOSECONDS + _SLACK

    return (
        [
            msgspec.structs.replace(use, origin=anonymous(use.origin))
            if is_erased(use.origin, use.counted_at)
            else use
            for use in uses
        ],
        [commit for commit in commits if not is_erased(commit.origin, commit.counted_at)],
    )


def anonymous(origin: Origin, identities: Collection[str] = ()) -> Origin:
    """Return an origin that is nobody's, without attributes that are one of some identities."""
    named = {*identities, origin.email}
    pairs = tuple(
        (name, value)
        for name, value in origin.attributes
        if name != "enduser.id" and value.casefold() not in named
    )
    nobody = {"account_id": "", "account_uuid": "", "email": "", "installation": ""}
    return msgspec.structs.replace(origin, attributes=pairs, **nobody)


def _erased(connection_id: int) -> Mapping[str, int]:
    return dict(_all(connection_id).fetchall())


_all = query("SELECT digest, erased_at FROM telemetry_erased WHERE connection_id = ?")


def _identities(origin: Origin) -> list[str]:
    installation = INSTALLATION + origin.installation if origin.installation else ""
    claimed = dict(origin.attributes).get("enduser.id", "").casefold()
    every = (origin.email, origin.account_id, origin.account_uuid, origin.installation, installation, claimed)
    return [each for each in every if each]


def _digest(connection_id: int, identity: str) -> str:
    return blake2b(f"{connection_id} {identity}".encode(errors="replace"), digest_size=16).hexdigest()


def mark(connection_id: int, identity: str) -> str:
    """Return the few characters by which the audit log tells erased people apart."""
    return _digest(connection_id, identity)[:8]
