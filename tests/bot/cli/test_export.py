"""`stackspend export`: a file for scripts, and what it says of it to people."""

import csv
import io
import json
from decimal import Decimal

import pytest

from digests.files.spreadsheet import BYTE_ORDER_MARK
from tests.bot.cli.test_operate import Shell, filled, served, shell
from tests.bot.conftest import ON_SQLITE, TODAY, Company

__all__ = ["filled", "served", "shell"]  # what this file's fixtures are made of
pytestmark = [  # a command ends with its process, which closes what is open
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
DAYS = "2026-11-01..2026-11-21"


def summed(text: str) -> Decimal:
    lines = csv.DictReader(io.StringIO(text, newline=""))
    return sum((Decimal(row["BilledCost"]) for row in lines), Decimal(0))


def test_a_csv_goes_to_standard_output_and_the_note_elsewhere(filled: Shell, walked: Company) -> None:
    ran = filled("export", DAYS, "--by", "key", "--format", "csv")
    assert (ran.status, ran.out[:1] == BYTE_ORDER_MARK) == (0, False)
    assert summed(ran.out) == walked.billed(TODAY.replace(day=1))
    assert "by key and day (CSV)" in ran.err


@ON_SQLITE
def test_words_and_options_mean_the_same(filled: Shell) -> None:
    by_words = filled("export", DAYS, "by", "key", "json")
    assert by_words.out == filled("export", DAYS, "--by", "key", "--json").out
    assert by_words.out == filled("export", DAYS, "--by", "key", "--format", "json").out
    assert len(json.loads(by_words.out)["rows"]) > 20


@ON_SQLITE
def test_a_file_is_written_whole(filled: Shell) -> None:
    path = filled.folder / "bill.csv"
    ran = filled("export", DAYS, "--output", str(path))
    assert (ran.status, ran.out) == (0, "")
    with path.open(newline="", encoding="utf-8") as file:
        assert file.read() == filled("export", DAYS).out
    assert list(filled.folder.glob("*.part")) == []


@ON_SQLITE
def test_a_file_that_cannot_be_written_is_a_sentence(filled: Shell) -> None:
    message = filled.fails("export", DAYS, "--output", "/nowhere/bill.csv")
    assert message == "/nowhere/bill.csv can't be written: No such file or directory"


@ON_SQLITE
def test_the_log_says_what_was_exported(filled: Shell) -> None:
    filled("export", DAYS, "--by", "engineer")
    (entry,) = filled("audit", "--json").json["entries"]
    detail = "export 2026-11-01..2026-11-21 utc by engineer csv"
    assert (entry["who"], entry["what"], entry["detail"]) == ("command line", "exported", detail)


@ON_SQLITE
@pytest.mark.parametrize(
    "words", [("2026-13",), ("csv", "json"), ("--format", "xml"), ("--by", "colour"), ("today", "tomorrow")]
)
def test_wrong_usage_is_two(filled: Shell, words: tuple[str, ...]) -> None:
    ran = filled("export", *words)
    assert (ran.status, ran.out) == (2, "")
