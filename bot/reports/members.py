"""Callers as the members of a dimension: by which key, and whose; and what is known of each, added up."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from operator import add

from bot.reports.unique_names import distinct_names
from digests.numbers.lines import Links
from digests.numbers.report import Dimension
from providers.caller import caller
from providers.directory import Directory, Link
from providers.spend import Amounts, Id

Member = Callable[[Id], Id]
NAMED = ("workspace", "key", "engineer")
"""The dimensions whose ids have names."""


def member_function(dimension: Dimension, names: Directory) -> Member:
    """What tells the member of a dimension by the id that is stored of it."""
    if dimension == "key":
        return _key
    return names.engineers.__getitem__ if dimension == "engineer" else lambda id_: id_


@lru_cache(maxsize=2**16)  # an answer asks the same few thousand again and again
def _key(caller_id: Id) -> Id:
    """The key of a caller; who called without one, and a reason why nobody can be named, stand for it."""
    called = caller(caller_id)
    return called.key or called.actor or (caller_id if called.reason else None)


def add_up(pairs: Iterable[tuple[Id, Amounts]]) -> dict[Id, Amounts]:
    """What is known of each member, column by column."""
    found: dict[Id, Amounts] = {}
    for id_, amounts in pairs:
        found[id_] = tuple(map(add, found[id_], amounts)) if id_ in found else amounts
    return found


def add_up_costs(pairs: Iterable[tuple[Id, int]]) -> dict[Id, int]:
    """What each member cost."""
    found: dict[Id, int] = {}
    for id_, cost in pairs:
        found[id_] = found.get(id_, 0) + cost
    return found


def links(found: Iterable[tuple[Id, Amounts]], names: Directory) -> Links:
    """How it is known whose the dollars of callers are."""
    owners = names.owners
    known: dict[Link, dict[Id, int]] = defaultdict(dict)
    for caller_id, amounts in found:
        owner = owners[caller_id]
        if owner:
            theirs = known[owner.link]
            theirs[owner.id] = theirs.get(owner.id, 0) + amounts[-2]
    return known


def name_function(dimension: Dimension, names: Directory, ids: Collection[Id]) -> Callable[[str], str]:
    """Names as people say them, no two of them alike."""
    if dimension not in NAMED:
        return str
    called = distinct_names((id_ for id_ in ids if id_), names)
    return lambda id_: called.get(id_) or names.name(id_)
