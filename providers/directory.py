"""Directory: the names behind the ids."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

EntryKind = Literal["workspace", "api_key", "user"]
ANYWHERE = "*"  # the workspace of a key that is the organization's: each call has its own


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A workspace, an API key or a user. What is listed once is remembered after it is gone.

    `owner_id` is the user or service account a key belongs to: its principal, else who made it.
    `workspace_id` is a key's: None is the default workspace, ANYWHERE that of a key of the organization.
    `hint` is a key's visible part.
    """

    id: str
    kind: EntryKind
    name: str
    created_at: datetime | None = None
    email: str | None = None
    status: str | None = None
    workspace_id: str | None = None
    owner_id: str | None = None
    hint: str | None = None


class Directory:
    """Names and owners by id. What is not listed is called by its id."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._people = {e.email.casefold(): e for e in self._entries.values() if e.email}
        self._keys: dict[str, set[str | None]] = {}
        for entry in self._entries.values():
            if entry.kind == "api_key":
                self._keys.setdefault(entry.name, set()).add(entry.owner_id)

    def name(self, id: str) -> str:  # noqa: A002 - it is an id
        """What people call it; a person by name, else by e-mail."""
        entry = self._entries.get(id) or self._people.get(id)
        return entry.name if entry else id

    def engineer_of(self, caller_id: str | None) -> str | None:
        """The canonical e-mail of whoever a caller belongs to, a service account's id, or None."""
        if caller_id is None:
            return None
        entry = self._entries.get(caller_id)
        owner = entry.owner_id if entry and entry.kind == "api_key" else caller_id
        if owner is None or owner.startswith("svac_"):
            return owner
        person = self._entries.get(owner)
        if person and person.email:
            return person.email.casefold()
        return owner if owner.startswith("user_") else None

    def engineer_of_key_named(self, name: str) -> str | None:
        """The owner of the keys of that name, None where they have several owners or none is known."""
        owners = self._keys.get(name, set())
        return self.engineer_of(next(iter(owners))) if len(owners) == 1 else None

    def workspaces_of_keys(self) -> dict[str, str | None]:
        """The workspace of every key that belongs to one, which it keeps for life."""
        keys = (entry for entry in self._entries.values() if entry.kind == "api_key")
        return {key.id: key.workspace_id for key in keys if key.workspace_id != ANYWHERE}

    def claude_code_workspaces(self) -> frozenset[str]:
        """The workspaces that Claude Code's sign-in made: one, by its name."""
        named = (e for e in self._entries.values() if e.kind == "workspace" and e.name == "Claude Code")
        return frozenset(entry.id for entry in named)

    def earliest(self) -> datetime | None:
        """When the first thing that is still listed was made: a hint at the organization's first day."""
        return min((e.created_at for e in self._entries.values() if e.created_at), default=None)
