"""Green means that nothing is wrong, all is in and the figures are fresh."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from digests import render
from digests.numbers import light
from digests.numbers.report import Progress, Status
from tests.digests import samples

NOW = samples.NOW
HALF = Progress(days_read=180, days_total=418, first_day=date(2026, 5, 25), cost=Decimal(1))
OLD = {"usage": NOW - timedelta(hours=22)}
CASES: list[tuple[dict[str, Any], light.Light]] = [
    ({}, "green"),
    ({"incidents": (samples.refused(),)}, "red"),
    ({"freshness": OLD}, "yellow"),
    ({"freshness": {"usage": None}}, "yellow"),
    ({"failing": {"usage": "529 overloaded"}}, "yellow"),
    ({"last_billed_day": date(2026, 11, 19)}, "yellow"),
    ({"last_billed_day": date(2026, 11, 20)}, "green"),
    ({"backfill": HALF, "first_day": None}, "reading"),
    ({"backfill": HALF, "first_day": None, "freshness": OLD}, "yellow"),
]


def status(**other: Any) -> Status:
    return replace(samples.status(), **other)


@pytest.mark.parametrize(("other", "shown"), CASES)
def test_it_is_green_only_where_all_is_well(other: dict[str, Any], shown: light.Light) -> None:
    assert light.of(status(**other), now=NOW) == shown


@pytest.mark.parametrize(("other", "shown"), CASES)
def test_status_shows_the_light(other: dict[str, Any], shown: light.Light) -> None:
    state = status(**other)
    assert (":large_green_circle:" in str(render.status(state, now=NOW, zone="UTC").blocks)) == (
        shown == "green"
    )


@pytest.mark.parametrize(("other", "shown"), CASES)
def test_a_summary_says_what_is_wrong_where_it_does_not_begin_with_it(
    other: dict[str, Any], shown: light.Light
) -> None:
    state = status(**other)
    summary = render.summary(replace(samples.summary(), status=state), now=NOW, zone="UTC")
    marks = (":red_circle:", ":large_yellow_circle:", ":hourglass_flowing_sand:")
    is_told_before = light.is_out_of_date(state, now=NOW) or any(each.needs_a_key for each in state.incidents)
    assert any(mark in str(summary.blocks) for mark in marks) or shown == "green" or is_told_before
    assert shown != "green" or not any(mark in str(summary.blocks) for mark in marks)


def test_nothing_read_a_moment_after_connecting_is_no_fault() -> None:
    new = status(connected_at=NOW - timedelta(minutes=2), freshness={"usage": None}, backfill=HALF)
    assert light.of(new, now=NOW) == "reading"
