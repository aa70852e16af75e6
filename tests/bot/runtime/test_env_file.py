"""`.env` is read as data: nothing in it is run, every character means itself, and a mistake is a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import env_file
from bot.env_file import Unreadable, settings_in
from bot.settings import WrongSettings

ROOT = Path(__file__).parents[3]
ODD_PASSWORD = "pa&ss$word=#1 `id` $(touch /tmp/x) \\ ; |"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"),
        ("A=b\n", "b"),
        ("A=b\r\n", "b"),
        ("export A=b", "b"),
        ("  export   A = b  ", "b"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("A=b c", "b c"),
        ("A=b # why", "b"),
        ("A=b#c", "b#c"),
        ("A=#b", "#b"),
        ("A=postgresql://u:pa&ss$word@h/d?x=y", "postgresql://u:pa&ss$word@h/d?x=y"),
        ("A=$HOME `id` $(id)", "$HOME `id` $(id)"),
        ("A=it's", "it's"),
        ('A=b"c"', 'b"c"'),
        (r"A=C:\new", r"C:\new"),
        ("A='b # c'", "b # c"),
        ("A='b' # why", "b"),
        ('A="b # c"  # why', "b # c"),
        (r'A="say \"b\" \\ \$c \`d\` \n"', r'say "b" \ $c `d` \n'),
        ('A="b\nc"\n', "b\nc"),
        ("A='b\r\nc'", "b\nc"),
        ("A='  b  '", "  b  "),
        ("# A=a\n\n   # more\nA=b", "b"),
        ("A=a\nA=b", "b"),
    ],
)
def test_a_value_is_what_stands_there(text: str, value: str) -> None:
    assert dict(settings_in(text)) == {"A": value}


@given(st.text(st.characters(exclude_characters="'\r\0", exclude_categories=["Cs"])))
def test_whatever_is_in_single_quotes_comes_back(value: str) -> None:
    assert dict(settings_in(f"A='{value}'\nB=c")) == {"A": value, "B": "c"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A=b\nsource x.sh", "line 2 isn't NAME=value"),
        ("A b=c", "line 1 isn't NAME=value"),
        ("\nA='hunter2", "line 2 has a ' without a closing one"),
        ('A="hunter2\nB=c', 'line 1 has a " without a closing one'),
        ("A='hunter2'x", "line 1 has text after the closing '"),
        ("A=hunter\0", "line 1 has a character that values can't have"),
    ],
)
def test_a_line_that_sets_nothing_is_named_and_not_repeated(text: str, words: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        dict(settings_in(text))
    assert str(wrong.value) == words


def test_what_the_environment_sets_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=file\nB=file\nC_FILE=file\nD=file\nE=file\n")
    environment = {"A": "real", "B": "", "C": "real", "D_FILE": "real"}
    env_file.load(environment, file)
    assert environment == {"A": "real", "B": "", "C": "real", "D_FILE": "real", "E": "file"}


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfA=b\r\n")
    environment: dict[str, str] = {}
    env_file.load(environment, tmp_path / ".env")
    assert environment == {"A": "b"}


def test_no_file_is_no_mistake(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    env_file.load(environment, tmp_path / ".env")
    assert environment == {}


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin").write_bytes(b"A=caf\xe9")
    with pytest.raises(WrongSettings, match="folder can't be read: Is a directory"):
        env_file.load({}, tmp_path / "folder")
    with pytest.raises(WrongSettings, match="latin can't be read: it isn't UTF-8 text"):
        env_file.load({}, tmp_path / "latin")


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a verb as somebody does who stands in a folder."""
    usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**usual, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_verb_reads_the_file_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("export DATABASE_URL='sqlite:///from the file.db'\n")
    assert run(tmp_path, "migrate").returncode == 0
    assert (tmp_path / "from the file.db").exists()


def test_a_password_is_neither_run_nor_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL=postgresql://u:{ODD_PASSWORD}@127.0.0.1:9/x\nPORT=many\n")
    ran = run(tmp_path, "status")
    assert ran.returncode == 1
    assert "DATABASE_URL can't be read: in a user name or a password, write" in ran.stderr
    assert "PORT must be between 1 and 65535" in ran.stderr
    assert not [word for word in ("pa&ss", "$word", "touch") if word in ran.stderr.partition("write")[0]]
    assert "not found" not in ran.stderr


def test_a_folder_in_the_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    ran = run(tmp_path, "status")
    assert (ran.returncode, ran.stderr) == (1, "stackspend: .env can't be read: Is a directory\n")


def test_make_runs_nothing_of_the_file() -> None:
    assert ".env;" not in (ROOT / "Makefile").read_text()
    assert ". ./.env" not in (ROOT / "Makefile").read_text()
