"""What README and docs promise exists: commands, settings, verbs, files, the manifest behind the link."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.__main__ import parser
from bot.cli.overview import HELP
from bot.questions.command import Command
from bot.questions.reading.dates import TeamCalendar
from bot.questions.understand import understand
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
README = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def between(name: str, start: str, end: str) -> str:
    return document(name).split(start)[1].split(end)[0]


def slash_commands() -> list[str]:
    return [text.strip() for text in re.findall(r"`/stackspend([^`]*)`", document("commands.md"))]


@pytest.mark.parametrize("text", slash_commands())
def test_every_slash_command_is_understood(text: str) -> None:
    assert isinstance(understand(text, TeamCalendar(NOW, "Europe/Berlin")), Command)


@pytest.mark.parametrize(
    "words", re.findall(r"`([^`]+)`", between("commands.md", "Periods:", "Days are UTC days"))
)
def test_every_period_and_dimension_is_understood(words: str) -> None:
    assert isinstance(understand(f"cost {words}", TeamCalendar(NOW, "UTC")), Command)


@pytest.mark.parametrize("line", re.findall(r"^stackspend (.+)$", README, re.MULTILINE))
def test_every_command_line_is_understood(line: str) -> None:
    words = line.split(" < ", maxsplit=1)[0].split()
    assert parser().parse_args(words).verb


def test_every_verb_is_in_the_table() -> None:
    table = set(
        re.findall(r"`([a-z-]+)(?: daily)?`", between("terminal.md", "| verb | does |", "Exit status"))
    )
    assert set(HELP) <= table


def test_every_setting_is_in_the_table() -> None:
    table = between("settings.md", "| variable | default", "`GET /healthz`")
    settings_named = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([A-Z_]{3,})`", line.split("|", 2)[1 if "|" in line else 0])
    }
    named = {
        "secret_keys": "STACKSPEND_SECRET_KEY",
        "admins": "STACKSPEND_ADMINS",
        "public_url": "STACKSPEND_PUBLIC_URL",
        "metrics_token": "STACKSPEND_METRICS_TOKEN",
    }
    assert settings_named == {named.get(field.name, field.name.upper()) for field in fields(Settings)}


def test_every_setting_of_the_example_is_one() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named <= set(re.findall(r"`([A-Z_]+)`", README))


def test_the_link_makes_the_app_of_the_manifest() -> None:
    (link,) = re.findall(r"^\[create\]: (https://api\.slack\.com/apps\?\S+)$", README, re.MULTILINE)
    (manifest,) = parse_qs(urlsplit(link).query)["manifest_json"]
    assert json.loads(manifest) == json.loads((ROOT / "slack-manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"^ *make ([a-z]+)|`make ([a-z]+)`", README, re.MULTILINE)))
)
def test_every_target_is_in_the_makefile(target: tuple[str, str]) -> None:
    assert re.search(rf"^{''.join(target)}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", re.findall(r"`((?:bot|digests|storage|providers)/[\w/]+\.py)`", README))
def test_every_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


def test_every_picture_is_there_in_light_and_dark_with_words_for_it() -> None:
    shown = set(re.findall(r'"(?:docs/)?([\w-]+\.png)"', README))
    assert shown == {path.name for path in (ROOT / "docs").glob("*.png")}
    assert all(len(words) > 40 for words in re.findall(r'<img [^>]*alt="([^"]*)"', README))
    assert README.count("<img ") == README.count(' alt="') == README.count("<source ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    paths += re.findall(r'(?:src|srcset)="([^"]+)"', text)
    assert [path for path in paths if not (page.parent / path).is_file()] == []


def test_no_lock_file_names_an_address() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        assert "://" not in lock.read_text(encoding="utf-8")
