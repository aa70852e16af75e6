"""Who may do what: every full member may ask, admins and those named in the settings may manage."""

from bot.grammar import Name
from bot.viewer import Viewer

MANAGING: frozenset[Name] = frozenset({"connect", "disconnect", "digest", "sync"})


def may_ask(viewer: Viewer) -> bool:
    """Whether costs may be shown: not to guests, strangers, bots and those who left."""
    return viewer.is_full_member


def may_manage(viewer: Viewer, admins: frozenset[str]) -> bool:
    """Whether keys and digests are theirs to change; nobody from outside is, named or not."""
    return viewer.is_full_member and (viewer.is_admin or viewer.user_id in admins)


def may(viewer: Viewer, name: Name, admins: frozenset[str]) -> bool:
    """Whether this command is open to them."""
    return may_manage(viewer, admins) if name in MANAGING else may_ask(viewer)
