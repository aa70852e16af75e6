import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from digests.files.json_form import as_json
from digests.numbers.report import Gap, Oddity, Progress, UnofferedReport
from providers.period import Period
from tests.digests import samples


def test_a_report_has_the_shape_that_is_promised() -> None:
    data = as_json(samples.friday())
    assert data["provider"] == "anthropic"
    assert data["period"] == {"start": "2026-11-20", "end": "2026-11-21", "timezone": "UTC"}
    assert (data["currency"], data["total"], data["basis"]) == ("USD", "5504.08", "billed")
    assert data["previous"] == {"start": "2026-11-13", "end": "2026-11-14", "total": "4826.12", "until": None}
    assert data["dimension"] == "model"
    assert data["coverage"] == {"complete": True, "missing": []}
    assert data["as_of"] == "2026-11-22T13:36:00Z"


def test_a_line_has_the_shape_that_is_promised() -> None:
    line = as_json(samples.friday())["lines"][0]
    assert (line["name"], line["id"], line["cost"]) == ("claude-opus-5-5", "claude-opus-5-5", "3504.20")
    assert line["share"] == 0.636655
    assert line["tokens"] == {"uncached_input": 1_200_000, "cache_read": 2_400_000, "output": 120_000}


def test_lines_sum_to_the_total() -> None:
    data = as_json(samples.month())
    assert sum(Decimal(line["cost"]) for line in data["lines"]) == Decimal(data["total"])
    assert data["basis"] == "mixed"


def test_gaps_are_listed_with_their_reason() -> None:
    gap = Gap("charges", Period.day(samples.FRIDAY), "not published yet")
    coverage = as_json(replace(samples.friday(), gaps=(gap,)))["coverage"]
    assert coverage == {
        "complete": False,
        "missing": [
            {"report": "charges", "start": "2026-11-20", "end": "2026-11-21", "why": "not published yet"}
        ],
    }


def test_unknown_is_null() -> None:
    data = as_json(samples.by("key", {"k": "ci"}))
    assert data["previous"]["total"] is None
    assert data["lines"][0]["previous"] is None


def test_an_engineer_carries_what_was_made_of_the_money() -> None:
    line = as_json(samples.engineers())["lines"][0]
    assert (line["cost"], line["claude_code_cost"], line["commits"]) == ("212.40", "159.30", 14)
    assert (line["acceptance"], line["cost_per_pull_request"]) == (0.82, "53.10")
    assert line["links"] == {"claude_code_key": "159.30", "creator": "53.10"}


def test_the_lines_of_engineers_sum_to_the_total() -> None:
    data = as_json(samples.engineers(60))
    assert sum(Decimal(line["cost"]) for line in data["lines"]) == Decimal(data["total"]["cost"])


def test_everything_is_plain_json() -> None:
    progress = Progress(1, 2, None, Decimal(0))
    status = replace(samples.status(), backfill=progress, incidents=(samples.refused(),))
    summary = replace(samples.summary(), forecast=None, status=status)
    for data in (samples.engineers(), status, summary, samples.summary()):
        assert json.loads(json.dumps(as_json(data))) == as_json(data)


def test_a_status_says_what_is_wrong_to_machines_too() -> None:
    at = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
    data = as_json(
        replace(
            samples.status(),
            doubted_until=at,
            as_of=at,
            failing={"usage": "529 overloaded"},
            not_offered=(UnofferedReport("claude_code", at, "403 not allowed"),),
            oddities=(Oddity("charges", (samples.FRIDAY,), "a bill in EUR", is_unreadable=True),),
        )
    )
    assert data["doubted_until"] == data["as_of"] == "2026-11-22T10:31:00Z"
    assert data["failing"] == {"usage": "529 overloaded"}
    assert data["not_offered"] == [
        {"report": "claude_code", "since": "2026-11-22T10:31:00Z", "detail": "403 not allowed"}
    ]
    assert data["oddities"] == [
        {"report": "charges", "days": ["2026-11-20"], "what": "a bill in EUR", "unreadable": True}
    ]


def test_moments_are_utc_to_the_second() -> None:
    at = datetime(2026, 11, 22, 10, 31, 0, 123456, tzinfo=UTC)
    assert as_json(replace(samples.friday(), as_of=at))["as_of"] == "2026-11-22T10:31:00Z"


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        as_json(3)
