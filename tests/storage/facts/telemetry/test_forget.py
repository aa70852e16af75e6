"""Forgetting: requests after a month, streams after two days, a person at once; totals stay."""

from datetime import UTC, date, datetime, timedelta

import pytest

from providers.directory import Directory
from providers.period import Period
from storage.engine.database import transaction
from storage.engine.tables import (
    TelemetryLineRow,
    TelemetryLinkRow,
    TelemetryOriginRow,
    TelemetrySessionRow,
    TelemetryStreamRow,
    TelemetryUseRow,
)
from storage.facts.telemetry import batches, forget, totals
from storage.facts.telemetry.count import count_waiting
from tests.providers.claude.bodies import FILES, sample

pytestmark = pytest.mark.usefixtures("store")
ONE = 1
DAYS = Period(date(2026, 11, 29), date(2026, 12, 1))
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
        forget.erase(ONE, MIA)
    after = {line.name: line.cost for line in totals.by_engineer(ONE, DAYS, directory)}
    assert totals.total(ONE, DAYS) == whole
    assert "mia@acme.example" not in after
    assert after[""] == before[""] + before["mia@acme.example"]
    assert after["jonas@acme.example"] == before["jonas@acme.example"]


def test_nothing_of_an_erased_person_is_left() -> None:
    with transaction():
        forget.erase(ONE, MIA)
    tables = (TelemetryLineRow, TelemetryLinkRow, TelemetryOriginRow, TelemetrySessionRow)
    everything = repr([list(table.select().tuples()) for table in tables])
    assert not [name for name in MIA if name in everything]
    assert "jonas@acme.example" in everything
