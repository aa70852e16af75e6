"""Issue and revoke ingest tokens for the person or terminal that asks, with an entry in the audit log."""

from collections.abc import Collection
from datetime import datetime
from itertools import count
from typing import NamedTuple

from storage.engine.database import session, transaction
from storage.state import audit
from storage.state.ingest import tokens
from storage.state.ingest.tokens import IngestToken, NameTaken

LONGEST = 60  # characters of a name: a choice; a line of Slack on a phone has about as many
NO_PUBLIC_URL = (
    "Telemetry needs an address that its senders can reach. Set STACKSPEND_PUBLIC_URL, and restart the bot."
)
_USUAL = "Claude Code"


class Issued(NamedTuple):
    """A token's text, which is shown once, and what we know of it."""

    text: str
    token: IngestToken


class NotPossible(Exception):
    """A token cannot have this name; the message says why."""


def issue(team_id: str, name: str, *, by: str, at: datetime, is_managed: bool = False) -> Issued:
    """Issue a token, for a Slack user or "" on the command line. Raises NotPossible.

    `is_managed` is an admin's word that only settings which nobody can override send it.
    """
    if wrong := what_is_wrong(name):
        raise NotPossible(wrong)
    try:
        with transaction():
            issued = Issued(*tokens.issue(team_id, name, by=by, at=at, is_managed=is_managed))
            only = ", managed settings only" if is_managed else ""
            detail = f"Claude, {issued.token.name}, …{issued.token.hint}{only}"
            audit.record(team_id, by or audit.TERMINAL, "token issued", detail, at)
    except NameTaken as error:
        raise NotPossible(f"A token is named {name} already. Revoke it, or choose another name.") from error
    return issued


def what_is_wrong(name: str) -> str:
    """Return why no token can have this name, "" if one can."""
    if not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST:
        return f"A name has 1 to {LONGEST} characters, in one line."
    return ""


def revoke(team_id: str, name: str, *, by: str, at: datetime) -> bool:
    """Revoke the good token of a name; False if there is none."""
    with transaction():
        is_revoked = tokens.revoke(team_id, name, at=at)
        if is_revoked:
            audit.record(team_id, by or audit.TERMINAL, "token revoked", f"Claude, {name}", at)
    return is_revoked


def good(team_id: str) -> list[IngestToken]:
    """Return a team's tokens that are not revoked."""
    with session():
        return tokens.good_of_team(team_id)


def free_name(taken: Collection[str]) -> str:
    """Return a name for another token."""
    others = (f"{_USUAL} {number}" for number in count(2))
    return _USUAL if _USUAL not in taken else next(name for name in others if name not in taken)
