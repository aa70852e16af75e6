"""The line that an answer begins with where its figures are old: since when, why, and what can be done."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template
from digests.numbers.report import IncidentKind
from digests.words import wording
from digests.words.incidents import WHAT_IS_WRONG, doubted

_NEED_A_KEY = ("key_refused", "key_lost", "disconnected")


Why = IncidentKind | Literal["disconnected", "behind", "doubted"]


@dataclass(frozen=True)
class Outdated:
    """Figures reach to `since` (None: there are none) and no further, because of `why`.

    It is `behind` where nothing is known to be wrong: nobody has asked for a while. A key that was refused
    once is `doubted`, and asked about `again`.
    """

    since: datetime | None
    why: Why
    again: datetime | None = None


def outdated(said: Message, why: Outdated, *, admin: bool, now: datetime, zone: str) -> Message:
    """Say so before anything else is said; a new key is for those who manage, to try again for everybody."""
    needs_key = why.why in _NEED_A_KEY
    told = render_template(
        "outdated",
        since=wording.moment(why.since, now=now, zone=zone) if why.since else "",
        zone=wording.zone(zone),
        why=doubted(why.again, now=now, zone=zone)
        if why.why == "doubted"
        else WHAT_IS_WRONG.get(why.why, ""),
        kind=why.why,
        needs_key=needs_key,
        admin=admin,
    )
    line = {**blocks.section(told.headline), "accessory": _button(admin=admin, why=why)}
    shown = line if admin or why.why != "disconnected" else blocks.section(told.headline)
    return message(replace(told, text=f"{told.text} {said.text}".strip()), shown, *said.blocks)


def _button(*, admin: bool, why: Outdated) -> blocks.Block:
    if admin and why.why in _NEED_A_KEY:
        return button("Add a new key", "connect", primary=True)
    return button("Sync now" if why.why == "behind" else "Try again", "sync")
