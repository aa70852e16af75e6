"""Totals of what several signals say together, where a sender leaves something out."""

from collections.abc import Mapping
from typing import Any

from providers.claude.counting import Totals, count
from providers.claude.decode import decode
from tests.providers.claude.bodies import AT, SOON, event, logs_body, metric, metrics_body, point

WHO: Mapping[str, Any] = {"user__id": "i", "model": "claude-opus-5-5"}


def total(events: bytes, metrics: bytes) -> Totals:
    batches = [decode("logs", "json", events), decode("metrics", "json", metrics)]
    return count(batches, received_at=SOON)


def output_tokens(tokens: int, *, start: int = AT - 1, **more: Any) -> bytes:
    return metrics_body(metric("token.usage", point(start, AT + 10**9, tokens, type="output", **WHO, **more)))


def test_events_and_metrics_without_a_session_are_of_one_installation() -> None:
    together = total(logs_body(event(output_tokens=7, **WHO)), output_tokens(7))
    assert (together.tokens[4], together.requests, together.sessions) == (7, 1, 0)


def test_a_session_that_lost_events_is_counted_by_its_metrics_and_says_its_requests() -> None:
    session: Any = {"session__id": "s"}
    together = total(logs_body(event(output_tokens=7, **WHO, **session)), output_tokens(70, **session))
    assert (together.tokens[4], together.requests, together.sessions) == (70, 1, 1)


def test_a_session_that_lost_metrics_is_counted_by_its_events() -> None:
    session: Any = {"session__id": "s"}
    together = total(logs_body(event(output_tokens=70, **WHO, **session)), output_tokens(7, **session))
    assert together.tokens[4] == 70


def test_a_seat_is_worth_its_price_and_is_no_part_of_the_bill() -> None:
    events = [
        event(output_tokens=100, anthropic__plan="team", request_id="a", **WHO),
        event(output_tokens=200, request_id="b", **WHO),
        event(output_tokens=1, anthropic__provider="vertex", cost_usd=0.5, request_id="c", **WHO),
    ]
    together = total(logs_body(*events), metrics_body())
    assert together.parts == {"plan": 2_000_000, "api": 4_000_000, "other_clouds": 500_000_000}
    assert sum(together.parts.values()) == together.cost


def test_a_model_without_a_price_is_counted_as_unpriced() -> None:
    unknown = logs_body(event(output_tokens=100, user__id="i", model="claude-next-1"))
    together = total(unknown, metrics_body())
    assert (together.unpriced, together.cost, together.tokens[4]) == (1, 0, 100)
