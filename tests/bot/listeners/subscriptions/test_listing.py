"""The list of digests, of any number and about anything, is one that Slack takes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from digests.messages.digest.listing import listing, page_around
from storage.state.scopes import WHOLE, Scope
from storage.state.subscriptions import Subscription
from tests.surface.checks import objections
from tests.surface.test_every_message import NAMES

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
DAILY = Subscription(
    id=1,
    team_id="T0ACME0001",
    channel_id="C0SPEND001",
    channel_name="claude-spend",
    kind="daily",
    time="09:00",
    zone="America/Argentina/ComodRivadavia",
    weekday=0,
    month_day=1,
    working_days_only=True,
    scope=WHOLE,
    naming="names",
    set_up_by="U0ADMIN001",
    next_at=NOW,
    paused="",
)


def digests(count: int, **changes: Any) -> list[Subscription]:
    return [structs.replace(DAILY, id=n + 1, **changes) for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 8, 9, 25, 3000])
@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_digests_about_anything_fits(name: str, count: int) -> None:
    emails = tuple(f"person{n}@acme.example" for n in range(40))
    for how in (
        {"scope": Scope("engineers", emails)},
        {"scope": Scope("workspace", ("w",)), "kind": "monthly"},
        {"paused": "restricted_action"},
    ):
        for start in (0, count // 2, count):
            page = listing(digests(count, **how), lambda _id: NAMES[name], now=NOW, start=start)
            assert objections("message", {"text": page.text, "blocks": page.blocks}) == []


def test_the_pages_hold_every_digest_once() -> None:
    every, shown = digests(25), list[str]()
    for start in range(0, 25, 8):
        page = listing(every, str, now=NOW, start=start)
        rows = [block["elements"] for block in page.blocks if block["type"] == "actions"]
        shown += [each["value"] for row in rows for each in row if each["action_id"] == "digest:edit"]
    assert shown == [str(n) for n in range(1, 26)]


def test_the_page_around_a_removed_digest_is_where_it_was() -> None:
    every = digests(25)
    assert (page_around(every, 9), page_around([each for each in every if each.id != 9], 9)) == (8, 8)
