"""Claude Code activity: replaced by day, and added up by whom, model and tool over any period."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.activity import CodeActivity
from providers.period import Period
from storage.engine.database import transaction
from storage.facts import activity, coverage
from tests.storage.samples import DAY, NEXT, NOW, by_engineer

pytestmark = pytest.mark.usefixtures("store")
DAYS = Period(DAY, NEXT + timedelta(days=1))
ONE = 1
FIRST = date(2026, 9, 12)
LENGTH = 71  # to 21 November


def line(email: str | None = "a@x", day: date = DAY, **more: Any) -> CodeActivity:
    plain = {"api_key_name": None, "customer_type": "api", "model": "", "estimated_cost": Decimal(0)}
    return CodeActivity(day=day, email=email, **{**plain, **more})


def report(*lines: CodeActivity, day: date = DAY, connection: int = ONE) -> None:
    with transaction():
        activity.replace(connection, day, lines, at=NOW, until=NOW)


def sessions(period: Period = DAYS) -> dict[str | None, int]:
    return {who: done["sessions"] for who, _plan, done in by_engineer(ONE, period)}


def test_an_engineers_days_models_and_tools_are_added_up() -> None:
    for day in (DAY, NEXT):
        report(
            line(day=day, sessions=2, commits=1),
            line(day=day, model="opus", estimated_cost=Decimal("1.5"), output_tokens=7, input_tokens=1),
            line(day=day, tool="edit_tool", accepted=5, rejected=1),
            line(day=day, tool="write_tool", accepted=1),
            day=day,
        )
    whole = {"tokens": 16, "sessions": 4, "commits": 2, "accepted": 12, "rejected": 2}
    assert by_engineer(ONE, DAYS) == [("a@x", "api", {"estimated_cost": 3 * 10**9, **whole})]


def test_plans_people_and_keys_of_one_name_stay_apart() -> None:
    lines = [
        line("a@x", sessions=1),
        line("a@x", sessions=2, customer_type="subscription"),
        line(None, sessions=4, api_key_name="a@x"),
        line(None, sessions=8, api_key_name=""),
        line(None, sessions=16),
    ]
    report(*lines)
    row = sorted(by_engineer(ONE, DAYS), key=lambda row: row[-1]["sessions"])
    assert row == [
        ("a@x", "api", {"sessions": 1}),
        ("a@x", "subscription", {"sessions": 2}),
        ("key a@x", "api", {"sessions": 4}),
        ("key ", "api", {"sessions": 8}),
        (None, "api", {"sessions": 16}),
    ]


def test_a_day_is_replaced_whole() -> None:
    report(line(sessions=1), line("gone@x", sessions=9), line("gone@x", model="opus", output_tokens=1))
    report(line(sessions=2))
    for period in (DAYS, Period.month(DAY), Period(date(2026, 11, 15), date(2026, 11, 22))):
        assert sessions(period) == {"a@x": 2}
        assert activity.by_model(ONE, period) == []


def test_a_day_that_is_the_same_is_not_written_but_known_for_longer(caplog: pytest.LogCaptureFixture) -> None:
    report(line(sessions=1), line("b@x", sessions=2))
    with caplog.at_level("DEBUG", "peewee"), transaction():
        same = [line("b@x", sessions=2), line(sessions=1)]
        activity.replace(ONE, DAY, same, at=NOW, until=NOW + timedelta(hours=1))
    assert "code_rollup" not in caplog.text
    assert coverage.days(ONE, "claude_code", DAYS) == {DAY}


def test_days_that_are_replaced_together_are_as_if_each_had_been_replaced() -> None:
    days = [date(2026, 10, 30) + timedelta(days=number) for number in range(5)]  # across a month's end
    report(line(day=days[2], sessions=100), day=days[2])
    with transaction():
        by_day = {day: [line(day=day, sessions=1 << number)] for number, day in enumerate(days)}
        activity.replace_days(ONE, by_day, at=NOW, until=NOW)
    assert sessions(Period.month(days[0])) == {"a@x": 1 + 2}
    assert sessions(Period.month(days[2])) == {"a@x": 4 + 8 + 16}
    assert sessions(Period(days[0], days[-1])) == {"a@x": 1 + 2 + 4 + 8}
    assert coverage.whole_days(ONE, "claude_code", Period(days[0], NEXT)) == set(days)


def test_an_empty_day_takes_back_what_was_reported() -> None:
    report(line(sessions=1))
    report()
    assert sessions(Period.month(DAY)) == {}
    assert coverage.days(ONE, "claude_code", DAYS) == {DAY}


def test_another_connection_is_left_alone() -> None:
    report(line(sessions=1))
    report(line(sessions=5), connection=2)
    report(connection=2)
    assert sessions(Period.month(DAY)) == {"a@x": 1}
    assert by_engineer(2, DAYS) == []


@pytest.fixture
def seventy_days() -> dict[date, int]:
    """One engineer's sessions by day, none at week-ends; written newest first, and some days twice."""
    days = [FIRST + timedelta(days=number) for number in range(LENGTH)]
    worked = {day: 1 << number % 20 for number, day in enumerate(days) if day.weekday() < 5}
    for day in reversed(days):
        report(line(day=day, sessions=999), day=day)
    for day in days:
        report(*([line(day=day, sessions=worked[day])] if day in worked else []), day=day)
    return worked


def test_any_period_is_the_sum_of_its_days(seventy_days: dict[date, int]) -> None:
    for start in range(0, LENGTH, 3):
        for length in (1, 2, 7, 22, 30, 31, 61, 400):
            first = FIRST + timedelta(days=start)
            period = Period(first, first + timedelta(days=length))
            expected = sum(count for day, count in seventy_days.items() if day in period)
            assert sum(sessions(period).values()) == expected


def test_models_are_the_teams_or_one_persons() -> None:
    report(
        line(sessions=9),
        line(model="opus", estimated_cost=Decimal(2), input_tokens=1),
        line("b@x", model="opus", estimated_cost=Decimal(3), cache_read_tokens=4),
        line("b@x", model="opus", customer_type="subscription", estimated_cost=Decimal(5)),
        line("b@x", model="haiku", estimated_cost=Decimal(7)),
    )
    team = {(row.model, row.customer_type): row for row in activity.by_model(ONE, DAYS)}
    costs = {("opus", "api"): 5, ("opus", "subscription"): 5, ("haiku", "api"): 7}
    assert {key: row.estimated_cost for key, row in team.items()} == costs
    opus = line(None, model="opus", estimated_cost=Decimal(5), input_tokens=1, cache_read_tokens=4)
    assert team["opus", "api"] == opus
    mine = line(model="opus", estimated_cost=Decimal(2), input_tokens=1)
    assert activity.by_model(ONE, DAYS, email="a@x") == [mine]


def test_tools_are_the_teams_or_one_persons() -> None:
    report(
        line(tool="edit_tool", accepted=5, rejected=1),
        line("b@x", tool="edit_tool", accepted=1),
        line("b@x", tool="write_tool", rejected=2),
    )
    team = sorted(activity.by_tool(ONE, DAYS), key=lambda row: row.tool)
    assert team == [
        line(None, tool="edit_tool", accepted=6, rejected=1),
        line(None, tool="write_tool", rejected=2),
    ]
    assert activity.by_tool(ONE, DAYS, email="A@x") == [line("A@x", tool="edit_tool", accepted=5, rejected=1)]


def test_edits_of_an_unknown_tool_are_reported_without_what_else_is_in_their_row() -> None:
    report(line(sessions=3, accepted=5), line("b@x", sessions=1))
    assert activity.by_tool(ONE, DAYS) == [line(None, accepted=5)]
    assert activity.by_tool(ONE, DAYS, email="a@x") == [line(accepted=5)]


def test_a_stranger_has_no_models_and_no_tools() -> None:
    report(line(None, api_key_name="ci", model="opus", output_tokens=1))
    assert activity.by_model(ONE, DAYS, email="nobody@x") == []
    assert activity.by_tool(ONE, DAYS, email="nobody@x") == []


def test_a_persons_period_ends_where_it_ends() -> None:
    for day in (DAY, NEXT):
        report(line(day=day, model="opus", output_tokens=1), day=day)
    assert [row.output_tokens for row in activity.by_model(ONE, Period.day(DAY), email="a@x")] == [1]
    assert [row.output_tokens for row in activity.by_model(ONE, DAYS, email="a@x")] == [2]
