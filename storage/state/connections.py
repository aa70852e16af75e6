"""Connections: whose key, in what state, and which worker's turn it is."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, cast

import msgspec

from storage.engine.fields import from_day
from storage.engine.postgresql import patience
from storage.engine.prepared import prepared
from storage.engine.secrets import Vault
from storage.engine.tables import TABLES, IncidentRow, Job
from storage.engine.tables import Connection as Row
from storage.state import posts

State = Literal["active", "refused", "disconnected"]
PROGRESS_WANTED = "wanted"  # in `announced`, in the place of `channel ts` until the message is there
OFFERED = "offered"
DELETING = 600.0  # seconds for the history of years, beside others that write


class Connection(msgspec.Struct, frozen=True):
    """A provider's credential in one team; the key itself stays in the database.

    `first_day` is the organization's first day, None until history was walked to its end. `announced` is
    the progress message, as `channel ts`, while there is one. `hourly_spend` tells whether the provider's own
    spend by the hour is OFFERED, else the provider's reason why not; "" before it was asked. `connected_at`
    is another for every key, so that it names the key. `refused_at` is since when the provider refuses it,
    None where it does not; the state is `refused` only once it did so twice.
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
    announced: str
    hourly_spend: str = ""
    refused_at: datetime | None = None

    @property
    def is_doubted(self) -> bool:
        """Whether the key was refused once, and is asked about again before it is given up."""
        return self.refused_at is not None and self.state == "active"


class LeaseLost(Exception):
    """Another worker took over: what this one was about to write is not written."""


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
    """Store a key that was verified. The same organization keeps its history; any other is disconnected.

    Whoever is at work with the key before loses the turn. `connected_at` becomes later than it was, by a
    second at least, whatever the clock says: it names the key.
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
    """The connection a team has now, one that is disconnected left out."""
    mine = (Row.team_id == team_id) & (Row.provider == provider) & (Row.state != "disconnected")
    return next(_read(mine), None)


def past_of_team(team_id: str, provider: str = "anthropic") -> list[Connection]:
    """Connections whose history was kept after they were disconnected."""
    return list(_read((Row.team_id == team_id) & (Row.provider == provider) & (Row.state == "disconnected")))


def all_of_team(team_id: str) -> list[Connection]:
    """Every connection that a team has or had, whichever the provider."""
    return list(_read(Row.team_id == team_id))


def by_id(connection_id: int) -> Connection:
    """A connection that was there a moment ago. Raises LeaseLost where it was deleted meanwhile."""
    row = _by_id(connection_id).fetchone()
    if row is None:
        raise LeaseLost(f"connection {connection_id} was deleted")
    known: dict[str, Any] = dict(zip(Connection.__struct_fields__, row, strict=True))
    known["connected_at"] = datetime.fromtimestamp(known["connected_at"], UTC)
    known["first_day"] = None if known["first_day"] is None else from_day(known["first_day"])
    known["refused_at"] = known["refused_at"] and datetime.fromtimestamp(known["refused_at"], UTC)
    return Connection(**known)


_by_id = prepared(
    lambda connection_id: Row.select(*[getattr(Row, name) for name in Connection.__struct_fields__]).where(
        Row.id == connection_id
    )
)


def find(connection_id: int) -> Connection | None:
    """A connection, None where it is disconnected or gone."""
    return next(_read((Row.id == connection_id) & (Row.state != "disconnected")), None)


def every() -> list[Connection]:
    """All connections with a key."""
    return list(_read(Row.state != "disconnected"))


def teams() -> list[str]:
    """The teams that have a connection."""
    return sorted({connection.team_id for connection in every()})


def past_teams() -> list[str]:
    """The teams whose history was kept after they were disconnected."""
    return sorted({connection.team_id for connection in _read(Row.state == "disconnected")})


def key_of(connection_id: int, vault: Vault) -> str:
    """The admin key. Raises WrongSecretKey, and LeaseLost where it was disconnected meanwhile."""
    sealed = Row.select(Row.key_encrypted).where(Row.id == connection_id).scalar()
    if sealed is None:
        raise LeaseLost(f"connection {connection_id} has no key any more")
    return vault.open(bytes(sealed))


def doubt(connection: Connection, *, since: datetime, until: datetime) -> None:
    """Note that the provider refused the key once; nothing is asked until it is asked about it again."""
    Row.update(refused_at=since, not_before=until).where(_same_key(connection)).execute()


def refuse(connection: Connection, *, since: datetime, until: datetime) -> None:
    """Note that the provider no longer takes the key; it is tried again then."""
    Row.update(state="refused", refused_at=since, not_before=until).where(_same_key(connection)).execute()


def accept(connection: Connection) -> None:
    """Note that the provider takes the key again."""
    Row.update(state="active", refused_at=None, not_before=None).where(_same_key(connection)).execute()


def _same_key(connection: Connection) -> Any:
    """A connection as long as its key is the one it had: what comes back for another changes nothing."""
    return (
        (Row.id == connection.id)
        & (Row.connected_at == connection.connected_at)
        & (Row.state != "disconnected")
    )


@patience(DELETING)
def disconnect(connection_id: int, *, keep_history: bool) -> None:
    """Forget the key and what was due at once, and everything else where that is wished."""
    Row.update(state="disconnected", key_encrypted=None).where(Row.id == connection_id).execute()
    if not keep_history:
        _forget_alerts(connection_id)
    for table in TABLES:
        if table is Job or ("connection_id" in table._meta.columns and not keep_history):
            table.delete().where(cast("Any", table).connection_id == connection_id).execute()
    if not keep_history:
        Row.delete().where(Row.id == connection_id).execute()


def _forget_alerts(connection_id: int) -> None:
    """Delete what was told of its incidents: SQLite gives their numbers to others."""
    team_id = Row.select(Row.team_id).where(Row.id == connection_id).scalar()
    opened = IncidentRow.select(IncidentRow.id).where(IncidentRow.connection_id == connection_id).tuples()
    posts.forget_incidents(team_id, [number for (number,) in cast("Iterable[tuple[int]]", list(opened))])


def set_first_day(connection_id: int, day: date | None) -> None:
    """Remember the first day of history; None while it is not known."""
    Row.update(first_day=day).where(Row.id == connection_id).execute()


def note_hourly_spend(connection_id: int, state: str) -> None:
    """Remember whether spend by the hour is OFFERED, or why not."""
    Row.update(hourly_spend=state).where((Row.id == connection_id) & (Row.hourly_spend != state)).execute()


def set_progress_message(connection_id: int, message: str) -> None:
    """Remember where the progress message is, `channel ts`, or that there is none any more."""
    Row.update(announced=message).where(Row.id == connection_id).execute()


def pause(connection: Connection, until: datetime) -> None:
    """Ask nothing of the provider before then."""
    Row.update(not_before=until).where(_same_key(connection)).execute()


def paused_until(connection_id: int) -> datetime | None:
    """When the provider may be asked again, None where it may be asked now."""
    return cast("datetime | None", Row.select(Row.not_before).where(Row.id == connection_id).scalar())


def is_paused(connection_id: int, now: datetime) -> bool:
    """Whether nothing may be asked of the provider for now."""
    return bool(_paused(connection_id, int(now.timestamp())).fetchone())


_paused = prepared(
    lambda connection_id, now: Row.select(Row.id).where((Row.id == connection_id) & (Row.not_before > now))
)


def clear_pause(connection_id: int) -> None:
    """Forget a pause, because somebody is waiting."""
    Row.update(not_before=None).where(Row.id == connection_id).execute()


def lease(worker: str, *, now: datetime, length: timedelta, due: Iterable[int]) -> Connection | None:
    """Take the turn for the first of the `due` connections that is free, None where others have them all.

    A key that is refused is asked about when its time comes.
    """
    moment, until = int(now.timestamp()), int((now + length).timestamp())
    for candidate in due:
        if _lease(worker, until, candidate, moment, moment).rowcount:
            return by_id(candidate)
    return None


_lease = prepared(
    lambda worker, until, candidate, now, also_now: Row.update(leased_by=worker, leased_until=until).where(
        (Row.id == candidate)
        & (Row.state != "disconnected")
        & ((Row.leased_until.is_null()) | (Row.leased_until <= now))
        & ((Row.not_before.is_null()) | (Row.not_before <= also_now))
    )
)


def renew_lease(connection: Connection, worker: str, *, now: datetime, length: timedelta) -> None:
    """Keep the turn. Raises LeaseLost where it has gone to another, or another key was entered."""
    until, named = int((now + length).timestamp()), int(connection.connected_at.timestamp())
    if not _renew(connection.id, named, worker, until).rowcount:
        raise LeaseLost(f"connection {connection.id} is another's now, or has another key")


_renew = prepared(
    lambda connection_id, connected_at, worker, until: Row.update(leased_until=until).where(
        (Row.id == connection_id)
        & (Row.connected_at == connected_at)
        & (Row.leased_by == worker)
        & (Row.state != "disconnected")
    )
)


def release(connection_id: int, worker: str) -> None:
    """Give the turn back."""
    mine = (Row.id == connection_id) & (Row.leased_by == worker)
    Row.update(leased_by="", leased_until=None).where(mine).execute()


def holders() -> set[str]:
    """The workers that have a turn, whether they still run or not."""
    held = Row.select(Row.leased_by).where(Row.leased_by != "").distinct().tuples()
    return {worker for (worker,) in cast("Iterable[tuple[str]]", held)}


def release_all(worker: str) -> None:
    """Give back every turn of a worker that is gone."""
    Row.update(leased_by="", leased_until=None).where(Row.leased_by == worker).execute()


def _read(where: Any) -> Iterator[Connection]:
    names = Connection.__struct_fields__
    query = Row.select(*[getattr(Row, name) for name in names]).where(where).order_by(Row.id).tuples()
    return (Connection(*row) for row in cast("Iterable[tuple[Any, ...]]", query))
