"""When a key is given up, and when it is tried again.

a report says no to the key │ whose key is it?  │ accepted: the report was unavailable
                                                │ refused: asked again in a minute │ refused: given up
given up │ asked every hour, after a day every day, and whenever a person wants │ accepted: taken up again
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.provider import NotOffered, Provider, ProviderRefused
from storage.state.connections import Connection

ASK_AGAIN = timedelta(minutes=1)  # a hiccup at the provider's edge is over by then
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)  # a key that was refused for a day seldom comes back


@dataclass(frozen=True)
class Doubt:
    """What becomes of a key that was refused: since when it is, when it is asked about again."""

    is_given_up: bool
    since: datetime
    until: datetime


def objection(provider: Provider, connection: Connection) -> str:
    """Ask what the provider has against the key, "" where it accepts it.

    Raises ProviderUnavailable, and ProviderRefused where the key is not the matter.
    """
    try:
        organization = provider.organization()
    except ProviderRefused as error:
        if error.why in ("balance", "hold"):
            raise
        return str(error)
    except NotOffered as error:
        return str(error)
    if organization.id != connection.organization_id:  # two organizations' figures never mix
        return f"the key belongs to {organization.name}, not to {connection.organization_name}"
    return ""


def must_be_asked_about(connection: Connection) -> bool:
    """Whether the key must be asked about before anything else is."""
    return connection.refused_at is not None or connection.state == "refused"


def doubt(connection: Connection, now: datetime) -> Doubt:
    """Decide about a key that was refused now: given up only where it was so a minute ago already."""
    since = connection.refused_at
    if since is None or since > now:  # a clock that was set back begins anew
        since = now
    is_given_up = connection.state == "refused" or now - since >= ASK_AGAIN
    if not is_given_up:
        return Doubt(is_given_up=False, since=since, until=since + ASK_AGAIN)
    pause = HOURLY if now - since < DAILY else DAILY
    return Doubt(is_given_up=True, since=since, until=now + pause)
