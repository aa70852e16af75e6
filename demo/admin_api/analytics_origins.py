"""Callers by the dimensions of analytics: actor, key, workspace, product and terms, one object for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from demo.admin_api.analytics_query import DIMENSIONS
from demo.company.rates import alias

if TYPE_CHECKING:
    from demo.company.organization import Organization
    from demo.company.workload import Extra, UsageRow

_PRODUCTS = {"code_execution": None, "session_usage": "managed_agents_api"}


@dataclass(frozen=True, eq=False)
class Origin:
    """The dimensions of a call; analytics have an early origin's figures before the others are complete."""

    values: dict[str, str | None]
    is_early: bool


class Origins:
    """The origins of an organization, one object each."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._keys = {key.id: key for key in organization.roster.keys}
        self._people = {person.id: person for person in organization.roster.people}
        self._origins: dict[object, Origin] = {}

    def of_row(self, row: UsageRow) -> Origin:
        """Return the origin of a row of usage."""
        place = (row[1:5], row.terms)
        if place not in self._origins:
            terms = row.terms
            self._origins[place] = self._origin(
                row.workspace_id, self._actor(row),
                api_key_id=row.api_key_id, product=self._product(row), model=alias(terms.model),
                context_window=terms.context_window, service_tier=terms.service_tier, speed=terms.speed,
                inference_geo=None if terms.inference_geo == "not_available" else terms.inference_geo,
            )  # fmt: skip
        return self._origins[place]

    def of_extra(self, extra: Extra) -> Origin:
        """Return the origin of code execution or of an agent's session."""
        place = (extra.workspace_id, extra.cost_type)
        if place not in self._origins:
            product = _PRODUCTS[extra.cost_type]
            self._origins[place] = self._origin(extra.workspace_id, None, product=product)
        return self._origins[place]

    def _origin(
        self, workspace_id: str | None, actor: dict[str, object] | None, **values: str | None
    ) -> Origin:
        roster = self._organization.roster
        dimensions = {
            **dict.fromkeys(DIMENSIONS["cost"]),
            **values,
            "workspace_id": workspace_id or roster.default_workspace.id,
            "organization_id": roster.organization_id,
        }
        if actor:
            ids = (actor.get(name) for name in ("user_id", "service_account_id", "api_key_id"))
            dimensions["actor"] = msgspec.json.encode(actor).decode()
            dimensions["actor_type"] = str(actor["type"])
            dimensions["actor_id"] = next((str(one) for one in ids if one), None)
        caller = "/".join(
            str(dimensions.get(name)) for name in ("api_key_id", "actor_id", "workspace_id", "product")
        )
        return Origin(dimensions, crc32(caller.encode()) % 2 == 0)

    def _actor(self, row: UsageRow) -> dict[str, object] | None:
        """The user, else the service account, else the cloud identity, else the key."""
        kind, identifier = self._principal(row)
        if kind == "user":
            person = self._people[identifier]
            return {
                "type": "user_actor", "user_id": person.id, "email_address": person.email,
                "name": person.name, "deleted": not person.listed,
            }  # fmt: skip
        if kind == "service_account":
            return {"type": "service_account_actor", "service_account_id": identifier}
        if row.api_key_id:
            return {"type": "api_actor", "api_key_id": row.api_key_id}
        if self._is_federated(row):
            subject = f"serviceAccount:research@{self._organization.name.lower()}.iam.gserviceaccount.com"
            provider = {"type": "gcp", "project_number": "402718281828"}
            return {"type": "federated_actor", "provider": provider, "subject": subject}
        return None

    def _principal(self, row: UsageRow) -> tuple[str, str]:
        if row.account_id:
            return "user", row.account_id
        if row.service_account_id:
            return "service_account", row.service_account_id
        key = self._keys.get(row.api_key_id or "")
        if key and key.principal:
            return key.principal
        creator = self._people.get((key and key.created_by) or "")
        return ("user", creator.id) if creator and creator.signs_in != "key_by_name" else ("", "")

    def _is_federated(self, row: UsageRow) -> bool:
        is_research = row.workspace_id == self._organization.roster.workspace_id("Research")
        return self._organization.habits.federated and is_research

    def _product(self, row: UsageRow) -> str:
        if row.terms.service_tier == "batch":
            return "message_batches_api"
        if row.workspace_id == self._organization.roster.workspace_id("Claude Code"):
            return "claude_code"
        has_credential = row.api_key_id or row.service_account_id or self._is_federated(row)
        return "messages_api" if has_credential else "claude_console"
