"""Digests of days whose bill is not whole, or fell: they wait, are marked, and are corrected once."""

import pytest

from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, ON_SQLITE, YESTERDAY, OutboxHarness

NINE = NOW.replace(hour=9, minute=0) + DAY
TODAY = NOW.date()
OUT = NINE.replace(hour=1, minute=2)
WARNING = ":warning: Anthropic's bill for"

pytestmark = ON_SQLITE


def ended(outbox: OutboxHarness) -> None:
    """Let the day end with its usage read, and its bill as far as it is there."""
    outbox.company.sync_at(OUT - 2 * HOUR)
    outbox.company.sync_at(OUT)


@pytest.mark.parametrize("lacking", ["empty", "half"])
def test_a_digest_waits_for_the_whole_bill_is_posted_marked_and_corrected(
    outbox: OutboxHarness, lacking: str
) -> None:
    faults = outbox.company.api.faults
    faults.empty_bill(f"{TODAY}") if lacking == "empty" else faults.half_bill(f"{TODAY}")
    outbox.subscribe(NINE)
    ended(outbox)
    outbox.tick_at(NINE)
    outbox.tick_at(NINE + 2 * HOUR + 59 * MINUTE)
    assert outbox.in_channel() == []
    outbox.tick_at(NINE + 3 * HOUR + MINUTE)
    (posted,) = outbox.in_channel()
    assert "provisional because the bill isn't complete yet" in posted.text
    seen = f"{posted.content}"
    assert [words for words in ("▼\u00a0100%", "Billed by Anthropic", "Not charged") if words in seen] == []
    faults.whole_bill(f"{TODAY}")
    outbox.company.sync_at(NINE + 4 * HOUR)
    outbox.tick()
    assert outbox.edits() == []
    outbox.company.sync_at(NINE + 8 * HOUR)
    outbox.tick()
    outbox.tick()
    (edit,) = outbox.edits()
    assert "provisional" not in edit.subject.text
    assert f"${outbox.company.billed(TODAY, TODAY + DAY):,.2f}" in edit.subject.text


def test_a_bill_that_is_believed_in_time_is_posted_as_final(outbox: OutboxHarness) -> None:
    outbox.company.api.faults.half_bill(f"{TODAY}")
    outbox.subscribe(NINE)
    ended(outbox)
    outbox.company.api.faults.whole_bill(f"{TODAY}")
    outbox.company.sync_at(OUT + HOUR)
    outbox.company.sync_at(OUT + 4 * HOUR)
    outbox.tick_at(NINE)
    (posted,) = outbox.in_channel()
    assert "provisional" not in posted.text
    assert not outbox.post().estimated


def test_a_digest_of_a_bill_that_fell_tells_the_earlier_one_with_a_warning_and_is_corrected(
    outbox: OutboxHarness,
) -> None:
    outbox.subscribe(NINE - DAY)
    before = f"${outbox.company.billed(YESTERDAY, TODAY):,.2f}"
    outbox.company.api.faults.empty_bill(f"{YESTERDAY}")
    outbox.company.sync_at(NOW + HOUR)
    outbox.tick()
    (posted,) = outbox.in_channel()
    assert before in posted.text
    assert f"fell from {before} to $0.00" in posted.text
    outbox.company.sync_at(NOW + 25 * HOUR)
    outbox.tick()
    (edit,) = outbox.edits()
    assert "fell from" not in edit.subject.text
    assert "$0.00" in edit.subject.text
