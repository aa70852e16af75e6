"""Installations of the app in one Slack team, or in all teams of an Enterprise Grid.

A team's own installation serves it, else that of its enterprise. A newer installation replaces an older one.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec

from storage.engine.queries import query
from storage.engine.secrets import Vault
from storage.engine.tables import GridTeamRow, database
from storage.engine.tables import InstallationRow as Row


class Installation(msgspec.Struct, frozen=True):
    """An installation of the app: where, when and by whom. `team_id` is "" for a whole enterprise."""

    id: int
    team_id: str
    enterprise_id: str
    name: str
    bot_user_id: str
    installed_by: str
    installed_at: datetime
    token_encrypted: bytes


def save(
    team_id: str,
    enterprise_id: str,
    *,
    name: str,
    bot_user_id: str,
    token: str,
    vault: Vault,
    by: str,
    at: datetime,
) -> Installation:
    """Store an installation in place of any earlier one; within a transaction."""
    same = (Row.team_id == team_id) if team_id else _of_enterprise(enterprise_id)
    Row.delete().where(same & (Row.enterprise_id != enterprise_id)).execute()
    fresh: dict[str, Any] = {
        "name": name,
        "bot_user_id": bot_user_id,
        "installed_by": by,
        "installed_at": at,
        "token_encrypted": vault.seal(token),
        "checked_at": at,
    }
    Row.insert(team_id=team_id, enterprise_id=enterprise_id, **fresh).on_conflict(
        conflict_target=(Row.team_id, Row.enterprise_id),
        update={getattr(Row, column): value for column, value in fresh.items()},
    ).as_rowcount().execute()
    return _read(same & (Row.enterprise_id == enterprise_id))[0]


def serving(team_id: str, enterprise_id: str, *, org_wide: bool = False) -> Installation | None:
    """Return the installation for a request: the team's (if `org_wide`, the enterprise's), else the other."""
    candidates = _installations(_serving(team_id, enterprise_id or "-").fetchall())
    return min(candidates, key=lambda each: bool(each.team_id) == org_wide, default=None)


def of_team(team_id: str) -> Installation | None:
    """Return the installation that serves a team when we know only the team."""
    grid = GridTeamRow.select(GridTeamRow.enterprise_id).where(GridTeamRow.team_id == team_id)
    own = (Row.team_id == team_id) & (Row.team_id != "")
    candidates = _read(own | ((Row.team_id == "") & (Row.enterprise_id << grid)))
    return min(candidates, key=lambda each: not each.team_id, default=None)


def own_of(team_id: str) -> Installation | None:
    """Return the installation in this team alone, None if it has none of its own."""
    return next(iter(_read((Row.team_id == team_id) & (Row.team_id != ""))), None)


def every() -> list[Installation]:
    """Return all installations."""
    return _read(Row.id.is_null(is_null=False))


def add_grid_team(team_id: str, enterprise_id: str) -> bool:
    """Record that an enterprise's installation serves a team; return whether that is new."""
    same = (GridTeamRow.team_id == team_id) & (GridTeamRow.enterprise_id == enterprise_id)
    if GridTeamRow.select().where(same).exists():
        return False
    GridTeamRow.insert(team_id=team_id, enterprise_id=enterprise_id).on_conflict(
        conflict_target=(GridTeamRow.team_id,), update={GridTeamRow.enterprise_id: enterprise_id}
    ).as_rowcount().execute()
    return True


def remove_grid_team(team_id: str) -> None:
    """Delete the record that an enterprise's installation serves a team."""
    GridTeamRow.delete().where(GridTeamRow.team_id == team_id).execute()


def remove(installation: Installation) -> Sequence[str]:
    """Delete an installation and its token, unless a newer one replaced it.

    Return the teams that no installation serves any longer. Within a transaction.
    """
    same = (Row.id == installation.id) & (Row.token_encrypted == installation.token_encrypted)
    if not Row.delete().where(same).execute():
        return []
    teams = [installation.team_id] if installation.team_id else teams_of(installation.enterprise_id)
    return [team for team in teams if of_team(team) is None]


def teams_of(enterprise_id: str) -> list[str]:
    """Return an enterprise's teams that used its installation."""
    query = GridTeamRow.select(GridTeamRow.team_id).where(GridTeamRow.enterprise_id == enterprise_id)
    return sorted(team for (team,) in cast("Iterable[tuple[str]]", query.tuples()))


def take_unchecked(*, now: datetime, every: timedelta) -> Installation | None:
    """Claim an installation whose token nobody checked for `every`; only one process gets it."""
    for installation in _read(Row.checked_at <= now - every):
        mine = (Row.id == installation.id) & (Row.checked_at <= now - every)
        if Row.update(checked_at=now).where(mine).execute():
            return installation
    return None


def _of_enterprise(enterprise_id: str) -> Any:
    return (Row.team_id == "") & (Row.enterprise_id == enterprise_id)


_serving = query(f"""
    SELECT {", ".join(Installation.__struct_fields__)} FROM installation
    WHERE (team_id = ? AND team_id != '') OR (team_id = '' AND enterprise_id = ?)
""")


def _read(where: Any) -> list[Installation]:
    columns = [getattr(Row, name) for name in Installation.__struct_fields__]
    return _installations(database.execute(Row.select(*columns).where(where).order_by(Row.id)).fetchall())


def _installations(rows: Iterable[tuple[Any, ...]]) -> list[Installation]:
    return [_installation(*row) for row in rows]


def _installation(*row: Any) -> Installation:
    *plain, installed_at, sealed = row
    values: tuple[Any, ...] = (*plain, datetime.fromtimestamp(installed_at, UTC), bytes(sealed))
    return Installation(*values)
