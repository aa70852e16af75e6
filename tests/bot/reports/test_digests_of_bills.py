"""Digests of days whose bill is not whole, or fell: they wait, are marked, and are corrected once."""

import pytest

from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, ON_SQLITE, YESTERDAY, Mail

NINE = NOW.replace(hour=9, minute=0) + DAY
TODAY = NOW.date()
OUT = NINE.replace(hour=1, minute=2)
WARNING = ":warning: Anthropic's bill for"

pytestmark = ON_SQLITE


def ended(mail: Mail) -> None:
    """Let the day end with its usage read, and its bill as far as it is there."""
    mail.company.sync_at(OUT - 2 * HOUR)
    mail.company.sync_at(OUT)


@pytest.mark.parametrize("lacking", ["empty", "half"])
def test_a_digest_waits_for_the_whole_bill_is_posted_marked_and_corrected(mail: Mail, lacking: str) -> None:
    faults = mail.company.api.faults
    faults.empty_bill(f"{TODAY}") if lacking == "empty" else faults.half_bill(f"{TODAY}")
    mail.subscribe(NINE)
    ended(mail)
    mail.tick_at(NINE)
    mail.tick_at(NINE + 2 * HOUR + 59 * MINUTE)
    assert mail.in_channel() == []
    mail.tick_at(NINE + 3 * HOUR + MINUTE)
    (posted,) = mail.in_channel()
    assert "provisional because the bill is not whole yet" in posted.text
    seen = f"{posted.content}"
    assert [words for words in ("▼ 100%", "Billed by Anthropic", "Not charged") if words in seen] == []
    faults.whole_bill(f"{TODAY}")
    mail.company.sync_at(NINE + 4 * HOUR)
    mail.tick()
    assert mail.edits() == []
    mail.company.sync_at(NINE + 8 * HOUR)
    mail.tick()
    mail.tick()
    (edit,) = mail.edits()
    assert "provisional" not in edit.subject.text
    assert f"${mail.company.billed(TODAY, TODAY + DAY):,.2f}" in edit.subject.text


def test_a_bill_that_is_believed_in_time_is_posted_as_final(mail: Mail) -> None:
    mail.company.api.faults.half_bill(f"{TODAY}")
    mail.subscribe(NINE)
    ended(mail)
    mail.company.api.faults.whole_bill(f"{TODAY}")
    mail.company.sync_at(OUT + HOUR)
    mail.company.sync_at(OUT + 4 * HOUR)
    mail.tick_at(NINE)
    (posted,) = mail.in_channel()
    assert "provisional" not in posted.text
    assert not mail.post().estimated


def test_a_digest_of_a_bill_that_fell_tells_the_earlier_one_with_a_warning_and_is_corrected(
    mail: Mail,
) -> None:
    mail.subscribe(NINE - DAY)
    before = f"${mail.company.billed(YESTERDAY, TODAY):,.2f}"
    mail.company.api.faults.empty_bill(f"{YESTERDAY}")
    mail.company.sync_at(NOW + HOUR)
    mail.tick()
    (posted,) = mail.in_channel()
    assert before in posted.text
    assert f"fell from {before} to $0.00" in posted.text
    mail.company.sync_at(NOW + 25 * HOUR)
    mail.tick()
    (edit,) = mail.edits()
    assert "fell from" not in edit.subject.text
    assert "$0.00" in edit.subject.text
