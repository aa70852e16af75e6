"""The audit log for people: in a modal, as text, as CSV, as JSON."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from digests.files.json_form import as_json
from digests.files.moments import rfc3339
from digests.files.spreadsheet import cell
from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message
from digests.words import phrases, wording
from storage.state.audit import Entry

NOTHING = "Nothing has been logged yet."
WHAT_IT_IS = "Connections, changes, exports, shares, and views of engineer names. Kept 400 days."
_PERSON, _CHANNEL = re.compile("[UW][A-Z0-9]{8,}"), re.compile(r"\bC[A-Z0-9]{8,}\b")
_ACTS = {"engineers viewed": "viewed engineer names"}
_DETAIL = 200  # characters of an entry, which is a line or two of a modal


@dataclass(frozen=True)
class Log:
    """The entries of a team, newest first."""

    entries: Sequence[Entry]


def page(entries: Sequence[Entry], *, zone: str, is_first: bool, older: bool) -> Message:
    """Return a page of entries, one a line, with buttons to more."""
    lines = [line(entry, zone=zone) for entry in entries]
    buttons = [
        *([] if is_first else [button("Newest", "audit")]),
        *([button("Older", "audit:older", value=str(entries[-1].id))] if older else []),
        button("Export CSV", "audit:csv"),
    ]
    return Message(
        blocks.listed([WHAT_IT_IS, *lines], blocks.TEXT),
        [
            blocks.section(f"{WHAT_IT_IS} Times are {wording.escape(wording.zone(zone))}."),
            *map(blocks.context, lines or [NOTHING]),
            blocks.actions(*buttons),
        ],
    )


def as_text(entries: Sequence[Entry], *, zone: str) -> Message:
    """Return a message with the newest entries, as many as it can hold."""
    lines = [line(entry, zone=zone) for entry in entries] or [NOTHING]
    text = blocks.listed(lines, blocks.SECTION)
    return Message(text, [blocks.section(text)])


def line(entry: Entry, *, zone: str) -> str:
    """Return an entry, safe for mrkdwn; its people and channels are mentions, which notify nobody here."""
    who = f"<@{entry.who}>" if _PERSON.fullmatch(entry.who) else wording.escape(entry.who)
    detail = _CHANNEL.sub(r"<#\g<0>>", wording.escape(wording.cut_at_end(entry.detail, _DETAIL)))
    return f"{_when(entry, zone)}  ·  {who}  *{_act(entry)}*  ·  {detail}"


def _act(entry: Entry) -> str:
    """Return what somebody did, as people read it; files keep the stored name."""
    return _ACTS.get(entry.what, entry.what)


def _when(entry: Entry, zone: str) -> str:
    return f"{wording.date_full(phrases.day_of(entry.at, zone))}, {wording.clock(entry.at, zone)}"


def terminal(entries: Sequence[Entry], *, zone: str) -> list[str]:
    """Return entries without markup."""
    return [
        "  ".join(
            (wording.in_24_hours(_when(entry, zone)), entry.who, _act(entry), wording.plain(entry.detail))
        )
        for entry in entries
    ] or [NOTHING]


def as_csv(log: Log) -> str:
    """Write the log as CSV, in UTC and with Slack's ids."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["at", "who", "what", "detail"])
    table.writerows(map(cell, row.values()) for row in map(_row, log.entries))
    return written.getvalue()


def _row(entry: Entry) -> dict[str, str]:
    return {"at": rfc3339(entry.at), "who": entry.who, "what": entry.what, "detail": entry.detail}


@as_json.register
def _(log: Log) -> dict[str, Any]:
    return {"entries": [_row(entry) for entry in log.entries]}
