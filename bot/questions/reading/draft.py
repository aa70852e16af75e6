"""The parts of a covered text by kind, in its order, with the words of each for a person to recognize."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from bot.questions.reading.names import Name
from bot.questions.reading.parts import (
    Amount,
    Before,
    By,
    Candidate,
    Compare,
    File,
    Filler,
    Named,
    Own,
    Refusal,
    Shift,
    Time,
    Top,
    Unknown,
    Verb,
    Versus,
    Words,
    Zone,
)
from bot.questions.reading.spans import Span
from bot.questions.reading.tokens import Token
from bot.questions.reading.types import Form

T = TypeVar("T")


class Place(NamedTuple, Generic[T]):
    """Where a period or a name stands among the candidates."""

    at: int
    value: T


@dataclass
class Draft:
    """The parts of a text by kind, in its order, with the words of each for a person to recognize."""

    strong: list[Verb] = field(default_factory=list)
    weak: list[Verb] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    spans: list[Place[Span]] = field(default_factory=list)
    dimensions: list[By] = field(default_factory=list)
    names: list[Place[tuple[Name, ...]]] = field(default_factory=list)
    versus: list[int] = field(default_factory=list)
    has_joint: bool = False
    compares: bool = False
    is_before: bool = False
    shifts: list[Shift] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    amounts: list[Decimal] = field(default_factory=list)
    typed: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        """Whether it is about the person who asks."""
        return "own" in self.typed

    def note(self, kind: str, typed: str) -> None:
        """Remember the words of a part."""
        self.typed.setdefault(kind, []).append(typed)


def draft_of(cover: Sequence[Candidate], tokens: Sequence[Token]) -> Draft:
    """Return the parts of a covered text by kind."""
    draft = Draft()
    for at, candidate in enumerate(cover):
        _sort(draft, at, candidate.part, raw(tokens, candidate))
    return draft


def raw(tokens: Sequence[Token], candidate: Candidate) -> str:
    """Return the words of a candidate as they were typed."""
    return " ".join(dict.fromkeys(token.raw.strip(".,") for token in tokens[candidate.start : candidate.end]))


def _sort(draft: Draft, at: int, part: object, typed: str) -> None:
    """Put a part to those of its kind."""
    match part:
        case Unknown():
            draft.unused.append(typed)
        case Refusal():
            draft.refusals.append(part)
        case Verb():
            (draft.weak if part.is_weak else draft.strong).append(part)
            draft.note(f"verb {part.command}", typed)
            draft.words += part.words
        case Words(words):
            draft.words += words
            draft.note("words", typed)
        case Time(span):
            draft.spans.append(Place(at, span))
            draft.note("period", typed)
        case By(also=also):
            draft.dimensions += [part, By(also)] if also else [part]
            draft.note("dimensions", typed)
        case Named(names):
            draft.names.append(Place(at, names))
            draft.note("filters", typed)
        case _:
            _sort_small(draft, at, part, typed)


def _sort_small(draft: Draft, at: int, part: object, typed: str) -> None:
    match part:
        case Versus() | Compare() | Shift() | Before():
            _sort_comparison(draft, at, part, typed)
        case Top(count):
            draft.limits += [count] if count else []
            draft.note("limit", typed)
        case File(form):
            draft.forms.append(form)
            draft.note("form", typed)
        case Zone(zone):
            draft.zones.append(zone)
            draft.note("zone", typed)
        case Amount(amount):
            draft.amounts.append(amount)
            draft.note("amount", typed)
        case Own():
            draft.note("own", typed)
        case Filler(is_joint) if is_joint:
            draft.has_joint = True


def _sort_comparison(draft: Draft, at: int, part: Versus | Compare | Shift | Before, typed: str) -> None:
    draft.note("compare", typed)
    match part:
        case Versus():
            draft.versus.append(at)
        case Compare():
            draft.compares = True
        case Before():
            draft.is_before = True
        case Shift():
            draft.shifts.append(part)
