"""Provider: the protocol of a provider's client, and its errors, named by their remedy.

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
    """A call to a provider failed."""


class ProviderUnavailable(ProviderError):
    """Try again, not before `retry_after` if the provider said when; we learned nothing.

    `everywhere`: wait with all calls to the provider, not only with this one.
    """

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, everywhere: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.everywhere = everywhere


Refusal = Literal["key", "permission", "balance", "hold", "unreadable"]
"""What a person must fix: the key, the key's permissions, the credit balance, an organization on hold, or a
bill that we cannot read, such as one in euros."""


class ProviderRefused(ProviderError):
    """Trying again is useless until a person fixes `why`."""

    def __init__(self, message: str, *, why: Refusal = "key") -> None:
        super().__init__(message)
        self.why = why


class NotOffered(ProviderError):
    """This organization does not have that report; `reason` is the provider's own code for why."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Organization(msgspec.Struct, frozen=True):
    """The organization of a key."""

    id: str
    name: str


class ChargesReported(msgspec.Struct, frozen=True):
    """The bill of whole finished days; `days` are those in the answer, including days without charges.

    An unreadable day is in `notes`, not in `days`.
    """

    days: list[date]
    charges: list[Charge]
    notes: Sequence[Note] = ()


class UsageReported(msgspec.Struct, frozen=True):
    """The tokens of the hours `[start, end)` in the provider's answer.

    `missing` are hours among them that it left out, or that are unreadable; `notes` say why.
    """

    start: datetime
    end: datetime
    usage: list[TokenUsage]
    notes: Sequence[Note] = ()
    missing: AbstractSet[datetime] = frozenset()


class ActivityReported(msgspec.Struct, frozen=True):
    """Claude Code's activity on one UTC day, each person, plan, model and tool once."""

    activity: Sequence[CodeActivity]
    notes: Sequence[Note] = ()


class DirectoryReported(msgspec.Struct, frozen=True):
    """The names of workspaces, keys and users; an unreadable list is in `notes`, not in `entries`."""

    entries: Sequence[Entry]
    notes: Sequence[Note] = ()


class Provider(Protocol):
    """A provider's reports. Every call can raise ProviderUnavailable or ProviderRefused.

    All but `organization` and `charges` can also raise NotOffered: a key can lack access to a single report.
    """

    @property
    def calls(self) -> int:
        """The number of requests so far; providers limit them per minute."""

    def organization(self) -> Organization:
        """Verify the key and return its organization."""

    def charges(self, period: Period) -> ChargesReported:
        """Fetch the bill of the finished days of a period (UTC)."""

    def usage(self, start: datetime, end: datetime, *, workspaces: dict[str, str | None]) -> UsageReported:
        """Fetch the tokens of whole UTC hours; `workspaces` maps each known key to its workspace."""

    def spend_until(self, *, now: datetime) -> datetime:
        """Fetch up to when the provider's own spend by the hour is complete. Raises NotOffered."""

    def spend(self, start: datetime, end: datetime, *, names: Directory, now: datetime) -> SpendReported:
        """Fetch the provider's own spend of whole hours, as far as it is complete. Raises NotOffered."""

    def spend_totals(
        self, period: Period, *, names: Directory, now: datetime
    ) -> Mapping[date, Mapping[Place, Decimal]]:
        """Fetch the daily totals of that spend, to see which days the provider revised. Raises NotOffered.

        The result lacks unreadable days; a day without spend is in it, and empty.
        """

    def activity(self, day: date) -> ActivityReported:
        """Fetch Claude Code's activity on one UTC day."""

    def directory(self) -> DirectoryReported:
        """Fetch the names of workspaces, keys and users."""


class Destination(msgspec.Struct, frozen=True):
    """A destination for a provider's own telemetry. `disabled` is why it gets nothing, "" if it does.

    `error` is the provider's last message on a delivery that failed, "" if none has.
    """

    id: str
    disabled: str
    error: str


class Destinations(Protocol):
    """Destinations of telemetry at a provider. Calls raise ProviderError."""

    def create_destination(self, endpoint: str, token: str) -> Destination:
        """Create a destination without content, which sends a token."""

    def test_destination(self, destination_id: str) -> str:
        """Have a test span sent; return why it did not arrive, "" if it did."""

    def destination(self, destination_id: str) -> Destination:
        """Return how a destination is now."""
