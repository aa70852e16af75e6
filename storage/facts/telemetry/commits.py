"""The commits that Claude Code made, each once by its hash."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from providers.claude.people import identity_of
from storage.engine.queries import query
from storage.facts.telemetry import origins


class MadeCommit(NamedTuple):
    """A commit: whose by identity, where, and in which session by its number, 0 if unknown."""

    revision: str
    committed_at: datetime
    engineer: str
    repository: str
    branch: str
    session_id: int


def between(connection_id: int, start: datetime, end: datetime) -> Sequence[MadeCommit]:
    """Return the commits in `[start, end)`, oldest first."""
    rows = _between(connection_id, int(start.timestamp()), int(end.timestamp())).fetchall()
    origin = origins.by_id(row[-1] for row in rows)
    return [
        MadeCommit(
            revision,
            datetime.fromtimestamp(at, UTC),
            identity_of(origin[origin_id]).id,
            origin[origin_id].repository,
            origin[origin_id].branch,
            session_id,
        )
        for revision, at, session_id, origin_id in rows
    ]


_between = query("""
    SELECT revision, committed_at, session_id, origin_id FROM telemetry_commit
    WHERE connection_id = ? AND committed_at >= ? AND committed_at < ? ORDER BY committed_at, revision
""")
