"""What admins manage on the Home tab: digests, access, the connection, telemetry."""

from collections.abc import Sequence
from datetime import datetime

from digests.layout import blocks
from digests.messages.digest.listing import MOST_ON_HOME, Names, line
from digests.words import wording
from storage.state.ingest.tokens import IngestToken
from storage.state.subscriptions import Subscription


def digests(subscriptions: Sequence[Subscription], names: Names, *, now: datetime) -> blocks.Block:
    """Return a line for each of the first digests, those that come first, with the button to the list."""
    shown = sorted(subscriptions, key=_comes)[:MOST_ON_HOME]
    lines = [line(each, names, now) for each in shown] or ["None yet"]
    if more := len(subscriptions) - len(shown):
        lines.append(f"and {wording.number(more)} more")
    text = blocks.listed(["*Digests*", *lines], blocks.SECTION)
    return {**blocks.section(text), "accessory": blocks.button("Manage digests", "digest:list")}


def _comes(digest: Subscription) -> bool:
    """Whether a digest is posted as it was set up; one that cost too little is."""
    return not digest.paused and (not digest.trouble or digest.skipped is not None)


def access(in_short: str) -> blocks.Block:
    """Return who can see what, with the button that changes it."""
    change = blocks.button("Change access", "settings")
    return {**blocks.section(f"*Access*\n{in_short}"), "accessory": change}


def telemetry(tokens: Sequence[IngestToken], now: datetime) -> blocks.Block:
    """Return the ingest tokens and when each was last used, and the buttons for them."""
    head = "*Claude Code, Cowork, and agents*"
    if not tokens:
        connect = blocks.button("Connect telemetry", "connect:claude")
        return {**blocks.section(f"{head}\nNo telemetry yet"), "accessory": connect}
    lines = [f"{wording.escape(each.name)}{wording.REMARK}{last_use(each, now)}" for each in tokens]
    choices = {"connect claude": "Connect telemetry", "disconnect claude": "Revoke a token"}
    text = blocks.listed([head, *lines], blocks.SECTION)
    return {**blocks.section(text), "accessory": blocks.overflow("ask:telemetry", choices)}


def last_use(token: IngestToken, now: datetime) -> str:
    """Return when something last came with a token."""
    if token.used_at is None and token.tested_at is not None:
        return f"test span {wording.ago(token.tested_at, now=now)}, no event yet"
    return f"last event {wording.ago(token.used_at, now=now)}" if token.used_at else "no event yet"


def connection(hint: str) -> blocks.Block:
    """Return the connection, with a menu of what admins do about it."""
    choices = {
        "sync": "Sync now",
        "status": "Data status",
        "connect": "Replace key…",
        "audit": "Audit log",
        "disconnect": "Disconnect…",
    }
    text = f"*Anthropic*\nConnected, key `…{wording.escape(wording.short(hint))}`"
    return {**blocks.section(text), "accessory": blocks.overflow("ask:manage", choices)}


def unconnected() -> blocks.Block:
    """Return the admins' buttons while nothing is connected."""
    return blocks.actions(blocks.button("Settings", "settings"), blocks.button("Audit log", "audit"))
