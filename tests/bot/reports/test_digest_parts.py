"""A part's digest: where its own month will end, and what was restated of the whole bill."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec import structs

from bot.reports import cost
from bot.reports.digest import gather
from bot.reports.scope_people import People
from digests import render
from digests.numbers.digest_report import Digest
from digests.numbers.lines import Line
from digests.numbers.report import Dimension, Filter, Question
from providers.directory import Entry
from providers.money import billionths
from providers.period import DAY, Period
from providers.spend import Attribution, Spend
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault, new_key
from storage.facts import accuracy, charges, coverage, directory, members, spend
from storage.state import connections
from storage.state.connections import Connection
from storage.state.scopes import Scope

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST, LAST = date(2026, 9, 15), date(2026, 11, 22)
WEEK = Period(date(2026, 11, 16), LAST + DAY)
OPUS, SONNET, LAB, SATURDAY = "claude-opus-5-5", "claude-sonnet-5-5", "wrkspc_lab", 5


@pytest.fixture
def connection(store: str) -> Iterator[Connection]:
    """Mina spends ten dollars a day on Opus; Jonas, in the lab, six on Sonnet on working days."""
    del store
    with session():
        with transaction():
            made = connections.connect(
                "T1", "org", "Acme", key="sk", vault=Vault([new_key()]), by="U1", at=NOW
            )
            connections.set_first_day(made.id, FIRST)
            directory.remember(
                made.id,
                [
                    Entry("user_1", "user", "Mina Okafor", email="mina@acme.example"),
                    Entry("user_2", "user", "Jonas Weber", email="jonas@acme.example"),
                    Entry("apikey_1", "api_key", "mina-key", owner_id="user_1"),
                    Entry("apikey_2", "api_key", "jonas-key", owner_id="user_2", workspace_id=LAB),
                ],
            )
            for day in Period(FIRST, LAST + DAY).days():
                spent(made.id, day)
        yield connections.by_id(made.id)


def spent(connection_id: int, day: date, jonas: int = 6) -> None:
    hour, six = datetime(day.year, day.month, day.day, 9, tzinfo=UTC), (1, 0, 0, 0, 1, 0)
    lines = [Spend(hour, None, "apikey_1", OPUS, "messages_api", billionths(Decimal(10)), six)]
    if day.weekday() < SATURDAY:
        lines.append(Spend(hour, LAB, "apikey_2", SONNET, "messages_api", billionths(Decimal(jonas)), six))
    spend.replace(connection_id, day, Attribution(lines, []), estimated=False)
    charges.replace(connection_id, [day], [], at=NOW)
    coverage.mark(connection_id, "usage", [day], at=NOW)


def digest_of(connection: Connection, scope: str, period: Period = WEEK) -> Digest:
    read = Scope.read(scope)
    emails = frozenset({"jonas@acme.example"}) if read.group else frozenset(read.values)
    return gather(connection, period, scope=read, people=People(emails), zone="UTC", now=NOW)


@pytest.mark.parametrize(
    ("scope", "end"),
    [
        ("model:sonnet", 21 * 6),
        (f"workspace:{LAB}", 21 * 6),
        ("engineers:jonas@acme.example", 21 * 6),
        ("group:S1 lab", 21 * 6),
        ("workspace:", 300),
        ("model:opus", 300),
        ("whole", 300 + 21 * 6),
    ],
)
def test_the_month_ends_where_a_parts_own_days_lead_though_nothing_is_known_of_today(
    connection: Connection, scope: str, end: int
) -> None:
    ahead = digest_of(connection, scope).forecast
    assert ahead
    assert abs(ahead.cost - end) < Decimal("0.5")


def test_what_cost_nothing_on_working_days_is_expected_to_cost_nothing_then_again(
    connection: Connection,
) -> None:
    friday = Period.day(date(2026, 11, 20))
    ahead = digest_of(connection, "model:sonnet", friday).forecast
    assert ahead
    assert abs(ahead.cost - 21 * 6) < Decimal("0.5")


@pytest.mark.parametrize("scope", ["model:haiku", "engineers:nobody@acme.example", "workspace:wrkspc_none"])
def test_a_part_that_never_cost_anything_has_no_forecast(connection: Connection, scope: str) -> None:
    assert digest_of(connection, scope).forecast is None


def test_a_month_that_is_over_has_no_forecast(connection: Connection) -> None:
    assert digest_of(connection, "model:sonnet", Period.month(date(2026, 10, 1))).forecast is None


@pytest.mark.parametrize("scope", ["whole", "model:sonnet"])
def test_the_last_day_of_a_month_leaves_nothing_to_forecast(connection: Connection, scope: str) -> None:
    assert digest_of(connection, scope, Period.day(date(2026, 10, 30))).forecast
    assert digest_of(connection, scope, Period.day(date(2026, 10, 31))).forecast is None


def test_days_before_the_organization_are_no_days_to_forecast_from(connection: Connection) -> None:
    assert digest_of(connection, "whole").forecast
    with transaction():
        connections.set_first_day(connection.id, WEEK.start)
    young = connections.by_id(connection.id)
    assert digest_of(young, "whole").forecast is None


def test_a_part_that_is_younger_than_two_weeks_has_no_forecast(connection: Connection) -> None:
    with transaction():
        for day in Period(FIRST, date(2026, 11, 12)).days():
            spent(connection.id, day, jonas=0)
    assert digest_of(connection, "model:sonnet").forecast is None


def test_a_restated_bill_is_reported_to_a_part_as_well(connection: Connection) -> None:
    day = date(2026, 11, 18)
    with transaction():
        accuracy.restate(connection.id, day, before=Decimal(16), after=Decimal(19), at=NOW)
    (restated,) = digest_of(connection, "model:sonnet").restatements
    assert (restated.day, restated.after) == (day, Decimal(19))


def test_members_are_added_up_by_day(connection: Connection) -> None:
    both = members.daily(connection.id, "caller", ["apikey_1", "apikey_2", "apikey_9"], WEEK)
    assert [int(cost) for cost in both.values()] == [16, 16, 16, 16, 16, 10, 10]
    assert list(members.daily(connection.id, "model", [SONNET], WEEK)) == list(WEEK.days())[:5]
    assert members.daily(connection.id, "workspace", [None], WEEK)[LAST] == 10


@pytest.mark.parametrize(
    ("scope", "by", "chosen"),
    [
        ("model:sonnet", "model", Filter("model", ("sonnet",))),
        (f"workspace:{LAB}", "engineer", Filter("workspace", (LAB,))),
        ("workspace:", "engineer", Filter("workspace", ("",))),
        ("engineers:jonas@acme.example", "engineer", Filter("engineer", ("jonas@acme.example",))),
        ("group:S1 lab", "engineer", Filter("engineer", ("jonas@acme.example",), "lab")),
    ],
)
def test_a_digest_of_a_part_says_what_an_answer_about_it_says(
    connection: Connection, scope: str, by: Dimension, chosen: Filter
) -> None:
    report = digest_of(connection, scope).report
    answer = cost.cost(connection, Question(WEEK, by, filters=(chosen,)), now=NOW)
    assert report.question == answer.question
    assert report.total == replace_previous(answer.total, report.total)
    assert [(line.id, line.cost) for line in report.lines] == [(line.id, line.cost) for line in answer.lines]


def replace_previous(line: Line, other: Line) -> Line:
    """The digest compares with the same days a week before, an answer with as many days before."""
    return structs.replace(line, previous=other.previous)


def test_the_buttons_of_a_part_keep_it_and_name_nobody(connection: Connection) -> None:
    lab, people = (
        str(render.digest(digest_of(connection, scope)).blocks)
        for scope in (f"workspace:{LAB}", "engineers:jonas@acme.example")
    )
    assert f"by engineer utc |workspace={LAB}" in lab
    assert "Whole organization" in lab
    assert "Details by" not in people
    assert "jonas@acme.example" not in people.split("'actions'")[-1]
