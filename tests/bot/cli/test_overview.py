"""What somebody sees who types `stackspend` and does not know what comes next."""

import tomllib
from pathlib import Path

import pytest

from bot import __version__
from bot.__main__ import main
from bot.cli.overview import HELP

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("verb", HELP)
def test_every_line_of_the_overview_is_a_verb_with_help_of_its_own(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    assert f"usage: stackspend {verb}" in capsys.readouterr().out


def test_help_lists_the_verbs_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {verb} " in shown for verb in HELP)
    assert "stackspend connect < key.txt" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_nothing_typed_is_wrong_usage_and_shows_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "stackspend connect < key.txt" in capsys.readouterr().err


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert __version__ == project["version"]
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"StackSpend {__version__}\n")


@pytest.mark.parametrize(
    ("typed", "near"), [("cots", "cost"), ("enginers", "engineers"), ("Status", "status"), ("xyzzy", "")]
)
def test_an_unknown_verb_is_named_with_the_nearest(
    typed: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed, "today"]) == 2
    shown = capsys.readouterr().err
    assert f"“{typed}” isn't a command." in shown
    assert ("Did you mean `stackspend " in shown) == bool(near)
    assert near in shown
