"""Directory: the names behind the ids, and whose calls are whose."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from providers.caller import caller

K = TypeVar("K")
T = TypeVar("T")
EntryKind = Literal["workspace", "api_key", "user", "service_account", "organization"]
Link = Literal["actor", "assigned", "principal", "claude_code_key", "creator", "key_name"]
"""What ties a call to an engineer, the surest first: the provider names the person; an admin assigned the
key; the key acts as the person; Claude Code made the key for the person; the person made the key; the name
that Claude Code gave the key holds that of a person whom the lists or its own report name."""

CLAUDE_CODE_WORKSPACE = "Claude Code"  # made by the first sign-in; each member gets one key in it
_CLAUDE_CODE_KEY = re.compile(r"claude_code_key_(.+)_[^_]+")
_KINDS = {"svac_": "Service account", "user_": "Former member"}
ANYWHERE = "*"  # the workspace of a key that is the organization's: each call has its own


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A workspace, an API key, a user or the organization; remembered after it is listed no more.

    `owner_id` is the user or service account a key belongs to, and `owner_is` how: its principal, else who
    made it.
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
    owner_is: Literal["principal", "creator"] | None = None


class Owner(msgspec.Struct, frozen=True):
    """Whose calls: a canonical e-mail, a service account's or an unknown user's id, and how that is known."""

    id: str
    link: Link


class _Memo(dict[K, T]):
    """What a function says of each text, asked once."""

    def __init__(self, say: Callable[[K], T]) -> None:
        super().__init__()
        self._say = say

    def __missing__(self, text: K) -> T:
        self[text] = said = self._say(text)
        return said


class Directory:
    """Names and owners by id. What is not listed is called by its id.

    `assigned` are the keys an admin gave to somebody: key id to owner id. `owners` tell of every caller whose
    calls these are, `engineers` the owner's id or else the reason why there is none; both look it up once.
    """

    def __init__(self, entries: Iterable[Entry], assigned: Mapping[str, str] | None = None) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._assigned = assigned or {}
        self._people = _by_email(self._entries.values())
        self._by_local_part = _unique((email.partition("@")[0], email) for email in self._people)
        self._claude_code = self.claude_code_workspaces()
        self._names = _Memo(self._name)
        self.owners: Mapping[str | None, Owner | None] = _Memo(self._owner)
        self.engineers: Mapping[str | None, str | None] = _Memo(self._engineer)
        self._named: dict[str, set[str | None]] = {}
        for entry in self.keys():
            owner = self._owner_of_key(entry.id)
            self._named.setdefault(entry.name, set()).add(owner.id if owner else None)

    def keys(self) -> list[Entry]:
        """Every API key, in the order listed."""
        return [entry for entry in self._entries.values() if entry.kind == "api_key"]

    def has_person(self, email: str) -> bool:
        """Whether somebody has that e-mail address."""
        return email.casefold() in self._people

    def people(self) -> list[Entry]:
        """Everybody with an e-mail address."""
        return list(self._people.values())

    def name(self, id: str) -> str:  # noqa: A002 - it is an id
        """What people call it; a person by name, else by e-mail; who has no name, by what they are."""
        return self._names[id]

    def _name(self, id: str) -> str:  # noqa: A002 - it is an id
        entry = self._people.get(id) or self._entries.get(id)
        return entry.name if entry else _nameless(id)

    def is_archived(self, id: str) -> bool:  # noqa: A002 - it is an id
        """Whether a workspace or a key is listed as no longer in use."""
        entry = self._entries.get(id)
        return entry is not None and entry.status == "archived"

    def owner_of(self, caller_id: str | None) -> Owner | None:
        """Whose calls a caller's are, None where nobody can be named."""
        return self.owners[caller_id]

    def _owner(self, caller_id: str | None) -> Owner | None:
        called = caller(caller_id)
        if called.actor:
            return Owner(self._canonical(called.actor), "actor")
        return self._owner_of_key(called.key) if called.key else None

    def _engineer(self, caller_id: str | None) -> str | None:
        nobody = caller_id if caller(caller_id).reason else None
        return self.engineer_of(caller_id) or nobody

    def engineer_of(self, caller_id: str | None) -> str | None:
        """The canonical e-mail of whoever a caller belongs to, a service account's id, or None."""
        owner = self.owner_of(caller_id)
        return owner.id if owner else None

    def engineer_of_key_named(self, name: str) -> str | None:
        """The owner of the keys of that name, None where they have several owners or none is known."""
        owners = self._named.get(name, {None})
        return None if len(owners) > 1 else next(iter(owners)) or self._whose_name(name)

    def _owner_of_key(self, key_id: str) -> Owner | None:
        if key_id in self._assigned:
            return Owner(self._canonical(self._assigned[key_id]), "assigned")
        key = self._entries.get(key_id)
        if key is None:
            return None
        for_one = key.workspace_id in self._claude_code
        owner = self._canonical(key.owner_id) if key.owner_id else None
        if owner and "@" in owner:
            known: Link = "principal" if key.owner_is == "principal" else "creator"
            return Owner(owner, "claude_code_key" if for_one else known)
        email = self._whose_name(key.name) if for_one else None
        if email:
            return Owner(email, "key_name")
        return Owner(owner, "principal" if key.owner_is == "principal" else "creator") if owner else None

    def _whose_name(self, key_name: str) -> str | None:
        """The one person whose name is in that of a key that Claude Code made."""
        found = _CLAUDE_CODE_KEY.fullmatch(key_name)
        return self._by_local_part.get(found[1].casefold()) if found else None

    def _canonical(self, id_: str) -> str:
        """A person's e-mail address where it is known, whatever stands for them."""
        person = self._entries.get(id_)
        return person.email.casefold() if person and person.email else id_

    def workspaces_of_keys(self) -> dict[str, str | None]:
        """The workspace of every key that belongs to one, which it keeps for life."""
        return {key.id: key.workspace_id for key in self.keys() if key.workspace_id != ANYWHERE}

    def claude_code_workspaces(self) -> frozenset[str]:
        """The workspaces that Claude Code's sign-in made: one, by its name."""
        return self._workspaces_named(CLAUDE_CODE_WORKSPACE)

    def default_workspaces(self) -> frozenset[str]:
        """The default workspace's own id, which the legacy reports leave out."""
        return self._workspaces_named("Default")

    def _workspaces_named(self, name: str) -> frozenset[str]:
        named = (e for e in self._entries.values() if e.kind == "workspace" and e.name == name)
        return frozenset(entry.id for entry in named)

    def earliest(self) -> datetime | None:
        """When the organization or the first thing still listed was made: a hint at the first day."""
        return min((e.created_at for e in self._entries.values() if e.created_at), default=None)


def _nameless(id_: str) -> str:
    """Nobody's name is in an id; its end tells two of a kind apart."""
    if id_.startswith("federated:"):
        _, cloud, subject = id_.split(":", 2)
        return f"{subject} ({cloud})"
    kind = next((words for prefix, words in _KINDS.items() if id_.startswith(prefix)), "")
    return f"{kind} …{id_[-4:]}" if kind else id_


def entry_of_reported_email(email: str) -> Entry:
    """Somebody whom no list has any more, or not yet: a report tells the address and nothing else."""
    return Entry(email.casefold(), "user", email.casefold(), email=email.casefold())


def _by_email(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Who has which address; somebody who is listed before the same person named by a report."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.email and (entry.email.casefold() not in found or entry.id != entry.email.casefold()):
            found[entry.email.casefold()] = entry
    return found


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose first part no other has."""
    found: dict[str, str | None] = {}
    for name, value in pairs:
        found[name] = None if name in found else value
    return {name: value for name, value in found.items() if value is not None}
