"""Redraw Home tabs during an import: at each quarter of it and at its end, for people who have opened theirs.

HomeRedraw, after each step of an import and once at the start: _is_new │ a thread: _redraw_team
_redraw_team: home_views.behind │ the next person │ home.show_again │ PACE │ until nobody is behind
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.reports import status
from bot.services import Services
from bot.slack import errors
from bot.slack.users import ViewerUnknown
from storage.engine.database import StorageUnavailable, session, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state import connections, home_views
from storage.state.connections import Connection

# Slack allows views.publish at least a hundred times a minute in a workspace
# (https://docs.slack.dev/apis/web-api/rate-limits, tier 4); half of it is left to people who open theirs.
PACE = 1.2  # seconds
LONGEST_WAIT = 60.0  # seconds that Slack can ask us to wait; a longer pause is not worth a thread
_FAILURES = (ViewerUnknown, SlackClientError, OSError, HTTPException)
log = logging.getLogger(__name__)


@dataclass
class HomeRedraw:
    """Called after each step of an import. One thread a team redraws, one person after the other.

    `wait` sleeps, and returns True when this process ends.
    """

    context_of: Callable[[str], Context | None]
    services: Services
    threads: Executor
    wait: Callable[[float], bool]
    seconds_between: float = 1.0
    _looked: dict[int, float] = field(default_factory=dict)
    _quarters: dict[int, int] = field(default_factory=dict)  # by connection: the last one that was handled
    _busy: set[str] = field(default_factory=set)  # teams that have a thread
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, connection: Connection) -> None:
        """Redraw the tabs that show an earlier quarter of the import, if it reached a new one."""
        present = connections.by_id(connection.id)
        if present.first_day is None and not self._is_time(connection.id):
            return
        if self._is_new(connection.id, status.import_quarter(present, now=self.services.now())):
            self.threads.submit(self._redraw_team, connection.team_id)

    def catch_up(self) -> None:
        """Redraw what an earlier process left behind."""
        with session():
            teams = home_views.teams_behind()
        for team_id in teams:
            self.threads.submit(self._redraw_team, team_id)

    def _is_time(self, connection_id: int) -> bool:
        """Whether it is time to look again how far an import is; that is some queries."""
        now = self.services.elapsed()
        with self._guard:
            if now - self._looked.get(connection_id, float("-inf")) < self.seconds_between:
                return False
            self._looked[connection_id] = now
            return True

    def _is_new(self, connection_id: int, quarter: int) -> bool:
        with self._guard:
            if self._quarters.get(connection_id, 0) == quarter:
                return False
            self._quarters[connection_id] = quarter
            return True

    def _redraw_team(self, team_id: str) -> None:
        with self._guard:
            if team_id in self._busy:  # that thread sees the new quarter
                return
            self._busy.add(team_id)
        try:
            self._redraw_people(team_id)
        except StorageUnavailable as error:
            log.warning("the Home tabs of %s were not redrawn: %s", team_id, error)
        except Exception:
            log.exception("the Home tabs of %s were not redrawn", team_id)
        finally:
            with self._guard:
                self._busy.discard(team_id)

    def _redraw_people(self, team_id: str) -> None:
        try:
            context = self.context_of(team_id)
        except WrongSecretKey:
            return  # logged at the start, and `doctor` reports it
        failed = set[str]()
        while context and (person := self._next(team_id, failed)):
            if not self._redraw(context, person):
                failed.add(person)
                with transaction():
                    home_views.set_undrawn(team_id, person)
            if self.wait(PACE):
                return

    def _next(self, team_id: str, failed: set[str]) -> str | None:
        """Return the next person whose tab is behind the import."""
        with session():
            connection = connections.of_team(team_id)
            if connection is None:
                return None
            quarter = status.import_quarter(connection, now=self.services.now())
            people = home_views.behind(
                team_id, quarter=quarter, since=connection.connected_at, limit=home.MOST_HOMES
            )
        return next((person for person in people if person not in failed), None)

    def _redraw(self, context: Context, person: str) -> bool:
        """Redraw one tab, after a wait if Slack asks for one; a failure is logged and stops nobody else's."""
        for may_wait in (True, False):
            try:
                home.show_again(context, person)
            except SlackApiError as error:
                if may_wait and self._waited(error):
                    continue
                log.warning(NOT_UPDATED, person, errors.code_of(error))
                return False
            except _FAILURES as error:
                log.warning(NOT_UPDATED, person, error)
                return False
            return True
        return False

    def _waited(self, error: SlackApiError) -> bool:
        """Wait as long as Slack asks for; return False if it does not, or for too long."""
        if errors.code_of(error) not in errors.RATE_LIMITED:
            return False
        asked = str(error.response.headers.get("Retry-After") or "")
        pause = float(asked) if asked.isdecimal() else PACE
        return pause <= LONGEST_WAIT and not self.wait(pause)


NOT_UPDATED = "the Home tab of %s was not updated, and is when they open it: %s"
