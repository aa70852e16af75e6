"""What people type, and what it means."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.command import ME, Command, KeyTyped, Misunderstood, command_text
from bot.questions.reading.dates import TeamCalendar
from bot.questions.understand import understand
from digests.layout.buttons import start_of
from digests.numbers.report import AsFile, Dimension, Filter, FilterDimension, Question
from digests.words.phrases import question_text
from providers.period import Period
from tests.steps import steps

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # a Sunday; already Monday in Berlin
BERLIN = "Europe/Berlin"


def read(text: str, zone: str = "UTC") -> Command | Misunderstood | KeyTyped:
    return understand(text, TeamCalendar(NOW, zone), own_id="U0STACKBOT")


def misread(text: str) -> Misunderstood:
    answer = read(text)
    assert isinstance(answer, Misunderstood)
    return answer


def cost(start: str, end: str, dimension: str = "model", zone: str = "UTC") -> Command:
    period = Period(date.fromisoformat(start), date.fromisoformat(end), zone)
    return Command("cost", period, dimension)  # type: ignore[arg-type]  # the tables below stay legible


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-22", "2026-11-23"),
        ("yesterday", "2026-11-21", "2026-11-22"),
        ("week", "2026-11-16", "2026-11-23"),
        ("this week", "2026-11-16", "2026-11-23"),
        ("last week", "2026-11-09", "2026-11-16"),
        ("month", "2026-11-01", "2026-11-23"),
        ("mtd", "2026-11-01", "2026-11-23"),
        ("month to date", "2026-11-01", "2026-11-23"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("7d", "2026-11-16", "2026-11-23"),
        ("last 7 days", "2026-11-16", "2026-11-23"),
        ("400d", "2025-10-19", "2026-11-23"),
        ("2026-10", "2026-10-01", "2026-11-01"),
        ("2026-11", "2026-11-01", "2026-11-23"),
        ("2026-10-20", "2026-10-20", "2026-10-21"),
        ("2026-10-01..2026-10-31", "2026-10-01", "2026-11-01"),
        ("2026-10-01 … 2026-10-31", "2026-10-01", "2026-11-01"),
        ("from 2026-10-01 to 2026-10-31", "2026-10-01", "2026-11-01"),
        ("2026-10-01–2026-10-31", "2026-10-01", "2026-11-01"),
    ],
)
def test_every_period_is_understood(text: str, start: str, end: str) -> None:
    assert read(f"cost {text}") == cost(start, end)


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("by model", "model"),
        ("by engineers", "engineer"),
        ("per people", "engineer"),
        ("by workspace", "workspace"),
        ("by api key", "key"),
        ("by key", "key"),
        ("by token type", "token type"),
        ("by tokens", "token type"),
        ("by product", "product"),
        ("by day", "day"),
        ("--by day", "day"),
        ("engineer", "engineer"),
    ],
)
def test_every_dimension_is_understood_before_and_after_the_period(text: str, dimension: str) -> None:
    expected = cost("2026-11-22", "2026-11-23", dimension)
    assert read(f"cost {text} today") == expected
    assert read(f"cost today {text}") == expected


def test_days_are_those_of_the_asker() -> None:
    assert read("cost today", BERLIN) == cost("2026-11-23", "2026-11-24", zone=BERLIN)


def test_utc_says_so_and_moves_today() -> None:
    assert read("cost today utc", BERLIN) == cost("2026-11-22", "2026-11-23")


def test_a_cost_without_words_is_the_month_so_far_by_model() -> None:
    assert read("cost") == cost("2026-11-01", "2026-11-23")


def test_engineers_are_listed_for_seven_days_of_the_calendar() -> None:
    week = Period(date(2026, 11, 17), date(2026, 11, 24), BERLIN)
    assert read("engineers", BERLIN) == Command("engineers", week)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("cost today utc", "UTC"),
        ("cost UTC today", "UTC"),
        ("cost today america/new_york", "America/New_York"),
        ("cost America/New_York today by key", "America/New_York"),
        ("engineers 7d asia/kolkata", "Asia/Kolkata"),
        ("export last month europe/berlin by key", BERLIN),
    ],
)
def test_a_zone_that_is_typed_counts_more_than_the_calendar(text: str, zone: str) -> None:
    command = read(text, "Pacific/Auckland")
    assert isinstance(command, Command)
    assert command.period is not None
    assert command.period.zone == zone


def test_a_zone_that_does_not_exist_stops_the_answer() -> None:
    wrong = read("cost today europe/atlantis")
    assert isinstance(wrong, Misunderstood)
    assert wrong.unused == ("europe/atlantis",)


@pytest.mark.parametrize(
    "text",
    [
        "Cost  LAST\u00a0Month “by” \u2018Model\u2019",
        "/stackspend cost last month by model",
        "<@U0STACKBOT|stackspend> cost last month, by model?",
        "cost last month - (by model)",
        "cost `last month` by model.",
        "models last month",
    ],
)
def test_what_keyboards_and_slack_add_does_not_matter(text: str) -> None:
    assert read(text) == cost("2026-10-01", "2026-11-01")


@pytest.mark.parametrize(
    ("text", "name"),
    [("", "summary"), ("  ", "summary"), ("HELP", "help"), ("status", "status"), ("sync now", "sync")],
)
def test_commands_without_a_period_are_understood(text: str, name: str) -> None:
    assert read(text) == Command(name)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("csot today", "cost today"),
        ("cost todya by modle", "cost today by model"),
        ("statsu", "status"),
        ("who spent the most yesterday", "cost yesterday by engineer"),
        ("cost of everything", "cost all time"),
        ("cost 11/1", "cost nov 1"),
        ("refresh", "sync"),
        ("cost last month by model", ""),
        ("hi, show me the costs of today", ""),
    ],
)
def test_what_was_not_literal_says_how_it_was_read(text: str, read_as: str) -> None:
    command = read(text)
    assert isinstance(command, Command)
    assert command.read_as == read_as


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("cost by mina today", "cost today"),
        ("engineers 7d by mina", "engineers 7d"),
        ("cost last 24 hours", "cost today"),
        ("cost xyzzy staging", "cost"),
        ("today <@U0JONAS01>", "cost today"),
        ("kost <@U0JONAS01> last week", "cost last week"),
        ("budget", "summary"),
        ("cost by team", "cost"),
        ("xyzzy", None),
    ],
)
def test_what_has_no_answer_gets_the_nearest_command_that_has_one(text: str, nearest: str | None) -> None:
    near = misread(text).nearest
    assert near[:1] == ((nearest,) if nearest else ())
    assert all(isinstance(read(each), Command) for each in near)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cost by team", "I can't group costs by team yet."),
        ("cost by day and week", "I can't group by day and week together yet."),
        ("cost by token type and model", "I can't group by token type and model together yet."),
        ("cost opus by token type", "I can't group a part of the costs by token type yet."),
        ("export by week", "I can't group costs by week yet."),
        ("export by model and engineer", "I can't group by model and engineer together yet."),
        ("claude top 3", "I can't cut a list at 3 yet"),
        ("cost not today", "I can't leave something out of an answer yet."),
        ("credits left", "Anthropic doesn't publish remaining credit"),
        ("export csv json", "one kind of file"),
    ],
)
def test_what_is_understood_and_not_built_yet_says_so(text: str, says: str) -> None:
    assert says in misread(text).sentence


JONAS = "<@U0JONAS01|jonas>"


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        (f"cost {JONAS} last week", [JONAS]),
        (f"cost last week {JONAS}", [JONAS]),
        (f"cost {JONAS} <@U0MINA0001> 7d", [JONAS, "<@U0MINA0001>"]),
        (f"engineers {JONAS} 7d", [JONAS]),
        (f"me {JONAS}", [JONAS]),
        (f"export {JONAS} last month", [JONAS]),
        (f"status {JONAS}", [JONAS]),
        ("cost @jonas last week", ["@jonas"]),
        ("cost for jonas", ["jonas"]),
        ("cost <#C0SPEND001|claude-spend> today", ["<#C0SPEND001|claude-spend>"]),
        ("cost <!subteam^S0TEAM0001|@finops> 7d", ["<!subteam^S0TEAM0001|@finops>"]),
        ("cost <!here> today", ["<!here>"]),
        ("cost <https://acme.example/a,b|our page> today", ["<https://acme.example/a,b|our page>"]),
        ("cost last week 🔥", ["🔥"]),
        ("cost last week :fire:", [":fire:"]),
        ("cost last week xyzzy $", ["xyzzy", "$"]),
        ("cost today /foo", ["/foo"]),
        ("sync everything", ["everything"]),
        ("digest weekly to <#C0SPEND001>", ["<#C0SPEND001>"]),
        (f"today {JONAS}", [JONAS]),
    ],
)
def test_a_word_that_changes_nothing_stops_the_answer_and_is_named(text: str, unused: list[str]) -> None:
    assert list(misread(text).unused) == unused


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        (f"cost {JONAS} last week", ["cost last week", "cost last week by engineer"]),
        ("cost opus last week by token type", ["cost last week by token type", "cost last week by model"]),
        ("cost by model and token type 7d", ["cost 7d by model", "cost 7d by token type"]),
        ("cost kolkata", ["cost", "cost by engineer", "cost by workspace"]),
        ("cost <#C0SPEND001> today", ["cost today"]),
        ("digest fish", ["digest"]),
    ],
)
def test_where_a_part_was_wanted_the_answers_that_hold_it_are_offered(text: str, nearest: list[str]) -> None:
    assert list(misread(text).nearest) == nearest


@pytest.mark.parametrize(
    "text",
    [
        "how much did we spend on Claude last month?",
        "Show me the cost of last month, please",
        "hi, can you give me the total costs for last month by model",
        "cost last month now",
    ],
)
def test_words_of_courtesy_change_nothing(text: str) -> None:
    assert read(text) == cost("2026-10-01", "2026-11-01")


def test_show_me_is_not_me() -> None:
    assert read("show me last week") == cost("2026-11-09", "2026-11-16")
    assert read("cost for me last week") == read("me last week")
    assert read("show me engineers last week") == read("engineers last week")


@pytest.mark.parametrize("text", ["cost today " + "by model " * 40, "cost today" + " " * 300 + "by engineer"])
def test_what_is_too_long_to_read_whole_is_not_read_in_part(text: str) -> None:
    assert "too long" in misread(text).sentence


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cost 2026-13", "2026-13 isn't a valid date."),
        ("cost 2026-02-30", "2026-02-30 isn't a valid date."),
        ("cost 2026-10-31..2026-10-01", "The start date is after the end date."),
        ("cost 2026-12-24", "The latest day is today, Nov 22"),
        ("cost 2026-11-01..2026-11-30", "Nov 30 is in the future"),
        ("cost 0d", "at least one day"),
        ("cost 1999-01", "before Anthropic billed anything"),
        ("cost 0001-01-01", "before Anthropic billed anything"),
        ("cost 9999-12", "in the future"),
        ("cost today yesterday", "one period"),
        ("cost today by model by key by day", "up to two"),
    ],
)
def test_an_impossible_period_is_told_what_is_possible(text: str, says: str) -> None:
    assert says in misread(text).sentence


@pytest.mark.parametrize("text", ["connect sk-ant-admin01-abc", "SK-ANT-api03", "cost “sk-ant-x”"])
def test_a_key_is_recognized_wherever_it_stands(text: str) -> None:
    assert read(text) == KeyTyped()


@pytest.mark.parametrize("zone", ["UTC", BERLIN])
def test_the_value_of_a_button_reads_as_its_question(zone: str) -> None:
    question = Question(Period(date(2026, 10, 1), date(2026, 11, 1), zone), "token type")
    answer = read(f"cost {question_text(question)}", BERLIN)
    assert answer == Command("cost", question.period, "token type")


OCTOBER, SEPTEMBER = Period(date(2026, 10, 1), date(2026, 11, 1)), Period(date(2026, 9, 1), date(2026, 10, 1))
OPUS, SONNET, MINE = Filter("model", ("opus",)), Filter("model", ("sonnet",)), Filter("engineer", (ME,))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("cost opus 2026-10", Command("cost", OCTOBER, filters=(OPUS,))),
        ("cost 2026-10 by day and model", Command("cost", OCTOBER, "model", second="day")),
        ("engineers by model 2026-10", Command("cost", OCTOBER, "engineer", second="model")),
        ("engineers 2026-10 opus", Command("cost", OCTOBER, "engineer", filters=(OPUS,))),
        ("top 5 models 2026-10", Command("cost", OCTOBER, "model", limit=5)),
        ("cost 2026-10 by week", Command("cost", OCTOBER, "week")),
        ("me 2026-10 by key", Command("cost", OCTOBER, "key", filters=(Filter("engineer", (ME,)),))),
        ("me 2026-10 opus", Command("cost", OCTOBER, "model", filters=(OPUS, Filter("engineer", (ME,))))),
        ("2026-10 vs 2026-09", Command("cost", OCTOBER, compare=SEPTEMBER)),
        ("opus vs sonnet 2026-10", Command("cost", OCTOBER, "workspace", filters=(OPUS,), compare=SONNET)),
        ("me 2026-10 vs 2026-09", Command("cost", OCTOBER, filters=(MINE,), compare=SEPTEMBER)),
        ("export 2026-10 opus", Command("export", OCTOBER, file=AsFile("model"), filters=(OPUS,))),
    ],
)
def test_parts_pairs_and_limits_are_commands(text: str, command: Command) -> None:
    answer = read(text)
    assert isinstance(answer, Command)
    assert replace(answer, read_as="") == command


members = st.text(min_size=1).filter(lambda text: not text.startswith("sk-ant"))
filters = st.builds(
    Filter,
    st.sampled_from(get_args(FilterDimension)),
    st.lists(members, min_size=1, max_size=3).map(tuple),
    st.one_of(st.just(""), members),
)


@given(
    st.lists(filters, max_size=3).map(tuple),
    st.sampled_from([None, "day", "engineer"]),
    st.one_of(st.none(), st.just(SEPTEMBER), filters),
)
def test_a_button_means_the_same_members_and_lines_whatever_they_are_called(
    chosen: tuple[Filter, ...], second: Dimension | None, compare: Period | Filter | None
) -> None:
    question = Question(OCTOBER, "workspace", second, chosen, 7, compare)
    answer = read(f"cost {question_text(question)}", BERLIN)
    expected = Command("cost", OCTOBER, "workspace", second=second, filters=chosen, limit=7, compare=compare)
    assert answer == expected
    text, start = start_of(f"{question_text(question)} +15")
    assert (read(f"cost {text}", BERLIN), start) == (expected, 15)


@pytest.mark.parametrize("text", ["cost today |colour=red", "cost today |xyzzy", "cost |model=opus |xyzzy"])
def test_anything_else_after_the_sign_stops_the_answer(text: str) -> None:
    assert isinstance(read(text), Misunderstood)


WORDS = st.sampled_from(
    [
        "cost",
        "by",
        "last",
        "week",
        "2026-10",
        "2026-99",
        "..",
        "9" * 9 + "d",
        "me",
        "utc",
        "--",
        "api",
        "<@U",
        "٣d",
    ]
)


@given(st.one_of(st.text(max_size=5000), st.lists(WORDS, max_size=40).map(" ".join)))
def test_any_text_gets_an_answer_quickly(text: str) -> None:
    answer = understand(text, TeamCalendar(NOW, BERLIN))
    assert isinstance(answer, Command | Misunderstood | KeyTyped)
    assert steps(lambda: understand(text, TeamCalendar(NOW, BERLIN))) < 20_000  # some milliseconds


@pytest.mark.parametrize(
    ("text", "start", "end", "file"),
    [
        ("export", "2026-11-01", "2026-11-23", AsFile()),
        ("export csv", "2026-11-01", "2026-11-23", AsFile()),
        ("export last month json", "2026-10-01", "2026-11-01", AsFile(form="json")),
        ("export json by API keys 7d", "2026-11-16", "2026-11-23", AsFile("key", "json")),
        ("export 2026-10 by day", "2026-10-01", "2026-11-01", AsFile("day")),
    ],
)
def test_an_export_is_cut_and_written_as_asked(text: str, start: str, end: str, file: AsFile) -> None:
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    assert read(text) == Command("export", period, file=file)


def test_an_answer_as_a_file_is_an_export() -> None:
    assert read("cost today csv") == read("export today csv")


@pytest.mark.parametrize("text", ["export csv json", "export frobnicate", "status csv"])
def test_a_form_is_for_exports_and_there_is_one(text: str) -> None:
    assert isinstance(read(text), Misunderstood)


@pytest.mark.parametrize(
    "text",
    ["export 2026-10-01..2026-10-31 utc by key json", "cost 2026-10-01..2026-10-31 europe/berlin by model"],
)
def test_a_command_written_down_can_be_typed_again(text: str) -> None:
    command = read(text, BERLIN)
    assert isinstance(command, Command)
    assert command_text(command) == text
