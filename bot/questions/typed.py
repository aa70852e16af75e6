"""A typed text as words, without what keyboards and Slack add; words that can carry meaning stay.

Mentions and links keep Slack's own form, `<@U…|name>`, as one word: https://docs.slack.dev/messaging/formatting-message-text.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape

_MOST_CHARACTERS, _MOST_WORDS = 300, 40  # far above any question; they bound the search for near commands
_FORM = re.compile(r"(<[^<>]*>)")  # <@U…>, <#C…|name>, <!subteam^S…>, <https://…>
_EMOJI = re.compile(r":[a-z0-9_+-]+:")
_BLANKS = "\"'`,;!?"
_MINUS = "\u2212"
_DOTS = re.compile(r"\.{2,}")
_NO_MEANING = {"Pc", "Pd", "Pe", "Ps", "Po", "Pi", "Pf"}  # punctuation


class TooLong(Exception):
    """The text is longer than any question."""


def words(text: str, own_id: str = "") -> list[str]:
    """Cut a text into words, without mentions of the bot itself (`own_id`). Raises TooLong."""
    if len(text) > _MOST_CHARACTERS:
        raise TooLong
    typed = list(_words(text, own_id))
    if len(typed) > _MOST_WORDS:
        raise TooLong
    return typed[1:] if typed and re.fullmatch(r"/[a-z]+", typed[0]) else typed


def _words(text: str, own_id: str) -> Iterator[str]:
    for part in _FORM.split(text):
        if not _FORM.fullmatch(part):
            yield from filter(None, map(_bare, _clean(part).split()))
        elif not own_id or part[1:-1].partition("|")[0] != f"@{own_id}":
            yield part


def is_form(word: str) -> bool:
    """Whether a word is a mention or a link in Slack's form."""
    return bool(_FORM.fullmatch(word))


def _clean(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unescape(text))
    return _DOTS.sub("..", "".join(map(_typewritten, plain))).casefold()


def _bare(word: str) -> str:
    """Strip punctuation around a word; an open range keeps its dots, because it is no day."""
    bare = word.removeprefix("--")
    if _EMOJI.fullmatch(bare) or bare.startswith("..") or bare.endswith(".."):
        return bare
    bare = bare.strip(".:()[]{}")
    return "" if all(unicodedata.category(character) in _NO_MEANING for character in bare) else bare


def _typewritten(character: str) -> str:
    """Replace typographic quotes and dashes, and remove invisible characters."""
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category in {"Pi", "Pf"} or character in _BLANKS:
        return " "
    return "-" if category == "Pd" or character == _MINUS else character
