"""Connections: a team's provider key, its state, and the worker that has the lease."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, cast

import msgspec

from storage.engine.fields import from_day
from storage.engine.postgresql import patience
from storage.engine.queries import query
from storage.engine.secrets import Vault
from storage.engine.tables import TABLES, IncidentRow, Job, database
from storage.engine.tables import Connection as Row
from storage.state import posts

State = Literal["active", "refused", "disconnected"]
PROGRESS_WANTED: Final = "wanted"  # in the place of a progress message until it is posted
OFFERED = "offered"
DELETING = 600.0  # seconds: deleting years of history beside other writers takes minutes


class MessagePlace(msgspec.Struct, frozen=True):
    """The place of a message in Slack; in the table `channel ts`."""

    channel: str
    ts: str


class Connection(msgspec.Struct, frozen=True):
    """A provider's credential in one team, without the key itself.

    `first_day` is the organization's first day, None until the backfill has reached it. `announced` is the
    place of the progress message while one is wanted. `hourly_spend` is OFFERED if the provider reports
    its own spend by the hour, else the provider's reason, "" before we asked. `connected_at` differs for
    every key, so that it identifies the key. `refused_at` is when the provider first refused the key, None if
    it accepts it; the state becomes `refused` only after the second refusal.
    """

    id: int
    team_id: str
    provider: str
    organization_id: str
    organization_name: str
    key_hint: str
    connected_by: str
    connected_at: datetime
    state: State
    first_day: date | None
    announced: MessagePlace | Literal["wanted"] | None
    hourly_spend: str = ""
    refused_at: datetime | None = None

    @property
    def is_doubted(self) -> bool:
        """Whether the provider refused the key once: we check again before we give it up."""
        return self.refused_at is not None and self.state == "active"


class LeaseLost(Exception):
    """Another worker has the lease, or the key changed: this worker must not write its results."""


def connect(
    team_id: str,
    organization_id: str,
    organization_name: str,
    *,
    key: str,
    vault: Vault,
    by: str,
    at: datetime,
    provider: str = "anthropic",
) -> Connection:
    """Store a verified key. The same organization keeps its history; disconnect any other.

    A worker that uses the earlier key loses its lease. `connected_at` becomes at least a second later than it
    was, even if the clock went back, because it identifies the key.
    """
    mine = (Row.team_id == team_id) & (Row.provider == provider)
    others = mine & (Row.organization_id != organization_id)
    Row.update(state="disconnected", key_encrypted=None).where(others).execute()
    before = Row.select(Row.connected_at).where(mine & (Row.organization_id == organization_id)).scalar()
    fresh: dict[str, Any] = {
        "organization_name": organization_name,
        "key_encrypted": vault.seal(key),
        "key_hint": key[-4:],
        "connected_by": by,
        "connected_at": max(at, before + timedelta(seconds=1)) if before else at,
        "state": "active",
        "not_before": None,
        "refused_at": None,
        "leased_by": "",
        "leased_until": None,
    }
    place = {"team_id": team_id, "provider": provider, "organization_id": organization_id}
    query = Row.insert(**place, **fresh).on_conflict(
        conflict_target=(Row.team_id, Row.provider, Row.organization_id),
        update={getattr(Row, name): value for name, value in fresh.items()},
    )
    query.as_rowcount().execute()
    return next(_read(mine & (Row.organization_id == organization_id)))


def of_team(team_id: str, provider: str = "anthropic") -> Connection | None:
    """Return a team's current connection, None if it has none or disconnected it."""
    row = _of_team(team_id, provider).fetchone()
    return None if row is None else _connection(row)


_SELECT = f"SELECT {', '.join(Connection.__struct_fields__)} FROM connection"
_of_team = query(
    f"{_SELECT} WHERE team_id = ? AND provider = ? AND state != 'disconnected' ORDER BY id LIMIT 1"
)


def _connection(row: Sequence[Any]) -> Connection:
    """Make a connection of a row as the driver gives it."""
    values: dict[str, Any] = dict(zip(Connection.__struct_fields__, row, strict=True))
    values["connected_at"] = datetime.fromtimestamp(values["connected_at"], UTC)
    values["first_day"] = None if values["first_day"] is None else from_day(values["first_day"])
    values["refused_at"] = values["refused_at"] and datetime.fromtimestamp(values["refused_at"], UTC)
    values["announced"] = _place(values["announced"])
    return Connection(**values)


def _place(text: str) -> MessagePlace | Literal["wanted"] | None:
    channel, _, ts = text.partition(" ")
    return MessagePlace(channel, ts) if ts else PROGRESS_WANTED if text == PROGRESS_WANTED else None


def past_of_team(team_id: str, provider: str = "anthropic") -> list[Connection]:
    """Return a team's disconnected connections whose history we keep."""
    return list(_read((Row.team_id == team_id) & (Row.provider == provider) & (Row.state == "disconnected")))


def all_of_team(team_id: str) -> list[Connection]:
    """Return all connections of a team, current and past, of all providers."""
    return list(_read(Row.team_id == team_id))


def by_id(connection_id: int) -> Connection:
    """Return a connection that existed a moment ago. Raises LeaseLost if somebody deleted it meanwhile."""
    row = _by_id(connection_id).fetchone()
    if row is None:
        raise LeaseLost(f"connection {connection_id} was deleted")
    return _connection(row)


_by_id = query(f"{_SELECT} WHERE id = ?")


def find(connection_id: int) -> Connection | None:
    """Return a connection, None if it is disconnected or deleted."""
    row = _by_id(connection_id).fetchone()
    connection = None if row is None else _connection(row)
    return connection if connection and connection.state != "disconnected" else None


def every() -> list[Connection]:
    """Return all connections that have a key; telemetry has none."""
    return list(_read((Row.state != "disconnected") & Row.key_encrypted.is_null(False)))


def teams() -> list[str]:
    """Return the teams that have a connection."""
    return sorted({connection.team_id for connection in every()})


def past_teams() -> list[str]:
    """Return the teams with a disconnected connection whose history we keep."""
    return sorted({connection.team_id for connection in _read(Row.state == "disconnected")})


def key_of(connection_id: int, vault: Vault) -> str:
    """Return the admin key. Raises WrongSecretKey, and LeaseLost if somebody disconnected it meanwhile."""
    (sealed,) = _key(connection_id).fetchone() or [None]
    if sealed is None:
        raise LeaseLost(f"connection {connection_id} has no key any more")
    return vault.open(bytes(sealed))


_key = query("SELECT key_encrypted FROM connection WHERE id = ?")


def doubt(connection: Connection, *, since: datetime, until: datetime) -> None:
    """Record the provider's first refusal of the key, and ask nothing until the check at `until`."""
    Row.update(refused_at=since, not_before=until).where(_same_key(connection)).execute()


def refuse(connection: Connection, *, since: datetime, until: datetime) -> None:
    """Record that the provider no longer accepts the key; try it again at `until`."""
    Row.update(state="refused", refused_at=since, not_before=until).where(_same_key(connection)).execute()


def accept(connection: Connection) -> None:
    """Record that the provider accepts the key again."""
    Row.update(state="active", refused_at=None, not_before=None).where(_same_key(connection)).execute()


def _same_key(connection: Connection) -> Any:
    """Match a connection only while it has this key: an answer to an earlier key must change nothing."""
    return (
        (Row.id == connection.id)
        & (Row.connected_at == connection.connected_at)
        & (Row.state != "disconnected")
    )


@patience(DELETING)
def disconnect(connection_id: int, *, keep_history: bool) -> None:
    """Delete the key and the jobs at once, and everything else unless the team keeps its history."""
    Row.update(state="disconnected", key_encrypted=None).where(Row.id == connection_id).execute()
    if not keep_history:
        _forget_alerts(connection_id)
    for table in TABLES:
        if table is Job or ("connection_id" in table._meta.columns and not keep_history):
            table.delete().where(cast("Any", table).connection_id == connection_id).execute()
    if not keep_history:
        Row.delete().where(Row.id == connection_id).execute()


def _forget_alerts(connection_id: int) -> None:
    """Delete the alerts about a connection's incidents: SQLite gives their ids to new incidents."""
    team_id = Row.select(Row.team_id).where(Row.id == connection_id).scalar()
    opened = IncidentRow.select(IncidentRow.id).where(IncidentRow.connection_id == connection_id).tuples()
    posts.forget_incidents(team_id, [number for (number,) in cast("Iterable[tuple[int]]", list(opened))])


def set_first_day(connection_id: int, day: date | None) -> None:
    """Store the first day of history, None while it is unknown."""
    Row.update(first_day=day).where(Row.id == connection_id).execute()


def note_hourly_spend(connection_id: int, state: str) -> None:
    """Store whether spend by the hour is OFFERED, or the reason why not."""
    _note_hourly_spend(state, connection_id, state)


_note_hourly_spend = query("UPDATE connection SET hourly_spend = ? WHERE id = ? AND hourly_spend != ?")


def set_progress_message(connection_id: int, place: MessagePlace | Literal["wanted"] | None) -> None:
    """Store the place of the progress message, None if there is none."""
    text = f"{place.channel} {place.ts}" if isinstance(place, MessagePlace) else place or ""
    Row.update(announced=text).where(Row.id == connection_id).execute()


def pause(connection: Connection, until: datetime) -> None:
    """Ask nothing of the provider before then."""
    Row.update(not_before=until).where(_same_key(connection)).execute()


def paused_until(connection_id: int) -> datetime | None:
    """Return when we can ask the provider again, None if we can now."""
    return cast("datetime | None", Row.select(Row.not_before).where(Row.id == connection_id).scalar())


def is_paused(connection_id: int, now: datetime) -> bool:
    """Whether we must not ask the provider now."""
    return bool(_paused(connection_id, int(now.timestamp())).fetchone())


_paused = query("SELECT id FROM connection WHERE id = ? AND not_before > ?")


def clear_pause(connection_id: int) -> None:
    """End a pause, because somebody is waiting."""
    Row.update(not_before=None).where(Row.id == connection_id).execute()


def lease(worker: str, *, now: datetime, length: timedelta, due: Iterable[int]) -> Connection | None:
    """Take the lease of the first free connection among those `due`, None if others have them all.

    A refused key is checked when its pause is over.
    """
    moment, until = int(now.timestamp()), int((now + length).timestamp())
    for candidate in due:
        if _lease(worker, until, candidate, moment, moment).rowcount:
            return by_id(candidate)
    return None


_lease = query("""
    UPDATE connection SET leased_by = ?, leased_until = ?
    WHERE id = ? AND state != 'disconnected'
    AND (leased_until IS NULL OR leased_until <= ?) AND (not_before IS NULL OR not_before <= ?)
""")


def renew_lease(connection: Connection, worker: str, *, now: datetime, length: timedelta) -> None:
    """Extend the lease. Raises LeaseLost if another worker has it, or somebody entered another key."""
    until, connected_at = int((now + length).timestamp()), int(connection.connected_at.timestamp())
    if not _renew(until, connection.id, connected_at, worker).rowcount:
        raise LeaseLost(f"connection {connection.id} is another's now, or has another key")


_renew = query("""
    UPDATE connection SET leased_until = ?
    WHERE id = ? AND connected_at = ? AND leased_by = ? AND state != 'disconnected'
""")


def release(connection_id: int, worker: str) -> None:
    """Give the lease back."""
    _release(connection_id, worker)


_release = query("UPDATE connection SET leased_by = '', leased_until = NULL WHERE id = ? AND leased_by = ?")


def holders() -> set[str]:
    """Return the workers that have a lease, whether they still run or not."""
    held = Row.select(Row.leased_by).where(Row.leased_by != "").distinct().tuples()
    return {worker for (worker,) in cast("Iterable[tuple[str]]", held)}


def release_all(worker: str) -> None:
    """Give back all leases of a worker that no longer runs."""
    Row.update(leased_by="", leased_until=None).where(Row.leased_by == worker).execute()


def _read(where: Any) -> Iterator[Connection]:
    columns = [getattr(Row, name) for name in Connection.__struct_fields__]
    return map(_connection, database.execute(Row.select(*columns).where(where).order_by(Row.id)).fetchall())
