"""The texts that facts refer to by number; 0 stands for none."""

from collections.abc import Iterable
from typing import cast

from storage.prepared import prepared
from storage.tables import Label

NONE = 0


def ids(connection_id: int, texts: Iterable[str | None]) -> dict[str | None, int]:
    """The number of every text, new ones entered; within a transaction."""
    wanted = {text for text in texts if text is not None}
    known = _known(connection_id)
    new = sorted(wanted - known.keys())
    if new:
        rows = [{"connection_id": connection_id, "text": text} for text in new]
        Label.insert_many(rows).on_conflict_ignore().execute()
        known = _known(connection_id)
    return {None: NONE, **{text: known[text] for text in wanted}}


def texts(connection_id: int) -> dict[int, str | None]:
    """Every number's text."""
    return {NONE: None, **{number: text for text, number in _known(connection_id).items()}}


def number(connection_id: int, text: str) -> int | None:
    """The number of a text that is there already."""
    return _known(connection_id).get(text)


def _known(connection_id: int) -> dict[str, int]:
    return dict(cast("Iterable[tuple[str, int]]", _all(connection_id).fetchall()))


_all = prepared(
    lambda connection_id: Label.select(Label.text, Label.id).where(Label.connection_id == connection_id)
)
