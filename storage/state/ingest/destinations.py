"""The destination that we made at Anthropic for the API's own telemetry: one of a team."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import msgspec

from storage.engine.tables import TelemetryDestinationRow as Row


class KeptDestination(msgspec.Struct, frozen=True):
    """A destination by Anthropic's id. `state` is "" while it is enabled, else why not."""

    connection_id: int
    destination_id: str
    token_id: int
    state: str
    detail: str
    created_by: str
    checked_at: datetime


def keep(destination: KeptDestination) -> None:
    """Store a destination in place of the team's former one; within a transaction."""
    Row.delete().where(Row.connection_id == destination.connection_id).execute()
    Row.insert(**msgspec.structs.asdict(destination)).execute()


def note(connection_id: int, *, state: str, detail: str, at: datetime) -> None:
    """Store how a destination is now; within a transaction."""
    Row.update(state=state, detail=detail, checked_at=at).where(Row.connection_id == connection_id).execute()


def of(connection_id: int) -> KeptDestination | None:
    """Return the destination of a telemetry connection, None if we made none."""
    return next(iter(_read(Row.connection_id == connection_id)), None)


def every() -> list[KeptDestination]:
    """Return all destinations."""
    return _read(Row.connection_id > 0)


def _read(where: object) -> list[KeptDestination]:
    columns = [getattr(Row, name) for name in KeptDestination.__struct_fields__]
    rows = cast("Iterable[tuple[Any, ...]]", Row.select(*columns).where(where).tuples())
    return [KeptDestination(*row) for row in rows]
