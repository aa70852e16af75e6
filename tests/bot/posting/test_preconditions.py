"""What a post rests on is looked at again before it goes out, and what asks for a person reaches one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from bot.listeners.subscriptions.send_now import post_again
from bot.posting import postman as posting_postman
from bot.posting.compose import Composed, compose
from bot.posting.outcomes import Outcomes
from bot.posting.postman import Postman
from bot.posting.preconditions import Objection
from bot.questions import answer
from bot.questions.grammar import Command
from bot.slack.client import Channel, SlackUnavailable
from bot.slack.users import Viewer
from bot.teams.clients import LOST
from demo.slack.people import ADMIN, COLLEAGUE, FINANCE, FORMER, GUEST, MEMBER, OWNER, SPEND, TEAM
from digests.layout.message import Message
from storage.engine.database import transaction
from storage.facts import coverage
from storage.state import connections, incidents, posts, subscriptions
from storage.state.access import Access
from storage.state.subscriptions import Subscription
from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, ON_SQLITE, Mail
from tests.bot.posting.test_postman import EARLY, NINE, decide

Act = Callable[[], object]


class Slowly:
    """Composes as ever, but something happens in the middle of the first time."""

    def __init__(self, meanwhile: Act) -> None:
        self.meanwhile: Act | None = meanwhile

    def __call__(self, *post_and_channel: Any, now: datetime) -> Composed | None:
        said = compose(*post_and_channel, now=now)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return said


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Act) -> None:
    monkeypatch.setattr(posting_postman, "compose", Slowly(act))


def the_digest() -> Subscription:
    (found,) = subscriptions.of_team(TEAM)
    return found


# --- once, whoever holds the claim


def test_composing_for_longer_than_a_claim_lasts_posts_nothing_twice(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_takes_over() -> None:
        mail.company.clock.advance(61 * MINUTE / 60)
        mail.postman("second").tick()

    mail.subscribe(NINE)
    meanwhile(monkeypatch, another_takes_over)
    mail.company.clock.to(NINE)
    mail.postman("first").tick()
    assert len(mail.in_channel()) == 1
    assert mail.post().state == "sent"


def test_a_claim_that_ran_out_and_that_nobody_took_is_still_good(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.subscribe(NINE)
    meanwhile(monkeypatch, lambda: mail.company.clock.advance(5 * MINUTE))
    mail.tick_at(NINE)
    mail.live(NINE + HOUR)
    assert (len(mail.in_channel()), mail.post().state) == (1, "sent")


def test_what_slack_took_is_known_to_whoever_holds_the_claim_by_then(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    mail.postman().enter(the_digest())
    late = posts.claim("late", now=NINE, length=MINUTE)
    taken = posts.claim("second", now=NINE + MINUTE, length=MINUTE)
    assert late
    assert taken
    posts.attest(late, sent_to=SPEND, ts="1.1", estimated=False)
    assert not posts.renew(taken, "second", now=NINE + MINUTE, length=MINUTE)
    assert mail.post().ts == "1.1"


def test_who_was_too_late_to_find_out_what_became_of_a_post_tells_nobody(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    mail.postman().enter(the_digest())
    late = posts.claim("late", now=NINE, length=MINUTE)
    assert late
    assert posts.claim("other", now=NINE + MINUTE, length=HOUR)
    outcomes = Outcomes("late", mail.company.clock)
    outcomes.ask(late)
    outcomes.refused(late, "is_archived")
    outcomes.withhold(late, Objection("hold", "shared"))
    mail.tick()
    assert (mail.post().state, mail.told(), the_digest().paused) == ("sending", [], "")


def test_an_edit_that_another_took_over_is_left_to_it(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_takes_over() -> None:
        mail.company.clock.advance(2 * MINUTE)
        mail.postman("second").tick()

    estimated(mail)
    mail.company.sync()
    meanwhile(monkeypatch, another_takes_over)
    mail.postman("first").tick()
    assert len(mail.edits()) == 1


def estimated(mail: Mail) -> None:
    mail.company.sync_at(EARLY)
    mail.subscribe(EARLY)
    mail.tick()
    mail.tick_at(EARLY + 3 * HOUR + MINUTE)
    assert mail.post().estimated


# --- who reads the channel


def change(mail: Mail, channel: str = SPEND, **how: Any) -> None:
    mail.slack.workspace.channels[channel] = replace(mail.slack.workspace.channels[channel], **how)


def test_a_digest_to_a_channel_that_became_another_companys_is_held_and_its_owner_asked(mail: Mail) -> None:
    mail.subscribe(NINE, audience="public")
    change(mail, is_shared=True)
    mail.live(NINE + 2 * DAY, step=6 * HOUR)
    assert mail.in_channel() == []
    (told,) = mail.told()
    assert "shared with another company" in told
    assert [word in told for word in ("Post it there anyway", "Choose another channel", "Remove")] == [
        True
    ] * 3
    assert (mail.post().state, the_digest().paused) == ("held", "shared")


def test_an_open_invitation_to_another_company_holds_a_digest_too(mail: Mail) -> None:
    mail.subscribe(NINE, audience="public")
    change(mail, is_pending_shared=True)
    mail.tick_at(NINE)
    assert (mail.post().state, mail.in_channel()) == ("held", [])


def test_a_private_channel_that_became_public_holds_a_digest(mail: Mail) -> None:
    mail.subscribe(NINE, channel=FINANCE)
    mail.tick_at(NINE)
    change(mail, FINANCE, kind="public")
    mail.company.sync_at(NINE + DAY)
    mail.tick()
    assert len(mail.in_channel(FINANCE)) == 1
    assert "It is public now" in mail.told()[-1]


def test_a_channel_that_is_shared_while_its_digest_is_composed_gets_nothing(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.subscribe(NINE)
    meanwhile(monkeypatch, lambda: change(mail, is_shared=True))
    mail.tick_at(NINE)
    assert (mail.in_channel(), mail.post().state) == ([], "held")


def test_a_digest_that_somebody_set_up_in_a_shared_channel_comes(mail: Mail) -> None:
    change(mail, is_shared=True)
    mail.subscribe(NINE, audience="shared")
    mail.tick_at(NINE)
    assert len(mail.in_channel()) == 1


def test_while_slack_does_not_say_who_reads_the_channel_nothing_is_posted(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.faults.cut_before("conversations.info", times=3)
    mail.tick_at(NINE)
    assert (mail.in_channel(), mail.post().state) == ([], "due")
    mail.slack.workspace.faults.clear()
    mail.live(NINE + 10 * MINUTE)
    assert len(mail.in_channel()) == 1


def test_an_estimate_in_a_channel_that_became_another_companys_is_not_edited(mail: Mail) -> None:
    estimated(mail)
    change(mail, is_shared=True)
    mail.company.sync()
    mail.live(mail.company.clock() + HOUR, step=20 * MINUTE)
    assert mail.edits() == []
    assert "shared with another company" in mail.told()[0]


def test_an_archived_channel_pauses_its_digest_and_its_owner_is_told(mail: Mail) -> None:
    mail.subscribe(NINE)
    change(mail, is_archived=True)
    mail.tick_at(NINE)
    assert the_digest().paused == "is_archived"
    assert "The channel is archived" in mail.told()[0]


# --- the digest itself, and what an admin decided


def test_a_digest_that_is_paused_while_it_waits_is_not_posted(mail: Mail) -> None:
    subscription = mail.subscribe(EARLY)
    mail.tick_at(EARLY)
    subscriptions.pause(subscription.id, "by hand")
    mail.company.sync_at(EARLY + 2 * HOUR)
    mail.tick()
    assert (mail.in_channel(), mail.post().state) == ([], "dropped")


@pytest.mark.parametrize("happens", ["removed", "paused", "barred"])
def test_what_happens_to_a_digest_while_it_is_composed_is_heeded(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    subscription = mail.subscribe(NINE)
    acts: dict[str, Act] = {
        "removed": lambda: subscriptions.remove(TEAM, subscription.id),
        "paused": lambda: subscriptions.pause(subscription.id, "by hand"),
        "barred": lambda: decide(Access(channels=frozenset({FINANCE}))),
    }
    meanwhile(monkeypatch, acts[happens])
    mail.tick_at(NINE)
    assert (mail.in_channel(), mail.post().state) == ([], "dropped")


def test_a_digest_that_is_sent_elsewhere_while_it_waits_comes_there(mail: Mail) -> None:
    subscription = mail.subscribe(EARLY)
    mail.tick_at(EARLY)
    mail.subscribe(EARLY + DAY, channel=FINANCE, subscription_id=subscription.id)
    mail.company.sync_at(EARLY + 2 * HOUR)
    mail.tick()
    assert (len(mail.in_channel(SPEND)), len(mail.in_channel(FINANCE))) == (0, 1)


def test_names_that_an_admin_forbids_while_a_digest_is_composed_are_not_posted(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.subscribe(NINE)
    meanwhile(monkeypatch, lambda: decide(Access(naming=frozenset())))
    mail.tick_at(NINE)
    (message,) = mail.in_channel()
    assert ("Totals only" in str(message), "*Engineers*" in str(message)) == (True, False)


# --- the organization


def replace_organization(mail: Mail) -> None:
    with transaction():
        other = connections.connect(
            TEAM,
            "org-other",
            "Umbrella",
            key="sk-ant-admin01-other-000000",
            vault=mail.company.vault,
            by=ADMIN,
            at=mail.company.clock(),
        )
        coverage.mark(other.id, "charges", [date(2026, 11, 22)], at=mail.company.clock())
        connections.set_first_day(other.id, date(2026, 11, 1))


def test_what_one_organization_was_estimated_is_not_edited_into_anothers_bill(mail: Mail) -> None:
    estimated(mail)
    replace_organization(mail)
    mail.live(mail.company.clock() + HOUR, step=20 * MINUTE)
    assert mail.edits() == []
    assert "Umbrella" not in str(mail.in_channel()[0])


def test_a_digest_that_waits_for_one_organization_is_not_composed_from_another(mail: Mail) -> None:
    mail.company.sync_at(EARLY)
    mail.subscribe(EARLY)
    mail.tick()
    replace_organization(mail)
    mail.tick_at(EARLY + 4 * HOUR)
    assert (mail.in_channel(), mail.post().state) == ([], "dropped")
    (told,) = mail.told()
    assert "no longer connected. The next one is about Umbrella" in told


def test_an_organization_that_takes_the_place_while_a_digest_is_composed_is_heeded(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.subscribe(NINE)
    meanwhile(monkeypatch, lambda: replace_organization(mail))
    mail.tick_at(NINE)
    assert (mail.in_channel(), mail.post().state) == ([], "dropped")


def test_the_same_organization_connected_again_gets_its_estimates_corrected(mail: Mail) -> None:
    estimated(mail)
    connections.disconnect(mail.company.connection.id, keep_history=True)
    mail.tick()
    mail.company.connect(first_day=date(2026, 10, 20))
    mail.company.sync()
    mail.tick()
    assert len(mail.edits()) == 1


def test_the_owner_of_digests_hears_once_that_nothing_is_connected(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.subscribe(NINE, channel=FINANCE)
    connections.disconnect(mail.company.connection.id, keep_history=True)
    mail.live(NINE + 12 * HOUR, step=HOUR)
    (told,) = mail.told()
    assert "No organization is connected" in told


def test_an_alert_about_an_organization_that_was_replaced_is_not_sent(mail: Mail) -> None:
    key_refused(mail)
    replace_organization(mail)
    mail.live(NOW + 2 * HOUR, step=10 * MINUTE)
    assert mail.told() == []


def test_a_key_that_was_replaced_is_not_said_to_be_refused(mail: Mail) -> None:
    key_refused(mail)
    mail.company.api.faults.clear()
    mail.company.clock.advance(MINUTE)
    mail.company.connect(first_day=date(2026, 10, 20))
    mail.tick()
    assert mail.told() == []


@ON_SQLITE
def test_incidents_of_a_new_organization_are_told_though_numbers_come_again(mail: Mail) -> None:
    first = mail.company.connection
    with transaction():
        one = incidents.open_one(first.id, "key_refused", detail="", at=NOW)
        assert one
        posts.enter(
            TEAM,
            f"incident:{one.id}:opened:{ADMIN}",
            kind="alert",
            subject=f"incident {one.id} opened",
            channel=ADMIN,
            due=NOW,
        )
    connections.disconnect(first.id, keep_history=False)
    mail.company.connect(first_day=date(2026, 10, 20))
    key_refused(mail)
    mail.tick()
    assert len(mail.told()) == 1


@pytest.mark.parametrize("happened", ["removed", "replaced"])
def test_an_unclear_post_is_not_sent_again_for_a_digest_or_an_organization_that_is_gone(
    mail: Mail, happened: str
) -> None:
    mail.slack.workspace.scopes -= {"channels:history"}
    subscription = mail.subscribe(NINE)
    mail.slack.workspace.faults.cut_before("chat.postMessage")
    mail.live(NINE + 5 * MINUTE)
    number = mail.post().id
    if happened == "removed":
        subscriptions.remove(TEAM, subscription.id)
    else:
        replace_organization(mail)
    said = post_again(TEAM, number, now=mail.company.clock())
    assert "was removed" in said.text or "no longer connected" in said.text
    mail.tick()
    assert mail.in_channel() == []


# --- mistakes of ours


def broken(*_: Any, **__: Any) -> Any:
    raise KeyError("a mistake of ours")


def test_a_digest_that_cannot_be_composed_is_given_up_and_its_owner_told(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mail.subscribe(NINE)
    monkeypatch.setattr("bot.reports.digest.gather", broken)
    mail.live(NINE + 12 * HOUR, step=5 * MINUTE)
    (told,) = mail.told()
    assert "a mistake of mine" in told
    assert (mail.post().state, the_digest().trouble, the_digest().paused) == ("dropped", "fault", "")
    assert sum("a mistake of ours" in str(record.exc_info) for record in caplog.records) == 4


def test_a_digest_that_cannot_be_composed_keeps_no_other_back(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def composed(post: Any, channel: Any, *, now: datetime) -> Composed | None:
        return broken() if post.channel == SPEND else compose(post, channel, now=now)

    mail.subscribe(NINE)
    mail.subscribe(NINE, channel=FINANCE)
    monkeypatch.setattr(posting_postman, "compose", composed)
    mail.tick_at(NINE)
    assert len(mail.in_channel(FINANCE)) == 1


def test_a_mistake_of_ours_that_passes_costs_nothing(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.subscribe(NINE)
    with monkeypatch.context() as patch:
        patch.setattr("bot.reports.digest.gather", broken)
        mail.tick_at(NINE)
    mail.live(NINE + 5 * MINUTE)
    assert (len(mail.in_channel()), mail.told()) == (1, [])


def test_a_mistake_of_ours_after_slack_took_a_digest_posts_no_second_one(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.subscribe(NINE)
    with monkeypatch.context() as patch:
        patch.setattr(posts, "confirm", broken)
        mail.tick_at(NINE)
    mail.live(NINE + 10 * MINUTE)
    assert (len(mail.in_channel()), mail.post().state, mail.told()) == (1, "sent", [])


def test_an_edit_that_cannot_be_composed_is_given_up_and_keeps_no_other_from_being_corrected(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def composed(post: Any, channel: Any, *, now: datetime) -> Composed | None:
        return broken() if post.channel == SPEND else compose(post, channel, now=now)

    mail.subscribe(EARLY, channel=FINANCE)
    mail.company.sync_at(EARLY)
    mail.subscribe(EARLY)
    mail.tick()
    mail.tick_at(EARLY + 3 * HOUR + MINUTE)
    mail.company.sync()
    monkeypatch.setattr(posting_postman, "compose", composed)
    mail.live(mail.company.clock() + HOUR, step=5 * MINUTE)
    assert [edit.channel for edit in mail.edits()] == [FINANCE]
    (told,) = mail.told()
    assert "still shows an estimate" in told


def test_a_digest_whose_time_cannot_be_worked_out_stops_alone_and_its_owner_is_told(mail: Mail) -> None:
    mail.subscribe(NINE, zone="Mars/Olympus_Mons")
    mail.subscribe(NINE, channel=FINANCE)
    mail.live(NINE + HOUR, step=10 * MINUTE)
    assert len(mail.in_channel(FINANCE)) == 1
    (told,) = mail.told()
    assert "a mistake of mine" in told


def test_a_post_that_ends_each_of_its_senders_is_given_up(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    with monkeypatch.context() as patch:
        patch.setattr(posting_postman, "compose", killed)
        for _ in range(22):
            mail.company.clock.advance(2 * MINUTE)
            with suppress(KeyboardInterrupt):
                mail.tick()
    mail.tick_at(mail.company.clock() + 2 * MINUTE)
    assert mail.post().state == "dropped"
    assert len(mail.told()) == 1


def test_an_estimate_that_slack_lets_nobody_change_is_said_to_its_owner(mail: Mail) -> None:
    estimated(mail)
    mail.company.sync()
    mail.slack.workspace.faults.refuse("chat.update", "cant_update_message")
    mail.live(mail.company.clock() + 5 * MINUTE)
    (told,) = mail.told()
    assert "still shows an estimate" in told
    assert "/stackspend cost 2026-11-22" in told


# --- who hears of it


def key_refused(mail: Mail) -> None:
    """Have Anthropic refuse the key twice, a minute apart, which opens an incident."""
    mail.company.api.faults.revoke()
    mail.company.sync_at(mail.company.clock() + HOUR)
    mail.company.sync_at(mail.company.clock() + 2 * MINUTE)


def gone(mail: Mail, person: str, **how: Any) -> None:
    mail.slack.workspace.people[person] = replace(mail.slack.workspace.people[person], **how)


@pytest.mark.parametrize("how", [{"is_deactivated": True}, {"is_guest": True}, {"team_id": "T0OTHER"}])
def test_what_whoever_connected_cannot_be_told_the_owners_of_the_workspace_are(
    mail: Mail, how: dict[str, Any]
) -> None:
    key_refused(mail)
    gone(mail, ADMIN, **how)
    mail.live(mail.company.clock() + HOUR, step=10 * MINUTE)
    assert (mail.told(ADMIN), len(mail.told(OWNER))) == ([], 1)


@pytest.mark.parametrize("code", ["user_disabled", "cannot_dm_bot", "user_not_found", "channel_not_found"])
def test_what_slack_does_not_let_us_tell_one_person_another_is_told(mail: Mail, code: str) -> None:
    key_refused(mail)
    mail.slack.workspace.faults.refuse("chat.postMessage", code)
    mail.live(mail.company.clock() + HOUR, step=10 * MINUTE)
    assert len(mail.told(OWNER)) == 1


def test_somebody_whom_slack_no_longer_knows_is_followed_by_the_next(mail: Mail) -> None:
    key_refused(mail)
    del mail.slack.workspace.people[ADMIN]
    mail.live(mail.company.clock() + HOUR, step=10 * MINUTE)
    assert len(mail.told(OWNER)) == 1


def test_a_key_that_was_entered_in_a_terminal_has_somebody_to_hear_of_it(mail: Mail) -> None:
    mail.company.clock.advance(MINUTE)
    mail.company.connect(by="", first_day=date(2026, 10, 20))
    key_refused(mail)
    mail.tick()
    assert (len(mail.told(OWNER)), len(mail.told(ADMIN))) == (1, 1)


def test_admins_of_the_settings_come_before_those_of_the_workspace(mail: Mail) -> None:
    key_refused(mail)
    gone(mail, ADMIN, is_deactivated=True)
    postman = Postman("postman", mail.channels.get, mail.company.clock, admins=frozenset({MEMBER}))
    postman.tick()
    assert (len(mail.told(MEMBER)), mail.told(OWNER)) == (1, [])


def test_an_admin_who_hears_of_it_anyway_hears_of_it_once(mail: Mail) -> None:
    mail.company.admins = frozenset({MEMBER})
    key_refused(mail)
    gone(mail, ADMIN, is_deactivated=True)
    mail.live(mail.company.clock() + HOUR, step=10 * MINUTE)
    assert (len(mail.told(MEMBER)), mail.told(OWNER)) == (1, [])


def test_where_there_are_no_admins_whoever_set_up_a_digest_hears_of_it(mail: Mail) -> None:
    mail.subscribe(NINE + 30 * DAY, owner=COLLEAGUE)
    key_refused(mail)
    for person in (ADMIN, OWNER):
        gone(mail, person, is_deactivated=True)
    mail.live(mail.company.clock() + HOUR, step=10 * MINUTE)
    assert len(mail.told(COLLEAGUE)) == 1


def test_what_nobody_can_be_told_the_next_digest_says_once(mail: Mail) -> None:
    mail.subscribe(NINE, owner=FORMER)
    mail.subscribe(NINE + DAY, channel=FINANCE, owner=FORMER)
    for person in (ADMIN, OWNER):
        gone(mail, person, is_deactivated=True)
    mail.company.api.faults.revoke()
    mail.company.sync_at(NINE - 5 * MINUTE)
    mail.company.sync_at(NINE - 3 * MINUTE)
    mail.tick()
    assert posts.counts()["untold"] == 1
    mail.live(NINE + DAY + 4 * HOUR, step=HOUR)
    first, second = str(mail.in_channel(SPEND)[0]), str(mail.in_channel(FINANCE)[0])
    assert "Anthropic no longer accepts the Admin key" in first
    assert "I found nobody whom I could tell" not in second


def without_a_token(mail: Mail) -> Postman:
    """A postman whose secret key does not open the token of the team's Slack."""

    def lost(_team: str) -> Channel:
        raise SlackUnavailable(LOST)

    return Postman("postman", lost, mail.company.clock)


@ON_SQLITE
def test_what_cannot_be_posted_without_a_token_comes_once_there_is_one_again(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    without_a_token(mail).tick()
    mail.live(NINE + HOUR, step=10 * MINUTE)
    assert len(mail.in_channel()) == 1


@ON_SQLITE
def test_what_could_not_be_posted_for_a_day_is_counted_and_status_says_so(mail: Mail) -> None:
    mail.subscribe(NINE)
    key_refused(mail)
    mail.company.clock.to(NINE)
    while mail.company.clock() < NINE + 3 * DAY:
        without_a_token(mail).tick()
        mail.company.clock.advance(HOUR)
    assert posts.counts()["untold"] == 2
    assert "I found nobody whom I could tell" in status(mail).text


def test_status_says_what_nobody_could_be_told(mail: Mail) -> None:
    for person in (ADMIN, OWNER):
        gone(mail, person, is_deactivated=True)
    key_refused(mail)
    mail.tick()
    assert "I found nobody whom I could tell" in status(mail).text
    mail.company.clock.advance(MINUTE)
    mail.company.connect(first_day=date(2026, 10, 20))
    assert "I found nobody" not in status(mail).text


def status(mail: Mail) -> Message:
    viewer = Viewer(COLLEAGUE, "Ines", "", "UTC", is_full_member=True, is_admin=False)
    return answer.answer(TEAM, viewer, Command("status"), admin=False, now=mail.company.clock())


def test_the_owner_of_a_digest_who_left_is_followed_by_whoever_connected(mail: Mail) -> None:
    mail.subscribe(NINE, owner=FORMER)
    mail.slack.workspace.faults.refuse("chat.postMessage", "is_archived")
    mail.live(NINE + HOUR, step=10 * MINUTE)
    (told,) = mail.told(ADMIN)
    assert "is paused" in told


def test_a_guest_is_told_nothing_of_a_digest_they_set_up_before(mail: Mail) -> None:
    mail.subscribe(NINE, owner=GUEST)
    change(mail, is_archived=True)
    mail.live(NINE + HOUR, step=10 * MINUTE)
    assert (mail.told(GUEST), len(mail.told(ADMIN))) == ([], 1)


def test_of_two_alerts_that_fail_at_once_somebody_hears_still(mail: Mail) -> None:
    mail.company.admins = frozenset({FORMER})
    key_refused(mail)
    gone(mail, ADMIN, is_deactivated=True)
    mail.live(mail.company.clock() + HOUR, step=10 * MINUTE)
    assert len(mail.told(OWNER)) == 1
