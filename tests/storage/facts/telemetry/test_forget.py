"""Forgetting: requests after a month, streams after two days, a person at once; totals stay."""

from datetime import UTC, date, datetime, timedelta

import pytest

from providers.directory import Directory
from providers.period import Period
from storage.engine.database import transaction
from storage.engine.tables import (
    TelemetryCommitRow,
    TelemetryLineRow,
    TelemetryLinkRow,
    TelemetryOriginRow,
    TelemetrySessionRow,
    TelemetryStreamRow,
    TelemetryUseRow,
)
from storage.facts.telemetry import batches, forget, sessions, totals
from storage.facts.telemetry.count import count_waiting
from tests.providers.claude.bodies import FILES, sample

pytestmark = pytest.mark.usefixtures("store")
ONE = 1
DAYS = Period(date(2026, 11, 29), date(2026, 12, 1))
START = datetime(2026, 11, 28, tzinfo=UTC)
SENT = datetime(2026, 11, 30, 2, tzinfo=UTC)
MIA = ("mia@acme.example", "user_01GKXeMZkoDmp1bfhCjxDyuS", "7c0f5a52-9d0e-4c1b-8a57-0d5a1f0a9b11")


@pytest.fixture(autouse=True)
def _everything(store: str) -> None:  # noqa: ARG001 - opened before
    with transaction():
        for file in FILES:
            batches.append(ONE, sample(file), at=SENT)
    while count_waiting(ONE).bodies:
        continue


def forgotten(at: datetime) -> None:
    with transaction():
        forget.forget_old(ONE, at)


def test_requests_are_kept_as_long_as_they_can_come_again() -> None:
    before = TelemetryUseRow.select().count()
    forgotten(SENT + timedelta(days=30))
    assert TelemetryUseRow.select().count() == before


def test_then_they_are_forgotten_and_their_totals_stay() -> None:
    before = totals.total(ONE, DAYS)
    forgotten(SENT + timedelta(days=33))
    assert TelemetryUseRow.select().count() == 0
    assert totals.total(ONE, DAYS) == before


def test_streams_are_forgotten_after_two_days_of_silence() -> None:
    forgotten(SENT + timedelta(hours=40))
    assert TelemetryStreamRow.select().count()
    forgotten(SENT + timedelta(hours=50))
    assert not TelemetryStreamRow.select().count()


def test_an_erased_person_is_nobody_and_totals_stay() -> None:
    directory = Directory([])
    whole = totals.total(ONE, DAYS)
    before = {line.name: line.cost for line in totals.by_engineer(ONE, DAYS, directory)}
    with transaction():
        forget.erase(ONE, MIA, at=SENT)
    after = {line.name: line.cost for line in totals.by_engineer(ONE, DAYS, directory)}
    assert totals.total(ONE, DAYS) == whole
    assert "mia@acme.example" not in after
    assert after[""] == before[""] + before["mia@acme.example"]
    assert after["jonas@acme.example"] == before["jonas@acme.example"]


def test_nothing_of_an_erased_person_is_left() -> None:
    with transaction():
        forget.erase(ONE, MIA, at=SENT)
    tables = (TelemetryLineRow, TelemetryLinkRow, TelemetryOriginRow, TelemetrySessionRow)
    everything = repr([list(table.select().tuples()) for table in tables])
    assert not [name for name in MIA if name in everything]
    assert "jonas@acme.example" in everything


def test_the_sessions_and_commits_of_an_erased_person_tell_nothing() -> None:
    count = TelemetryCommitRow.select().count()
    with transaction():
        forget.erase(ONE, MIA, at=SENT)
    assert TelemetryCommitRow.select().count() < count
    assert [each.engineer for each in sessions.since(ONE, START, SENT, engineers=MIA, limit=9)] == []


def test_a_late_copy_does_not_bring_an_erased_person_back() -> None:
    with transaction():
        forget.erase(ONE, MIA, at=SENT)
    before = totals.total(ONE, DAYS)
    _again(SENT + timedelta(hours=3))
    assert totals.total(ONE, DAYS) == before
    assert "mia@acme.example" not in _everything_stored()


def test_what_was_late_and_never_there_is_nobodys() -> None:
    with transaction():
        forget.erase(ONE, MIA, at=SENT)
        TelemetryUseRow.delete().execute()
        TelemetrySessionRow.delete().execute()
    _again(SENT + timedelta(hours=3))
    assert "mia@acme.example" not in _everything_stored()
    assert "jonas@acme.example" in _everything_stored()


def test_what_comes_of_a_later_time_counts_by_name_again() -> None:
    with transaction():
        forget.erase(ONE, MIA, at=datetime(2026, 11, 29, tzinfo=UTC))  # before all samples
        TelemetryUseRow.delete().execute()
        TelemetrySessionRow.delete().execute()
    _again(SENT + timedelta(hours=3))
    assert "mia@acme.example" in _everything_stored()


def _again(at: datetime) -> None:
    with transaction():
        for file in FILES:
            batches.append(ONE, sample(file), at=at)
    while count_waiting(ONE).bodies:
        continue


def _everything_stored() -> str:
    tables = (TelemetryLineRow, TelemetryLinkRow, TelemetryOriginRow, TelemetrySessionRow)
    return repr([list(table.select().tuples()) for table in tables])
