"""A team whose people's clients report, and whose names are private, as until an admin opens them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from demo.slack.people import ADMIN
from providers.claude.records import NANOSECONDS
from providers.claude.use import Origin, Use
from storage.engine.database import transaction
from storage.facts.telemetry.count import add_uses
from storage.state import connections
from storage.state.ingest import tokens
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

JONAS, MINA = "jonas@acme.example", "mina@acme.example"
OPUS = "claude-opus-5-5"


@contextmanager
def open_team() -> Iterator[Harness]:
    with open_harness(are_names_open=False) as opened:
        fill(connect(opened))
        with transaction():
            tokens.issue(opened.team_id, "laptops", by=ADMIN, at=NOW - timedelta(days=40))
        yield opened


def use(harness: Harness, key: str, email: str, *, minutes_ago: float = 5, **of: Any) -> None:
    """Let a request of $0.80 have come, in a session of its person."""
    at = int((harness.moment[0] - timedelta(minutes=minutes_ago)).timestamp()) * NANOSECONDS
    account = f"user_{email.partition('@')[0]}" if email else ""
    origin = Origin(**{"model": OPUS, "account_id": account, "email": email, **of})
    request = Use(key, True, f"s {email}", at, at, at, (1000, 0, 0, 3000, 40_000), 3, None, origin)
    with transaction():
        connection = connections.of_team(harness.team_id, tokens.PROVIDER)
        assert connection
        add_uses(connection.id, [request])
