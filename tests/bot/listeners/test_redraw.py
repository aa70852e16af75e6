"""Home tabs during an import: redrawn at each quarter and at the end, for those who have opened theirs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.listeners.context import Context
from bot.listeners.home_tab.redraw import HomeRedraw
from demo.slack.people import ADMIN, COLLEAGUE, MEMBER
from providers.period import DAY
from storage.engine.database import session, transaction
from storage.engine.secrets import NOT_THE_KEY, WrongSecretKey
from storage.facts import coverage
from storage.state import connections, home_views
from storage.state.connections import Connection
from tests.bot.conftest import AtOnce
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

DAYS = 31  # of history that an import expects before it knows any


@dataclass
class Redrawing:
    """A redraw whose waits are counted, and the people whose tabs were published."""

    harness: Harness
    waits: list[float] = field(default_factory=list)

    def process(self) -> HomeRedraw:
        """A process that redraws; each one starts without memory."""
        return HomeRedraw(
            lambda _team: self.harness.context, self.harness.services, AtOnce(), self._wait, seconds_between=0
        )

    def _wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return False

    def tabs(self) -> list[str]:
        return [entry.user or "" for entry in self.harness.slack.workspace.transcript if entry.kind == "home"]

    def open(self, *people: str) -> None:
        for person in people:
            self.harness.after(self.harness.slack.open_home(person).index, "home")

    def read(self, days: int) -> Connection:
        """Let the newest days be read."""
        connection = self.harness.connection()
        assert connection
        with transaction():
            for report in ("charges", "usage", "claude_code"):
                every = [NOW.date() - n * DAY for n in range(1, days + 1)]
                coverage.mark(connection.id, report, every, at=NOW)
        return connection


@pytest.fixture
def redrawing(store: str) -> Iterator[Redrawing]:
    del store
    with open_harness() as harness:
        connect(harness)
        yield Redrawing(harness)


def test_everybody_who_opened_it_sees_each_quarter_once(redrawing: Redrawing) -> None:
    redrawing.open(ADMIN, MEMBER)
    process, before = redrawing.process(), redrawing.tabs()
    for days in (8, 9, 16, 24):
        process(redrawing.read(days))
        process(redrawing.read(days))
    drawn = redrawing.tabs()[len(before) :]
    assert sorted(drawn) == sorted([ADMIN, MEMBER] * 3)


def test_the_end_is_drawn_with_the_figures(redrawing: Redrawing) -> None:
    redrawing.open(MEMBER)
    process, connection = redrawing.process(), redrawing.harness.connection()
    assert connection
    fill(connection)
    before = len(redrawing.harness.slack.workspace.transcript)
    process(connection)
    shown = redrawing.harness.after(before - 1, "home")
    assert shown.user == MEMBER
    assert "Claude spend at Acme" in shown.words
    assert "imported" not in shown.words


def test_a_restart_draws_what_was_left_and_nothing_twice(redrawing: Redrawing) -> None:
    redrawing.open(ADMIN)
    redrawing.read(16)
    redrawing.process().catch_up()
    redrawing.process().catch_up()
    redrawing.process()(redrawing.read(16))
    assert redrawing.tabs() == [ADMIN, ADMIN]


def test_who_opened_it_before_the_import_began_or_never_is_left_alone(redrawing: Redrawing) -> None:
    with transaction():
        home_views.remember(redrawing.harness.team_id, COLLEAGUE, at=NOW - timedelta(days=1), quarter=0)
    redrawing.process()(redrawing.read(16))
    assert redrawing.tabs() == []


class Failing:
    """A Slack client that refuses some people's tabs, as often as it is told to."""

    def __init__(self, client: Any, refusals: dict[str, list[SlackApiError]]) -> None:
        self._client, self._refusals = client, refusals

    def views_publish(self, *, user_id: str, view: dict[str, Any], hash: str | None) -> Any:  # noqa: A002 - Slack's
        if self._refusals.get(user_id):
            raise self._refusals[user_id].pop(0)
        return self._client.views_publish(user_id=user_id, view=view, hash=hash)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def refusal(code: str, **headers: str) -> SlackApiError:
    response = type("Response", (dict,), {"status_code": 200, "headers": headers})
    return SlackApiError(code, response(error=code))  # type: ignore[no-untyped-call] # slack_sdk


def refusing(redrawing: Redrawing, **refusals: list[SlackApiError]) -> None:
    delivery = redrawing.harness.context.delivery
    vars(delivery)["client"] = Failing(delivery.client, refusals)


def test_a_tab_that_slack_refuses_stops_nobody_elses_and_is_tried_at_the_next_quarter(
    redrawing: Redrawing,
) -> None:
    redrawing.open(ADMIN, MEMBER)
    refusing(redrawing, **{MEMBER: [refusal("internal_error")]})
    process = redrawing.process()
    process(redrawing.read(8))
    assert redrawing.tabs()[2:] == [ADMIN]
    process(redrawing.read(16))
    assert sorted(redrawing.tabs()[3:]) == sorted([ADMIN, MEMBER])


def test_slacks_limit_is_waited_for_and_two_tabs_have_a_pause_between(redrawing: Redrawing) -> None:
    redrawing.open(ADMIN, MEMBER)
    refusing(redrawing, **{MEMBER: [refusal("ratelimited", **{"Retry-After": "7"})]})
    redrawing.process()(redrawing.read(8))
    assert sorted(redrawing.tabs()[2:]) == sorted([ADMIN, MEMBER])
    assert sorted(redrawing.waits) == [1.2, 1.2, 7]


def test_a_team_whose_token_cannot_be_opened_is_left_alone(
    redrawing: Redrawing, caplog: pytest.LogCaptureFixture
) -> None:
    def lost(_team_id: str) -> Context:
        raise WrongSecretKey(NOT_THE_KEY)

    redrawing.open(ADMIN)
    HomeRedraw(lost, redrawing.harness.services, AtOnce(), lambda _: False)(redrawing.read(16))
    assert redrawing.tabs() == [ADMIN]
    assert not caplog.records


def test_nothing_is_drawn_for_a_team_that_was_disconnected_meanwhile(redrawing: Redrawing) -> None:
    redrawing.open(ADMIN)
    connection = redrawing.read(16)
    with transaction():
        connections.disconnect(connection.id, keep_history=True)
    with session():
        assert connections.of_team(redrawing.harness.team_id) is None
    redrawing.process().catch_up()
    assert redrawing.tabs() == [ADMIN]
