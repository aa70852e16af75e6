"""What an answer compares with: lines that are gone, the line that changed most, days that stand out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from digests import render
from digests.numbers.build import cost_report
from digests.numbers.report import Horizon, Question, Report
from digests.numbers.typical import spikes_among
from digests.words.change import since as changes
from providers.period import DAY, Period
from tests.digests import samples

MONDAY = date(2026, 11, 23)
WEEK = Period(MONDAY, MONDAY + 7 * DAY)


def report(now: dict[str, str], before: dict[str, str]) -> Report:
    return cost_report(
        Question(WEEK, "workspace"),
        samples.amounts(samples.summed(id_, cost) for id_, cost in now.items()),
        Horizon(as_of=samples.NOW),
        organization="Acme",
        before=samples.costs(samples.summed(id_, cost) for id_, cost in before.items()),
        names=str,
    )


def rows(message: render.Message) -> list[str]:
    table = next(block for block in message.blocks if block["type"] == "table")
    return [" | ".join(map(_words, row)) for row in table["rows"]]


def _words(cell: dict[str, object]) -> str:
    found = str(cell)
    return found.partition("'text': '")[2].partition("'")[0]


def test_the_changes_of_a_table_add_up_though_a_line_is_gone() -> None:
    answer = render.cost(report({"a": "30", "b": "5"}, {"a": "10", "c": "40"}), now=samples.NOW)
    assert rows(answer)[1:] == [
        "a | $30.00 | +$20.00",
        "b | $5.00 | +$5.00",
        "1 not used now | $0.00 | -$40.00",
        "Total | $35.00 | -$15.00",
    ]
    assert "*Biggest change:* c, -$40.00" in str(answer.blocks)


def test_a_single_line_and_small_changes_are_no_news() -> None:
    for same in (report({"a": "30"}, {"a": "10"}), report({"a": "3000", "b": "10"}, {"a": "2990", "b": "9"})):
        assert "Biggest change" not in str(render.cost(same, now=samples.NOW).blocks)


def test_nothing_is_compared_where_there_is_no_before() -> None:
    nothing = report({}, {})
    words = str(render.cost(nothing, now=samples.NOW))
    assert not [sign for sign in ("▲", "▼", "= 0%", "new", "more", "less") if f" {sign}" in words]


@pytest.mark.parametrize(
    ("cost", "before", "clause"),
    [
        ("120", "100", ("$20 more", "the week before", "▲ 20%")),
        ("90", "100", ("$10 less", "the week before", "▼ 10%")),
        ("100.001", "100", ("< $0.01 more", "the week before", "")),
        ("187", "0", ("$187 more", "the week before", "from $0.00")),
        ("100", "100", ("", "the week before", "")),
        ("0", "0", ("", "", "")),
        ("5", None, ("", "", "")),
    ],
)
def test_a_change_is_a_clause(cost: str, before: str | None, clause: tuple[str, str, str]) -> None:
    earlier = None if before is None else Decimal(before)
    change = changes.since(Decimal(cost), Decimal(0), earlier, "vs the week before")
    assert (change.amount, change.than, change.percent) == clause


def days(spike: float, on: date) -> dict[date, float]:
    usual = {MONDAY + n * DAY: 1000.0 + 10 * n for n in range(-28, 14)}
    return {**usual, on: spike}


def test_a_spike_in_the_comparison_period_is_named() -> None:
    costs = days(9000.0, MONDAY)
    whole = sum(costs[day] for day in WEEK.days())
    assert spikes_among(costs, WEEK, cost=whole, part=1.0) == (MONDAY,)
    assert spikes_among(days(1000.0, MONDAY), WEEK, cost=7210.0, part=1.0) == ()


def test_a_spike_after_the_hour_that_is_compared_is_not() -> None:
    day = Period.day(MONDAY)
    costs = days(9000.0, MONDAY)
    assert spikes_among(costs, day, cost=250.0, part=0.25) == ()
    assert spikes_among(costs, day, cost=8000.0, part=0.25) == (MONDAY,)


def test_the_small_print_names_it() -> None:
    spiky = replace(report({"a": "30"}, {"a": "10"}), spikes=(MONDAY,))
    assert "Mon, Nov 23's spike counts in the comparison" in str(
        render.cost(spiky, now=samples.NOW).blocks[-1]
    )


def test_the_small_print_has_four_facts_at_most() -> None:
    answers = [render.cost(each, now=samples.NOW) for each in (samples.month(), samples.by_day(90))]
    answers.append(render.engineers(samples.engineers(60), now=samples.NOW, zone="UTC"))
    for answer in answers:
        assert len(answer.blocks[-1]["elements"][0]["text"].split("  ·  ")) <= 4
