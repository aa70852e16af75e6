"""A team's settings: who can see what, and whose days its figures are of.

Until an admin saves any, everybody sees totals and their own; engineers by name are for admins.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from storage.engine.queries import query
from storage.engine.tables import AccessRow as Row

EVERYBODY: Final = "everybody"
ADMINS: Final = "admins"
_EVERY = "*"
_COLUMNS = (
    "cost",
    "cost_handle",
    "names",
    "names_handle",
    "channels",
    "naming",
    "decided_by",
    "decided_at",
    "calendar",
    "fiscal_month",
)


class Audience(msgspec.Struct, frozen=True):
    """`who` is everybody, admins, or a Slack user group's id; `handle` is the group's name at that time."""

    who: str = EVERYBODY
    handle: str = ""

    @property
    def group(self) -> str:
        """The group's id, "" if the audience is no group."""
        return "" if self.who in (EVERYBODY, ADMINS) else self.who


class Access(msgspec.Struct, frozen=True):
    """A team's settings: costs can go to `channels`, engineers' names to `naming`; None: every channel.

    `calendar` is the time zone whose days all figures are of; Anthropic bills UTC's. `fiscal_month` is the
    first month of the fiscal year, 0 if the team has none.
    """

    cost: Audience = Audience()
    names: Audience = Audience()
    channels: frozenset[str] | None = None
    naming: frozenset[str] | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    calendar: str = "UTC"
    fiscal_month: int = 0


UNDECIDED = Access(names=Audience(ADMINS), naming=frozenset())
"""The settings until an admin saves some: totals for everybody, names for admins, in no channel."""


def of_team(team_id: str) -> Access:
    """Return a team's settings, UNDECIDED if nobody saved any."""
    row = _of_team(team_id).fetchone()
    if row is None:
        return UNDECIDED
    cost, cost_handle, names, names_handle, channels, naming, by, at, calendar, fiscal_month = row
    decided_at = datetime.fromtimestamp(at, UTC) if at else None
    return Access(
        Audience(cost, cost_handle),
        Audience(names, names_handle),
        _set(channels),
        _set(naming),
        by,
        decided_at,
        calendar,
        fiscal_month,
    )


_of_team = query(f"SELECT {', '.join(_COLUMNS)} FROM access WHERE team_id = ?")


def decide(team_id: str, settings: Access, *, by: str, at: datetime) -> Access:
    """Replace a team's settings and return the earlier ones. Within a transaction."""
    before = of_team(team_id)
    values = (
        settings.cost.who,
        settings.cost.handle,
        settings.names.who,
        settings.names.handle,
        _text(settings.channels),
        _text(settings.naming),
        by,
        at,
        settings.calendar,
        settings.fiscal_month,
    )
    fresh = dict(zip(_COLUMNS, values, strict=True))
    Row.insert(team_id=team_id, **fresh).on_conflict(
        conflict_target=(Row.team_id,),
        update={getattr(Row, name): value for name, value in fresh.items()},
    ).as_rowcount().execute()
    return before


def _set(text: str) -> frozenset[str] | None:
    return None if text == _EVERY else frozenset(text.split())


def _text(channels: frozenset[str] | None) -> str:
    return _EVERY if channels is None else " ".join(sorted(channels))
