"""What a use cost: by our list for each request, by the client's figure for metrics."""

from datetime import UTC, datetime
from typing import Any

import pytest

from providers.claude.identify import BY_EVENT_WITH_WRITES
from providers.claude.prices import Price, list_cost, price_of
from providers.claude.records import NANOSECONDS
from providers.claude.use import Origin, Tokens, Use
from tests.providers.claude.bodies import AT

MILLION = 1_000_000
EACH: Tokens = (MILLION, MILLION, MILLION, MILLION, MILLION)
DOLLAR = 10**9


def use(model: str, tokens: Tokens = EACH, *, at: int = AT, cost: int | None = None, **more: Any) -> Use:
    origin = Origin(model=model, **more)
    return Use("k", True, "s", at, at, at, tokens, BY_EVENT_WITH_WRITES, cost, origin)


def metrics(model: str, tokens: Tokens, cost: int | None) -> Use:
    return Use("k", False, "s", AT, AT, AT, tokens, 0, cost, Origin(model=model))


def on(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * NANOSECONDS


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-5-5", "37.20"),
        ("claude-fable-5-2", "74.20"),
        ("claude-sonnet-5-5", "18.60"),
        ("claude-haiku-4-5", "9.35"),
    ],
)
def test_each_kind_of_token_has_its_price(model: str, dollars: str) -> None:
    assert list_cost(use(model)) == round(float(dollars) * DOLLAR)


def test_prices_are_of_the_day() -> None:
    reads: Tokens = (0, 0, 0, MILLION, 0)
    days = on(2026, 10, 6), on(2026, 10, 7)
    assert [list_cost(use("claude-sonnet-5-5", reads, at=at)) for at in days] == [DOLLAR // 5, DOLLAR // 10]


def test_fast_mode_has_a_price_of_its_own_where_it_is_offered() -> None:
    output: Tokens = (0, 0, 0, 0, MILLION)
    assert list_cost(use("claude-opus-5-5", output, speed="fast")) == 40 * DOLLAR
    assert list_cost(use("claude-sonnet-5-5", output, speed="fast")) == 10 * DOLLAR


@pytest.mark.parametrize(("day", "dollars"), [((2026, 11, 30), 50), ((2026, 12, 1), 25)])
def test_fast_mode_of_a_model_ends(day: tuple[int, int, int], dollars: int) -> None:
    fast = use("claude-opus-4-8", (0, 0, 0, 0, MILLION), at=on(*day), speed="fast")
    assert list_cost(fast) == dollars * DOLLAR


def test_a_batch_is_half_the_price_and_never_fast() -> None:
    output: Tokens = (0, 0, 0, 0, MILLION)
    assert list_cost(use("claude-opus-5-5", output, tier="batch", speed="fast")) == 10 * DOLLAR


def test_inference_in_the_us_is_a_tenth_more_where_one_can_choose() -> None:
    output: Tokens = (0, 0, 0, 0, MILLION)
    assert list_cost(use("claude-opus-5-5", output, geo="us", speed="fast")) == 44 * DOLLAR
    assert list_cost(use("claude-opus-4-5", output, geo="us")) == 25 * DOLLAR


@pytest.mark.parametrize(("read", "billionths"), [(90_000, 1_900_000), (90_001, 9_500_050)])
def test_a_long_prompt_of_haiku_makes_the_whole_request_dearer(read: int, billionths: int) -> None:
    assert list_cost(use("claude-haiku-5-5", (10_000, 0, 0, read, 0))) == billionths


def test_a_session_of_metrics_is_no_long_prompt() -> None:
    assert list_cost(metrics("claude-haiku-5-5", (MILLION, 0, 0, 0, 0), None)) == DOLLAR // 10


def test_a_request_is_priced_by_the_list_whatever_the_client_says() -> None:
    assert price_of(use("claude-opus-5-5", cost=1)) == Price(37_200_000_000, "list")


def test_metrics_are_priced_by_the_client_that_saw_each_request() -> None:
    assert price_of(metrics("claude-opus-5-5", EACH, 5)) == Price(5, "client")
    assert price_of(metrics("claude-opus-5-5", EACH, None)).by == "list"


@pytest.mark.parametrize("more", [{"provider": "bedrock"}, {"tier": "priority"}])
def test_what_has_no_list_price_takes_the_clients(more: dict[str, Any]) -> None:
    assert price_of(use("claude-opus-5-5", cost=7, **more)) == Price(7, "client")
    assert price_of(use("claude-opus-5-5", **more)) == Price(None, None)


def test_a_model_that_nobody_has_a_price_for_is_unknown_and_not_free() -> None:
    assert price_of(use("claude-opus-9")) == Price(None, None)
    assert price_of(use("claude-opus-9", cost=0)) == Price(None, None)


@pytest.mark.parametrize(
    ("origin", "part"),
    [
        (Origin(), "api"),
        (Origin(plan="team"), "plan"),
        (Origin(plan="enterprise", seat_type="premium"), "plan"),
        (Origin(plan="enterprise", seat_type="usage_based"), "api"),
        (Origin(plan="unheard of"), "api"),
        (Origin(provider="vertex", plan="team"), "other_clouds"),
    ],
)
def test_seats_and_other_clouds_are_parts_of_their_own(origin: Origin, part: str) -> None:
    assert origin.part == part
