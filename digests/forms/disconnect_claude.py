"""The modal that lists the ingest tokens, and revokes one after a confirmation."""

from collections.abc import Sequence
from datetime import datetime

from digests.layout import blocks, modals
from digests.layout.message import Message
from digests.messages.home_tab.managing import last_use
from digests.words import wording
from storage.state.ingest.tokens import IngestToken

TITLE = "Telemetry tokens"
NONE = "There are no active tokens. `/stackspend connect claude` makes one."
WHAT_REVOKING_DOES = "Anything sent with a revoked token is refused at once. What it sent before stays."
REVOKED = ":white_check_mark: *{name}* is revoked."
MORE = "{count} more aren't listed here: `stackspend disconnect claude --name …` revokes them too."
MOST = 40  # tokens of a modal; Slack takes a hundred blocks, and nobody scrolls further


def listing(tokens: Sequence[IngestToken], *, now: datetime, revoked: str = "") -> blocks.Block:
    """Return the tokens, each with a button, after the name of the one that was just `revoked`."""
    content = [
        *([blocks.section(REVOKED.format(name=wording.escape(revoked)))] if revoked else []),
        *[_line(each, now) for each in tokens[:MOST]],
        *([blocks.context(MORE.format(count=wording.number(len(tokens) - MOST)))] if tokens[MOST:] else []),
        blocks.context(WHAT_REVOKING_DOES) if tokens else blocks.section(NONE),
    ]
    return modals.notice(TITLE, Message("", content))


def _line(token: IngestToken, now: datetime) -> blocks.Block:
    parts = [f"*{wording.escape(token.name)}*", f"`…{wording.escape(token.hint)}`", last_use(token, now)]
    sure = {
        "title": modals.plain("Revoke this token?"),
        "text": modals.plain(f"{wording.plain(token.name)}: anything sent with it is refused from now on."),
        "confirm": modals.plain("Revoke"),
        "deny": modals.plain("Keep"),
        "style": "danger",
    }
    button = {**blocks.button("Revoke", "claude:revoke", value=str(token.id)), "style": "danger"}
    return {**blocks.section(wording.REMARK.join(parts)), "accessory": {**button, "confirm": sure}}
