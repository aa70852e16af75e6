"""Map stored callers to the members of a dimension (keys, engineers), and add up their amounts."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from operator import add
from typing import TypeVar

from bot.reports.unique_names import distinct_names
from digests.numbers.lines import Links, as_named
from digests.numbers.report import Dimension
from providers.caller import caller
from providers.directory import Directory, Link
from providers.spend import AnyAmounts, Id

Member = Callable[[Id], Id]
C = TypeVar("C", bound=tuple[int, ...])
NAMED = ("workspace", "key", "engineer")
"""The dimensions whose ids have names."""


def member_function(dimension: Dimension, names: Directory) -> Member:
    """Return the function that maps a stored caller id to the key or engineer it belongs to."""
    if dimension == "key":
        return _key
    return names.engineers.__getitem__ if dimension == "engineer" else lambda id_: id_


@lru_cache(maxsize=2**16)  # pure; answers map the same few thousand callers again and again
def _key(caller_id: Id) -> Id:
    """Return a caller's key, else its actor, else the caller id if it holds a reason for having neither."""
    called = caller(caller_id)
    return called.key or called.actor or (caller_id if called.reason else None)


def add_up(pairs: Iterable[tuple[Id, C]]) -> dict[Id, C]:
    """Add up the amounts of each member, column by column."""
    sums: dict[Id, C] = {}
    for id_, amounts in pairs:
        sums[id_] = as_named(amounts, map(add, sums[id_], amounts)) if id_ in sums else amounts
    return sums


def add_up_costs(pairs: Iterable[tuple[Id, int]]) -> dict[Id, int]:
    """Add up the costs of each member."""
    sums: dict[Id, int] = {}
    for id_, cost in pairs:
        sums[id_] = sums.get(id_, 0) + cost
    return sums


def links(amounts_by_caller: Iterable[tuple[Id, AnyAmounts]], names: Directory) -> Links:
    """Return each owner's cost by how the owner was determined (Link)."""
    owners = names.owners
    costs: dict[Link, dict[Id, int]] = defaultdict(dict)
    for caller_id, amounts in amounts_by_caller:
        owner = owners[caller_id]
        if owner:
            theirs = costs[owner.link]
            theirs[owner.id] = theirs.get(owner.id, 0) + amounts.cost
    return costs


def name_function(dimension: Dimension, names: Directory, ids: Collection[Id]) -> Callable[[str], str]:
    """Return the function from a member's id to a readable name, no two alike."""
    if dimension not in NAMED:
        return str
    called = distinct_names((id_ for id_ in ids if id_), names)
    return lambda id_: called.get(id_) or names.name(id_)
