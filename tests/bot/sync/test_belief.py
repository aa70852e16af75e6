"""Whether a bill is believed: by what usage says of it, and by how long it has been the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from bot.sync.bills.belief import Evidence, Look, decide, have_same_lines
from providers.anthropic.cost.completeness import Expectation, Part
from providers.charge import Charge
from storage.facts.bills import UnsettledBill, Why
from tests.providers.bills import DAY, OPUS, charge

SEEN = datetime(2026, 11, 21, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHOLE, HALF, EMPTY = [charge("10")], [charge("5")], list[Charge]()
Bill = Sequence[Charge]


def evidence(cost: str = "10", *, is_read: bool = True, is_priced: bool = True) -> Evidence:
    parts: dict[Part, Decimal] = {(None, OPUS, "output"): Decimal(cost)}
    return Evidence(Expectation(parts, is_priced=is_priced, is_learned=True), is_read=is_read)


def bill(why: Why, lines: Bill, since: datetime = SEEN) -> UnsettledBill:
    return UnsettledBill(DAY, why, since, since, lines)


def look(
    reported: Bill, *, kept: Bill | None = None, waiting: UnsettledBill | None = None, after: timedelta = HOUR
) -> Look:
    return Look(DAY, reported, kept, waiting, SEEN + after)


def verdict(look: Look, what: Evidence | None = None) -> Why | None:
    """Why it is waited for; None where it is believed and explained."""
    remembered = decide(look, what or evidence())
    return remembered.why if remembered else None


def test_at_first_sight_a_bill_is_believed_where_usage_explains_it() -> None:
    assert verdict(look(WHOLE)) is None
    assert verdict(look(HALF)) == "lacking"
    assert verdict(look(EMPTY)) == "lacking"
    assert verdict(look(EMPTY), evidence("0")) is None


def test_an_empty_bill_waits_for_usage_and_another_does_not() -> None:
    unread = evidence("0", is_read=False)
    assert verdict(look(EMPTY), unread) == "unread"
    assert verdict(look(WHOLE), unread) is None
    assert verdict(look(EMPTY, waiting=bill("unread", EMPTY)), evidence("0")) is None
    assert verdict(look(EMPTY, waiting=bill("unread", EMPTY)), evidence()) == "lacking"


@pytest.mark.parametrize(
    ("reported", "first", "believed_after"),
    [(WHOLE, WHOLE, 3), (HALF, HALF, 24), (EMPTY, EMPTY, 24)],
    ids=["explained", "half", "empty"],
)
def test_what_was_waited_for_is_believed_once_it_held(
    reported: Bill, first: Bill, believed_after: int
) -> None:
    waiting = bill("lacking", first)
    early = decide(look(reported, waiting=waiting, after=believed_after * HOUR - HOUR / 60), evidence())
    late = decide(look(reported, waiting=waiting, after=believed_after * HOUR), evidence())
    assert early == waiting
    assert late is None or late.why == "held"
    assert (late is None) == (believed_after == 3)


def test_a_change_begins_the_wait_again_and_keeps_when_it_was_first_seen() -> None:
    changed = decide(look(WHOLE, waiting=bill("lacking", HALF), after=30 * HOUR), evidence())
    assert changed == UnsettledBill(DAY, "lacking", SEEN, SEEN + 30 * HOUR, WHOLE)


def test_a_wait_that_was_written_ahead_of_the_clock_begins_again() -> None:
    ahead = bill("lacking", HALF, since=SEEN + 40 * HOUR)
    assert decide(look(HALF, waiting=ahead), evidence()) == bill("lacking", HALF, since=SEEN + HOUR)


def test_the_order_of_lines_is_no_change() -> None:
    lines = [charge("1"), charge("2"), charge("1")]
    assert have_same_lines(lines, lines[::-1])
    assert not have_same_lines(lines, lines[:2])


# --- bills that we have


def test_a_bill_that_falls_by_much_leaves_the_one_that_we_have() -> None:
    assert verdict(look(EMPTY, kept=WHOLE)) == "fallen"
    assert verdict(look(HALF, kept=WHOLE)) == "fallen"
    assert verdict(look([charge("9.5")], kept=WHOLE)) is None


def test_a_bill_that_loses_a_line_leaves_the_one_that_we_have_however_small_it_is() -> None:
    small = (None, "claude-haiku-5-5", "output")
    parts: dict[Part, Decimal] = {(None, OPUS, "output"): Decimal(95), small: Decimal(5)}
    what = Evidence(Expectation(parts, is_priced=True, is_learned=True), is_read=True)
    kept = [charge("95"), charge("5", model="claude-haiku-5-5")]
    assert verdict(look(kept[:1], kept=kept), what) == "fallen"


def test_a_bill_may_fall_where_nothing_was_used_after_all() -> None:
    assert verdict(look(EMPTY, kept=WHOLE), evidence("0")) is None
    assert verdict(look(EMPTY, kept=WHOLE), evidence("0", is_read=False)) == "fallen"
    assert verdict(look(EMPTY, kept=WHOLE), evidence("0", is_priced=False)) == "fallen"


def test_a_credit_is_no_fall() -> None:
    assert verdict(look([*WHOLE, charge("-2500")], kept=WHOLE)) is None


def test_a_bill_that_fell_and_is_explained_is_believed_after_three_hours() -> None:
    kept, waiting = [charge("14")], bill("fallen", WHOLE)
    assert verdict(look(WHOLE, kept=kept, waiting=waiting, after=2 * HOUR)) == "fallen"
    assert verdict(look(WHOLE, kept=kept, waiting=waiting, after=3 * HOUR)) is None


def test_a_bill_that_fell_and_comes_back_in_part_is_a_restatement_at_once() -> None:
    assert verdict(look([charge("9.7")], kept=WHOLE, waiting=bill("fallen", EMPTY))) is None


def test_a_bill_that_rises_is_believed_unless_it_is_still_growing() -> None:
    assert verdict(look([charge("12")], kept=WHOLE)) is None
    assert verdict(look(HALF, kept=EMPTY)) == "lacking"


def test_a_bill_that_held_may_be_corrected_a_little_and_is_not_judged_again() -> None:
    held = bill("held", ())
    remembered = decide(look([charge("5.01")], kept=HALF, waiting=held), evidence())
    assert remembered
    assert remembered == replace(held, first_seen_at=SEEN + HOUR, unchanged_since=SEEN + HOUR)
