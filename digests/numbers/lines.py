"""Lines of a report: whole numbers by id, of which a line is made where somebody looks at it.

Of thousands of lines an answer shows a page, and the others as their sum; only these become `Decimal`s.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Self, TypeVar, overload

import msgspec

from providers.directory import Link
from providers.money import dollars
from providers.spend import Amounts, Id

T = TypeVar("T")
Links = Mapping[Link, Mapping[Id, int]]
"""How it is known whose the dollars are: billionths by the way, then by id."""
_COUNTED = 6


def is_somebody(id_: Id) -> bool:
    """Whether an id is a person's or a service account's, not what is left when all are named."""
    return id_ is not None and not id_.startswith("=")


@dataclass(frozen=True)
class Lines(Sequence[T]):
    """Lines by id, in the order that they are shown in; a part of them is of the same kind."""

    ids: Sequence[Id]
    name_of: Callable[[Id], str]

    @abstractmethod
    def make_line(self, ids: Sequence[Id], id_: Id, name: str) -> T:
        """A line that is the sum of those ids, called so."""

    def as_one_line(self) -> T:
        """All of them as one line, without a name."""
        return self.make_line(self.ids, None, "")

    def filter(self, keep: Callable[[Id], bool]) -> Self:
        """Those whose id is to be kept."""
        return replace(self, ids=[id_ for id_ in self.ids if keep(id_)])

    def ranked(self, dear: Callable[[Id], int | tuple[int, ...]]) -> Self:
        """The dearest first, those that are as dear by name; of the others no name is looked up."""
        ids: list[Id] = []
        for _, alike in groupby(sorted(self.ids, key=dear, reverse=True), key=dear):
            ids += self._by_name(list(alike))
        return replace(self, ids=ids)

    def _by_name(self, ids: list[Id]) -> list[Id]:
        return sorted(ids, key=lambda id_: (self.name_of(id_), id_ or "")) if len(ids) > 1 else ids

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> T | Self:
        if isinstance(index, slice):
            return replace(self, ids=self.ids[index])
        id_ = self.ids[index]
        return self.make_line([id_], id_, self.name_of(id_))


class Line(msgspec.Struct, frozen=True, gc=False):
    """One ranked line. `id` None is what nobody or nothing can be named for.

    `previous` is the like period's cost, zero where it was there and cost nothing, None where unknown;
    `quantities` None where they were not read. `links` tells, for an engineer, how it is known whose the
    dollars are.
    """

    id: Id
    name: str
    cost: Decimal
    estimated: Decimal
    previous: Decimal | None
    quantities: tuple[int, ...] | None
    links: Mapping[Link, Decimal] = {}


@dataclass(frozen=True)
class CostLines(Lines[Line]):
    """What every id cost, with the like period's cost in billionths: None where it is not known."""

    amounts: Mapping[Id, Amounts]
    before: Mapping[Id, int | None] | None
    links: Links

    def make_line(self, ids: Sequence[Id], id_: Id, name: str) -> Line:
        """A line that is the sum of those ids, called so."""
        *used, cost, estimated = _added_up(self.amounts, ids)
        return Line(
            id_,
            name,
            dollars(cost),
            dollars(estimated),
            self._before(ids),
            tuple(used) if len(used) == _COUNTED else None,
            of_links(self.links, ids),
        )

    def _before(self, ids: Sequence[Id]) -> Decimal | None:
        if self.before is None:
            return None
        costs = [self.before.get(id_, 0) for id_ in ids]
        known = [cost for cost in costs if cost is not None]
        return dollars(sum(known)) if len(known) == len(costs) else None

    @property
    def totals(self) -> Amounts:
        """What they come to."""
        return _added_up(self.amounts, self.ids)

    @property
    def costs(self) -> Mapping[Id, int]:
        """What each cost in billionths."""
        return {id_: self.amounts[id_][-2] for id_ in self.ids}


def added_up(rows: Iterable[Amounts]) -> Amounts:
    """Column by column; empty where there is no row."""
    return tuple(map(sum, zip(*rows, strict=True)))


def _added_up(amounts: Mapping[Id, Amounts], ids: Iterable[Id]) -> Amounts:
    return added_up(amounts[id_] for id_ in ids) or (0, 0)


def of_links(links: Links, ids: Sequence[Id]) -> Mapping[Link, Decimal]:
    """What is known in which way of some ids, in dollars."""
    found = {link: sum(filter(None, map(costs.get, ids))) for link, costs in links.items()}
    return {link: dollars(cost) for link, cost in found.items() if cost}
