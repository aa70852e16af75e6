"""How far clients' own prices are from the list, for all models alike or for some of them."""

from decimal import Decimal

import msgspec

from digests.numbers.telemetry.state import price_ratio
from storage.facts.telemetry import totals
from storage.facts.telemetry.totals import Line


def line(name: str, listed: str, said: str) -> Line:
    costs = {"by_list": Decimal(listed), "client_cost": Decimal(said), "tokens": (1, 0, 0, 0, 0)}
    return msgspec.structs.replace(totals.nothing(name), **costs)


CODE = line("claude_code", "100", "101")


def test_prices_that_agree_are_not_told() -> None:
    assert price_ratio([CODE], [line("opus", "60", "61"), line("haiku", "40", "40")]) is None


def test_one_multiplier_for_all_is_a_contract() -> None:
    found = price_ratio(
        [line("claude_code", "100", "85")], [line("opus", "60", "51"), line("haiku", "40", "34")]
    )
    assert found
    assert (found.ratio, dict(found.models)) == (Decimal("0.85"), {})


def test_one_model_alone_is_a_wrong_table() -> None:
    found = price_ratio(
        [line("claude_code", "100", "120")], [line("opus", "60", "60"), line("sonnet", "40", "60")]
    )
    assert found
    assert dict(found.models) == {"sonnet": Decimal("1.5")}


def test_models_are_not_compared_where_the_api_reports_too() -> None:
    api = line("messages_api", "100", "0")
    assert price_ratio([CODE, api], [line("opus", "160", "60"), line("haiku", "40", "40")]) is None


def test_without_any_figure_of_a_client_nothing_is_told() -> None:
    assert price_ratio([line("claude_code", "100", "0")], [line("opus", "100", "0")]) is None
    assert price_ratio([], []) is None


def test_what_only_the_client_prices_is_no_measure() -> None:
    costs = {"by_client": Decimal(50), "client_cost": Decimal(150), "by_list": Decimal(100)}
    mixed = msgspec.structs.replace(line("claude_code", "100", "150"), **costs)
    assert price_ratio([mixed], []) is None
