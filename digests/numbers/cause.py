"""What explains most of a change: one key, engineer, product, model or workspace, or several combined.

    cells → _changes → _first: the most telling member → _narrowed: by members of other dimensions → Cause

A period is compared with one or more earlier ones, and their average counts as usual. Amounts are billionths
of a dollar, multiplied by the number of earlier periods, so that nothing is divided and nothing rounded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from digests.numbers.lines import is_somebody
from providers.money import dollars
from providers.spend import Id

Aspect = Literal["key", "engineer", "product", "model", "workspace"]


class Cell(NamedTuple):
    """A combination that spent something; its fields are ordered by how much they tell.

    A workspace that is None is the default one; any other None is unknown, as is a reason (`=…`).
    """

    key: Id = None
    engineer: Id = None
    product: Id = None
    model: Id = None
    workspace: Id = None


ASPECTS: tuple[Aspect, ...] = ("key", "engineer", "product", "model", "workspace")  # as in Cell
Cells = Iterable[tuple[Cell, int]]
"""What combinations cost in a period, in billionths of a dollar; one can come several times."""

_MOST = (1, 2)  # of the whole change: a cause of less than half of it does not explain most
_KEPT = (4, 5)  # of a change: a more telling member, or a narrower combination, has to keep so much of it


@dataclass(frozen=True)
class Cause:
    """The members behind most of a change, with what they cost, and what everything cost.

    `before` and `whole_before` are sums over `periods` earlier periods, in billionths like the others.
    `names` are the members' own; a key or an engineer without one is not to be named.
    """

    members: Mapping[Aspect, Id]
    cost: int
    before: int
    whole: int
    whole_before: int
    periods: int = 1
    names: Mapping[Aspect, str] = field(default_factory=dict)

    @property
    def spent(self) -> Decimal:
        """What the members cost."""
        return dollars(self.cost)

    @property
    def usual(self) -> Decimal:
        """What they cost in an earlier period, on average."""
        return dollars(self.before) / self.periods

    @property
    def rest(self) -> Decimal:
        """What everything else cost."""
        return dollars(self.whole - self.cost)

    @property
    def usual_rest(self) -> Decimal:
        """What everything else cost in an earlier period, on average."""
        return dollars(self.whole_before - self.before) / self.periods


def cause(now: Cells, earlier: Sequence[Cells]) -> Cause | None:
    """Return what explains most of the change since earlier periods; None if nothing does.

    Prefer the most telling member (a key before an engineer before a product, model or workspace) that has
    nearly as much of the change as any other, then name members of the other dimensions while nearly all of
    its change is theirs. A dimension with a single member tells nothing.
    """
    if not earlier:
        return None
    spent, before = _summed(now), _summed(pair for each in earlier for pair in each)
    changes = {cell: len(earlier) * spent.get(cell, 0) - before.get(cell, 0) for cell in {**before, **spent}}
    whole = sum(changes.values())
    upwards = changes if whole > 0 else {cell: -change for cell, change in changes.items()}
    members = _members(upwards, abs(whole))
    if not members:
        return None
    return Cause(
        members,
        cost=_cost_of(members, spent),
        before=_cost_of(members, before),
        whole=sum(spent.values()),
        whole_before=sum(before.values()),
        periods=len(earlier),
    )


def _summed(cells: Cells) -> dict[Cell, int]:
    sums: dict[Cell, int] = defaultdict(int)
    for cell, cost in cells:
        sums[cell] += cost
    return sums


class _Member(NamedTuple):
    """A member of an aspect, and its part of the change."""

    aspect: Aspect
    id: Id
    change: int


def _members(changes: Mapping[Cell, int], whole: int) -> dict[Aspect, Id]:
    """Return the members that explain most of a change, by aspect; none if no member does."""
    telling = [aspect for aspect in ASPECTS if len({_of(cell, aspect) for cell in changes}) > 1]
    first = _first(changes, telling, whole)
    if first is None:
        return {}
    members, cells = {first.aspect: first.id}, _within(changes, first)
    for aspect in telling:
        if aspect in members or (aspect == "engineer" and "key" in members):  # a key says whose it is
            continue
        member = _largest(cells, aspect)
        if member and _is_enough(member.change, _KEPT, first.change):
            members[aspect], cells = member.id, _within(cells, member)
    return {aspect: members[aspect] for aspect in ASPECTS if aspect in members}


def _first(changes: Mapping[Cell, int], telling: Sequence[Aspect], whole: int) -> _Member | None:
    """Return the most telling member that has most of the change, and nearly as much as any other."""
    largest = [member for aspect in telling if (member := _largest(changes, aspect))]
    most = max((member.change for member in largest), default=0)
    enough = (
        member
        for member in largest
        if whole and _is_enough(member.change, _MOST, whole) and _is_enough(member.change, _KEPT, most)
    )
    return next(enough, None)


def _largest(changes: Mapping[Cell, int], aspect: Aspect) -> _Member | None:
    """Return the known member of an aspect that changed most; of equals the first by id."""
    sums: dict[Id, int] = defaultdict(int)
    for cell, change in changes.items():
        id_ = _of(cell, aspect)
        if is_somebody(id_) or (id_ is None and aspect == "workspace"):
            sums[id_] += change
    if not sums:
        return None
    id_ = min(sums, key=lambda each: (-sums[each], each or ""))
    return _Member(aspect, id_, sums[id_])


def _within(changes: Mapping[Cell, int], member: _Member) -> dict[Cell, int]:
    return {cell: change for cell, change in changes.items() if _of(cell, member.aspect) == member.id}


def _is_enough(part: int, fraction: tuple[int, int], whole: int) -> bool:
    numerator, denominator = fraction
    return part * denominator >= whole * numerator


def _cost_of(members: Mapping[Aspect, Id], costs: Mapping[Cell, int]) -> int:
    return sum(
        cost
        for cell, cost in costs.items()
        if all(_of(cell, aspect) == id_ for aspect, id_ in members.items())
    )


def _of(cell: Cell, aspect: Aspect) -> Id:
    return cell[ASPECTS.index(aspect)]
