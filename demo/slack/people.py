"""The people and channels of the stand-in workspace: one of each kind that a bot must distinguish."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

TEAM: Final = "T0ACME0001"
OTHER_TEAM: Final = "T0SUPPLIER"
BOT: Final = "U0STACKBOT"

OWNER: Final = "U0OWNER001"
ADMIN: Final = "U0ADMIN001"
MEMBER: Final = "U0MEMBER01"
COLLEAGUE: Final = "U0MEMBER02"
GUEST: Final = "U0GUEST001"
STRANGER: Final = "U0STRANGER"
FORMER: Final = "U0FORMER01"

FINOPS: Final = "S0FINOPS01"

SPEND: Final = "C0SPEND001"
GENERAL: Final = "C0GENERAL1"
FINANCE: Final = "C0FINANCE1"
PRIVATE: Final = "C0PRIVATE1"
ARCHIVED: Final = "C0ARCHIVED"
SHARED: Final = "C0SHARED01"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody as `users.info` describes them."""

    id: str
    name: str
    real_name: str
    email: str
    timezone: str = "UTC"
    team_id: str = TEAM
    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    is_deactivated: bool = False
    is_bot: bool = False


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel or a direct message; the bot is in it when its user id is among the members."""

    id: str
    name: str
    kind: Literal["public", "private", "im"] = "public"
    members: frozenset[str] = field(default_factory=frozenset)
    is_archived: bool = False
    is_shared: bool = False
    is_pending_shared: bool = False

    def facts(self, bot: str) -> dict[str, Any]:
        """Describe it as `conversations.info` does."""
        if self.kind == "im":
            (person,) = self.members - {bot}
            return {"id": self.id, "is_im": True, "is_channel": False, "user": person, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": True,
            "is_im": False,
            "is_private": self.kind == "private",
            "is_archived": self.is_archived,
            "is_member": bot in self.members,
            "is_general": self.name == "general",
            "is_shared": self.is_shared,
            "is_ext_shared": self.is_shared,
            "is_pending_ext_shared": self.is_pending_shared,
            "context_team_id": TEAM,
            "num_members": len(self.members),
        }


@dataclass(frozen=True, kw_only=True)
class Group:
    """A user group, which people call by its handle."""

    id: str
    handle: str
    name: str
    members: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Enterprise:
    """An Enterprise Grid that workspaces belong to."""

    id: str
    name: str

    @property
    def facts(self) -> dict[str, str]:
        """Return its fields in interactions."""
        return {"id": self.id, "name": self.name}


def dm_id(user: str) -> str:
    """Name the direct message between the bot and a person."""
    return f"D{user[1:]}"


PEOPLE: Final = (
    Person(
        id=OWNER,
        name="ada",
        real_name="Ada Lindqvist",
        email="ada@acme.example",
        is_admin=True,
        is_owner=True,
    ),
    Person(
        id=ADMIN,
        name="mina",
        real_name="Mina Okafor",
        email="mina@acme.example",
        timezone="Europe/Berlin",
        is_admin=True,
    ),
    Person(
        id=MEMBER,
        name="jonas",
        real_name="Jonas Weber",
        email="jonas@acme.example",
        timezone="America/New_York",
    ),
    Person(
        id=COLLEAGUE,
        name="ines",
        real_name="Ines Duarte",
        email="ines@acme.example",
        timezone="Asia/Kolkata",
    ),
    Person(
        id=GUEST,
        name="priya",
        real_name="Priya Raman",
        email="priya@contractor.example",
        timezone="Asia/Kolkata",
        is_guest=True,
    ),
    Person(
        id=STRANGER,
        name="sam",
        real_name="Sam Ortiz",
        email="sam@supplier.example",
        timezone="America/New_York",
        team_id=OTHER_TEAM,
        is_stranger=True,
    ),
    Person(id=FORMER, name="lee", real_name="Lee Park", email="lee@acme.example", is_deactivated=True),
    Person(id=BOT, name="stackspend", real_name="StackSpend", email="", is_bot=True),
)

GROUPS: Final = (Group(id=FINOPS, handle="finance", name="Finance", members=frozenset({COLLEAGUE})),)

_STAFF = frozenset({OWNER, ADMIN, MEMBER, COLLEAGUE})
CHANNELS: Final = (
    Channel(id=SPEND, name="claude-spend", members=_STAFF | {BOT, GUEST}),
    Channel(id=GENERAL, name="general", members=_STAFF | {GUEST}),
    Channel(id=FINANCE, name="finance", kind="private", members=frozenset({OWNER, ADMIN, BOT})),
    Channel(id=PRIVATE, name="leadership", kind="private", members=frozenset({OWNER, ADMIN})),
    Channel(id=ARCHIVED, name="old-project", members=_STAFF | {BOT}, is_archived=True),
    Channel(id=SHARED, name="acme-supplier", members=_STAFF | {BOT, STRANGER}, is_shared=True),
)
