"""Draw a transcript in a terminal: every entry in a frame."""

from collections.abc import Iterable

from demo.slack.transcript import Entry, Message, View
from digests.terminal.draw import draw, lines_of
from digests.terminal.text import Line, Span, Viewer, mrkdwn, paint, plain, restyled, shorten, wrap

__all__ = ["Viewer", "draw", "draw_event"]


def draw_event(entry: Entry, width: int = 100, *, color: bool = False, viewer: Viewer | None = None) -> str:
    """Draw an entry of a transcript: who sees it, where and when, and what."""
    reader = viewer or Viewer(names=entry.names, now=entry.at)
    lines = [_heading(entry, reader), *_indented(_body(entry, width - 2, reader), _mark(entry))]
    return "\n".join(paint(shorten(line, width), color=color) for line in lines)


def _heading(entry: Entry, viewer: Viewer) -> Line:
    who = viewer.names.get(entry.user or "", "somebody").lstrip("@")
    place = viewer.names.get(entry.channel or "", "Direct message" if entry.channel else "")
    speaker = who if entry.kind in ("command", "click") else _author(entry, viewer)
    notes = {
        "ephemeral": f"only {who} sees this",
        "edit": "edited",
        "delete": "deleted",
        "file": "file",
        "modal": f"a modal opens for {who}",
        "modal_update": f"{who}'s modal changes",
        "modal_errors": f"{who}'s input is not accepted",
        "modal_close": f"{who}'s modal closes",
        "home": f"Home tab of {who}",
        "failure": "Slack reports",
    }
    moment = entry.at.astimezone(viewer.zone)
    parts = [*plain(f"{place}  ", "cyan")] if place else []
    parts += [*plain(speaker, "bold"), *plain(f"  {moment:%H:%M}", "dim")]
    note = notes.get(entry.kind)
    return [*parts, *plain(f"  {note}", "dim", "italic")] if note else parts


def _author(entry: Entry, viewer: Viewer) -> str:
    author = entry.subject.author if isinstance(entry.subject, Message) else ""
    return viewer.names.get(author, "StackSpend").lstrip("@")


def _body(entry: Entry, width: int, viewer: Viewer) -> list[Line]:
    if entry.kind == "modal_errors" and isinstance(entry.subject, View):
        return _errors(entry, width, viewer)
    if entry.kind in ("modal_close", "delete"):
        title = (entry.payload.get("title") or {}).get("text") or entry.payload.get("text") or ""
        return [shorten(plain(title.splitlines()[0] if title else "", "dim"), width)]
    if entry.kind in ("command", "click", "failure"):
        style = "red" if entry.kind == "failure" else "bold"
        return wrap(plain(entry.text, style), width)
    return lines_of(entry.payload, width, viewer)


def _errors(entry: Entry, width: int, viewer: Viewer) -> list[Line]:
    labels = {
        block.get("block_id"): block["label"]["text"]
        for block in entry.payload["blocks"]
        if block["type"] == "input"
    }
    lines: list[Line] = []
    for block_id, words in entry.errors.items():
        name = plain(f"{labels.get(block_id, block_id)}: ", "bold")
        lines += wrap([*plain("✗ ", "red"), *name, *restyled(mrkdwn(words, viewer), "red")], width)
    return lines


def _mark(entry: Entry) -> Span:
    if entry.kind in ("command", "click"):
        return Span("▶ ", frozenset({"green"}))
    color = {"failure": "red", "modal_errors": "red", "ephemeral": "dim"}.get(entry.kind, "cyan")
    return Span("▎ " if not entry.kind.startswith("modal") else "  ", frozenset({color}))


def _indented(lines: Iterable[Line], mark: Span) -> list[Line]:
    return [[mark, *line] for line in lines]
