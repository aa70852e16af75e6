"""The numbers of digests: any finished period, the whole or a part, against the like period."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from bot.reports.digest import gather
from bot.reports.scope_people import People
from digests.numbers.digest_report import Digest
from providers.directory import Entry
from providers.money import billionths
from providers.period import DAY, Period
from providers.spend import Attribution, Spend
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault, new_key
from storage.facts import charges, coverage, directory, spend
from storage.state import connections
from storage.state.connections import Connection
from storage.state.scopes import Scope

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)
WEEK = Period(MONDAY, SUNDAY + DAY)
OPUS, SONNET, OLD = "claude-opus-5-5", "claude-sonnet-5-5", "claude-3-5-sonnet-20241022"
LAB = "wrkspc_lab"


@pytest.fixture
def connection(store: str) -> Iterator[Connection]:
    """Mina on Opus in the default workspace; Jonas on Sonnet in the lab, of late with a new key."""
    del store
    with session():
        with transaction():
            made = connections.connect(
                "T1", "org", "Acme", key="sk", vault=Vault([new_key()]), by="U1", at=NOW
            )
            connections.set_first_day(made.id, date(2026, 9, 15))
            directory.remember(
                made.id,
                [
                    Entry("user_1", "user", "Mina Okafor", email="mina@acme.example"),
                    Entry("user_2", "user", "Jonas Weber", email="Jonas@acme.example"),
                    Entry(LAB, "workspace", "Lab"),
                    Entry("apikey_1", "api_key", "mina-key", owner_id="user_1"),
                    Entry("apikey_2", "api_key", "jonas-old", owner_id="user_2", workspace_id=LAB),
                    Entry("apikey_3", "api_key", "jonas-new", owner_id="user_2", workspace_id=LAB),
                ],
            )
            for back in range(1, 70):
                _remember(made.id, NOW.date() - back * DAY)
        yield connections.by_id(made.id)


def _remember(connection_id: int, day: date) -> None:
    hour, six = datetime(day.year, day.month, day.day, 9, tzinfo=UTC), (1, 0, 0, 0, 1, 0)
    new = day >= MONDAY
    lines = [
        Spend(hour, None, "apikey_1", OPUS, "messages_api", billionths(Decimal(10)), six),
        Spend(hour, LAB, "apikey_3" if new else "apikey_2", SONNET if new else OLD, "messages_api",
              billionths(Decimal(6 if new else 2)), six),
        Spend(hour, LAB, None, OPUS, "messages_api", billionths(Decimal(1)), six),
    ]  # fmt: skip
    spend.replace(connection_id, day, Attribution(lines, []), estimated=False)
    charges.replace(connection_id, [day], [], at=NOW)
    coverage.mark(connection_id, "usage", [day], at=NOW)


def digest_of(
    connection: Connection, scope: str = "whole", period: Period = WEEK, **people: object
) -> Digest:
    read = Scope.read(scope)
    members = People(**people) if people else People(frozenset(read.values))  # type: ignore[arg-type] # as given
    return gather(connection, period, scope=read, people=members, zone="UTC", now=NOW)


def test_a_week_is_set_beside_the_week_before(connection: Connection) -> None:
    digest = digest_of(connection)
    assert (digest.report.total.cost, digest.report.previous.total) == (Decimal(119), Decimal(91))
    assert digest.report.previous.period == Period(date(2026, 11, 9), MONDAY)


def test_days_since_friday_are_set_beside_the_same_days_of_the_week_before(connection: Connection) -> None:
    digest = digest_of(connection, period=Period(date(2026, 11, 20), date(2026, 11, 23)))
    assert (digest.report.total.cost, digest.report.previous.total) == (Decimal(51), Decimal(39))
    assert digest.report.previous.period == Period(date(2026, 11, 13), MONDAY)


def test_a_month_is_set_beside_the_month_before_as_far_as_that_is_known(connection: Connection) -> None:
    digest = digest_of(connection, period=Period.month(date(2026, 10, 1)))
    assert digest.report.total.cost == Decimal(31 * 13)
    assert digest.month is None
    assert [month for month, _ in digest.history] == [date(2026, 9, 1), date(2026, 10, 1)]
    assert digest.history[-1][1] == Decimal(31 * 13)


def test_what_moved_is_reported_by_model_and_engineer_with_what_is_new_and_gone(
    connection: Connection,
) -> None:
    digest = digest_of(connection)
    assert [(each.name, each.difference) for each in digest.models.up] == [(SONNET, Decimal(42))]
    assert [(each.name, each.difference) for each in digest.models.down] == [(OLD, Decimal(-14))]
    assert [each.name for each in digest.models.new] == [SONNET]
    assert [each.name for each in digest.models.gone] == [OLD]
    assert [(each.name, each.difference) for each in digest.people.up] == [("Jonas Weber", Decimal(28))]
    assert ([e.name for e in digest.keys.new], [e.name for e in digest.keys.gone]) == (
        ["jonas-new"],
        ["jonas-old"],
    )


def test_nothing_moved_since_a_period_that_is_not_known(connection: Connection) -> None:
    connections.set_first_day(connection.id, date(2026, 6, 1))
    unknown_before = replace(connection, first_day=date(2026, 6, 1))
    digest = digest_of(unknown_before, period=Period(date(2026, 9, 16), date(2026, 9, 23)))
    assert digest.report.previous.total is None
    assert (digest.models.up, digest.keys.new) == ((), ())
    assert [line.previous for line in digest.report.lines] == [None, None]


@pytest.mark.parametrize(
    ("scope", "cost", "before", "lines"),
    [
        ("model:sonnet", 42, 14, [(SONNET, 42)]),
        ("model:opus", 77, 77, [(OPUS, 77)]),
        ("workspace:", 70, 70, [("mina@acme.example", 70)]),
        (f"workspace:{LAB}", 49, 21, [("jonas@acme.example", 42), (None, 7)]),
        ("engineers:jonas@acme.example", 42, 14, [("jonas@acme.example", 42)]),
    ],
)
def test_a_part_has_its_own_total_and_the_whole_beside_it(
    connection: Connection, scope: str, cost: int, before: int, lines: list[tuple[str | None, int]]
) -> None:
    digest = digest_of(connection, scope)
    assert (digest.report.total.cost, digest.report.previous.total) == (Decimal(cost), Decimal(before))
    assert [(line.id, line.cost) for line in digest.report.lines] == [(id_, Decimal(c)) for id_, c in lines]
    assert digest.history[-1] == (SUNDAY, Decimal(cost) / 7)
    assert digest.part
    assert digest.part.whole == Decimal(119)


def test_a_part_by_model_says_nothing_of_engineers_and_one_of_engineers_nothing_of_models(
    connection: Connection,
) -> None:
    by_model, by_engineer = (
        digest_of(connection, "model:sonnet"),
        digest_of(connection, "engineers:jonas@acme.example"),
    )
    assert (by_model.people.up, by_model.keys.new, by_model.engineers) == ((), (), None)
    assert (by_engineer.models.up, by_engineer.engineers) == ((), None)
    assert [each.name for each in by_engineer.keys.new] == ["jonas-new"]


def test_who_has_no_address_is_counted(connection: Connection) -> None:
    digest = digest_of(connection, "group:S1 lab", emails=frozenset({"jonas@acme.example"}), unknown=2)
    assert digest.part
    assert (digest.part.names, digest.part.count, digest.part.unknown) == (["lab"], 3, 2)
    assert digest.report.total.cost == 42
