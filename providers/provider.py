"""The seam to whoever reports, and what can go wrong there, named by the remedy.

ProviderError
├── ProviderUnavailable   try again later
├── ProviderRefused       a person must act
└── NotOffered            do without it
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from providers.activity import CodeActivity
from providers.charge import Charge
from providers.directory import Directory, Entry
from providers.note import Note
from providers.period import Period
from providers.reported import Place, SpendReported
from providers.usage import TokenUsage


class ProviderError(Exception):
    """Something a provider did not answer as hoped."""


class ProviderUnavailable(ProviderError):
    """Try again, not before `retry_after` where the provider said when. Nothing was learned.

    `everywhere`: the provider wants to be left alone with everything until then, not only with this.
    """

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, everywhere: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.everywhere = everywhere


Refusal = Literal["key", "permission", "balance", "hold", "unreadable"]
"""What a person must see to: the key, what the key may read, credit, an organization on hold; or that the
bill is none that can be read here, such as one in euros."""


class ProviderRefused(ProviderError):
    """Trying again is useless until a person has acted; `why` tells on what."""

    def __init__(self, message: str, *, why: Refusal = "key") -> None:
        super().__init__(message)
        self.why = why


class NotOffered(ProviderError):
    """This organization does not have that report; `reason` is the provider's own code for why."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Organization(msgspec.Struct, frozen=True):
    """Whom a key speaks for."""

    id: str
    name: str


class ChargesReported(msgspec.Struct, frozen=True):
    """The bill of whole finished days; `days` are those the provider answered for, empty ones too.

    A day that cannot be read is in `notes`, not in `days`.
    """

    days: list[date]
    charges: list[Charge]
    notes: Sequence[Note] = ()


class UsageReported(msgspec.Struct, frozen=True):
    """The tokens of the hours `[start, end)` that the provider answered for.

    `missing` are hours among them that it left out, or that cannot be read; `notes` say why.
    """

    start: datetime
    end: datetime
    usage: list[TokenUsage]
    notes: Sequence[Note] = ()
    missing: AbstractSet[datetime] = frozenset()


class ActivityReported(msgspec.Struct, frozen=True):
    """What Claude Code did on one UTC day, each person, plan, model and tool once."""

    activity: Sequence[CodeActivity]
    notes: Sequence[Note] = ()


class DirectoryReported(msgspec.Struct, frozen=True):
    """The names of workspaces, keys and users; a list that cannot be read is in `notes`, not in `entries`."""

    entries: Sequence[Entry]
    notes: Sequence[Note] = ()


class Provider(Protocol):
    """What a provider can tell. Every call may raise ProviderUnavailable or ProviderRefused.

    All but `organization` and `charges` may raise NotOffered too: a key can be kept from one report alone.
    """

    @property
    def calls(self) -> int:
        """How many requests were made so far; providers want few a minute."""

    def organization(self) -> Organization:
        """Prove the key and tell whose it is."""

    def charges(self, period: Period) -> ChargesReported:
        """Fetch the bill of the finished days of a period (UTC)."""

    def usage(self, start: datetime, end: datetime, *, workspaces: dict[str, str | None]) -> UsageReported:
        """Fetch the tokens of whole UTC hours; `workspaces` names the workspace of each key known so far."""

    def spend_until(self, *, now: datetime) -> datetime:
        """Up to when the provider's own spend by the hour is complete. Raises NotOffered."""

    def spend(self, start: datetime, end: datetime, *, names: Directory, now: datetime) -> SpendReported:
        """Fetch the provider's own spend of whole hours, as far as it is complete. Raises NotOffered."""

    def spend_totals(
        self, period: Period, *, names: Directory, now: datetime
    ) -> Mapping[date, Mapping[Place, Decimal]]:
        """Fetch what that spend sums to by day, to see which days were revised. Raises NotOffered.

        Days that cannot be read are left out; a day without spend is there, and empty.
        """

    def activity(self, day: date) -> ActivityReported:
        """Fetch what Claude Code did on one UTC day."""

    def directory(self) -> DirectoryReported:
        """Fetch the names of workspaces, keys and users."""
