"""The audit log of a team: who did or viewed what. Kept for 400 days; never contains a key or a cost."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import msgspec

from storage.engine.tables import AuditRow as Row

KEPT = timedelta(days=400)  # a choice: a yearly review has a month to spare; names of leavers go in time
What = Literal[
    "connected",
    "key replaced",
    "key refused",
    "key lost",
    "disconnected",
    "digest added",
    "digest edited",
    "digest paused",
    "digest resumed",
    "digest removed",
    "settings changed",
    "key assigned",
    "exported",
    "engineers viewed",
    "shared",
    "refused",
    "asked an admin",
    "digest sent",
    "installed",
    "uninstalled",
    "secret rotated",
    "forgotten",
    "token issued",
    "token revoked",
    "person erased",
    "destination created",
]
US, TERMINAL = "StackSpend", "command line"
"""`Entry.who` for actions that no person in Slack took."""


class Entry(msgspec.Struct, frozen=True):
    """An action. `who` is a Slack user id, US or TERMINAL; `detail` contains Slack ids, not names."""

    id: int
    who: str
    what: What
    detail: str
    at: datetime


def record(team_id: str, who: str, what: What, detail: str, at: datetime) -> None:
    """Add an entry, within the transaction of the action itself."""
    Row.delete().where((Row.team_id == team_id) & (Row.at < at - KEPT)).execute()
    Row.insert(team_id=team_id, who=who, what=what, detail=detail, at=at).execute()


def record_once(team_id: str, who: str, what: What, detail: str, at: datetime) -> None:
    """Add an entry unless the same one exists for this UTC day. Within the transaction of the action."""
    same = (Row.team_id == team_id) & (Row.who == who) & (Row.what == what) & (Row.detail == detail)
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    is_today = (Row.at >= today) & (
        Row.at < today + timedelta(days=1)
    )  # ignores entries of a clock that was ahead
    if not Row.select().where(same & is_today).exists():
        record(team_id, who, what, detail, at)


def latest(team_id: str, *, limit: int, before: Entry | None = None) -> list[Entry]:
    """Return a team's newest entries, or the newest of those older than `before`."""
    older = (Row.at < before.at) | ((Row.at == before.at) & (Row.id < before.id)) if before else Row.id > 0
    return list(_read((Row.team_id == team_id) & older, limit))


def find(team_id: str, entry_id: int) -> Entry | None:
    """Return one entry of a team."""
    return next(_read((Row.team_id == team_id) & (Row.id == entry_id), 1), None)


def every(team_id: str) -> list[Entry]:
    """Return all entries of a team, newest first."""
    return list(_read(Row.team_id == team_id, None))


def _read(where: Any, limit: int | None) -> Iterator[Entry]:
    columns = [getattr(Row, name) for name in Entry.__struct_fields__]
    query = Row.select(*columns).where(where).order_by(Row.at.desc(), Row.id.desc()).limit(limit).tuples()
    return (Entry(*row) for row in cast("Iterable[tuple[Any, ...]]", query))
