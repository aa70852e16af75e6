"""docs/strings.md has every string that people read, as the code has it."""

import os
import re

import pytest

from tests.strings import ROOT, document

PATH = ROOT / "docs" / "strings.md"
OLD_WORDS = (
    r"\bany ?more\b(?<!anymore)",
    r"\be-mail\b",
    r"\bI am\b",
    r"\bmy (?:log|side|Home)\b",
    r"\bshall\b",
    r"(?:who|channels?|everybody|people) may\b",
    r"\bUnattributed\b",
    r"\bReconnect\b",
)
"""Words that gave way to others."""


def test_the_document_has_the_strings_of_the_code() -> None:
    seen = document()
    if os.environ.get("REWRITE_STRINGS"):
        PATH.write_text(seen, encoding="utf-8")
    assert PATH.read_text(encoding="utf-8") == seen, "REWRITE_STRINGS=1 writes it anew"


@pytest.mark.parametrize("words", OLD_WORDS)
def test_no_string_says_it_as_it_was_said_before(words: str) -> None:
    assert [line for line in document().splitlines() if re.search(words, line)] == []
