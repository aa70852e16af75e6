"""No key in a log: whatever looks like a secret is cut before a record is written."""

import logging
import re
from collections.abc import Iterable

_SECRET = re.compile(r"(sk-ant-|xox[a-z]{1,2}[-.]|xapp-|xwfp-)[\w.-]+")
_CHATTY = ("slack_sdk", "slack_bolt")


class Redact(logging.Filter):
    """Cuts keys and Slack tokens out of messages and tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, cleaned."""
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def redact(text: str) -> str:
    """Leave of a secret only what kind it is."""
    return _SECRET.sub(r"\1…", text)


def protect(handlers: Iterable[logging.Handler]) -> None:
    """Clean what these handlers write. Slack's libraries log whole requests at DEBUG, so they never do."""
    for handler in handlers:
        handler.addFilter(Redact())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.root.level))
