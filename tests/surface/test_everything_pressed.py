"""Everything that can be typed and pressed, walked through in front of the stand-in Slack, and checked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from demo.slack.people import ADMIN, GUEST, MEMBER, SPEND
from demo.slack.transcript import Entry
from digests.words.requests import NO_DATABASE, OLD_BUTTON, OUR_FAULT, TOO_LATE
from providers.directory import Entry as Listed
from providers.money import billionths
from providers.spend import Attribution, KindSpend, Spend
from storage.engine.database import transaction
from storage.facts import charges, coverage, directory, spend
from storage.state import connections
from storage.state.connections import Connection
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, connect, open_harness, pressable
from tests.digests.samples import HOSTILE
from tests.surface.checks import Surface, objections

COMMANDS = [
    "",
    "cost today",
    "cost last month by key",
    "cost 30d by day",
    "cost by token type",
    "engineers 30d",
    "me 30d",
    "status",
    "digest",
    "export last month csv",
    "settings",
    "connect",
    "disconnect",
    "audit",
    "help",
    "csot <!channel>",
    "cost 2026-13",
]
SHOWN = ("ephemeral", "dm", "message", "edit", "modal", "modal_update", "home", "failure")
SURFACES: dict[str, Surface] = {"modal": "modal", "modal_update": "modal", "home": "home"}
SORRY = (OLD_BUTTON, OUR_FAULT, TOO_LATE, NO_DATABASE)
DEPTH = 2
WAITING = "sync"  # it waits for Anthropic; tests/bot/listeners/test_command.py presses it


@pytest.fixture
def harness(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    del store
    one_by_one = partial(ThreadPoolExecutor, 1)
    monkeypatch.setattr("tests.bot.harness.ThreadPoolExecutor", lambda _count: one_by_one())
    with open_harness() as opened:
        yield opened


def settled(harness: Harness, after: int) -> Entry:
    """Wait until the bot is done with all that it was asked, and return what it showed at last."""
    for _ in range(2):  # some work leaves more to do
        harness.services.pool.submit(lambda: None).result()
    shown = [each for each in harness.slack.workspace.transcript if each.index > after and each.kind in SHOWN]
    return shown[-1]


def names(count: int) -> list[str]:
    hostile = [each for each in HOSTILE.values() if each.strip()]
    return [f"{hostile[n % len(hostile)]} {n}" for n in range(count)]


def fill(connection: Connection, count: int, days: int = 40) -> None:
    """Remember that so many keys, each somebody's, spent on a day of every week, and were named by fiends."""
    people = [
        Listed(f"user_{n}", "user", each, email=f"p{n}@x.example") for n, each in enumerate(names(count))
    ]
    keys = [
        Listed(f"apikey_{n}", "api_key", each, owner_id=f"user_{n}") for n, each in enumerate(names(count))
    ]
    with transaction():
        directory.remember(connection.id, [*people, *keys])
        for back in range(1, days):
            day = NOW.date() - timedelta(days=back)
            hour = datetime(day.year, day.month, day.day, 9, tzinfo=NOW.tzinfo)
            ids = [f"apikey_{n}" for n in range(count)] if back % 7 == 2 else []
            lines = [
                Spend(
                    hour,
                    None,
                    id_,
                    f"claude-{n % 30}-{HOSTILE['ping']}",
                    "messages_api",
                    billionths(Decimal(1)),
                    (9, 0, 0, 0, 5, 0),
                )
                for n, id_ in enumerate(ids)
            ]
            kinds = [KindSpend(hour, "output", billionths(Decimal(len(lines))), 5)] if lines else []
            spend.replace(connection.id, day, Attribution(lines, kinds), estimated=False)
            charges.replace(connection.id, [day], [], at=NOW)
            coverage.mark(connection.id, "usage", [day], at=NOW)
        coverage.mark(connection.id, "usage", [NOW.date()], at=NOW, until=NOW)
        connections.set_first_day(connection.id, NOW.date() - timedelta(days=days - 1))


def buttons(entry: Entry) -> list[dict[str, Any]]:
    """The buttons, and the choices of menus as if they were some."""
    shown = [element for _, element in pressable(entry)]
    choices = [
        {"action_id": each["action_id"], "text": option["text"], "value": option["value"]}
        for each in shown
        if each["type"] == "overflow"
        for option in each["options"]
    ]
    return [*(each for each in shown if each["type"] == "button"), *choices]


def is_waiting(element: dict[str, Any]) -> bool:
    return WAITING in (element["action_id"], element.get("value"))


def pressed(harness: Harness, user: str, path: tuple[str, ...]) -> Entry:
    """Type a command, then press what the rest of the path says, each in what the one before showed."""
    while harness.slack.workspace.modal(user):
        harness.slack.close(user)
    entry = settled(harness, harness.slack.command(user, path[0], channel=SPEND).index)
    for label in path[1:]:
        entry = settled(harness, harness.press(user, entry, label))
    return entry


def walk(harness: Harness, user: str, command: str) -> None:
    """Press every kind of button that there is, each once."""
    seen: set[tuple[str, str]] = set()
    paths: list[tuple[str, ...]] = [(command,)]
    while paths:
        path = paths.pop(0)
        entry = pressed(harness, user, path)
        for each in buttons(entry) if len(path) <= DEPTH else ():
            kind = (each["action_id"], "".join(filter(str.isalpha, each["text"]["text"])))
            if kind not in seen and "url" not in each and not is_waiting(each):
                seen.add(kind)
                paths.append((*path, each["text"]["text"]))


def refused(harness: Harness) -> list[str]:
    return [
        f"{entry.index} {entry.kind}: {each}"
        for entry in harness.slack.workspace.transcript
        if entry.kind in SHOWN and entry.subject
        for each in objections(SURFACES.get(entry.kind, "message"), _sent(entry))
    ]


def _sent(entry: Entry) -> dict[str, Any]:
    kept = dict(entry.payload)
    if entry.kind in SURFACES:
        return kept
    return {"text": kept.get("text"), "blocks": kept.get("blocks") or []}


def apologies(harness: Harness) -> list[str]:
    shown = [(entry.kind, entry.words) for entry in harness.slack.workspace.transcript]
    return [words for _, words in shown if any(sorry in words for sorry in SORRY)]


@ON_SQLITE
@pytest.mark.parametrize("count", [1, 25])
def test_everything_an_admin_can_press_leads_somewhere(harness: Harness, count: int) -> None:
    fill(connect(harness), count)
    for command in COMMANDS:
        walk(harness, ADMIN, command)
    harness.services.pool.shutdown()
    assert refused(harness) == []
    assert apologies(harness) == []


@ON_SQLITE
@pytest.mark.parametrize("user", [MEMBER, GUEST])
def test_everything_others_can_press_leads_somewhere(harness: Harness, user: str) -> None:
    fill(connect(harness), 3)
    for command in COMMANDS:
        walk(harness, user, command)
    harness.services.pool.shutdown()
    assert refused(harness) == []
    assert apologies(harness) == []


@ON_SQLITE
def test_everything_can_be_pressed_before_anything_is_connected(harness: Harness) -> None:
    for command in COMMANDS:
        walk(harness, ADMIN, command)
    harness.services.pool.shutdown()
    assert refused(harness) == []


@ON_SQLITE
def test_three_thousand_engineers_are_told_of(harness: Harness) -> None:
    fill(connect(harness), 3000, days=10)
    for command in ("", "cost 30d by key", "cost 30d by engineer", "engineers 30d"):
        harness.ask(ADMIN, command, SPEND)
    harness.slack.open_home(ADMIN)
    harness.slack.wait(lambda entry: entry.kind == "home")
    harness.services.pool.shutdown()
    assert refused(harness) == []


@ON_SQLITE
@pytest.mark.parametrize("user", [ADMIN, MEMBER, GUEST])
@pytest.mark.parametrize("is_connected", [True, False])
def test_the_home_tab_is_accepted(harness: Harness, user: str, is_connected: bool) -> None:  # noqa: FBT001 - a case
    if is_connected:
        fill(connect(harness), 25)
    home = settled(harness, harness.slack.open_home(user).index)
    for each in buttons(home):
        if not is_waiting(each):
            home = settled(harness, harness.slack.open_home(user).index)
            settled(harness, harness.press(user, home, each["text"]["text"]))
    harness.services.pool.shutdown()
    assert refused(harness) == []
    assert apologies(harness) == []
