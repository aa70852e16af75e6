"""Spend by the hour, from the pages of `analytics/cost` and `analytics/usage`."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from providers.anthropic.http.admin_api import AdminApi
from providers.anthropic.reports import analytics
from providers.directory import Directory, Entry
from providers.period import Period
from providers.provider import NotOffered, ProviderRefused
from providers.reported import SpendReported
from tests.providers.fake_admin_api import KEY

NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
NINE, TEN = datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMES = Directory([Entry("wrkspc_default", "workspace", "Default")])
ADA = {
    "type": "user_actor",
    "user_id": "user_1",
    "email_address": "ada@acme.example",
    "name": "Ada",
    "deleted": True,
}
Row = dict[str, Any]


class Reports:
    """Both reports of one organization: rows told to it, served a few a page up to when it was refreshed."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {"cost": [], "usage": []}
        self.requests: list[httpx.Request] = []
        self.naps: list[float] = []
        self.refreshed: datetime | None = NOW - timedelta(minutes=20)
        self.between: Callable[[], None] = lambda: None
        self.a_page = 1000
        self.failure: httpx.Response | None = None

    def cost(self, hour: datetime, cents: str, listed: str = "", **group: Any) -> None:
        cost = {"amount": cents, "list_amount": listed or cents, "currency": "USD", "requests": None}
        self.rows["cost"].append({"starting_at": hour.isoformat(), "group": group, "cost": cost})

    def used(self, hour: datetime, output: int, **group: Any) -> None:
        usage = {
            "uncached_input_tokens": 1,
            "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3},
            "cache_read_input_tokens": 4,
            "output_tokens": output,
            "server_tool_use": {"web_search_requests": 5},
            "total_tokens": 10 + output,
            "requests": 1,
        }
        self.rows["usage"].append({"starting_at": hour.isoformat(), "group": group, "usage": usage})

    def client(self, clock: Callable[[], float] = lambda: 0.0) -> AdminApi:
        return AdminApi(KEY, transport=httpx.MockTransport(self._answer), sleep=self.naps.append, clock=clock)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.failure:
            return self.failure
        parameters = request.url.params
        start, end = (datetime.fromisoformat(parameters[name]) for name in ("starting_at", "ending_at"))
        rows = [r for r in self.rows[request.url.path.rpartition("/")[2]] if start <= _of(r) < end]
        first = int(parameters.get("page", "0"))
        following = first + self.a_page
        page = {
            "data": rows[first:following],
            "has_more": following < len(rows),
            "next_page": str(following),
            "data_refreshed_at": self.refreshed and self.refreshed.isoformat(),
        }
        self.between()
        return httpx.Response(200, json=page)


def _of(row: Row) -> datetime:
    return datetime.fromisoformat(row["starting_at"])


@pytest.fixture
def reports() -> Reports:
    return Reports()


def fetch(reports: Reports, start: datetime = NINE, end: datetime = TEN) -> SpendReported:
    return analytics.fetch(reports.client(), start, end, names=NAMES, now=NOW)


def windows(reports: Reports) -> list[tuple[str, str]]:
    return [(r.url.params["starting_at"], r.url.params["ending_at"]) for r in reports.requests]


def test_cents_become_dollars_and_the_list_price_stands_beside(reports: Reports) -> None:
    reports.cost(NINE, "1234.567800", "1300.000000", model="claude-opus-5-5", cost_type="tokens")
    (line,) = fetch(reports).lines
    assert (line.cost, line.list_cost) == (Decimal("12.345678"), Decimal(13))


def test_the_kinds_of_one_caller_are_one_line_with_its_tokens(reports: Reports) -> None:
    who = {"api_key_id": "apikey_1", "model": "claude-opus-5-5", "product": "messages_api"}
    reports.cost(NINE, "100", cost_type="tokens", token_type="output_tokens", **who)
    reports.cost(NINE, "50", cost_type="tokens", token_type="uncached_input_tokens", **who)
    reports.used(NINE, 500, **who)
    reported = fetch(reports)
    assert [(x.caller_id, x.cost, x.quantities) for x in reported.lines] == [
        ("apikey_1", Decimal("1.5"), (1, 2, 3, 4, 500, 5))
    ]
    assert {kind.kind: kind.cost for kind in reported.kinds} == {
        "output": Decimal(1),
        "uncached_input": Decimal("0.5"),
    }


def test_the_person_whom_anthropic_names_is_part_of_the_caller_even_when_gone(reports: Reports) -> None:
    reports.cost(NINE, "100", api_key_id="apikey_1", actor=ADA, product="claude_code", cost_type="tokens")
    reported = fetch(reports)
    assert reported.lines[0].caller_id == "apikey_1 user_1 claude_code"
    assert reported.people == [Entry("user_1", "user", "Ada", email="ada@acme.example")]


@pytest.mark.parametrize(
    ("actor", "caller"),
    [
        ({"type": "api_actor", "api_key_id": "apikey_1"}, "apikey_1"),
        ({"type": "service_account_actor", "service_account_id": "svac_1"}, "apikey_1 svac_1"),
        (
            {"type": "federated_actor", "provider": {"type": "gcp", "project_number": "7"}, "subject": "a b"},
            "apikey_1 federated:gcp:a_b",
        ),
        (
            {"type": "federated_actor", "provider": {"type": "oidc"}, "subject": None},
            "apikey_1 federated:oidc:unknown",
        ),
    ],
)
def test_who_is_not_a_person_is_named_as_what_it_is(reports: Reports, actor: Row, caller: str) -> None:
    reports.cost(NINE, "1", api_key_id="apikey_1", actor=actor, cost_type="tokens")
    reported = fetch(reports)
    assert [line.caller_id for line in reported.lines] == [caller]
    assert reported.people == []


def test_a_service_account_is_remembered_where_it_has_a_name(reports: Reports) -> None:
    for name in (None, "Nightly", None):
        actor = {"type": "service_account_actor", "service_account_id": "svac_1", "name": name}
        reports.cost(NINE, "1", api_key_id="apikey_1", actor=actor, cost_type="tokens")
    assert fetch(reports).people == [Entry("svac_1", "service_account", "Nightly")]


def test_the_default_workspace_is_none_as_in_the_bill(reports: Reports) -> None:
    reports.cost(NINE, "1", workspace_id="wrkspc_default", cost_type="tokens")
    reports.cost(NINE, "2", workspace_id="wrkspc_1", cost_type="tokens")
    assert [line.workspace_id for line in fetch(reports).lines] == [None, "wrkspc_1"]


def test_dated_and_undated_names_of_a_model_become_one(reports: Reports) -> None:
    for model in ("claude-haiku-4-5-20251001", "claude-haiku-4-5"):
        reports.cost(NINE, "1", model=model, cost_type="tokens")
    assert [(line.model, line.cost) for line in fetch(reports).lines] == [
        ("claude-haiku-4-5", Decimal("0.02"))
    ]


@pytest.mark.parametrize("what", ["code_execution", "session_usage"])
def test_what_nobody_called_for_says_what_it_was(reports: Reports, what: str) -> None:
    reports.cost(NINE, "5", cost_type=what)
    (line,) = fetch(reports).lines
    assert (line.caller_id, line.model, line.product) == (f"={what}", what, what)


def test_searches_are_a_thing_of_their_own_and_keep_their_key(reports: Reports) -> None:
    reports.cost(NINE, "1", api_key_id="apikey_1", model="claude-opus-5-5", cost_type="web_search")
    reported = fetch(reports)
    assert [(line.caller_id, line.model) for line in reported.lines] == [("apikey_1", "web_search")]
    assert [(kind.kind, kind.model) for kind in reported.kinds] == [("web_search", None)]


def test_an_hour_that_is_not_complete_is_left_out(reports: Reports) -> None:
    reports.cost(NINE, "1", cost_type="tokens")
    reports.cost(TEN, "2", cost_type="tokens")
    reports.used(TEN, 7)
    reported = fetch(reports, NINE, TEN + HOUR)
    assert (reported.end, reported.until) == (TEN, reports.refreshed)
    assert [line.cost for line in reported.lines] == [Decimal("0.01")]


def test_every_page_is_read_in_the_order_of_time(reports: Reports) -> None:
    reports.a_page = 2
    for cents in range(1, 6):
        reports.cost(NINE, str(cents), model=f"claude-opus-5-5-2026100{cents}")
    assert [line.cost for line in fetch(reports).lines] == [Decimal("0.15")]
    assert {r.url.params["order_by"] for r in reports.requests} == {"time"}


def test_a_long_span_is_asked_for_a_month_at_a_time(reports: Reports) -> None:
    fetch(reports, TEN - 40 * DAY, TEN - 5 * HOUR)
    first = f"{TEN - 40 * DAY:%Y-%m-%dT%H:%M:%SZ}"
    second = f"{TEN - 9 * DAY:%Y-%m-%dT%H:%M:%SZ}"
    assert [start for start, _end in windows(reports)] == [first, second] * 2


def test_nothing_before_2026_is_asked_for(reports: Reports) -> None:
    reported = fetch(reports, datetime(2025, 12, 20, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert windows(reports)[0][0] == "2026-01-01T00:00:00Z"
    assert reported.start == analytics.EARLIEST
    reports.requests.clear()
    empty = fetch(reports, datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))
    assert (empty.start, reports.requests) == (empty.end, [])


def test_days_are_totalled_by_workspace_model_and_product(reports: Reports) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    what = {"model": "claude-opus-5-5", "product": "messages_api", "cost_type": "tokens"}
    reports.cost(midnight, "100", workspace_id="wrkspc_default", **what)
    reports.cost(
        midnight, "50", workspace_id="wrkspc_default", **what | {"model": "claude-opus-5-5-20261001"}
    )
    sums_by_day = analytics.totals(
        reports.client(), Period.last_days(3, until=date(2026, 11, 21)), names=NAMES, now=NOW
    )
    assert sums_by_day == {
        date(2026, 11, 19): {},
        date(2026, 11, 20): {(None, "claude-opus-5-5", "messages_api"): Decimal("1.5")},
        date(2026, 11, 21): {},
    }
    assert len(reports.requests) == 1


def test_how_far_figures_reach_takes_one_row(reports: Reports) -> None:
    assert analytics.until(reports.client(), NOW) == reports.refreshed
    assert reports.requests[0].url.params["limit"] == "1"
    assert reports.requests[0].headers["anthropic-beta"] == "analytics-usage-cost-2026-08-24"


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, "organization_not_enrolled_in_beta", "organization_not_enrolled_in_beta"),
        (400, "organization_type_not_supported", "organization_type_not_supported"),
        (403, None, "permission_error"),
        (404, None, "permission_error"),
    ],
)
def test_an_organization_without_the_report_is_told_so_and_no_key_refused(
    reports: Reports, status: int, code: str | None, reason: str
) -> None:
    error = {"type": "permission_error", "message": "no", "details": {"error_code": code} if code else None}
    reports.failure = httpx.Response(status, json={"type": "error", "error": error})
    with pytest.raises(NotOffered) as refusal:
        fetch(reports)
    assert refusal.value.reason == reason
    assert KEY not in str(refusal.value)


def test_a_revoked_key_is_refused_here_as_anywhere(reports: Reports) -> None:
    error = {"type": "authentication_error", "message": "invalid x-api-key"}
    reports.failure = httpx.Response(401, json={"type": "error", "error": error})
    with pytest.raises(ProviderRefused):
        fetch(reports)


def test_an_amount_that_is_no_number_is_not_read_as_one(reports: Reports) -> None:
    reports.cost(NINE, "NaN", cost_type="tokens")
    reported = fetch(reports)
    assert (reported.lines, reported.missing) == ([], {NINE.date()})
    assert "NaN" in reported.notes[0].what


def test_many_calls_settle_at_less_than_sixty_a_minute(reports: Reports) -> None:
    api = reports.client(clock=lambda: sum(reports.naps))  # time passes by sleeping alone
    made = []
    for _ in range(200):
        analytics.until(api, NOW)
        made.append(sum(reports.naps))
    assert api.calls == 200
    assert made[4] == 0  # the first few go at once
    assert max(sum(1 for other in made if at <= other < at + 60) for at in made) <= 60


def test_an_hour_that_became_complete_while_pages_were_read_is_not_taken_for_complete(
    reports: Reports,
) -> None:
    reports.a_page, reports.refreshed = 1, TEN - timedelta(minutes=1)
    for caller in ("apikey_1", "apikey_2"):
        reports.cost(NINE, "1", api_key_id=caller, cost_type="tokens")
    reports.between = lambda: setattr(reports, "refreshed", TEN + timedelta(minutes=1))
    reported = fetch(reports)
    assert (reported.end, reported.lines) == (NINE, [])


def test_where_it_is_not_said_how_far_figures_reach_a_day_back_is_taken(reports: Reports) -> None:
    reports.refreshed = None
    assert analytics.until(reports.client(), NOW) == NOW - DAY
