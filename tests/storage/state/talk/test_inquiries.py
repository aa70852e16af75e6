"""Inquiries: claimed once, by one worker, until the answer is on its way."""

from datetime import timedelta

import pytest

from storage.engine.database import transaction
from storage.engine.tables import InquiryRow
from storage.state.talk import inquiries
from storage.state.talk.inquiries import Inquiry
from tests.storage.samples import NOW

MINUTE = timedelta(minutes=1)
ASKED = Inquiry("T1", "C1", "100.000001", "U1", "cost today")


def enter(inquiry: Inquiry = ASKED, worker: str = "first") -> bool:
    with transaction():
        return inquiries.enter(inquiry, worker, now=NOW, length=MINUTE)


def take(worker: str = "second", *, after: timedelta = MINUTE) -> Inquiry | None:
    with transaction():
        return inquiries.take(worker, now=NOW + after, length=MINUTE)


def begin(worker: str = "first", sent_to: str = "C1") -> bool:
    with transaction():
        return inquiries.begin(ASKED, worker, sent_to=sent_to, until=NOW + MINUTE)


@pytest.mark.usefixtures("store")
def test_a_message_is_entered_once() -> None:
    assert [enter(), enter(worker="second")] == [True, False]


@pytest.mark.usefixtures("store")
def test_the_same_time_in_another_channel_is_another_message() -> None:
    assert enter()
    assert enter(Inquiry("T1", "C2", ASKED.ts, "U1", "cost today"))
    assert enter(Inquiry("T2", "C1", ASKED.ts, "U1", "cost today"))


@pytest.mark.usefixtures("store")
def test_nobody_takes_one_before_its_claim_runs_out() -> None:
    enter()
    assert take(after=MINUTE / 2) is None
    taken = take()
    assert taken
    assert (taken.text, taken.state, taken.tries) == ("cost today", "open", 2)


@pytest.mark.usefixtures("store")
def test_a_taken_one_is_taken_by_one_worker() -> None:
    enter()
    assert [bool(take("second")), bool(take("third"))] == [True, False]


@pytest.mark.usefixtures("store")
def test_who_lost_the_claim_sends_nothing() -> None:
    enter()
    take("second")
    assert not begin("first")
    assert begin("second")


@pytest.mark.usefixtures("store")
def test_it_begins_once() -> None:
    enter()
    assert [begin(), begin()] == [True, False]


@pytest.mark.usefixtures("store")
def test_one_that_was_being_sent_says_where_to_look() -> None:
    enter()
    begin(sent_to="C1")
    taken = take()
    assert taken
    assert (taken.state, taken.sent_to) == ("sending", "C1")


@pytest.mark.usefixtures("store")
def test_one_that_slack_does_not_have_is_due_again() -> None:
    enter()
    begin()
    with transaction():
        assert inquiries.put_off(ASKED, "first", until=NOW + 3 * MINUTE)
    assert take(after=2 * MINUTE) is None
    taken = take(after=3 * MINUTE)
    assert taken
    assert taken.state == "open"


@pytest.mark.usefixtures("store")
def test_an_answered_one_has_no_text_and_stays_known() -> None:
    enter()
    begin()
    with transaction():
        assert inquiries.end(ASKED, "first")
        assert InquiryRow.select(InquiryRow.text).scalar() == ""
    assert take() is None
    assert not enter()


@pytest.mark.usefixtures("store")
def test_old_ones_are_deleted() -> None:
    enter()
    with transaction():
        inquiries.prune(now=NOW + inquiries.KEPT)
        assert InquiryRow.select().count() == 1
        inquiries.prune(now=NOW + inquiries.KEPT + MINUTE)
        assert InquiryRow.select().count() == 0
