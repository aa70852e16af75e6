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
from bot.teams.uninstall import LOOK_AGAIN, Caretaker
from demo.slack.people import ADMIN, SPEND
from demo.slack.server import Workspace
from storage.engine.database import StorageUnavailable, session, transaction
from storage.engine.tables import InstallationRow, TicketRow
from storage.facts import spend
from storage.state import audit, connections, installations, jobs, posts, subscriptions, uninstalls
from tests.bot.office import ACME, ADMIN_KEY, NOW, fill
from tests.bot.town import COOKIE, PUBLIC, Town, acme, connect, grid, open_town, umbrella

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MANIFEST = Path(__file__).parents[3] / "slack-manifest.json"


@pytest.fixture
def town(store: str) -> Iterator[Town]:
    del store
    with open_town(acme(), umbrella(), *grid()) as opened:
        yield opened


@pytest.fixture
def first(town: Town) -> Workspace:
    return next(iter(town.cloud.workspaces.values()))


@pytest.fixture
def second(town: Town) -> Workspace:
    return list(town.cloud.workspaces.values())[1]


@pytest.fixture
def enterprise(town: Town) -> list[Workspace]:
    return list(town.cloud.workspaces.values())[2:]


def installed(workspace: Workspace) -> bool:
    with session():
        return installations.of_team(workspace.team_id) is not None


def settled(town: Town, workspace: Workspace) -> int:
    """Install, connect, fill with figures and set up a digest; returns the connection's number."""
    town.install(workspace)
    connection = connect(town, workspace, ACME, key=ADMIN_KEY, by=ADMIN)
    fill(connection, days=3)
    with transaction():
        jobs.schedule(connection.id, "usage", due=NOW, priority=1)
        subscriptions.save(
            workspace.team_id,
            channel_id=SPEND,
            channel_name="claude-spend",
            time="09:00",
            zone="UTC",
            set_up_by=ADMIN,
            next_at=NOW,
        )
    return connection.id


def left(town: Town, workspace: Workspace, number: int) -> bool:
    """Whether nothing runs for a team any more, and its figures are still there."""
    with session():
        assert spend.all_time(number) > 0
        return (
            installations.of_team(workspace.team_id) is None
            and connections.of_team(workspace.team_id) is None
            and not jobs.due(number, town.now + DAY, limit=1)
            and not subscriptions.due(town.now + DAY)
        )


# --- installing


def test_a_person_installs_and_is_told_what_comes_next(town: Town, first: Workspace) -> None:
    told = town.install(first)
    assert told.status_code == 200
    assert "StackSpend is installed in Acme" in told.text
    assert "/stackspend connect" in told.text
    assert "30 days later" in told.text
    assert f"team={first.team_id}" in told.text
    assert "not connected yet" in town.ask(first, ADMIN, "cost today", SPEND).words


def test_slack_is_asked_for_what_the_manifest_says(town: Town) -> None:
    location = httpx.URL(town.get("/slack/install").headers["location"])
    assert location.path == "/oauth/v2/authorize"
    assert location.params["redirect_uri"] == f"{PUBLIC}/slack/oauth_redirect"
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    assert location.params["scope"].split(",") == list(SCOPES)
    assert manifest["oauth_config"]["scopes"]["bot"] == list(SCOPES)


def test_pages_load_nothing_and_are_kept_by_nobody(town: Town, first: Workspace) -> None:
    headers = town.install(first).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_the_token_is_sealed_and_in_no_log(
    town: Town, first: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listen_to("DEBUG")
    town.install(first)
    with session():
        assert first.token.encode() not in bytes(InstallationRow.get().token_encrypted)
    assert first.token not in caplog.text


def test_a_state_is_good_once(town: Town, first: Workspace) -> None:
    town.cloud.chosen = (first,)
    path, cookie = town.begin()
    assert town.get(path, Cookie=cookie).status_code == 200
    again = town.get(path, Cookie=cookie)
    assert again.status_code == 401
    assert "opened before" in again.text


def test_a_state_is_good_for_ten_minutes(town: Town, first: Workspace) -> None:
    town.cloud.chosen = (first,)
    path, cookie = town.begin()
    town.later(10 * MINUTE)
    assert town.get(path, Cookie=cookie).status_code == 401
    assert not installed(first)


def test_a_state_is_good_in_the_browser_that_began(town: Town, first: Workspace) -> None:
    town.cloud.chosen = (first,)
    path, _ = town.begin()
    _, others = town.begin()
    for cookie in ("", others):
        told = town.get(path, Cookie=cookie)
        assert told.status_code == 400
        assert "another browser" in told.text
    assert not installed(first)


def test_an_invented_state_installs_nothing(town: Town, first: Workspace) -> None:
    told = town.get("/slack/oauth_redirect?code=code-1&state=x", Cookie="slack-app-oauth-state=x")
    assert told.status_code == 401
    assert f"{PUBLIC}/slack/install" in told.text
    assert not installed(first)


def test_whoever_declines_is_told_so(town: Town) -> None:
    town.cloud.chosen = ()
    path, cookie = town.begin()
    told = town.get(path, Cookie=cookie)
    assert "It was declined in Slack" in told.text


def test_a_code_that_slack_does_not_know_installs_nothing(town: Town, first: Workspace) -> None:
    town.cloud.chosen = (first,)
    path, cookie = town.begin()
    town.cloud._codes.clear()
    told = town.get(path, Cookie=cookie)
    assert (told.status_code, "Slack did not confirm" in told.text) == (401, True)


def test_a_slack_that_does_not_answer_leads_to_a_page_too(town: Town, first: Workspace) -> None:
    town.cloud.chosen = (first,)
    path, cookie = town.begin()
    first.faults.break_down("auth.test")
    assert "Slack did not confirm" in town.get(path, Cookie=cookie).text
    assert not installed(first)


def test_what_slack_sends_is_escaped(town: Town, first: Workspace) -> None:
    first.team_name = "<script>alert(1)</script>"
    assert "<script" not in town.install(first).text


def test_installing_again_takes_the_new_token(town: Town, first: Workspace) -> None:
    town.install(first)
    town.ask(first, ADMIN, "help", SPEND)
    town.install(first)  # the old token is worth nothing to the stand-in any more
    assert "/stackspend cost" in town.ask(first, ADMIN, "help", SPEND).words


# --- where it is not installed


def test_whoever_asks_where_it_is_not_installed_is_told_how_to(town: Town, second: Workspace) -> None:
    person = ADMIN + "2"
    answer = town.ask(second, person, "cost today", SPEND + "2")
    assert "not installed" in answer.words
    assert f"{PUBLIC}/slack/install" in json.dumps(dict(answer.subject.content))  # type: ignore[union-attr]


def test_an_old_button_where_it_is_not_installed_any_more_says_so(town: Town, first: Workspace) -> None:
    settled(town, first)
    answer = town.ask(first, ADMIN, "cost yesterday utc", SPEND)
    town[first].event("app_uninstalled")
    pressed = town[first].click(ADMIN, answer, "previous")
    assert town[first].wait(kind="ephemeral", after=pressed.index, contains="not installed")


def test_slacks_question_whether_the_address_is_ours_is_answered(town: Town, first: Workspace) -> None:
    sent = town[first].wire.post(
        town[first]
        .event("app_home_opened")
        .__class__(index=0, body='{"type":"url_verification","challenge":"c1"}', kind="application/json"),
        about="verification",
    )
    assert "c1" in sent.answer


# --- leaving


@pytest.mark.parametrize("event", ["app_uninstalled", "tokens_revoked"])
def test_when_the_app_is_removed_everything_stops_at_once(town: Town, first: Workspace, event: str) -> None:
    number = settled(town, first)
    facts = {"tokens": {"bot": [first.bot_user], "oauth": []}} if event == "tokens_revoked" else {}
    assert town[first].event(event, **facts).status == 200
    assert left(town, first, number)


def test_events_of_leaving_may_come_twice_and_in_any_order(town: Town, first: Workspace) -> None:
    number = settled(town, first)
    gone = town[first].event("app_uninstalled")
    town[first].event("tokens_revoked", tokens={"bot": [first.bot_user]})
    assert town[first].redeliver(gone).status == 200
    assert left(town, first, number)


def test_tokens_of_people_are_none_of_ours(town: Town, first: Workspace) -> None:
    settled(town, first)
    town[first].event("tokens_revoked", tokens={"oauth": [ADMIN]})
    assert installed(first)


def test_an_event_that_is_older_than_the_installation_is_ignored(town: Town, first: Workspace) -> None:
    first.clock = (town.now - MINUTE).timestamp
    settled(town, first)
    town[first].event("app_uninstalled")
    assert installed(first)


def test_another_teams_leaving_changes_nothing(town: Town, first: Workspace, second: Workspace) -> None:
    settled(town, first)
    town.install(second, by=ADMIN + "2")
    town[second].event("app_uninstalled")
    assert installed(first)
    assert town.connection(first)
    assert not installed(second)


@pytest.mark.parametrize("code", ["account_inactive", "token_revoked", "invalid_auth"])
def test_a_digest_that_slack_refuses_for_good_ends_everything(
    town: Town, first: Workspace, code: str
) -> None:
    number = settled(town, first)
    first.revoke_token(code)
    town.postman().tick()
    town.postman().tick()
    assert left(town, first, number)


def test_what_is_to_be_posted_where_it_is_not_installed_is_dropped_with_a_line(
    town: Town, first: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction():
        posts.enter(
            first.team_id, "alert:1", kind="alert", subject="incident 1 opened", channel="U1", due=NOW
        )
    town.postman().tick()
    assert f"post alert:1: dropped, the app is not installed in {first.team_id}" in caplog.text
    with session():
        assert [post.state for post in posts.with_prefix(first.team_id, "alert:")] == ["dropped"]


def test_a_token_that_died_without_a_word_is_found_within_a_day(town: Town, first: Workspace) -> None:
    number = settled(town, first)
    first.revoke_token()
    town.caretaker().tick()
    assert installed(first)
    town.later(DAY)
    town.caretaker().tick()
    assert left(town, first, number)


def test_a_slack_that_does_not_answer_is_no_reason_to_leave(town: Town, first: Workspace) -> None:
    settled(town, first)
    town.later(DAY)
    first.faults.break_down("auth.test")
    town.caretaker().tick()
    assert installed(first)


def test_thirty_days_later_the_figures_are_gone(town: Town, first: Workspace) -> None:
    number = settled(town, first)
    town[first].event("app_uninstalled")
    town.later(uninstalls.GRACE - MINUTE)
    town.caretaker().tick()
    with session():
        assert spend.all_time(number) > 0
    town.later(MINUTE)
    town.caretaker().tick()
    with session():
        assert spend.all_time(number) == 0
        assert connections.ever_of_team(first.team_id) == []


@pytest.mark.parametrize("slacks_time", [NOW, None])
def test_figures_of_who_left_outlive_a_clock_that_is_ahead(
    town: Town, first: Workspace, slacks_time: datetime | None
) -> None:
    number = settled(town, first)
    town[first].event("app_uninstalled")
    town.later(uninstalls.GRACE + DAY)
    Caretaker(town.many.teams.client, lambda: town.now, lambda: slacks_time).tick()
    with session():
        assert spend.all_time(number) > 0


def test_slack_is_asked_for_the_time_once_an_hour_while_what_is_over_is_kept(
    town: Town, first: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    settled(town, first)
    town[first].event("app_uninstalled")
    town.later(uninstalls.GRACE)
    asked: list[float] = []
    elapsed = [0.0]

    def slacks_time() -> datetime | None:
        asked.append(elapsed[0])
        return None

    caretaker = Caretaker(town.many.teams.client, lambda: town.now, slacks_time, lambda: elapsed[0])
    for elapsed[0] in (0, 1, LOOK_AGAIN - 1, LOOK_AGAIN, LOOK_AGAIN + 1):
        caretaker.tick()
    assert asked == [0, LOOK_AGAIN]
    assert caplog.text.count(f"{first.team_id}: what is to be deleted by now is kept") == 2


def test_installing_again_in_time_keeps_the_figures_and_the_digest(town: Town, first: Workspace) -> None:
    number = settled(town, first)
    town[first].event("app_uninstalled")
    town.later(uninstalls.GRACE - MINUTE)
    town.install(first)
    town.later(DAY)
    town.caretaker().tick()
    with session():
        assert spend.all_time(number) > 0
        assert [each.paused for each in subscriptions.of_team(first.team_id)] == [""]
    assert town.connection(first) is None


def test_the_audit_log_says_why_the_key_is_gone(town: Town, first: Workspace) -> None:
    settled(town, first)
    town[first].event("app_uninstalled")
    with session():
        entries = [(entry.who, entry.what, entry.detail) for entry in audit.every(first.team_id)]
    assert entries == [
        (audit.US, "uninstalled", ""),
        (audit.US, "disconnected", "Acme, key …wQAA, because the app was taken out of Slack"),
        (ADMIN, "installed", ""),
    ]


def test_only_so_many_apps_are_kept_and_any_is_built_again(
    town: Town, first: Workspace, second: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "MOST", 1)
    town.install(first)
    town.install(second, by=ADMIN + "2")
    for _ in range(2):
        assert "/stackspend cost" in town.ask(first, ADMIN, "help", SPEND).words
        assert "/stackspend cost" in town.ask(second, ADMIN + "2", "help", SPEND + "2").words


def test_a_database_that_is_away_is_said_to_whoever_types(
    town: Town, first: Workspace, second: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.install(first)
    town.ask(first, ADMIN, "help", SPEND)

    def away(*_arguments: object, **_named: object) -> None:
        raise StorageUnavailable("the database cannot be used: disk I/O error")

    monkeypatch.setattr(installations, "serving", away)
    assert "/stackspend cost" in town.ask(first, ADMIN, "help", SPEND).words  # it was here a moment ago
    assert "I cannot reach my database" in town.ask(second, ADMIN + "2", "help", SPEND + "2").words


# --- an Enterprise Grid


def test_an_enterprise_installs_once_for_all_its_workspaces(town: Town, enterprise: list[Workspace]) -> None:
    told = town.install(*enterprise, by=ADMIN + "3")
    assert "StackSpend is installed in Initech Group" in told.text
    for number, workspace in enumerate(enterprise, 3):
        answer = town.ask(workspace, f"{ADMIN}{number}", "cost today", f"{SPEND}{number}")
        assert "not connected yet" in answer.words


def test_each_workspace_of_an_enterprise_connects_for_itself(town: Town, enterprise: list[Workspace]) -> None:
    one, other = enterprise
    town.install(one, other, by=ADMIN + "3")
    town.ask(one, ADMIN + "3", "connect", SPEND + "3")
    sent = town[one].submit(ADMIN + "3", values={("admin_key", "value"): ADMIN_KEY})
    town[one].wait(kind="modal_update", contains="is connected", after=sent.index)
    assert town.connection(one)
    assert town.connection(other) is None
    assert "not connected yet" in town.ask(other, ADMIN + "4", "cost today", SPEND + "4").words


def test_when_an_enterprise_leaves_all_its_workspaces_do(town: Town, enterprise: list[Workspace]) -> None:
    one, other = enterprise
    town.install(one, other, by=ADMIN + "3")
    for workspace, number in ((one, "3"), (other, "4")):
        town.ask(workspace, ADMIN + number, "help", SPEND + number)
        connect(town, workspace, ACME, key=ADMIN_KEY, by=ADMIN + number)
    town[one].event("app_uninstalled")
    assert (town.connection(one), town.connection(other)) == (None, None)
    assert not installed(other)


def test_when_an_enterprise_takes_it_from_one_workspace_the_other_goes_on(
    town: Town, enterprise: list[Workspace]
) -> None:
    one, other = enterprise
    town.install(one, other, by=ADMIN + "3")
    for workspace, number in ((one, "3"), (other, "4")):
        town.ask(workspace, ADMIN + number, "help", SPEND + number)
        connect(town, workspace, ACME, key=ADMIN_KEY, by=ADMIN + number)
    town[one].event("team_access_revoked", team_ids=[one.team_id])
    assert town.connection(one) is None
    assert town.connection(other)
    assert installed(other)


def test_a_digest_reaches_a_workspace_of_an_enterprise(town: Town, enterprise: list[Workspace]) -> None:
    one, other = enterprise
    town.install(one, other, by=ADMIN + "3")
    town.ask(other, ADMIN + "4", "help", SPEND + "4")
    fill(connect(town, other, ACME, key=ADMIN_KEY, by=ADMIN + "4"))
    with transaction():
        subscriptions.save(
            other.team_id,
            channel_id=SPEND + "4",
            channel_name="claude-spend",
            time="09:00",
            zone="UTC",
            set_up_by=ADMIN + "4",
            next_at=NOW,
        )
    town.postman().tick()
    assert "Acme" in other.messages(SPEND + "4")[-1].text
    assert one.messages(SPEND + "3") == []


def test_asking_to_install_stores_nothing_and_a_state_is_good_once(town: Town, first: Workspace) -> None:
    town.cloud.chosen, town.cloud.by = (first,), ADMIN
    begun = [town.begin() for _ in range(20)]
    with session():
        assert TicketRow.select().count() == 0
    path, cookie = begun[0]
    assert town.get(path, Cookie=cookie).status_code == 200
    assert town.get(path, Cookie=cookie).status_code != 200
    with session():
        assert TicketRow.select().count() == 1


@pytest.mark.parametrize("state", ["", "x", "a" * 140, "gAAAAA" + "b" * 100])
def test_a_state_of_somebody_elses_making_is_none(town: Town, state: str) -> None:
    answer = town.get(f"/slack/oauth_redirect?code=c&state={state}", Cookie=f"{COOKIE}={state}")
    assert answer.status_code == 401
