"""What a post rests on is looked at again before it goes out, and what asks for a person reaches one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from bot.listeners.subscriptions.send_now import post_again
from bot.posting import outbox_worker as outbox_worker_module
from bot.posting.compose import Composed, compose
from bot.posting.outbox_worker import OutboxWorker
from bot.posting.outcomes import Outcomes
from bot.posting.preconditions import Objection
from bot.questions import answer
from bot.questions.command import Command
from bot.slack.client import SlackClient, SlackUnavailable
from bot.slack.users import Viewer
from bot.teams.clients import LOST
from demo.slack.people import ADMIN, COLLEAGUE, FINANCE, FORMER, GUEST, MEMBER, OWNER, SPEND, TEAM
from digests.layout.message import Message
from storage.engine.database import transaction
from storage.facts import coverage
from storage.state import connections, incidents, posts, subscriptions
from storage.state.access import Access
from storage.state.subjects import IncidentChange
from storage.state.subscriptions import Plan, Subscription
from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, ON_SQLITE, OutboxHarness
from tests.bot.posting.test_outbox_worker import EARLY, NINE, decide

Act = Callable[[], object]


class Slowly:
    """Composes as ever, but something happens in the middle of the first time."""

    def __init__(self, meanwhile: Act) -> None:
        self.meanwhile: Act | None = meanwhile

    def __call__(self, *post_and_channel: Any, now: datetime) -> Composed | None:
        composed = compose(*post_and_channel, now=now)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return composed


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Act) -> None:
    monkeypatch.setattr(outbox_worker_module, "compose", Slowly(act))


def the_digest() -> Subscription:
    (digest,) = subscriptions.of_team(TEAM)
    return digest


# --- once, whoever holds the claim


def test_composing_for_longer_than_a_claim_lasts_posts_nothing_twice(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_takes_over() -> None:
        outbox.company.clock.advance(61 * MINUTE / 60)
        outbox.worker("second").tick()

    outbox.subscribe(NINE)
    meanwhile(monkeypatch, another_takes_over)
    outbox.company.clock.to(NINE)
    outbox.worker("first").tick()
    assert len(outbox.in_channel()) == 1
    assert outbox.post().state == "sent"


def test_a_claim_that_ran_out_and_that_nobody_took_is_still_good(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE)
    meanwhile(monkeypatch, lambda: outbox.company.clock.advance(5 * MINUTE))
    outbox.tick_at(NINE)
    outbox.live(NINE + HOUR)
    assert (len(outbox.in_channel()), outbox.post().state) == (1, "sent")


def test_what_slack_took_is_known_to_whoever_holds_the_claim_by_then(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    outbox.worker().enter(the_digest())
    late = posts.claim("late", now=NINE, length=MINUTE)
    taken = posts.claim("second", now=NINE + MINUTE, length=MINUTE)
    assert late
    assert taken
    posts.attest(late, sent_to=SPEND, ts="1.1", estimated=False)
    assert not posts.renew(taken, "second", now=NINE + MINUTE, length=MINUTE)
    assert outbox.post().ts == "1.1"


def test_who_was_too_late_to_find_out_what_became_of_a_post_tells_nobody(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    outbox.worker().enter(the_digest())
    late = posts.claim("late", now=NINE, length=MINUTE)
    assert late
    assert posts.claim("other", now=NINE + MINUTE, length=HOUR)
    outcomes = Outcomes("late", outbox.company.clock)
    outcomes.ask_owner(late)
    outcomes.refused(late, "is_archived")
    outcomes.resolve(late, Objection("hold", "shared"))
    outbox.tick()
    assert (outbox.post().state, outbox.direct_messages(), the_digest().paused) == ("sending", [], "")


def test_an_edit_that_another_took_over_is_left_to_it(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_takes_over() -> None:
        outbox.company.clock.advance(2 * MINUTE)
        outbox.worker("second").tick()

    estimated(outbox)
    outbox.company.sync()
    meanwhile(monkeypatch, another_takes_over)
    outbox.worker("first").tick()
    assert len(outbox.edits()) == 1


def estimated(outbox: OutboxHarness) -> None:
    outbox.company.sync_at(EARLY)
    outbox.subscribe(EARLY)
    outbox.tick()
    outbox.tick_at(EARLY + 3 * HOUR + MINUTE)
    assert outbox.post().estimated


# --- who reads the channel


def change(outbox: OutboxHarness, channel: str = SPEND, **how: Any) -> None:
    outbox.slack.workspace.channels[channel] = replace(outbox.slack.workspace.channels[channel], **how)


def test_a_digest_to_a_channel_that_became_another_companys_is_held_and_its_owner_asked(
    outbox: OutboxHarness,
) -> None:
    outbox.subscribe(NINE, audience="public")
    change(outbox, is_shared=True)
    outbox.live(NINE + 2 * DAY, step=6 * HOUR)
    assert outbox.in_channel() == []
    (message,) = outbox.direct_messages()
    assert "shared with another company" in message
    assert [word in message for word in ("Post anyway", "Change channel", "Remove")] == [True] * 3
    assert (outbox.post().state, the_digest().paused) == ("held", "shared")


def test_an_open_invitation_to_another_company_holds_a_digest_too(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, audience="public")
    change(outbox, is_pending_shared=True)
    outbox.tick_at(NINE)
    assert (outbox.post().state, outbox.in_channel()) == ("held", [])


def test_a_private_channel_that_became_public_holds_a_digest(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, channel=FINANCE)
    outbox.tick_at(NINE)
    change(outbox, FINANCE, kind="public")
    outbox.company.sync_at(NINE + DAY)
    outbox.tick()
    assert len(outbox.in_channel(FINANCE)) == 1
    assert "is now public" in outbox.direct_messages()[-1]


def test_a_channel_that_is_shared_while_its_digest_is_composed_gets_nothing(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE)
    meanwhile(monkeypatch, lambda: change(outbox, is_shared=True))
    outbox.tick_at(NINE)
    assert (outbox.in_channel(), outbox.post().state) == ([], "held")


def test_a_digest_that_somebody_set_up_in_a_shared_channel_comes(outbox: OutboxHarness) -> None:
    change(outbox, is_shared=True)
    outbox.subscribe(NINE, audience="shared")
    outbox.tick_at(NINE)
    assert len(outbox.in_channel()) == 1


def test_while_slack_does_not_say_who_reads_the_channel_nothing_is_posted(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.cut_before("conversations.info", times=3)
    outbox.tick_at(NINE)
    assert (outbox.in_channel(), outbox.post().state) == ([], "due")
    outbox.slack.workspace.faults.clear()
    outbox.live(NINE + 10 * MINUTE)
    assert len(outbox.in_channel()) == 1


def test_an_estimate_in_a_channel_that_became_another_companys_is_not_edited(outbox: OutboxHarness) -> None:
    estimated(outbox)
    change(outbox, is_shared=True)
    outbox.company.sync()
    outbox.live(outbox.company.clock() + HOUR, step=20 * MINUTE)
    assert outbox.edits() == []
    assert "shared with another company" in outbox.direct_messages()[0]


def test_an_archived_channel_pauses_its_digest_and_its_owner_is_notified(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    change(outbox, is_archived=True)
    outbox.tick_at(NINE)
    assert the_digest().paused == "is_archived"
    assert "The channel is archived" in outbox.direct_messages()[0]


# --- the digest itself, and what an admin decided


def test_a_digest_that_is_paused_while_it_waits_is_not_posted(outbox: OutboxHarness) -> None:
    subscription = outbox.subscribe(EARLY)
    outbox.tick_at(EARLY)
    subscriptions.pause(subscription.id, "by hand")
    outbox.company.sync_at(EARLY + 2 * HOUR)
    outbox.tick()
    assert (outbox.in_channel(), outbox.post().state) == ([], "dropped")


@pytest.mark.parametrize("happens", ["removed", "paused", "barred"])
def test_what_happens_to_a_digest_while_it_is_composed_is_heeded(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    subscription = outbox.subscribe(NINE)
    acts: dict[str, Act] = {
        "removed": lambda: subscriptions.remove(TEAM, subscription.id),
        "paused": lambda: subscriptions.pause(subscription.id, "by hand"),
        "barred": lambda: decide(Access(channels=frozenset({FINANCE}))),
    }
    meanwhile(monkeypatch, acts[happens])
    outbox.tick_at(NINE)
    assert (outbox.in_channel(), outbox.post().state) == ([], "dropped")


def test_a_digest_that_is_sent_elsewhere_while_it_waits_comes_there(outbox: OutboxHarness) -> None:
    subscription = outbox.subscribe(EARLY)
    outbox.tick_at(EARLY)
    outbox.subscribe(EARLY + DAY, channel=FINANCE, subscription_id=subscription.id)
    outbox.company.sync_at(EARLY + 2 * HOUR)
    outbox.tick()
    assert (len(outbox.in_channel(SPEND)), len(outbox.in_channel(FINANCE))) == (0, 1)


def test_names_that_an_admin_forbids_while_a_digest_is_composed_are_not_posted(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE)
    meanwhile(monkeypatch, lambda: decide(Access(naming=frozenset())))
    outbox.tick_at(NINE)
    (message,) = outbox.in_channel()
    assert ("Engineer names are off" in str(message), "*Engineers*" in str(message)) == (True, False)


# --- the organization


def replace_organization(outbox: OutboxHarness) -> None:
    with transaction():
        other = connections.connect(
            TEAM,
            "org-other",
            "Umbrella",
            key="sk-ant-admin01-other-000000",
            vault=outbox.company.vault,
            by=ADMIN,
            at=outbox.company.clock(),
        )
        coverage.mark(other.id, "charges", [date(2026, 11, 22)], at=outbox.company.clock())
        connections.set_first_day(other.id, date(2026, 11, 1))


def test_what_one_organization_was_estimated_is_not_edited_into_anothers_bill(outbox: OutboxHarness) -> None:
    estimated(outbox)
    replace_organization(outbox)
    outbox.live(outbox.company.clock() + HOUR, step=20 * MINUTE)
    assert outbox.edits() == []
    assert "Umbrella" not in str(outbox.in_channel()[0])


def test_a_digest_that_waits_for_one_organization_is_not_composed_from_another(outbox: OutboxHarness) -> None:
    outbox.company.sync_at(EARLY)
    outbox.subscribe(EARLY)
    outbox.tick()
    replace_organization(outbox)
    outbox.tick_at(EARLY + 4 * HOUR)
    assert (outbox.in_channel(), outbox.post().state) == ([], "dropped")
    (message,) = outbox.direct_messages()
    assert "no longer connected. The next digest covers Umbrella" in message


def test_an_organization_that_takes_the_place_while_a_digest_is_composed_is_heeded(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE)
    meanwhile(monkeypatch, lambda: replace_organization(outbox))
    outbox.tick_at(NINE)
    assert (outbox.in_channel(), outbox.post().state) == ([], "dropped")


def test_the_same_organization_connected_again_gets_its_estimates_corrected(outbox: OutboxHarness) -> None:
    estimated(outbox)
    connections.disconnect(outbox.company.connection.id, keep_history=True)
    outbox.tick()
    outbox.company.connect(first_day=date(2026, 10, 20))
    outbox.company.sync()
    outbox.tick()
    assert len(outbox.edits()) == 1


def test_the_owner_of_digests_hears_once_that_nothing_is_connected(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.subscribe(NINE, channel=FINANCE)
    connections.disconnect(outbox.company.connection.id, keep_history=True)
    outbox.live(NINE + 12 * HOUR, step=HOUR)
    (message,) = outbox.direct_messages()
    assert "No organization is connected" in message


def test_an_alert_about_an_organization_that_was_replaced_is_not_sent(outbox: OutboxHarness) -> None:
    key_refused(outbox)
    replace_organization(outbox)
    outbox.live(NOW + 2 * HOUR, step=10 * MINUTE)
    assert outbox.direct_messages() == []


def test_a_key_that_was_replaced_is_not_said_to_be_refused(outbox: OutboxHarness) -> None:
    key_refused(outbox)
    outbox.company.api.faults.clear()
    outbox.company.clock.advance(MINUTE)
    outbox.company.connect(first_day=date(2026, 10, 20))
    outbox.tick()
    assert outbox.direct_messages() == []


@ON_SQLITE
def test_incidents_of_a_new_organization_are_reported_though_numbers_come_again(
    outbox: OutboxHarness,
) -> None:
    first = outbox.company.connection
    with transaction():
        one = incidents.open_one(first.id, "key_refused", detail="", at=NOW)
        assert one
        posts.enter(
            TEAM,
            f"incident:{one.id}:opened:{ADMIN}",
            kind="alert",
            subject=IncidentChange(one.id, "opened"),
            channel=ADMIN,
            due=NOW,
        )
    connections.disconnect(first.id, keep_history=False)
    outbox.company.connect(first_day=date(2026, 10, 20))
    key_refused(outbox)
    outbox.tick()
    assert len(outbox.direct_messages()) == 1


@pytest.mark.parametrize("happened", ["removed", "replaced"])
def test_an_unclear_post_is_not_sent_again_for_a_digest_or_an_organization_that_is_gone(
    outbox: OutboxHarness, happened: str
) -> None:
    outbox.slack.workspace.scopes -= {"channels:history"}
    subscription = outbox.subscribe(NINE)
    outbox.slack.workspace.faults.cut_before("chat.postMessage")
    outbox.live(NINE + 5 * MINUTE)
    number = outbox.post().id
    if happened == "removed":
        subscriptions.remove(TEAM, subscription.id)
    else:
        replace_organization(outbox)
    notice, is_sent = post_again(TEAM, number, now=outbox.company.clock())
    assert not is_sent
    assert "was removed" in notice.text or "no longer connected" in notice.text
    outbox.tick()
    assert outbox.in_channel() == []


# --- mistakes of ours


def broken(*_: Any, **__: Any) -> Any:
    raise KeyError("a mistake of ours")


def test_a_digest_that_cannot_be_composed_is_given_up_and_its_owner_is_notified(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.subscribe(NINE)
    monkeypatch.setattr("bot.reports.digest.gather", broken)
    outbox.live(NINE + 12 * HOUR, step=5 * MINUTE)
    (message,) = outbox.direct_messages()
    assert "a StackSpend error" in message
    assert (outbox.post().state, the_digest().trouble, the_digest().paused) == ("dropped", "fault", "")
    assert sum("a mistake of ours" in str(record.exc_info) for record in caplog.records) == 4


def test_a_digest_that_cannot_be_composed_keeps_no_other_back(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def composed(post: Any, channel: Any, *, now: datetime) -> Composed | None:
        return broken() if post.channel == SPEND else compose(post, channel, now=now)

    outbox.subscribe(NINE)
    outbox.subscribe(NINE, channel=FINANCE)
    monkeypatch.setattr(outbox_worker_module, "compose", composed)
    outbox.tick_at(NINE)
    assert len(outbox.in_channel(FINANCE)) == 1


def test_a_mistake_of_ours_that_passes_costs_nothing(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE)
    with monkeypatch.context() as patch:
        patch.setattr("bot.reports.digest.gather", broken)
        outbox.tick_at(NINE)
    outbox.live(NINE + 5 * MINUTE)
    assert (len(outbox.in_channel()), outbox.direct_messages()) == (1, [])


def test_a_mistake_of_ours_after_slack_took_a_digest_posts_no_second_one(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE)
    with monkeypatch.context() as patch:
        patch.setattr(posts, "confirm", broken)
        outbox.tick_at(NINE)
    outbox.live(NINE + 10 * MINUTE)
    assert (len(outbox.in_channel()), outbox.post().state, outbox.direct_messages()) == (1, "sent", [])


def test_an_edit_that_cannot_be_composed_is_given_up_and_keeps_no_other_from_being_corrected(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def composed(post: Any, channel: Any, *, now: datetime) -> Composed | None:
        return broken() if post.channel == SPEND else compose(post, channel, now=now)

    outbox.subscribe(EARLY, channel=FINANCE)
    outbox.company.sync_at(EARLY)
    outbox.subscribe(EARLY)
    outbox.tick()
    outbox.tick_at(EARLY + 3 * HOUR + MINUTE)
    outbox.company.sync()
    monkeypatch.setattr(outbox_worker_module, "compose", composed)
    outbox.live(outbox.company.clock() + HOUR, step=5 * MINUTE)
    assert [edit.channel for edit in outbox.edits()] == [FINANCE]
    (message,) = outbox.direct_messages()
    assert "still shows an estimate" in message


def test_a_digest_whose_time_cannot_be_worked_out_stops_alone_and_its_owner_is_notified(
    outbox: OutboxHarness,
) -> None:
    outbox.subscribe(NINE, plan=Plan(zone="Mars/Olympus_Mons"))
    outbox.subscribe(NINE, channel=FINANCE)
    outbox.live(NINE + HOUR, step=10 * MINUTE)
    assert len(outbox.in_channel(FINANCE)) == 1
    (message,) = outbox.direct_messages()
    assert "a StackSpend error" in message


def test_a_post_that_ends_each_of_its_senders_is_given_up(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    with monkeypatch.context() as patch:
        patch.setattr(outbox_worker_module, "compose", killed)
        for _ in range(22):
            outbox.company.clock.advance(2 * MINUTE)
            with suppress(KeyboardInterrupt):
                outbox.tick()
    outbox.tick_at(outbox.company.clock() + 2 * MINUTE)
    assert outbox.post().state == "dropped"
    assert len(outbox.direct_messages()) == 1


def test_an_estimate_that_slack_lets_nobody_change_is_said_to_its_owner(outbox: OutboxHarness) -> None:
    estimated(outbox)
    outbox.company.sync()
    outbox.slack.workspace.faults.refuse("chat.update", "cant_update_message")
    outbox.live(outbox.company.clock() + 5 * MINUTE)
    (message,) = outbox.direct_messages()
    assert "still shows an estimate" in message
    assert "/stackspend cost 2026-11-22" in message


# --- who hears of it


def key_refused(outbox: OutboxHarness) -> None:
    """Have Anthropic refuse the key twice, a minute apart, which opens an incident."""
    outbox.company.api.faults.revoke()
    outbox.company.sync_at(outbox.company.clock() + HOUR)
    outbox.company.sync_at(outbox.company.clock() + 2 * MINUTE)


def gone(outbox: OutboxHarness, person: str, **how: Any) -> None:
    outbox.slack.workspace.people[person] = replace(outbox.slack.workspace.people[person], **how)


@pytest.mark.parametrize("how", [{"is_deactivated": True}, {"is_guest": True}, {"team_id": "T0OTHER"}])
def test_what_whoever_connected_cannot_be_told_the_owners_of_the_workspace_are(
    outbox: OutboxHarness, how: dict[str, Any]
) -> None:
    key_refused(outbox)
    gone(outbox, ADMIN, **how)
    outbox.live(outbox.company.clock() + HOUR, step=10 * MINUTE)
    assert (outbox.direct_messages(ADMIN), len(outbox.direct_messages(OWNER))) == ([], 1)


@pytest.mark.parametrize("code", ["user_disabled", "cannot_dm_bot", "user_not_found", "channel_not_found"])
def test_what_slack_does_not_let_us_tell_one_person_another_is_told(outbox: OutboxHarness, code: str) -> None:
    key_refused(outbox)
    outbox.slack.workspace.faults.refuse("chat.postMessage", code)
    outbox.live(outbox.company.clock() + HOUR, step=10 * MINUTE)
    assert len(outbox.direct_messages(OWNER)) == 1


def test_somebody_whom_slack_no_longer_knows_is_followed_by_the_next(outbox: OutboxHarness) -> None:
    key_refused(outbox)
    del outbox.slack.workspace.people[ADMIN]
    outbox.live(outbox.company.clock() + HOUR, step=10 * MINUTE)
    assert len(outbox.direct_messages(OWNER)) == 1


def test_a_key_that_was_entered_in_a_terminal_has_somebody_to_hear_of_it(outbox: OutboxHarness) -> None:
    outbox.company.clock.advance(MINUTE)
    outbox.company.connect(by="", first_day=date(2026, 10, 20))
    key_refused(outbox)
    outbox.tick()
    assert (len(outbox.direct_messages(OWNER)), len(outbox.direct_messages(ADMIN))) == (1, 1)


def test_admins_of_the_settings_come_before_those_of_the_workspace(outbox: OutboxHarness) -> None:
    key_refused(outbox)
    gone(outbox, ADMIN, is_deactivated=True)
    outbox_worker = OutboxWorker(
        "outbox", outbox.channels.get, outbox.company.clock, admins=frozenset({MEMBER})
    )
    outbox_worker.tick()
    assert (len(outbox.direct_messages(MEMBER)), outbox.direct_messages(OWNER)) == (1, [])


def test_an_admin_who_hears_of_it_anyway_hears_of_it_once(outbox: OutboxHarness) -> None:
    outbox.company.admins = frozenset({MEMBER})
    key_refused(outbox)
    gone(outbox, ADMIN, is_deactivated=True)
    outbox.live(outbox.company.clock() + HOUR, step=10 * MINUTE)
    assert (len(outbox.direct_messages(MEMBER)), outbox.direct_messages(OWNER)) == (1, [])


def test_where_there_are_no_admins_whoever_set_up_a_digest_hears_of_it(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE + 30 * DAY, owner=COLLEAGUE)
    key_refused(outbox)
    for person in (ADMIN, OWNER):
        gone(outbox, person, is_deactivated=True)
    outbox.live(outbox.company.clock() + HOUR, step=10 * MINUTE)
    assert len(outbox.direct_messages(COLLEAGUE)) == 1


def test_what_nobody_can_be_told_the_next_digest_says_once(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, owner=FORMER)
    outbox.subscribe(NINE + DAY, channel=FINANCE, owner=FORMER)
    for person in (ADMIN, OWNER):
        gone(outbox, person, is_deactivated=True)
    outbox.company.api.faults.revoke()
    outbox.company.sync_at(NINE - 5 * MINUTE)
    outbox.company.sync_at(NINE - 3 * MINUTE)
    outbox.tick()
    assert posts.counts()["untold"] == 1
    outbox.live(NINE + DAY + 4 * HOUR, step=HOUR)
    first, second = str(outbox.in_channel(SPEND)[0]), str(outbox.in_channel(FINANCE)[0])
    assert "Anthropic no longer accepts the Admin key" in first
    assert "We couldn't find anyone to notify" not in second


def without_a_token(outbox: OutboxHarness) -> OutboxWorker:
    """An outbox worker whose secret key does not open the token of the team's Slack."""

    def lost(_team: str) -> SlackClient:
        raise SlackUnavailable(LOST)

    return OutboxWorker("outbox", lost, outbox.company.clock)


@ON_SQLITE
def test_what_cannot_be_posted_without_a_token_comes_once_there_is_one_again(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    without_a_token(outbox).tick()
    outbox.live(NINE + HOUR, step=10 * MINUTE)
    assert len(outbox.in_channel()) == 1


@ON_SQLITE
def test_what_could_not_be_posted_for_a_day_is_counted_and_status_says_so(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    key_refused(outbox)
    outbox.company.clock.to(NINE)
    while outbox.company.clock() < NINE + 3 * DAY:
        without_a_token(outbox).tick()
        outbox.company.clock.advance(HOUR)
    assert posts.counts()["untold"] == 2
    assert "We couldn't find anyone to notify" in status(outbox).text


def test_status_says_what_nobody_could_be_told(outbox: OutboxHarness) -> None:
    for person in (ADMIN, OWNER):
        gone(outbox, person, is_deactivated=True)
    key_refused(outbox)
    outbox.tick()
    assert "We couldn't find anyone to notify" in status(outbox).text
    outbox.company.clock.advance(MINUTE)
    outbox.company.connect(first_day=date(2026, 10, 20))
    assert "We couldn't find anyone" not in status(outbox).text


def status(outbox: OutboxHarness) -> Message:
    viewer = Viewer(COLLEAGUE, "Ines", "", "UTC", is_full_member=True, is_admin=False)
    return answer.answer(TEAM, viewer, Command("status"), admin=False, now=outbox.company.clock())


def test_the_owner_of_a_digest_who_left_is_followed_by_whoever_connected(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, owner=FORMER)
    outbox.slack.workspace.faults.refuse("chat.postMessage", "is_archived")
    outbox.live(NINE + HOUR, step=10 * MINUTE)
    (message,) = outbox.direct_messages(ADMIN)
    assert "is paused" in message


def test_a_guest_is_told_nothing_of_a_digest_they_set_up_before(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, owner=GUEST)
    change(outbox, is_archived=True)
    outbox.live(NINE + HOUR, step=10 * MINUTE)
    assert (outbox.direct_messages(GUEST), len(outbox.direct_messages(ADMIN))) == ([], 1)


def test_of_two_alerts_that_fail_at_once_somebody_hears_still(outbox: OutboxHarness) -> None:
    outbox.company.admins = frozenset({FORMER})
    key_refused(outbox)
    gone(outbox, ADMIN, is_deactivated=True)
    outbox.live(outbox.company.clock() + HOUR, step=10 * MINUTE)
    assert len(outbox.direct_messages(OWNER)) == 1
