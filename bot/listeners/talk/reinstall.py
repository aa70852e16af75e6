"""Offering admins to install the app again, where a permission for conversations is missing.

On the Home tab until somebody turns it down, and in `status` from then on.
"""

from bot.listeners.context import Context
from bot.slack.users import Viewer
from digests.layout.blocks import Block
from digests.layout.message import Message
from digests.messages import conversation
from storage.engine.database import session, transaction
from storage.state import installations
from storage.state.talk import declined_offers

OFFER = "conversations"
APP_SETTINGS = "https://api.slack.com/apps"


def offer(context: Context) -> list[Block]:
    """Return the offer for an admin's Home tab; nothing where no permission is missing or it was declined."""
    missing = context.scopes.missing()
    if not missing or _is_declined(context):
        return []
    return conversation.reinstall(missing, _address(context), is_own_app=not _is_installed(context))


def with_remark(context: Context, answer: Message) -> Message:
    """Add to an answer which permissions are missing."""
    missing = context.scopes.missing()
    return conversation.with_missing(answer, missing) if missing else answer


def decline(context: Context, viewer: Viewer) -> None:
    """Record that an admin turned the offer down, for all of them."""
    with transaction():
        declined_offers.decline(context.team_id, OFFER, by=viewer.user_id, at=context.services.now())


def _is_declined(context: Context) -> bool:
    with session():
        return declined_offers.is_declined(context.team_id, OFFER)


def _is_installed(context: Context) -> bool:
    """Whether the workspace installed an app that many share, instead of making its own."""
    with session():
        return installations.of_team(context.team_id) is not None


def _address(context: Context) -> str:
    return f"{context.services.public_url}/slack/install" if _is_installed(context) else APP_SETTINGS
