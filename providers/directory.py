"""Directory: names by id, and the owner of every call."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Literal, TypeVar

import msgspec

from providers.caller import caller

K = TypeVar("K")
T = TypeVar("T")
EntryKind = Literal["workspace", "api_key", "user", "service_account", "organization"]
Link = Literal["actor", "assigned", "principal", "claude_code_key", "creator", "key_name"]
"""How we know a call's engineer, most reliable first: the provider names the person; an admin assigned the
key; the key acts as the person; Claude Code created the key for the person; the person created the key; the
name that Claude Code gave the key contains the name of a person in the lists or in its own report."""

CLAUDE_CODE_WORKSPACE = "Claude Code"  # the first sign-in creates it; each member gets one key in it
_CLAUDE_CODE_KEY = re.compile(r"claude_code_key_(.+)_[^_]+")
_KINDS = {"svac_": "Service account", "user_": "Former member"}
ANYWHERE = "*"  # the workspace of an organization-wide key, whose calls each name their own


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A workspace, an API key, a user or the organization; we keep it after it is no longer listed.

    `owner_id` is the user or service account that owns a key, and `owner_is` how: as its principal, else as
    its creator. `workspace_id` is a key's: None is the default workspace, ANYWHERE that of a key of the
    organization. `hint` is a key's visible part.
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
    """A call's owner, by canonical e-mail or the id of a service account or unknown user, and the link."""

    id: str
    link: Link


class _Memo(dict[K, T]):
    """A dict that computes each missing value with a function, once."""

    def __init__(self, compute: Callable[[K], T]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: K) -> T:
        self[key] = value = self._compute(key)
        return value


class _Ownership:
    """How we know whose a call is."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        people: Iterable[str],
        assigned: Mapping[str, str],
        claude_code: frozenset[str],
    ) -> None:
        self._entries, self._assigned, self._claude_code = entries, assigned, claude_code
        self._by_local_part = _unique((email.partition("@")[0], email) for email in people)

    def of_caller(self, caller_id: str | None) -> Owner | None:
        """Return the owner of a caller's calls, None if unknown."""
        parts = caller(caller_id)
        if parts.actor:
            return Owner(self._canonical(parts.actor), "actor")
        return self.of_key(parts.key) if parts.key else None

    def of_key(self, key_id: str) -> Owner | None:
        """Return the owner of a key's calls, None if unknown."""
        if key_id in self._assigned:
            return Owner(self._canonical(self._assigned[key_id]), "assigned")
        key = self._entries.get(key_id)
        if key is None:
            return None
        is_claude_codes = key.workspace_id in self._claude_code
        owner = self._canonical(key.owner_id) if key.owner_id else None
        if owner and "@" in owner:
            link: Link = "principal" if key.owner_is == "principal" else "creator"
            return Owner(owner, "claude_code_key" if is_claude_codes else link)
        email = self.whose_name(key.name) if is_claude_codes else None
        if email:
            return Owner(email, "key_name")
        return Owner(owner, "principal" if key.owner_is == "principal" else "creator") if owner else None

    def whose_name(self, key_name: str) -> str | None:
        """Return the only person whose name is in the name of a key that Claude Code created."""
        match = _CLAUDE_CODE_KEY.fullmatch(key_name)
        return self._by_local_part.get(match[1].casefold()) if match else None

    def _canonical(self, id_: str) -> str:
        """Return the e-mail address behind an id in lower case, or the id if there is none."""
        person = self._entries.get(id_)
        return person.email.casefold() if person and person.email else id_


class Directory:
    """Names and owners by id. The name of an unlisted thing is its id.

    `assigned` maps the keys that an admin assigned to their owners, by id. `owners` maps a caller to its
    owner, `engineers` to the owner's id or else the reason why there is none; both compute each value once.
    """

    def __init__(self, entries: Iterable[Entry], assigned: Mapping[str, str] | None = None) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._people = _by_email(self._entries.values())
        self._ownership = _Ownership(
            self._entries, self._people, assigned or {}, self.claude_code_workspaces()
        )
        # what computes knows no memo and not this object: a cycle would stay until all garbage is collected
        self._names = _Memo(partial(_name, self._people, self._entries))
        self.owners: Mapping[str | None, Owner | None] = _Memo(self._ownership.of_caller)
        self.engineers: Mapping[str | None, str | None] = _Memo(partial(_engineer, self.owners))
        self._owners_by_key_name: dict[str, set[str | None]] = {}
        for entry in self.keys():
            owner = self._ownership.of_key(entry.id)
            self._owners_by_key_name.setdefault(entry.name, set()).add(owner.id if owner else None)

    def keys(self) -> list[Entry]:
        """Return every API key, in the order listed."""
        return [entry for entry in self._entries.values() if entry.kind == "api_key"]

    def has_person(self, email: str) -> bool:
        """Whether a listed person has this e-mail address."""
        return email.casefold() in self._people

    def people(self) -> list[Entry]:
        """Return everybody with an e-mail address."""
        return list(self._people.values())

    def name(self, id: str) -> str:  # noqa: A002 - it is an id
        """Return a display name: a person's name, else e-mail; for the nameless, what they are."""
        return self._names[id]

    def is_archived(self, id: str) -> bool:  # noqa: A002 - it is an id
        """Whether a workspace or a key is listed as archived."""
        entry = self._entries.get(id)
        return entry is not None and entry.status == "archived"

    def owner_of(self, caller_id: str | None) -> Owner | None:
        """Return the owner of a caller's calls, None if unknown."""
        return self.owners[caller_id]

    def engineer_of(self, caller_id: str | None) -> str | None:
        """Return the owner's canonical e-mail, a service account's id, or None if unknown."""
        owner = self.owner_of(caller_id)
        return owner.id if owner else None

    def engineer_of_key_named(self, name: str) -> str | None:
        """Return the owner of the keys with a name, None if they have several owners or no known one."""
        owners = self._owners_by_key_name.get(name, {None})
        return None if len(owners) > 1 else next(iter(owners)) or self._ownership.whose_name(name)

    def workspaces(self) -> list[Entry]:
        """Return every workspace, in the order listed."""
        return [entry for entry in self._entries.values() if entry.kind == "workspace"]

    def workspaces_of_keys(self) -> dict[str, str | None]:
        """Return the workspace of every key that belongs to one; a key never changes its workspace."""
        return {key.id: key.workspace_id for key in self.keys() if key.workspace_id != ANYWHERE}

    def claude_code_workspaces(self) -> frozenset[str]:
        """Return the workspace that Claude Code's sign-in created, by its name."""
        return self._workspaces_named(CLAUDE_CODE_WORKSPACE)

    def default_workspaces(self) -> frozenset[str]:
        """Return the default workspace's own id, which the legacy reports leave out."""
        return self._workspaces_named("Default")

    def _workspaces_named(self, name: str) -> frozenset[str]:
        entries = (e for e in self._entries.values() if e.kind == "workspace" and e.name == name)
        return frozenset(entry.id for entry in entries)

    def earliest(self) -> datetime | None:
        """Return when the organization or the oldest entry was created, a hint at where history begins."""
        return min((e.created_at for e in self._entries.values() if e.created_at), default=None)


def _name(people: Mapping[str, Entry], entries: Mapping[str, Entry], id_: str) -> str:
    entry = people.get(id_) or entries.get(id_)
    return entry.name if entry else _nameless(id_)


def _engineer(owners: Mapping[str | None, Owner | None], caller_id: str | None) -> str | None:
    reason = caller_id if caller(caller_id).reason else None
    owner = owners[caller_id]
    return (owner.id if owner else None) or reason


def _nameless(id_: str) -> str:
    """Return what an unnamed identity is, and the end of its id, which distinguishes two of a kind."""
    if id_.startswith("federated:"):
        _, cloud, subject = id_.split(":", 2)
        return f"{subject} ({cloud})"
    kind = next((words for prefix, words in _KINDS.items() if id_.startswith(prefix)), "")
    return f"{kind} …{id_[-4:]}" if kind else id_


def entry_of_reported_email(email: str) -> Entry:
    """Make an entry for a person in no list, of whom a report gives only the e-mail address."""
    return Entry(email.casefold(), "user", email.casefold(), email=email.casefold())


def _by_email(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return people by e-mail address; a listed entry wins over one that a report named."""
    people: dict[str, Entry] = {}
    for entry in entries:
        if entry.email and (entry.email.casefold() not in people or entry.id != entry.email.casefold()):
            people[entry.email.casefold()] = entry
    return people


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs whose first part is unique."""
    values: dict[str, str | None] = {}
    for name, value in pairs:
        values[name] = None if name in values else value
    return {name: value for name, value in values.items() if value is not None}
