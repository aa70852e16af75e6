"""Requests or metrics of a session: each stretch once, by what tells more."""

import pytest

from providers.claude.choice import keys_left_out
from providers.claude.identify import BY_EVENT_WITH_WRITES, BY_METRICS
from providers.claude.records import NANOSECONDS
from providers.claude.use import Origin, Use
from tests.providers.claude.bodies import AT

SECOND = NANOSECONDS


def request(at: int, tokens: int = 100, cost: int | None = None) -> Use:
    when = AT + at * SECOND
    counts = (tokens, 0, 0, 0, 0)
    return Use(f"r{at}", True, "s", when, when, when, counts, BY_EVENT_WITH_WRITES, cost, Origin())


def window(start: int, end: int, tokens: int, cost: int | None = None) -> Use:
    started, ended = AT + start * SECOND, AT + end * SECOND
    counts = (tokens, 0, 0, 0, 0)
    return Use(f"w{start}", False, "s", started, ended, ended, counts, BY_METRICS, cost, Origin())


def test_requests_are_counted_where_they_tell_as_much() -> None:
    assert keys_left_out([request(5), request(9), window(4, 60, 200)]) == {"w4"}


def test_an_event_before_the_hour_and_its_export_after_it_are_one() -> None:
    assert keys_left_out([request(3590), window(3585, 3640, 100)]) == {"w3585"}


def test_metrics_are_counted_where_events_are_missing() -> None:
    assert keys_left_out([request(5), window(4, 60, 100), window(70, 120, 300)]) == {"w4"}


def test_metrics_are_counted_where_events_tell_less() -> None:
    assert keys_left_out([request(5), window(4, 60, 300)]) == {"r5"}


@pytest.mark.parametrize(("tokens", "left_out"), [(102, {"w4"}), (103, {"r5"})])
def test_two_per_cent_less_is_as_much(tokens: int, left_out: set[str]) -> None:
    assert keys_left_out([request(5), window(4, 60, tokens)]) == left_out


def test_requests_without_metrics_are_counted() -> None:
    assert keys_left_out([request(5), request(500)]) == set()


def test_metrics_of_two_processes_that_overlap_are_one_stretch() -> None:
    uses = [request(5), request(50), window(4, 60, 100), window(49, 109, 100)]
    assert keys_left_out(uses) == {"w4", "w49"}


def test_exports_that_follow_each_other_are_judged_apart() -> None:
    assert keys_left_out([request(5), window(0, 60, 100), window(60, 120, 50)]) == {"w0"}


def test_an_event_written_just_after_its_export_belongs_to_it() -> None:
    late = Use("late", True, "s", AT, AT + 60 * SECOND + 10**7, AT, (100, 0, 0, 0, 0), 3, None, Origin())
    assert keys_left_out([late, window(4, 60, 100)]) == {"w4"}


def test_where_metrics_have_no_tokens_dollars_decide() -> None:
    assert keys_left_out([request(5, cost=70), window(4, 60, 0, cost=70)]) == {"w4"}
    assert keys_left_out([request(5, cost=None), window(4, 60, 0, cost=70)]) == {"r5"}


def test_metrics_of_deeds_alone_leave_nothing_out() -> None:
    assert keys_left_out([request(5), window(4, 60, 0)]) == set()
