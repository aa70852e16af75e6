"""The outbox at work: every digest and alert once, whatever happens to Slack and to us in between."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.posting.calendar import next_slot
from bot.posting.postman import Postman
from demo.slack.people import FINANCE, FINOPS, GENERAL, SPEND, TEAM
from storage.engine.database import transaction
from storage.state import access, audit, connections, posts, subscriptions
from storage.state.access import Access
from storage.state.subscriptions import Plan
from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, ON_SQLITE, Mail

NINE = datetime(2026, 11, 22, 10, 45, tzinfo=UTC)  # yesterday's bill is in
EARLY = datetime(2026, 11, 23, 0, 15, tzinfo=UTC)  # the bill of the 22nd is published at one
PERMANENT = [
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "ekm_access_denied",
    "access_denied",
    "account_inactive",
    "token_revoked",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "missing_scope",
]


# --- when


@pytest.mark.parametrize(
    ("at", "zone", "after", "expected"),
    [
        ("09:00", "UTC", "2026-11-22T08:59:59", "2026-11-22T09:00:00"),
        ("09:00", "UTC", "2026-11-22T09:00:00", "2026-11-23T09:00:00"),
        ("09:00", "Asia/Kolkata", "2026-11-22T03:00:00", "2026-11-22T03:30:00"),
        ("09:00", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T07:00:00"),
        ("02:30", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T01:30:00"),  # left out: 03:30 instead
        ("02:30", "Europe/Berlin", "2026-03-29T01:30:00", "2026-03-30T00:30:00"),
        ("02:30", "Europe/Berlin", "2026-10-24T12:00:00", "2026-10-25T00:30:00"),  # comes twice: the first
        ("02:30", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-26T01:30:00"),
        ("01:30", "America/New_York", "2026-11-01T05:30:00", "2026-11-02T06:30:00"),
        ("23:59", "Pacific/Kiritimati", "2026-11-22T10:00:00", "2026-11-23T09:59:00"),
    ],
)
def test_the_next_time_is_what_a_wall_clock_shows(at: str, zone: str, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_slot(Plan(time=at, zone=zone), after=moment) == datetime.fromisoformat(expected).replace(
        tzinfo=UTC
    )


# --- once


def test_a_digest_is_posted_when_its_time_has_come(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.tick_at(NINE - MINUTE)
    assert mail.in_channel() == []
    mail.tick_at(NINE)
    (message,) = mail.in_channel()
    assert "Nov 21" in message.text
    assert mail.post().state == "sent"


def test_a_digest_comes_once_a_day(mail: Mail) -> None:
    subscription = mail.subscribe(NINE)
    mail.live(NINE + 3 * HOUR, step=10 * MINUTE)
    assert len(mail.in_channel()) == 1
    after = subscriptions.find(TEAM, subscription.id)
    assert after
    assert after.next_at == NINE + DAY


def test_many_processes_enter_and_send_a_digest_once(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    postmen = [mail.postman(f"postman {number}") for number in range(6)]
    threads = [threading.Thread(target=postman.tick) for postman in postmen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mail.in_channel()) == 1
    assert mail.post().state == "sent"


def test_two_digests_are_two_posts(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.subscribe(NINE, channel=FINANCE)
    mail.tick_at(NINE)
    assert (len(mail.in_channel(SPEND)), len(mail.in_channel(FINANCE))) == (1, 1)


def test_the_first_digest_in_a_channel_says_more_than_the_second(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.tick_at(NINE)
    mail.company.sync_at(NINE + DAY)
    mail.tick()
    first, second = (str(message.blocks[-1]) for message in mail.in_channel())
    assert first != second


def test_a_weekly_digest_is_about_the_last_week_and_comes_once_a_week(mail: Mail) -> None:
    monday = datetime(2026, 11, 23, 10, 45, tzinfo=UTC)
    mail.subscribe(monday, kind="weekly")
    mail.company.sync_at(monday - MINUTE)
    mail.live(monday + 3 * DAY, step=6 * HOUR)
    (message,) = mail.in_channel()
    assert "week of Nov 16–22" in str(message.blocks)
    assert mail.post().key.endswith(":2026-11-16..2026-11-22")


def test_a_week_that_is_not_over_is_waited_for(mail: Mail) -> None:
    """Monday morning in Auckland is Sunday evening in UTC."""
    slot = datetime(2026, 11, 22, 20, tzinfo=UTC)
    mail.subscribe(slot, kind="weekly", time="09:00", zone="Pacific/Auckland")
    mail.live(slot + 3 * HOUR, step=HOUR)
    assert mail.in_channel() == []
    mail.company.sync_at(slot + 6 * HOUR)
    mail.live(slot + 8 * HOUR, step=HOUR)
    (message,) = mail.in_channel()
    assert "week of Nov 16–22" in str(message.blocks)
    assert not mail.post().estimated


def test_the_digest_of_a_team_is_about_who_is_in_it_when_it_is_posted(mail: Mail) -> None:
    mail.subscribe(NINE, scope=f"group:{FINOPS} finance")
    mail.tick_at(NINE)
    (message,) = mail.in_channel()
    assert "Only @finance, 1 person" in message.text


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_team_of_nobody_pauses_its_digest_and_is_told_once(mail: Mail, is_gone: bool) -> None:  # noqa: FBT001 - a table
    subscription = mail.subscribe(NINE, scope=f"group:{'S0GONE0001' if is_gone else FINOPS} finance")
    if not is_gone:
        mail.slack.workspace.scopes -= {"users:read.email"}
    mail.live(NINE + DAY, step=6 * HOUR)
    found = subscriptions.find(TEAM, subscription.id)
    assert found
    assert found.paused == ("no_such_subteam" if is_gone else "nobody")
    (told,) = mail.told()
    assert "The user group that it is about is gone, or nobody in it" in told


def test_engineers_are_told_as_the_digest_has_it(mail: Mail) -> None:
    mail.subscribe(NINE, naming="initials")
    mail.subscribe(NINE, channel=FINANCE, naming="totals")
    mail.tick_at(NINE)
    initials, totals = (mail.in_channel(channel)[0] for channel in (SPEND, FINANCE))
    assert "*Engineers*" in str(initials.blocks)
    assert re.search(r"1\. \w\. \w\. ", str(initials.blocks))
    assert "*Engineers*" not in str(totals.blocks)
    assert mail.told() == []


def test_the_name_of_a_renamed_channel_is_learnt_when_it_is_posted_to(mail: Mail) -> None:
    subscription = mail.subscribe(NINE)
    channel = mail.slack.workspace.channels[SPEND]
    mail.slack.workspace.channels[SPEND] = replace(channel, name="claude-costs")
    mail.tick_at(NINE)
    found = subscriptions.find(TEAM, subscription.id)
    assert found
    assert found.channel_name == "claude-costs"


def test_a_revoked_token_is_told_once_it_is_replaced(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.revoke_token("token_revoked")
    mail.live(NINE + 3 * HOUR, step=HOUR)
    assert mail.told() == []
    mail.slack.workspace.token_error = None
    mail.live(NINE + 5 * HOUR, step=HOUR)
    (told,) = mail.told()
    assert "no longer properly installed" in told


# --- the bill


def test_a_digest_waits_for_the_bill(mail: Mail) -> None:
    mail.subscribe(EARLY)
    mail.company.sync_at(EARLY)
    mail.live(EARLY + 50 * MINUTE, step=5 * MINUTE)
    assert mail.in_channel() == []
    mail.company.sync_at(EARLY + 60 * MINUTE)
    mail.tick_at(EARLY + 62 * MINUTE)
    assert len(mail.in_channel()) == 1
    assert not mail.post().estimated


def test_after_three_hours_an_estimate_is_posted(mail: Mail) -> None:
    mail.company.sync_at(EARLY)
    mail.subscribe(EARLY)
    mail.tick()
    mail.live(EARLY + 179 * MINUTE, step=10 * MINUTE)
    assert mail.in_channel() == []
    mail.live(EARLY + 181 * MINUTE)
    (message,) = mail.in_channel()
    assert "estimate" in message.text
    assert mail.post().estimated


def test_an_estimate_is_edited_once_when_the_bill_is_in(mail: Mail) -> None:
    _estimated(mail)
    mail.tick()
    assert mail.edits() == []
    mail.company.sync()
    for number in range(3):
        mail.postman(f"postman {number}").tick()
    (edit,) = mail.edits()
    assert "estimate" not in edit.subject.text
    assert len(mail.in_channel()) == 1


def _estimated(mail: Mail) -> None:
    """Let a digest be posted before its bill is read."""
    mail.company.sync_at(EARLY)
    mail.subscribe(EARLY)
    mail.tick()
    mail.tick_at(EARLY + 3 * HOUR + MINUTE)
    assert mail.post().estimated


def test_an_edit_that_fails_is_tried_again(mail: Mail) -> None:
    _estimated(mail)
    mail.company.sync()
    mail.slack.workspace.faults.break_down("chat.update")
    mail.tick()
    assert mail.edits() == []
    mail.tick()
    assert len(mail.edits()) == 1


def test_an_estimate_whose_message_was_deleted_is_left_alone(mail: Mail) -> None:
    _estimated(mail)
    mail.company.sync()
    mail.slack.workspace.delete(mail.in_channel()[0])
    mail.live(mail.company.clock() + 3 * MINUTE)
    assert mail.in_channel() == []
    assert not mail.post().estimated


# --- whatever Slack does


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "break_down"])
def test_where_history_can_be_read_an_unclear_post_is_settled(mail: Mail, fault: str) -> None:
    mail.subscribe(NINE)
    getattr(mail.slack.workspace.faults, fault)("chat.postMessage")
    mail.live(NINE + 5 * MINUTE, step=30 * timedelta(seconds=1))
    assert len(mail.in_channel()) == 1
    assert mail.post().state == "sent"
    assert mail.told() == []


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "break_down"])
def test_where_history_cannot_be_read_the_owner_is_told_and_nothing_is_sent_again(
    mail: Mail, fault: str
) -> None:
    mail.slack.workspace.scopes -= {"channels:history"}
    mail.subscribe(NINE)
    getattr(mail.slack.workspace.faults, fault)("chat.postMessage")
    mail.live(NINE + 10 * MINUTE)
    assert len(mail.in_channel()) == (fault == "cut_after")
    assert mail.post().state == "uncertain"
    (told,) = mail.told()
    assert "did not say whether" in told
    assert "Post again" in told


def test_a_person_may_have_an_unclear_post_sent(mail: Mail) -> None:
    mail.slack.workspace.scopes -= {"channels:history"}
    mail.subscribe(NINE)
    mail.slack.workspace.faults.cut_before("chat.postMessage")
    mail.live(NINE + 5 * MINUTE)
    assert posts.again(TEAM, mail.post().id, now=mail.company.clock())
    mail.tick()
    assert len(mail.in_channel()) == 1


@pytest.mark.parametrize("method", ["cut_before", "break_down", "rate_limit"])
def test_a_trouble_while_looking_for_a_post_makes_no_second_one(mail: Mail, method: str) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.faults.cut_after("chat.postMessage")
    getattr(mail.slack.workspace.faults, method)("conversations.history")
    mail.live(NINE + 10 * MINUTE)
    assert len(mail.in_channel()) == 1
    assert mail.post().state == "sent"


def test_a_post_whose_sender_was_killed_before_sending_is_sent_by_another(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    postman = mail.postman("killed")
    postman.enter(subscriptions.of_team(TEAM)[0])
    assert posts.claim("killed", now=NINE, length=MINUTE)
    mail.tick()
    assert mail.in_channel() == []
    mail.tick_at(NINE + 2 * MINUTE)
    assert len(mail.in_channel()) == 1


def test_a_post_whose_sender_was_killed_after_sending_is_found(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    with monkeypatch.context() as broken:
        broken.setattr(posts, "confirm", _killed)
        with pytest.raises(KeyboardInterrupt):
            mail.tick()
    mail.tick_at(NINE + 2 * MINUTE)
    assert len(mail.in_channel()) == 1
    assert mail.post().state == "sent"


def test_an_estimate_found_after_a_kill_still_becomes_the_bill(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.company.sync_at(EARLY)
    mail.subscribe(EARLY)
    mail.tick()
    mail.company.clock.to(EARLY + 3 * HOUR)
    with monkeypatch.context() as broken:
        broken.setattr(posts, "confirm", _killed)
        with pytest.raises(KeyboardInterrupt):
            mail.tick()
    mail.company.sync_at(EARLY + 4 * HOUR)
    mail.tick()
    (message,) = mail.in_channel()
    assert "estimate" not in message.text


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_rate_limit_is_waited_for(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.faults.rate_limit("chat.postMessage", retry_after=120)
    mail.live(NINE + MINUTE, step=10 * timedelta(seconds=1))
    assert mail.in_channel() == []
    mail.live(NINE + 4 * MINUTE)
    assert len(mail.in_channel()) == 1


def test_a_slack_that_is_away_for_hours_gets_the_digest_when_it_is_back(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.faults.refuse("chat.postMessage", "team_added_to_org", times=100)
    mail.live(NINE + 5 * HOUR, step=5 * MINUTE)
    mail.slack.workspace.faults.clear()
    mail.live(NINE + 6 * HOUR, step=5 * MINUTE)
    assert len(mail.in_channel()) == 1


def test_after_a_day_of_trying_the_owner_is_told_and_may_decide(mail: Mail) -> None:
    subscription = mail.subscribe(NINE)
    mail.slack.workspace.faults.refuse("chat.postMessage", "message_limit_exceeded", times=3)
    mail.tick_at(NINE)
    subscriptions.resume(TEAM, subscription.id, next_at=NINE + 30 * DAY)
    mail.tick_at(NINE + 26 * HOUR)
    assert mail.post().state == "due"
    mail.tick_at(NINE + 28 * HOUR)
    assert mail.post().state == "dropped"
    (told,) = mail.told()
    assert "Post again" in told


@ON_SQLITE
@pytest.mark.parametrize("code", PERMANENT)
def test_what_slack_will_never_take_pauses_the_digest_and_is_told_once(mail: Mail, code: str) -> None:
    subscription = mail.subscribe(NINE)
    mail.slack.workspace.faults.refuse("chat.postMessage", code)
    mail.tick_at(NINE)
    mail.live(NINE + 2 * DAY, step=12 * HOUR)
    paused = subscriptions.find(TEAM, subscription.id)
    assert paused
    assert paused.paused == code
    assert mail.in_channel() == []
    (told,) = mail.told()
    assert code in told


def test_a_channel_the_bot_was_put_out_of_pauses_the_digest(mail: Mail) -> None:
    mail.subscribe(NINE, channel=GENERAL)
    mail.tick_at(NINE)
    (told,) = mail.told()
    assert "/invite @stackspend" in told


def decide(settings: Access) -> None:
    with transaction():
        access.decide(TEAM, settings, by="U0ADMIN001", at=NOW)


def test_where_engineers_are_not_named_a_digest_tells_totals_and_its_owner_is_told_once(mail: Mail) -> None:
    decide(Access(naming=frozenset({FINANCE})))
    mail.subscribe(NINE)
    mail.subscribe(NINE, channel=FINANCE)
    mail.live(NINE + 2 * DAY + HOUR, step=HOUR)
    told, named = ("\n".join(map(str, mail.in_channel(channel))) for channel in (SPEND, FINANCE))
    assert ("Totals only" in told, "*Engineers*" in told) == (True, False)
    assert ("Totals only" in named, "*Engineers*" in named) == (False, True)
    assert ["tells totals only" in words for words in mail.told()] == [True]


def test_the_bill_that_takes_the_place_of_an_estimate_names_nobody_either(mail: Mail) -> None:
    decide(Access(naming=frozenset()))
    _estimated(mail)
    mail.company.sync()
    mail.tick()
    (edit,) = mail.edits()
    assert ("Totals only" in edit.words, "*Engineers*" in edit.words) == (True, False)


def test_a_digest_to_a_channel_that_is_not_told_any_more_is_paused_and_its_owner_told(mail: Mail) -> None:
    subscription = mail.subscribe(NINE)
    decide(Access(channels=frozenset({FINANCE})))
    mail.live(NINE + DAY, step=HOUR)
    assert mail.in_channel() == []
    (told,) = mail.told()
    assert "is not told what Claude costs" in told
    found = subscriptions.find(TEAM, subscription.id)
    assert found
    assert found.paused == "barred"
    assert [(entry.who, entry.what) for entry in audit.every(TEAM)] == [(audit.US, "digest paused")]


def kinds(message: Any) -> list[str]:
    return [block["type"] for block in message.blocks]


def test_a_chart_that_slack_does_not_take_becomes_a_picture(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.faults.refuses_charts = True
    mail.tick_at(NINE)
    (message,) = mail.in_channel()
    assert "image" in kinds(message)
    assert len(mail.slack.workspace.files) == 1


def test_where_no_picture_may_be_uploaded_a_chart_becomes_text(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.faults.refuses_charts = True
    mail.slack.workspace.scopes -= {"files:write"}
    mail.tick_at(NINE)
    (message,) = mail.in_channel()
    assert ("rich_text" in kinds(message), "▇" in str(message.blocks)) == (True, True)


def test_the_second_digest_begins_with_the_picture(mail: Mail) -> None:
    mail.slack.workspace.faults.refuses_charts = True
    mail.subscribe(NINE)
    mail.subscribe(NINE, channel=FINANCE)
    mail.tick_at(NINE)
    assert ["image" in kinds(mail.in_channel(channel)[0]) for channel in (SPEND, FINANCE)] == [True, True]
    assert len(mail.slack.workspace.files) == 1  # both show the same days


def test_a_digest_that_comes_later_is_not_uploaded_again(mail: Mail) -> None:
    mail.subscribe(NINE)
    faults = mail.slack.workspace.faults
    faults.refuses_charts = True
    faults.refuse("chat.postMessage", "invalid_blocks")
    faults.refuse("chat.postMessage", "message_limit_exceeded")  # the picture, at first
    mail.live(NINE + 5 * MINUTE)
    (message,) = mail.in_channel()
    assert ("image" in kinds(message), len(mail.slack.workspace.files)) == (True, 1)


def test_an_edit_that_is_tried_again_uploads_its_picture_once(mail: Mail) -> None:
    mail.slack.workspace.faults.refuses_charts = True
    _estimated(mail)
    mail.company.sync()
    uploaded = len(mail.slack.workspace.files)
    mail.slack.workspace.faults.break_down("chat.update")
    mail.tick()
    mail.tick()
    (edit,) = mail.edits()
    assert "image" in kinds(edit.subject)
    assert len(mail.slack.workspace.files) == uploaded + 1  # the last day is billed now
    mail.tick()
    assert len(mail.slack.workspace.files) == uploaded + 1


def test_at_last_a_digest_is_words_alone(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.slack.workspace.faults.refuse("chat.postMessage", "invalid_blocks", times=3)
    mail.tick_at(NINE)
    (message,) = mail.in_channel()
    assert message.blocks == []
    assert "Nov 21" in message.text


def test_one_digest_that_is_refused_keeps_no_other_back(mail: Mail) -> None:
    mail.subscribe(NINE, channel=GENERAL)
    mail.subscribe(NINE)
    mail.tick_at(NINE)
    assert len(mail.in_channel(SPEND)) == 1


# --- nothing to say any more


def test_a_digest_that_was_removed_is_dropped(mail: Mail) -> None:
    subscription = mail.subscribe(EARLY)
    mail.tick_at(EARLY)
    subscriptions.remove(TEAM, subscription.id)
    mail.tick_at(EARLY + 2 * MINUTE)
    assert (mail.post().state, mail.in_channel()) == ("dropped", [])


def test_the_digest_of_a_disconnected_team_is_dropped(mail: Mail) -> None:
    mail.subscribe(NINE)
    connections.disconnect(mail.company.connection.id, keep_history=True)
    mail.tick_at(NINE)
    assert (mail.post().state, mail.in_channel()) == ("dropped", [])


def test_a_post_for_a_slack_that_is_not_ours_any_more_is_dropped(mail: Mail) -> None:
    mail.subscribe(NINE)
    mail.company.clock.to(NINE)
    Postman("postman", lambda _team: None, mail.company.clock).tick()
    assert mail.post().state == "dropped"


# --- alerts


def test_an_incident_is_told_in_a_direct_message_with_what_to_do(mail: Mail) -> None:
    mail.company.api.faults.revoke()
    mail.company.sync_at(NOW + HOUR)
    mail.company.sync_at(NOW + HOUR + 2 * MINUTE)  # refused twice, a minute apart
    mail.live(NOW + 2 * HOUR, step=10 * MINUTE)
    (told,) = mail.told()
    assert "Reconnect" in told
    assert "4Q7x" in told


def test_an_incident_that_is_over_before_it_was_told_is_not_told(mail: Mail) -> None:
    mail.company.api.faults.down("messages")
    mail.company.live(NOW + 10 * MINUTE, step=MINUTE)
    mail.company.api.faults.clear()
    mail.company.live(NOW + 30 * MINUTE)
    mail.tick()
    assert ["answers again" in told for told in mail.told()] == [True]


def test_an_alert_whose_history_cannot_be_read_comes_rather_twice_than_never(mail: Mail) -> None:
    mail.slack.workspace.scopes -= {"channels:history"}
    mail.slack.workspace.faults.cut_before("chat.postMessage")
    mail.company.api.faults.revoke()
    mail.company.sync_at(NOW + HOUR)
    mail.company.sync_at(NOW + HOUR + 2 * MINUTE)  # refused twice, a minute apart
    mail.live(NOW + HOUR + 7 * MINUTE)
    assert len(mail.told()) == 1
