"""Every command, button and form, once for whoever may and once for each who may not, through signed HTTP.

What needs a story of its own has it elsewhere, and is named here, so that nothing new can be forgotten.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, get_args

import pytest

from bot.questions.command import Name
from bot.sync import jobs
from demo.slack.people import ADMIN, GUEST, MEMBER, SPEND
from demo.slack.server import Entry
from digests.numbers.report import SyncResult
from digests.words.phrases import VIEWS
from storage.engine.database import session
from storage.engine.tables import TABLES, AuditRow
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ADMIN_KEY, Harness, connect, fill, open_harness
from tests.bot.listeners.test_isolation import actions, callbacks

pytestmark = ON_SQLITE  # what is read and written is tested on both, beside what does it
REFUSED, ADMINS_ONLY = "isn't available to you here", "Only admins can do this"


@dataclass(frozen=True)
class Typed:
    """What is typed, and what whoever manages and whoever does not reads then."""

    text: str
    admin: str
    member: str = ""

    def says(self, user: str) -> str:
        """What this person reads."""
        return {ADMIN: self.admin, MEMBER: self.member or self.admin, GUEST: REFUSED}[user]


@dataclass(frozen=True)
class Pressed:
    """Where a button is, by the command or the Home tab ("home") that shows it, and what it leads to."""

    under: str
    says: str
    kinds: tuple[str, ...] = ("edit",)
    label: str = ""
    user: str = MEMBER


COMMANDS: Mapping[Name, Typed] = {
    "summary": Typed("", "Claude spend of Acme"),
    "cost": Typed("cost last month utc", "$310.00"),
    "engineers": Typed("engineers", "Mina Okafor"),
    "why": Typed("why 2026-11-17", "Tue, Nov 17"),
    "forecast": Typed("forecast", "November will come to about"),
    "me": Typed("me last month", "You spent *$310.00*", "No Claude usage found for jonas"),
    "status": Typed("status", "Acme is connected and up to date"),
    "sync": Typed("sync", "Syncing…"),
    "connect": Typed("connect", "Admin API key", ADMINS_ONLY),
    "disconnect": Typed("disconnect", "Keep it", ADMINS_ONLY),
    "connect claude": Typed("connect claude", "STACKSPEND_PUBLIC_URL", ADMINS_ONLY),
    "disconnect claude": Typed("disconnect claude", "There are no active tokens", ADMINS_ONLY),
    "claude": Typed("claude today", "You need a token", "Ask a workspace admin"),
    "digest": Typed("digest", "No digests yet", ADMINS_ONLY),
    "settings": Typed("settings", "Who can see spend", ADMINS_ONLY),
    "audit": Typed("audit", "Audit log", ADMINS_ONLY),
    "audit csv": Typed("audit csv", "audit", ADMINS_ONLY),
    "export": Typed("export last month by model", "Sent to your messages with StackSpend"),
    "help": Typed("help", "/stackspend cost today"),
}
MONTH = "cost last month utc"
BUTTONS: Mapping[str, Pressed] = {
    "view:model": Pressed(f"{MONTH} by workspace", "Opus 5.5", label="By model"),
    "view:engineer": Pressed(MONTH, "Mina Okafor", label="By engineer"),
    "view:workspace": Pressed(MONTH, "Default workspace", label="By workspace"),
    "view:key": Pressed(MONTH, "ci-nightly", label="By API key"),
    "view:day": Pressed(MONTH, "Oct 31", label="By day"),
    "view:cost": Pressed("why 2026-11-17", "Tue, Nov 17", label="Show the figures"),
    "view:quarter": Pressed("forecast", "Q4", label="This quarter"),
    "view:year": Pressed("forecast", "2026", label="This year"),
    "view:month": Pressed("forecast quarter", "November", label="This month"),
    "group": Pressed(MONTH, "Mina Okafor", label="By engineer"),
    "period": Pressed(MONTH, "September", label="Earlier: September 2026"),
    "answer:more": Pressed(MONTH, "by which Anthropic bills", ("modal",), label="About these figures"),
    "share": Pressed(MONTH, "Shared by Jonas Weber", ("message",)),
    "export": Pressed(MONTH, "Sent to your messages with StackSpend", ("ephemeral",)),
    "sync": Pressed("status", "Syncing…", ("ephemeral", "edit"), user=ADMIN),
    "assign": Pressed("engineers", "Owner", ("modal",), user=ADMIN),
    "connect": Pressed("status", "Admin API key", ("modal",), user=ADMIN),
    "ask:manage": Pressed("home", "Keep it", ("modal",), user=ADMIN, label="Disconnect…"),
    "connect:claude": Pressed("home", "STACKSPEND_PUBLIC_URL", ("dm",), user=ADMIN),
    "settings": Pressed("home", "Who can see spend", ("modal", "modal_update"), user=ADMIN),
    "audit": Pressed("home", "Audit log", ("modal",), user=ADMIN, label="Audit log"),
    "audit:csv": Pressed("audit", "audit", ("dm", "file"), user=ADMIN),
    "digest:list": Pressed("home", "No digests yet", ("dm",), user=ADMIN),
    "digest:add": Pressed("digest", "Create digest", ("modal",), user=ADMIN),
}
ELSEWHERE = {
    "offer:decline": "bot.listeners.talk.test_reinstall.test_an_offer_that_is_declined_is_gone",
    "offer:reinstall": "bot.listeners.talk.test_reinstall.test_the_button_of_the_link_is_acknowledged",
    "ask:1": "bot.listeners.talk.test_mentions.test_a_form_opens_at_a_press",
    "ask:today": "bot.listeners.test_connect.test_the_next_steps_are_offered_where_connecting_ends",
    "view:why": "bot.listeners.test_why.test_a_cost_that_changed_leads_to_why",
    "admin:ask": "bot.listeners.test_ask_admin.test_an_admin_gets_one_message_with_the_button_that_does_it",
    "audit:older": "bot.listeners.test_audit_log.test_the_log_is_paged_newest_first",
    "back": "bot.listeners.test_drilling.test_the_next_lines_come_in_the_place_of_the_first",
    "more": "bot.listeners.test_drilling.test_the_next_lines_come_in_the_place_of_the_first",
    "next": "bot.listeners.test_answer_menus.test_the_buttons_of_messages_from_before_go_on_working",
    "previous": "bot.listeners.test_answer_menus.test_the_buttons_of_messages_from_before_go_on_working",
    "connect:again": "bot.listeners.test_connect.test_a_refused_key_says_what_to_do_and_can_be_tried_again",
    "connect:browser": "bot.listeners.test_key_page.test_the_button_of_the_link_is_acknowledged",
    "ask:help": "bot.listeners.test_command.test_what_is_not_understood_leads_to_all_examples",
    "ask:telemetry": "bot.listeners.test_connect_claude.test_home_shows_admins_the_tokens_and_leads_to_them",
    "status:record": "bot.listeners.test_command.test_past_estimates_are_shown_beside_the_bills",
    "erase": "bot.listeners.test_erase_person.test_an_admin_erases_a_person_and_the_log_says_so",
    "claude:revoke": "bot.listeners.test_connect_claude.test_a_token_is_revoked_where_it_is_listed",
    "console": "surface.test_every_flow.test_links_out_of_slack_are_acknowledged",
    "digest:allow": (
        "bot.posting.test_held_digests.test_one_that_somebody_allows_is_posted_and_so_are_those_to_come"
    ),
    "digest:list:more": (
        "bot.listeners.subscriptions.test_flows.test_a_long_list_is_paged_and_stays_on_its_page"
    ),
    "digest:list:back": (
        "bot.listeners.subscriptions.test_flows.test_a_long_list_is_paged_and_stays_on_its_page"
    ),
    "digest:edit": (
        "bot.listeners.subscriptions.test_form.test_editing_changes_the_one_there_is_and_resumes_it"
    ),
    "digest:pause": (
        "bot.listeners.subscriptions.test_form.test_pausing_resuming_and_removing_change_the_list_in_place"
    ),
    "digest:resume": (
        "bot.listeners.subscriptions.test_form.test_pausing_resuming_and_removing_change_the_list_in_place"
    ),
    "digest:remove": (
        "bot.listeners.subscriptions.test_form.test_pausing_resuming_and_removing_change_the_list_in_place"
    ),
    "digest:more": "bot.listeners.subscriptions.test_flows.test_a_digest_is_changed_from_its_own_menu",
    "digest:preview": "bot.listeners.subscriptions.test_form.test_a_preview_is_shown_to_the_asker_alone",
    "digest:more_options": (
        "bot.listeners.subscriptions.test_form.test_a_new_digest_asks_four_things_and_the_rest_on_demand"
    ),
    "digest:preview_form": (
        "bot.listeners.subscriptions.test_form."
        "test_where_engineers_are_not_named_the_modal_says_so_and_the_preview_has_none"
    ),
    "digest:send_now": (
        "bot.listeners.subscriptions.test_form.test_sending_now_enters_one_digest_until_it_is_sent"
    ),
    "digest:post_again": (
        "bot.listeners.subscriptions.test_form.test_an_uncertain_digest_is_posted_again_once_a_person_says_so"
    ),
}
"""Buttons whose story is told where their part of the bot is tested."""
SUBMITTED = {
    "share:choose": "bot.listeners.test_share.test_elsewhere_a_channel_is_chosen_first_and_then_asked_about",
    "share:confirm": (
        "bot.listeners.test_share.test_a_chosen_channel_that_changes_before_the_yes_gets_nothing"
    ),
    "access": "bot.listeners.test_settings.test_what_was_chosen_is_saved_told_and_logged",
    "assign": (
        "bot.listeners.test_assign_key.test_a_key_given_to_somebody_is_theirs_in_every_answer_past_days_too"
    ),
    "connect": "bot.listeners.test_connect.test_a_good_key_is_proved_stored_and_everything_becomes_due",
    "connect:replace": (
        "bot.listeners.test_connect.test_another_organization_asks_first_and_for_the_key_again"
    ),
    "digest": (
        "bot.listeners.subscriptions.test_form."
        "test_the_first_digest_takes_the_channel_nine_o_clock_and_ones_own_zone"
    ),
    "erase": "bot.listeners.test_erase_person.test_an_admin_erases_a_person_and_the_log_says_so",
    "connect:claude": (
        "bot.listeners.test_connect_claude.test_the_token_is_shown_with_what_to_paste_and_is_good"
    ),
    "disconnect": "bot.listeners.test_connect.test_disconnecting_asks_what_shall_become_of_the_history",
}
OTHER = {
    "Home of an admin": "bot.listeners.test_command.test_the_home_tab_lets_admins_manage",
    "Home of a member": (
        "bot.listeners.test_command.test_the_home_tab_shows_members_the_figures_and_splits_them_in_place"
    ),
    "Home of a guest": "bot.listeners.test_command.test_the_home_tab_tells_guests_only_what_the_bot_does",
    "its checklist": "bot.listeners.test_home.test_the_checklist_goes_on_until_all_is_set_up",
    "its digests": "bot.listeners.test_home.test_a_digest_is_changed_from_where_it_is_listed",
    "install": "bot.teams.test_oauth.test_a_person_installs_and_is_told_what_comes_next",
    "install an enterprise": "bot.teams.test_oauth.test_an_enterprise_installs_once_for_all_its_workspaces",
    "uninstall": "bot.teams.test_oauth.test_when_the_app_is_removed_everything_stops_at_once",
    "a grace period": "bot.teams.test_oauth.test_thirty_days_later_the_figures_are_gone",
    "the page for the key": (
        "bot.listeners.test_key_page.test_a_good_key_is_proved_stored_and_everything_becomes_due"
    ),
    "the page in Chromium": "bot.listeners.test_key_page.test_a_person_connects_in_the_browser",
    "a shared message": (
        "bot.listeners.test_drilling.test_a_shared_message_is_drilled_by_others_for_themselves"
    ),
    "the audit log as a file": (
        "bot.listeners.test_audit_log.test_all_of_it_comes_as_a_file_in_the_direct_message"
    ),
    "an export": "bot.listeners.test_export.test_a_file_comes_in_the_direct_message_with_what_is_in_it",
    "an export without names": (
        "bot.listeners.test_export.test_who_may_not_see_names_gets_the_file_without_them"
    ),
    "Socket Mode": "bot.listeners.test_socket_flows.test_an_organization_is_connected",
    "the real program": "end_to_end.test_the_main_job.test_an_admin_key_goes_in_and_the_true_cost_comes_out",
    "many workspaces": "end_to_end.test_many_teams.test_two_companies_install_connect_ask_and_leave",
}
"""Flows that are neither a command nor a button."""
MANAGING = {
    "assign",
    "disconnect",
    "disconnect:claude",
    "settings",
    "connect",
    "connect:claude",
    "claude:revoke",
    "erase",
    "audit",
    "audit:csv",
    "audit:older",
}
IN_A_VIEW = {
    "connect:again",
    "digest:preview_form",
    "digest:more_options",
    "claude:revoke",
}  # they say it in the modal that they stand in
LINKS = {"offer:reinstall", "console", "connect:browser"}  # the browser goes there by itself


@pytest.fixture
def harness(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    assert store
    monkeypatch.setattr(jobs, "sync_now", lambda *_: SyncResult())
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def home(harness: Harness, user: str) -> Entry:
    return harness.after(harness.slack.open_home(user).index, "home")


def forged(harness: Harness, action: str, user: str, value: str = "last month by model") -> int:
    """Press a button that was never shown to that person; returns the place in the transcript."""
    element = {"type": "button", "text": {"type": "plain_text", "text": "Old"}, "action_id": action}
    block = {"type": "actions", "elements": [{**element, "value": value}]}
    message = harness.slack.workspace.post(SPEND, {"text": "Old.", "blocks": [block]})
    return harness.slack.click(user, message, action).index


def registered_actions() -> set[str]:
    """Every button that can be shown."""
    views = {f"view:{by}" for by, _ in VIEWS} | {"view:why", "view:cost"}
    views |= {"view:month", "view:quarter", "view:year"}
    return {each for each in actions() if not each.startswith("view:")} | views


def managing_actions() -> set[str]:
    """Every button of those who manage."""
    return {each for each in registered_actions() if each in MANAGING or each.startswith("digest:")}


# --- that nothing is forgotten


@pytest.mark.usefixtures("store")
def test_every_command_button_and_form_has_a_flow() -> None:
    assert set(COMMANDS) == set(get_args(Name))
    assert registered_actions() == set(BUTTONS) | set(ELSEWHERE)
    assert set(callbacks()) == set(SUBMITTED)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("place", sorted({*ELSEWHERE.values(), *SUBMITTED.values(), *OTHER.values()}))
def test_a_flow_that_is_tested_elsewhere_is(place: str) -> None:
    module, _, name = place.rpartition(".")
    assert callable(getattr(import_module(f"tests.{module}"), name))


# --- typed


@pytest.mark.parametrize("user", [ADMIN, MEMBER, GUEST])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_answered_as_befits_the_asker(harness: Harness, name: Name, user: str) -> None:
    typed = COMMANDS[name]
    command = harness.slack.command(user, typed.text, channel=SPEND)
    reply = harness.slack.wait(
        lambda entry: entry.user in (user, None), after=command.index, contains=typed.says(user)
    )
    assert reply.kind in ("ephemeral", "dm", "modal", "modal_update")
    assert user != GUEST or "$" not in reply.words


# --- pressed


@pytest.mark.parametrize("action", BUTTONS)
def test_a_button_leads_where_it_says(harness: Harness, action: str) -> None:
    button = BUTTONS[action]
    at_home = button.under == "home"
    shown = home(harness, button.user) if at_home else harness.ask(button.user, button.under, SPEND)
    index = harness.press(button.user, shown, button.label or action)
    assert harness.slack.wait(lambda entry: entry.kind in button.kinds, after=index, contains=button.says)


@pytest.mark.parametrize("action", sorted(registered_actions() - IN_A_VIEW - LINKS))
def test_no_button_tells_a_guest_anything(harness: Harness, action: str) -> None:
    before = rows(harness)
    reply = harness.after(forged(harness, action, GUEST), "ephemeral")
    assert REFUSED in reply.words
    assert rows(harness) == before


@pytest.mark.parametrize("action", sorted(managing_actions() - IN_A_VIEW))
def test_members_manage_with_no_button(harness: Harness, action: str) -> None:
    before = rows(harness)
    assert ADMINS_ONLY in harness.after(forged(harness, action, MEMBER, "1"), "ephemeral").words
    assert rows(harness) == before


@pytest.mark.parametrize("action", sorted(LINKS))
def test_links_out_of_slack_are_acknowledged(harness: Harness, action: str) -> None:
    forged(harness, action, MEMBER)
    assert harness.slack.failures == []


# --- filled in by somebody who lost the right to meanwhile


def opened_access(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "settings", SPEND)
    harness.after(answer.index, "modal_update")


def opened_assigning(harness: Harness) -> None:
    harness.after(harness.press(ADMIN, harness.ask(ADMIN, "engineers last month"), "assign"), "modal")
    chosen = {("assign_key", "value"): "apikey_1", ("assign_person", "value"): "nobody"}
    harness.slack.fill_in(ADMIN, None, chosen)


def opened_connecting(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    harness.slack.fill_in(ADMIN, None, {("admin_key", "value"): ADMIN_KEY})


def opened_digest(harness: Harness) -> None:
    harness.after(harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "digest:add"), "modal")


def opened_disconnecting(harness: Harness) -> None:
    harness.ask(ADMIN, "disconnect", SPEND)


FORMS: Mapping[str, Callable[[Harness], None]] = {
    "access": opened_access,
    "assign": opened_assigning,
    "connect": opened_connecting,
    "digest": opened_digest,
    "disconnect": opened_disconnecting,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_somebody_who_may_not_any_more_changes_nothing(harness: Harness, form: str) -> None:
    FORMS[form](harness)
    person = harness.slack.workspace.people[ADMIN]
    harness.slack.workspace.people[ADMIN] = replace(person, is_admin=False)
    harness.pass_two_minutes()
    before = rows(harness)
    sent = harness.slack.submit(ADMIN)
    assert harness.after(sent.index, "modal_update", contains=ADMINS_ONLY)
    assert rows(harness) == before


def rows(harness: Harness) -> list[Any]:
    """All that is remembered of a team but the log of who looked at what."""
    connection = harness.connection()
    assert connection
    place: dict[str, Any] = {"team_id": harness.team_id, "connection_id": connection.id}
    with session():
        return [
            sorted(map(repr, table.select().where(table._meta.columns[name] == value).tuples()))
            for table in TABLES
            for name, value in place.items()
            if name in table._meta.columns and table is not AuditRow  # which has that they tried
        ]
