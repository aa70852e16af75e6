"""`stackspend read` and `stackspend ask`: questions in people's own words, in a terminal."""

import json
from decimal import Decimal

import pytest

from bot import clock
from storage.engine import database
from storage.state import access
from storage.state.access import Access
from tests.bot.cli.test_operate import Shell, filled, served, shell
from tests.bot.conftest import ON_SQLITE

__all__ = ["filled", "served", "shell"]  # what this file's fixtures are made of
pytestmark = [  # a command ends with its process, which closes what is open
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@ON_SQLITE
def test_a_reading_as_json_has_exactly_the_shape_that_is_promised(filled: Shell) -> None:
    assert filled("read", "opus last week by engineer top 5", "--json").json == {
        "understood": True,
        "canonical": "cost last week by engineer opus top 5",
        "command": "cost",
        "period": {"start": "2026-11-09", "end": "2026-11-16", "timezone": "UTC"},
        "dimensions": ["engineer"],
        "filters": [{"dimension": "model", "value": "opus"}],
        "compare": None,
        "limit": 5,
        "unused": [],
        "suggestions": [],
    }


@ON_SQLITE
def test_a_comparison_is_with_a_period_or_with_a_member(filled: Shell) -> None:
    assert filled("read", "october vs september", "--json").json["compare"] == {
        "kind": "period",
        "start": "2026-09-01",
        "end": "2026-10-01",
    }
    assert filled("read", "opus vs sonnet last month", "--json").json["compare"] == {
        "kind": "member",
        "dimension": "model",
        "value": "sonnet",
    }


@ON_SQLITE
def test_a_suggestion_is_a_text_with_its_reading(filled: Shell) -> None:
    read = filled("read", "cost last week xyzzy", "--json").json
    assert (read["understood"], read["command"], read["unused"]) == (False, None, ["xyzzy"])
    assert read["suggestions"][0]["text"] == "cost last week"
    assert read["suggestions"][0]["reading"]["period"]["start"] == "2026-11-09"


@ON_SQLITE
def test_what_is_not_known_is_said_in_a_sentence(filled: Shell) -> None:
    read = filled("read", "credits left", "--json").json
    assert read["sentence"] == "Anthropic doesn't publish remaining credit, so I don't know it."


@ON_SQLITE
def test_the_names_of_the_organization_are_understood(filled: Shell) -> None:
    assert filled("read", "production last month by model").out == "cost last month by model Production\n"


def test_a_text_is_read_before_anything_is_connected(shell: Shell) -> None:
    assert shell("read", "how much did we spend yesterday?").out == "cost yesterday\n"


@ON_SQLITE
def test_a_question_in_plain_words_is_answered_like_its_command(filled: Shell) -> None:
    connection = filled("ask", "how much did we spend last week by engineer?", "--json")
    assert json.loads(connection.out) == filled("cost", "last", "week", "by", "engineer", "--json").json
    assert connection.err == ""


@ON_SQLITE
def test_an_answer_says_how_a_question_was_read_that_was_not_literal(filled: Shell) -> None:
    assert filled("ask", "who spent the most last week").err == "Read as: cost last week by engineer\n"


@ON_SQLITE
def test_a_question_can_be_for_a_file(filled: Shell) -> None:
    assert filled("ask", "export last week by key json").out == filled("export", "last week by key json").out


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ("budget", 1, "I have no budgets yet"),
        ("cost opus by token type", 1, "I can't group a part of the costs by token type yet."),
        ("cost last week xyzzy", 2, "I didn't get “xyzzy”. Did you mean “cost last week”"),
        ("cost tomorrow", 2, "is in the future"),
        ("settings", 2, "run `stackspend settings`"),
        ("me last week", 2, "doesn't know who you are"),
        ("connect sk-ant-admin01-abcdef", 2, "Everyone on this machine can see a key on the command line"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(filled: Shell, typed: str, status: int, says: str) -> None:
    ran = filled("ask", typed)
    assert (ran.status, ran.out) == (status, "")
    assert says in ran.err
    assert "sk-ant" not in ran.err


@ON_SQLITE
def test_a_part_is_asked_for_in_words_or_by_options(filled: Shell) -> None:
    by_option = filled("cost", "last", "month", "--by", "model", "--filter", "workspace=Production", "--json")
    assert by_option.json == filled("cost", "last month by model production", "--json").json
    assert by_option.json["filters"] == [{"dimension": "workspace", "value": "Production"}]
    assert sum(Decimal(line["cost"]) for line in by_option.json["lines"]) == Decimal(by_option.json["total"])
    assert Decimal(by_option.json["total"]) < Decimal(filled("cost", "last", "month", "--json").json["total"])


@ON_SQLITE
def test_two_dimensions_with_a_limit_have_the_whole_total(filled: Shell) -> None:
    pairs = filled("cost", "last month top 3", "--by", "engineer and model", "--json").json
    assert (pairs["dimensions"], len(pairs["lines"]), pairs["lines"][-1]["name"]) == (
        ["engineer", "model"],
        4,
        "other",
    )
    assert pairs["total"] == filled("cost", "last", "month", "--json").json["total"]
    shown = filled("ask", "cost last month by engineer and model top 3").out
    assert " × " in shown


@ON_SQLITE
def test_a_file_of_a_part_is_written_in_a_terminal(filled: Shell) -> None:
    part = filled("export", "last month", "--filter", "model=opus", "--by", "engineer", "--json").json
    answer = filled("cost", "last month opus by engineer", "--json").json
    assert (part["total"], part["filters"]) == (answer["total"], answer["filters"])


@ON_SQLITE
@pytest.mark.parametrize(
    ("filter_", "says"),
    [("colour=red", "A filter is one of model"), ("model", "A filter is one of"), ("model=xyzzy", "xyzzy")],
)
def test_a_filter_that_means_nothing_is_wrong_usage(filled: Shell, filter_: str, says: str) -> None:
    ran = filled("cost", "last month", "--filter", filter_)
    assert (ran.status, ran.out) == (2, "")
    assert says in ran.err


@ON_SQLITE
def test_a_terminal_knows_nobodys_own(filled: Shell) -> None:
    assert "doesn't know who you are" in filled("ask", "me last month by model").err
    assert "doesn't know who you are" in filled("export", "me last month").err


@ON_SQLITE
def test_a_fiscal_year_is_the_one_that_an_admin_set(filled: Shell) -> None:
    assert "No fiscal year is set" in filled("read", "fy26", "--json").out
    with database.transaction():
        access.decide("local", Access(fiscal_month=4), by="U1", at=clock.now())
    read = filled("read", "fy26", "--json").json
    assert (read["period"]["start"], read["period"]["end"]) == ("2025-04-01", "2026-04-01")
    assert filled("cost", "fiscal", "q2", "--json").json["period"]["start"] == "2026-07-01"
