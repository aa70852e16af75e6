"""Slack's error codes, as reasons of ours."""

import pytest

from bot.slack.errors import MISFITS, NO_SCOPE, TOKEN_WORTHLESS, reason_of
from digests.words.slack_reasons import SlackReason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("channel_not_found", "gone"),
        ("not_in_channel", "outside"),
        ("is_archived", "archived"),
        ("is_inactive", "archived"),
        ("restricted_action", "restricted"),
        ("restricted_action_read_only_channel", "restricted"),
        ("ekm_access_denied", "restricted"),
        ("missing_scope", "scope"),
        ("no_such_subteam", "nobody"),
        ("nobody", "nobody"),
        ("barred", "barred"),
        ("unreachable", "unreachable"),
        ("a_code_of_tomorrow", "other"),
        ("", "other"),
    ],
)
def test_a_code_has_a_reason(code: str, reason: SlackReason) -> None:
    assert reason_of(code) == reason


@pytest.mark.parametrize("code", sorted(TOKEN_WORTHLESS))
def test_a_worthless_token_needs_a_new_installation(code: str) -> None:
    assert reason_of(code) == "install"


def test_what_another_form_or_a_permission_cures_is_no_worthless_token() -> None:
    assert not TOKEN_WORTHLESS & (MISFITS | NO_SCOPE)
