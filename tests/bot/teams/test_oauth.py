"""Installing into many Slack workspaces, through the browser and Slack's own steps, and leaving again."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.runtime.logs import listen_to
from bot.teams import router
from bot.teams.oauth import SCOPES
from bot.teams.uninstall import LOOK_AGAIN, Cleanup
from demo.slack.people import ADMIN, SPEND
from demo.slack.server import Workspace
from storage.engine.database import StorageUnavailable, session, transaction
from storage.engine.tables import InstallationRow, OneTimeTokenRow
from storage.facts import spend
from storage.state import audit, connections, installations, jobs, posts, subscriptions, uninstalls
from storage.state.subjects import IncidentChange
from storage.state.subscriptions import Plan
from tests.bot.harness import ACME, ADMIN_KEY, NOW, fill
from tests.bot.shared_bot import COOKIE, PUBLIC, SharedBot, acme, connect, grid, open_shared_bot, umbrella

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MANIFEST = Path(__file__).parents[3] / "slack-manifest.json"


@pytest.fixture
def shared_bot(store: str) -> Iterator[SharedBot]:
    del store
    with open_shared_bot(acme(), umbrella(), *grid()) as opened:
        yield opened


@pytest.fixture
def first(shared_bot: SharedBot) -> Workspace:
    return next(iter(shared_bot.cloud.workspaces.values()))


@pytest.fixture
def second(shared_bot: SharedBot) -> Workspace:
    return list(shared_bot.cloud.workspaces.values())[1]


@pytest.fixture
def enterprise(shared_bot: SharedBot) -> list[Workspace]:
    return list(shared_bot.cloud.workspaces.values())[2:]


def installed(workspace: Workspace) -> bool:
    with session():
        return installations.of_team(workspace.team_id) is not None


def settled(shared_bot: SharedBot, workspace: Workspace) -> int:
    """Install, connect, fill with figures and set up a digest; returns the connection's number."""
    shared_bot.install(workspace)
    connection = connect(shared_bot, workspace, ACME, key=ADMIN_KEY, by=ADMIN)
    fill(connection, days=3)
    with transaction():
        jobs.schedule(connection.id, "usage", due=NOW, priority=1)
        subscriptions.save(
            workspace.team_id,
            channel_id=SPEND,
            channel_name="claude-spend",
            plan=Plan(),
            set_up_by=ADMIN,
            next_at=NOW,
        )
    return connection.id


def left(shared_bot: SharedBot, workspace: Workspace, number: int) -> bool:
    """Whether nothing runs for a team any more, and its figures are still there."""
    with session():
        assert spend.all_time(number) > 0
        return (
            installations.of_team(workspace.team_id) is None
            and connections.of_team(workspace.team_id) is None
            and not jobs.due(number, shared_bot.now + DAY, limit=1)
            and not subscriptions.due(shared_bot.now + DAY)
        )


# --- installing


def test_a_person_installs_and_is_told_what_comes_next(shared_bot: SharedBot, first: Workspace) -> None:
    response = shared_bot.install(first)
    assert response.status_code == 200
    assert "StackSpend is installed in Acme" in response.text
    assert "/stackspend connect" in response.text
    assert "30 days later" in response.text
    assert f"team={first.team_id}" in response.text
    assert "isn't connected to Anthropic yet" in shared_bot.ask(first, ADMIN, "cost today", SPEND).words


def test_slack_is_asked_for_what_the_manifest_says(shared_bot: SharedBot) -> None:
    location = httpx.URL(shared_bot.get("/slack/install").headers["location"])
    assert location.path == "/oauth/v2/authorize"
    assert location.params["redirect_uri"] == f"{PUBLIC}/slack/oauth_redirect"
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    assert location.params["scope"].split(",") == list(SCOPES)
    assert manifest["oauth_config"]["scopes"]["bot"] == list(SCOPES)


def test_pages_load_nothing_and_are_kept_by_nobody(shared_bot: SharedBot, first: Workspace) -> None:
    headers = shared_bot.install(first).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_the_token_is_sealed_and_in_no_log(
    shared_bot: SharedBot, first: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listen_to("DEBUG")
    shared_bot.install(first)
    with session():
        assert first.token.encode() not in bytes(InstallationRow.get().token_encrypted)
    assert first.token not in caplog.text


def test_a_state_is_good_once(shared_bot: SharedBot, first: Workspace) -> None:
    shared_bot.cloud.chosen = (first,)
    path, cookie = shared_bot.begin()
    assert shared_bot.get(path, Cookie=cookie).status_code == 200
    again = shared_bot.get(path, Cookie=cookie)
    assert again.status_code == 401
    assert "sign-in expired" in again.text


def test_a_state_is_good_for_ten_minutes(shared_bot: SharedBot, first: Workspace) -> None:
    shared_bot.cloud.chosen = (first,)
    path, cookie = shared_bot.begin()
    shared_bot.advance(10 * MINUTE)
    assert shared_bot.get(path, Cookie=cookie).status_code == 401
    assert not installed(first)


def test_a_state_is_good_in_the_browser_that_began(shared_bot: SharedBot, first: Workspace) -> None:
    shared_bot.cloud.chosen = (first,)
    path, _ = shared_bot.begin()
    _, others = shared_bot.begin()
    for cookie in ("", others):
        response = shared_bot.get(path, Cookie=cookie)
        assert response.status_code == 400
        assert "different browser" in response.text
    assert not installed(first)


def test_an_invented_state_installs_nothing(shared_bot: SharedBot, first: Workspace) -> None:
    response = shared_bot.get("/slack/oauth_redirect?code=code-1&state=x", Cookie="slack-app-oauth-state=x")
    assert response.status_code == 401
    assert f"{PUBLIC}/slack/install" in response.text
    assert not installed(first)


def test_whoever_declines_is_told_so(shared_bot: SharedBot) -> None:
    shared_bot.cloud.chosen = ()
    path, cookie = shared_bot.begin()
    response = shared_bot.get(path, Cookie=cookie)
    assert "You declined it in Slack" in response.text


def test_a_code_that_slack_does_not_know_installs_nothing(shared_bot: SharedBot, first: Workspace) -> None:
    shared_bot.cloud.chosen = (first,)
    path, cookie = shared_bot.begin()
    response = shared_bot.get(path.replace("code=", "code=un"), Cookie=cookie)
    assert (response.status_code, "confirm the installation" in response.text) == (401, True)


def test_a_slack_that_does_not_answer_leads_to_a_page_too(shared_bot: SharedBot, first: Workspace) -> None:
    shared_bot.cloud.chosen = (first,)
    path, cookie = shared_bot.begin()
    first.faults.break_down("auth.test")
    assert "confirm the installation" in shared_bot.get(path, Cookie=cookie).text
    assert not installed(first)


def test_what_slack_sends_is_escaped(shared_bot: SharedBot, first: Workspace) -> None:
    first.team_name = "<script>alert(1)</script>"
    assert "<script" not in shared_bot.install(first).text


def test_installing_again_takes_the_new_token(shared_bot: SharedBot, first: Workspace) -> None:
    shared_bot.install(first)
    shared_bot.ask(first, ADMIN, "help", SPEND)
    shared_bot.install(first)  # the old token is worth nothing to the stand-in any more
    assert "/stackspend cost" in shared_bot.ask(first, ADMIN, "help", SPEND).words


# --- where it is not installed


def test_whoever_asks_where_it_is_not_installed_is_told_how_to(
    shared_bot: SharedBot, second: Workspace
) -> None:
    person = ADMIN + "2"
    answer = shared_bot.ask(second, person, "cost today", SPEND + "2")
    assert "no longer installed" in answer.words
    assert f"{PUBLIC}/slack/install" in json.dumps(dict(answer.subject.content))  # type: ignore[union-attr]


def test_an_old_button_where_it_is_not_installed_any_more_says_so(
    shared_bot: SharedBot, first: Workspace
) -> None:
    settled(shared_bot, first)
    answer = shared_bot.ask(first, ADMIN, "cost yesterday utc", SPEND)
    shared_bot[first].event("app_uninstalled")
    pressed = shared_bot[first].click(ADMIN, answer, "share")
    assert shared_bot[first].wait(kind="ephemeral", after=pressed.index, contains="no longer installed")


def test_slacks_question_whether_the_address_is_ours_is_answered(
    shared_bot: SharedBot, first: Workspace
) -> None:
    sent = shared_bot[first].wire.post(
        shared_bot[first]
        .event("app_home_opened")
        .__class__(index=0, body='{"type":"url_verification","challenge":"c1"}', kind="application/json"),
        about="verification",
    )
    assert "c1" in sent.answer


# --- leaving


@pytest.mark.parametrize("event", ["app_uninstalled", "tokens_revoked"])
def test_when_the_app_is_removed_everything_stops_at_once(
    shared_bot: SharedBot, first: Workspace, event: str
) -> None:
    number = settled(shared_bot, first)
    facts = {"tokens": {"bot": [first.bot_user], "oauth": []}} if event == "tokens_revoked" else {}
    assert shared_bot[first].event(event, **facts).status == 200
    assert left(shared_bot, first, number)


def test_events_of_leaving_may_come_twice_and_in_any_order(shared_bot: SharedBot, first: Workspace) -> None:
    number = settled(shared_bot, first)
    gone = shared_bot[first].event("app_uninstalled")
    shared_bot[first].event("tokens_revoked", tokens={"bot": [first.bot_user]})
    assert shared_bot[first].redeliver(gone).status == 200
    assert left(shared_bot, first, number)


def test_tokens_of_people_are_none_of_ours(shared_bot: SharedBot, first: Workspace) -> None:
    settled(shared_bot, first)
    shared_bot[first].event("tokens_revoked", tokens={"oauth": [ADMIN]})
    assert installed(first)


def test_an_event_that_is_older_than_the_installation_is_ignored(
    shared_bot: SharedBot, first: Workspace
) -> None:
    first.clock = (shared_bot.now - MINUTE).timestamp
    settled(shared_bot, first)
    shared_bot[first].event("app_uninstalled")
    assert installed(first)


def test_another_teams_leaving_changes_nothing(
    shared_bot: SharedBot, first: Workspace, second: Workspace
) -> None:
    settled(shared_bot, first)
    shared_bot.install(second, by=ADMIN + "2")
    shared_bot[second].event("app_uninstalled")
    assert installed(first)
    assert shared_bot.connection(first)
    assert not installed(second)


@pytest.mark.parametrize("code", ["account_inactive", "token_revoked", "invalid_auth"])
def test_a_digest_that_slack_refuses_for_good_ends_everything(
    shared_bot: SharedBot, first: Workspace, code: str
) -> None:
    number = settled(shared_bot, first)
    first.revoke_token(code)
    shared_bot.outbox_worker().tick()
    shared_bot.outbox_worker().tick()
    assert left(shared_bot, first, number)


def test_what_is_to_be_posted_where_it_is_not_installed_is_dropped_with_a_line(
    shared_bot: SharedBot, first: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction():
        posts.enter(
            first.team_id, "alert:1", kind="alert", subject=IncidentChange(1, "opened"), channel="U1", due=NOW
        )
    shared_bot.outbox_worker().tick()
    assert f"post alert:1: dropped, the app is not installed in {first.team_id}" in caplog.text
    with session():
        assert [post.state for post in posts.by_key_prefix(first.team_id, "alert:")] == ["dropped"]


def test_a_token_that_died_without_a_word_is_found_within_a_day(
    shared_bot: SharedBot, first: Workspace
) -> None:
    number = settled(shared_bot, first)
    first.revoke_token()
    shared_bot.cleanup().tick()
    assert installed(first)
    shared_bot.advance(DAY)
    shared_bot.cleanup().tick()
    assert left(shared_bot, first, number)


def test_a_slack_that_does_not_answer_is_no_reason_to_leave(shared_bot: SharedBot, first: Workspace) -> None:
    settled(shared_bot, first)
    shared_bot.advance(DAY)
    first.faults.break_down("auth.test")
    shared_bot.cleanup().tick()
    assert installed(first)


def test_thirty_days_later_the_figures_are_gone(shared_bot: SharedBot, first: Workspace) -> None:
    number = settled(shared_bot, first)
    shared_bot[first].event("app_uninstalled")
    shared_bot.advance(uninstalls.GRACE - MINUTE)
    shared_bot.cleanup().tick()
    with session():
        assert spend.all_time(number) > 0
    shared_bot.advance(MINUTE)
    shared_bot.cleanup().tick()
    with session():
        assert spend.all_time(number) == 0
        assert connections.all_of_team(first.team_id) == []


@pytest.mark.parametrize("slacks_time", [NOW, None])
def test_figures_of_who_left_outlive_a_clock_that_is_ahead(
    shared_bot: SharedBot, first: Workspace, slacks_time: datetime | None
) -> None:
    number = settled(shared_bot, first)
    shared_bot[first].event("app_uninstalled")
    shared_bot.advance(uninstalls.GRACE + DAY)
    Cleanup(shared_bot.many.teams.client, lambda: shared_bot.now, lambda: slacks_time).tick()
    with session():
        assert spend.all_time(number) > 0


def test_slack_is_asked_for_the_time_once_an_hour_while_somebody_has_left(
    shared_bot: SharedBot, first: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    settled(shared_bot, first)
    shared_bot[first].event("app_uninstalled")
    shared_bot.advance(uninstalls.GRACE)
    requests_for_time: list[float] = []
    elapsed = [0.0]

    def slacks_time() -> datetime | None:
        requests_for_time.append(elapsed[0])
        return None

    cleanup = Cleanup(shared_bot.many.teams.client, lambda: shared_bot.now, slacks_time, lambda: elapsed[0])
    for elapsed[0] in (0, 1, LOOK_AGAIN - 1, LOOK_AGAIN, LOOK_AGAIN + 1):
        cleanup.tick()
    assert requests_for_time == [0, LOOK_AGAIN]
    assert caplog.text.count(f"{first.team_id}: due for deletion, and kept") == 2


def test_who_left_by_a_clock_that_was_ahead_is_deleted_thirty_days_later(
    shared_bot: SharedBot, first: Workspace
) -> None:
    number, left_at = settled(shared_bot, first), shared_bot.now
    with transaction():
        uninstalls.uninstall(first.team_id, enterprise_id="", why="", at=left_at + 90 * DAY)
    shared_bot.cleanup().tick()
    shared_bot.advance(uninstalls.GRACE)
    shared_bot.cleanup().tick()
    with session():
        assert spend.all_time(number) == 0


def test_installing_again_in_time_keeps_the_figures_and_the_digest(
    shared_bot: SharedBot, first: Workspace
) -> None:
    number = settled(shared_bot, first)
    shared_bot[first].event("app_uninstalled")
    shared_bot.advance(uninstalls.GRACE - MINUTE)
    shared_bot.install(first)
    shared_bot.advance(DAY)
    shared_bot.cleanup().tick()
    with session():
        assert spend.all_time(number) > 0
        assert [each.paused for each in subscriptions.of_team(first.team_id)] == [""]
    assert shared_bot.connection(first) is None


def test_the_audit_log_says_why_the_key_is_gone(shared_bot: SharedBot, first: Workspace) -> None:
    settled(shared_bot, first)
    shared_bot[first].event("app_uninstalled")
    with session():
        entries = [(entry.who, entry.what, entry.detail) for entry in audit.every(first.team_id)]
    assert entries == [
        (audit.US, "uninstalled", ""),
        (audit.US, "disconnected", "Acme, key …wQAA, because the app was taken out of Slack"),
        (ADMIN, "installed", ""),
    ]


@pytest.fixture
def room_for_one_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "MOST", 1)


@pytest.mark.usefixtures("room_for_one_app")
def test_only_so_many_apps_are_kept_and_any_is_built_again(
    shared_bot: SharedBot, first: Workspace, second: Workspace
) -> None:
    shared_bot.install(first)
    shared_bot.install(second, by=ADMIN + "2")
    for _ in range(2):
        assert "/stackspend cost" in shared_bot.ask(first, ADMIN, "help", SPEND).words
        assert "/stackspend cost" in shared_bot.ask(second, ADMIN + "2", "help", SPEND + "2").words


def test_a_database_that_is_away_is_said_to_whoever_types(
    shared_bot: SharedBot, first: Workspace, second: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_bot.install(first)
    shared_bot.ask(first, ADMIN, "help", SPEND)

    def away(*_arguments: object, **_named: object) -> None:
        raise StorageUnavailable("the database can't be used: disk I/O error")

    monkeypatch.setattr(installations, "serving", away)
    assert "/stackspend cost" in shared_bot.ask(first, ADMIN, "help", SPEND).words  # it was here a moment ago
    assert "database isn't responding" in shared_bot.ask(second, ADMIN + "2", "help", SPEND + "2").words


# --- an Enterprise Grid


def test_an_enterprise_installs_once_for_all_its_workspaces(
    shared_bot: SharedBot, enterprise: list[Workspace]
) -> None:
    response = shared_bot.install(*enterprise, by=ADMIN + "3")
    assert "StackSpend is installed in Initech Group" in response.text
    for number, workspace in enumerate(enterprise, 3):
        answer = shared_bot.ask(workspace, f"{ADMIN}{number}", "cost today", f"{SPEND}{number}")
        assert "isn't connected to Anthropic yet" in answer.words


def test_each_workspace_of_an_enterprise_connects_for_itself(
    shared_bot: SharedBot, enterprise: list[Workspace]
) -> None:
    one, other = enterprise
    shared_bot.install(one, other, by=ADMIN + "3")
    shared_bot.ask(one, ADMIN + "3", "connect", SPEND + "3")
    sent = shared_bot[one].submit(ADMIN + "3", values={("admin_key", "value"): ADMIN_KEY})
    shared_bot[one].wait(kind="modal_update", contains="Connected to", after=sent.index)
    assert shared_bot.connection(one)
    assert shared_bot.connection(other) is None
    assert (
        "isn't connected to Anthropic yet"
        in shared_bot.ask(other, ADMIN + "4", "cost today", SPEND + "4").words
    )


def test_when_an_enterprise_leaves_all_its_workspaces_do(
    shared_bot: SharedBot, enterprise: list[Workspace]
) -> None:
    one, other = enterprise
    shared_bot.install(one, other, by=ADMIN + "3")
    for workspace, number in ((one, "3"), (other, "4")):
        shared_bot.ask(workspace, ADMIN + number, "help", SPEND + number)
        connect(shared_bot, workspace, ACME, key=ADMIN_KEY, by=ADMIN + number)
    shared_bot[one].event("app_uninstalled")
    assert (shared_bot.connection(one), shared_bot.connection(other)) == (None, None)
    assert not installed(other)


def test_when_an_enterprise_takes_it_from_one_workspace_the_other_goes_on(
    shared_bot: SharedBot, enterprise: list[Workspace]
) -> None:
    one, other = enterprise
    shared_bot.install(one, other, by=ADMIN + "3")
    for workspace, number in ((one, "3"), (other, "4")):
        shared_bot.ask(workspace, ADMIN + number, "help", SPEND + number)
        connect(shared_bot, workspace, ACME, key=ADMIN_KEY, by=ADMIN + number)
    shared_bot[one].event("team_access_revoked", team_ids=[one.team_id])
    assert shared_bot.connection(one) is None
    assert shared_bot.connection(other)
    assert installed(other)


def test_a_digest_reaches_a_workspace_of_an_enterprise(
    shared_bot: SharedBot, enterprise: list[Workspace]
) -> None:
    one, other = enterprise
    shared_bot.install(one, other, by=ADMIN + "3")
    shared_bot.ask(other, ADMIN + "4", "help", SPEND + "4")
    fill(connect(shared_bot, other, ACME, key=ADMIN_KEY, by=ADMIN + "4"))
    with transaction():
        subscriptions.save(
            other.team_id,
            channel_id=SPEND + "4",
            channel_name="claude-spend",
            plan=Plan(),
            set_up_by=ADMIN + "4",
            next_at=NOW,
        )
    shared_bot.outbox_worker().tick()
    assert "Acme" in other.messages(SPEND + "4")[-1].text
    assert one.messages(SPEND + "3") == []


def test_asking_to_install_stores_nothing_and_a_state_is_good_once(
    shared_bot: SharedBot, first: Workspace
) -> None:
    shared_bot.cloud.chosen, shared_bot.cloud.by = (first,), ADMIN
    begun = [shared_bot.begin() for _ in range(20)]
    with session():
        assert OneTimeTokenRow.select().count() == 0
    path, cookie = begun[0]
    assert shared_bot.get(path, Cookie=cookie).status_code == 200
    assert shared_bot.get(path, Cookie=cookie).status_code != 200
    with session():
        assert OneTimeTokenRow.select().count() == 1


@pytest.mark.parametrize("state", ["", "x", "a" * 140, "gAAAAA" + "b" * 100])
def test_a_state_of_somebody_elses_making_is_none(shared_bot: SharedBot, state: str) -> None:
    answer = shared_bot.get(f"/slack/oauth_redirect?code=c&state={state}", Cookie=f"{COOKIE}={state}")
    assert answer.status_code == 401
