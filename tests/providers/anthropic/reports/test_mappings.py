"""Recorded pages beside what they must become."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.anthropic.client import Anthropic
from providers.anthropic.reports import claude_code, cost_report, lists, usage_report
from providers.anthropic.reports.names import token_kind, undated
from providers.directory import Directory
from providers.period import Period
from providers.provider import Provider
from tests.providers.data import claude_code as code_expected
from tests.providers.data import cost_report as cost_expected
from tests.providers.data import lists as lists_expected
from tests.providers.fake_admin_api import FakeAdminApi, cost_line, usage_line

DATA = Path(__file__).parents[2] / "data"
TWENTIETH = date(2026, 11, 20)
NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def recorded(name: str) -> Any:
    return json.loads((DATA / name).read_text())


@pytest.fixture
def api() -> FakeAdminApi:
    return FakeAdminApi()


def test_a_cost_page_becomes_charges_in_dollars(api: FakeAdminApi) -> None:
    api.answers(body=recorded("cost_report.json"))
    period = Period(date(2026, 11, 19), date(2026, 11, 21))
    reported = cost_report.fetch(api.client(), period)
    assert reported.charges == cost_expected.CHARGES
    assert reported.days == [date(2026, 11, 19), TWENTIETH]


@pytest.mark.parametrize(
    ("cents", "dollars"),
    [("123.45", "1.2345"), ("0.0000001", "0.000000001"), ("116.3715", "1.163715"), ("1E+2", "1.00")],
)
def test_cents_become_dollars_without_losing_a_digit(api: FakeAdminApi, cents: str, dollars: str) -> None:
    (charge,) = cost_report.fetch(api.cost_line(TWENTIETH, cents).client(), Period.day(TWENTIETH)).charges
    assert charge.billed_cost == Decimal(dollars)


def test_an_amount_that_is_no_number_names_its_field(api: FakeAdminApi) -> None:
    api.cost_line(TWENTIETH, "a lot")
    reported = cost_report.fetch(api.client(), Period.day(TWENTIETH))
    assert reported.days == []
    assert [note.what for note in reported.notes] == [
        "Anthropic's bill cannot be read: amount is not what it should be"
    ]


@pytest.mark.parametrize("field", ["amount", "currency", "workspace_id", "description"])
def test_a_cost_line_without_what_it_must_have_names_the_field(api: FakeAdminApi, field: str) -> None:
    line = {name: value for name, value in cost_line().items() if name != field}
    day = {
        "starting_at": "2026-11-20T00:00:00Z",
        "ending_at": "2026-11-21T00:00:00Z",
        "results": [line],
    }
    api.answers(body={"data": [day], "has_more": False})
    reported = cost_report.fetch(api.client(), Period.day(TWENTIETH))
    (note,) = reported.notes
    assert (reported.days, note.day, note.is_unreadable) == ([], TWENTIETH, True)
    assert f"{field} is missing" in note.what


def test_usage_reads_the_nested_cache_writes(api: FakeAdminApi) -> None:
    line = usage_line(
        5,
        uncached_input_tokens=1,
        cache_creation={"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3},
        cache_read_input_tokens=4,
        server_tool_use={"web_search_requests": 6},
        api_key_id="apikey_1",
    )
    api.used(NINE, **line)
    (row,) = usage_report.fetch(api.client(), NINE, TEN, workspaces={"apikey_1": "wrkspc_1"}).usage
    assert row.quantities == (1, 2, 3, 4, 5, 6)
    assert (row.hour, row.workspace_id, row.caller_id) == (NINE, "wrkspc_1", "apikey_1")


def test_a_flat_cache_creation_is_a_clear_error_not_zero(api: FakeAdminApi) -> None:
    flat = usage_line(cache_creation=7)
    hour = {"starting_at": "2026-11-20T09:00:00Z", "ending_at": "2026-11-20T10:00:00Z", "results": [flat]}
    api.answers(body={"data": [hour], "has_more": False})
    reported = usage_report.fetch(api.client(), NINE, TEN, workspaces={})
    assert (reported.usage, set(reported.missing)) == ([], {NINE})
    assert "cache_creation" in reported.notes[0].what


def test_usage_of_known_keys_takes_one_call(api: FakeAdminApi) -> None:
    api.used(NINE, 5, api_key_id="apikey_1")
    usage_report.fetch(api.client(), NINE, TEN, workspaces={"apikey_1": None})
    assert len(api.requests) == 1


def test_a_new_key_is_placed_by_a_second_call(api: FakeAdminApi) -> None:
    api.used(NINE, 5, api_key_id="apikey_1", workspace_id="wrkspc_1")
    (row,) = usage_report.fetch(api.client(), NINE, TEN, workspaces={}).usage
    assert (row.workspace_id, row.caller_id) == ("wrkspc_1", "apikey_1")
    assert len(api.requests) == 2


def test_a_person_and_a_service_account_call_without_a_key(api: FakeAdminApi) -> None:
    api.used(NINE, 5, account_id="user_1", workspace_id="wrkspc_1")
    api.used(NINE, 7, service_account_id="svac_1").used(NINE, 9)
    rows = usage_report.fetch(api.client(), NINE, TEN, workspaces={}).usage
    who = {(row.workspace_id, row.caller_id): row.quantities[4] for row in rows}
    assert who == {("wrkspc_1", "user_1"): 5, (None, "svac_1"): 7, (None, None): 9}


def test_rows_that_differ_by_tier_or_window_alone_stay_apart(api: FakeAdminApi) -> None:
    api.used(NINE, 1, api_key_id="apikey_1")
    api.used(NINE, 2, api_key_id="apikey_1", service_tier="batch")
    api.used(NINE, 3, api_key_id="apikey_1", context_window="200k-1M")
    rows = usage_report.fetch(api.client(), NINE, TEN, workspaces={"apikey_1": None}).usage
    assert sorted(row.quantities[4] for row in rows) == [1, 2, 3]


def test_claude_code_rows_of_one_engineer_are_summed(api: FakeAdminApi) -> None:
    api.answers(body=recorded("claude_code.json"))
    assert claude_code.fetch(api.client(), TWENTIETH).activity == code_expected.ACTIVITIES


def test_claude_code_is_asked_for_one_day_a_thousand_rows_at_a_time(api: FakeAdminApi) -> None:
    rows = recorded("claude_code.json")["data"]
    api.coded(TWENTIETH, *({**rows[0], "terminal_type": f"tty{number}"} for number in range(2500)))
    assert claude_code.fetch(api.client(), TWENTIETH).activity[0].sessions == 15 * 2500
    assert api.values_of("starting_at") == ["2026-11-20"] * 3
    assert api.values_of("ending_at") == []


def test_lists_are_read_in_both_versions_shapes(api: FakeAdminApi) -> None:
    for name, rows in recorded("lists.json").items():
        api.listed(name, *rows)
    assert lists.fetch(api.client()).entries == lists_expected.ENTRIES


def test_archived_and_default_workspaces_and_keys_in_every_state_are_asked_for(api: FakeAdminApi) -> None:
    lists.fetch(api.client())
    assert api.values_of("include_archived") == api.values_of("include_default") == ["true"]
    assert api.values_of("status") == []


TIER = {"id": "spl_2", "scope": {"type": "usage_tier"}, "created_at": "2026-03-01T09:30:00Z"}
CAP = {"id": "spl_1", "scope": {"type": "organization"}, "created_at": "2025-03-01T09:30:00Z"}


def test_the_cap_of_the_usage_tier_tells_when_the_organization_began(api: FakeAdminApi) -> None:
    api.listed("spend_limits", CAP, TIER)
    began = Directory(Anthropic(api.client()).directory().entries).earliest()
    assert began == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert api.requests[-1].headers["anthropic-beta"] == "spend-limit-reads-2026-09-26"


def test_when_it_began_is_asked_once(api: FakeAdminApi) -> None:
    provider = Anthropic(api.client())
    for _ in range(3):
        provider.directory()
    assert api.values_of("scope_type[]") == ["usage_tier"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_spend_limits_that_may_not_be_read_are_nothing_to_speak_of(api: FakeAdminApi, status: int) -> None:
    api.answers(200, {"data": [], "has_more": False}, times=3).answers(status)
    provider = Anthropic(api.client())
    assert [provider.directory().entries, provider.directory().entries] == [[], []]
    assert api.values_of("scope_type[]") == ["usage_tier"]


def test_names_are_known_where_spend_limits_are_down(api: FakeAdminApi) -> None:
    api.answers(200, {"data": [], "has_more": False}, times=3).answers(529, times=3)
    provider = Anthropic(api.listed("spend_limits", TIER).client())
    assert provider.directory().entries == []
    assert [entry.kind for entry in provider.directory().entries] == ["organization"]


def test_all_of_it_is_a_provider(api: FakeAdminApi) -> None:
    provider: Provider = Anthropic(api.cost_line(TWENTIETH, "250").client())
    assert provider.organization().id == "org"
    assert provider.charges(Period.day(TWENTIETH)).charges[0].billed_cost == Decimal("2.5")
    assert provider.usage(NINE, TEN, workspaces={}).usage == []
    assert provider.activity(TWENTIETH).activity == []
    assert provider.directory().entries == []


@pytest.mark.parametrize(
    ("dated", "name"),
    [
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        (None, None),
    ],
)
def test_a_model_is_called_without_its_date(dated: str | None, name: str | None) -> None:
    assert undated(dated) == name


def test_a_token_type_of_tomorrow_passes() -> None:
    assert (
        token_kind("cache_creation.ephemeral_9d_input_tokens") == "cache_creation.ephemeral_9d_input_tokens"
    )
