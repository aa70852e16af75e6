"""`/stackspend claude beside` and `claude blind`: what telemetry does not tell, and who does not send any."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from demo.slack.people import ADMIN, MEMBER, SPEND
from providers.activity import CodeActivity
from providers.directory import Entry as Listed
from storage.engine.database import transaction
from storage.facts import activity, directory
from tests.bot.harness import NOW, Harness
from tests.bot.telemetry_team import JONAS, MINA, open_team, use

DAY = 24 * 60  # minutes


@pytest.fixture
def beside(store: str) -> Iterator[Harness]:
    """Mina reports each day what her Claude Code used; her key of programs cost $10, and reports nothing."""
    del store
    with open_team() as harness:
        for day in range(1, 10):
            use(harness, f"m{day}", MINA, minutes_ago=day * DAY)
            use(harness, f"n{day}", MINA, minutes_ago=day * DAY)
        yield harness


def code_use(harness: Harness, email: str, days: range) -> None:
    """Let Claude Code's report say that somebody used $3 on days so long ago, beside Mina's $2."""
    connection = harness.connection()
    assert connection
    with transaction():
        for back in days:
            day = NOW.date().fromordinal(NOW.date().toordinal() - back)
            rows = [
                CodeActivity(day, who, None, "api", "", cost, sessions=1, commits=3)
                for who, cost in ((email, Decimal(3)), (MINA, Decimal(2)))
            ]
            activity.replace(connection.id, day, rows, at=NOW, until=NOW)


def words(harness: Harness, user: str, text: str) -> str:
    return harness.ask(user, text, SPEND).words.replace("*", "")


def test_the_three_reports_stand_side_by_side_by_day(beside: Harness) -> None:
    shown = words(beside, MEMBER, "claude beside 2026-11-20..2026-11-21")
    assert "$20.00 on the bill, ≈ $3.22 by telemetry, ≈ $4.00 by Claude Code's report" in shown
    assert "≈ $20 is API use outside Claude Code" in shown
    assert "Sat, Nov 21" in shown
    assert "never added up" in shown


def test_names_are_for_those_who_see_them(beside: Harness) -> None:
    assert "Mina Okafor" in words(beside, ADMIN, "claude beside 7d by engineer")
    for text in ("claude beside 7d by engineer", "claude blind"):
        assert "Mina" not in words(beside, MEMBER, text)
    assert "By engineer" not in words(beside, MEMBER, "claude beside 7d")


def test_a_person_without_telemetry_is_found(beside: Harness) -> None:
    code_use(beside, JONAS, range(1, 5))
    shown = words(beside, ADMIN, "claude blind")
    assert "jonas@acme.example: ≈ $12 since Wed, Nov 18; never reported" in shown
    assert "Mina Okafor" not in shown


def test_who_stopped_reporting_is_found_with_the_version(beside: Harness) -> None:
    use(beside, "j", JONAS, minutes_ago=4 * DAY, version="2.0.63")
    code_use(beside, JONAS, range(1, 5))
    shown = words(beside, ADMIN, "claude blind")
    assert "jonas@acme.example: ≈ $9.00 since Thu, Nov 19, version 2.0.63; 2.0.64 to 2.0.67 send no" in shown


def test_a_key_of_programs_reports_only_through_the_console(beside: Harness) -> None:
    assert "ci-nightly: ≈ $70 since Sun, Nov 15; API key" in words(beside, ADMIN, "claude blind")
    for day in range(1, 8):
        use(beside, f"w{day}", "", minutes_ago=day * DAY, workspace="wrkspc_default")
    assert "ci-nightly" in words(beside, ADMIN, "claude blind")
    connection = beside.connection()
    assert connection
    with transaction():
        default = Listed("wrkspc_default", "workspace", "Default")
        directory.remember(connection.id, [default])
    assert "ci-nightly" not in words(beside, ADMIN, "claude blind")


def test_the_buttons_lead_from_one_to_the_other(beside: Harness) -> None:
    first = beside.ask(ADMIN, "claude beside 7d", SPEND)
    by_engineer = beside.after(beside.press(ADMIN, first, "By engineer"), "edit")
    assert "Mina Okafor" in by_engineer.words
    blind = beside.after(beside.press(ADMIN, by_engineer, "Who doesn't report"), "edit")
    assert "API key" in blind.words
    again = beside.after(beside.press(ADMIN, blind, "Beside the bill"), "edit")
    assert "never added up" in again.words
