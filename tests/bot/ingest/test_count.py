"""The worker's counting: every body, even beside one that cannot be counted."""

from datetime import timedelta

import pytest

from bot.ingest.count import TelemetryCounter
from providers.claude.decode import decode
from providers.claude.records import Batch, Record
from providers.period import Period
from storage.engine.database import transaction
from storage.engine.tables import TelemetryBatchRow
from storage.facts.telemetry import batches, totals
from tests.bot.conftest import NOW
from tests.providers.claude.bodies import event, logs_body

pytestmark = pytest.mark.usefixtures("store")
NOW_IN_NANOSECONDS = int(NOW.timestamp()) * 10**9
BROKEN = Batch(
    "logs", [Record("event", "tool_result", "", {}, NOW_IN_NANOSECONDS)]
)  # without what it is about
ONE = 1


def receive(*every: Batch) -> None:
    with transaction():
        for batch in every:
            batches.append(ONE, batch, at=NOW)


def call(request_id: str) -> Batch:
    record = event(NOW_IN_NANOSECONDS, model="claude-opus-5-5", input_tokens=1, request_id=request_id)
    return decode("logs", "json", logs_body(record))


def requests() -> int:
    return totals.total(ONE, Period.last_days(1, until=NOW.date())).requests


def test_one_body_that_cannot_be_counted_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    receive(call("a"), BROKEN, call("b"))
    counter = TelemetryCounter(lambda: NOW)
    counter.tick()
    assert requests() == 2
    assert "cannot be counted" in caplog.text


def test_it_is_tried_a_few_times_and_then_kept_for_somebody_to_look_at() -> None:
    receive(BROKEN)
    counter = TelemetryCounter(lambda: NOW)
    for _ in range(3):
        assert batches.waiting() == [ONE]
        counter.tick()
    assert batches.waiting() == []
    assert TelemetryBatchRow.select().count() == 1


def test_it_is_deleted_when_nobody_has_looked_for_a_month() -> None:
    receive(BROKEN)
    now = [NOW]
    counter = TelemetryCounter(lambda: now[0])
    for _ in range(3):
        counter.tick()
    now[0] = NOW + timedelta(days=33)
    receive(call("a"))
    counter.tick()
    assert TelemetryBatchRow.select().count() == 0


def test_what_comes_again_from_another_process_is_counted_once() -> None:
    for _ in range(2):
        receive(call("a"))
        TelemetryCounter(lambda: NOW).tick()
    assert requests() == 1
