"""Names that stand together, told apart where two look alike: by address, by state, by the end of an id."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from digests.words import wording
from providers.directory import Directory

_SHORTEST = 8  # characters of a name that are left before what tells it apart
_ENDS = (4, 8, 16)  # of an id; the first that tells all of a name apart
_ADDRESS = 24


def distinct_names(ids: Iterable[str], names: Directory) -> Mapping[str, str]:
    """Return what to call each id; no two alike, not even once they are cut for a table."""
    called = {id_: names.name(id_) for id_ in dict.fromkeys(ids)}
    alike: dict[str, list[str]] = defaultdict(list)
    for id_, name in called.items():
        alike[wording.short(name).casefold()].append(id_)
    shared = [several for several in alike.values() if len(several) > 1]
    return called | {id_: name for several in shared for id_, name in _marked(several, called, names).items()}


def _marked(ids: list[str], called: Mapping[str, str], names: Directory) -> Mapping[str, str]:
    """Put behind a name that several have what only one of them has."""
    for marks in _marks(ids, names):
        told = {id_: _with(called[id_], mark) for id_, mark in zip(ids, marks, strict=True)}
        if len({name.casefold() for name in told.values()}) == len(ids):
            return told
    return {id_: f"{_with(called[id_], '')}{number}" for number, id_ in enumerate(ids, 1)}


def _marks(ids: list[str], names: Directory) -> Iterator[list[str]]:
    archived = ["(archived)" if names.is_archived(id_) else "" for id_ in ids]
    if any("@" in id_ for id_ in ids):  # who has no address is told apart by the end of an id
        yield [f"({_middle(id_)})" if "@" in id_ else f"…{id_[-_ENDS[0] :]}" for id_ in ids]
    elif archived.count("") == 1:
        yield archived
    for length in _ENDS:
        yield [
            " ".join(filter(None, (f"…{id_[-length:]}", mark)))
            for id_, mark in zip(ids, archived, strict=True)
        ]


def _middle(address: str) -> str:
    """Cut a long address in its middle."""
    half = _ADDRESS // 2
    return address if len(address) <= _ADDRESS else f"{address[:half]}…{address[1 - half :]}"


def _with(name: str, mark: str) -> str:
    room = max(wording.NAME_LENGTH - len(mark) - 1, _SHORTEST)
    return f"{wording.short(name, room)} {mark}".rstrip()
