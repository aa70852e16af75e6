"""The lists behind the ids: workspaces (archived and default too), API keys in every state, users.

Shapes: https://platform.claude.com/docs/en/manage-claude/admin-api; a key's place and owner differ between
versions 2023-06-01 (`workspace_id`, null for the default workspace) and 2026-10-21 (`scope`). No list says
when the organization began; the cap of its usage tier is as old as it, where spend limits may be read.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeVar

import msgspec

from providers.anthropic.admin_api import AdminApi, Params
from providers.anthropic.statuses import ME, SPEND_LIMITS
from providers.directory import ANYWHERE, Entry
from providers.note import Note
from providers.provider import DirectoryReported, NotOffered, Organization

T = TypeVar("T")
_LISTS = {"workspaces": "workspaces", "api_keys": "API keys", "users": "users"}


class Me(msgspec.Struct, gc=False):
    """The organization of a key."""

    id: str
    name: str


class Workspace(msgspec.Struct, gc=False):
    """A workspace."""

    id: str
    name: str
    created_at: datetime | None = None
    archived_at: datetime | None = None


class User(msgspec.Struct, gc=False):
    """A member."""

    id: str
    name: str | None = None
    email: str | None = None
    role: str | None = None
    added_at: datetime | None = None


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

    id: str
    name: str
    status: str | None = None
    created_at: datetime | None = None
    workspace_id: str | None = None
    scope: Scope | None = None
    created_by: Reference | None = None
    principal: Reference | None = None
    partial_key_hint: str | None = None


class SpendLimit(msgspec.Struct, gc=False):
    """A cap on spend."""

    scope: Scope
    created_at: datetime | None = None


def organization(api: AdminApi) -> Organization:
    """Whose key this is; the cheapest proof that it works."""
    me = api.one(ME, Me)
    return Organization(id=me.id, name=me.name)


def fetch(api: AdminApi) -> DirectoryReported:
    """Get every workspace, key and user, and a note for each list that is not offered.

    The default workspace's real id is the one called `Default`.
    """
    both = [("include_archived", "true"), ("include_default", "true")]
    notes: list[Note] = []

    def listed(name: str, params: Params, kind: type[T]) -> list[T]:
        try:
            return list(api.listing(f"/v1/organizations/{name}", params, kind))
        except NotOffered as error:
            notes.append(Note(f"The list of {_LISTS[name]} is not offered to this key ({error})."))
            return []

    workspaces = [_workspace(row) for row in listed("workspaces", both, Workspace)]
    default = {entry.id for entry in workspaces if entry.name == "Default"}
    keys = [_key(row, default) for row in listed("api_keys", (), ApiKey)]
    users = [_user(row) for row in listed("users", (), User)]
    return DirectoryReported([*workspaces, *keys, *users], notes)


def founding(api: AdminApi) -> list[Entry]:
    """Get when the organization began, as an entry of its own. Raises NotOffered."""
    asked = (("scope_type[]", "usage_tier"), ("limit", "1000"))
    limits = api.pages(SPEND_LIMITS, asked, SpendLimit)
    began = [row.created_at for row in limits if row.scope.type == "usage_tier" and row.created_at]
    return [Entry("organization", "organization", "Organization", min(began))] if began else []


def _workspace(row: Workspace) -> Entry:
    status = "archived" if row.archived_at else "active"
    return Entry(id=row.id, kind="workspace", name=row.name, created_at=row.created_at, status=status)


def _key(row: ApiKey, default: AbstractSet[str]) -> Entry:
    owner = row.principal or row.created_by
    return Entry(
        id=row.id,
        kind="api_key",
        name=row.name,
        created_at=row.created_at,
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
    return Entry(
        id=row.id,
        kind="user",
        name=row.name or row.email or row.id,
        created_at=row.added_at,
        email=row.email,
        status=row.role,
    )
