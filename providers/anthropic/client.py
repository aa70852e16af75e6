"""Anthropic as a provider: an admin key in, our vocabulary out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from providers.anthropic import destinations
from providers.anthropic.http.admin_api import AdminApi, http_client
from providers.anthropic.reports import analytics, claude_code, cost_report, lists, usage_report
from providers.directory import Directory, Entry
from providers.period import Period
from providers.provider import (
    ActivityReported,
    ChargesReported,
    Destination,
    DirectoryReported,
    NotOffered,
    Organization,
    ProviderUnavailable,
    UsageReported,
)
from providers.reported import Place, SpendReported


class Anthropic:
    """A `Provider` over the Admin API; one for each connection, reused while it lasts."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api
        self._founding: Sequence[Entry] | None = None

    @property
    def calls(self) -> int:
        """The number of requests so far."""
        return self._api.calls

    def organization(self) -> Organization:
        """Verify the key and return its organization."""
        return lists.organization(self._api)

    def charges(self, period: Period) -> ChargesReported:
        """Fetch the bill of the finished days of a period."""
        return cost_report.fetch(self._api, period)

    def usage(self, start: datetime, end: datetime, *, workspaces: dict[str, str | None]) -> UsageReported:
        """Fetch the tokens of whole hours."""
        return usage_report.fetch(self._api, start, end, workspaces=workspaces)

    def spend_until(self, *, now: datetime) -> datetime:
        """Fetch up to when spend by the hour is complete."""
        return analytics.until(self._api, now)

    def spend(self, start: datetime, end: datetime, *, names: Directory, now: datetime) -> SpendReported:
        """Fetch spend by the hour, as far as it is complete."""
        return analytics.fetch(self._api, start, end, names=names, now=now)

    def spend_totals(
        self, period: Period, *, names: Directory, now: datetime
    ) -> Mapping[date, Mapping[Place, Decimal]]:
        """Fetch the daily totals of spend."""
        return analytics.totals(self._api, period, names=names, now=now)

    def activity(self, day: date) -> ActivityReported:
        """Fetch Claude Code's activity on one day."""
        return claude_code.fetch(self._api, day)

    def directory(self) -> DirectoryReported:
        """Fetch the names of workspaces, keys and users, and, once, when the organization began."""
        listed = lists.fetch(self._api)
        if self._founding is None:
            self._founding = self._fetch_founding()
        return DirectoryReported([*listed.entries, *(self._founding or ())], listed.notes)

    def create_destination(self, endpoint: str, token: str) -> Destination:
        """Create a destination for the API's own telemetry."""
        return destinations.create(self._api, endpoint, token)

    def test_destination(self, destination_id: str) -> str:
        """Have a test span sent; return why it did not arrive, "" if it did."""
        return destinations.test(self._api, destination_id)

    def destination(self, destination_id: str) -> Destination:
        """Fetch how a destination is now."""
        return destinations.read(self._api, destination_id)

    def _fetch_founding(self) -> Sequence[Entry] | None:
        """Return None if the call failed: the founding is only a hint, and we still want the names."""
        try:
            return lists.founding(self._api)
        except NotOffered:
            return ()
        except ProviderUnavailable:
            return None


def opener(base_url: str, *, patience: float | None = None) -> Callable[[str], Anthropic]:
    """Return a function that makes a provider of a key; all of them share sockets and certificates.

    With `patience`, in seconds, each must answer within that time in all: to verify a key while somebody
    waits. Raises UnusableVariable if the environment names an unusable proxy or certificates.
    """
    http = http_client(base_url)
    return lambda key: Anthropic(AdminApi(key, http=http, patience=patience))
