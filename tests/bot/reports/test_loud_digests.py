"""Digests of days that stand out, and what stands behind it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.reports import engineers
from bot.reports.digest import gather
from bot.reports.scope_people import People
from digests import render
from digests.numbers.digest_report import Digest
from providers.directory import Entry
from providers.money import billionths
from providers.period import DAY, Period
from providers.spend import Attribution, Spend
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault, new_key
from storage.engine.tables import CellDay, DayCell
from storage.facts import charges, coverage, directory, spend
from storage.state import connections
from storage.state.connections import Connection
from storage.state.scopes import Scope

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-5-5"
SIX = (1, 0, 0, 0, 1, 0)


@pytest.fixture
def connection(store: str) -> Iterator[Connection]:
    """Mina and Jonas as ever, and a nightly job that ran away on Monday."""
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
                    Entry("user_2", "user", "Jonas Weber", email="jonas@acme.example"),
                    Entry("wrkspc_lab", "workspace", "Lab"),
                    Entry("apikey_1", "api_key", "mina-key", owner_id="user_1"),
                    Entry("apikey_2", "api_key", "jonas-key", owner_id="user_2", workspace_id="wrkspc_lab"),
                    Entry("apikey_3", "api_key", "ci-nightly"),
                ],
            )
            for back in range(1, 60):
                day = NOW.date() - back * DAY
                remember(made.id, day, nightly=9382 if day == MONDAY else 4)
        yield connections.by_id(made.id)


def remember(connection_id: int, day: date, *, nightly: int, mina: int = 100) -> None:
    hour = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    lines = [
        Spend(hour, None, "apikey_1", SONNET, "messages_api", billionths(Decimal(mina)), SIX),
        Spend(hour, "wrkspc_lab", "apikey_2", OPUS, "messages_api", billionths(Decimal(60)), SIX),
        Spend(hour, None, "apikey_3", OPUS, "messages_api", billionths(Decimal(nightly)), SIX),
    ]
    spend.replace(connection_id, day, Attribution(lines, []), estimated=False)
    charges.replace(connection_id, [day], [], at=NOW)
    coverage.mark(connection_id, "usage", [day], at=NOW)


def digest_of(connection: Connection, scope: str = "whole", day: date = MONDAY, length: int = 1) -> Digest:
    read = Scope.read(scope)
    period = Period(day, day + length * DAY)
    return gather(connection, period, scope=read, people=People(frozenset(read.values)), zone="UTC", now=NOW)


def test_the_key_behind_a_loud_day_is_named_with_what_it_usually_spends(connection: Connection) -> None:
    digest = digest_of(connection)
    assert digest.is_loud
    assert digest.usual
    assert digest.usual.cost == 164
    assert digest.cause
    assert digest.cause.names == {"key": "ci-nightly", "model": OPUS, "workspace": "Default workspace"}
    message = render.channel_digest(digest, names=True)
    assert "$9,378 more than usual for a Monday" in str(message.blocks)
    assert (
        "One key, `ci-nightly` (Opus 5.5, Default workspace), spent *$9,382.00* of it (usually $4.00)."
        in str(message.blocks)
    )
    assert "One key, ci-nightly (Opus 5.5, Default workspace), spent $9,382.00 of it" in message.text


def test_a_channel_that_sees_no_names_reads_of_one_key(connection: Connection) -> None:
    message = render.channel_digest(digest_of(connection), names=False)
    assert "One API key (Opus 5.5, Default workspace) spent *$9,382.00* of it" in str(message.blocks)
    assert "ci-nightly" not in f"{message.text} {message.blocks}"


def test_a_day_like_its_weekday_is_quiet(connection: Connection) -> None:
    digest = digest_of(connection, day=MONDAY - DAY)
    assert digest.usual
    assert (digest.is_loud, digest.cause) == (False, None)
    assert "usual for a Sunday" in str(render.digest(digest).blocks)


def test_the_week_after_a_loud_day_is_not_measured_by_it(connection: Connection) -> None:
    remember(connection.id, MONDAY - 7 * DAY, nightly=8000)
    remember(connection.id, MONDAY, nightly=4)
    digest = digest_of(connection)
    assert not digest.is_loud
    message = render.digest(digest)
    assert "*$164.00*, usual for a Monday" in str(message.blocks)
    assert "vs last Monday" not in str(message.blocks)


def test_a_loud_week_has_the_same_cause(connection: Connection) -> None:
    digest = digest_of(connection, day=date(2026, 11, 17), length=7)
    assert digest.cause
    assert digest.cause.names["key"] == "ci-nightly"
    assert (digest.cause.spent, digest.cause.usual) == (Decimal(9382 + 6 * 4), Decimal(28))


@pytest.mark.parametrize(
    ("scope", "is_loud"),
    [("model:opus", True), ("model:sonnet", False), ("workspace:", True), ("workspace:wrkspc_lab", False)],
)
def test_a_part_is_loud_by_its_own_days(connection: Connection, scope: str, is_loud: bool) -> None:  # noqa: FBT001
    digest = digest_of(connection, scope)
    assert digest.is_loud is is_loud
    assert (digest.cause is not None) is is_loud


def test_an_engineer_who_was_away_is_the_cause_of_a_fall(connection: Connection) -> None:
    remember(connection.id, MONDAY, nightly=4, mina=0)
    digest = digest_of(connection)
    assert digest.cause
    assert digest.cause.names["key"] == "mina-key"
    shown = str(render.digest(digest).blocks)
    assert "*$64.00*, $100 less than usual for a Monday" in shown
    assert "spent *$0.00* (usually $100)." in shown
    assert ":large_orange_circle:" not in shown


def test_days_without_cells_still_name_the_key(connection: Connection) -> None:
    CellDay.delete().execute()
    DayCell.delete().execute()
    digest = digest_of(connection)
    assert digest.cause
    assert digest.cause.names == {"key": "ci-nightly", "workspace": "Default workspace"}


def test_a_period_that_is_not_whole_is_not_called_usual(connection: Connection) -> None:
    coverage.unmark(connection.id, "usage", MONDAY)
    coverage.unmark(connection.id, "charges", MONDAY)
    digest = digest_of(connection)
    assert (digest.usual, digest.cause) == (None, None)


def test_the_first_weeks_have_no_usual_day(connection: Connection) -> None:
    connections.set_first_day(connection.id, MONDAY - 7 * DAY)
    digest = digest_of(connections.by_id(connection.id))
    assert digest.usual
    assert not digest.usual.is_known
    assert "$9,378 more than last Monday" in str(render.digest(digest).blocks)
    assert "(last Monday: $4.00)" in str(render.digest(digest).blocks)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata"])
def test_days_of_another_calendar_are_loud_as_well(connection: Connection, zone: str) -> None:
    digest = gather(connection, Period.day(MONDAY, zone), zone=zone, now=NOW)
    assert digest.usual
    assert (digest.is_loud, digest.usual.cost) == (True, Decimal(164))
    assert digest.cause
    assert digest.cause.names["key"] == "ci-nightly"


@pytest.mark.parametrize("days", [1, 3, 7])
def test_the_answer_and_the_digest_of_any_days_count_the_same_people(
    connection: Connection, days: int
) -> None:
    period = Period(MONDAY + DAY - days * DAY, MONDAY + DAY)
    answer = render.engineers(engineers.report(connection, period, now=NOW), now=NOW, zone="UTC")
    details = render.digest_details(gather(connection, period, zone="UTC", now=NOW))
    assert details
    assert "2 engineers" in str(answer.blocks)  # and no key of nobody's
    assert "2 active" in str(details.blocks)
