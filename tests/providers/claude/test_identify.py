"""What a record is: requests told once, streams that repeat, clocks that are wrong, and what is left out."""

from collections.abc import Mapping
from typing import Any

import pytest

from providers.claude.identify import LATE, Identified, identify
from providers.claude.records import NANOSECONDS, Record
from providers.claude.streams import Streams
from providers.claude.use import Use
from tests.providers.claude.bodies import (
    AT,
    SOON,
    event,
    logs_body,
    metric,
    metrics_body,
    point,
    records,
    span,
    traces_body,
)

SECOND = NANOSECONDS
CALL: Mapping[str, Any] = {
    "model": "claude-opus-5-5",
    "input_tokens": 10,
    "output_tokens": 1,
    "session__id": "s",
}


def identified(result: list[Record], *, streams: Streams | None = None, at: int = SOON) -> Identified:
    return identify(result, (streams or Streams()).advance, received_at=at)


def of_events(*events: Mapping[str, Any], at: int = SOON, **resource: Any) -> Identified:
    return identified(records("logs", logs_body(*events, resource=resource)), at=at)


def use_of(**values: Any) -> Use:
    (use,) = of_events(event(**{**CALL, "request_id": "req_1", **values})).uses
    return use


# Requests


def test_a_request_is_one_in_every_delivery() -> None:
    first, second = use_of(), use_of()
    assert first == second
    assert use_of(request_id="req_2").key != first.key


def test_a_request_id_of_another_cloud_is_another_request() -> None:
    assert use_of(anthropic__provider="bedrock").key != use_of().key


def test_a_sequence_that_begins_again_in_the_next_process_identifies_nothing() -> None:
    one, other = (event(AT + second * SECOND, event__sequence=6, **CALL) for second in (0, 60))
    assert len({use.key for use in of_events(one, other, one).uses}) == 2


def test_events_of_one_moment_without_a_request_id_are_told_apart_by_their_sequence() -> None:
    same = [event(event__sequence=number, **CALL) for number in (6, 7)]
    assert len({use.key for use in of_events(*same).uses}) == 2


def test_a_span_without_a_request_id_is_known_by_its_own() -> None:
    body = traces_body(span(gen_ai__request__model="claude-opus-5-5", gen_ai__usage__output_tokens=5))
    first, second = (identified(records("traces", body)).uses for _ in range(2))
    assert first == second


def test_numbers_are_numbers_or_texts() -> None:
    partial = use_of(input_tokens="10", output_tokens="1", cost_usd="0.00007")
    assert partial == use_of(cost_usd=0.00007)
    assert (partial.tokens, partial.client_cost) == ((10, 0, 0, 0, 1), 70_000)


def test_cache_writes_that_are_not_told_apart_are_of_five_minutes() -> None:
    assert use_of(cache_creation_tokens=8).tokens[1:3] == (8, 0)
    apart = {"cache_creation_5m_tokens": 5, "cache_creation_1h_tokens": 3}
    assert use_of(cache_creation_tokens=8, **apart).tokens[1:3] == (5, 3)


def test_input_tokens_of_a_span_include_the_cache_in_one_vocabulary_alone() -> None:
    both = {"input_tokens": 1000, "cache_read_tokens": 2000, "cache_creation_tokens": 300, "output_tokens": 9}
    whole: dict[str, Any] = {
        "gen_ai__usage__input_tokens": 3300,
        "gen_ai__usage__cache_read__input_tokens": 2000,
        "gen_ai__usage__cache_write__input_tokens": 300,
        "gen_ai__usage__output_tokens": 9,
        "gen_ai__request__model": "claude-opus-5-5",
    }
    for values in (both | whole, whole):
        (use,) = identified(records("traces", traces_body(span(**values)))).uses
        assert use.tokens == (1000, 300, 0, 2000, 9)


def test_the_consoles_test_span_is_a_test_and_nothing_else() -> None:
    result = identified(records("traces", traces_body(span("anthropic.test"))))
    assert (result.tests, result.uses) == (1, [])


def test_spans_of_other_vendors_and_without_tokens_are_left_out() -> None:
    others = [
        span("chat", gen_ai__system="openai", gen_ai__usage__output_tokens=5, gen_ai__request__model="o"),
        span("anthropic.tool_use bash", gen_ai__system="anthropic"),
        span("agent.query", gen_ai__system="anthropic"),
    ]
    assert records("traces", traces_body(*others, scope="an.application")) == []


@pytest.mark.parametrize("name", ["api_request_body", "subagent_completed", "tool_result", "quantum_leap"])
def test_other_events_are_left_out(name: str) -> None:
    assert of_events(event(name=name, total_tokens=9, **CALL)) == Identified()


def test_a_program_that_claude_code_runs_is_not_claude_code() -> None:
    foreign = logs_body(event(**CALL) | {"body": {"stringValue": "api_request"}}).replace(
        b"com.anthropic.claude_code.events", b"my.program"
    )
    assert records("logs", foreign) == []


def test_a_commit_is_its_hash() -> None:
    commit = event(
        name="tool_result", vcs__ref__head__revision="2c1f", vcs__ref__head__name="main", success="true"
    )
    (result,) = of_events(commit).commits
    assert (result.revision, result.origin.branch) == ("2c1f", "main")


@pytest.mark.parametrize("tokens", [-1, 10**12, "many", 1.5, True])
def test_a_count_that_is_none_is_not_counted(tokens: object) -> None:
    assert use_of(cache_read_tokens=tokens).tokens[3] == 0


# Time


def test_a_clock_that_is_ahead_is_set_to_the_arrival() -> None:
    result = of_events(event(SOON + 301 * SECOND, **CALL), event(SOON + 299 * SECOND, **CALL))
    assert [use.counted_at for use in result.uses] == [SOON, SOON + 299 * SECOND]
    assert result.early == 1


def test_a_record_without_a_time_is_of_its_arrival() -> None:
    (use,) = of_events(event(0, **CALL)).uses
    assert (use.counted_at, use.ended) == (SOON, SOON)


def test_weeks_late_is_counted_on_its_day_and_later_than_we_remember_is_not() -> None:
    result = of_events(event(SOON - LATE, **CALL), event(SOON - LATE - 1, **CALL))
    assert [use.counted_at for use in result.uses] == [SOON - LATE]
    assert result.late == 1


# Metrics


def tokens(*points: Mapping[str, Any], cumulative: bool = False) -> bytes:
    return metrics_body(metric("token.usage", *points, cumulative=cumulative))


def grown(bodies: list[bytes]) -> int:
    """Output tokens that bodies come to, each window once."""
    streams = Streams()
    result = [identified(records("metrics", body), streams=streams).uses for body in bodies]
    return sum(use.tokens[4] for use in {use.key: use for uses in result for use in uses}.values())


def output(started: int, ended: int, value: float, **more: Any) -> Mapping[str, Any]:
    return point(AT + started * SECOND, AT + ended * SECOND, value, type="output", session__id="s", **more)


def test_a_delta_delivered_again_counts_once() -> None:
    bodies = [tokens(output(0, 9, 5)), tokens(output(10, 19, 7))]
    assert grown([*bodies, *bodies]) == 12


def test_cumulative_exports_repeat_each_other() -> None:
    bodies = [tokens(output(0, end, value), cumulative=True) for end, value in ((9, 5), (19, 5), (29, 12))]
    assert grown(bodies) == grown(bodies * 2) == 12


def test_two_processes_of_a_session_differ_in_their_start_alone() -> None:
    bodies = [
        tokens(output(start, end, value), cumulative=True)
        for start, end, value in ((0, 9, 100), (5, 10, 3), (0, 19, 110), (5, 20, 4))
    ]
    assert grown(bodies) == 114


def test_a_counter_that_goes_back_and_forth_under_one_start_counts_nothing_twice() -> None:
    bodies = [
        tokens(output(0, end, value), cumulative=True) for end, value in enumerate((22, 0, 22, 1, 22, 23))
    ]
    assert grown(bodies) == 23


def test_a_new_start_is_a_new_stream_whose_first_value_counts_whole() -> None:
    bodies = [tokens(output(0, 9, 5), cumulative=True), tokens(output(30, 39, 2), cumulative=True)]
    assert grown(bodies) == 7


def test_series_that_differ_in_nothing_we_keep_apart_are_streams_of_their_own() -> None:
    series = [output(0, 9, value, query_source=source) for value, source in ((5, "main"), (3, "subagent"))]
    assert grown([tokens(*series, cumulative=True)] * 2) == 8


def test_all_metrics_of_an_export_are_one_window() -> None:
    model = {"model": "claude-opus-5-5", "session__id": "s"}
    body = metrics_body(
        metric(
            "token.usage",
            point(AT, SOON, 5, type="input", **model),
            point(AT + 1, SOON, 2, type="output", **model),
        ),
        metric("cost.usage", point(AT + 2, SOON, 0.25, **model)),
        metric("lines_of_code.count", point(AT, SOON, 3, type="added", **model)),
    )
    (use,) = identified(records("metrics", body)).uses
    assert (use.tokens, use.client_cost, use.deeds[0]) == ((5, 0, 0, 0, 2), 250_000_000, 3)
    assert (use.started, use.is_request) == (AT, False)


def test_deeds_are_counted_by_their_kind() -> None:
    body = metrics_body(
        metric("lines_of_code.count", point(AT, SOON, 3, type="added"), point(AT, SOON, 2, type="removed")),
        metric("commit.count", point(AT, SOON, 1)),
        metric("pull_request.count", point(AT, SOON, 1)),
        metric(
            "code_edit_tool.decision",
            point(AT, SOON, 4, decision="accept"),
            point(AT, SOON, 1, decision="reject"),
            point(AT, SOON, 9, decision="unheard of"),
        ),
        metric("active_time.total", point(AT, SOON, 0.41, type="cli")),
        metric("session.count", point(AT, SOON, 1, start_type="resume")),
    )
    (use,) = identified(records("metrics", body)).uses
    assert use.deeds == (3, 2, 1, 1, 4, 1, 410)


# Whose and on what


def test_a_points_own_attribute_wins_over_its_resource() -> None:
    result = of_events(event(team="payments", **CALL), event(AT + 1, **CALL), team="bad", cost__center="x")
    assert sorted(dict(use.origin.attributes).get("team", "") for use in result.uses) == ["bad", "payments"]


def test_any_configured_attribute_is_kept_and_content_cannot_be_configured() -> None:
    result = records("logs", logs_body(event(squad="blue", prompt="CONTENT", **CALL)))
    assert "squad" not in result[0].attributes


@pytest.mark.parametrize(
    ("values", "product"),
    [
        ({}, "claude_code"),
        ({"cowork__surface": "remote"}, "cowork"),
        ({"service__name": "cowork"}, "cowork"),
        ({"service__name": "renamed"}, "claude_code"),
    ],
)
def test_a_renamed_service_is_still_the_product_that_it_is(values: Mapping[str, Any], product: str) -> None:
    assert use_of(**values).origin.product == product


def test_a_cloud_session_of_cowork_makes_an_installation_for_itself() -> None:
    assert use_of(user__id="i", cowork__surface="remote").origin.installation == ""
    assert use_of(user__id="i").origin.installation == "i"


@pytest.mark.parametrize(
    ("model", "ours"),
    [
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("opus", "opus"),
    ],
)
def test_a_model_is_named_without_its_date(model: str, ours: str) -> None:
    assert use_of(model=model).origin.model == ours


def test_a_repository_has_no_password_in_its_address() -> None:
    url = "https://mia:secret@github.com/acme/payments.git"
    assert use_of(vcs__repository__url__full=url).origin.repository == "https://github.com/acme/payments"


def test_what_is_not_known_is_unknown_and_still_counts() -> None:
    (use,) = of_events(event(input_tokens=3)).uses
    assert (use.session, use.origin.model, use.origin.skill, use.tokens[0]) == ("", "", "", 3)
