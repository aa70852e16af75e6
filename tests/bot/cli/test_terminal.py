"""What the command line prints: colors for people who want them, and lines that fit."""

from datetime import UTC, datetime
from io import StringIO

import pytest

from bot.cli import terminal
from digests.layout import blocks
from digests.layout.message import Message
from digests.terminal.text import columns

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = [
    "山田 太郎 (株式会社アクメ東京本社・研究開発部)",
    "👩🏽\u200d💻 Ada 🏳\ufe0f\u200d🌈 of the research team in Wrocław",
    "שרה לוי־כהן",
    "محمد الأحمد",
]
TABLE = blocks.table(["Engineer", "Spend", "Share"], [[name, "$1,234.56", "12%"] for name in NAMES])


class Terminal(StringIO):
    """A terminal, as far as a program can ask."""

    def isatty(self) -> bool:
        return True


def shown(out: StringIO) -> str:
    message = Message("Claude spend", [blocks.section("*$5.00* today, by " + ", ".join(NAMES)), TABLE])
    terminal.show(message, now=NOW, zone="UTC", out=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_terminal_gets_colors_and_a_pipe_none() -> None:
    assert "\x1b[" in shown(Terminal())
    assert "\x1b" not in shown(StringIO())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colors_gets_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in shown(Terminal())


def test_wide_joined_and_right_to_left_names_keep_the_columns() -> None:
    lines = shown(StringIO()).splitlines()
    assert max(map(columns, lines)) <= 80
    rows = [line for line in lines if "│" in line]
    assert len({tuple(columns(cell) for cell in row.split("│")[:-1]) for row in rows}) == 1


RED, GREEN, OFF = "\x1b[31m", "\x1b[32m", "\x1b[0m"


@pytest.mark.parametrize(
    ("words", "colored"),
    [
        ("up (▲ 134%)", f"up ({RED}▲ 134%{OFF})"),
        ("▼ 3% and ▲ 14×", f"{GREEN}▼ 3%{OFF} and {RED}▲ 14×{OFF}"),
        ("≈ +$9,380.14", f"{RED}≈ +$9,380.14{OFF}"),
        ("-$3.10", f"{GREEN}-$3.10{OFF}"),
        ("$-5, ci-$6, 3%", "$-5, ci-$6, 3%"),
    ],
)
def test_changes_are_red_upwards_and_green_downwards(words: str, colored: str) -> None:
    for block in (blocks.section(words), blocks.table(["Change"], [[words]])):
        assert colored in drawn(block, Terminal()).replace("\u00a0", " ")
        assert words in drawn(block, StringIO()).replace("\u00a0", " ")


def drawn(block: blocks.Block, out: StringIO) -> str:
    terminal.show(Message("", [block]), now=NOW, zone="UTC", out=out)
    return out.getvalue()
