"""The outbox at work: every digest and alert once, whatever happens to Slack and to us in between."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.posting.calendar import next_slot
from bot.posting.outbox_worker import OutboxWorker
from demo.slack.people import FINANCE, FINOPS, GENERAL, SPEND, TEAM
from providers.money import billionths
from providers.spend import Attribution, Spend
from storage.engine.database import transaction
from storage.facts import spend
from storage.state import access, audit, connections, posts, subscriptions
from storage.state.access import Access
from storage.state.scopes import Scope
from storage.state.subscriptions import Plan
from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, ON_SQLITE, OutboxHarness

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


def test_a_digest_is_posted_when_its_time_has_come(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.tick_at(NINE - MINUTE)
    assert outbox.in_channel() == []
    outbox.tick_at(NINE)
    (message,) = outbox.in_channel()
    assert "Nov 21" in message.text
    assert outbox.post().state == "sent"


def test_a_digest_comes_once_a_day(outbox: OutboxHarness) -> None:
    subscription = outbox.subscribe(NINE)
    outbox.live(NINE + 3 * HOUR, step=10 * MINUTE)
    assert len(outbox.in_channel()) == 1
    after = subscriptions.find(TEAM, subscription.id)
    assert after
    assert after.next_at == NINE + DAY


def test_many_processes_enter_and_send_a_digest_once(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    workers = [outbox.worker(f"worker {number}") for number in range(6)]
    threads = [threading.Thread(target=outbox_worker.tick) for outbox_worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outbox.in_channel()) == 1
    assert outbox.post().state == "sent"


def test_two_digests_are_two_posts(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.subscribe(NINE, channel=FINANCE)
    outbox.tick_at(NINE)
    assert (len(outbox.in_channel(SPEND)), len(outbox.in_channel(FINANCE))) == (1, 1)


def test_the_first_digest_in_a_channel_says_more_than_the_second(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.tick_at(NINE)
    outbox.company.sync_at(NINE + DAY)
    outbox.tick()
    first, second = (str(message.blocks[-1]) for message in outbox.in_channel())
    assert first != second


def test_a_weekly_digest_is_about_the_last_week_and_comes_once_a_week(outbox: OutboxHarness) -> None:
    monday = datetime(2026, 11, 23, 10, 45, tzinfo=UTC)
    outbox.subscribe(monday, plan=Plan("weekly", f"{monday:%H:%M}"))
    outbox.company.sync_at(monday - MINUTE)
    outbox.live(monday + 3 * DAY, step=6 * HOUR)
    (message,) = outbox.in_channel()
    assert "week of Nov 16–22" in str(message.blocks)
    assert outbox.post().key.endswith(":2026-11-16..2026-11-22")


def test_a_week_that_is_not_over_is_waited_for(outbox: OutboxHarness) -> None:
    """Monday morning in Auckland is Sunday evening in UTC."""
    slot = datetime(2026, 11, 22, 20, tzinfo=UTC)
    outbox.subscribe(slot, plan=Plan("weekly", zone="Pacific/Auckland"))
    outbox.live(slot + 3 * HOUR, step=HOUR)
    assert outbox.in_channel() == []
    outbox.company.sync_at(slot + 6 * HOUR)
    outbox.live(slot + 8 * HOUR, step=HOUR)
    (message,) = outbox.in_channel()
    assert "week of Nov 16–22" in str(message.blocks)
    assert not outbox.post().estimated


def test_the_digest_of_a_team_is_about_who_is_in_it_when_it_is_posted(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, scope=Scope("group", (FINOPS, "finance")))
    outbox.tick_at(NINE)
    (message,) = outbox.in_channel()
    assert "@finance only, 1 person" in message.text


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_team_of_nobody_pauses_its_digest_and_is_told_once(outbox: OutboxHarness, is_gone: bool) -> None:  # noqa: FBT001 - a table
    subscription = outbox.subscribe(
        NINE, scope=Scope("group", ("S0GONE0001" if is_gone else FINOPS, "finance"))
    )
    if not is_gone:
        outbox.slack.workspace.scopes -= {"users:read.email"}
    outbox.live(NINE + DAY, step=6 * HOUR)
    digest = subscriptions.find(TEAM, subscription.id)
    assert digest
    assert digest.paused == "nobody"
    (message,) = outbox.direct_messages()
    assert "The user group was deleted or has no members" in message


def test_engineers_are_told_as_the_digest_has_it(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, naming="initials")
    outbox.subscribe(NINE, channel=FINANCE, naming="totals")
    outbox.tick_at(NINE)
    initials, totals = (outbox.in_channel(channel)[0] for channel in (SPEND, FINANCE))
    assert re.search(r"\*Engineers:\* \w\. \w\. ", str(initials.blocks))
    assert "*Engineers:*" not in str(totals.blocks)
    assert outbox.direct_messages() == []


def test_the_name_of_a_renamed_channel_is_learnt_when_it_is_posted_to(outbox: OutboxHarness) -> None:
    subscription = outbox.subscribe(NINE)
    channel = outbox.slack.workspace.channels[SPEND]
    outbox.slack.workspace.channels[SPEND] = replace(channel, name="claude-costs")
    outbox.tick_at(NINE)
    digest = subscriptions.find(TEAM, subscription.id)
    assert digest
    assert digest.channel_name == "claude-costs"


def test_a_revoked_token_is_reported_once_it_is_replaced(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.slack.workspace.revoke_token("token_revoked")
    outbox.live(NINE + 3 * HOUR, step=HOUR)
    assert outbox.direct_messages() == []
    outbox.slack.workspace.token_error = None
    outbox.live(NINE + 5 * HOUR, step=HOUR)
    (message,) = outbox.direct_messages()
    assert "no longer installed properly" in message


# --- the bill


def test_a_digest_waits_for_the_bill(outbox: OutboxHarness) -> None:
    outbox.subscribe(EARLY)
    outbox.company.sync_at(EARLY)
    outbox.live(EARLY + 50 * MINUTE, step=5 * MINUTE)
    assert outbox.in_channel() == []
    outbox.company.sync_at(EARLY + 60 * MINUTE)
    outbox.tick_at(EARLY + 62 * MINUTE)
    assert len(outbox.in_channel()) == 1
    assert not outbox.post().estimated


def test_after_three_hours_an_estimate_is_posted(outbox: OutboxHarness) -> None:
    outbox.company.sync_at(EARLY)
    outbox.subscribe(EARLY)
    outbox.tick()
    outbox.live(EARLY + 179 * MINUTE, step=10 * MINUTE)
    assert outbox.in_channel() == []
    outbox.live(EARLY + 181 * MINUTE)
    (message,) = outbox.in_channel()
    assert "estimate" in message.text
    assert outbox.post().estimated


def test_an_estimate_is_edited_once_when_the_bill_is_in(outbox: OutboxHarness) -> None:
    _estimated(outbox)
    outbox.tick()
    assert outbox.edits() == []
    outbox.company.sync()
    for number in range(3):
        outbox.worker(f"worker {number}").tick()
    (edit,) = outbox.edits()
    assert "estimate" not in edit.subject.text
    assert len(outbox.in_channel()) == 1


def _estimated(outbox: OutboxHarness) -> None:
    """Let a digest be posted before its bill is read."""
    outbox.company.sync_at(EARLY)
    outbox.subscribe(EARLY)
    outbox.tick()
    outbox.tick_at(EARLY + 3 * HOUR + MINUTE)
    assert outbox.post().estimated


def test_an_edit_that_fails_is_tried_again(outbox: OutboxHarness) -> None:
    _estimated(outbox)
    outbox.company.sync()
    outbox.slack.workspace.faults.break_down("chat.update")
    outbox.tick()
    assert outbox.edits() == []
    outbox.tick()
    assert len(outbox.edits()) == 1


def test_an_estimate_whose_message_was_deleted_is_left_alone(outbox: OutboxHarness) -> None:
    _estimated(outbox)
    outbox.company.sync()
    outbox.slack.workspace.delete(outbox.in_channel()[0])
    outbox.live(outbox.company.clock() + 3 * MINUTE)
    assert outbox.in_channel() == []
    assert not outbox.post().estimated


# --- whatever Slack does


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "break_down"])
def test_where_history_can_be_read_an_unclear_post_is_settled(outbox: OutboxHarness, fault: str) -> None:
    outbox.subscribe(NINE)
    getattr(outbox.slack.workspace.faults, fault)("chat.postMessage")
    outbox.live(NINE + 5 * MINUTE, step=30 * timedelta(seconds=1))
    assert len(outbox.in_channel()) == 1
    assert outbox.post().state == "sent"
    assert outbox.direct_messages() == []


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "break_down"])
def test_where_history_cannot_be_read_the_owner_is_notified_and_nothing_is_sent_again(
    outbox: OutboxHarness, fault: str
) -> None:
    outbox.slack.workspace.scopes -= {"channels:history"}
    outbox.subscribe(NINE)
    getattr(outbox.slack.workspace.faults, fault)("chat.postMessage")
    outbox.live(NINE + 10 * MINUTE)
    assert len(outbox.in_channel()) == (fault == "cut_after")
    assert outbox.post().state == "uncertain"
    (message,) = outbox.direct_messages()
    assert "might not have reached" in message
    assert "Post again" in message


def test_a_person_may_have_an_unclear_post_sent(outbox: OutboxHarness) -> None:
    outbox.slack.workspace.scopes -= {"channels:history"}
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.cut_before("chat.postMessage")
    outbox.live(NINE + 5 * MINUTE)
    assert posts.resend(TEAM, outbox.post().id, now=outbox.company.clock())
    outbox.tick()
    assert len(outbox.in_channel()) == 1


@pytest.mark.parametrize("method", ["cut_before", "break_down", "rate_limit"])
def test_a_trouble_while_looking_for_a_post_makes_no_second_one(outbox: OutboxHarness, method: str) -> None:
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.cut_after("chat.postMessage")
    getattr(outbox.slack.workspace.faults, method)("conversations.history")
    outbox.live(NINE + 10 * MINUTE)
    assert len(outbox.in_channel()) == 1
    assert outbox.post().state == "sent"


def test_a_post_whose_sender_was_killed_before_sending_is_sent_by_another(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    outbox_worker = outbox.worker("killed")
    outbox_worker.enter(subscriptions.of_team(TEAM)[0])
    assert posts.claim("killed", now=NINE, length=MINUTE)
    outbox.tick()
    assert outbox.in_channel() == []
    outbox.tick_at(NINE + 2 * MINUTE)
    assert len(outbox.in_channel()) == 1


def test_a_post_whose_sender_was_killed_after_sending_is_found(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    with monkeypatch.context() as broken:
        broken.setattr(posts, "confirm", _killed)
        with pytest.raises(KeyboardInterrupt):
            outbox.tick()
    outbox.tick_at(NINE + 2 * MINUTE)
    assert len(outbox.in_channel()) == 1
    assert outbox.post().state == "sent"


def test_an_estimate_found_after_a_kill_still_becomes_the_bill(
    outbox: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.company.sync_at(EARLY)
    outbox.subscribe(EARLY)
    outbox.tick()
    outbox.company.clock.to(EARLY + 3 * HOUR)
    with monkeypatch.context() as broken:
        broken.setattr(posts, "confirm", _killed)
        with pytest.raises(KeyboardInterrupt):
            outbox.tick()
    outbox.company.sync_at(EARLY + 4 * HOUR)
    outbox.tick()
    (message,) = outbox.in_channel()
    assert "estimate" not in message.text


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_rate_limit_is_waited_for(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.rate_limit("chat.postMessage", retry_after=120)
    outbox.live(NINE + MINUTE, step=10 * timedelta(seconds=1))
    assert outbox.in_channel() == []
    outbox.live(NINE + 4 * MINUTE)
    assert len(outbox.in_channel()) == 1


def test_a_slack_that_is_away_for_hours_gets_the_digest_when_it_is_back(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.refuse("chat.postMessage", "team_added_to_org", times=100)
    outbox.live(NINE + 5 * HOUR, step=5 * MINUTE)
    outbox.slack.workspace.faults.clear()
    outbox.live(NINE + 6 * HOUR, step=5 * MINUTE)
    assert len(outbox.in_channel()) == 1


def test_after_a_day_of_trying_the_owner_is_notified_and_may_decide(outbox: OutboxHarness) -> None:
    subscription = outbox.subscribe(NINE)
    outbox.slack.workspace.faults.refuse("chat.postMessage", "message_limit_exceeded", times=3)
    outbox.tick_at(NINE)
    subscriptions.resume(TEAM, subscription.id, next_at=NINE + 30 * DAY)
    outbox.tick_at(NINE + 26 * HOUR)
    assert outbox.post().state == "due"
    outbox.tick_at(NINE + 28 * HOUR)
    assert outbox.post().state == "dropped"
    (message,) = outbox.direct_messages()
    assert "Post again" in message
    assert "didn't reach" in message
    assert "message_limit_exceeded" in message


@ON_SQLITE
@pytest.mark.parametrize("code", PERMANENT)
def test_what_slack_will_never_take_pauses_the_digest_and_is_reported_once(
    outbox: OutboxHarness, code: str
) -> None:
    subscription = outbox.subscribe(NINE)
    outbox.slack.workspace.faults.refuse("chat.postMessage", code)
    outbox.tick_at(NINE)
    outbox.live(NINE + 2 * DAY, step=12 * HOUR)
    paused = subscriptions.find(TEAM, subscription.id)
    assert paused
    assert paused.paused == code
    assert outbox.in_channel() == []
    (message,) = outbox.direct_messages()
    assert code in message


def test_a_channel_the_bot_was_put_out_of_pauses_the_digest(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, channel=GENERAL)
    outbox.tick_at(NINE)
    (message,) = outbox.direct_messages()
    assert "/invite @stackspend" in message


def decide(settings: Access) -> None:
    with transaction():
        access.decide(TEAM, settings, by="U0ADMIN001", at=NOW)


def test_where_engineers_are_not_named_a_digest_tells_totals_and_its_owner_is_notified_once(
    outbox: OutboxHarness,
) -> None:
    decide(Access(naming=frozenset({FINANCE})))
    outbox.subscribe(NINE)
    outbox.subscribe(NINE, channel=FINANCE)
    outbox.live(NINE + 2 * DAY + HOUR, step=HOUR)
    totals_text, named = ("\n".join(map(str, outbox.in_channel(channel))) for channel in (SPEND, FINANCE))
    assert ("Engineer names are off" in totals_text, "*Engineers:*" in totals_text) == (True, False)
    assert ("Engineer names are off" in named, "*Engineers:*" in named) == (False, True)
    assert ["shows totals only" in words for words in outbox.direct_messages()] == [True]


def test_the_bill_that_takes_the_place_of_an_estimate_names_nobody_either(outbox: OutboxHarness) -> None:
    decide(Access(naming=frozenset()))
    _estimated(outbox)
    outbox.company.sync()
    outbox.tick()
    (edit,) = outbox.edits()
    assert ("Engineer names are off" in edit.words, "*Engineers:*" in edit.words) == (True, False)


def test_a_digest_to_a_channel_that_is_not_told_any_more_is_paused_and_its_owner_is_notified(
    outbox: OutboxHarness,
) -> None:
    subscription = outbox.subscribe(NINE)
    decide(Access(channels=frozenset({FINANCE})))
    outbox.live(NINE + DAY, step=HOUR)
    assert outbox.in_channel() == []
    (message,) = outbox.direct_messages()
    assert "An admin turned off this channel" in message
    digest = subscriptions.find(TEAM, subscription.id)
    assert digest
    assert digest.paused == "barred"
    assert [(entry.who, entry.what) for entry in audit.every(TEAM)] == [(audit.US, "digest paused")]


def kinds(message: Any) -> list[str]:
    return [block["type"] for block in message.blocks]


def make_loud() -> None:
    """Let the weekends before have cost next to nothing, so that this one has a chart."""
    connection = connections.of_team(TEAM)
    assert connection
    for back in (7 * week + day for week in range(1, 5) for day in (0, 1)):
        day = NINE.date() - timedelta(days=back)
        hour = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        line = Spend(
            hour, None, "apikey_1", "claude-opus-5-5", "api", billionths(Decimal(1)), (1, 0, 0, 0, 1, 0)
        )
        with transaction():
            spend.replace(connection.id, day, Attribution([line], []), estimated=False)


def test_a_chart_that_slack_does_not_take_becomes_a_picture(outbox: OutboxHarness) -> None:
    make_loud()
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.refuses_charts = True
    outbox.tick_at(NINE)
    (message,) = outbox.in_channel()
    assert "image" in kinds(message)
    assert len(outbox.slack.workspace.files) == 1


def test_where_no_picture_may_be_uploaded_a_chart_becomes_text(outbox: OutboxHarness) -> None:
    make_loud()
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.refuses_charts = True
    outbox.slack.workspace.scopes -= {"files:write"}
    outbox.tick_at(NINE)
    (message,) = outbox.in_channel()
    assert ("rich_text" in kinds(message), "▇" in str(message.blocks)) == (True, True)


def test_the_second_digest_begins_with_the_picture(outbox: OutboxHarness) -> None:
    make_loud()
    outbox.slack.workspace.faults.refuses_charts = True
    outbox.subscribe(NINE)
    outbox.subscribe(NINE, channel=FINANCE)
    outbox.tick_at(NINE)
    assert ["image" in kinds(outbox.in_channel(channel)[0]) for channel in (SPEND, FINANCE)] == [True, True]
    assert len(outbox.slack.workspace.files) == 1  # both show the same days


def test_a_digest_that_comes_later_is_not_uploaded_again(outbox: OutboxHarness) -> None:
    make_loud()
    outbox.subscribe(NINE)
    faults = outbox.slack.workspace.faults
    faults.refuses_charts = True
    faults.refuse("chat.postMessage", "invalid_blocks")
    faults.refuse("chat.postMessage", "message_limit_exceeded")  # the picture, at first
    outbox.live(NINE + 5 * MINUTE)
    (message,) = outbox.in_channel()
    assert ("image" in kinds(message), len(outbox.slack.workspace.files)) == (True, 1)


def test_an_edit_that_is_tried_again_uploads_its_picture_once(outbox: OutboxHarness) -> None:
    make_loud()
    outbox.slack.workspace.faults.refuses_charts = True
    _estimated(outbox)
    outbox.company.sync()
    uploaded = len(outbox.slack.workspace.files)
    outbox.slack.workspace.faults.break_down("chat.update")
    outbox.tick()
    outbox.tick()
    (edit,) = outbox.edits()
    assert "image" in kinds(edit.subject)
    assert len(outbox.slack.workspace.files) == uploaded + 1  # the last day is billed now
    outbox.tick()
    assert len(outbox.slack.workspace.files) == uploaded + 1


def test_at_last_a_digest_is_words_alone(outbox: OutboxHarness) -> None:
    make_loud()
    outbox.subscribe(NINE)
    outbox.slack.workspace.faults.refuse("chat.postMessage", "invalid_blocks", times=3)
    outbox.tick_at(NINE)
    (message,) = outbox.in_channel()
    assert message.blocks == []
    assert "Nov 21" in message.text


def test_one_digest_that_is_refused_keeps_no_other_back(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE, channel=GENERAL)
    outbox.subscribe(NINE)
    outbox.tick_at(NINE)
    assert len(outbox.in_channel(SPEND)) == 1


# --- nothing to say any more


def test_a_digest_that_was_removed_is_dropped(outbox: OutboxHarness) -> None:
    subscription = outbox.subscribe(EARLY)
    outbox.tick_at(EARLY)
    subscriptions.remove(TEAM, subscription.id)
    outbox.tick_at(EARLY + 2 * MINUTE)
    assert (outbox.post().state, outbox.in_channel()) == ("dropped", [])


def test_the_digest_of_a_disconnected_team_is_dropped(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    connections.disconnect(outbox.company.connection.id, keep_history=True)
    outbox.tick_at(NINE)
    assert (outbox.post().state, outbox.in_channel()) == ("dropped", [])


def test_a_post_for_a_slack_that_is_not_ours_any_more_is_dropped(outbox: OutboxHarness) -> None:
    outbox.subscribe(NINE)
    outbox.company.clock.to(NINE)
    OutboxWorker("outbox", lambda _team: None, outbox.company.clock).tick()
    assert outbox.post().state == "dropped"


# --- alerts


def test_an_incident_is_reported_in_a_direct_message_with_what_to_do(outbox: OutboxHarness) -> None:
    outbox.company.api.faults.revoke()
    outbox.company.sync_at(NOW + HOUR)
    outbox.company.sync_at(NOW + HOUR + 2 * MINUTE)  # refused twice, a minute apart
    outbox.live(NOW + 2 * HOUR, step=10 * MINUTE)
    (message,) = outbox.direct_messages()
    assert "Add a new key" in message
    assert "4Q7x" in message


def test_an_incident_that_is_over_before_it_was_reported_is_not_reported(outbox: OutboxHarness) -> None:
    outbox.company.api.faults.down("messages")
    outbox.company.live(NOW + 10 * MINUTE, step=MINUTE)
    outbox.company.api.faults.clear()
    outbox.company.live(NOW + 30 * MINUTE)
    outbox.tick()
    assert ["is reachable again" in message for message in outbox.direct_messages()] == [True]


def test_an_alert_whose_history_cannot_be_read_comes_rather_twice_than_never(outbox: OutboxHarness) -> None:
    outbox.slack.workspace.scopes -= {"channels:history"}
    outbox.slack.workspace.faults.cut_before("chat.postMessage")
    outbox.company.api.faults.revoke()
    outbox.company.sync_at(NOW + HOUR)
    outbox.company.sync_at(NOW + HOUR + 2 * MINUTE)  # refused twice, a minute apart
    outbox.live(NOW + HOUR + 7 * MINUTE)
    assert len(outbox.direct_messages()) == 1
