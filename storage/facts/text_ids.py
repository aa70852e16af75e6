"""The texts that facts refer to by number; 0 stands for none."""

from collections.abc import Iterable, Mapping
from typing import cast

from storage.engine import cache
from storage.engine.prepared import prepared
from storage.engine.tables import Label

NONE = 0

Numbers = Mapping[str | None, int]
Texts = Mapping[int, str | None]


def ids(connection_id: int, texts: Iterable[str | None]) -> Numbers:
    """The number of every text, new ones entered; within a transaction."""
    wanted = {None, *texts}
    known = numbers(connection_id)
    new = sorted(text for text in wanted - known.keys() if text is not None)
    if new:
        cache.renew(connection_id, "labels")
        rows = [{"connection_id": connection_id, "text": text} for text in new]
        Label.insert_many(rows).on_conflict_ignore().execute()
        known = numbers(connection_id)
    return {text: known[text] for text in wanted}


def numbers(connection_id: int) -> Numbers:
    """Every text's number."""
    return _copies.of(connection_id)[0]


def texts(connection_id: int) -> Texts:
    """Every number's text."""
    return _copies.of(connection_id)[1]


def _read(connection_id: int) -> tuple[Numbers, Texts]:
    rows = cast("list[tuple[str, int]]", _all(connection_id).fetchall())
    return {None: NONE, **dict(rows)}, {NONE: None, **{number: text for text, number in rows}}


_all = prepared(
    lambda connection_id: Label.select(Label.text, Label.id).where(Label.connection_id == connection_id)
)
_copies = cache.ConnectionCache("labels", _read)
