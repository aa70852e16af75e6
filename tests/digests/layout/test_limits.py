"""Slack's limits and hostile names, for every message."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from demo.blockkit.messages import characters, problems_in_message
from digests import render
from digests.layout import blocks
from digests.layout.message import render_template
from digests.numbers.digest_report import Digest, Mover, Movers, Part
from digests.numbers.report import Extent, Gap, Report
from digests.numbers.usual import Usual
from digests.words import wording
from digests.words.slack_reasons import SlackReason
from providers.period import DAY, Period
from storage.state.subscriptions import Naming
from tests.digests import samples
from tests.digests.messages.test_render import MESSAGES
from tests.steps import steps
from tests.surface.everything import MESSAGES as EVERYTHING

NOW, BERLIN = samples.NOW, samples.BERLIN
UNKNOWN_TO_THE_SDK = {"data_visualization"}


def objections(message: render.Message) -> list[str]:
    payload = {"text": message.text, "blocks": message.blocks}
    json.dumps(payload, allow_nan=False).encode()
    for block in message.blocks:
        if block["type"] not in UNKNOWN_TO_THE_SDK:
            parsed = Block.parse(block)
            assert parsed is not None
            parsed.to_dict()
    return problems_in_message(payload)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_accepts_a_message(name: str) -> None:
    message = MESSAGES[name]()
    assert objections(message) == []
    assert characters(message.blocks) < 8000
    assert message.text


@pytest.mark.parametrize("count", [0, 1, 25, 3000])
@pytest.mark.parametrize("name", samples.HOSTILE.values())
def test_any_number_of_lines_with_any_name_fits(name: str, count: int) -> None:
    report = samples.by("key", {str(n): name for n in range(count)})
    message = render.cost(report, now=NOW)
    assert objections(message) == []
    assert characters(message.blocks) < 8000
    assert len(message.text) <= 4000


@pytest.mark.parametrize("count", [0, 1, 25, 3000])
@pytest.mark.parametrize("name", ["&" * 200, *samples.HOSTILE.values()])
def test_any_number_of_engineers_fits(name: str, count: int) -> None:
    report = samples.engineers(count)
    lines = replace(report.lines, name_of=lambda _id: name)
    hostile = replace(report, organization=name, lines=lines)
    message = render.engineers(hostile, now=NOW, zone=BERLIN)
    assert objections(message) == []
    assert characters(message.blocks) < 8000
    digest = replace(samples.daily(), engineers=hostile, report=replace(samples.friday(), organization=name))
    assert objections(render.digest(digest, set_up_by=name)) == []


@pytest.mark.parametrize("naming", ["names", "initials", "totals"])
@pytest.mark.parametrize("name", ["&" * 200, *samples.HOSTILE.values()])
@pytest.mark.parametrize("digest_of", [samples.weekly, samples.monthly, samples.of_team])
def test_a_digest_of_anything_with_any_names_fits(
    digest_of: Callable[[], Digest], name: str, naming: Naming
) -> None:
    moved = [Mover(name, Decimal(n), Decimal(9 * n)) for n in range(300)]
    movers = Movers(moved[:3], moved[3:6], moved, moved)
    part = Part("engineers", [name] * 300, Decimal(9), 300, 20)
    hostile = replace(digest_of(), models=movers, people=movers, keys=movers, part=part)
    message = render.channel_digest(hostile, names=True, naming=naming, set_up_by=name, subscription_id=7)
    assert objections(message) == []
    assert characters(message.blocks) < 8000
    assert len(message.text) <= 4000


@given(st.text(max_size=300))
def test_no_text_from_outside_gets_through_as_markup(name: str) -> None:
    message = render.cost(samples.by("key", {"k": name}), now=NOW)
    assert not set(message.text) & set("<>*~`\n\u202e")
    assert objections(message) == []


@given(st.text(max_size=4000))
def test_any_typed_text_gets_an_answer(typed: str) -> None:
    assert objections(render.did_you_mean([typed], unused=[typed] * 9, nearest=[])) == []


def every_text(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, list):
        for item in value:
            yield from every_text(item)
    elif isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value
        for item in value.values():
            yield from every_text(item)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_links_nothing_by_itself(name: str) -> None:
    assert all(text["verbatim"] is True for text in every_text(MESSAGES[name]().blocks))


def test_a_text_is_cut_at_a_line_and_never_inside_an_entity() -> None:
    assert blocks.cut("one\ntwo\nthree", 10) == "one\ntwo\n…"
    assert blocks.cut("abc&amp;def", 7) == "abc…"


def test_small_print_and_lines_take_as_many_blocks_as_they_need() -> None:
    remarks, lines = [f"{n} {'x' * 900}" for n in range(5)], [f"{n} {'x' * 1400}" for n in range(5)]
    elements = blocks.context(wording.REMARK.join(remarks))["elements"]
    assert [each["text"].count("x") for each in elements] == [1800, 1800, 900]
    assert [each["text"]["text"].count("\n") for each in blocks.sections("\n".join(lines))] == [1, 1, 0]


@pytest.mark.parametrize("function", ["cost", "engineers", "status", "summary"])
def test_even_the_longest_names_cut_nothing_off(function: str) -> None:
    for message in EVERYTHING[function]("&<>" * 70, 25):
        assert not any(str(text["text"]).endswith("…") for text in every_text(message.blocks))


def test_a_template_prints_words_only() -> None:
    with pytest.raises(TypeError, match="words, not int"):
        render_template("nothing_yet", bar=3)


def unread(report: Report) -> Report:
    days = report.question.period
    nothing = replace(report.extent, kind="cut", until=days.starts_at)
    gap, lines = Gap("charges", days, "not read yet"), replace(report.lines, ids=[])
    return replace(report, lines=lines, gaps=(gap,), extent=nothing, total=samples.total_line("0"))


def test_unknown_is_never_told_as_nothing() -> None:
    day, month = unread(samples.friday()), unread(samples.month())
    digest = replace(samples.daily(), report=day, month=month, history=[(samples.FRIDAY, None)])
    summary = replace(samples.summary(), today=unread(samples.today()), yesterday=day, month=month)
    for message in (
        render.cost(day, now=NOW),
        render.digest(digest),
        render.summary(summary, now=NOW, zone=BERLIN),
    ):
        assert "$0" not in json.dumps([message.text, message.blocks])
        assert objections(message) == []


def test_nothing_spent_is_reported_as_nothing() -> None:
    report = samples.by("key", {})
    assert "$0.00" in render.cost(report, now=NOW).text


def test_a_total_that_will_grow_says_so() -> None:
    gap = Gap("charges", Period(date(2026, 11, 3), date(2026, 11, 6)), "not read yet")
    until = datetime(2026, 11, 3, tzinfo=UTC)
    extent = Extent("gappy", until, is_over=False, begun_days=22, late_days=3)
    message = render.cost(replace(samples.month(), gaps=(gap,), extent=extent), now=NOW)
    assert message.text.startswith(
        "Claude cost Acme about $82,561 in November so far (19 of 22 days imported)"
    )
    assert "*≈ $82,561* in November so far (19 of 22 days imported)" in json.dumps(
        message.blocks, ensure_ascii=False
    )
    assert "▲" not in json.dumps(message.blocks, ensure_ascii=False)
    assert "Still importing Nov 3–5" in message.text


def test_the_value_of_a_button_is_what_one_would_type() -> None:
    berlin = replace(samples.friday().question, period=Period.day(samples.FRIDAY, BERLIN))
    assert render.question_text(berlin) == "2026-11-20..2026-11-20 by model europe/berlin"
    assert render.question_text(samples.month().question) == "2026-11-01..2026-11-22 by model utc"


def test_two_models_of_one_name_are_told_by_their_ids() -> None:
    ids = {each: each for each in ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022")}
    text = render.cost(samples.by("model", ids), now=NOW).text
    assert "claude-3-5-sonnet-20240620" in text
    assert "Sonnet 3.5" not in text


def test_an_unknown_day_has_no_bar() -> None:
    digest = samples.daily()
    history = [*digest.history[:-1], (samples.FRIDAY, None)]
    loud = replace(digest, history=history, usual=Usual(Decimal(2000), [0, 1, 2], is_loud=True))
    native = render.digest(loud).blocks[3]
    assert native["title"] == "Last 14 days, 1 without data yet"
    assert len(native["chart"]["series"][0]["data"]) == 13


def test_a_long_history_is_a_chart_of_its_last_days() -> None:
    days = [(date(2026, 1, 1) + n * DAY, Decimal(n)) for n in range(300)]
    loud = Usual(Decimal(2000), [0, 1, 2], is_loud=True)
    assert objections(render.digest(replace(samples.daily(), history=days, usual=loud))) == []
    assert objections(render.digest(replace(samples.daily(), history=days))) == []


@pytest.mark.parametrize("error", ["is_archived", "<!x>"])
@pytest.mark.parametrize("reason", get_args(SlackReason))
def test_every_reason_of_slack_has_a_remedy(reason: SlackReason, error: str) -> None:
    assert objections(render.digest_problem("C0SPEND", reason, error=error, subscription_id=7)) == []


def test_a_digest_is_rendered_in_few_steps() -> None:
    digest = samples.daily()
    render.digest(digest)  # compiles its template, once in a process
    assert steps(lambda: render.digest(digest)) < 6_000  # some milliseconds
