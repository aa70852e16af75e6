"""Who a use belongs to: the most reliable identity that its sender gives, and how far to believe it.

A use keeps the identity that it came with. Whose that is, we look up when we read: an installation becomes a
person as soon as that person signs in there or an admin says so, for the uses before as well.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from providers.claude.use import MANAGED, Origin
from providers.directory import Directory

Trust = Literal["unknown", "installation", "claim", "managed", "gateway", "account"]
TRUSTS: tuple[Trust, ...] = get_args(Trust)
"""How we know, from the least: nothing; only that it is one installation; what somebody wrote into a setting;
what an admin wrote into settings that nobody can override; an identity provider in front of a gateway; a
Claude account."""

INSTALLATION = "installation "  # before an installation's id; no e-mail address begins with it
_GATEWAY = "gateway-oidc"


class Identity(NamedTuple):
    """An account's id, an e-mail address, or INSTALLATION and its id; "" is nobody."""

    id: str
    trust: Trust


def identity_of(origin: Origin) -> Identity:
    """Return the most reliable identity of a use."""
    if origin.account_id or origin.account_uuid:
        return Identity(origin.account_id or origin.email or origin.account_uuid, "account")
    if origin.gateway == _GATEWAY and (origin.email or origin.installation):
        return Identity(origin.email or origin.installation, "gateway")  # the identity provider's subject
    claimed = origin.email or dict(origin.attributes).get("enduser.id", "").casefold()
    if claimed:
        return Identity(claimed, "managed" if origin.settings == MANAGED else "claim")
    if origin.installation:
        return Identity(INSTALLATION + origin.installation, "installation")
    return Identity("", "unknown")


def links_of(origin: Origin) -> dict[str, str]:
    """Return what a use tells about whose other identities are: each of them, and an e-mail address."""
    if not origin.email:
        return {}
    installation = INSTALLATION + origin.installation if origin.installation else ""
    is_shared = origin.gateway == _GATEWAY  # there it is the person already
    others = (origin.account_id, origin.account_uuid, "" if is_shared else installation)
    return {other: origin.email for other in others if other}


def person(identity: str, directory: Directory, links: Mapping[str, str]) -> str:
    """Return the canonical e-mail behind an identity by the directory, else by a link, else the identity."""
    owner = directory.engineer_of(identity) if identity.startswith("user_") else None
    return owner if owner and "@" in owner else links.get(identity, identity)
