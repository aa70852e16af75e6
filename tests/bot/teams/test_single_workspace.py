"""The one workspace that the token is for: when the app is taken from it, and when it is back."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.settings import Settings
from bot.teams import uninstall
from bot.teams.workspaces import SingleWorkspace
from demo.slack.people import ADMIN
from storage.engine.database import session, transaction
from storage.facts import spend
from storage.state import audit, connections, uninstalls
from storage.state.ingest import tokens
from tests.bot.conftest import DAY, MINUTE
from tests.bot.harness import NOW, Harness, connect, fill, open_harness


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened), days=3)
        yield opened


def one(harness: Harness) -> SingleWorkspace:
    workspace = harness.slack.workspace
    settings = Settings(
        slack_bot_token=workspace.token, slack_app_token="xapp-1", slack_api_url=harness.slack.api_url
    )
    return SingleWorkspace(settings, lambda: harness.moment[0])


@pytest.mark.parametrize(
    ("event", "facts"), [("app_uninstalled", {}), ("tokens_revoked", {"tokens": {"bot": ["U1"]}})]
)
def test_the_key_is_gone_at_once_and_figures_after_a_while(
    harness: Harness, event: str, facts: dict[str, object]
) -> None:
    harness.slack.event(event, **facts)
    with session():
        assert connections.every() == []
        (past,) = connections.past_of_team(harness.team_id)
        assert spend.all_time(past.id) > 0
    harness.moment[0] += uninstalls.GRACE + MINUTE
    harness.slack.workspace.clock = harness.moment[0].timestamp
    one(harness).ticks["care"]()
    with session():
        assert connections.all_of_team(harness.team_id) == []


def test_a_token_that_slack_takes_again_keeps_the_figures(harness: Harness) -> None:
    harness.slack.event("app_uninstalled")
    one(harness).open(harness.services)
    harness.moment[0] += uninstalls.GRACE + DAY
    one(harness).ticks["care"]()
    with session():
        assert connections.past_of_team(harness.team_id)


def test_home_tabs_show_no_figures_of_before_the_app_was_taken_away(harness: Harness) -> None:
    shown = harness.after(harness.slack.open_home(ADMIN).index, "home")
    assert "$" in shown.words
    harness.slack.event("app_uninstalled")
    one(harness).open(harness.services)
    again = harness.after(shown.index, "home")
    assert "$" not in again.words


@pytest.mark.parametrize("facts", [{"tokens": {"oauth": ["U1"]}}, {"tokens": {}}])
def test_a_persons_token_is_no_reason_to_leave(harness: Harness, facts: dict[str, object]) -> None:
    harness.slack.event("tokens_revoked", **facts)
    assert harness.connection()


def test_what_happened_before_this_process_began_says_nothing_of_its_token(harness: Harness) -> None:
    delivery = harness.slack.event("tokens_revoked", tokens={})
    earlier = int((NOW - MINUTE).timestamp())
    late = {**json.loads(delivery.body), "event": {"type": "app_uninstalled"}, "event_time": earlier}
    harness.slack.redeliver(replace(delivery, body=json.dumps(late)))
    assert harness.connection()


def test_what_happened_is_reported_by_its_age_wherever_the_clock_stood_at_the_start() -> None:
    bodies = [{"event_time": int(NOW.timestamp()) - age} for age in (5, 60, 75)]
    assert [uninstall.happened_within(body, 60.0, now=NOW) for body in bodies] == [True, True, False]


def test_leaving_is_in_the_log(harness: Harness) -> None:
    harness.slack.event("app_uninstalled")
    with session():
        assert [(each.who, each.what) for each in audit.every(harness.team_id)] == [
            (audit.US, "uninstalled"),
            (audit.US, "disconnected"),
        ]
    assert ADMIN


def test_removing_the_app_revokes_the_tokens_of_telemetry_at_once(harness: Harness) -> None:
    with transaction():
        token, _known = tokens.issue(harness.team_id, "laptops", by=ADMIN, at=NOW)
    harness.slack.event("app_uninstalled")
    with session():
        assert tokens.authenticate(token) is None


def test_telemetry_connected_before_slack_is_this_workspaces_from_then_on(harness: Harness) -> None:
    with transaction():
        token, _known = tokens.issue("local", "laptops", by="", at=NOW)
    one(harness).open(harness.services)
    with session():
        assert tokens.authenticate(token)
        assert [each.name for each in tokens.good_of_team(harness.team_id)] == ["laptops"]
        assert tokens.of_team("local") == []


def test_telemetry_of_its_own_is_not_mixed_with_what_was_connected_before(harness: Harness) -> None:
    with transaction():
        tokens.issue("local", "laptops", by="", at=NOW)
        tokens.issue(harness.team_id, "ci", by=ADMIN, at=NOW)
    one(harness).open(harness.services)
    with session():
        assert [each.name for each in tokens.good_of_team(harness.team_id)] == ["ci"]
        assert [each.name for each in tokens.good_of_team("local")] == ["laptops"]
