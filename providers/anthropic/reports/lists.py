"""The lists behind the ids: workspaces (archived and default too), API keys in every state, users.

Shapes: https://platform.claude.com/docs/en/manage-claude/admin-api; a key's place and owner differ between
versions 2023-06-01 (`workspace_id`, null for the default workspace) and 2026-10-21 (`scope`). No list says
when the organization began; the cap of its usage tier is as old as it, where spend limits may be read.
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

FOUNDED = 2021  # Anthropic; nothing of it is older
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
    """A user or a service account, in any of the shapes that point at one."""

    id: str | None = None
    user_id: str | None = None
    service_account_id: str | None = None

    @property
    def target(self) -> str | None:
        """The id pointed at."""
        return self.id or self.user_id or self.service_account_id


class Scope(msgspec.Struct, gc=False):
    """Where a key lives, in version 2026-10-21."""

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
    """Get every workspace, key and user, and a note for each list that is not offered.

    The default workspace's real id is the one called `Default`.
    """
    both = [("include_archived", "true"), ("include_default", "true")]
    notes: list[Note] = []
    workspaces = [_workspace(row) for row in _listed(api, "workspaces", both, Workspace, notes)]
    default = {entry.id for entry in workspaces if entry.name == "Default"}
    keys = [_key(row, default) for row in _listed(api, "api_keys", (), ApiKey, notes)]
    users = [_user(row) for row in _listed(api, "users", (), User, notes)]
    return DirectoryReported([*workspaces, *keys, *users], notes)


def _listed(api: AdminApi, name: str, params: Params, kind: type[L], notes: list[Note]) -> list[L]:
    """Every thing of a list once, as it was said last; a list that is not offered is empty, and noted."""
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
    """A thing of a list; where not all of it can be read, its id and name; None where not even that."""
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
    """Fetch when the organization began, as an entry of its own. Raises NotOffered."""
    asked = (("scope_type[]", "usage_tier"), ("limit", "1000"))
    limits = [_read(raw, SpendLimit) for raw in api.records(SPEND_LIMITS, asked)]
    began = [_since(row.created_at) for row in limits if row and row.scope and row.scope.type == "usage_tier"]
    known = [moment for moment in began if moment]
    return [Entry("organization", "organization", "Organization", min(known))] if known else []


def _since(moment: datetime | None) -> datetime | None:
    """When something was made; None where that cannot be: history would be walked back to it."""
    try:
        return moment.astimezone(UTC) if moment and moment.year >= FOUNDED else None
    except OverflowError:
        return None


def _workspace(row: Workspace) -> Entry:
    status = "archived" if row.archived_at else "active"
    return Entry(
        id=row.id, kind="workspace", name=row.name or row.id, created_at=_since(row.created_at), status=status
    )


def _key(row: ApiKey, default: AbstractSet[str]) -> Entry:
    owner = row.principal or row.created_by
    return Entry(
        id=row.id,
        kind="api_key",
        name=row.name or row.id,
        created_at=_since(row.created_at),
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
        created_at=_since(row.added_at),
        email=email or None,
        status=row.role,
    )
