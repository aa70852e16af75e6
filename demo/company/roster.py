"""The simulated organization: people, workspaces, API keys, and the work of each key."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

HOSTILE_NAME, TAME_NAME = "<!channel> *ci*", "ci-nightly"  # of the key that runs away
_FIRST = (
    "Ada", "Grace", "Linus", "Zoë", "Łukasz", "Mei", "Omar", "Priya", "Noah", "Ines",
    "Kofi", "Yuki", "Sven", "Maya", "Luis", "Chloé", "Ravi", "Hana", "Igor", "Leila",
    "Tom", "Nia", "Paul", "Sofia", "Emre", "Jun", "Rosa", "Ben", "Aiko", "Dana",
)  # fmt: skip
_LAST = (
    "Lovelace", "Hopper", "Müller", "O'Brien", "Nowak", "Chen", "Haddad", "Patel", "Silva", "García",
    "Mensah", "Tanaka", "Larsen", "Cohen", "Rossi", "Dubois", "Iyer", "Kim", "Petrov", "Karimi",
    "Baker", "Okafor", "Meyer", "Costa", "Demir", "Sato", "Marín", "Stone", "Mori", "Vega",
)  # fmt: skip
_OFFSETS = (-8, -5, 0, 1, 1, 2, 5)
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True)
class Person:
    """Somebody with a seat; `signs_in` says how Claude Code knows them."""

    id: str
    email: str
    name: str
    role: str
    added_at: datetime
    utc_offset: int = 0
    pace: float = 0.0
    signs_in: str = "never"  # key, key_by_name, oauth_unreported, subscription, never
    listed: bool = True


@dataclass(frozen=True)
class Workspace:
    """A workspace as Anthropic lists it; the default one has an id of its own that legacy reports hide."""

    id: str
    name: str
    created_at: datetime
    color: str
    archived_at: datetime | None = None
    default: bool = False


@dataclass(frozen=True)
class ApiKey:
    """An API key; `workload` says what runs on it, and an unlisted one is known from usage only."""

    id: str
    name: str
    workspace_id: str | None
    created_at: datetime
    hint: str | None
    status: str = "active"
    expires_at: datetime | None = None
    created_by: str | None = None
    principal: tuple[str, str] | None = None
    workload: str = "idle"  # idle, claude_code, personal, production, us, batch, loop, export
    listed: bool = True


@dataclass(frozen=True)
class Roster:
    """The whole directory, listed or not."""

    organization_id: str
    people: tuple[Person, ...]
    workspaces: tuple[Workspace, ...]
    keys: tuple[ApiKey, ...]
    service_account_id: str

    @cached_property
    def coding_keys(self) -> dict[str, str]:
        """The Claude Code key of each engineer who has one, by user id."""
        return {
            key.created_by: key.id for key in self.keys if key.created_by and key.workload == "claude_code"
        }

    @cached_property
    def emails(self) -> dict[str, str]:
        """The address behind each user id, of removed people too."""
        return {person.id: person.email for person in self.people}

    @property
    def default_workspace(self) -> Workspace:
        """The workspace that legacy reports call null."""
        return next(one for one in self.workspaces if one.default)

    def workspace_id(self, name: str) -> str:
        """Look a workspace up by its name."""
        return next(one.id for one in self.workspaces if one.name == name)

    def key_named(self, name: str) -> ApiKey:
        """Return the first key with that name."""
        return next(key for key in self.keys if key.name == name)


def hire(*, seed: int, first_day: date, engineers: int, runaway: str = HOSTILE_NAME) -> Roster:
    """Make the directory of an organization that began some days before its first usage.

    `runaway` is the name of the key that loops on the spike day.
    """
    rng = Random(f"{seed}/roster")
    founded = datetime(first_day.year, first_day.month, first_day.day, 9, 30, tzinfo=UTC) - timedelta(days=3)
    people = tuple(_people(rng, founded, engineers))
    workspaces = _workspaces(rng, founded)
    service_account = _identifier(rng, "svac")
    keys = (
        *_claude_code_keys(rng, people, workspaces[3].id),
        *_personal_keys(rng, people, workspaces[2].id),
        *_service_keys(rng, founded, workspaces, service_account, runaway=runaway),
        *_idle_keys(rng, founded, people, workspaces),
    )
    organization_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return Roster(organization_id, people, workspaces, keys, service_account)


def _people(rng: Random, founded: datetime, engineers: int) -> Iterator[Person]:
    yield Person(_identifier(rng, "user"), "finance@acme.example", "Fay Nance", "billing", founded)
    yield Person(_identifier(rng, "user"), "it@acme.example", "Ingrid Tech", "admin", founded)
    for number in range(engineers):
        first, last = _FIRST[number % 30], _LAST[(number * 7 + number // 30) % 30]
        suffix = str(number) if number >= 210 else ""
        yield Person(
            id=_identifier(rng, "user"),
            email=f"{_ascii(first)}.{_ascii(last)}{suffix}@acme.example",
            name=f"{first} {last}",
            role=("developer", "claude_code_user", "user")[number % 3],
            added_at=founded + timedelta(hours=number % 48),
            utc_offset=_OFFSETS[number % len(_OFFSETS)],
            pace=round(0.4 + 1.4 * rng.random() ** 2, 3),
            signs_in=_sign_in(number),
            listed=number != 2,
        )


def _sign_in(number: int) -> str:
    if number == 1:
        return "oauth_unreported"
    return {3: "key_by_name", 5: "subscription"}.get(number % 8, "key")


def _workspaces(rng: Random, founded: datetime) -> tuple[Workspace, ...]:
    def workspace(name: str, color: str, *, archived: bool = False, default: bool = False) -> Workspace:
        left = founded + timedelta(days=150) if archived else None
        return Workspace(_identifier(rng, "wrkspc"), name, founded, color, left, default)

    return (
        workspace("Default", "#6C5BB9", default=True),
        workspace("Production", "#2E7D32"),
        workspace("Research", "#1565C0"),
        workspace("Claude Code", "#D97757"),
        workspace("Prototype 2025", "#9E9E9E", archived=True),
    )


def _claude_code_keys(rng: Random, people: tuple[Person, ...], workspace_id: str) -> Iterator[ApiKey]:
    """One key an engineer, minted at the first sign-in; nobody can make keys in that workspace by hand."""
    for person in people:
        if person.signs_in not in {"key", "key_by_name"}:
            continue
        local = person.email.partition("@")[0]
        name = f"claude_code_key_{local}_{''.join(rng.choices('abcdefghijklmnop', k=4))}"
        yield _key(
            rng, name, workspace_id, person.added_at, created_by=person.id, workload="claude_code",
            principal=("user", person.id) if rng.random() < 0.5 else None,
        )  # fmt: skip


def _personal_keys(rng: Random, people: tuple[Person, ...], workspace_id: str) -> Iterator[ApiKey]:
    for number, person in enumerate(person for person in people if person.pace):
        if number % 4 == 0:
            name = "notebook" if number < 8 else f"{person.email.partition('@')[0]}-research"
            created = person.added_at + timedelta(days=2)
            yield _key(rng, name, workspace_id, created, created_by=person.id, workload="personal")


def _service_keys(
    rng: Random, founded: datetime, workspaces: tuple[Workspace, ...], service_account: str, *, runaway: str
) -> Iterator[ApiKey]:
    default, production, archived = None, workspaces[1].id, workspaces[4].id
    machine = ("service_account", service_account)
    for name, workspace_id, workload, principal in (
        ("checkout-assistant", production, "production", machine),
        ("search-ranking", production, "production", None),
        ("support-us", production, "us", machine),
        ("nightly-summaries", production, "batch", None),
        (runaway, default, "loop", None),
    ):
        yield _key(rng, name, workspace_id, founded, workload=workload, principal=principal)
    yield _key(rng, "legacy-export", archived, founded, workload="export", status="archived")
    yield _key(rng, "deleted-key", production, founded, workload="production", listed=False)


def _idle_keys(
    rng: Random, founded: datetime, people: tuple[Person, ...], workspaces: tuple[Workspace, ...]
) -> Iterator[ApiKey]:
    for number in range(12):
        status = ("active", "inactive", "archived", "expired")[number % 4]
        yield _key(
            rng, f"{('staging', 'sandbox', 'trial', 'hackathon')[number % 4]}-{number // 4 + 1}",
            (None, workspaces[1].id, workspaces[2].id)[number % 3], founded + timedelta(days=number),
            status=status, created_by=rng.choice(people).id if number % 2 else None,
            expires_at=founded + timedelta(days=90) if status == "expired" else None,
        )  # fmt: skip


def _key(
    rng: Random, name: str, workspace_id: str | None, created_at: datetime, *, workload: str = "idle",
    status: str = "active", expires_at: datetime | None = None, created_by: str | None = None,
    principal: tuple[str, str] | None = None, listed: bool = True,
) -> ApiKey:  # fmt: skip
    hint = None if name == "legacy-export" else f"sk-ant-api03-{''.join(rng.choices(_ALPHABET, k=4))}...igAA"
    return ApiKey(
        _identifier(rng, "apikey"), name, workspace_id, created_at, hint, status, expires_at, created_by,
        principal, workload, listed,
    )  # fmt: skip


def _identifier(rng: Random, kind: str) -> str:
    return f"{kind}_01{''.join(rng.choices(_ALPHABET, k=22))}"


def _ascii(name: str) -> str:
    plain = name.lower().translate(str.maketrans("ëłéüíç", "eleuic"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
