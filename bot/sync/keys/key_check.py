"""Decide when to give up a key, and when to try it again.

a report refuses the key → objection() → accepted: the report was unavailable
                                       → refused: doubted, checked again in a minute → refused: given up
given up → checked every hour, after a day every day, and at `sync` → accepted: outcomes.key_accepted
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from providers.provider import NotOffered, Provider, ProviderRefused
from storage.state.connections import Connection

ASK_AGAIN = timedelta(minutes=1)  # a passing error at the provider's edge is over by then
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)  # a key refused for a day is seldom accepted again


@dataclass(frozen=True)
class KeyDoubt:
    """The decision on a refused key: given up or not, refused `since`, next check at `until`."""

    is_given_up: bool
    since: datetime
    until: datetime


def objection(provider: Provider, connection: Connection) -> str:
    """Ask the provider why it refuses the key; "" if it accepts it.

    Raises ProviderUnavailable, and ProviderRefused if credit or a hold is the reason.
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


def needs_check(connection: Connection) -> bool:
    """Say whether the key must be checked before anything is fetched."""
    return connection.refused_at is not None or connection.state == "refused"


def doubt(connection: Connection, now: datetime) -> KeyDoubt:
    """Decide about a key that was refused now: give it up if it was refused a minute ago already."""
    since = connection.refused_at
    if since is None or since > now:  # the clock was set back: the minute starts again
        since = now
    is_given_up = connection.state == "refused" or now - since >= ASK_AGAIN
    if not is_given_up:
        return KeyDoubt(is_given_up=False, since=since, until=since + ASK_AGAIN)
    pause = HOURLY if now - since < DAILY else DAILY
    return KeyDoubt(is_given_up=True, since=since, until=now + pause)
