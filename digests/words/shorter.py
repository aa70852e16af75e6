"""Words that make themselves shorter where there is less room: for the text of a message, which Slack limits.

Names are shortened first; then fewer lines are told by name and the others are counted and added up, so that
what is told still sums to the whole. A fact of a template may be such a function of the room there is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from digests.words import distinct, wording


@dataclass(frozen=True)
class Room:
    """How long a name may be, and how many lines of a list are told by name."""

    name: int
    lines: int


Told = Callable[[Room], str]
"""Words by the room there is."""

ROOMS = (Room(40, 5), Room(24, 5), Room(16, 5), Room(12, 3), Room(8, 2), Room(8, 1))
"""From what reads best to what always fits."""


def within(room: Room, facts: Mapping[str, object]) -> dict[str, object]:
    """Return facts as they are told in so much room."""
    return {name: fact(room) if callable(fact) else fact for name, fact in facts.items()}


def name(full: str) -> Told:
    """Tell a name from outside."""
    return lambda room: wording.short(full, room.name)


def lines(names: Sequence[str], figure: Callable[[int, int], str], *, of: int) -> Told:
    """Tell lines by name and figure: `Opus 5.5 $3,504.20, Sonnet 5.5 $1,511.76 and 4 more $488.12`.

    `names` are those of the first lines, `of` how many there are; `figure` says what a range of them is.
    """

    def said(room: Room) -> str:
        shown = min(room.lines, len(names))
        cut = distinct.cut(names[:shown], room.name)
        told = [f"{each} {figure(n, n + 1)}" for n, each in enumerate(cut)]
        return f"{', '.join(told)}{_more(of - shown)}{f' {figure(shown, of)}' if of > shown else ''}"

    return said


def names(first: Sequence[str], *, of: int) -> Told:
    """Tell names, the first of so many: `ci-0, ci-1 and 3 more`."""

    def said(room: Room) -> str:
        told = distinct.cut(first[: room.lines], room.name)
        return f"{', '.join(told)}{_more(of - len(told))}"

    return said


def _more(count: int) -> str:
    return f" and {wording.number(count)} more" if count else ""
