"""What telemetry adds below `engineers` and `me`: who is at it right now, and what it says of the period."""

from digests.layout import blocks
from digests.layout.message import Message
from digests.numbers.telemetry.live import Live
from digests.words import wording

_NAMED = 5  # people at it right now: a line on a phone has about as many


def with_live(answer: Message, live: Live, *, own: bool = False) -> Message:
    """Return an answer with a line of live use above its buttons; `own` is the asker's."""
    line = f"{_right_now(live, own=own)}{wording.REMARK}{_period(live)}"
    at = next((n for n, block in enumerate(answer.blocks) if block["type"] == "actions"), len(answer.blocks))
    shown = [*answer.blocks[:at], blocks.context(line), *answer.blocks[at:]]
    return Message(answer.text, shown[: blocks.BLOCKS])


def _right_now(live: Live, *, own: bool) -> str:
    if own:
        return "*Right now*: you're active" if live.active else f"Nothing in the last {live.minutes} minutes"
    if not live.active:
        return f"*Right now*: nobody in the last {live.minutes} minutes"
    names = [wording.escape(wording.short(name)) for name in live.active[:_NAMED]]
    more = len(live.active) - _NAMED
    return f"*Right now*: {', '.join(names)}{f' and {wording.number(more)} more' if more > 0 else ''}"


def _period(live: Live) -> str:
    plan = f", {wording.estimated(live.plan)} of it under subscriptions" if live.plan else ""
    sessions = wording.counted(live.sessions, "session")
    return f"by telemetry, beside the bill: {wording.estimated(live.cost)} in {sessions}{plan}"
