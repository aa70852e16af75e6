"""The first line of an answer whose figures are old: since when, why, and what to do."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template
from digests.messages.ask_admin import ask_admin
from digests.words import wording
from digests.words.incidents import WHAT_IS_WRONG, doubted
from storage.state import incidents

_NEED_A_KEY = ("key_refused", "key_lost", "disconnected")


Why = incidents.Kind | Literal["disconnected", "behind", "doubted", "unreadable"]


@dataclass(frozen=True)
class Outdated:
    """Figures end at `since` (None: there are none) because of `why`.

    `behind` means that nothing is known to be wrong, but nothing was synced for a while; `unreadable` that
    answers came which cannot be read; `doubted` that the key was refused once, and is tried `again` then.
    """

    since: datetime | None
    why: Why
    again: datetime | None = None


def outdated(answer: Message, why: Outdated, *, admin: bool, now: datetime, zone: str) -> Message:
    """Put the line before an answer, with a button: a new key for admins; for others a request or a retry."""
    needs_key = why.why in _NEED_A_KEY
    rendered = render_template(
        "outdated",
        since=wording.moment(why.since, now=now, zone=zone) if why.since else "",
        why=doubted(why.again, now=now, zone=zone)
        if why.why == "doubted"
        else WHAT_IS_WRONG.get(why.why, ""),
        kind=why.why,
        needs_key=needs_key,
        admin=admin,
    )
    shown = {**blocks.section(rendered.headline), "accessory": _button(admin=admin, why=why)}
    return message(replace(rendered, text=f"{rendered.text} {answer.text}".strip()), shown, *answer.blocks)


def _button(*, admin: bool, why: Outdated) -> blocks.Block:
    if admin and why.why in _NEED_A_KEY:
        return button("Add a new key", "connect", primary=True)
    if why.why in _NEED_A_KEY:
        return ask_admin("connect" if why.why == "disconnected" else "key")
    return button("Sync now" if why.why == "behind" else "Try again", "sync")
