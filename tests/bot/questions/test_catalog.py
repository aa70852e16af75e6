"""The names that a team can ask for, from what was stored."""

from datetime import UTC, datetime

import pytest

from bot.questions.catalog import all_names
from bot.questions.reading.canonical import text
from bot.questions.reading.names import Name, Names
from bot.questions.reading.parse import read
from digests.forms.user_groups import Group
from providers.directory import Directory, Entry

WHEN = datetime(2026, 1, 5, tzinfo=UTC)
LISTED = Directory(
    [
        Entry("user_1", "user", "Jonas Weber", WHEN, email="Jonas@acme.example"),
        Entry("wrkspc_1", "workspace", "Production", WHEN),
        Entry("apikey_1", "api_key", "ci-nightly", WHEN, hint="sk-ant-api03-R2D...9Zk2"),
    ]
)
GROUPS = (Group("S0PAY", "payments", "Payments team"), Group("S0ALL", "", "Everybody"))
NAMES = Names(all_names(LISTED, frozenset({"claude-opus-5-5"}), GROUPS))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jonas weber", ("engineer", "jonas@acme.example")),
        ("jonas@acme.example", ("engineer", "jonas@acme.example")),
        ("@jonas", ("engineer", "jonas@acme.example")),
        ("production", ("workspace", "wrkspc_1")),
        ("wrkspc_1", ("workspace", "wrkspc_1")),
        ("default workspace", ("workspace", "")),
        ("ci-nightly", ("key", "apikey_1")),
        ("key 9zk2", ("key", "apikey_1")),
        ("opus 5.5", ("model", "claude-opus-5-5")),
        ("opus-5-5", ("model", "claude-opus-5-5")),
        ("opus", ("model", "opus")),
        ("claude code", ("product", "claude_code")),
        ("<!subteam^S0PAY>", ("team", "S0PAY")),
        ("<!subteam^S0PAY|@payments>", ("team", "S0PAY")),
        ("@payments", ("team", "S0PAY")),
        ("team payments", ("team", "S0PAY")),
        ("payments team", ("team", "S0PAY")),
        ("everybody", ("team", "S0ALL")),
    ],
)
def test_a_name_is_found_by_every_way_to_write_it(typed: str, expected: tuple[str, str]) -> None:
    reading = read(f"cost {typed} last week", NAMES).reading
    assert reading
    assert [name[:2] for name in reading.filters] == [expected]


def test_a_default_workspace_that_is_listed_goes_by_both_names() -> None:
    listed = Directory([Entry("wrkspc_9", "workspace", "Default", WHEN)])
    reading = read("cost default workspace", Names(all_names(listed, frozenset()))).reading
    assert reading
    assert [name.id for name in reading.filters] == ["wrkspc_9"]


def test_a_person_whom_slack_names_is_found_by_a_mention_in_one_text_only() -> None:
    jonas = Name("engineer", "jonas@acme.example", "Jonas Weber", mention="U0JONAS")
    reading = read("cost <@U0JONAS|jonas> last week", NAMES.with_mentions([jonas])).reading
    assert reading
    assert text(reading, NAMES) == 'cost last week "Jonas Weber"'
    assert read("cost <@U0JONAS|jonas> last week", NAMES).unused == ("<@U0JONAS|jonas>",)
