"""Other money, absurd figures and nulls: refused by name, or read as what they are; never a fault of ours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from providers.anthropic.http.reading import LARGEST_COST, LARGEST_COUNT
from providers.anthropic.reports import analytics, claude_code, cost_report, lists, usage_report
from providers.directory import Directory
from providers.period import DAY, Period
from providers.provider import ActivityReported, ChargesReported, ProviderUnavailable, UsageReported
from providers.reported import SpendReported
from tests.providers.fake_admin_api import FakeAdminApi, Row, cost_line, usage_line
from tests.providers.pages import HOUR, Pages, counted, day_of, hour_of, record, spent

TWENTIETH, BEFORE = date(2026, 11, 20), date(2026, 11, 19)
NINE, TEN = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 20, 10, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
CALLER = {"api_key_id": "apikey_1"}
ONLY_DOLLARS = "it is in EUR, and StackSpend reads US dollars only"
ABSURD = [
    "1e400",
    "-1e400",
    "1e999999999",
    "9" * 5000,
    "NaN",
    "sNaN",
    "-Infinity",
    "--1",
    "0x10",
    "",
    "1e9999999999999999999",
]
JUST_TOO_MUCH = [str(LARGEST_COST * 100 + 1), "922337203685477580800", str(-LARGEST_COST * 101)]
NO_COUNTS = [-1, 1.5, 2**63, 10**30, 10**4000, LARGEST_COUNT + 1, "5", True, [], {}]


def bill(*lines: Row) -> ChargesReported:
    """A good day, and one of these lines."""
    pages = Pages(cost_report=[[day_of(BEFORE, cost_line()), day_of(TWENTIETH, *lines)]])
    return cost_report.fetch(pages.client(), Period(BEFORE, TWENTIETH + DAY))


def usage(*lines: Row) -> UsageReported:
    """Two hours, the first with these lines."""
    pages = Pages(messages=[[hour_of(NINE, *lines), hour_of(TEN, usage_line(1, **CALLER))]])
    return usage_report.fetch(pages.client(), NINE, TEN + HOUR, workspaces={"apikey_1": None})


def activity(*records: Row) -> ActivityReported:
    return claude_code.fetch(Pages(claude_code=[records]).client(), TWENTIETH)


def spend(costs: list[Row], used: list[Row]) -> SpendReported:
    """These rows beside a good day."""
    pages = Pages(cost=[[spent(NINE - DAY), *costs]], usage=[used])
    return analytics.fetch(pages.client(), NINE - DAY, TEN, names=Directory([]), now=NOW)


# Other money


def test_a_bill_in_euros_is_no_bill_and_costs_no_other_day() -> None:
    reported = bill(cost_line("100"), cost_line("100", currency="EUR"))
    assert (reported.days, [charge.day for charge in reported.charges]) == ([BEFORE], [BEFORE])
    (note,) = reported.notes
    assert note.what == f"Anthropic's bill cannot be read: {ONLY_DOLLARS}"
    assert (note.day, note.is_unreadable) == (TWENTIETH, True)


@pytest.mark.parametrize("currency", ["USD", "usd", "Usd"])
def test_dollars_are_dollars_however_they_are_written(currency: str) -> None:
    reported = bill(cost_line(currency=currency))
    assert reported.days == [BEFORE, TWENTIETH]
    assert {charge.currency for charge in reported.charges} == {"USD"}


@pytest.mark.parametrize("currency", ["", "US", "USD ", "GBP", None, 1, "E\nUR" * 9999])
def test_money_without_a_name_or_with_another_is_not_taken_for_dollars(currency: Any) -> None:
    reported = bill(cost_line(currency=currency))
    assert reported.days == [BEFORE]
    assert reported.notes[0].what.isprintable()
    assert len(reported.notes[0].what) < 300


def test_a_line_without_a_currency_is_not_taken_for_dollars() -> None:
    line = {name: value for name, value in cost_line().items() if name != "currency"}
    assert bill(line).days == [BEFORE]


def test_costs_by_the_hour_in_euros_are_none_and_cost_no_other_day() -> None:
    row = spent(NINE)
    reported = spend([{**row, "cost": {**row["cost"], "currency": "EUR"}}], [counted(NINE)])
    assert [line.hour for line in reported.lines] == [NINE - DAY]
    assert (reported.missing, reported.notes[0].day) == ({TWENTIETH}, TWENTIETH)
    assert ONLY_DOLLARS in reported.notes[0].what


def test_days_whose_totals_are_in_euros_are_not_totalled() -> None:
    row = spent(datetime(2026, 11, 20, tzinfo=UTC), ending_at=None)
    euros = {**row, "ending_at": None, "cost": {**row["cost"], "currency": "EUR"}}
    client = Pages(cost=[[euros]]).client()
    sums_by_day = analytics.totals(client, Period(BEFORE, TWENTIETH + DAY), names=Directory([]), now=NOW)
    assert sums_by_day == {BEFORE: {}}


def model(amount: Any, currency: Any = "USD") -> Row:
    """A record whose cost is this."""
    use = {**record()["model_breakdown"][0], "estimated_cost": {"amount": amount, "currency": currency}}
    return record(model_breakdown=[use])


def test_an_estimate_in_euros_makes_the_day_of_claude_code_unreadable() -> None:
    reported = activity(record("other@acme.example"), model(100, "EUR"))
    assert reported.activity == []
    assert reported.notes[0].what == f"Anthropic's Claude Code report cannot be read: {ONLY_DOLLARS}"
    assert activity(model(100, "usd")).activity


# Absurd figures


@pytest.mark.parametrize("amount", [*ABSURD, *JUST_TOO_MUCH], ids=lambda text: text[:20])
def test_an_absurd_amount_costs_its_day_alone(amount: str) -> None:
    reported = bill(cost_line(amount))
    assert (reported.days, len(reported.notes)) == ([BEFORE], 1)
    assert len(reported.notes[0].what) < 300


def test_amounts_that_are_too_much_together_cost_their_day() -> None:
    half = str(LARGEST_COST * 60)
    assert bill(cost_line(half), cost_line(f"-{half}", service_tier="batch")).days == [BEFORE]
    assert bill(cost_line(half)).days == [BEFORE, TWENTIETH]


@pytest.mark.parametrize("field", ["amount", "list_amount"])
@pytest.mark.parametrize("amount", [*ABSURD, *JUST_TOO_MUCH], ids=lambda text: text[:20])
def test_an_absurd_amount_of_an_hour_costs_its_day_alone(amount: str, field: str) -> None:
    row = spent(NINE)
    reported = spend([{**row, "cost": {**row["cost"], field: amount}}], [counted(NINE)])
    assert [line.hour for line in reported.lines] == [NINE - DAY]
    assert (reported.missing, len(reported.notes)) == ({TWENTIETH}, 1)


def test_hours_that_are_too_much_together_cost_their_day() -> None:
    reported = spend([spent(NINE, str(LARGEST_COST * 60), model=name) for name in ("a", "b")], [])
    assert reported.missing == {TWENTIETH}


@pytest.mark.parametrize("amount", [*ABSURD, *JUST_TOO_MUCH], ids=lambda text: text[:20])
def test_an_absurd_estimate_makes_the_day_of_claude_code_unreadable(amount: str) -> None:
    reported = activity(record("other@acme.example"), model(amount))
    assert (reported.activity, [note.day for note in reported.notes]) == ([], [TWENTIETH])


@pytest.mark.parametrize("number", ["1e400", "1e999999999", "9" * 5000])
def test_an_absurd_number_is_read_as_quickly_as_any(number: str) -> None:
    body = msgspec.json.encode({"data": [model("THE NUMBER")], "has_more": False})
    api = FakeAdminApi().answers(200, body.replace(b'"THE NUMBER"', number.encode()))
    assert claude_code.fetch(api.client(), TWENTIETH).notes


@pytest.mark.parametrize("count", NO_COUNTS, ids=lambda count: str(count)[:20])
@pytest.mark.parametrize("field", ["uncached_input_tokens", "output_tokens", "cache_creation"])
def test_a_count_that_is_none_costs_its_hour_alone(count: Any, field: str) -> None:
    odd = {"ephemeral_5m_input_tokens": count, "ephemeral_1h_input_tokens": 0}
    reported = usage({**usage_line(3, **CALLER), field: odd if field == "cache_creation" else count})
    assert ([row.hour for row in reported.usage], set(reported.missing)) == ([TEN], {NINE})
    assert [(note.day, note.is_unreadable) for note in reported.notes] == [(TWENTIETH, True)]
    assert len(reported.notes[0].what) < 300


@pytest.mark.parametrize("count", NO_COUNTS, ids=lambda count: str(count)[:20])
def test_a_count_that_is_none_costs_the_day_of_claude_code_and_of_an_hour_of_spend(count: Any) -> None:
    core = {**record()["core_metrics"], "num_sessions": count}
    assert activity(record(core_metrics=core)).notes[0].is_unreadable
    row = counted(NINE)
    reported = spend([spent(NINE)], [{**row, "usage": {**row["usage"], "output_tokens": count}}])
    assert reported.missing == {TWENTIETH}


def test_a_count_with_a_point_and_nothing_behind_it_is_that_count() -> None:
    assert usage(usage_line(3, **CALLER, uncached_input_tokens=7.0)).usage[0].quantities[0] == 7


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "99999-01-01T00:00:00Z", "soon", 5]
)
def test_times_that_no_calendar_has_are_no_fault_of_ours(moment: Any) -> None:
    odd = {"starting_at": moment, "ending_at": moment, "results": []}
    day = day_of(TWENTIETH, cost_line())
    client = Pages(cost_report=[[odd, day]]).client()
    assert cost_report.fetch(client, Period.day(TWENTIETH)).days == [TWENTIETH]
    reported = lists.fetch(
        Pages(users=[[{"id": "user_1", "added_at": moment}]], workspaces=[], api_keys=[]).client()
    )
    assert [(entry.id, entry.created_at and entry.created_at.year) for entry in reported.entries] in (
        [("user_1", None)],
        [("user_1", 9999)],
    )


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T16:01:00+05:30"]
)
def test_spend_is_complete_until_no_later_than_now_and_to_a_whole_hour(moment: str) -> None:
    pages = Pages(cost=[[spent(NINE)]], usage=[[]])
    pages.more = {"data_refreshed_at": moment}
    reported = analytics.fetch(pages.client(), NINE, NOW.replace(minute=0), names=Directory([]), now=NOW)
    assert reported.until <= NOW
    assert reported.end == reported.end.replace(minute=0)


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ({"uncached_input_tokens": 10**30}, "uncached_input_tokens is not what it should be"),
        (
            {"cache_creation": {"ephemeral_5m_input_tokens": "x", "ephemeral_1h_input_tokens": 0}},
            "is not what",
        ),
        ({"service_tier": 7}, "service_tier is not what it should be"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_described_in_words_and_not_in_the_decoders(odd: Row, says: str) -> None:
    (note,) = usage(usage_line(3, **CALLER, **odd)).notes
    assert says in note.what
    assert "Expected" not in note.what


# Nulls


@pytest.mark.parametrize(
    "null",
    [
        {"cache_creation": None},
        {"server_tool_use": None},
        {"uncached_input_tokens": None, "cache_read_input_tokens": None},
        {"cache_creation": {"ephemeral_5m_input_tokens": None, "ephemeral_1h_input_tokens": 0}},
        {"server_tool_use": {"web_search_requests": None}},
    ],
    ids=str,
)
def test_a_null_breakdown_of_tokens_counts_as_nothing_and_is_noted(null: Row) -> None:
    reported = usage(
        usage_line(3, **CALLER, **null), usage_line(4, api_key_id="apikey_1", service_tier="batch")
    )
    assert [row.quantities for row in reported.usage[:2]] == [(0, 0, 0, 0, 3, 0), (0, 0, 0, 0, 4, 0)]
    (note,) = reported.notes
    assert (note.day, note.is_unreadable) == (TWENTIETH, False)
    assert note.what.startswith("Anthropic's usage report has no ")
    row = counted(NINE)
    assert not spend([spent(NINE)], [{**row, "usage": {**row["usage"], **null}}]).missing


@pytest.mark.parametrize(
    "null",
    [
        {"tool_actions": None},
        {"tool_actions": {"edit_tool": None, "write_tool": {"accepted": 1, "rejected": None}}},
        {"model_breakdown": None},
        {"core_metrics": None},
        {"core_metrics": {"num_sessions": None, "lines_of_code": None}},
        {"model_breakdown": [{"model": "a", "tokens": None, "estimated_cost": {"amount": 1}}]},
        {"model_breakdown": [{"model": None, "tokens": {"input": None}, "estimated_cost": {"amount": 1}}]},
        {"actor": None, "subscription_type": None, "terminal_type": None, "is_remote": None},
    ],
    ids=str,
)
def test_null_breakdowns_of_a_record_count_as_nothing_and_are_noted(null: Row) -> None:
    reported = activity(record("other@acme.example", commits=2), record(**null))
    assert sum(line.commits for line in reported.activity) in (2, 3)
    assert [(note.day, note.is_unreadable) for note in reported.notes] == [(TWENTIETH, False)]


def leaves(row: Row, *path: str) -> Iterator[tuple[str, ...]]:
    """The path of every count in a row."""
    for name, value in row.items():
        if isinstance(value, dict):
            yield from leaves(value, *path, name)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield (*path, name)


def with_null(row: Row, name: str, *rest: str) -> Row:
    return {**row, name: with_null(row[name], *rest) if rest else None}


COUNTED: Row = usage_line(
    5,
    **CALLER,
    uncached_input_tokens=1,
    cache_creation={"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3},
    cache_read_input_tokens=4,
    server_tool_use={"web_search_requests": 6},
)
DEEDS: Row = record(
    core_metrics={
        "num_sessions": 1,
        "lines_of_code": {"added": 2, "removed": 3},
        "commits_by_claude_code": 4,
        "pull_requests_by_claude_code": 5,
    },
    tool_actions={"edit_tool": {"accepted": 6, "rejected": 7}},
    model_breakdown=[],
)


@pytest.mark.parametrize("path", list(leaves(COUNTED)), ids=".".join)
def test_any_count_of_tokens_that_is_null_is_nothing_and_leaves_the_others(path: tuple[str, ...]) -> None:
    reported = usage(with_null(COUNTED, *path))
    (quantities,) = [row.quantities for row in reported.usage if row.hour == NINE]
    assert sorted([*quantities, 0])[:2] == [0, 0]
    assert len(set(quantities) - {0}) == 5
    assert [note.is_unreadable for note in reported.notes] == [False]


@pytest.mark.parametrize("path", list(leaves(DEEDS)), ids=".".join)
def test_any_count_of_a_record_that_is_null_is_nothing_and_leaves_the_others(path: tuple[str, ...]) -> None:
    reported = activity(with_null(DEEDS, *path))
    names = ("sessions", "lines_added", "lines_removed", "commits", "pull_requests", "accepted", "rejected")
    counts = {sum(getattr(line, name) for line in reported.activity) for name in names}
    assert len(counts & set(range(1, 8))) == 6
    assert [note.is_unreadable for note in reported.notes] == [False]


@pytest.mark.parametrize("amount", [None, {}, []])
def test_money_that_is_null_is_not_taken_for_nothing(amount: Any) -> None:
    assert bill({**cost_line(), "amount": amount}).days == [BEFORE]
    assert activity(model(amount)).notes[0].is_unreadable
    row = spent(NINE)
    assert spend([{**row, "cost": {**row["cost"], "amount": amount}}], []).missing == {TWENTIETH}
    use: Row = {"model": "claude-opus-5-5", "tokens": {}, "estimated_cost": None}
    assert activity(record(model_breakdown=[use])).notes[0].is_unreadable


@pytest.mark.parametrize("row", [None, 5, "row", [], {}])
def test_a_row_that_is_none_costs_its_own_interval_alone(row: Any) -> None:
    assert bill(cost_line(), row).days == [BEFORE]
    assert set(usage(usage_line(1, **CALLER), row).missing) == {NINE}
    assert activity(record(), row).notes[0].is_unreadable


def test_a_row_whose_day_nobody_knows_keeps_spend_by_the_hour_out() -> None:
    with pytest.raises(ProviderUnavailable):
        spend([{**spent(NINE), "starting_at": "soon"}], [])


def test_a_thing_of_a_list_is_known_by_what_can_be_read_of_it() -> None:
    odd = {
        "id": "apikey_1",
        "name": "ci",
        "created_at": "long ago",
        "created_by": 7,
        "workspace_id": "wrkspc_1",
    }
    pages = Pages(
        api_keys=[[odd, {"name": "nameless"}, None]],
        workspaces=[[{"id": "wrkspc_1", "name": None}]],
        users=[],
    )
    reported = lists.fetch(pages.client())
    assert [(entry.id, entry.name, entry.workspace_id) for entry in reported.entries] == [
        ("wrkspc_1", "wrkspc_1", None),
        ("apikey_1", "ci", "wrkspc_1"),
    ]
    assert [note.what for note in reported.notes] == [
        "Anthropic's list of API keys has some that cannot be read."
    ]


def test_a_name_holds_nothing_that_a_database_cannot_keep() -> None:
    reported = lists.fetch(
        Pages(users=[[{"id": "user_1", "name": "A\x00da"}]], workspaces=[], api_keys=[]).client()
    )
    assert reported.entries[0].name == "A\ufffdda"


def test_an_organization_without_a_name_is_called_by_its_id() -> None:
    assert lists.organization(FakeAdminApi().answers(200, {"id": "org", "name": None}).client()).name == "org"
    with pytest.raises(ProviderUnavailable):
        lists.organization(FakeAdminApi().answers(200, {"id": ""}, times=3).client())


def test_cents_are_kept_to_the_last_digit_row_by_row_too() -> None:
    reported = bill(cost_line("123.456789"), {**cost_line("0.0000001"), "currency": "usd"})
    assert sum(charge.billed_cost for charge in reported.charges) == Decimal("1.00") + Decimal("1.234567891")
