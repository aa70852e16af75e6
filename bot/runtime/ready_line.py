"""The last line of a good start: what to do in Slack next."""

from bot.settings import Settings
from storage.engine.database import session
from storage.state import connections, installations

CONNECT = "Ready. In Slack, type /stackspend connect"
ASK = "Ready. In Slack, type /stackspend"
INSTALL = "Ready. Add it to a Slack workspace: {address}/slack/install"
WITHOUT_SLACK = "Ready. It syncs for the command line: stackspend cost today"
CONNECT_HERE = "Ready. Connect Anthropic: stackspend connect < key.txt"


def ready_line(settings: Settings) -> str:
    """Return what to do next, by what is installed and connected."""
    with session():
        is_connected = bool(connections.teams())
        is_installed = not settings.has_many_teams or bool(installations.every())
    if not settings.has_slack:
        return WITHOUT_SLACK if is_connected else CONNECT_HERE
    if not is_installed:
        return INSTALL.format(address=settings.public_url)
    return ASK if is_connected else CONNECT
