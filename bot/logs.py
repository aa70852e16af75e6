"""Logging: one line a record, for people or for machines, and never a secret."""

import json
import logging
import sys
from datetime import UTC, datetime

from bot.redact import protect

_CHATTY = ("httpx", "httpcore", "apscheduler", "waitress")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return json.dumps({**line, "traceback": record.exc_text} if record.exc_text else line)


def set_up(level: str, form: str) -> None:
    """Write to standard error from `level` up; `form` is `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(_Json() if form == "json" else text)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    protect([handler])
