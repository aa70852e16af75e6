"""`/stackspend why`: keys and engineers by name for those who can see them, nobody for others."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from demo.slack.people import ADMIN, MEMBER, SPEND
from storage.engine.database import session, transaction
from storage.facts import spend as spends
from storage.state import audit
from tests.bot.harness import Harness, connect, fill, open_harness
from tests.storage.samples import attribution, spend

TUESDAY = "2026-11-17"


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    """A team whose names are private, and whose key was loud on one Tuesday."""
    del store
    with open_harness(are_names_open=False) as opened:
        connection = connect(opened)
        fill(connection)
        loud = spend("9382.50", datetime(2026, 11, 17, 3, tzinfo=UTC), caller_id="apikey_1")
        other = spend("20", datetime(2026, 11, 17, 3, tzinfo=UTC), caller_id="apikey_other")
        with transaction():
            spends.replace(connection.id, date(2026, 11, 17), attribution(loud, other), estimated=False)
        yield opened


def test_an_admin_reads_which_key_it_was(harness: Harness) -> None:
    words = harness.ask(ADMIN, f"why {TUESDAY}", SPEND).words
    assert "Why Tue, Nov 17 cost $9,392.50 more than Tue, Nov 10" in words
    assert "is one API key: ci-nightly, *+$9,372.50*" in words
    assert "938 times its usual day, and it was back to $10" in words


def test_who_may_not_see_names_reads_the_same_without_any(harness: Harness) -> None:
    words = harness.ask(MEMBER, f"why {TUESDAY}", SPEND).words
    assert "is one API key, *+$9,372.50*" in words
    assert "One API key: more usage" in words
    assert "ci-nightly" not in words


def test_names_that_were_seen_are_in_the_audit_log(harness: Harness) -> None:
    for user in (ADMIN, MEMBER):
        harness.ask(user, f"why {TUESDAY}", SPEND)
    with session():
        seen = [(each.who, each.detail) for each in audit.every(harness.team_id)]
    assert seen == [(ADMIN, f"why {TUESDAY}..{TUESDAY} utc")]


def test_a_cost_that_changed_leads_to_why(harness: Harness) -> None:
    index = harness.press(MEMBER, harness.ask(MEMBER, f"cost {TUESDAY}", SPEND), "Show why")
    assert "Why Tue, Nov 17 cost $9,392.50 more" in harness.after(index, "edit").words
    unchanged = harness.ask(MEMBER, "cost 2026-11-18", SPEND)
    with pytest.raises(LookupError):
        harness.press(MEMBER, unchanged, "Show why")


def test_what_is_shared_names_nobody(harness: Harness) -> None:
    answer = harness.ask(ADMIN, f"why {TUESDAY}", SPEND)
    words = harness.after(harness.press(ADMIN, answer, "share"), "message").words
    assert "Why Tue, Nov 17 cost $9,392.50 more" in words
    assert "ci-nightly" not in words


def test_a_part_is_explained_and_its_buttons_stay_with_it(harness: Harness) -> None:
    answer = harness.ask(MEMBER, f"why {TUESDAY} opus", SPEND)
    assert "Opus: why Tue, Nov 17 cost" in answer.words
    shown = harness.after(harness.press(MEMBER, answer, "Show the figures"), "edit")
    index = harness.press(MEMBER, shown, "Show why")
    assert "Opus: why Tue, Nov 17 cost" in harness.after(index, "edit").words


def test_names_of_engineers_and_keys_choose_a_part_only_for_those_who_can_see_them(harness: Harness) -> None:
    assert "I didn't get" in harness.ask(MEMBER, f"why {TUESDAY} key ci-nightly", SPEND).words
    assert "ci-nightly: why Tue, Nov 17 cost" in harness.ask(ADMIN, f"why {TUESDAY} ci-nightly", SPEND).words


def test_what_a_change_cannot_be_split_by_is_said(harness: Harness) -> None:
    assert (
        "I can't explain a change by model yet" in harness.ask(MEMBER, "why last week by model", SPEND).words
    )


def test_a_cost_names_the_cause_and_the_key_only_where_it_names_keys(harness: Harness) -> None:
    by_model = harness.ask(ADMIN, f"cost {TUESDAY}", SPEND).words
    assert "*Why:* one API key" in by_model
    assert "*+$9,372.50*" in by_model
    assert "ci-nightly" not in by_model
    by_key = harness.ask(ADMIN, f"cost {TUESDAY} by key", SPEND).words
    assert "*Why:* API key `ci-nightly`" in by_key
    assert "Biggest change" not in by_key


def test_the_cause_of_a_part_is_in_the_part(harness: Harness) -> None:
    assert "*Why:* one API key" in harness.ask(ADMIN, f"cost {TUESDAY} opus", SPEND).words
    assert "*Why:*" not in harness.ask(ADMIN, f"cost {TUESDAY} haiku", SPEND).words


def test_the_key_behind_a_change_has_a_button_to_its_days(harness: Harness) -> None:
    answer = harness.ask(ADMIN, f"why {TUESDAY}", SPEND)
    shown = harness.after(harness.press(ADMIN, answer, "Show this key"), "edit").words
    assert "ci-nightly" in shown
    assert "$9,382.50" in shown
    with pytest.raises(LookupError):
        harness.press(MEMBER, harness.ask(MEMBER, f"why {TUESDAY}", SPEND), "Show this key")
