"""The directory endpoints of the simulated Admin API, in the shapes of both versions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from demo.admin_api.query import ApiError, Query, invalid

if TYPE_CHECKING:
    from datetime import datetime

    from demo.company.organization import Organization
    from demo.company.roster import ApiKey, Person, Workspace

_ROLES = ("user", "developer", "billing", "admin", "claude_code_user")
_STATUSES = ("active", "inactive", "archived", "expired")
_PAGING = ("limit", "after_id", "before_id")
_RENAMED_PRINCIPALS = {"user": "user_id", "service_account": "service_account_id"}

_SPEND_LIMITS = "spend-limit-reads-2026-09-26"
_SCOPES = ("organization", "workspace", "usage_tier")

NEW_VERSION = "2026-10-21"


def me(organization: Organization, query: Query) -> dict[str, Any]:
    """Answer /organizations/me."""
    query.check(())
    return {"id": organization.roster.organization_id, "name": organization.name, "type": "organization"}


def users(organization: Organization, query: Query) -> dict[str, Any]:
    """Answer /users: whoever was removed is gone."""
    query.check((*_PAGING, "email", "roles[]"))
    roles, email = query.choices("roles[]", _ROLES), query.one("email")
    kept = (
        _user(person)
        for person in organization.roster.people
        if person.listed and (not roles or person.role in roles) and email in {None, person.email}
    )
    return _page(query, list(kept))


def workspaces(organization: Organization, query: Query) -> dict[str, Any]:
    """Answer /workspaces: neither archived ones nor the default one unless asked for."""
    query.check((*_PAGING, "include_archived", "include_default", "ids[]"))
    archived, default, ids = (
        query.flag("include_archived"),
        query.flag("include_default"),
        query.many("ids[]"),
    )
    kept = (
        _workspace(workspace, query.version)
        for workspace in organization.roster.workspaces
        if (archived or not workspace.archived_at)
        and (default or not workspace.default)
        and (not ids or workspace.id in ids)
    )
    return _page(query, list(kept))


def workspace(organization: Organization, query: Query, identifier: str) -> dict[str, Any]:
    """Answer /workspaces/{id}, also for the default one and for archived ones."""
    query.check(())
    for one in organization.roster.workspaces:
        if one.id == identifier:
            return _workspace(one, query.version)
    raise ApiError(404, "not_found_error", "Workspace not found")


def api_keys(organization: Organization, query: Query) -> dict[str, Any]:
    """Answer /api_keys: deleted ones are gone though usage still names them."""
    query.check((*_PAGING, "status", "workspace_id", "created_by_user_id"))
    status = query.choice("status", _STATUSES, default="active") if query.one("status") else None
    default_id, workspace_id, creator = (
        organization.roster.default_workspace.id, query.one("workspace_id"), query.one("created_by_user_id"),
    )  # fmt: skip
    kept = (
        _api_key(key, query.version, default_id)
        for key in organization.roster.keys
        if key.listed
        and status in {None, key.status}
        and workspace_id in {None, key.workspace_id or default_id}
        and creator in {None, key.created_by}
    )
    return _page(query, list(kept))


def spend_limits(organization: Organization, query: Query) -> dict[str, Any]:
    """Answer /spend_limits: the cap of the usage tier is as old as the organization."""
    query.check(("limit", "page", "scope_type[]", "workspace_id"))
    if _SPEND_LIMITS not in query.betas:
        raise invalid(f"This endpoint requires the {_SPEND_LIMITS} beta header.")
    wanted, workspace_id = query.choices("scope_type[]", _SCOPES) or _SCOPES, query.one("workspace_id")
    limit, offset = query.limit(default=20, maximum=1000), int(query.position() or 0)
    rows = [
        row
        for row in _spend_limits(organization.roster.default_workspace.created_at)
        if row["scope"]["type"] in wanted and workspace_id is None
    ]
    more = offset + limit < len(rows)
    following = query.cursor(str(offset + limit)) if more else None
    return {"data": rows[offset : offset + limit], "has_more": more, "next_page": following}


def _spend_limits(founded: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": f"spl_01{scope.title().replace('_', '')}",
            "type": "spend_limit",
            "amount": amount,
            "currency": "USD",
            "period": "monthly",
            "scope": {"type": scope},
            "is_enabled": True,
            "created_at": _iso(since),
            "updated_at": _iso(since),
        }
        for scope, amount, since in (
            ("organization", None, founded + timedelta(days=20)),
            ("usage_tier", "20000000", founded),
        )
    ]


def _page(query: Query, rows: list[dict[str, Any]]) -> dict[str, Any]:
    limit = query.limit(default=20, maximum=1000)
    after, before = query.one("after_id"), query.one("before_id")
    if after and before:
        raise invalid("after_id and before_id cannot be combined")
    places = {row["id"]: place for place, row in enumerate(rows)}
    for name, value in (("after_id", after), ("before_id", before)):
        if value and value not in places:
            raise invalid(f"{name}: No such object: {value}")
    start = places[after] + 1 if after else max(0, places[before] - limit) if before else 0
    end = min(start + limit, places[before]) if before else start + limit
    page = rows[start:end]
    return {
        "data": page,
        "has_more": start > 0 if before else end < len(rows),
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }


def _user(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "type": "user",
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "added_at": _iso(person.added_at),
    }


def _workspace(workspace: Workspace, version: str) -> dict[str, Any]:
    row = {
        "id": workspace.id,
        "type": "workspace",
        "name": workspace.name,
        "created_at": _iso(workspace.created_at),
        "archived_at": _iso(workspace.archived_at),
        "display_color": workspace.color,
        "compartment_id": None,
        "external_key_id": None,
        "tags": {},
        "data_residency": {
            "workspace_geo": "us",
            "allowed_inference_geos": "unrestricted",
            "default_inference_geo": "global",
        },
    }
    return {**row, "user_profile_id": None} if version == NEW_VERSION else row


def _api_key(key: ApiKey, version: str, default_id: str) -> dict[str, Any]:
    row = {
        "id": key.id,
        "type": "api_key",
        "name": key.name,
        "status": key.status,
        "created_at": _iso(key.created_at),
        "expires_at": _iso(key.expires_at),
        "partial_key_hint": key.hint,
        "created_by": {"id": key.created_by, "type": "user"} if key.created_by else None,
        "principal": _principal(key, version),
    }
    if version == NEW_VERSION:
        return {**row, "scope": {"type": "workspace", "workspace_id": key.workspace_id or default_id}}
    return {**row, "workspace_id": key.workspace_id}


def _principal(key: ApiKey, version: str) -> dict[str, str] | None:
    if not key.principal:
        return None
    kind, identifier = key.principal
    if version == NEW_VERSION:
        return {"type": f"{kind}_actor", _RENAMED_PRINCIPALS[kind]: identifier}
    return {"id": identifier, "type": kind}


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else None
