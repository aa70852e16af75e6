"""Every interval, row, record and entry counts once, whatever pages repeat and in whatever order."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic.reports import analytics, claude_code, cost_report, lists, usage_report
from providers.directory import Directory
from providers.period import DAY, Period
from providers.provider import ChargesReported, ProviderUnavailable, UsageReported
from providers.reported import SpendReported
from tests.providers.fake_admin_api import Row, cost_line, usage_line
from tests.providers.pages import HOUR, Pages, bucket, counted, day_of, hour_of, record, spent

T = TypeVar("T")
FIRST, LAST = date(2026, 11, 16), date(2026, 11, 20)
PERIOD = Period(FIRST, LAST + DAY)
DAYS = list(PERIOD.days())
NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOURS = [NINE + n * HOUR for n in range(5)]
END, NOW = HOURS[-1] + HOUR, datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
BILL = [day_of(day, cost_line(f"{day.day}00"), cost_line("5", service_tier="batch")) for day in DAYS]
TOKENS = [hour_of(hour, usage_line(hour.hour, api_key_id="apikey_1")) for hour in HOURS]
RECORDS = [record(f"dev{n}@acme.example", commits=n) for n in range(5)]


def charges(pages: Pages, period: Period = PERIOD) -> ChargesReported:
    return cost_report.fetch(pages.client(), period)


def usage(pages: Pages) -> UsageReported:
    return usage_report.fetch(pages.client(), NINE, END, workspaces={"apikey_1": None})


def spend(pages: Pages) -> SpendReported:
    return analytics.fetch(pages.client(), NINE, END, names=Directory([]), now=NOW)


@st.composite
def shuffled(draw: st.DrawFn, items: Sequence[T]) -> list[list[T]]:
    """The items on pages: in any order, some of them again, on however many pages, empty ones too."""
    again = draw(st.lists(st.sampled_from(items), max_size=4))
    everything = draw(st.permutations([*items, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(everything)), max_size=3)))
    return [list(everything[a:b]) for a, b in zip([0, *cuts], [*cuts, len(everything)], strict=True)]


@given(pages=shuffled(BILL))
def test_charges_are_the_same_however_pages_are_cut_shuffled_and_repeated(pages: list[list[Row]]) -> None:
    reported = charges(Pages(cost_report=pages))
    assert reported == charges(Pages(cost_report=[BILL]))
    assert sum(charge.billed_cost for charge in reported.charges) == Decimal("90.25")
    assert reported.days == DAYS


@given(pages=shuffled(TOKENS), other=shuffled(TOKENS))
def test_usage_is_the_same_however_pages_are_cut_shuffled_and_repeated(
    pages: list[list[Row]], other: list[list[Row]]
) -> None:
    for each in (pages, other):
        reported = usage(Pages(messages=each))
        assert (reported.start, reported.end, set(reported.missing)) == (NINE, END, set())
        assert [row.quantities[4] for row in reported.usage] == [9, 10, 11, 12, 13]


@given(pages=shuffled(RECORDS))
def test_activity_is_the_same_however_pages_are_cut_shuffled_and_repeated(pages: list[list[Row]]) -> None:
    reported = claude_code.fetch(Pages(claude_code=pages).client(), LAST)
    assert sum(line.commits for line in reported.activity) == 0 + 1 + 2 + 3 + 4
    assert sum(line.estimated_cost for line in reported.activity) == 5


COSTS = [spent(hour, f"{hour.hour}.5", token_type=kind) for hour in HOURS for kind in ("a", "b")]
COUNTS = [counted(hour, hour.hour, api_key_id=key) for hour in HOURS for key in ("apikey_1", "apikey_2")]


@given(pages=shuffled(COSTS), used=shuffled(COUNTS))
def test_spend_by_the_hour_is_the_same_however_pages_are_cut_shuffled_and_repeated(
    pages: list[list[Row]], used: list[list[Row]]
) -> None:
    reported = spend(Pages(cost=pages, usage=used))
    assert (
        sum(line.cost for line in reported.lines)
        == sum(kind.cost for kind in reported.kinds)
        == Decimal("1.15")
    )
    assert sum(line.quantities[4] for line in reported.lines) == 2 * (9 + 10 + 11 + 12 + 13)


USERS = [{"id": f"user_{n}", "name": f"N{n}", "email": f"n{n}@acme.example"} for n in range(5)]


@given(pages=shuffled(USERS))
def test_names_are_the_same_however_pages_are_cut_shuffled_and_repeated(pages: list[list[Row]]) -> None:
    reported = lists.fetch(Pages(users=pages, workspaces=[], api_keys=[]).client())
    assert sorted(entry.id for entry in reported.entries) == [f"user_{n}" for n in range(5)]


def test_a_thing_that_is_listed_twice_is_what_was_said_last() -> None:
    pages = [[{"id": "user_1", "name": "Ada"}], [{"id": "user_1", "name": "Ada Moss"}]]
    reported = lists.fetch(Pages(users=pages, workspaces=[], api_keys=[]).client())
    assert [entry.name for entry in reported.entries] == ["Ada Moss"]


def without(items: Sequence[Row], number: int, *instead: Row) -> list[list[Row]]:
    return [[*items[:number], *instead, *items[number + 1 :]]]


ODD_BILLS = {
    "left out": without(BILL, 2),
    "twice and differently": [[*BILL, day_of(DAYS[2], cost_line("7"))]],
    "by the hour": without(
        BILL, 2, *(bucket(datetime(2026, 11, 18, h, tzinfo=UTC), width=HOUR) for h in range(24))
    ),
    "an hour of it beside it": [
        [*BILL, bucket(datetime(2026, 11, 18, 5, tzinfo=UTC), cost_line(), width=HOUR)]
    ],
    "not at midnight": without(
        BILL, 2, bucket(datetime(2026, 11, 18, 0, 30, tzinfo=UTC), width=timedelta(hours=23))
    ),
    "backwards": without(BILL, 2, day_of(DAYS[2], cost_line(), width=-DAY)),
    "no time at all": without(BILL, 2, {"starting_at": "soon", "ending_at": None, "results": []}),
    "no zone": without(BILL, 2, {**BILL[2], "starting_at": "2026-11-18T00:00:00"}),
}


@pytest.mark.parametrize("odd", ODD_BILLS.values(), ids=ODD_BILLS)
def test_a_day_that_is_not_there_once_is_asked_for_again_and_else_said_to_be_missing(
    odd: list[list[Row]],
) -> None:
    pages = Pages(cost_report=odd)
    reported = charges(pages)
    assert reported.days == [day for day in DAYS if day != DAYS[2]]
    assert {charge.day for charge in reported.charges} == set(reported.days)
    (note,) = reported.notes
    assert (note.day, note.is_unreadable) == (DAYS[2], True)
    assert note.what.startswith("Anthropic's bill cannot be read: ")
    assert [url.params["starting_at"] for url in pages.requests] == [
        "2026-11-16T00:00:00Z",
        "2026-11-18T00:00:00Z",
    ]


@pytest.mark.parametrize("odd", ODD_BILLS.values(), ids=ODD_BILLS)
def test_a_day_that_is_right_the_second_time_is_as_any_other(odd: list[list[Row]]) -> None:
    pages = Pages(cost_report=odd)
    pages.next = {"cost_report": [BILL]}
    assert charges(pages) == charges(Pages(cost_report=[BILL]))


def test_two_days_in_one_are_both_missing() -> None:
    two = bucket(datetime(2026, 11, 17, tzinfo=UTC), cost_line(), width=2 * DAY)
    reported = charges(Pages(cost_report=[[BILL[0], two, *BILL[3:]]]))
    assert reported.days == [DAYS[0], *DAYS[3:]]
    assert [note.day for note in reported.notes] == DAYS[1:3]


def test_a_year_in_one_is_no_day_and_no_trouble() -> None:
    endless = {"starting_at": "0001-01-01T00:00:00+14:00", "ending_at": "9999-12-31T23:59:59Z", "results": []}
    year = bucket(datetime(2026, 1, 1, tzinfo=UTC), cost_line(), width=365 * DAY)
    assert charges(Pages(cost_report=[[endless, *BILL]])).days == DAYS
    assert charges(Pages(cost_report=[[year]])).days == []


def test_days_in_another_zone_are_those_of_utc() -> None:
    shifted = [
        {
            **each,
            "starting_at": f"2026-11-{day.day - 1}T19:00:00-05:00",
            "ending_at": f"2026-11-{day.day}T19:00:00-05:00",
        }
        for day, each in zip(DAYS, BILL, strict=True)
    ]
    assert charges(Pages(cost_report=[shifted])) == charges(Pages(cost_report=[BILL]))


def test_lines_that_differ_in_anything_are_two_and_a_repeated_one_is_one() -> None:
    lines = [
        cost_line("100"),
        cost_line("100", context_window="200k-1M"),
        cost_line("100", service_tier="batch"),
        cost_line("100", workspace_id="wrkspc_1"),
        cost_line("40"),
        {**cost_line("100"), "field_of_tomorrow": {"a": 2}},
    ]
    reported = charges(Pages(cost_report=[[day_of(LAST, *lines, lines[0])]]), Period.day(LAST))
    assert sum(charge.billed_cost for charge in reported.charges) == Decimal("5.40")
    assert [(note.what, note.is_unreadable) for note in reported.notes] == [
        ("Anthropic's bill repeats some rows; each counts once", False)
    ]


ODD_HOURS = {
    "left out": without(TOKENS, 2),
    "twice and differently": [[*TOKENS, hour_of(HOURS[2], usage_line(1))]],
    "by the minute": without(TOKENS, 2, bucket(HOURS[2], usage_line(1), width=timedelta(minutes=1))),
    "two in one": without(TOKENS, 2, bucket(HOURS[2] + HOUR / 2, usage_line(1), width=HOUR / 2)),
}


@pytest.mark.parametrize("odd", ODD_HOURS.values(), ids=ODD_HOURS)
def test_an_hour_that_is_not_there_once_is_asked_for_again_and_else_missing(odd: list[list[Row]]) -> None:
    pages = Pages(messages=odd)
    reported = usage(pages)
    assert (reported.start, reported.end, set(reported.missing)) == (NINE, END, {HOURS[2]})
    assert [row.hour for row in reported.usage] == [hour for hour in HOURS if hour != HOURS[2]]
    (note,) = reported.notes
    assert (note.day, note.is_unreadable) == (LAST, True)
    assert note.what.startswith("Anthropic's usage at 11:00 UTC cannot be read: ")
    pages.next = {"messages": [TOKENS]}
    assert len(usage(Pages(messages=[TOKENS])).usage) == 5


def test_a_caller_that_is_reported_twice_in_the_same_words_is_reported_once() -> None:
    line = usage_line(7, api_key_id="apikey_1")
    reported = usage(Pages(messages=[[hour_of(NINE, line, line, usage_line(1, api_key_id="apikey_2"))]]))
    assert sorted(row.quantities[4] for row in reported.usage) == [1, 7]


def test_lines_of_one_hour_and_caller_that_differ_are_added_up_and_noted() -> None:
    """They came together: that is no repetition, but a finer cut than was asked for."""
    line, more, other = (usage_line(tokens, api_key_id="apikey_1") for tokens in (7, 2, 1))
    reported = usage(Pages(messages=[[hour_of(NINE, line, more, other, line)]]))
    assert sum(row.quantities[4] for row in reported.usage) == 10
    assert [(note.what, note.is_unreadable) for note in reported.notes] == [
        ("Anthropic's usage report repeats some rows; each counts once", False),
        ("Anthropic's usage report has several rows of one kind; they are added up", False),
    ]


def test_where_a_new_key_belongs_is_known_for_no_more_hours_than_were_reported() -> None:
    """The second walk of the same hours comes later, or finds fewer of them."""
    placed = usage_line(5, api_key_id="apikey_new", workspace_id="wrkspc_1")
    pages = Pages(messages=[[hour_of(hour, placed) for hour in HOURS]])
    pages.next = {"messages": [[hour_of(hour, placed) for hour in HOURS[:3]]]}
    reported = usage_report.fetch(pages.client(), NINE, END, workspaces={})
    assert reported.end == HOURS[3]
    assert {row.workspace_id for row in reported.usage} == {"wrkspc_1"}


CHANGED = [
    {"is_remote": True},
    {"terminal_type": "tty"},
    {"customer_type": "subscription"},
    {"later_field": 1},
]


@pytest.mark.parametrize("change", [*CHANGED, {"subscription_type": "team"}], ids=str)
def test_records_that_differ_in_anything_are_summed(change: dict[str, Any]) -> None:
    both = [[record(), record(commits=2, **change)]]
    reported = claude_code.fetch(Pages(claude_code=both).client(), LAST)
    assert sum(line.commits for line in reported.activity) == 3
    assert not reported.notes


def test_a_record_that_is_reported_in_two_ways_makes_its_day_unreadable_unless_it_is_put_right() -> None:
    pages = Pages(claude_code=[[record(commits=1)], [record(commits=2)]])
    reported = claude_code.fetch(pages.client(), LAST)
    assert reported.activity == []
    assert [(note.day, note.is_unreadable) for note in reported.notes] == [(LAST, True)]
    assert len(pages.requests) == 4
    pages.next = {"claude_code": [[record(commits=2)]]}
    assert claude_code.fetch(pages.client(), LAST).activity[0].commits == 2


def test_a_record_of_another_day_is_none_of_this_day() -> None:
    both = [[record(), record(commits=9, date="2026-11-19T00:00:00Z")]]
    reported = claude_code.fetch(Pages(claude_code=both).client(), LAST)
    assert sum(line.commits for line in reported.activity) == 1


@pytest.mark.parametrize("report", ["cost", "usage"])
def test_a_group_that_is_reported_in_two_ways_makes_its_day_missing_unless_it_is_put_right(
    report: str,
) -> None:
    rows: dict[str, list[Row]] = {"cost": [spent(NINE)], "usage": [counted(NINE)]}
    twice = {
        **rows,
        report: [*rows[report], *([spent(NINE, "7")] if report == "cost" else [counted(NINE, 6)])],
    }
    pages = Pages(**{name: [each] for name, each in twice.items()})
    reported = spend(pages)
    assert (reported.lines, reported.kinds, reported.missing) == ([], [], {LAST})
    assert [(note.day, note.is_unreadable) for note in reported.notes] == [(LAST, True)]
    pages.next = {report: [rows[report]]}
    assert [line.cost for line in spend(pages).lines] == [1]


def test_a_day_of_spend_that_is_reported_in_two_ways_costs_no_other_day() -> None:
    earlier = NINE - DAY
    pages = Pages(cost=[[spent(earlier), spent(NINE), spent(NINE, "2")]], usage=[[counted(earlier)]])
    reported = analytics.fetch(pages.client(), earlier, END, names=Directory([]), now=NOW)
    assert [(line.hour, line.cost) for line in reported.lines] == [(earlier, Decimal(1))]


@pytest.mark.parametrize("odd", [spent(NINE - HOUR), spent(END), spent(NINE - 365 * DAY)])
def test_rows_outside_of_what_was_asked_for_are_not_counted(odd: Row) -> None:
    outside = counted(NINE - HOUR), counted(END)
    reported = spend(Pages(cost=[[spent(NINE), odd]], usage=[[counted(NINE), *outside]]))
    assert [(line.hour, line.cost, line.quantities[4]) for line in reported.lines] == [(NINE, Decimal(1), 5)]


@pytest.mark.parametrize(
    "odd", [{"starting_at": "2026-11-20T09:30:00Z"}, {"ending_at": "2026-11-21T09:00:00Z"}]
)
def test_spend_in_other_intervals_than_hours_is_no_spend_by_the_hour(odd: Row) -> None:
    reported = spend(Pages(cost=[[spent(NINE), {**spent(NINE, model="other"), **odd}]], usage=[[]]))
    assert (reported.lines, reported.missing) == ([], {LAST})


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ask", "answered"),
    [
        (charges, {"cost_report": [[day_of(LONG_AGO.date(), cost_line("100"))]]}),
        (usage, {"messages": [[hour_of(LONG_AGO, usage_line(5, api_key_id="apikey_1"))]]}),
        (spend, {"cost": [[spent(LONG_AGO)]], "usage": [[]]}),
    ],
)
def test_an_answer_about_other_times_alone_is_none(
    ask: Callable[[Pages], object], answered: dict[str, list[list[Row]]]
) -> None:
    pages = Pages(**answered)
    with pytest.raises(ProviderUnavailable, match="about other times than were asked for"):
        ask(pages)
