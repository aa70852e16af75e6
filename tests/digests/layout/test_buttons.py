"""Where an answer leads: other views, the periods beside it, its other lines; and that its text tells it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest

from bot.questions.command import Command
from bot.questions.reading.dates import TeamCalendar
from bot.questions.understand import understand
from digests import render
from digests.layout import blocks, buttons
from digests.layout.buttons import Page
from digests.layout.controls import usual_periods
from digests.layout.message import Message
from digests.numbers.report import Dimension, Question
from providers.period import Period
from tests.digests import samples

TODAY = date(2026, 11, 22)
KEYS = {str(n): f"key {n:03}" for n in range(40)}
MONEY = re.compile(r"\$[\d,.]*\d")


def elements(message: Message) -> list[dict[str, Any]]:
    return [each for block in message.blocks if block["type"] == "actions" for each in block["elements"]]


def labels(message: Message) -> list[str]:
    return [_label(element) for element in elements(message)]


def _label(element: dict[str, Any]) -> str:
    if element["type"] == "button":
        return str(element["text"]["text"])
    return str(element["placeholder"]["text"]) if element["type"] == "static_select" else "⋯"


def choices(message: Message, action: str) -> dict[str, str]:
    """The texts of a menu and what each asks."""
    menu = next(each for each in elements(message) if each["action_id"] == action)
    return {each["text"]["text"]: each["value"] for each in menu["options"]}


def chosen(message: Message, action: str) -> str:
    menu = next(each for each in elements(message) if each["action_id"] == action)
    return str(menu["initial_option"]["text"]["text"])


def rows_of(message: Message) -> list[list[str]]:
    table = next(block for block in message.blocks if block["type"] == "table")
    return [[_cell(cell) for cell in row] for row in table["rows"]]


def _cell(cell: dict[str, Any]) -> str:
    return str(cell["text"] if cell["type"] == "raw_text" else cell["elements"][0]["elements"][0]["text"])


def cost(start: int = 0) -> Message:
    return render.cost(samples.by("key", KEYS), now=samples.NOW, start=start)


def test_every_answer_has_the_same_controls_in_the_same_order() -> None:
    assert labels(cost()) == ["Group by", "Period", "More", "Share…", "⋯"]
    engineers = render.engineers(samples.engineers(60), now=samples.NOW, zone="UTC")
    assert labels(engineers) == ["Group by", "Period", "Show all 60", "Share…", "⋯"]
    own = render.engineers(samples.engineers(1), now=samples.NOW, zone="UTC", own=True)
    assert labels(own) == ["Period", "Share…", "⋯"]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_every_choice_carries_the_calendar_and_what_is_not_chosen_anew(zone: str) -> None:
    question = Question(Period(date(2026, 11, 16), date(2026, 11, 19), zone), "workspace")
    message = render.cost(replace(samples.friday(), question=question), now=samples.NOW)
    groups, periods = choices(message, "group"), choices(message, "period")
    assert set(groups.values()) == {
        f"2026-11-16..2026-11-18 by {by} {zone.casefold()}"
        for by in get_args(Dimension)
        if by not in ("week", "month")  # of which three days have one
    }
    assert all(each.endswith(f" by workspace {zone.casefold()}") for each in periods.values())
    assert (chosen(message, "group"), chosen(message, "period")) == ("By workspace", "Nov 16–18")
    menu = next(each for each in elements(message) if each["type"] == "overflow")
    own = f"2026-11-16..2026-11-18 by workspace {zone.casefold()}"
    assert [each["value"] for each in menu["options"]] == [f"export {own}", f"about {own}"]


def test_every_choice_of_a_period_is_understood_as_the_days_it_names() -> None:
    calendar = TeamCalendar(samples.NOW, "UTC")
    for _text, words, days in usual_periods(TODAY, "UTC"):
        command = understand(f"cost {words} by model utc", calendar)
        assert isinstance(command, Command)
        assert command.period == days


def test_a_usual_period_is_chosen_by_its_name_and_others_come_first() -> None:
    def of(days: Period) -> Message:
        return render.cost(replace(samples.friday(), question=Question(days)), now=samples.NOW)

    assert chosen(of(Period(date(2026, 11, 9), date(2026, 11, 16))), "period") == "Last week"
    assert chosen(of(Period.month(date(2026, 10, 1))), "period") == "Last month"
    september = of(Period.month(date(2026, 9, 1)))
    assert chosen(september, "period") == next(iter(choices(september, "period"))) == "September 2026"
    assert list(choices(september, "period"))[-1] == "Earlier: August 2026"  # the later one is Last month


def test_what_is_too_long_for_a_menu_of_slack_is_left_out() -> None:
    long = "x" * 150
    menu = blocks.select("group", "Group by", {"a": "Short", f"{long}y": "Long"}, chosen=f"{long}y")
    assert [each["value"] for each in menu["options"]] == ["a"]
    assert "initial_option" not in menu


def test_all_engineers_come_in_one_page_after_the_first_ten() -> None:
    def engineers(start: int) -> Message:
        return render.engineers(samples.engineers(60), now=samples.NOW, zone="UTC", start=start)

    assert len(rows_of(engineers(0))) == 1 + 10 + 1 + 1
    assert rows_of(engineers(0))[11][0] == "50 others"
    assert len(rows_of(engineers(10))) == 1 + 60 + 1
    assert labels(engineers(10)) == ["Group by", "Period", "Back", "Share…", "⋯"]
    share = next(each for each in elements(engineers(10)) if each["action_id"] == "share")
    assert buttons.start_of(share["value"]) == ("engineers 2026-11-14..2026-11-20 utc", 10)


def test_nothing_is_left_of_more_engineers_than_a_page_holds() -> None:
    shown: list[str] = []
    for start in (10, 90, 180):
        message = render.engineers(samples.engineers(200), now=samples.NOW, zone="UTC", start=start)
        shown += [row[0] for row in rows_of(message)[1:] if not row[0].endswith(("others", "above", "Total"))]
    assert len(shown) == len(set(shown)) == 200


def test_what_is_not_on_a_page_is_a_row_with_its_sum() -> None:
    rows = rows_of(cost(15))
    assert rows[1][0] == "15 above"
    assert [row[0] for row in rows[2:17]] == [f"key {n:03}" for n in range(15, 30)]
    assert rows[17][:2] == ["10 others", f"${sum(1000 - n for n in range(30, 40)) + 2.5:,.2f}"]
    assert rows[18][0] == "Total"


def test_all_pages_together_are_all_lines() -> None:
    shown = [row[0] for start in (0, 15, 30) for row in rows_of(cost(start)) if row[0].startswith("key ")]
    assert shown == list(KEYS.values())


def test_by_day_one_goes_back_in_time() -> None:
    rows = rows_of(render.cost(samples.by_day(30), now=samples.NOW, start=15))
    assert (rows[1][0], rows[15][0], rows[16][0]) == ("Thu, Oct 22", "Thu, Nov 5", "15 later days")


def test_a_page_that_is_gone_is_the_last_one() -> None:
    assert Page.at(3000, size=15, count=40) == Page(40, 15, 30)
    assert Page.at(3000, size=15, count=0) == Page(0, 15, 0)


def test_a_button_says_where_the_page_begins() -> None:
    more = next(each for each in elements(cost()) if each["action_id"] == "more")
    assert buttons.start_of(more["value"]) == ("2026-11-20..2026-11-20 by key utc", 15)
    assert buttons.start_of("today +many") == ("today", 0)


@pytest.mark.parametrize(
    ("days", "ahead"),
    [
        (Period.day(date(2026, 11, 20)), Period.day(date(2026, 11, 21))),
        (Period.day(TODAY), None),
        (Period.month(date(2026, 9, 3)), Period.month(date(2026, 10, 1))),
        (Period.month(date(2026, 10, 3)), Period(date(2026, 11, 1), date(2026, 11, 23))),
        (Period(date(2026, 11, 1), date(2026, 11, 23)), None),
        (Period(date(2026, 11, 3), date(2026, 11, 10)), Period(date(2026, 11, 10), date(2026, 11, 17))),
        (Period(date(2026, 11, 13), date(2026, 11, 20)), Period(date(2026, 11, 20), date(2026, 11, 23))),
    ],
)
def test_the_next_period_ends_today_at_the_latest(days: Period, ahead: Period | None) -> None:
    assert buttons.one_ahead(days, today=TODAY) == ahead


def test_there_is_no_button_to_the_future() -> None:
    today = replace(samples.today(), question=Question(Period.day(TODAY)))
    assert not [text for text in choices(render.cost(today, now=samples.NOW), "period") if "Later" in text]


ANSWERS: dict[str, Callable[[], Message]] = {
    "cost-day": lambda: render.cost(samples.friday(), now=samples.NOW),
    "cost-today": lambda: render.cost(samples.today(), now=samples.NOW),
    "cost-month": lambda: render.cost(samples.month(), now=samples.NOW),
    "cost-keys": cost,
    "cost-keys-later": lambda: cost(15),
    "engineers": lambda: render.engineers(samples.engineers(60), now=samples.NOW, zone="UTC"),
    "summary": lambda: render.summary(samples.summary(), now=samples.NOW, zone="UTC"),
    "status": lambda: render.status(samples.status(), now=samples.NOW, zone="UTC"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_text_tells_every_figure_of_the_headline_and_the_top_lines(name: str) -> None:
    message = ANSWERS[name]()
    seen = str([block for block in message.blocks if block["type"] == "section"][:2])
    if name not in ("summary", "status"):
        top = [row for row in rows_of(message)[1:] if not row[0].endswith((" above", " others"))][:3]
        seen += str([row[:2] for row in top])
    missing = {figure for figure in MONEY.findall(seen) if figure not in message.text}
    assert missing == set()
