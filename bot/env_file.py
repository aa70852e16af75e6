r"""The file `.env`: settings beside the program, read as data. Nothing in it is executed, `$` is literal.

    # a comment                           export NAME=value      as shells write it
    NAME=value with spaces, = $ & "       up to the end of the line, or to a # after a blank
    NAME='value'                          literally, over several lines if need be
    NAME="value"                          likewise; \" \\ \$ \` stand for the second character

A NAME or NAME_FILE in the environment takes precedence; of two lines for one name, the last.
"""

import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from bot.settings import WrongSettings

FILE = Path(".env")
_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=")
_SINGLE = re.compile(r"[ \t]*'([^']*)'")
_DOUBLE = re.compile(r'[ \t]*"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\$`])')
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_BARE = re.compile(r"([^\n]*?)(?:[ \t]+#[^\n]*)?[ \t]*(?:\n|\Z)")


class Unreadable(Exception):
    """A malformed line; the message says which and why, and repeats none of it."""


def load(environment: MutableMapping[str, str], path: Path = FILE) -> None:
    """Set the names in the file that the environment does not set. Raises WrongSettings."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return
    except UnicodeDecodeError:
        raise WrongSettings(f"{path} can't be read: it isn't UTF-8 text") from None
    except OSError as error:
        raise WrongSettings(f"{path} can't be read: {error.strerror}") from error
    try:
        values = dict(settings_in(text))
    except Unreadable as error:
        raise WrongSettings(f"{path} {error}") from None
    taken = set(environment)
    for name, value in values.items():
        if not {name, f"{name}_FILE", name.removesuffix("_FILE")} & taken:
            environment[name] = value


def settings_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield every name and value. Raises Unreadable."""
    text, at = text.replace("\r\n", "\n").replace("\r", "\n"), 0
    while at < len(text):
        if nothing := _REST.match(text, at):
            at = nothing.end()
            continue
        line = text.count("\n", 0, at) + 1
        name = _NAME.match(text, at)
        if name is None:
            raise Unreadable(f"line {line} isn't NAME=value")
        value, at = _value(text, name.end(), line)
        if "\0" in value:
            raise Unreadable(f"line {line} has a character that values can't have")
        yield name[1], value


def _value(text: str, at: int, line: int) -> tuple[str, int]:
    """Return a value and the position of the next line."""
    quote = text[at:].lstrip(" \t")[:1]
    if quote not in ("'", '"'):
        bare = _BARE.match(text, at)
        return (bare[1].lstrip(" \t"), bare.end()) if bare else ("", len(text))
    quoted = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
    if quoted is None:
        raise Unreadable(f"line {line} has a {quote} without a closing one")
    rest = _REST.match(text, quoted.end())
    if rest is None:
        raise Unreadable(f"line {line} has text after the closing {quote}")
    value = quoted[1] if quote == "'" else _ESCAPE.sub(r"\1", quoted[1])
    return value, rest.end()
