"""What people type, with the reading that each should have, from a table that people can read."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.questions.reading.canonical import text
from bot.questions.reading.dates import TeamCalendar, dated
from bot.questions.reading.parse import read
from tests.bot.questions.reading.company import COMPANY

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
TYPED = 320  # rows of the first part, which people typed
TABLE = Path(__file__).parents[3] / "data" / "readings.tsv"


class Row(NamedTuple):
    typed: str
    how: str
    reading: str = ""
    why: str = ""


def rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            typed, *rest = line.split("\t")
            yield Row(typed.replace("\\u00a0", "\u00a0"), *rest)


def row_of(typed: str) -> Row:
    """How a text is read, as a row of the table without the judgement whether it makes sense."""
    result = dated(read(typed, COMPANY), TeamCalendar(NOW))
    if result.reading:
        return Row(typed, "as typed" if result.is_literal else "read as", text(result.reading, COMPANY))
    suggestions = "; ".join(text(each, COMPANY) for each in result.suggestions)
    why = result.sentence or ", ".join(result.unused)
    return Row(typed, "refused" if why else "choose", suggestions, why)


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row.typed)
def test_what_people_type_is_read_as_it_should_be(row: Row) -> None:
    assert row_of(row.typed) == row._replace(how=row.how.replace("outside", "refused"))


def test_nearly_all_that_people_typed_is_answered() -> None:
    count = Counter(row.how for row in list(rows())[:TYPED])
    sensible = TYPED - count["outside"]
    answered = sensible - count["refused"]
    shown = ", ".join(f"{number} {how}" for how, number in count.most_common())
    print(f"{answered} of {sensible} that make sense are answered ({answered / sensible:.1%}): {shown}")  # noqa: T201 - for those who run it
    assert answered >= 0.95 * sensible


def test_a_refusal_says_why_and_what_comes_close() -> None:
    assert all(row.why for row in rows() if row.how in ("refused", "outside"))
    assert all(row.reading for row in rows() if row.how == "refused")
