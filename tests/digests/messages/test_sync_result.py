"""What a sync says of itself: what it did, and never more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digests import render
from digests.layout.message import Message
from digests.numbers.report import Incident, Oddity, Status, SyncResult
from providers.period import DAY
from tests.digests import samples

NOW = samples.NOW
UNCHANGED = "No past days changed."
OVERLOADED = "GET /v1/organizations/cost_report: 529 overloaded"


def text_of(done: SyncResult, status: Status | None = None) -> str:
    return str(shown(done, status).blocks)


def shown(done: SyncResult, status: Status | None = None) -> Message:
    return render.synced(done, status=status or samples.status(), now=NOW, zone="UTC")


def buttons(message: Message) -> list[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["text"]["text"] for row in rows for element in row]


def test_calls_that_failed_are_red_the_first_time_with_the_reason_and_when_they_are_tried_again() -> None:
    done = SyncResult(
        reports=("charges", "usage", "directory"),
        failed={"charges": OVERLOADED, "usage": OVERLOADED},
        retry_at=NOW + timedelta(minutes=5),
    )
    message = text_of(done)
    assert ":red_circle: *The sync partly failed*" in message
    assert "Synced: names" in message
    assert "Failed: the bill, usage. Reason: Anthropic is overloaded (529)\\n" in message
    assert "We'll retry at <!date^" in message
    assert buttons(shown(done)) == ["Try again"]
    assert ":large_green_circle:" not in message


@pytest.mark.parametrize(
    "done",
    [
        SyncResult(failed={"charges": OVERLOADED}, reports=("charges", "usage")),
        SyncResult(reports=("usage",)),
        SyncResult(refused="401 invalid x-api-key"),
        SyncResult(paused_until=NOW + timedelta(minutes=1)),
        SyncResult(is_over=False),
    ],
)
def test_bills_that_were_not_asked_for_are_not_said_to_be_unchanged(done: SyncResult) -> None:
    assert UNCHANGED not in text_of(done)


def test_where_all_went_well_it_says_what_was_read_and_that_nothing_changed() -> None:
    message = text_of(SyncResult(reports=("charges", "charges_of_month", "usage", "accuracy")))
    assert ":large_green_circle: *Up to date*" in message
    assert "Synced: the bill, usage\\n" in message
    assert UNCHANGED in message


def test_a_pause_says_until_when_and_is_not_green() -> None:
    message = text_of(SyncResult(reports=("usage",), paused_until=NOW + timedelta(minutes=3), is_over=False))
    assert ":large_yellow_circle: *Anthropic asked us to wait until <!date^" in message
    assert "|1:45 PM>*" in message
    assert "We'll continue then." in message


def test_what_is_still_under_way_is_not_green() -> None:
    assert ":large_yellow_circle: *Still syncing*" in text_of(SyncResult(reports=("charges",), is_over=False))


def test_a_key_that_is_still_refused_is_said_with_both_ways_on() -> None:
    refused = replace(samples.status(), incidents=(samples.refused(),))
    done = SyncResult(refused="401 invalid x-api-key", paused_until=NOW + timedelta(hours=1))
    assert ":red_circle: *Anthropic still rejects the Admin key*" in text_of(done, refused)
    assert "We also retry the key at <!date^" in text_of(done, refused)
    assert buttons(shown(done, refused)) == ["Add a new key", "Try again"]


def test_a_key_that_was_refused_once_is_in_doubt_and_no_more_is_said_of_it() -> None:
    done = SyncResult(is_doubted=True, paused_until=NOW + timedelta(minutes=1), is_over=False)
    doubt = "Anthropic just rejected the key; we'll try it again at 1:43 PM"
    assert f":large_yellow_circle: *{doubt}*" in text_of(done)
    assert "still rejects" not in text_of(done)
    assert "Create a key" not in text_of(done)
    assert buttons(shown(done)) == ["Try again"]


def test_old_figures_after_a_sync_are_not_green() -> None:
    old = replace(samples.status(), freshness={"usage": NOW - timedelta(hours=22)})
    text = text_of(SyncResult(reports=("charges",)), old)
    assert ":large_yellow_circle: *Not everything is up to date*" in text


def test_of_a_key_that_cannot_be_opened_it_says_what_to_do_and_promises_nothing() -> None:
    lost = replace(samples.status(), incidents=(Incident("key_lost", NOW, "it cannot be opened"),))
    message = text_of(SyncResult(refused="it cannot be opened", is_over=False), lost)
    assert "restore the secret key" in message
    assert not any(wrong in message for wrong in ("Create a key", "on its way", "retry"))


def test_a_bill_in_other_money_is_not_green_and_its_days_are_named() -> None:
    what = "Anthropic's bill cannot be read: it is in EUR, and StackSpend reads US dollars only"
    odd = replace(
        samples.status(), oddities=(Oddity("charges", (NOW.date() - DAY,), what, is_unreadable=True),)
    )
    message = text_of(SyncResult(reports=("charges", "usage")), odd)
    assert ":large_green_circle:" not in message
    assert "Can't be read: the bill, Sat, Nov 21" in message
    assert UNCHANGED not in message
