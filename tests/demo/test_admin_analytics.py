"""The newer reports of the simulated Admin API: what they refuse and tell, and that the books agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from demo.admin_api import AdminApi
from demo.faults import ADMIN_KEY
from demo.organization import Organization
from providers.anthropic import analytics
from providers.anthropic.admin_api import AdminApi as Client
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
    told = analytics.fetch(anthropic.client(), at(FRIDAY), at(SATURDAY), names=anthropic.names, now=NOW)
    assert sum(line.cost for line in told.lines) == books.total(FRIDAY, SATURDAY)
    assert sum(line.list_cost for line in told.lines) == books.listed(FRIDAY, SATURDAY)
    days = analytics.totals(anthropic.client(), Period(FRIDAY, SATURDAY), names=anthropic.names, now=NOW)
    assert sum(days[FRIDAY].values()) == books.total(FRIDAY, SATURDAY)
