"""Filters as predicates of stored ids, and as the stored ids themselves.

A question and the scope of a digest say which part of an organization they are about in the same way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from bot.reports.members import member_function
from digests.numbers.build import UNNAMED
from digests.numbers.report import ME, Filter, FilterDimension
from digests.words import wording
from providers.directory import Directory
from providers.spend import Id
from storage.facts import text_ids
from storage.facts.cells import Filterable

Keep = Callable[[Id], bool]
"""A predicate: is this id in the part?"""
STORED: Mapping[FilterDimension, Filterable] = {
    "model": "model",
    "engineer": "caller",
    "workspace": "workspace",
    "key": "caller",
    "product": "product",
}
"""The stored dimension of each dimension that can be filtered."""


def keep(wanted: Filter, names: Directory) -> Keep:
    """Return the predicate of a filter on the ids of its stored dimension."""
    members = frozenset(wanted.members)
    if wanted.dimension == "model":
        return lambda id_: id_ is not None and (id_ in members or wording.family(id_) in members)
    if wanted.dimension == "workspace":
        return is_in_workspaces(members, names)
    if wanted.dimension == "product":
        return members.__contains__
    member = member_function(wanted.dimension, names)
    return lambda id_: member(id_) in members


def is_in_workspaces(wanted: AbstractSet[str], names: Directory) -> Keep:
    """Return the predicate of some workspaces; the default one can come without an id."""
    unnamed: frozenset[Id] = frozenset({None, "", *names.default_workspaces()})
    has_default = not unnamed.isdisjoint(wanted)
    return lambda id_: id_ in wanted or (has_default and id_ in unnamed)


def matching(
    connection_id: int, filters: Sequence[Filter], names: Directory
) -> Mapping[Filterable, frozenset[Id]]:
    """Return the stored ids that match all filters, by the stored dimension of each filter."""
    chosen: dict[Filterable, frozenset[Id]] = {}
    ids = text_ids.numbers(connection_id)
    for each in filters:
        stored = STORED[each.dimension]
        chosen[stored] = frozenset(filter(keep(each, names), chosen.get(stored, ids)))
    return chosen


def with_own(filters: Iterable[Filter], own: str) -> tuple[Filter, ...]:
    """Return filters with the address of the person who asks in the place of ME."""
    return tuple(replace(each, members=(own,)) if each.members == (ME,) else each for each in filters)


def names_of(filters: Iterable[Filter], names: Directory) -> tuple[str, ...]:
    """Return what each filter is about, as people read it: `Opus`, `Jonas Weber`, `Production`."""
    return tuple(each.name or ", ".join(_names(each, names)) for each in filters)


def _names(wanted: Filter, names: Directory) -> Iterator[str]:
    for member in wanted.members:
        if wanted.dimension == "model":
            yield wording.family_name(member)
        elif wanted.dimension == "product":
            yield wording.product(member)
        else:
            yield names.name(member) if member else UNNAMED[wanted.dimension]
