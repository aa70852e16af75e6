"""The effects of an explanation as a few lines that still add up to it: the largest, and the rest as one.

A line is one kind of effect on one subject: Claude Code, or a workspace. A key or an engineer behind most of
such a line gets one of their own.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from digests.numbers.change.explanation import KINDS, Cells, Explanation, Group, Kind
from providers.caller import CLAUDE_CODE
from providers.spend import Id

MOST = 6  # lines beside the rest: what fits a phone's screen with its headline
_LEADING = 0.6  # of all movement in a line, so that somebody with this part of it is most of it
_SMALLEST = 0.01  # of all lines; a smaller one explains nothing


class Subject(NamedTuple):
    """Whose cost changed."""

    dimension: Literal["product", "workspace", "key", "engineer"]
    id: Id


class EffectLine(NamedTuple):
    """An effect on a subject, in billionths of a dollar.

    `people` is how many more engineers there are, for the effect of people; `model` the one that gained most,
    for that of the mix. `began` and `ended`: the subject cost nothing in the period before, or in this one.
    """

    subject: Subject
    kind: Kind
    effect: int
    people: int = 0
    model: Id = None
    began: bool = False
    ended: bool = False


@dataclass(frozen=True)
class EffectLines:
    """The lines by size, and the sum of all others in billionths."""

    lines: tuple[EffectLine, ...]
    other: int

    @property
    def total(self) -> int:
        """The whole change."""
        return self.other + sum(line.effect for line in self.lines)


Member = Callable[[Id], Subject]
"""Returns the key or the engineer of a caller."""


class _Part(NamedTuple):
    group: Group
    effect: int


class _Line(NamedTuple):
    subject: Subject
    kind: Kind
    parts: Sequence[_Part]

    @property
    def effect(self) -> int:
        return sum(part.effect for part in self.parts)


def effect_lines(explanation: Explanation, before: Cells, after: Cells, member: Member) -> EffectLines:
    """Return the largest effects, most dollars first."""
    parts: dict[tuple[Subject, Kind], list[_Part]] = defaultdict(list)
    for group, effects in explanation.items():
        for kind, effect in zip(KINDS, effects, strict=True):
            if effect:
                parts[_subject(group), kind].append(_Part(group, effect))
    lines = [line for (subject, kind), each in parts.items() for line in _split(subject, kind, each, member)]
    gross = sum(abs(line.effect) for line in lines)
    large = [line for line in lines if abs(line.effect) >= _SMALLEST * gross and line.effect]
    shown = sorted(large, key=_rank)[:MOST]
    made = tuple(_made(line, before, after, member) for line in shown)
    return EffectLines(made, sum(line.effect for line in lines) - sum(line.effect for line in made))


def _subject(group: Group) -> Subject:
    if group.product == CLAUDE_CODE:
        return Subject("product", CLAUDE_CODE)
    return Subject("workspace", group.workspace)


def _rank(line: _Line) -> tuple[int, Subject, str]:
    dimension, id_ = line.subject
    return -abs(line.effect), Subject(dimension, id_ or ""), line.kind


def _split(subject: Subject, kind: Kind, parts: Sequence[_Part], member: Member) -> Iterable[_Line]:
    """Yield a line, or two if most of it is one member's; people are counted, not named."""
    moved: dict[Subject, int] = defaultdict(int)
    for part in parts:
        moved[member(part.group.caller)] += part.effect
    leader = max(moved, key=lambda each: (abs(moved[each]), each.id or ""))
    if kind == "people" or abs(moved[leader]) < _LEADING * sum(map(abs, moved.values())):
        yield _Line(subject, kind, parts)
        return
    yield _Line(leader, kind, [part for part in parts if member(part.group.caller) == leader])
    if rest := [part for part in parts if member(part.group.caller) != leader]:
        yield _Line(subject, kind, rest)


def _made(line: _Line, before: Cells, after: Cells, member: Member) -> EffectLine:
    groups = {part.group for part in line.parts}
    began, ended = not _has_cost(before, groups), not _has_cost(after, groups)
    people, model = 0, None
    if line.kind == "people":
        moved: Counter[Subject] = Counter()
        for part in line.parts:
            moved[member(part.group.caller)] += part.effect
        people = sum(1 if effect > 0 else -1 for effect in moved.values() if effect)
    if line.kind == "mix":
        model = _gaining(_tokens(before, groups), _tokens(after, groups))
    return EffectLine(line.subject, line.kind, line.effect, people, model, began, ended)


def _has_cost(cells: Cells, groups: set[Group]) -> bool:
    return any(
        amounts.cost and Group(cell.caller, cell.workspace, cell.product) in groups
        for cell, amounts in cells.items()
    )


def _tokens(cells: Cells, groups: set[Group]) -> Mapping[Id, int]:
    counts: Counter[Id] = Counter()
    for cell, amounts in cells.items():
        if Group(cell.caller, cell.workspace, cell.product) in groups:
            counts[cell.model] += amounts.tokens
    return counts


def _gaining(before: Mapping[Id, int], after: Mapping[Id, int]) -> Id:
    """Return the model whose share of the tokens grew most."""
    old, new = sum(before.values()) or 1, sum(after.values()) or 1
    gains = {model: after.get(model, 0) / new - before.get(model, 0) / old for model in {*before, *after}}
    return max(gains, key=lambda model: (gains[model], model or ""), default=None)
