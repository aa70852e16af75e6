"""What the simulated organization contains, and that its books agree with themselves."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from demo.company.coding import coding_rows
from demo.company.ledger import Discount, days_between, is_billed
from demo.company.organization import Organization, part
from demo.company.rates import Terms, rates
from demo.company.roster import HOSTILE_NAME
from demo.company.workload import Habits

START, END = date(2026, 10, 1), date(2026, 11, 1)
FRIDAY, SPIKE = date(2026, 11, 20), date(2026, 11, 15)


@pytest.fixture(scope="module")
def acme() -> Organization:
    return Organization()


def test_two_organizations_of_one_seed_agree_whatever_is_asked_first(acme: Organization) -> None:
    other = Organization()
    other.books.total(END, END + timedelta(days=3))
    assert other.usage(FRIDAY) == acme.usage(FRIDAY)
    assert other.roster == acme.roster


def test_another_process_agrees(acme: Organization) -> None:
    program = (
        "from datetime import date; from demo.company.organization import Organization; print(Organization()"
    )
    program += ".books.total(date(2026, 11, 20), date(2026, 11, 21)), Organization(seed=8).roster.keys[0].id)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    total, other_key = output.split()
    assert Decimal(total) == acme.books.total(FRIDAY, FRIDAY + timedelta(days=1))
    assert other_key != acme.roster.keys[0].id


@pytest.mark.parametrize(
    "dimension",
    [
        "model",
        "workspace",
        "token_type",
        "cost_type",
        "service_tier",
        "description",
        "api_key",
        "engineer",
        "day",
    ],
)
def test_every_cut_of_the_books_sums_to_the_total(acme: Organization, dimension: str) -> None:
    assert sum(acme.books.by(dimension, START, END).values()) == acme.books.total(START, END)


def test_the_hours_of_a_day_sum_to_the_day(acme: Organization) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    hours = [start + timedelta(hours=number) for number in range(24)]
    totals = [acme.books.hourly_total(hour, hour + timedelta(hours=1)) for hour in hours]
    assert sum(totals) == acme.books.total(FRIDAY, FRIDAY + timedelta(days=1))
    assert acme.books.hourly_total(start, start + timedelta(days=1), metered_only=True) < sum(totals)


def test_what_has_accrued_by_midnight_is_all_that_is_metered(acme: Organization) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    last_minute = acme.books.metered_so_far(start + timedelta(hours=23, minutes=59))
    all_of_it = acme.books.hourly_total(start, start + timedelta(days=1), metered_only=True)
    assert Decimal("0.99") < last_minute / all_of_it < 1
    assert acme.books.metered_so_far(start) == 0


def test_a_row_costs_its_tokens_at_the_rate_of_the_day_less_the_discount() -> None:
    plain = Organization(engineers=1, habits=Habits(refused_share=0))
    spent = plain.books.by("api_key", FRIDAY, FRIDAY + timedelta(days=1))
    key = plain.roster.key_named("nightly-summaries").id
    expected = Fraction(0)
    for row in plain.usage(FRIDAY):
        if row.api_key_id == key:
            expected += sum(map(lambda n, rate: n * rate, row.tokens, rates(row.terms, FRIDAY))) * Fraction(
                92, 100
            )
    assert abs(Fraction(spent[key]) * 10**9 - expected) < 10


@pytest.mark.parametrize(
    ("terms", "day", "price"),
    [
        (Terms("claude-sonnet-5-5"), date(2026, 10, 6), "2 2.5 4 0.2 10"),
        (Terms("claude-sonnet-5-5"), date(2026, 10, 7), "2 2.5 4 0.1 10"),
        (Terms("claude-opus-5-5", speed="fast"), FRIDAY, "8 10 16 0.4 40"),
        (Terms("claude-opus-5-5", inference_geo="us"), FRIDAY, "4.4 5.5 8.8 0.22 22"),
        (Terms("claude-haiku-4-5-20251001", service_tier="batch"), FRIDAY, "0.5 0.625 1 0.05 2.5"),
        (Terms("claude-haiku-5-5", over_100k=True), FRIDAY, "0.5 0.625 1 0.05 2.5"),
        (Terms("claude-opus-4-6", context_window="200k-1M"), date(2026, 3, 12), "10 12.5 20 1 37.5"),
        (Terms("claude-opus-4-6", context_window="200k-1M"), date(2026, 3, 13), "5 6.25 10 0.5 25"),
    ],
)
def test_rates_follow_the_published_prices(terms: Terms, day: date, price: str) -> None:
    assert [float(rate) / 1000 for rate in rates(terms, day)] == pytest.approx(
        [float(one) for one in price.split()]
    )


def test_refused_requests_and_committed_capacity_are_used_but_not_billed(acme: Organization) -> None:
    unbilled = [row for day in days_between(START, END) for row in acme.usage(day) if not is_billed(row)]
    assert {row.refused for row in unbilled} == {True, False}
    assert {row.terms.service_tier for row in unbilled if not row.refused} == {"priority"}
    assert "priority" not in acme.books.by("service_tier", START, END)


def test_some_cost_belongs_to_no_key_and_to_no_usage(acme: Organization) -> None:
    kinds = acme.books.by("cost_type", START, END)
    assert set(kinds) == {"tokens", "web_search", "code_execution", "session_usage"}
    without_usage = kinds["code_execution"] + kinds["session_usage"]
    assert acme.books.by("api_key", START, END)[None] > without_usage > 0


def test_a_restated_day_changes_in_every_cut_and_no_other_day_does() -> None:
    acme = Organization()
    before, next_day = acme.books.total(FRIDAY, FRIDAY + timedelta(days=1)), acme.books.by("day", START, END)
    acme.restate(FRIDAY, "1.05")
    after = acme.books.total(FRIDAY, FRIDAY + timedelta(days=1))
    assert after == pytest.approx(before * Decimal("1.05"))
    assert sum(acme.books.by("engineer", FRIDAY, FRIDAY + timedelta(days=1)).values()) == after
    assert acme.books.by("day", START, END) == next_day


def test_the_discount_begins_on_its_day() -> None:
    day = timedelta(days=1)
    full, reduced = (
        Organization(discount=Discount(since=date.max)),
        Organization(discount=Discount(since=FRIDAY)),
    )
    assert full.books.total(FRIDAY - day, FRIDAY) == reduced.books.total(FRIDAY - day, FRIDAY)
    before = full.books.by("cost_type", FRIDAY, FRIDAY + day)
    after = reduced.books.by("cost_type", FRIDAY, FRIDAY + day)
    assert after["tokens"] == pytest.approx(before["tokens"] * Decimal("0.92"))
    assert after["web_search"] == before["web_search"]


def test_weekends_are_calm_but_for_the_loop_that_nobody_watched(acme: Organization) -> None:
    by_day = acme.books.by("day", date(2026, 11, 9), date(2026, 11, 21))
    quiet, usual = by_day["2026-11-14"], by_day["2026-11-13"]
    assert quiet < usual * Decimal("0.6")
    assert by_day["2026-11-15"] > usual * 2
    keys = acme.books.by("api_key", SPIKE, SPIKE + timedelta(days=1))
    assert max(keys, key=lambda key: keys[key]) == acme.roster.key_named(HOSTILE_NAME).id


def test_nothing_ran_before_the_first_day_or_in_the_shutdown(acme: Organization) -> None:
    assert acme.books.total(date(2025, 1, 1), acme.first_day) == 0
    assert acme.books.lines(date(2025, 12, 25)) == {}


def test_the_directory_holds_what_a_reader_must_survive(acme: Organization) -> None:
    roster = acme.roster
    names = Counter(key.name for key in roster.keys)
    assert names["notebook"] == 2
    assert HOSTILE_NAME in names
    assert {key.status for key in roster.keys} == {"active", "inactive", "archived", "expired"}
    assert any(key.principal for key in roster.keys)
    assert any(key.created_by is None for key in roster.keys)
    removed = next(person for person in roster.people if not person.listed)
    assert removed.email in acme.books.by("engineer", START, END)
    unlisted = next(key for key in roster.keys if not key.listed)
    assert unlisted.id in acme.books.by("api_key", START, END)


def test_usage_shows_every_kind_of_caller_and_window(acme: Organization) -> None:
    rows = [row for day in days_between(START, END) for row in acme.usage(day)]
    assert any(row.account_id for row in rows)
    assert any(row.service_account_id for row in rows)
    assert any(row.api_key_id is row.account_id is row.service_account_id is None for row in rows)
    assert {row.terms.context_window for row in rows} == {"0-200k", "200k-1M"}
    assert {row.terms.inference_geo for row in rows} == {"global", "us", "not_available"}
    assert {row.terms.service_tier for row in rows} == {"standard", "batch", "priority"}


def test_a_new_model_appears_weeks_ago(acme: Organization) -> None:
    assert "claude-fable-5-2" not in acme.books.by("model", START, date(2026, 11, 9))
    assert "claude-fable-5-2" in acme.books.by("model", date(2026, 11, 9), date(2026, 11, 16))


def test_the_minutes_of_an_hour_sum_to_it(acme: Organization) -> None:
    row = acme.usage(FRIDAY)[0]
    minutes = [part(row, number, number + 1) for number in range(60)]
    assert tuple(map(sum, zip(*(minute.tokens for minute in minutes), strict=True))) == row.tokens


def test_claude_code_knows_everyone_but_one(acme: Organization) -> None:
    rows = [row for day in days_between(START, END) for row in _coded(acme, day)]
    emails = {row["actor"].get("email_address") for row in rows}
    missing = next(person for person in acme.roster.people if person.signs_in == "oauth_unreported")
    assert missing.email not in emails
    assert missing.email in acme.books.by("engineer", START, END)
    assert {row["actor"]["type"] for row in rows} == {"user_actor", "api_actor"}
    assert {row["customer_type"] for row in rows} == {"api", "subscription"}


def test_claude_code_splits_an_engineers_day_over_several_rows(acme: Organization) -> None:
    rows = _coded(acme, FRIDAY)
    seats = Counter(str(row["actor"]) for row in rows)
    assert max(seats.values()) > 1
    keys = {(str(row["actor"]), row["terminal_type"], row["customer_type"], row["is_remote"]) for row in rows}
    assert len(keys) == len(rows)
    assert any("skill_tool" in row["tool_actions"] for row in rows)
    amounts = [model["estimated_cost"]["amount"] for row in rows for model in row["model_breakdown"]]
    assert any(isinstance(amount, float) for amount in amounts)


def test_a_coding_day_in_progress_only_grows(acme: Organization) -> None:
    def sessions(hour: int) -> int:
        rows = coding_rows(acme, FRIDAY, until=datetime(2026, 11, 20, hour, tzinfo=UTC))
        return sum(row["core_metrics"]["num_sessions"] for row in rows)

    growth = [sessions(hour) for hour in (0, 6, 12, 18, 23)]
    assert growth[0] == 0
    assert growth == sorted(growth)


def test_the_organization_is_as_large_as_asked() -> None:
    small, large = Organization(engineers=2), Organization(engineers=300)
    assert sum(1 for person in large.roster.people if person.pace) == 300
    assert len({person.email for person in large.roster.people}) == len(large.roster.people)
    assert len(large.usage(FRIDAY)) > len(small.usage(FRIDAY)) + 1000


def _coded(acme: Organization, day: date) -> list[dict[str, Any]]:
    return coding_rows(acme, day, until=datetime(2026, 12, 1, tzinfo=UTC))
