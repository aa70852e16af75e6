"""Socket Mode: Slack reaches us over a connection that we open, so that no public address is needed."""

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.front import Front


def listen(app: App | Front, *, token: str, api_url: str) -> SocketModeHandler:
    """Connect with an app token (`xapp-…`) and hand what arrives to the app, in threads of its own."""
    caller = WebClient(token=token, base_url=api_url, timeout=10)
    handler = SocketModeHandler(app, token, web_client=caller)  # type: ignore[arg-type] # all it needs of an app
    handler.connect()  # type: ignore[no-untyped-call] # Bolt's
    return handler
