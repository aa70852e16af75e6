"""The simulated Admin API, asked the way a client asks: over httpx, in process and once over loopback."""

from __future__ import annotations

import base64
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from demo.admin_api.faults import ADMIN_KEY
from demo.admin_api.server import AdminApi, serve
from demo.company.organization import Organization
from demo.company.workload import Habits

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
MESSAGES, COST, CLAUDE_CODE = "usage_report/messages", "cost_report", "usage_report/claude_code"
PRICING = ["api_key_id", "model", "service_tier", "context_window", "inference_geo"]


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


class Anthropic:
    """A client with the right headers, and the organization at the other end."""

    def __init__(self, organization: Organization) -> None:
        self.clock = Clock()
        self.organization = organization
        self.app = AdminApi(organization, self.clock)
        self.faults, self.requests = self.app.faults, self.app.requests
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app),
            base_url="http://anthropic.test/v1/organizations/",
            headers={"x-api-key": ADMIN_KEY, "anthropic-version": "2023-06-01"},
        )

    def get(
        self, path: str, headers: dict[str, str] | None = None, /, **parameters: object
    ) -> httpx.Response:
        named = {
            name.removesuffix("__") + "[]" * name.endswith("__"): value for name, value in parameters.items()
        }
        return self.http.get(path, params=named, headers=headers)  # type: ignore[arg-type] # httpx takes lists

    def ok(self, path: str, **parameters: object) -> Any:
        response = self.get(path, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def error(self, path: str, **parameters: object) -> tuple[int, str, str]:
        response = self.get(path, **parameters)
        error = response.json()["error"]
        return response.status_code, error["type"], error["message"]

    def pages(self, path: str, **parameters: object) -> Iterator[Any]:
        page = self.ok(path, **parameters)
        yield page
        while page["has_more"]:
            page = self.ok(path, page=page["next_page"], **parameters)
            yield page

    def buckets(self, path: str, **parameters: object) -> list[Any]:
        return [bucket for page in self.pages(path, **parameters) for bucket in page["data"]]


@pytest.fixture(scope="module")
def organization() -> Organization:
    return Organization()


@pytest.fixture
def anthropic(organization: Organization) -> Anthropic:
    return Anthropic(organization)


def october(**parameters: object) -> dict[str, object]:
    return {"starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-11-01T00:00:00Z", **parameters}


def tokens(buckets: list[Any]) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in (row for bucket in buckets for row in bucket["results"]):
        total.update(
            {
                name: row[name]
                for name in ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
            }
        )
        total.update(row["cache_creation"])
        total.update(row["server_tool_use"])
    return total


def test_the_cost_report_sums_to_the_books_to_the_last_decimal(anthropic: Anthropic) -> None:
    books = anthropic.organization.books
    for group_by in ([], ["description"], ["workspace_id"], ["description", "workspace_id"]):
        buckets = anthropic.buckets(COST, **october(group_by__=group_by))
        cents = sum(Decimal(row["amount"]) for bucket in buckets for row in bucket["results"])
        assert cents / 100 == books.total(date(2026, 10, 1), date(2026, 11, 1))


def test_the_cost_report_agrees_with_the_books_by_model(anthropic: Anthropic) -> None:
    sums: dict[str | None, Decimal] = {}
    for bucket in anthropic.buckets(COST, **october(limit=31, group_by__=["description"])):
        for row in bucket["results"]:
            sums[row["model"]] = sums.get(row["model"], Decimal(0)) + Decimal(row["amount"]) / 100
    assert sums == anthropic.organization.books.by("model", date(2026, 10, 1), date(2026, 11, 1))


def test_amounts_are_strings_of_cents_with_more_than_two_decimals(anthropic: Anthropic) -> None:
    rows = anthropic.ok(COST, **october(group_by__=["description"]))["data"][0]["results"]
    assert all(isinstance(row["amount"], str) and "E" not in row["amount"] for row in rows)
    assert any(len(row["amount"].partition(".")[2]) > 2 for row in rows)


def test_two_lines_of_a_bill_may_differ_by_description_alone(anthropic: Anthropic) -> None:
    rows = anthropic.ok(COST, **october(limit=31, group_by__=["description"]))["data"][-1]["results"]
    keys = Counter(
        tuple(str(row[name]) for name in row if name not in {"amount", "description"}) for row in rows
    )
    assert max(keys.values()) == 2


def test_ungrouped_cost_has_nothing_but_an_amount(anthropic: Anthropic) -> None:
    [row] = anthropic.ok(COST, **october())["data"][0]["results"]
    assert {name for name, value in row.items() if value is not None} == {"amount", "currency"}


def test_cost_serves_finished_days_only_and_says_nothing_about_the_rest(anthropic: Anthropic) -> None:
    page = anthropic.ok(COST, starting_at="2026-11-20T00:00:00Z", ending_at="2026-11-25T00:00:00Z")
    assert [bucket["starting_at"][:10] for bucket in page["data"]] == ["2026-11-20", "2026-11-21"]
    assert page["has_more"] is False
    assert page["next_page"] is None


def test_asking_for_the_cost_of_today_alone_is_an_error_that_should_not_be_retried(
    anthropic: Anthropic,
) -> None:
    response = anthropic.get(COST, starting_at="2026-11-22T00:00:00Z", ending_at="2026-11-23T00:00:00Z")
    assert response.status_code == 400
    assert response.headers["x-should-retry"] == "false"
    data = response.json()
    assert data["error"] == {
        "type": "invalid_request_error",
        "message": "Invalid date range: ending date must be after starting date",
    }
    assert data["request_id"].startswith("req_")


def test_yesterday_is_billed_a_while_after_midnight(anthropic: Anthropic) -> None:
    yesterday = {"starting_at": "2026-11-21T00:00:00Z", "ending_at": "2026-11-22T00:00:00Z"}
    anthropic.clock.time = datetime(2026, 11, 22, 0, 59, tzinfo=UTC)
    assert anthropic.error(COST, **yesterday)[0] == 400
    anthropic.clock.time = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert len(anthropic.ok(COST, **yesterday)["data"]) == 1


def test_an_end_a_second_before_midnight_loses_the_last_day(anthropic: Anthropic) -> None:
    page = anthropic.ok(COST, starting_at="2026-11-01T00:00:00Z", ending_at="2026-11-03T23:59:59Z")
    assert len(page["data"]) == 2


def test_days_without_anything_are_returned_empty_and_oldest_first(anthropic: Anthropic) -> None:
    window = {"starting_at": "2025-12-24T00:00:00Z", "ending_at": "2025-12-27T00:00:00Z"}
    for path in (COST, MESSAGES):
        days = anthropic.ok(path, **window)["data"]
        assert [bool(day["results"]) for day in days] == [True, False, True]
        assert [day["starting_at"][8:10] for day in days] == ["24", "25", "26"]


def test_a_restated_day_is_served_restated() -> None:
    anthropic = Anthropic(Organization())
    before = anthropic.ok(COST, **october(limit=1))["data"]
    anthropic.organization.restate(date(2026, 10, 1), "1.5")
    after = anthropic.ok(COST, **october(limit=1))["data"]
    amounts = [Decimal(days[0]["results"][0]["amount"]) for days in (before, after)]
    assert amounts[1] == pytest.approx(amounts[0] * Decimal("1.5"))


@pytest.mark.parametrize(
    ("width", "group_by"),
    [("1d", PRICING), ("1d", ["workspace_id", "account_id"]), ("1h", PRICING), ("1h", []), ("1m", ["model"])],
)
def test_usage_has_the_same_tokens_however_it_is_split(
    anthropic: Anthropic, width: str, group_by: list[str]
) -> None:
    window = {"starting_at": "2026-11-18T00:00:00Z", "ending_at": "2026-11-20T00:00:00Z"}
    whole = tokens(anthropic.buckets(MESSAGES, **window))
    assert tokens(anthropic.buckets(MESSAGES, bucket_width=width, group_by__=group_by, **window)) == whole


@pytest.mark.parametrize(("width", "limit", "maximum"), [("1d", 7, 31), ("1h", 24, 168), ("1m", 60, 1440)])
def test_usage_pages_have_a_default_and_a_maximum(
    anthropic: Anthropic, width: str, limit: int, maximum: int
) -> None:
    window = october(bucket_width=width)
    assert len(anthropic.ok(MESSAGES, **window)["data"]) == limit
    assert anthropic.ok(MESSAGES, limit=maximum, **window)["data"]
    status, _, message = anthropic.error(MESSAGES, limit=maximum + 1, **window)
    assert (status, message) == (400, f"limit: Input should be less than or equal to {maximum}")


def test_what_is_not_grouped_by_is_null(anthropic: Anthropic) -> None:
    row = anthropic.ok(MESSAGES, **october(group_by__=["model"]))["data"][0]["results"][0]
    nulls = {name for name, value in row.items() if value is None}
    assert nulls == {
        "account_id", "api_key_id", "workspace_id", "service_account_id", "service_tier", "context_window",
        "inference_geo",
    }  # fmt: skip
    assert set(row["cache_creation"]) == {"ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens"}


def test_the_default_workspace_is_null_and_keyless_usage_has_no_key(anthropic: Anthropic) -> None:
    rows = anthropic.ok(MESSAGES, **october(group_by__=["workspace_id", "api_key_id"]))["data"][0]["results"]
    assert any(row["workspace_id"] is None and row["api_key_id"] for row in rows)
    assert any(row["workspace_id"] and row["api_key_id"] is None for row in rows)


@pytest.mark.parametrize(
    ("name", "value", "dimension"),
    [
        ("models", "claude-haiku-5-5", "model"),
        ("service_tiers", "batch", "service_tier"),
        ("inference_geos", "us", "inference_geo"),
    ],
)
def test_filters_keep_what_they_name(anthropic: Anthropic, name: str, value: str, dimension: str) -> None:
    window = october(limit=31, group_by__=[dimension])
    every = [row for bucket in anthropic.ok(MESSAGES, **window)["data"] for row in bucket["results"]]
    kept = anthropic.ok(MESSAGES, **window, **{f"{name}__": [value]})["data"]
    assert [row for bucket in kept for row in bucket["results"]] == [
        row for row in every if row[dimension] == value
    ]


def test_six_dimensions_are_one_too_many(anthropic: Anthropic) -> None:
    error = anthropic.error(MESSAGES, **october(group_by__=[*PRICING, "workspace_id"]))
    assert error == (400, "invalid_request_error", "Cannot specify more than 5 group_by[] dimensions.")


def test_speed_needs_the_beta_header() -> None:
    anthropic = Anthropic(Organization(habits=Habits(fast_mode=True)))
    window = october(group_by__=["speed"])
    assert anthropic.error(MESSAGES, **window)[0] == 400
    response = anthropic.get(MESSAGES, {"anthropic-beta": "fast-mode-2026-02-01"}, **window)
    assert {row["speed"] for row in response.json()["data"][0]["results"]} == {"fast", "standard"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"starting_at": "2026-10-01T00:00:00Z", "group_by": "model"},
        {"starting_at": "2026-10-01T00:00:00Z", "group_by__": ["day"]},
        {"starting_at": "2026-10-01T00:00:00Z", "bucket_width": "1w"},
        {"starting_at": "2026-10-01T00:00:00Z", "limit": "many"},
        {"starting_at": "2026-10-01T00:00:00Z", "limit": 0},
        {"starting_at": "2026-10-01T00:00:00Z", "page": "page_nonsense"},
        {"starting_at": "2026-10-01T00:00:00Z", "verbose": "true"},
        {"starting_at": "2026-10-01T00:00:00"},
        {"starting_at": "2026-13-01T00:00:00Z"},
        {"starting_at": "yesterday"},
        {"starting_at": "2027-01-01T00:00:00Z"},
        {},
    ],
)
@pytest.mark.parametrize("path", [MESSAGES, COST])
def test_a_malformed_query_is_refused(anthropic: Anthropic, path: str, parameters: dict[str, object]) -> None:
    assert anthropic.error(path, **parameters)[:2] == (400, "invalid_request_error")


def test_a_cursor_is_a_place_in_time_bound_to_its_query(anthropic: Anthropic) -> None:
    cursor = anthropic.ok(MESSAGES, **october())["next_page"]
    assert base64.urlsafe_b64decode(cursor.removeprefix("page_")).startswith(b"2026-10-08T00:00:00Z")
    assert anthropic.ok(MESSAGES, **october(page=cursor))["data"][0]["starting_at"] == "2026-10-08T00:00:00Z"
    stale = anthropic.error(MESSAGES, **october(page=cursor, group_by__=["model"]))
    assert stale == (400, "invalid_request_error", "cursor does not match current query parameters")


def test_the_running_hour_grows_after_a_lag(anthropic: Anthropic) -> None:
    def so_far(hour: int, minute: int) -> int:
        anthropic.clock.time = datetime(2026, 11, 20, hour, minute, tzinfo=UTC)
        buckets = anthropic.buckets(
            MESSAGES, bucket_width="1h", starting_at="2026-11-20T09:00:00Z", limit=168
        )
        return sum(tokens(buckets).values())

    assert so_far(9, 4) == 0
    growth = [so_far(9, 20), so_far(9, 50), so_far(10, 5), so_far(10, 30)]
    assert growth == sorted(set(growth))
    assert so_far(9, 50) == growth[1]


def test_minutes_and_hours_agree_about_a_day_in_progress(anthropic: Anthropic) -> None:
    window = {"starting_at": "2026-11-22T00:00:00Z"}
    minutes = tokens(anthropic.buckets(MESSAGES, bucket_width="1m", limit=1440, **window))
    assert minutes == tokens(anthropic.buckets(MESSAGES, bucket_width="1h", **window))


def test_an_open_end_includes_the_running_day_and_a_given_one_is_rounded_down(anthropic: Anthropic) -> None:
    assert len(anthropic.ok(MESSAGES, starting_at="2026-11-21T00:00:00Z")["data"]) == 2
    now = "2026-11-22T10:31:00Z"
    assert len(anthropic.ok(MESSAGES, starting_at="2026-11-21T00:00:00Z", ending_at=now)["data"]) == 1


def test_claude_code_takes_one_plain_day(anthropic: Anthropic) -> None:
    assert anthropic.ok(CLAUDE_CODE, starting_at="2026-11-20")["data"]
    assert anthropic.error(CLAUDE_CODE, starting_at="2026-11-20T00:00:00Z")[0] == 400
    assert anthropic.error(CLAUDE_CODE, starting_at="2026-11-20", ending_at="2026-11-22")[0] == 400
    assert anthropic.error(CLAUDE_CODE)[0] == 400


def test_claude_code_pages_by_record_and_repeats_none(anthropic: Anthropic) -> None:
    pages = list(anthropic.pages(CLAUDE_CODE, starting_at="2026-11-20"))
    rows = [row for page in pages for row in page["data"]]
    assert len(pages[0]["data"]) == 20
    assert len(pages) > 1
    assert rows == anthropic.ok(CLAUDE_CODE, starting_at="2026-11-20", limit=1000)["data"]


def test_claude_code_knows_nothing_of_the_last_hour(anthropic: Anthropic) -> None:
    def rows(hour: int) -> int:
        anthropic.clock.time = datetime(2026, 11, 20, hour, tzinfo=UTC)
        return len(anthropic.ok(CLAUDE_CODE, starting_at="2026-11-20", limit=1000)["data"])

    assert rows(1) == 0
    assert rows(23) > rows(12) > 0


def test_me_names_the_organization(anthropic: Anthropic) -> None:
    assert anthropic.ok("me") == {
        "id": anthropic.organization.roster.organization_id, "name": "Acme", "type": "organization",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["users", "api_keys"])
def test_lists_are_paged_by_the_last_id(anthropic: Anthropic, path: str) -> None:
    every = anthropic.ok(path, limit=1000)
    assert every["has_more"] is False
    rows: list[Any] = []
    last: dict[str, str] = {}
    while True:
        page = anthropic.ok(path, limit=7, **last)
        rows += page["data"]
        last = {"after_id": page["last_id"]}
        if not page["has_more"]:
            break
    assert rows == every["data"]
    back = anthropic.ok(path, limit=3, before_id=rows[5]["id"])
    assert back["data"] == rows[2:5]
    assert anthropic.ok(path)["data"] == rows[:20]


def test_lists_hide_what_real_lists_hide(anthropic: Anthropic) -> None:
    roster = anthropic.organization.roster
    users = {row["id"] for row in anthropic.ok("users", limit=1000)["data"]}
    keys = {row["id"] for row in anthropic.ok("api_keys", limit=1000)["data"]}
    assert {person.id for person in roster.people} - users == {p.id for p in roster.people if not p.listed}
    assert {key.id for key in roster.keys} - keys == {key.id for key in roster.keys if not key.listed}
    assert [row["name"] for row in anthropic.ok("workspaces")["data"]] == [
        "Production",
        "Research",
        "Claude Code",
    ]
    everything = anthropic.ok("workspaces", include_archived="true", include_default="true")["data"]
    assert {row["name"] for row in everything} > {"Default", "Prototype 2025"}


def test_lists_can_be_filtered(anthropic: Anthropic) -> None:
    expired = anthropic.ok("api_keys", status="expired")["data"]
    assert expired
    assert all(row["status"] == "expired" and row["expires_at"] for row in expired)
    default = anthropic.organization.roster.default_workspace.id
    assert all(row["workspace_id"] is None for row in anthropic.ok("api_keys", workspace_id=default)["data"])
    assert anthropic.ok(f"workspaces/{default}")["name"] == "Default"
    assert anthropic.error("api_keys", status="lost")[0] == 400
    assert anthropic.error("workspaces/wrkspc_unknown")[0] == 404


def test_the_new_version_has_the_new_shapes(anthropic: Anthropic) -> None:
    new = {"anthropic-version": "2026-10-21"}
    old_rows = anthropic.ok("api_keys", limit=1000)["data"]
    new_rows = anthropic.get("api_keys", new, limit=1000).json()["data"]
    default = anthropic.organization.roster.default_workspace.id
    for before, after in zip(old_rows, new_rows, strict=True):
        assert after["scope"] == {"type": "workspace", "workspace_id": before["workspace_id"] or default}
        assert "workspace_id" not in after
    principals = {(row["principal"] or {}).get("type") for row in new_rows}
    assert principals == {None, "user_actor", "service_account_actor"}
    assert "user_profile_id" in anthropic.get("workspaces", new).json()["data"][0]


def test_the_caller_must_say_who_and_which_version(anthropic: Anthropic) -> None:
    denied = {"x-api-key": "sk-ant-api03-ordinary"}
    assert anthropic.get("me", denied).json()["error"] == {
        "type": "authentication_error", "message": "invalid x-api-key",
    }  # fmt: skip
    assert anthropic.get("me", denied).status_code == 401
    assert anthropic.get("me", {"x-api-key": ""}).status_code == 401
    assert anthropic.get("me", {"x-api-key": "", "authorization": f"Bearer {ADMIN_KEY}"}).status_code == 200
    assert anthropic.get("me", {"anthropic-version": ""}).status_code == 400
    assert anthropic.get("me", {"anthropic-version": "2020-01-01"}).status_code == 400


def test_the_new_reports_are_not_for_this_organization(anthropic: Anthropic) -> None:
    response = anthropic.get("analytics/cost", starting_at="2026-11-01T00:00:00Z")
    assert response.status_code == 400
    assert response.json()["error"]["details"]["error_code"] == "organization_not_enrolled_in_beta"
    assert anthropic.error("invoices")[:2] == (404, "not_found_error")


def test_every_answer_has_an_id_and_is_compressed_when_accepted(anthropic: Anthropic) -> None:
    response = anthropic.get(MESSAGES, **october(group_by__=PRICING))
    assert response.headers["content-encoding"] == "gzip"
    plain = anthropic.get(MESSAGES, {"accept-encoding": "identity"}, **october(group_by__=PRICING))
    assert "content-encoding" not in plain.headers
    assert plain.json() == response.json()
    assert plain.headers["request-id"] != response.headers["request-id"]


def test_a_revoked_key_is_refused_until_a_new_one_is_accepted(anthropic: Anthropic) -> None:
    anthropic.faults.revoke(ADMIN_KEY)
    assert anthropic.error("me") == (401, "authentication_error", "invalid x-api-key")
    anthropic.faults.accept("sk-ant-admin01-new")
    assert anthropic.get("me", {"x-api-key": "sk-ant-admin01-new"}).status_code == 200


@pytest.mark.parametrize(
    ("status", "kind"), [(500, "api_error"), (504, "timeout_error"), (529, "overloaded_error")]
)
def test_one_endpoint_may_be_down_while_others_answer(anthropic: Anthropic, status: int, kind: str) -> None:
    anthropic.faults.down("cost_report", status=status)
    assert anthropic.error(COST, **october())[:2] == (status, kind)
    assert anthropic.get("me").status_code == 200
    anthropic.faults.clear()
    assert anthropic.get(COST, **october()).status_code == 200


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
    ],
)
def test_one_report_may_be_refused_once_or_for_good(anthropic: Anthropic, status: int, kind: str) -> None:
    anthropic.faults.refuse("cost_report", status=status, times=1)
    assert anthropic.error(COST, **october())[:2] == (status, kind)
    assert anthropic.get(COST, **october()).status_code == 200
    anthropic.faults.refuse("cost_report", status=status)
    assert [anthropic.get(COST, **october()).status_code for _ in range(3)] == [status] * 3
    assert anthropic.get("me").status_code == 200


def test_a_page_may_tell_its_last_interval_twice(anthropic: Anthropic) -> None:
    plain = anthropic.ok(COST, **october())["data"]
    anthropic.faults.repeat("cost_report", times=1)
    assert anthropic.ok(COST, **october())["data"] == [*plain, plain[-1]]
    assert anthropic.ok(COST, **october())["data"] == plain


def test_fields_may_be_null_amounts_absurd_and_money_other_than_dollars(anthropic: Anthropic) -> None:
    anthropic.faults.null("cache_creation", "messages")
    anthropic.faults.currency("EUR", "cost_report")
    anthropic.faults.amounts("1e400", "cost_report")
    hours, days = anthropic.ok(MESSAGES, **october()), anthropic.ok(COST, **october())
    rows = [row for hour in hours["data"] for row in hour["results"]]
    lines = [line for day in days["data"] for line in day["results"]]
    assert {row["cache_creation"] for row in rows} == {None}
    assert {(line["currency"], line["amount"]) for line in lines} == {("EUR", "1e400")}


def test_pages_may_never_end_and_bodies_come_slowly_or_unpack_to_a_lot(anthropic: Anthropic) -> None:
    anthropic.faults.endless("cost_report", times=2)
    first, second = (anthropic.ok(COST, **october()) for _ in range(2))
    assert (first["has_more"], second["has_more"]) == (True, True)
    assert first["next_page"] != second["next_page"]
    anthropic.faults.drip("me", seconds=0)
    assert anthropic.ok("me")["name"]
    anthropic.faults.bomb("users")
    with anthropic.http.stream("GET", "users") as answer:
        assert int(answer.headers["content-length"]) < 10**6


def test_the_next_requests_are_too_many(anthropic: Anthropic) -> None:
    anthropic.faults.rate_limit(2, stale_reset=True)
    response = anthropic.get("me")
    assert response.status_code == 429
    assert "retry-after" not in response.headers
    assert response.headers["anthropic-ratelimit-requests-reset"] < "2026-11-22T10"
    assert [anthropic.get("me").status_code for _ in range(2)] == [429, 200]
    anthropic.faults.rate_limit(retry_after=7, retry_after_ms=6500)
    assert anthropic.get("me").headers["retry-after"] == "7"


def test_a_body_may_be_cut_or_be_a_web_page(anthropic: Anthropic) -> None:
    anthropic.faults.truncate("cost_report")
    with pytest.raises(ValueError, match="line 1"):
        anthropic.get(COST, **october()).json()
    anthropic.faults.html(status=502)
    response = anthropic.get("me")
    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
    assert anthropic.get(COST, **october()).json()["data"]


@pytest.mark.parametrize("path", [MESSAGES, COST])
def test_a_cursor_may_lead_nowhere(anthropic: Anthropic, path: str) -> None:
    anthropic.faults.repeat_cursor()
    first = anthropic.ok(path, **october(limit=31))
    assert anthropic.ok(path, **october(limit=31, page=first["next_page"])) == first


def test_a_field_may_be_missing_and_others_unheard_of(anthropic: Anthropic) -> None:
    anthropic.faults.drop_field("amount", "cost_report", times=1)
    assert "amount" not in anthropic.ok(COST, **october())["data"][0]["results"][0]
    true = anthropic.buckets(COST, **october(group_by__=["description"]))
    anthropic.faults.novelty()
    odd = anthropic.buckets(COST, **october(group_by__=["description"]))
    assert odd[0]["results"][-1]["cost_type"] == "unheard_of"
    assert "later_field" in odd[0]["results"][0]
    sums = [sum(Decimal(row["amount"]) for day in days for row in day["results"]) for days in (true, odd)]
    assert sums[0] == sums[1]
    assert anthropic.ok("users")["data"][-1]["role"] == "unheard_of"


@pytest.mark.parametrize(("others", "served"), [("omitted", 3), ("empty", 8)])
def test_usage_may_be_cut_to_the_month_in_which_it_ends(
    anthropic: Anthropic, others: str, served: int
) -> None:
    anthropic.faults.only_month(others=others)
    window = {"starting_at": "2026-10-27T00:00:00Z", "ending_at": "2026-11-04T00:00:00Z"}
    buckets = anthropic.buckets(MESSAGES, **window)
    assert len(buckets) == served
    assert [bucket["starting_at"][:7] for bucket in buckets if bucket["results"]] == ["2026-11"] * 3


def test_pages_may_be_shorter_than_asked_for(anthropic: Anthropic) -> None:
    anthropic.faults.short_pages(2)
    page = anthropic.ok("cost_report", starting_at="2026-11-01T00:00:00Z", limit=31)
    assert (len(page["data"]), page["has_more"]) == (2, True)
    assert len(anthropic.ok("usage_report/claude_code", starting_at="2026-11-12", limit=1000)["data"]) == 2


def test_a_page_may_have_a_hole(anthropic: Anthropic) -> None:
    anthropic.faults.hole("2026-11-11T00:00:00Z", "cost_report")
    span = {"starting_at": "2026-11-10T00:00:00Z", "ending_at": "2026-11-13T00:00:00Z"}
    starts = [bucket["starting_at"][8:10] for bucket in anthropic.ok("cost_report", **span)["data"]]
    assert starts == ["10", "12"]


def test_a_bill_may_be_empty_or_hold_half(anthropic: Anthropic) -> None:
    span = {"starting_at": "2026-11-10T00:00:00Z", "ending_at": "2026-11-11T00:00:00Z"}
    query = {**span, "group_by__": ["description", "workspace_id"]}

    def lines() -> list[Decimal]:
        (bucket,) = anthropic.ok("cost_report", **query)["data"]
        return [Decimal(row["amount"]) for row in bucket["results"]]

    whole = lines()
    anthropic.faults.empty_bill("2026-11-10")
    anthropic.faults.half_bill("2026-11-09")
    assert lines() == []
    anthropic.faults.half_bill("2026-11-10")
    assert round(sum(lines(), Decimal(0)) * 2, 3) == round(sum(whole, Decimal(0)), 3)
    anthropic.faults.half_bill("2026-11-10", "lines")
    assert set(lines()) < set(whole)
    assert len(lines()) == -(-len(whole) // 2)
    anthropic.faults.whole_bill("2026-11-10")
    assert lines() == whole


def test_claude_code_may_leave_out_subscriptions(anthropic: Anthropic) -> None:
    query = {"starting_at": "2026-11-12", "limit": 1000}
    before = anthropic.ok("usage_report/claude_code", **query)["data"]
    anthropic.faults.only_api_customers()
    after = anthropic.ok("usage_report/claude_code", **query)["data"]
    assert after == [row for row in before if row["customer_type"] == "api"]
    assert 0 < len(after) < len(before)


def test_requests_are_remembered(anthropic: Anthropic) -> None:
    anthropic.get("me")
    anthropic.error(MESSAGES, starting_at="never")
    assert [(one.endpoint, one.status, one.at) for one in anthropic.requests] == [
        ("me", 200, NOW), ("messages", 400, NOW),
    ]  # fmt: skip
    assert anthropic.requests.calls() == {"me": 1, "messages": 1}


def test_another_process_can_switch_faults_and_restate() -> None:
    anthropic = Anthropic(Organization())
    control = "http://anthropic.test/_control"
    anthropic.http.post(control, json={"do": "rate_limit", "with": {"times": 1}})
    assert anthropic.get("me").status_code == 429
    anthropic.http.post(control, json={"do": "restate", "with": {"day": "2026-10-01", "factor": "2"}})
    assert anthropic.organization.restatement(date(2026, 10, 1)) == 2
    state = anthropic.http.get(control).json()
    assert state["calls"] == {"me": 1}
    assert state["requests"][0]["status"] == 429
    assert anthropic.http.post(control, json={"do": "sing"}).status_code == 400


def test_it_serves_over_loopback_many_at_once_and_may_hang_up(organization: Organization) -> None:
    app = AdminApi(organization, Clock())
    headers = {"x-api-key": ADMIN_KEY, "anthropic-version": "2023-06-01"}
    with (
        serve(app) as address,
        httpx.Client(base_url=f"{address}/v1/organizations/", headers=headers) as http,
    ):
        app.faults.latency(0.1)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: http.get("me").status_code, range(16)))
        assert answers == [200] * 16
        assert 4 <= app.requests.max_in_flight <= 8
        app.faults.clear("latency")
        app.faults.hang_up()
        with pytest.raises(httpx.RemoteProtocolError):
            http.get("users")
        app.faults.slow(5)
        with pytest.raises(httpx.ReadTimeout):
            http.get("me", timeout=0.1)
        assert len(http.get("users").json()["data"]) == 20
        app.closing.set()  # nobody waits for the slow answer


def test_a_page_is_quick_the_second_time(organization: Organization) -> None:
    anthropic = Anthropic(organization)
    first = anthropic.get(MESSAGES, **october(limit=31, group_by__=PRICING))
    again = anthropic.get(MESSAGES, **october(limit=31, group_by__=PRICING))
    assert again.content == first.content
    took = [request.seconds for request in anthropic.requests]
    assert took[1] < took[0] / 2
