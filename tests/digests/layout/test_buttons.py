"""Where an answer leads: other views, the periods beside it, its other lines; and that its text tells it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from digests import render
from digests.layout import buttons
from digests.layout.buttons import Page
from digests.layout.message import Message
from digests.numbers.report import Question
from providers.period import Period
from tests.digests import samples

TODAY = date(2026, 11, 22)
KEYS = {str(n): f"key {n:03}" for n in range(40)}
MONEY = re.compile(r"\$[\d,.]*\d")


def labels(message: Message) -> list[list[str]]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [[element["text"]["text"] for element in row] for row in rows]


def rows_of(message: Message) -> list[list[str]]:
    table = next(block for block in message.blocks if block["type"] == "table")
    return [[_cell(cell) for cell in row] for row in table["rows"]]


def _cell(cell: dict[str, Any]) -> str:
    return str(cell["text"] if cell["type"] == "raw_text" else cell["elements"][0]["elements"][0]["text"])


def cost(start: int = 0) -> Message:
    return render.cost(samples.by("key", KEYS), now=samples.NOW, start=start)


def test_every_answer_has_the_same_buttons_in_the_same_order() -> None:
    assert labels(cost()) == [
        ["By model", "By engineer", "By workspace"],
        ["Thu, Nov 19", "Yesterday", "More", "Export CSV", "Share in channel"],
    ]
    assert labels(render.engineers(samples.engineers(60), now=samples.NOW, zone="UTC")) == [
        ["By model", "By workspace", "By key", "By day"],
        ["Nov 7–13", "Nov 21–22", "More", "Export CSV", "Share in channel"],
    ]


@pytest.mark.parametrize("start", [0, 15, 30])
def test_no_row_has_more_than_five_buttons(start: int) -> None:
    assert max(map(len, labels(cost(start)))) <= 5


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
    more = next(each for each in cost().blocks[-1]["elements"] if each["action_id"] == "more")
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
    assert "next" not in str(render.cost(today, now=samples.NOW).blocks[-1])


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
