"""A new Admin API key, from the Slack modal, the page in the browser or the command line.

cleaned → what_is_wrong → prove (Anthropic names the organization and shows a bill) → store, or ask to replace
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from bot.services import Services
from bot.sync import jobs
from bot.sync.keys.foreign_secrets import ADMIN, look_of
from providers.note import is_other_money
from providers.period import DAY, Period
from providers.provider import Organization, ProviderRefused, Refusal
from storage.engine.database import session, transaction
from storage.state import audit, connections
from storage.state.connections import Connection

REGULAR_KEY = (
    "This is a regular API key; it cannot see billing and was sent nowhere. You need an Admin API key: "
    "Console → Settings → Admin API keys → Create key."
)
NO_KEY = "This does not look like a key. An Admin API key starts with sk-ant-admin and has no blanks in it."
FOREIGN = (
    "This looks like {look}, not like an Admin API key, and was sent nowhere. "
    "An Admin API key starts with sk-ant-admin."
)
REFUSED = (
    ":red_circle: *Anthropic does not accept this key*\nIt may be revoked, mistyped, or no Admin API key. "
    "Nothing was stored. In the Console open *Settings → Admin API keys*, create a key and try again."
)
NO_BILLING = (
    ":red_circle: *This key cannot read billing*\nAnthropic accepts it, but does not let it read the cost "
    "report. Nothing was stored. In the Console open *Settings → Admin API keys*, create a key and try again."
)
UNPAID = (
    ":red_circle: *Anthropic wants to be paid before it answers*\nThat says nothing about the key. "
    "Nothing was stored. In the Console open *Settings → Billing*, add credit and try again."
)
ON_HOLD = (
    ":red_circle: *Anthropic has put this organization on hold*\nThat says nothing about the key. "
    "Nothing was stored. Ask Anthropic's support why, then try again."
)
UNREADABLE = (
    ":red_circle: *StackSpend cannot read this organization's bill*\n"
    "The key is good, but its figures would be wrong. Nothing was stored."
)
UNREACHABLE = (
    ":large_yellow_circle: *Anthropic does not answer properly at the moment*\n"
    "That says nothing about the key. Nothing was stored; please try again in a few minutes."
)
WHAT_CAME = "What came back: {said}"
OVERTAKEN = (
    ":large_yellow_circle: *Somebody else changed the connection while this key was checked*\n"
    "Nothing was stored. `/stackspend status` shows what is connected now. Try again to replace it."
)
TWO_KEYS = "These are several keys in one. Please enter one Admin API key."
REPLACE = (
    "This key belongs to *{new}*, but this Slack workspace is connected to *{old}*. If you replace it, "
    "the key of {old} is deleted and nothing of it is read any more; its history is kept."
)
AGAIN = "Enter the key of {new} again to confirm; I did not keep it."
_COMPLAINTS: Mapping[Refusal, str] = {
    "key": REFUSED,
    "permission": NO_BILLING,
    "balance": UNPAID,
    "hold": ON_HOLD,
    "unreadable": UNREADABLE,
}
_REGULAR = re.compile(r"sk-ant-api", re.IGNORECASE)
_ADMIN = re.compile(rf"{ADMIN}[!-~]{{4,488}}")
_INVISIBLE = re.compile("[\\s\u200b-\u200f\u2060\ufeff]")


class Outcome(NamedTuple):
    """The result of storing a key: the new connection, or the one of another organization to confirm first.

    Neither if somebody else changed the connection while the key was checked.
    """

    connection: Connection | None = None
    instead_of: Connection | None = None
    is_renewed: bool = False

    @property
    def is_overtaken(self) -> bool:
        """Say whether somebody else changed the connection first."""
        return self.connection is None and self.instead_of is None


def cleaned(typed: str) -> str:
    """Return a key without the blanks and quotation marks that copying adds."""
    return _INVISIBLE.sub("", typed).strip("\"'`“”")


def what_is_wrong(key: str) -> str:
    """Say why a text cannot be an Admin API key, "" if only Anthropic can tell."""
    if _REGULAR.match(key):
        return REGULAR_KEY
    if look := look_of(key):
        return FOREIGN.format(look=look)
    if key.count(ADMIN) > 1:
        return TWO_KEYS
    return "" if _ADMIN.fullmatch(key) else NO_KEY


def prove(services: Services, key: str) -> Organization:
    """Ask Anthropic for the organization of a key, and for a bill.

    Raises ProviderRefused, also for a bill in another currency, or ProviderUnavailable. A bill that is
    unreadable for another reason, such as contradictory days, is accepted: a sync fetches it again.
    """
    provider = (services.open_to_prove or services.open_provider)(key)
    organization = provider.organization()
    yesterday = services.now().date() - DAY
    bill = provider.charges(Period.last_days(2, until=yesterday))
    why = next((note.what for note in bill.notes if is_other_money(note)), "")
    if why and not bill.days:
        raise ProviderRefused(why, why="unreadable")
    return organization


def complaint(error: ProviderRefused) -> str:
    """Return the message for a refused key, or for one whose bill cannot be read."""
    return _COMPLAINTS[error.why]


def present(team_id: str) -> Connection | None:
    """Return a team's connection at the moment when a key is entered."""
    with session():
        return connections.of_team(team_id)


def confirmation(new: Organization, old: Connection) -> str:
    """Return the token by which a person confirms replacing one organization with another: their two ids."""
    return f"{new.id} {old.id}"


def store(
    services: Services,
    team_id: str,
    organization: Organization,
    key: str,
    *,
    by: str,
    over: Connection | None,
    confirmed: str = "",
) -> Outcome:
    """Store a proved key, unless the connection is no longer `over`, the one from when it was entered.

    Another organization is replaced only if `confirmed` is `confirmation(…)`. `by` is "" on the command line.
    """
    now = services.now()
    with transaction():
        old = connections.of_team(team_id)
        if _identity(old) != _identity(over):
            return Outcome()
        is_renewed = old is not None and old.organization_id == organization.id
        if old and not is_renewed and confirmed != confirmation(organization, old):
            return Outcome(instead_of=old)
        connection = connections.connect(
            team_id, organization.id, organization.name, key=key, vault=services.vault, by=by, at=now
        )
        jobs.begin(connection, now=now)
        what: audit.What = "key replaced" if is_renewed else "connected"
        instead = f", instead of {named(old)}" if old and not is_renewed else ""
        audit.record(team_id, by or audit.TERMINAL, what, f"{named(connection)}{instead}", now)
    return Outcome(connection, is_renewed=is_renewed)


def _identity(connection: Connection | None) -> tuple[object, ...] | None:
    """Return what only a new key changes; the state can change by itself."""
    return (connection.id, connection.connected_at, connection.key_hint) if connection else None


def named(connection: Connection) -> str:
    """Describe a connection for the audit log."""
    return f"{connection.organization_name}, key …{connection.key_hint}"
