"""What a version of Claude Code tells about why it is silent."""

import pytest

from providers.claude.versions import Cause, cause_of, newest


@pytest.mark.parametrize(
    ("version", "in_part", "cause"),
    [
        ("1.0.128", False, None),
        ("2.0.63", False, "no release sends"),
        ("2.0.64", False, "no release sends"),
        ("2.0.67", True, "no release sends"),
        ("2.0.68", False, None),
        ("2.1.47", False, "not from editors"),
        ("2.1.112", False, "not from editors"),
        ("2.1.113", False, None),
        ("2.1.332", True, "loses long sessions"),
        ("2.1.332", False, None),
        ("", False, None),
        ("", True, "loses long sessions"),
        ("next", False, None),
        ("claude-code/2.0.65 (external)", False, "no release sends"),
    ],
)
def test_a_cause_is_known_where_the_version_tells(version: str, in_part: object, cause: Cause | None) -> None:
    assert cause_of(version, reports_in_part=bool(in_part)) == cause


def test_the_newest_is_by_number_and_not_by_letter() -> None:
    assert newest(["2.1.99", "2.1.104", "dev"]) == "2.1.104"
    assert newest([]) == ""
