"""Lines of a report: whole numbers by id, of which a line is made only when it is read.

An answer shows one page of thousands of lines, and the sum of the others; only these become `Decimal`s.
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
from providers.spend import AnyAmounts, BriefAmounts, Id

T = TypeVar("T")
C = TypeVar("C", bound=tuple[int, ...])  # a NamedTuple of whole numbers
_NOTHING = Decimal(0)
_FEWEST = 2  # lines: one line's change is that of the total
Links = Mapping[Link, Mapping[Id, int]]
"""Billionths by how we know their owner, then by id."""


def is_somebody(id_: Id) -> bool:
    """Whether an id is a person's or a service account's, and not the remainder."""
    return id_ is not None and not id_.startswith("=")


@dataclass(frozen=True)
class Lines(Sequence[T]):
    """Lines by id, in display order; a slice has the same type."""

    ids: Sequence[Id]
    name_of: Callable[[Id], str]

    @abstractmethod
    def make_line(self, ids: Sequence[Id], id_: Id, name: str) -> T:
        """Return the sum of some ids as a line with this id and name."""

    def as_one_line(self) -> T:
        """Return the sum of all lines, without a name."""
        return self.make_line(self.ids, None, "")

    def filter(self, keep: Callable[[Id], bool]) -> Self:
        """Return the lines whose id `keep` accepts."""
        return replace(self, ids=[id_ for id_ in self.ids if keep(id_)])

    def ranked(self, cost_of: Callable[[Id], int | tuple[int, ...]]) -> Self:
        """Return the lines by descending `cost_of`, ties by name; only tied names are looked up."""
        ids: list[Id] = []
        for _, alike in groupby(sorted(self.ids, key=cost_of, reverse=True), key=cost_of):
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
    """One ranked line. `id` None is the part that has no name.

    `previous` is the comparison period's cost, zero if it cost nothing, None if unknown; `quantities` is None
    if they were not read. `links` is an engineer's cost by how we know that it is theirs.
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
    """The cost of every id, with that of the comparison period in billionths, None if unknown."""

    amounts: Mapping[Id, AnyAmounts]
    before: Mapping[Id, int | None] | None
    links: Links

    def make_line(self, ids: Sequence[Id], id_: Id, name: str) -> Line:
        """Return the sum of some ids as a line with this id and name."""
        amounts = _sums_of(self.amounts, ids)
        return Line(
            id_,
            name,
            dollars(amounts.cost),
            dollars(amounts.estimated),
            self._before(ids),
            amounts.quantities,
            costs_by_link(self.links, ids),
        )

    def _before(self, ids: Sequence[Id]) -> Decimal | None:
        if self.before is None:
            return None
        costs = [self.before.get(id_, 0) for id_ in ids]
        total = sum(cost for cost in costs if cost is not None)
        return None if None in costs else dollars(total)

    @property
    def gone(self) -> list[Id]:
        """The ids that cost something in the comparison period, and nothing since."""
        before = self.before or {}
        return [id_ for id_, cost in before.items() if cost and not any(self.amounts.get(id_, ()))]

    def gone_line(self, ids: Sequence[Id], name: str) -> Line:
        """Return ids that are gone as one line."""
        return Line(None, name, _NOTHING, _NOTHING, self._before(ids), None)

    def biggest_change(self) -> Line | None:
        """Return the line that changed most in dollars; None without lines that can be compared."""
        if self.before is None:
            return None
        gone, costs = self.gone, self.costs
        changes = {
            id_: costs.get(id_, 0) - before
            for id_ in (*self.ids, *gone)
            if (before := self.before.get(id_, 0)) is not None
        }
        if len(changes) < _FEWEST:
            return None
        most = max(changes, key=lambda id_: abs(changes[id_]))
        return self.gone_line([most], self.name_of(most)) if most in gone else self[self.ids.index(most)]

    @property
    def totals(self) -> AnyAmounts:
        """The sum of all lines, column by column."""
        return _sums_of(self.amounts, self.ids)

    @property
    def costs(self) -> Mapping[Id, int]:
        """The cost of each id in billionths."""
        return {id_: self.amounts[id_].cost for id_ in self.ids}


def column_sums(rows: Sequence[C]) -> C | None:
    """Return the sums of the columns; None without rows."""
    if len(rows) > 1:
        return as_named(rows[0], map(sum, zip(*rows, strict=True)))
    return rows[0] if rows else None


def as_named(row: C, numbers: Iterable[int]) -> C:
    """Return numbers under the names of a row's columns."""
    return tuple.__new__(type(row), numbers)


def _sums_of(amounts: Mapping[Id, AnyAmounts], ids: Iterable[Id]) -> AnyAmounts:
    return column_sums([amounts[id_] for id_ in ids]) or BriefAmounts(0, 0, 0)


def costs_by_link(links: Links, ids: Sequence[Id]) -> Mapping[Link, Decimal]:
    """Return some ids' dollars by how we know their owner."""
    sums = {link: sum(filter(None, map(costs.get, ids))) for link, costs in links.items()}
    return {link: dollars(cost) for link, cost in sums.items() if cost}
