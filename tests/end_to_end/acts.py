"""What people do in these stories, and what must be true at the end of each."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from demo.admin_api.faults import ADMIN_KEY
from demo.slack.people import ADMIN, SPEND
from demo.slack.server import Entry, Message
from demo.stage import Stage
from providers.period import DAY, Period
from storage.engine.database import open_database, session
from storage.engine.tables import database

KEY = ("admin_key", "value")
PATIENCE = 60.0  # seconds for what should take a few
_KEY_OR_TRACEBACK = re.compile(r"Traceback|sk-ant-[\w-]{6,}|xoxb-[\w-]+")


def ask(play: Stage, text: str, *, who: str = ADMIN) -> Entry:
    """Type a command and read the answer that only the asker sees."""
    command = play.slack.command(who, text, channel=SPEND)
    return play.slack.wait(kind="ephemeral", user=who, after=command.index, timeout=PATIENCE)


def connect(play: Stage, key: str = ADMIN_KEY) -> None:
    """Enter a key in the modal."""
    opened = play.slack.command(ADMIN, "connect", channel=SPEND)
    play.slack.wait(kind="modal", user=ADMIN, after=opened.index)
    submit_key(play, key)


def submit_key(play: Stage, key: str) -> None:
    """Fill in the modal that is open, and see that the key is taken."""
    sent = play.slack.submit(ADMIN, None, {KEY: key})
    play.slack.wait(
        kind="modal_update", user=ADMIN, contains="Connected to", after=sent.index, timeout=PATIENCE
    )


def history_is_in(play: Stage) -> Entry:
    """Wait for the end of the progress message."""
    return play.slack.wait(kind="edit", contains="billing history is imported", timeout=PATIENCE)


def set_up_digest(play: Stage, channel: str = SPEND) -> Entry:
    """Fill in the modal for every day; returns the confirmation with its buttons."""
    command = play.slack.command(ADMIN, "digest", channel=channel)
    listing = play.slack.wait(kind="ephemeral", user=ADMIN, after=command.index)
    pressed = play.slack.click(ADMIN, listing, "digest:add")
    play.slack.wait(kind="modal", user=ADMIN, after=pressed.index)
    sent = play.slack.submit(ADMIN, values={("kind", "value"): "daily"})
    return play.slack.wait(kind="dm", user=None, contains="The digest is set up", after=sent.index)


def post_digest_now(play: Stage, confirmed: Entry) -> Entry:
    """Press the button of a confirmation; returns what is said about it."""
    pressed = play.slack.click(ADMIN, confirmed, "digest:send_now")
    return play.slack.wait(
        lambda entry: any(words in entry.words for words in ("Sending the", "already in <#")),
        after=pressed.index,
        timeout=PATIENCE,
    )


def assert_books_agree(play: Stage) -> None:
    """Every day to the billionth of a dollar, nothing missing, nothing broken."""
    period = finished_days(play)
    assert by_day(play, period) == books_by_day(play, period)
    assert figures(play, "cost", as_typed(period))["coverage"] == {"complete": True, "missing": []}
    assert_nothing_went_wrong(play)


def figures(play: Stage, *words: str) -> dict[str, Any]:
    """An answer's numbers, from the command line."""
    read: dict[str, Any] = json.loads(play.type(*words, "--json"))
    return read


def finished_days(play: Stage) -> Period:
    """All that was billed: the first day to yesterday."""
    return Period(play.organization.first_day, datetime.now(UTC).date())


def as_typed(period: Period) -> str:
    """A period as people write it, its last day included."""
    return f"{period.start}..{period.end - DAY}"


def dollars(amount: Decimal) -> str:
    """An amount as an answer shows it."""
    return f"${amount:,.2f}"


def by_day(play: Stage, period: Period) -> dict[date, Decimal]:
    """What the bot says each day cost, to the last digit."""
    lines = figures(play, "cost", as_typed(period), "by", "day")["lines"]
    return {date.fromisoformat(line["id"]): Decimal(line["cost"]) for line in lines}


def books_by_day(play: Stage, period: Period) -> dict[date, Decimal]:
    """What each day truly cost; days without a cost are left out."""
    books = play.organization.books.by("day", period.start, period.end)
    return {date.fromisoformat(day or ""): cost for day, cost in books.items() if cost}


def posts_in(play: Stage, channel: str) -> list[Message]:
    """What the bot has in a channel by itself: the messages that carry an id of the outbox."""
    return [m for m in play.slack.workspace.messages(channel) if post_id(m)]


def post_id(message: Message) -> str:
    """The id by which the bot finds a message again."""
    return str((message.content.get("metadata") or {}).get("event_payload", {}).get("id", ""))


def assert_nothing_went_wrong(play: Stage) -> None:
    """Slack took everything, was always answered in time, and no log holds a traceback or a key."""
    assert play.slack.violations == []
    assert play.slack.failures == []
    for bot in play.bots:
        assert not _KEY_OR_TRACEBACK.search(bot.log.read_text(encoding="utf-8")), bot.log.read_text()


def until(condition: Callable[[], object], *, patience: float = PATIENCE) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"{patience} s passed in vain"
        time.sleep(0.01)


@contextmanager
def remembered(play: Stage) -> Iterator[None]:
    """The bot's own database, opened beside it."""
    open_database(play.database_url)
    with session():
        yield
    getattr(database.obj, "close_all", database.close)()
