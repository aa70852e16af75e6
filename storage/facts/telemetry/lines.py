"""The lines of each dimension, by number; bounded, so that no sender can fill the database with names."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast, get_args

from providers.claude.measures import Dimension
from providers.claude.people import TRUSTS, Identity, Trust
from storage.engine import cache
from storage.engine.queries import query
from storage.engine.tables import TelemetryLineRow as Row

UNKNOWN, OTHER = 0, -1  # numbers of no row: what has no name, and all lines beyond the bound
NUMBERS: Mapping[Dimension, int] = {name: number for number, name in enumerate(get_args(Dimension))}
ATTRIBUTE_NAMES = 100  # the dimension whose lines are the names of resource attributes
_ATTRIBUTES = 1000  # + the number of an attribute's name: the dimension of its values
BOUND = 2_000  # lines of a dimension that are told apart; more nobody reads
_BOUNDS = {NUMBERS["engineer"]: 20_000}  # people are never hidden in a crowd
OTHERS = 20_000  # lines beyond the bound that are counted: then "at least"

Name = tuple[int, str]  # a dimension's number and a line's name


class _Lines(NamedTuple):
    """A connection's lines: their numbers, the names behind them, how many are kept and how many are `other`.

    `trusts` are engineers' identities, by their place in TRUSTS.
    """

    numbers: dict[Name, int]
    names: dict[int, str]
    others: Counter[int]
    sizes: Counter[int]
    trusts: dict[str, int]


def numbers(connection_id: int, wanted: Iterable[Name]) -> dict[Name, int]:
    """Return the number of every line, after adding new ones up to the bound; within a transaction."""
    names = {name for name in wanted if name[1]}
    lines = _copies.of(connection_id)
    new = sorted(names - lines.numbers.keys())
    if new:
        _add(connection_id, new, lines)
        lines = _copies.of(connection_id)
    return {name: lines.numbers.get(name, OTHER) for name in names}


def _add(connection_id: int, new: Iterable[Name], lines: _Lines) -> None:
    sizes, others = lines.sizes.copy(), lines.others.copy()
    rows = []
    for dimension, name in new:
        is_other = sizes[dimension] >= _BOUNDS.get(dimension, BOUND)
        if not is_other or others[dimension] < OTHERS:
            (others if is_other else sizes)[dimension] += 1
            rows.append({"dimension": dimension, "name": name, "is_other": is_other})
    if rows:
        cache.renew(connection_id, "lines")
        Row.insert_many([{"connection_id": connection_id, **row} for row in rows]).execute()


def believe(connection_id: int, identities: Iterable[Identity]) -> None:
    """Store how reliably we know who engineers are, if better than before; within a transaction."""
    trusts = _copies.of(connection_id).trusts
    more: dict[str, int] = {}
    for identity in identities:
        trust = TRUSTS.index(identity.trust)
        if trust > max(more.get(identity.id, 0), trusts.get(identity.id, 0)):
            more[identity.id] = trust
    if more:
        cache.renew(connection_id, "lines")
    for name, trust in sorted(more.items()):
        _believe(trust, connection_id, NUMBERS["engineer"], name)


_believe = query("UPDATE telemetry_line SET trust = ? WHERE connection_id = ? AND dimension = ? AND name = ?")


def trust_in(connection_id: int, engineer: str) -> Trust:
    """Return how far to believe that an identity is who it says."""
    return TRUSTS[_copies.of(connection_id).trusts.get(engineer, 0)]


def identities(connection_id: int) -> list[str]:
    """Return every identity of an engineer that telemetry has named, those beyond the bound too."""
    return [*_copies.of(connection_id).trusts]


def names(connection_id: int) -> Mapping[int, str]:
    """Return the name of every numbered line."""
    return _copies.of(connection_id).names


def count_others(connection_id: int, dimension: int) -> int:
    """Return how many lines of a dimension are one, `other`."""
    return _copies.of(connection_id).others[dimension]


def number_of(connection_id: int, dimension: Dimension | str) -> int | None:
    """Return the number of a dimension, or of a resource attribute; None if there is no such attribute."""
    if dimension in NUMBERS:
        return NUMBERS[cast("Dimension", dimension)]
    line = _copies.of(connection_id).numbers.get((ATTRIBUTE_NAMES, dimension))
    return None if line is None or line == OTHER else _ATTRIBUTES + line


def attribute_numbers(connection_id: int, attributes: Iterable[str]) -> dict[str, int]:
    """Return the dimension of each resource attribute, after adding new ones; within a transaction."""
    every = numbers(connection_id, [(ATTRIBUTE_NAMES, name) for name in attributes])
    return {name: _ATTRIBUTES + line for (_dimension, name), line in every.items() if line != OTHER}


def _read(connection_id: int) -> _Lines:
    lines = _Lines({}, {}, Counter(), Counter(), {})
    for number, dimension, name, is_other, trust in _all(connection_id).fetchall():
        if dimension == NUMBERS["engineer"]:
            lines.trusts[name] = trust
        lines.numbers[dimension, name] = OTHER if is_other else number
        if is_other:
            lines.others[dimension] += 1
        else:
            lines.names[number] = name
            lines.sizes[dimension] += 1
    return lines


_all = query("SELECT id, dimension, name, is_other, trust FROM telemetry_line WHERE connection_id = ?")
_copies = cache.ConnectionCache("lines", _read)
