"""The names behind ids: workspaces (also archived and default ones), API keys in every state, users.

Shapes: https://platform.claude.com/docs/en/manage-claude/admin-api; a key's workspace and owner differ
between versions 2023-06-01 (`workspace_id`, null for the default workspace) and 2026-10-21 (`scope`). No
list says when the organization began, but the spend limit of its usage tier is as old as the organization.
"""

from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import structs

from providers.anthropic.http.admin_api import AdminApi, Params
from providers.anthropic.http.reading import Moment
from providers.anthropic.http.statuses import ME, SPEND_LIMITS
from providers.directory import ANYWHERE, Entry
from providers.note import Note
from providers.provider import DirectoryReported, NotOffered, Organization

FOUNDED = 2021  # the year of Anthropic's founding: an earlier date in a list is an error
Id = Annotated[str, msgspec.Meta(min_length=1)]
_LISTS = {"workspaces": "workspaces", "api_keys": "API keys", "users": "users"}


class Me(msgspec.Struct, gc=False):
    """The organization of a key."""

    id: Id
    name: str | None = None


class Workspace(msgspec.Struct, gc=False):
    """A workspace."""

    id: Id
    name: str | None = None
    created_at: Moment | None = None
    archived_at: Moment | None = None


class User(msgspec.Struct, gc=False):
    """A member."""

    id: Id
    name: str | None = None
    email: str | None = None
    role: str | None = None
    added_at: Moment | None = None


class Reference(msgspec.Struct, gc=False):
    """A reference to a user or a service account, in any of the API's shapes."""

    id: str | None = None
    user_id: str | None = None
    service_account_id: str | None = None

    @property
    def target(self) -> str | None:
        """The id of the user or service account."""
        return self.id or self.user_id or self.service_account_id


class Scope(msgspec.Struct, gc=False):
    """The reach of a key in version 2026-10-21, or of a spend limit."""

    type: str
    workspace_id: str | None = None


class ApiKey(msgspec.Struct, gc=False):
    """An API key, in either version's shape."""

    id: Id
    name: str | None = None
    status: str | None = None
    created_at: Moment | None = None
    workspace_id: str | None = None
    scope: Scope | None = None
    created_by: Reference | None = None
    principal: Reference | None = None
    partial_key_hint: str | None = None


class SpendLimit(msgspec.Struct, gc=False):
    """A cap on spend."""

    id: str = ""
    scope: Scope | None = None
    created_at: Moment | None = None


L = TypeVar("L", Workspace, User, ApiKey, SpendLimit)


def organization(api: AdminApi) -> Organization:
    """Fetch the organization of the key, which is the cheapest proof that it works."""
    me = api.one(ME, Me)
    return Organization(id=me.id, name=me.name or me.id)


def fetch(api: AdminApi) -> DirectoryReported:
    """Fetch every workspace, key and user, with a note on each list that is not offered or partly unreadable.

    The workspace named `Default` is the default workspace, under its own id.
    """
    both = [("include_archived", "true"), ("include_default", "true")]
    notes: list[Note] = []
    workspaces = [_workspace(row) for row in _listed(api, "workspaces", both, Workspace, notes)]
    default = {entry.id for entry in workspaces if entry.name == "Default"}
    keys = [_key(row, default) for row in _listed(api, "api_keys", (), ApiKey, notes)]
    users = [_user(row) for row in _listed(api, "users", (), User, notes)]
    return DirectoryReported([*workspaces, *keys, *users], notes)


def _listed(api: AdminApi, name: str, params: Params, kind: type[L], notes: list[Note]) -> list[L]:
    """Return the things of a list, the last of those with one id; none, and a note, if it is not offered."""
    try:
        raw = api.listing(f"/v1/organizations/{name}", params)
    except NotOffered as error:
        notes.append(Note(f"The list of {_LISTS[name]} is not offered to this key ({error})."))
        return []
    rows = [_read(row, kind) for row in raw]
    if None in rows:
        notes.append(Note(f"Anthropic's list of {_LISTS[name]} has some that cannot be read."))
    return list({row.id: row for row in rows if row is not None}.values())


def _read(raw: msgspec.Raw, kind: type[L]) -> L | None:
    """Decode a thing of a list, without its unreadable fields; None if the id is one of these."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        pass
    try:
        return msgspec.convert(_without(msgspec.json.decode(raw, type=dict[str, Any]), kind), kind)
    except msgspec.ValidationError:
        return None


def _without(row: dict[str, Any], kind: type[L]) -> dict[str, Any]:
    """Return the readable fields of a row."""
    fields = {each.encode_name: each.type for each in structs.fields(kind)}
    return {name: value for name, value in row.items() if name in fields and _fits(value, fields[name])}


def _fits(value: Any, kind: Any) -> bool:  # noqa: ANN401 - JSON, and a type
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def founding(api: AdminApi) -> list[Entry]:
    """Fetch when the organization began, as a list of one entry, empty if unknown. Raises NotOffered."""
    params = (("scope_type[]", "usage_tier"), ("limit", "1000"))
    limits = [_read(raw, SpendLimit) for raw in api.records(SPEND_LIMITS, params)]
    tiers = [row for row in limits if row and row.scope and row.scope.type == "usage_tier"]
    moments = [moment for row in tiers if (moment := _created_at(row.created_at))]
    return [Entry("organization", "organization", "Organization", min(moments))] if moments else []


def _created_at(moment: datetime | None) -> datetime | None:
    """Return a creation time in UTC, None for an impossible one: the backfill would go back to it."""
    try:
        return moment.astimezone(UTC) if moment and moment.year >= FOUNDED else None
    except OverflowError:
        return None


def _workspace(row: Workspace) -> Entry:
    status = "archived" if row.archived_at else "active"
    return Entry(
        id=row.id,
        kind="workspace",
        name=row.name or row.id,
        created_at=_created_at(row.created_at),
        status=status,
    )


def _key(row: ApiKey, default: AbstractSet[str]) -> Entry:
    owner = row.principal or row.created_by
    return Entry(
        id=row.id,
        kind="api_key",
        name=row.name or row.id,
        created_at=_created_at(row.created_at),
        status=row.status,
        workspace_id=_place(row, default),
        owner_id=owner.target if owner else None,
        hint=row.partial_key_hint,
        owner_is=None if owner is None else "principal" if row.principal else "creator",
    )


def _place(row: ApiKey, default: AbstractSet[str]) -> str | None:
    if row.scope is None:
        return row.workspace_id
    if row.scope.workspace_id is None:
        return ANYWHERE
    return None if row.scope.workspace_id in default else row.scope.workspace_id  # reports say null


def _user(row: User) -> Entry:
    name, email = (row.name or "").strip(), (row.email or "").strip()
    return Entry(
        id=row.id,
        kind="user",
        name=name or email or row.id,
        created_at=_created_at(row.added_at),
        email=email or None,
        status=row.role,
    )
