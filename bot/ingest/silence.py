"""Watch for senders that used to report and stopped while their use went on.

Only whole days of the bill and of Claude Code's report show it, so an hour sooner or later does not matter.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.reports.claude.blind import who_is_blind
from bot.sync import incidents
from digests.numbers.telemetry.blind import Blind, gone_silent
from digests.words import wording
from storage.engine.database import session, transaction
from storage.state import connections
from storage.state.connections import Connection
from storage.state.ingest import tokens

_EVERY = timedelta(hours=1)


class SilenceWatch:
    """Looks at every team's telemetry; several processes may, since an incident opens once."""

    def __init__(self, now: Callable[[], datetime], admins: frozenset[str]) -> None:
        """Look for the first time at the first tick."""
        self._now, self._admins = now, admins
        self._next: datetime | None = None

    def tick(self) -> None:
        """Look, if it is time."""
        now = self._now()
        if self._next is not None and now < self._next:
            return
        self._next = now + _EVERY
        with session():
            for team in tokens.teams():
                self._look(team, now)

    def _look(self, team: str, now: datetime) -> None:
        present, reporting = (connections.of_team(team, each) for each in ("anthropic", tokens.PROVIDER))
        if present is None or reporting is None:
            return
        silent = gone_silent(who_is_blind(present, reporting, now=now))
        with transaction():
            self._note(reporting, silent, now)

    def _note(self, reporting: Connection, silent: Sequence[Blind], now: datetime) -> None:
        if silent:
            words = detail(silent)
            incidents.begin(reporting, "telemetry_silent", detail=words, now=now, admins=self._admins)
        else:
            incidents.end(reporting, "telemetry_silent", now=now, admins=self._admins)


def detail(silent: Sequence[Blind]) -> str:
    """Return how many are silent since when, without names: an alert can reach people who see none."""
    count = wording.counted(len(silent), "person", "people")
    cost = wording.estimated(sum((each.cost for each in silent), Decimal(0)))
    first = min(each.since for each in silent)
    return f"{count}, {cost} not reported since {wording.date_full(first)}"
