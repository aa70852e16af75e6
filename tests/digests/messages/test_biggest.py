"""The biggest change of the month, in the bare command."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from digests.layout.message import Message
from digests.messages import overview
from digests.messages.biggest import biggest
from digests.numbers.change.report import Change
from digests.numbers.report import Question
from providers.period import Period
from tests.digests import samples
from tests.digests.changes import change

TODAY = date(2026, 11, 30)
MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))


def of_month(**other: object) -> Change:
    return replace(change(), asked=MONTH, period=MONTH, **other)  # type: ignore[arg-type] # fields of Change


def shown(named: bool) -> Message:  # noqa: FBT001 - the one thing that differs
    summary = replace(samples.summary(), changed=of_month())
    return overview.summary(summary, now=samples.NOW, zone="UTC", named=named)


def test_it_names_the_key_its_money_and_its_day_and_leads_to_why() -> None:
    message = shown(named=True)
    (block,) = [each for each in message.blocks if "Biggest change" in str(each.get("text"))]
    assert block["text"]["text"].startswith("*Biggest change this month:* API key `ci-nightly`")
    assert "+$" in block["text"]["text"]
    assert (block["accessory"]["action_id"], block["accessory"]["value"]) == (
        "view:why",
        "why 2026-11-01..2026-11-29 utc",
    )
    assert "Biggest change this month: API key ci-nightly" in message.text


def test_who_cannot_see_names_reads_one_api_key() -> None:
    message = shown(named=False)
    assert "*Biggest change this month:* one API key" in str(message.blocks)
    assert "ci-nightly" not in f"{message.blocks} {message.text}"


@pytest.mark.parametrize(
    ("other", "today"),
    [
        ({"lack": "not in"}, TODAY),
        ({"cause": None}, TODAY),
        ({"previous": Decimal(1_000_000)}, TODAY),
        ({}, date(2026, 12, 1)),
    ],
)
def test_what_explains_little_or_another_month_is_left_out(other: dict[str, object], today: date) -> None:
    assert biggest(of_month(**other), today=today, named=True) is None


def test_the_first_day_of_a_month_is_called_by_the_month() -> None:
    first = replace(samples.today(), question=Question(Period.day(date(2026, 12, 1))))
    summary = replace(samples.summary(), month=first)
    facts = overview.month_facts(summary, now=datetime(2026, 12, 1, 9, tzinfo=UTC), zone="UTC")
    assert facts["when"] == "in December so far"
