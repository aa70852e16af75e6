"""Words that fit tighter limits, for the text of a message, whose length Slack limits.

Names are cut first; then fewer lines are named, and the others are counted and added up, so that the figures
still sum to the whole. A template's fact can be a function of the limits instead of words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from digests.words import distinct, wording


@dataclass(frozen=True)
class Limits:
    """The maximum length of a name, and the number of lines to name in a list."""

    name: int
    lines: int


Shortened = Callable[[Limits], str]
"""Words, by the limits that they have to fit."""

ALL_LIMITS = (Limits(40, 5), Limits(24, 5), Limits(16, 5), Limits(12, 3), Limits(8, 2), Limits(8, 1))
"""From the widest to one that always fits."""


def fit(limits: Limits, facts: Mapping[str, object]) -> dict[str, object]:
    """Return the facts as they read within some limits."""
    return {name: fact(limits) if callable(fact) else fact for name, fact in facts.items()}


def name(full: str) -> Shortened:
    """Return a name from outside, which fits any limits."""
    return lambda limits: wording.short(full, limits.name)


def lines(names: Sequence[str], figure: Callable[[int, int], str], *, of: int) -> Shortened:
    """List lines by name and figure: `Opus 5.5 $3,504.20, Sonnet 5.5 $1,511.76 and 4 more $488.12`.

    `names` are those of the first of `of` lines; `figure` returns the words for the sum of a range of them.
    """

    def listed(limits: Limits) -> str:
        shown = min(limits.lines, len(names))
        cut = distinct.cut(names[:shown], limits.name)
        items = [f"{each} {figure(n, n + 1)}" for n, each in enumerate(cut)]
        return f"{', '.join(items)}{_more(of - shown)}{f' {figure(shown, of)}' if of > shown else ''}"

    return listed


def names(first: Sequence[str], *, of: int) -> Shortened:
    """List names, the first of so many: `ci-0, ci-1 and 3 more`."""

    def listed(limits: Limits) -> str:
        cut = distinct.cut(first[: limits.lines], limits.name)
        return f"{', '.join(cut)}{_more(of - len(cut))}"

    return listed


def _more(count: int) -> str:
    return f" and {wording.number(count)} more" if count else ""
