"""The text of a caller holds all of it."""

import pytest

from providers.caller import Caller, caller


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (None, Caller()),
        ("apikey_1", Caller("apikey_1")),
        ("apikey_1 user_2", Caller("apikey_1", "user_2")),
        ("user_2", Caller(actor="user_2")),
        ("svac_3 claude_code", Caller(actor="svac_3", claude_code=True)),
        ("apikey_1 user_2 claude_code", Caller("apikey_1", "user_2", claude_code=True)),
        ("=code_execution", Caller(reason="code_execution")),
    ],
)
def test_a_text_and_its_parts_are_the_same_caller(text: str | None, parts: Caller) -> None:
    assert caller(text) == parts
    assert parts.id == text


def test_a_reason_of_a_later_version_is_nobody_known() -> None:
    assert caller("=something_new") == Caller()
