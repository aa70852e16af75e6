"""A typed text as tokens, without what keyboards and Slack add; what can carry meaning stays.

Mentions and links keep Slack's own form, `<@U…|name>`, as one token: https://docs.slack.dev/messaging/formatting-message-text.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

MOST_CHARACTERS, MOST_TOKENS = 300, 40  # far above any question; they bound the work of reading one
_PIECES = re.compile(
    r"\"(?P<double>[^\"]+)\"|“(?P<curly>[^“”\"]+)[”\"]|„(?P<low>[^„“”]+)[“”]|«(?P<angle>[^«»]+)»"
    r"|`(?P<code>[^`]+)`|(?<!\w)'(?P<single>[^']+)'(?!\w)"
    r"|(?P<form><[^<>]+>)|(?P<emoji>:[a-z0-9_+-]*[a-z_][a-z0-9_+-]*:)|(?P<plain>.)",
    re.DOTALL | re.IGNORECASE,
)
_SPECIAL = re.compile(r"[\"“„«`'<:]")  # what begins a piece that is more than words
_QUOTES = ("double", "curly", "low", "angle", "code", "single")
_BLANKS = re.compile(
    r"(?<!\d),|,(?!\d{3}(?!\d))|[;!?(){}\[\]|\"“”„«»`*…=]|(?<=[^\W\d]):(?=\S)|(?<!\w)'|'(?!\w)"
)
_ISO = r"\d{4}-\d{1,2}(?:-\d{1,2})?"
_DATE = rf"{_ISO}|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?"
_JOINED_DATES = re.compile(
    rf"(?<![\d/-])({_DATE})-({_DATE})(?![\d/-])|(?<![\d/-])({_ISO})/({_ISO})(?![\d/-])"
)
_DOTS = re.compile(r"\.{2,}")
_LONG_DASH = re.compile(r"(?<!\d)[–—―](?!\d)|[—―]")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))  # hyphens, dashes, minus
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc", "'"))
_ENDING = re.compile(r"(?<=\w)'(?:s|m|ve|re)$")
_SLASH_COMMAND = re.compile(r"/[a-z]+")


class Token(NamedTuple):
    """A word: `text` to match, `raw` to show. A quoted one is a name, and may have blanks."""

    text: str
    raw: str
    is_quoted: bool = False


class TooLong(Exception):
    """The text is longer than any question."""


def tokenize(text: str, own_id: str = "") -> list[Token]:
    """Cut a text into tokens, without mentions of the bot itself (`own_id`). Raises TooLong."""
    if len(text) > MOST_CHARACTERS:
        raise TooLong
    tokens = [token for token in _tokens(_visible(unescape(text))) if not _is_mention_of(token, own_id)]
    if len(tokens) > MOST_TOKENS:
        raise TooLong
    return tokens[1:] if tokens and _SLASH_COMMAND.fullmatch(tokens[0].text) else tokens


def fold(text: str) -> str:
    """Return a text as it is compared: one case, one form of each character, single blanks, no quotes."""
    plain = _visible(text).translate(_DASHES).replace('"', " ").casefold()
    return " ".join(plain.split())


def words_of(folded: str) -> list[str]:
    """Return the tokens of a folded name, as a person would type it without quotes."""
    return [token.text for token in _tokens(folded)]


def is_form(token: str) -> bool:
    """Whether a token is a mention or a link in Slack's form."""
    return token.startswith("<") and token.endswith(">")


def _visible(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    if plain.isprintable():
        return plain
    return "".join(" " if character.isspace() else character for character in plain if _is_shown(character))


def _is_shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Cn", "Co"}


def _is_mention_of(token: Token, own_id: str) -> bool:
    return bool(own_id) and token.text[1:-1].partition("|")[0] == f"@{own_id}"


def _tokens(text: str) -> Iterator[Token]:
    """Yield quoted names, forms and emoji whole, and the words of what is between them."""
    if not _SPECIAL.search(text):
        yield from _words(text)
        return
    between: list[str] = []
    for piece in _PIECES.finditer(text):
        kind = piece.lastgroup or ""
        if kind == "plain":
            between.append(piece[0])
            continue
        yield from _words("".join(between))
        between.clear()
        if kind in _QUOTES:
            if fold(piece[kind]):
                yield Token(fold(piece[kind]), piece[kind], is_quoted=True)
        else:
            yield Token(piece[0], piece[0])
    yield from _words("".join(between))


def _words(text: str) -> Iterator[Token]:
    plain = _LONG_DASH.sub(" - ", text).translate(_DASHES)
    plain = _JOINED_DATES.sub(_parted, _DOTS.sub(" .. ", _BLANKS.sub(" ", plain)))
    for raw in plain.split():
        if word := _bare(raw):
            yield Token(word, raw)


def _parted(joined: "re.Match[str]") -> str:
    return f"{joined[1] or joined[3]} .. {joined[2] or joined[4]}"


def _bare(raw: str) -> str:
    """Return a word in one case, without punctuation around it or the ending of `what's`."""
    if raw in ("..", "-"):
        return raw
    if raw.isalnum():
        return raw.casefold()
    word = raw.casefold().removeprefix("--").strip(".:,~")
    shorter = _ENDING.sub("", word)
    if word.startswith("-") and not word[1:2].isdigit():
        shorter = shorter.strip("-")
    return "" if all(unicodedata.category(character)[0] == "P" for character in shorter) else shorter
