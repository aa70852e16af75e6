"""Make names in one list distinct: add an address, "(archived)" or the end of an id where two look alike."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from digests.words import wording
from providers.directory import Directory

_SHORTEST = 8  # characters of a name that stay before its mark: enough to recognize it
_ENDS = (4, 8, 16)  # characters of an id; the fewest that make a name distinct are used
_ADDRESS = 24  # characters of an address: half of a table's column


def distinct_names(ids: Iterable[str], names: Directory) -> Mapping[str, str]:
    """Return a name for each id, no two alike, even when shortened for a table."""
    called = {id_: names.name(id_) for id_ in dict.fromkeys(ids)}
    shown = [wording.short(name).casefold() for name in called.values()]
    if len(set(shown)) == len(shown):  # nearly always, and thousands of names
        return called
    alike: dict[str, list[str]] = defaultdict(list)
    for id_, name in zip(called, shown, strict=True):
        alike[name].append(id_)
    shared = [several for several in alike.values() if len(several) > 1]
    return called | {id_: name for several in shared for id_, name in _marked(several, called, names).items()}


def _marked(ids: list[str], called: Mapping[str, str], names: Directory) -> Mapping[str, str]:
    """Append to each of several equal names a mark that only one of them has."""
    for marks in _marks(ids, names):
        marked = {id_: _with(called[id_], mark) for id_, mark in zip(ids, marks, strict=True)}
        if len({name.casefold() for name in marked.values()}) == len(ids):
            return marked
    return {id_: f"{_with(called[id_], '')}{number}" for number, id_ in enumerate(ids, 1)}


def _marks(ids: list[str], names: Directory) -> Iterator[list[str]]:
    archived = ["(archived)" if names.is_archived(id_) else "" for id_ in ids]
    if any("@" in id_ for id_ in ids):  # members without an address get the end of their id
        yield [f"({_middle(id_)})" if "@" in id_ else f"…{id_[-_ENDS[0] :]}" for id_ in ids]
    elif archived.count("") == 1:
        yield archived
    for length in _ENDS:
        yield [
            " ".join(filter(None, (f"…{id_[-length:]}", mark)))
            for id_, mark in zip(ids, archived, strict=True)
        ]


def _middle(address: str) -> str:
    """Shorten a long address in its middle."""
    half = _ADDRESS // 2
    return address if len(address) <= _ADDRESS else f"{address[:half]}…{address[1 - half :]}"


def _with(name: str, mark: str) -> str:
    room = max(wording.NAME_LENGTH - len(mark) - 1, _SHORTEST)
    return f"{wording.short(name, room)} {mark}".rstrip()
