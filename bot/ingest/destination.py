"""The API's own telemetry: create its destination at Anthropic, have it tested, and watch it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.ingest import ingest_tokens
from bot.sync import incidents
from digests.files.telemetry_settings import endpoint
from providers.provider import Destinations, NotOffered, ProviderError
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault, WrongSecretKey
from storage.state import audit, connections
from storage.state.connections import LeaseLost
from storage.state.ingest import destinations
from storage.state.ingest.destinations import KeptDestination

NAME = "Claude API"
ON_PURPOSE = "caller"  # Anthropic's word for a destination that somebody disabled: that is nobody's incident
GONE = "deleted at Anthropic"
_EVERY = timedelta(hours=1)
log = logging.getLogger(__name__)

Open = Callable[[str], Destinations]


def create(team_id: str, api: Destinations, *, public_url: str, by: str, at: datetime) -> str:
    """Create a team's destination with a token of its own, and have it tested.

    Return Anthropic's word for why the test span did not arrive, "" if it did. Raises ProviderError, after
    which the token is revoked.
    """
    taken = [each.name for each in ingest_tokens.good(team_id)]
    name = NAME if NAME not in taken else f"{NAME} {len(taken) + 1}"
    issued = ingest_tokens.issue(team_id, name, by=by, at=at)
    try:
        made = api.create_destination(endpoint(public_url), issued.text)
    except ProviderError:
        ingest_tokens.revoke(team_id, name, by=by, at=at)
        raise
    with transaction():
        number = issued.token.connection_id
        kept = KeptDestination(number, made.id, issued.token.id, made.disabled, made.error, by, at)
        destinations.keep(kept)
        audit.record(team_id, by or audit.TERMINAL, "destination created", f"Claude API, {made.id}", at)
    return api.test_destination(made.id)


class DestinationWatch:
    """Looks at every destination; several processes may, since an incident opens once."""

    def __init__(
        self,
        open_destinations: Open,
        vault: Callable[[], Vault],
        now: Callable[[], datetime],
        admins: frozenset[str],
    ) -> None:
        """Look for the first time at the first tick."""
        self._open, self._vault, self._now, self._admins = open_destinations, vault, now, admins
        self._next: datetime | None = None

    def tick(self) -> None:
        """Look, if it is time."""
        now = self._now()
        if self._next is not None and now < self._next:
            return
        self._next = now + _EVERY
        with session():
            kept = destinations.every()
        for each in kept:
            self._look(each, now)

    def _look(self, kept: KeptDestination, now: datetime) -> None:
        """Store how a destination is; what cannot be asked is asked again in an hour."""
        with session():
            reporting = connections.by_id(kept.connection_id)
            present = connections.of_team(reporting.team_id)
            try:
                key = connections.key_of(present.id, self._vault()) if present else ""
            except (LeaseLost, WrongSecretKey):
                return
        if not key:
            return
        try:
            found = self._open(key).destination(kept.destination_id)
        except NotOffered:
            disabled, error = GONE, ""
        except ProviderError as error_:
            log.info("the destination of the Claude API's telemetry could not be read: %s", error_)
            return
        else:
            disabled, error = found.disabled, found.error
        with transaction():
            destinations.note(kept.connection_id, state=disabled, detail=error, at=now)
            if disabled and disabled not in (ON_PURPOSE, GONE):
                why = f"{disabled}: {error}" if error else disabled
                incidents.begin(reporting, "destination_disabled", detail=why, now=now, admins=self._admins)
            else:
                incidents.end(reporting, "destination_disabled", now=now, admins=self._admins)
