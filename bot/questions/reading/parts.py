"""What some words of a text can be: the parts that a reading is put together from."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from bot.questions.reading.names import Name
from bot.questions.reading.spans import Span
from bot.questions.reading.types import Command, Dimension, Form


@dataclass(frozen=True)
class Verb:
    """A command, with the words that come with it. A weak one (`cost`) gives way to any other."""

    command: Command
    words: tuple[str, ...] = ()
    is_weak: bool = False


@dataclass(frozen=True)
class Words:
    """Arguments that only some commands take: `pause`, `verbose`."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Time:
    """A period."""

    span: Span


@dataclass(frozen=True)
class By:
    """A dimension, or two; a mere noun (`engineers`) rather than `by engineer` can also be a command."""

    dimension: Dimension
    is_noun: bool = False
    also: Dimension | None = None


@dataclass(frozen=True)
class Named:
    """A name, or several that cannot be told apart."""

    names: tuple[Name, ...]


@dataclass(frozen=True)
class Top:
    """The so many largest; None is the largest first, as every answer has it."""

    count: int | None


@dataclass(frozen=True)
class Versus:
    """What stands between two things that are compared."""


@dataclass(frozen=True)
class Before:
    """The like period before the one that it is compared with."""


@dataclass(frozen=True)
class Compare:
    """A verb that has two things after it, joined by any word."""


@dataclass(frozen=True)
class Shift:
    """A comparison with the unit before (`month over month`) or the year before (`yoy`)."""

    unit: Span
    before: Span


@dataclass(frozen=True)
class File:
    """The form of a file."""

    form: Form


@dataclass(frozen=True)
class Zone:
    """A time zone."""

    zone: str


@dataclass(frozen=True)
class Amount:
    """An amount of dollars."""

    amount: Decimal


@dataclass(frozen=True)
class Own:
    """The person who asks."""


@dataclass(frozen=True)
class Filler:
    """Words that change nothing; a `joint` can stand between two things that are compared."""

    is_joint: bool = False


@dataclass(frozen=True)
class Refusal:
    """Something that is understood and cannot be answered: why, and commands that come close.

    One that `drops_names` turns their meaning round, so that no answer about them comes close.
    """

    sentence: str
    instead: tuple[str, ...] = ()
    drops_names: bool = False


@dataclass(frozen=True)
class Unknown:
    """Words that mean nothing here."""


Part = (
    Verb
    | Words
    | Time
    | By
    | Named
    | Top
    | Versus
    | Before
    | Compare
    | Shift
    | File
    | Zone
    | Amount
    | Own
    | Filler
    | Refusal
    | Unknown
)


class Lexeme(NamedTuple):
    """What a phrase is, and whether that is a guess that the answer mentions."""

    part: Part
    is_guess: bool = False


class Candidate(NamedTuple):
    """What the tokens from `start` to `end` can be, and how unlikely that is."""

    start: int
    end: int
    part: Part
    cost: float
    is_guess: bool = False
