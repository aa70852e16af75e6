"""The newer reports of the simulated Admin API: what they refuse and tell, and that the books agree."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from demo.admin_api.faults import ADMIN_KEY
from demo.admin_api.server import AdminApi
from demo.company.organization import NEVER, Organization
from demo.company.workload import Habits
from providers.anthropic.http.admin_api import AdminApi as Client
from providers.anthropic.reports import analytics
from providers.directory import Directory, Entry
from providers.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
COST, USAGE = "analytics/cost", "analytics/usage"
WIDE = ["workspace_id", "api_key_id", "actor", "model", "product"]
BETA = "analytics-usage-cost-2026-08-24"
Row = dict[str, Any]


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


class Anthropic:
    """A client with the right headers, and an enrolled organization at the other end."""

    def __init__(self, organization: Organization, *, enrolled: bool = True) -> None:
        self.clock, self.organization = Clock(), organization
        self.app = AdminApi(organization, self.clock)
        self.faults = self.app.faults
        if enrolled:
            self.faults.enroll()
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app),
            base_url="http://anthropic.test/v1/organizations/",
            headers={"x-api-key": ADMIN_KEY, "anthropic-version": "2023-06-01", "anthropic-beta": BETA},
        )

    def get(self, path: str, **parameters: object) -> httpx.Response:
        named = {
            name.removesuffix("__") + "[]" * name.endswith("__"): value for name, value in parameters.items()
        }
        return self.http.get(path, params=named)  # type: ignore[arg-type] # httpx takes lists

    def ok(self, path: str, **parameters: object) -> Any:
        response = self.get(path, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def refusal(self, path: str, **parameters: object) -> tuple[int, str, str | None]:
        response = self.get(path, **parameters)
        error = response.json()["error"]
        return response.status_code, error["message"], error.get("details", {}).get("error_code")

    def rows(self, path: str, **parameters: object) -> list[Row]:
        return [row for page in self.pages(path, **parameters) for row in page["data"]]

    def pages(self, path: str, **parameters: object) -> Iterator[Any]:
        page = self.ok(path, **parameters)
        yield page
        while page["has_more"]:
            page = self.ok(path, page=page["next_page"], **parameters)
            yield page

    def client(self) -> Client:
        transport = httpx.WSGITransport(app=self.app)
        return Client(ADMIN_KEY, base_url="http://anthropic.test", transport=transport, sleep=lambda _: None)

    @property
    def names(self) -> Directory:
        return Directory([Entry(self.organization.roster.default_workspace.id, "workspace", "Default")])


@pytest.fixture(scope="module")
def organization() -> Organization:
    return Organization()


@pytest.fixture
def anthropic(organization: Organization) -> Anthropic:
    return Anthropic(organization)


def at(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_the_real_client_finds_the_books_to_the_billionth(anthropic: Anthropic) -> None:
    books = anthropic.organization.books
    reported = analytics.fetch(anthropic.client(), at(FRIDAY), at(SATURDAY), names=anthropic.names, now=NOW)
    assert sum(line.cost for line in reported.lines) == books.total(FRIDAY, SATURDAY)
    assert sum(line.list_cost for line in reported.lines) == books.listed(FRIDAY, SATURDAY)
    days = analytics.totals(anthropic.client(), Period(FRIDAY, SATURDAY), names=anthropic.names, now=NOW)
    assert sum(days[FRIDAY].values()) == books.total(FRIDAY, SATURDAY)


def day(**parameters: object) -> dict[str, object]:
    """Friday as one aggregate, on one page."""
    return {
        "starting_at": "2026-11-20T00:00:00Z",
        "ending_at": "2026-11-21T00:00:00Z",
        "limit": 1000,
        **parameters,
    }


def hourly(**parameters: object) -> dict[str, object]:
    return day(time_bucket_width="1h", order_by="time", order="asc", **parameters)


def dollars(row: Row, field: str = "amount") -> Decimal:
    return Decimal(row["cost"][field]) / 100


def total(rows: list[Row], field: str = "amount") -> Decimal:
    return sum((dollars(row, field) for row in rows), Decimal(0))


def sums(rows: list[Row], dimension: str) -> dict[Any, Decimal]:
    costs: dict[Any, Decimal] = {}
    for row in rows:
        name = row["group"][dimension]
        costs[name] = costs.get(name, Decimal(0)) + dollars(row)
    return costs


def tokens(rows: list[Row]) -> Counter[str]:
    tokens_by_type: Counter[str] = Counter()
    for row in rows:
        counts = dict(row["usage"])
        tokens_by_type.update(counts.pop("cache_creation"))
        tokens_by_type.update(counts.pop("server_tool_use"))
        tokens_by_type.update(counts)
    return tokens_by_type


def test_nobody_is_enrolled_until_told_so_and_may_be_withdrawn_again(organization: Organization) -> None:
    anthropic = Anthropic(organization, enrolled=False)
    assert anthropic.refusal(COST, **day())[::2] == (400, "organization_not_enrolled_in_beta")
    anthropic.faults.enroll()
    assert anthropic.ok(COST, **day())["data"]
    anthropic.faults.withdraw("organization_type_not_supported")
    assert anthropic.refusal(COST, **day())[::2] == (400, "organization_type_not_supported")


def test_without_the_beta_header_there_is_no_answer(anthropic: Anthropic) -> None:
    anthropic.http.headers["anthropic-beta"] = "fast-mode-2026-02-01"
    assert anthropic.refusal(USAGE, **day())[0] == 400


def test_another_process_can_enroll_and_turn_everything_that_analytics_do() -> None:
    anthropic = Anthropic(Organization(), enrolled=False)

    def control(do: str, **details: object) -> int:
        answer = anthropic.http.post("http://anthropic.test/_control", json={"do": do, "with": details})
        return answer.status_code

    assert control("enroll") == control("analytics_lag", seconds=60) == control("enforce_pace") == 200
    assert anthropic.ok(COST, **day())["data_refreshed_at"] == "2026-11-22T10:30:00Z"
    before = total(anthropic.rows(COST, **day()))
    assert control("revise", day="2026-11-20", factor="2") == 200
    assert control("restate", day="2026-11-20", factor="3", analytics_from="never") == 200
    assert total(anthropic.rows(COST, **day())) == pytest.approx(before * 2)
    assert control("withdraw", code="parent_organization_required") == 200
    assert anthropic.refusal(COST, **day())[2] == "parent_organization_required"


@pytest.mark.parametrize(
    "parameters",
    [
        {"starting_at": "2025-12-31T23:00:00Z"},
        {"starting_at": "2026-11-20"},
        {"ending_at": "2026-11-20T00:00:00Z"},
        {"starting_at": "2026-10-20T00:00:00Z", "ending_at": "2026-11-20T01:00:00Z"},
        {"ending_at": "2026-11-21T00:01:00Z", "time_bucket_width": "1m"},
        {"time_bucket_width": "1w"},
        {"group_by__": [*WIDE, "speed"]},
        {"group_by__": ["day"]},
        {"group_by": "model"},
        {"limit": 0},
        {"limit": 1001},
        {"order": "up"},
        {"order_by": "requests_made"},
        {"products__": ["claude"]},
        {"exclude_deleted_users": "true"},
        {"group_by__": ["claude_tag_user_id", "rbac_group_id"]},
        {"page": "page_nonsense"},
        {"bucket_width": "1d"},
        {"verbose": "true"},
    ],
)
@pytest.mark.parametrize("path", [COST, USAGE])
def test_a_malformed_query_is_refused(anthropic: Anthropic, path: str, parameters: dict[str, object]) -> None:
    assert anthropic.refusal(path, **{**day(), **parameters})[0] == 400


@pytest.mark.parametrize("missing", ["starting_at", "ending_at"])
def test_buckets_need_both_ends(anthropic: Anthropic, missing: str) -> None:
    query = hourly()
    del query[missing]
    assert anthropic.refusal(COST, **query)[0] == 400


def test_nothing_older_than_365_days_is_reported(anthropic: Anthropic) -> None:
    anthropic.clock.time = datetime(2027, 6, 1, 12, tzinfo=UTC)
    window = {"ending_at": "2026-06-02T00:00:00Z"}
    assert anthropic.refusal(COST, starting_at="2026-06-01T11:00:00Z", **window)[0] == 400
    assert anthropic.ok(COST, starting_at="2026-06-01T12:00:00Z", **window)["data"]


def test_kinds_split_cost_beyond_five_dimensions_and_are_unknown_to_usage(anthropic: Anthropic) -> None:
    assert anthropic.ok(COST, **day(group_by__=[*WIDE, "cost_type", "token_type"]))["data"]
    assert anthropic.refusal(USAGE, **day(group_by__=["cost_type"]))[0] == 400
    assert anthropic.refusal(USAGE, **day(order_by="amount"))[0] == 400


def test_other_organizations_are_a_parents_to_ask_for(anthropic: Anthropic) -> None:
    refusal = anthropic.refusal(COST, **day(organization_ids__=["org_1"]))
    assert refusal[2] == "parent_organization_required"


def test_without_buckets_one_row_stands_for_whole_hours(anthropic: Anthropic) -> None:
    [row] = anthropic.ok(COST, starting_at="2026-11-20T09:40:00Z", ending_at="2026-11-20T12:20:00Z")["data"]
    assert (row["starting_at"], row["ending_at"]) == ("2026-11-20T09:00:00Z", "2026-11-20T12:00:00Z")
    assert dollars(row) == anthropic.organization.books.hourly_total(at(FRIDAY, 9), at(FRIDAY, 12))


def test_an_open_end_is_now_or_a_month_on(anthropic: Anthropic) -> None:
    recent = anthropic.ok(COST, starting_at="2026-11-20T00:00:00Z")["data"]
    long_ago = anthropic.ok(COST, starting_at="2026-09-01T00:00:00Z")["data"]
    assert recent[0]["ending_at"] == "2026-11-22T10:00:00Z"
    assert long_ago[0]["ending_at"] == "2026-10-02T00:00:00Z"


@pytest.mark.parametrize("field", ["amount", "list_amount"])
@pytest.mark.parametrize("width", [{}, {"time_bucket_width": "1d"}, {"time_bucket_width": "1h"}])
@pytest.mark.parametrize("group_by", [[], WIDE, [*WIDE, "cost_type", "token_type"]])
def test_a_finished_day_sums_to_the_books_however_it_is_cut(
    anthropic: Anthropic, field: str, width: dict[str, object], group_by: list[str]
) -> None:
    books = anthropic.organization.books
    expected = books.total(FRIDAY, SATURDAY) if field == "amount" else books.listed(FRIDAY, SATURDAY)
    assert total(anthropic.rows(COST, **day(group_by__=group_by, **width)), field) == expected


def test_the_minutes_of_a_day_sum_to_it(anthropic: Anthropic) -> None:
    rows = anthropic.rows(COST, **day(time_bucket_width="1m"))
    assert total(rows) == anthropic.organization.books.total(FRIDAY, SATURDAY)
    assert len(rows) == 24 * 60


@pytest.mark.parametrize(
    ("dimension", "cut"),
    [("api_key_id", "api_key"), ("cost_type", "cost_type"), ("token_type", "token_type")],
)
def test_the_books_agree_by(anthropic: Anthropic, dimension: str, cut: str) -> None:
    group_by = ["cost_type", dimension] if dimension == "token_type" else [dimension]
    rows = anthropic.rows(COST, **day(group_by__=group_by))
    assert sums(rows, dimension) == anthropic.organization.books.by(cut, FRIDAY, SATURDAY)


def test_the_default_workspace_has_its_real_id(anthropic: Anthropic) -> None:
    books = anthropic.organization.books.by("workspace", FRIDAY, SATURDAY)
    default = anthropic.organization.roster.default_workspace.id
    costs = sums(anthropic.rows(COST, **day(group_by__=["workspace_id"])), "workspace_id")
    assert costs == {name or default: cost for name, cost in books.items()}


def test_models_have_no_date_and_their_tokens_cost_what_the_books_say(anthropic: Anthropic) -> None:
    march, april = date(2026, 3, 10), date(2026, 4, 1)
    window = {"starting_at": "2026-03-10T00:00:00Z", "ending_at": "2026-04-01T00:00:00Z"}
    rows = anthropic.rows(COST, group_by__=["model", "token_type"], limit=1000, **window)
    books = anthropic.organization.books.by("model", march, april)
    assert "claude-haiku-4-5-20251001" in books
    expected = {model and model.removesuffix("-20251001"): cost for model, cost in books.items() if model}
    assert sums(rows, "model") == expected


def test_everybody_costs_what_the_books_say_though_some_are_known_by_their_key_alone(
    anthropic: Anthropic,
) -> None:
    creators = {key.id: key.created_by for key in anthropic.organization.roster.keys}
    costs: dict[str | None, Decimal] = {}
    for row in anthropic.rows(COST, **day(group_by__=["actor"])):
        actor = row["group"]["actor"] or {}
        person = actor.get("user_id") or creators.get(actor.get("api_key_id", ""))
        costs[person] = costs.get(person, Decimal(0)) + dollars(row)
    assert costs == anthropic.organization.books.by("user", FRIDAY, SATURDAY)


def test_actors_are_users_else_service_accounts_else_their_keys(anthropic: Anthropic) -> None:
    roster = anthropic.organization.roster
    people = {person.id: person for person in roster.people}
    rows = anthropic.rows(COST, **day(group_by__=["actor", "actor_type", "api_key_id"]))
    for group in (row["group"] for row in rows):
        assert group["actor_type"] == (group["actor"] or {}).get("type")
    actors = [row["group"]["actor"] for row in rows if row["group"]["actor"]]
    users = [actor for actor in actors if actor["type"] == "user_actor"]
    assert all(user["email_address"] == people[user["user_id"]].email for user in users)
    assert {user["user_id"] for user in users if user["deleted"]} == {
        p.id for p in roster.people if not p.listed
    }
    assert any(people[user["user_id"]].signs_in == "oauth_unreported" for user in users)
    assert {"type": "service_account_actor", "service_account_id": roster.service_account_id} in actors
    by_name = {roster.coding_keys[p.id] for p in roster.people if p.signs_in == "key_by_name"}
    assert by_name & {actor["api_key_id"] for actor in actors if actor["type"] == "api_actor"}


def test_a_cloud_identity_is_named_where_the_organization_has_one() -> None:
    anthropic = Anthropic(Organization(habits=Habits(federated=True)))
    [row] = anthropic.rows(COST, **day(group_by__=["actor"], actor_types__=["federated_actor"]))
    assert row["group"]["actor"]["provider"] == {"type": "gcp", "project_number": "402718281828"}
    assert row["group"]["actor"]["subject"].startswith("serviceAccount:")


def test_products_tell_where_it_was_used_and_running_code_has_none(anthropic: Anthropic) -> None:
    rows = anthropic.rows(COST, **day(group_by__=["product", "model", "cost_type"]))
    assert {row["group"]["product"] for row in rows} == {
        "claude_code", "messages_api", "message_batches_api", "claude_console", "managed_agents_api", None,
    }  # fmt: skip
    [code] = [row["group"] for row in rows if row["group"]["cost_type"] == "code_execution"]
    assert code["product"] is code["model"] is None
    assert all(row["group"]["model"] for row in rows if row["group"]["cost_type"] == "web_search")


def test_every_key_of_a_group_is_there_and_null_unless_grouped_by(anthropic: Anthropic) -> None:
    cost = anthropic.ok(COST, **day(group_by__=["model"]))["data"][0]["group"]
    usage = anthropic.ok(USAGE, **day(group_by__=["model"]))["data"][0]["group"]
    assert len(cost) == 22
    assert cost.keys() - usage.keys() == {"cost_type", "token_type"}
    assert [name for group in (cost, usage) for name in group if group[name]] == ["model", "model"]


def test_token_types_alone_leave_out_what_is_not_tokens(anthropic: Anthropic) -> None:
    rows = anthropic.rows(COST, **day(group_by__=["token_type"]))
    assert {row["group"]["cost_type"] for row in rows} == {"tokens"}
    assert len(rows) == 5


def test_requests_are_counted_unless_split_by_kind(anthropic: Anthropic) -> None:
    assert anthropic.ok(COST, **day())["data"][0]["cost"]["requests"] > 0
    assert anthropic.ok(COST, **day(group_by__=["cost_type"]))["data"][0]["cost"]["requests"] is None


def test_amounts_are_cents_with_six_decimals_or_as_many_as_it_takes(anthropic: Anthropic) -> None:
    rows = anthropic.rows(COST, **hourly(group_by__=WIDE))
    assert {len(row["cost"]["amount"].partition(".")[2]) for row in rows} == {6, 7}
    assert all(row["cost"]["currency"] == "USD" for row in rows)


def test_the_discount_is_off_tokens_alone(anthropic: Anthropic) -> None:
    for row in anthropic.rows(COST, **day(group_by__=["cost_type"])):
        share = Decimal("0.92") if row["group"]["cost_type"] == "tokens" else 1
        assert dollars(row) == pytest.approx(dollars(row, "list_amount") * share)


def test_usage_counts_what_the_older_report_counts(anthropic: Anthropic) -> None:
    window = {"starting_at": "2026-11-20T00:00:00Z", "ending_at": "2026-11-21T00:00:00Z"}
    older = anthropic.ok("usage_report/messages", **window)["data"][0]["results"]
    counted = tokens(anthropic.rows(USAGE, **hourly(group_by__=WIDE)))
    assert counted["output_tokens"] == sum(row["output_tokens"] for row in older)
    assert counted["web_search_requests"] == older[0]["server_tool_use"]["web_search_requests"]
    kinds = set(counted) - {"web_search_requests", "total_tokens", "requests"}
    assert counted["total_tokens"] == sum(counted[kind] for kind in kinds)


def test_committed_capacity_and_refusals_are_used_but_cost_nothing(anthropic: Anthropic) -> None:
    used = {row["group"]["service_tier"] for row in anthropic.rows(USAGE, **day(group_by__=["service_tier"]))}
    paid = {row["group"]["service_tier"] for row in anthropic.rows(COST, **day(group_by__=["service_tier"]))}
    assert used - paid == {"priority"}


def test_only_combinations_with_data_are_reported(anthropic: Anthropic) -> None:
    rows = anthropic.rows(COST, **hourly(group_by__=[*WIDE, "cost_type"]))
    assert all(dollars(row) > 0 for row in rows)
    christmas = {"starting_at": "2026-01-01T00:00:00Z", "ending_at": "2026-01-02T00:00:00Z"}
    assert anthropic.ok(COST, **christmas)["data"] == []


@pytest.mark.parametrize(
    ("parameter", "dimension", "values", "expected"),
    [
        ("models__", "model", ["claude-haiku-5-5"], {"claude-haiku-5-5"}),
        ("products__", "product", ["claude_code", "claude_console"], {"claude_code", "claude_console"}),
        ("api_key_ids__", "api_key_id", [""], {None}),
        ("inference_geos__", "inference_geo", ["us", "not_available"], {"us", None}),
        ("service_tiers__", "service_tier", ["batch"], {"batch"}),
        ("actor_types__", "actor_type", ["api_actor"], {"api_actor"}),
        ("session_ids__", "session_id", ["sesn_1"], set()),
    ],
)
def test_a_filter_keeps_the_rows_it_names(
    anthropic: Anthropic, parameter: str, dimension: str, values: list[str], expected: set[str | None]
) -> None:
    every = anthropic.rows(COST, **day(group_by__=[dimension]))
    kept = anthropic.rows(COST, **day(group_by__=[dimension], **{parameter: values}))
    assert kept == [row for row in every if row["group"][dimension] in expected]
    assert {row["group"][dimension] for row in kept} == expected


def test_a_key_as_an_actor_is_what_nobody_else_stands_behind(anthropic: Anthropic) -> None:
    roster = anthropic.organization.roster
    keyed, alone = roster.key_named("checkout-assistant").id, roster.key_named("search-ranking").id
    for key, is_actor in ((keyed, False), (alone, True)):
        assert anthropic.ok(COST, **day(api_key_ids__=[key]))["data"]
        assert bool(anthropic.ok(COST, **day(actor_ids__=[key]))["data"]) is is_actor
    person = next(iter(roster.coding_keys))
    workspace = roster.workspace_id("Claude Code")
    mine = anthropic.rows(COST, **day(actor_ids__=[person], workspace_ids__=[workspace]))
    coded = anthropic.rows(COST, **day(api_key_ids__=[roster.coding_keys[person]]))
    assert total(mine) == total(coded) > 0


def test_removed_people_can_be_left_out_and_make_their_page_shorter(anthropic: Anthropic) -> None:
    query = day(group_by__=["actor"], limit=5)
    every = list(anthropic.pages(COST, **query))
    kept = list(anthropic.pages(COST, exclude_deleted_users="true", **query))
    short = [len(page["data"]) for page in every], [len(page["data"]) for page in kept]
    assert sum(short[0]) - sum(short[1]) == 1
    assert len(every) == len(kept)


def test_pages_hold_twenty_rows_not_counting_kinds_and_repeat_none(anthropic: Anthropic) -> None:
    query = hourly(group_by__=[*WIDE, "cost_type", "token_type"])
    del query["limit"]
    pages = list(anthropic.pages(COST, **query))
    rows = [row for page in pages for row in page["data"]]
    assert len(pages[0]["data"]) > 20
    assert len({(row["starting_at"], str(without_kind(row["group"]))) for row in pages[0]["data"]}) == 20
    assert rows == anthropic.rows(COST, **hourly(group_by__=[*WIDE, "cost_type", "token_type"]))


def without_kind(group: Row) -> Row:
    return {name: value for name, value in group.items() if name not in {"cost_type", "token_type"}}


@pytest.mark.parametrize(
    "changed",
    [{"limit": 7}, {"order": "asc"}, {"group_by__": ["model"]}, {"ending_at": "2026-11-20T09:00:00Z"}],
)
def test_a_cursor_is_bound_to_its_query(anthropic: Anthropic, changed: dict[str, object]) -> None:
    query = day(group_by__=["actor"], limit=5)
    cursor = anthropic.ok(COST, **query)["next_page"]
    assert anthropic.ok(COST, page=cursor, **query)["data"]
    assert anthropic.refusal(COST, **{**query, "page": cursor, **changed})[0] == 400


@pytest.mark.parametrize("order_by", ["amount", "list_amount"])
def test_rows_come_dearest_first_unless_told_otherwise(anthropic: Anthropic, order_by: str) -> None:
    query = day(group_by__=["actor", "model"], order_by=order_by)
    costs = [dollars(row, order_by) for row in anthropic.rows(COST, **query)]
    assert costs == sorted(costs, reverse=True)
    assert [dollars(row, order_by) for row in anthropic.rows(COST, order="asc", **query)] == costs[::-1]


def test_by_time_the_newest_comes_first_and_within_a_bucket_the_dearest(anthropic: Anthropic) -> None:
    rows = anthropic.rows(COST, **day(group_by__=["model"], time_bucket_width="1h", order_by="time"))
    places = [(row["starting_at"], dollars(row)) for row in rows]
    assert places == sorted(places, reverse=True)
    oldest = anthropic.rows(COST, **hourly(group_by__=["model"]))[0]
    assert oldest["starting_at"] == "2026-11-20T00:00:00Z"


def test_without_buckets_time_is_no_order(anthropic: Anthropic) -> None:
    query = day(group_by__=["model"])
    assert anthropic.rows(COST, order_by="time", **query) == anthropic.rows(COST, **query)


def test_data_refreshed_at_trails_by_the_lag(anthropic: Anthropic) -> None:
    assert anthropic.ok(COST, **day())["data_refreshed_at"] == "2026-11-22T07:31:00Z"
    anthropic.faults.analytics_lag(600)
    assert anthropic.ok(USAGE, **day())["data_refreshed_at"] == "2026-11-22T10:21:00Z"
    assert analytics.until(anthropic.client(), NOW) == datetime(2026, 11, 22, 10, 21, tzinfo=UTC)


def test_behind_the_horizon_some_is_there_but_not_all(anthropic: Anthropic) -> None:
    books = anthropic.organization.books

    def control(hour: int) -> Decimal:
        return total(
            anthropic.rows(COST, **hourly(starting_at=f"2026-11-20T{hour:02}:00:00Z", group_by__=WIDE))
        )

    anthropic.clock.time = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert control(0) < books.hourly_total(at(FRIDAY), at(FRIDAY, 17))
    query = hourly(ending_at="2026-11-20T14:00:00Z")
    assert total(anthropic.rows(COST, **query)) == books.hourly_total(at(FRIDAY), at(FRIDAY, 14))
    assert 0 < control(15) < books.hourly_total(at(FRIDAY, 15), at(FRIDAY, 18))
    assert control(18) == 0


def test_the_real_client_counts_nothing_beyond_the_horizon(anthropic: Anthropic) -> None:
    anthropic.clock.time = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    reported = analytics.fetch(
        anthropic.client(), at(FRIDAY), at(SATURDAY), names=anthropic.names, now=anthropic.clock.time
    )
    assert reported.end == at(FRIDAY, 14)
    expected = anthropic.organization.books.hourly_total(at(FRIDAY), at(FRIDAY, 14))
    assert sum(line.cost for line in reported.lines) == expected
    assert sum(kind.cost for kind in reported.kinds) == expected


def test_people_by_the_hour_add_up_as_the_books_say(anthropic: Anthropic) -> None:
    books = anthropic.organization.books
    by_hour = books.hourly_by("engineer", at(FRIDAY), at(SATURDAY))
    creators = {key.id: key.created_by for key in anthropic.organization.roster.keys}
    emails = anthropic.organization.roster.emails
    costs: dict[tuple[datetime, str | None], Decimal] = {}
    for row in anthropic.rows(COST, **hourly(group_by__=["actor"])):
        actor = row["group"]["actor"] or {}
        person = emails.get(actor.get("user_id") or creators.get(actor.get("api_key_id", "")) or "")
        place = (datetime.fromisoformat(row["starting_at"]), person)
        costs[place] = costs.get(place, Decimal(0)) + dollars(row)
    assert costs == by_hour
    assert sum(by_hour.values()) == books.total(FRIDAY, SATURDAY)


def test_a_revision_changes_what_is_reported_and_not_the_bill() -> None:
    anthropic = Anthropic(Organization())
    billed = anthropic.organization.books.total(FRIDAY, SATURDAY)
    anthropic.organization.revise(FRIDAY, "0.5")
    assert anthropic.organization.books.total(FRIDAY, SATURDAY) == billed
    assert total(anthropic.rows(COST, **day())) == pytest.approx(billed / 2)
    anthropic.organization.revise(FRIDAY, 2)
    assert total(anthropic.rows(COST, **day())) == billed


def test_a_restatement_changes_both_prices_and_may_be_reported_late_or_never() -> None:
    anthropic = Anthropic(Organization())
    books, before = anthropic.organization.books, total(anthropic.rows(COST, **day()))
    anthropic.organization.restate(FRIDAY, "1.5")
    [row] = anthropic.rows(COST, **day())
    assert (dollars(row), dollars(row, "list_amount")) == (
        books.total(FRIDAY, SATURDAY), books.listed(FRIDAY, SATURDAY),
    )  # fmt: skip
    anthropic.organization.restate(FRIDAY, 2, analytics_from=NOW + HOUR)
    assert total(anthropic.rows(COST, **day())) == dollars(row) < books.total(FRIDAY, SATURDAY)
    anthropic.clock.time += HOUR
    assert total(anthropic.rows(COST, **day())) == books.total(FRIDAY, SATURDAY)
    anthropic.organization.restate(FRIDAY, Fraction(1, 3), analytics_from=NEVER)
    assert books.total(FRIDAY, SATURDAY) == before < total(anthropic.rows(COST, **day()))


def test_more_than_sixty_requests_a_minute_are_too_many_once_that_is_enforced(anthropic: Anthropic) -> None:
    def statuses(path: str, times: int) -> Counter[int]:
        return Counter(anthropic.get(path, **day()).status_code for _ in range(times))

    assert statuses(COST, 70) == {200: 70}
    anthropic.faults.enforce_pace()
    assert statuses(COST, 40) + statuses(USAGE, 25) == {200: 60, 429: 5}
    assert "retry-after" not in anthropic.get(COST, **day()).headers
    assert anthropic.get("me").status_code == 200
    anthropic.clock.time += timedelta(minutes=1)
    assert statuses(USAGE, 1) == {200: 1}


def test_faults_name_one_report_or_both(anthropic: Anthropic) -> None:
    anthropic.faults.down("cost", times=1)
    assert [anthropic.get(path, **day()).status_code for path in (COST, USAGE, COST)] == [529, 200, 200]
    anthropic.faults.rate_limit(2, "analytics")
    assert [anthropic.get(path, **day()).status_code for path in (COST, USAGE, COST)] == [429, 429, 200]
    assert anthropic.app.requests.calls() == {"cost": 4, "usage": 2}


def test_faults_befall_these_reports_as_any(anthropic: Anthropic) -> None:
    query = day(group_by__=[*WIDE, "cost_type"])
    anthropic.faults.truncate("cost")
    with pytest.raises(ValueError, match="line 1"):
        anthropic.get(COST, **query).json()
    anthropic.faults.drop_field("list_amount", "cost", times=1)
    assert "list_amount" not in anthropic.ok(COST, **query)["data"][0]["cost"]
    before = anthropic.ok(COST, **query)["data"]
    anthropic.faults.novelty("cost")
    odd = anthropic.ok(COST, **query)["data"]
    assert (len(odd), total(odd)) == (len(before) + 1, total(before))
    assert odd[-1]["group"]["product"] == "unheard_of"
    anthropic.faults.clear()
    anthropic.faults.repeat_cursor("cost")
    first = anthropic.ok(COST, **query)
    assert anthropic.ok(COST, page=first["next_page"], **query) == first


def test_a_refusal_is_not_answered_from_memory(anthropic: Anthropic) -> None:
    query = hourly(group_by__=WIDE)
    assert anthropic.get(COST, **query).headers["content-encoding"] == "gzip"
    anthropic.faults.withdraw()
    assert anthropic.get(COST, **query).status_code == 400


def test_spend_limits_tell_when_the_organization_began_if_they_may_be_read(anthropic: Anthropic) -> None:
    anthropic.http.headers["anthropic-beta"] = "spend-limit-reads-2026-09-26"
    assert anthropic.get("spend_limits").status_code == 403
    anthropic.faults.reads_spend_limits()
    [tier] = anthropic.ok("spend_limits", scope_type__=["usage_tier"])["data"]
    assert tier["scope"] == {"type": "usage_tier"}
    assert tier["created_at"][:10] == str(anthropic.organization.first_day - timedelta(days=3))
    assert len(anthropic.ok("spend_limits")["data"]) == 2
    assert anthropic.refusal("spend_limits", scope_type__=["seat_tier"])[0] == 400
    anthropic.http.headers["anthropic-beta"] = BETA
    assert anthropic.get("spend_limits").status_code == 400
