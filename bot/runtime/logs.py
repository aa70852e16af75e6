"""Logging: one line a record, as text or JSON; no secrets, and no way for outsiders to forge a line.

_message (even of a broken record) → redact → escape → _fit → a line
"""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from traceback import format_tb

from bot.secrets_in_text import escape, redact

_OURS = ("stackspend", "bot", "storage", "digests", "providers", "demo")
# Slack's libraries log whole requests at DEBUG. Other libraries are kept at WARNING: httpx logs URLs with
# their queries, peewee every statement with its values.
_SLACK = ("slack_sdk", "slack_bolt")
_STRANGERS = "waitress.queue"  # logs every request that waits: anybody could fill the log
LONGEST = 8_000  # characters of a message; the longest of ours, a list of settings, has about 1,000
LONGEST_TRACEBACK = 40_000  # about 300 frames
DEEPEST = 10  # exceptions, each the cause of the next, or one within the other


def set_up(level: str, form: str) -> None:
    """Write to standard error from `level` up; `form` is `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(handlers=[handler], force=True)
    logging.raiseExceptions = False  # else a record that fails would be printed whole, secrets included
    listen_to(level)


def listen_to(level: str) -> None:
    """Log our own records from `level` up, and those of libraries from WARNING."""
    least = logging.getLevelNamesMapping()[level]
    logging.getLogger().setLevel(max(logging.WARNING, least))
    for name in _OURS:
        logging.getLogger(name).setLevel(least)
    for name in _SLACK:
        logging.getLogger(name).setLevel(max(logging.INFO, least))
    logging.getLogger(_STRANGERS).setLevel(logging.ERROR)


class Text(logging.Formatter):
    """Formats a record as a line of text, with its traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line; nothing that is in a record makes this raise."""
        line = f"{self.formatTime(record)} {record.levelname:7} {escape(record.name)}: {_message(record)}"
        below = _traceback(record)
        return f"{line}\n{below}" if below else line


class Json(logging.Formatter):
    """Formats a record as a line with one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line; nothing that is in a record makes this raise."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": escape(record.name),
            "message": _message(record),
        }
        below = _traceback(record)
        return json.dumps({**line, "traceback": below} if below else line)


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - whatever the arguments do, the record is written
        text = f"{_safely(record.msg)} (its arguments do not fit: {_safely(record.args)})"
    return _fit(escape(redact(text)), LONGEST)


def _traceback(record: logging.LogRecord) -> str:
    """Return the traceback and stack of a record, "" without either."""
    error = record.exc_info[1] if record.exc_info else None
    try:
        lines = list(_traceback_lines(error, DEEPEST)) if error else (record.exc_text or "").splitlines()
    except Exception:  # noqa: BLE001 - as above; an exception may be as odd as any value
        lines = [f"<unprintable {type(error).__name__}>"]
    lines += (record.stack_info or "").splitlines()
    return _fit("\n".join(escape(redact(line)) for line in lines), LONGEST_TRACEBACK)


def _traceback_lines(error: BaseException, depth: int) -> Iterator[str]:
    """Yield a traceback line by line, as Python prints it; the message of an exception stays on one line."""
    former = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if former and depth:
        yield from _traceback_lines(former, depth - 1)
        yield "The above exception led to this one:"
    yield "Traceback (most recent call last):"
    for frame in format_tb(error.__traceback__):
        yield from frame.splitlines()
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_safely(error)}"
    for note in getattr(error, "__notes__", ()):
        yield _safely(note)
    if isinstance(error, BaseExceptionGroup) and depth:
        for each in error.exceptions[:DEEPEST]:
            yield from (f"  {line}" for line in _traceback_lines(each, depth - 1))


def _safely(value: object) -> str:
    """Return `str(value)`, or a placeholder if that raises."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a log that is written is better than none
        return f"<unprintable {type(value).__name__}>"


def _fit(text: str, most: int) -> str:
    """Cut the middle out of a long text: its beginning and end say most."""
    over = len(text) - most
    return text if over <= 0 else f"{text[: most // 2]} … {over} characters left out … {text[-(most // 2) :]}"
