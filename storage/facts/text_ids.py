"""Numbers for the texts that facts refer to; 0 stands for none."""

from collections.abc import Iterable, Mapping
from typing import cast

from storage.engine import cache
from storage.engine.queries import query
from storage.engine.tables import Label

NONE = 0

Numbers = Mapping[str | None, int]
Texts = Mapping[int, str | None]


def ids(connection_id: int, texts: Iterable[str | None]) -> Numbers:
    """Return the number of every text, after adding new ones; within a transaction."""
    wanted = {None, *texts}
    number_of = numbers(connection_id)
    new = sorted(text for text in wanted - number_of.keys() if text is not None)
    if new:
        cache.renew(connection_id, "labels")
        rows = [{"connection_id": connection_id, "text": text} for text in new]
        Label.insert_many(rows).on_conflict_ignore().execute()
        number_of = numbers(connection_id)
    return {text: number_of[text] for text in wanted}


def numbers(connection_id: int) -> Numbers:
    """Return the number of every text."""
    return _copies.of(connection_id)[0]


def texts(connection_id: int) -> Texts:
    """Return the text of every number."""
    return _copies.of(connection_id)[1]


def _read(connection_id: int) -> tuple[Numbers, Texts]:
    rows = cast("list[tuple[str, int]]", _all(connection_id).fetchall())
    return {None: NONE, **dict(rows)}, {NONE: None, **{number: text for text, number in rows}}


_all = query("SELECT text, id FROM label WHERE connection_id = ?")
_copies = cache.ConnectionCache("labels", _read)
