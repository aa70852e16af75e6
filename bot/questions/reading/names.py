"""The catalog of names that people can ask for, indexed once so that three thousand cost as little as ten."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Literal, NamedTuple

from bot.questions.reading.tokens import Token, fold, is_form, words_of
from bot.questions.reading.typos import TypoIndex

NameDimension = Literal["model", "engineer", "workspace", "key", "product", "team"]
MOST_MATCHES = 4  # names of one word that are told apart; each is a button
_LONGEST = 8  # words of a name that are compared; longer ones are quoted or go by another name
_SHORTEST = 4  # letters of a name that can have a typo
_PREFIX = 4  # letters that suggest a name that begins with them
_USUAL = re.compile(r"\w+(?:[ @.+-]\w+)*")  # a name that is cut at blanks alone
_PARTS = re.compile(r"[\s._\-/@+]+")


class Name(NamedTuple):
    """A member of a dimension: its id, the name that people see, and other ways to write it.

    An engineer's id is the e-mail address, a model family's its word. `mention` is the id in Slack.
    """

    dimension: NameDimension
    id: str
    text: str
    aliases: tuple[str, ...] = ()
    mention: str = ""


class Match(NamedTuple):
    """The names that some words stand for; more than one cannot be told apart. Exact, or by a part of it."""

    length: int
    names: tuple[Name, ...]
    is_exact: bool


class Names:
    """The names of one team."""

    def __init__(self, names: Iterable[Name] = ()) -> None:
        self._exact: dict[str, dict[Name, None]] = {}
        self._parts: dict[str, dict[Name, None]] = {}
        self._mentions: dict[str, Name] = {}
        self._longest: dict[str, int] = {}
        for name in names:
            self._add(name)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(word for word in {*self._exact, *self._parts} if " " not in word)

    @cached_property
    def _typos(self) -> TypoIndex:
        written = (word for word in self._sorted if "@" not in word)  # nobody types an address by heart
        return TypoIndex(written, shortest=_SHORTEST)

    def _add(self, name: Name) -> None:
        if name.mention:
            self._mentions[name.mention] = name
        for written in dict.fromkeys((name.text, name.id, *name.aliases)):
            for form in _forms(written):
                self._exact.setdefault(form, {})[name] = None
                self._note_length(form)
        for part in _parts(name):
            self._parts.setdefault(part, {})[name] = None

    def _note_length(self, form: str) -> None:
        words = form.split() if _USUAL.fullmatch(form) else words_of(form)
        if 0 < len(words) <= _LONGEST:
            joined = " ".join(words)
            if joined != form:  # a name with punctuation that typing loses
                self._exact.setdefault(joined, {}).update(self._exact[form])
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def at(self, tokens: Sequence[Token], at: int, only: str = "") -> Iterator[Match]:
        """Yield the names that begin at a token, of one dimension where `only` names it."""
        token = tokens[at]
        if is_form(token.text):
            mention = self._mentions.get(token.text[1:-1].partition("|")[0].rpartition("^")[2].lstrip("@"))
            if mention and only in ("", mention.dimension):
                yield Match(1, (mention,), is_exact=True)
            return
        if token.is_quoted:
            yield from self._match(token.text, 1, only)
            return
        first = token.text.removeprefix("@")
        for length in range(self._longest.get(first, 0), 1, -1):
            if at + length <= len(tokens):
                joined = " ".join([first, *[each.text for each in tokens[at + 1 : at + length]]])
                yield from self._match(joined, length, only)
        yield from self._match(first, 1, only)

    def _match(self, joined: str, length: int, only: str) -> Iterator[Match]:
        if exact := _only(self._exact.get(joined, {}), only):
            yield Match(length, exact, is_exact=True)
        elif length == 1 and (partial := _only(self._parts.get(joined, {}), only)):
            yield Match(1, partial, is_exact=False)

    def with_mentions(self, people: Iterable[Name]) -> "Names":
        """Return these names, for one text, with people whom Slack knows by their `mention`."""
        more = copy(self)
        more._mentions = {  # noqa: SLF001 - its own
            **self._mentions,
            **{person.mention: self._listed(person) for person in people},
        }
        return more

    def _listed(self, person: Name) -> Name:
        """Return the engineer with a person's address, else the person."""
        engineers = (name for name in self.exactly(person.id) if name.dimension == "engineer")
        return next(engineers, person)

    def exactly(self, text: str) -> tuple[Name, ...]:
        """Return the names that a whole text stands for."""
        return tuple(self._exact.get(fold(text), ()))

    def near(self, word: str) -> list[Name]:
        """Return names that a word may have been meant for: a typo away, or beginning with it."""
        typed = word.removeprefix("@")
        words = self._typos.nearest(typed)
        if len(typed) >= _PREFIX:
            at = bisect_left(self._sorted, typed)
            words += [each for each in self._sorted[at : at + MOST_MATCHES] if each.startswith(typed)]
        found = [
            name
            for each in words
            for name in _only({**self._exact.get(each, {}), **self._parts.get(each, {})}, "")
        ]
        return list(dict.fromkeys(found))[:MOST_MATCHES]


def _only(names: Mapping[Name, None], dimension: str) -> tuple[Name, ...]:
    """Return the names of a dimension ("" for any), at most one more than can be told apart."""
    chosen = []
    for name in names:
        if dimension in ("", name.dimension):
            chosen.append(name)
            if len(chosen) > MOST_MATCHES:
                break
    return tuple(chosen)


def _forms(written: str) -> Iterator[str]:
    """Yield a name as it is compared, with its accents and without."""
    form = fold(written)
    if form:
        yield form
        if not form.isascii() and (bare := _without_accents(form)) and bare != form:
            yield bare


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("ø", "o").replace("ß", "ss"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _parts(name: Name) -> set[str]:
    """Return the words of a name that stand for it where no other name has them: `jonas`, `nightly`."""
    whole = set(_forms(name.text))
    parts = {part for form in whole for part in _PARTS.split(form)} - whole
    if name.dimension == "engineer":
        local_part = fold(name.id.partition("@")[0])
        parts |= {local_part, *_PARTS.split(local_part)}
    return {part for part in parts if len(part) > 1 and not part.isdigit()}
