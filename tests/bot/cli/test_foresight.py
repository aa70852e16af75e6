"""`stackspend why` and `stackspend forecast`: words for people, and figures that add up for programs."""

from decimal import Decimal

import pytest

from tests.bot.cli.test_operate import Shell, filled, served, shell
from tests.bot.conftest import ON_SQLITE

__all__ = ["filled", "served", "shell"]  # what this file's fixtures are made of
pytestmark = [  # a command ends with its process, which closes what is open
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@ON_SQLITE
def test_effects_of_a_change_add_up_in_json(filled: Shell) -> None:
    ran = filled("why", "2026-11-17", "--json")
    change = ran.json
    effects = sum(Decimal(each["change"]) for each in change["effects"])
    assert ran.status == 0
    assert effects + Decimal(change["other"]) == Decimal(change["change"])
    assert Decimal(change["total"]) - Decimal(change["previous"]["total"]) == Decimal(change["change"])


@ON_SQLITE
def test_who_looked_at_names_in_a_terminal_is_in_the_log(filled: Shell) -> None:
    assert "2026-11-17" not in filled("audit").out
    assert "Nov 17" in filled("why", "2026-11-17").out
    assert "why 2026-11-17..2026-11-17 utc" in filled("audit").out


@ON_SQLITE
def test_a_forecast_has_its_range_in_words_and_in_json(filled: Shell) -> None:
    assert "will come to about" in filled("forecast", "month").out
    ahead = filled("forecast", "month", "--json").json
    assert Decimal(ahead["low"]) <= Decimal(ahead["forecast"]) <= Decimal(ahead["high"])
    assert Decimal(ahead["so_far"]) <= Decimal(ahead["forecast"])


@ON_SQLITE
def test_what_does_not_make_a_forecast_is_wrong_usage(filled: Shell) -> None:
    assert filled("forecast", "xyzzy").status == 2
    assert filled("why", "last", "week", "by", "model").status == 2
