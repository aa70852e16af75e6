"""Setting up a digest: the modal, the list, and its buttons."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import available_timezones

import pytest

from demo.slack.people import ADMIN, ARCHIVED, FINANCE, GENERAL, MEMBER, PRIVATE, SHARED, SPEND
from demo.slack.server import Entry
from digests.forms.time_zones import zone_select
from providers.period import Period
from storage.engine.database import session, transaction
from storage.state import access, posts, subscriptions
from storage.state.access import Access
from storage.state.posts import Post
from storage.state.subjects import DigestDays
from storage.state.subscriptions import Plan, Subscription
from tests.bot.harness import NOW, Harness, connect, fill, open_harness


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def set_up(harness: Harness, channel: str = SPEND) -> Subscription:
    with session():
        return subscriptions.save(
            harness.team_id,
            channel_id=channel,
            channel_name="claude-spend",
            plan=Plan(zone="Europe/Berlin"),
            set_up_by=ADMIN,
            next_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
        )


def decide(harness: Harness, settings: Access) -> None:
    with transaction():
        access.decide(harness.team_id, settings, by=ADMIN, at=NOW)


def all_of(harness: Harness) -> list[Subscription]:
    with session():
        return subscriptions.of_team(harness.team_id)


def outbox(harness: Harness) -> list[Post]:
    with session():
        return list(posts.by_key_prefix(harness.team_id, "digest:"))


def fill_in(harness: Harness, entry: Entry, button: str, **values: str) -> Entry:
    """Press a button that opens the modal, fill it in, wait for the outcome."""
    index = harness.press(ADMIN, entry, button)
    harness.after(index, "modal")
    sent = harness.slack.submit(ADMIN, values={(name, "value"): value for name, value in values.items()})
    return harness.slack.wait(
        lambda each: each.kind == "modal_update" and "Checking the channel" not in each.words,
        after=sent.index,
    )


def more(harness: Harness, form: Entry) -> Entry:
    """Open all options of a form."""
    return harness.after(harness.press(ADMIN, form, "More options…"), "modal_update")


def labels(form: Entry) -> list[str]:
    return [block["label"]["text"] for block in form.payload["blocks"] if block["type"] == "input"]


def test_a_new_digest_asks_four_things_and_the_rest_on_demand(harness: Harness) -> None:
    form = harness.after(harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest"), "modal")
    assert labels(form) == ["Post to", "How often", "At", "Engineers"]
    assert "Berlin time. Change the time zone under More options." in form.words
    harness.slack.select(ADMIN, form, "value", "06:15", "time")
    opened = more(harness, form)
    assert labels(opened)[4:] == ["Time zone", "Scope", "Only when spend is above", "Details"]
    harness.after(harness.slack.submit(ADMIN).index, "modal_update", contains="is set up")
    assert [(each.time, each.zone) for each in all_of(harness)] == [("06:15", "Europe/Berlin")]


def test_a_digest_that_is_not_as_most_are_opens_with_all_options(harness: Harness) -> None:
    form = harness.after(harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest"), "modal")
    more(harness, form)
    values = {("minimum", "value"): "250", ("thread", "value"): ["thread"], ("zone", "value"): "Asia/Kolkata"}
    harness.after(harness.slack.submit(ADMIN, values=values).index, "dm", contains="is set up")
    (saved,) = all_of(harness)
    assert (saved.minimum, saved.in_thread, saved.zone) == (250, True, "Asia/Kolkata")
    listed = harness.ask(ADMIN, "digest", SPEND)
    assert "only above $250  ·  tables in the thread" in listed.words
    form = harness.after(harness.press(ADMIN, listed, "Edit"), "modal")
    assert "Only when spend is above" in labels(form)
    harness.after(harness.slack.submit(ADMIN).index, "modal_update", contains="is set up")
    assert all_of(harness) == [saved]


def test_where_names_are_private_a_new_digest_shows_totals(harness: Harness) -> None:
    decide(harness, access.UNDECIDED)
    fill_in(harness, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    assert [each.naming for each in all_of(harness)] == ["totals"]


def test_the_first_digest_takes_the_channel_nine_o_clock_and_ones_own_zone(harness: Harness) -> None:
    fill_in(harness, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    (saved,) = all_of(harness)
    assert (saved.channel_id, saved.channel_name, saved.time) == (SPEND, "claude-spend", "09:00")
    assert (saved.zone, saved.set_up_by) == ("Europe/Berlin", ADMIN)
    assert saved.next_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_it_is_confirmed_in_the_direct_message_with_what_can_be_done_next(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "digest", SPEND)
    fill_in(harness, answer, "Add a digest", time="07:30", kind="daily")
    reply = harness.after(answer.index, "dm", contains="The digest is set up")
    assert "Daily at 7:30 AM, Berlin time" in reply.words
    assert "Send now" in reply.words


def test_the_bot_walks_into_a_public_channel(harness: Harness) -> None:
    fill_in(harness, harness.ask(ADMIN, "digest", SPEND), "Add a digest", channel=GENERAL)
    assert harness.slack.workspace.bot_user in harness.slack.workspace.channels[GENERAL].members


@pytest.mark.parametrize(
    ("channel", "says"),
    [(PRIVATE, "/invite @stackspend"), (ARCHIVED, "is archived")],
)
def test_a_channel_it_cannot_post_in_is_said_with_the_form_still_filled_in(
    harness: Harness, channel: str, says: str
) -> None:
    reply = fill_in(
        harness, harness.ask(ADMIN, "digest", SPEND), "Add a digest", channel=channel, time="06:15"
    )
    assert says in reply.words
    assert all_of(harness) == []
    again = harness.slack.submit(ADMIN, values={("channel", "value"): SPEND})
    harness.after(again.index, "modal_update", contains="is set up")
    assert [(each.channel_id, each.time) for each in all_of(harness)] == [(SPEND, "06:15")]


def test_one_channel_has_one_digest(harness: Harness) -> None:
    set_up(harness)
    answer = fill_in(harness, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    assert "already has this digest" in answer.words
    assert len(all_of(harness)) == 1


def test_a_channel_shared_with_another_company_is_warned_of(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "digest", SPEND)
    fill_in(harness, answer, "Add a digest", channel=SHARED)
    assert "another company" in harness.after(answer.index, "dm").words


def test_the_modal_says_who_will_read_it_before_it_is_saved(harness: Harness) -> None:
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    form = harness.after(index, "modal")
    members = len(harness.slack.workspace.channels[SPEND].members)
    says = f"Everyone in <#{SPEND}> ({members} members), including guests, will see spend every weekday"
    assert says in form.words
    index = harness.slack.select(ADMIN, form, "value", SHARED, "channel").index
    changed = harness.after(index, "modal_update")
    assert f"Everyone in <#{SHARED}>" in changed.words
    assert "This channel is shared with another company" in changed.words


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"kind": "weekly"}, "will see spend every week, with engineer names"),
        ({"kind": "monthly"}, "will see spend every month"),
        ({"kind": "daily"}, "will see spend every day"),
        ({"naming": "initials"}, "with engineer initials"),
        ({"naming": "totals"}, "without engineer names"),
        ({"more": "", "scope": "model"}, "without engineer names"),
    ],
)
def test_the_modal_says_how_often_and_how_they_are_named(
    harness: Harness, chosen: dict[str, str], says: str
) -> None:
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    form = harness.after(index, "modal")
    if "more" in chosen:
        form = more(harness, form)
    field, value = list(chosen.items())[-1]
    index = harness.slack.select(ADMIN, form, "value", value, field).index
    assert says in harness.after(index, "modal_update").words


def test_choosing_another_channel_keeps_what_was_entered(harness: Harness) -> None:
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    form = harness.after(index, "modal")
    harness.slack.select(ADMIN, form, "value", "06:15", "time")
    index = harness.slack.select(ADMIN, form, "value", FINANCE, "channel").index
    harness.after(index, "modal_update")
    harness.after(harness.slack.submit(ADMIN).index, "modal_update", contains="is set up")
    assert [(each.channel_id, each.time) for each in all_of(harness)] == [(FINANCE, "06:15")]


def test_a_channel_that_is_not_told_gets_no_digest(harness: Harness) -> None:
    decide(harness, Access(channels=frozenset({FINANCE})))
    answer = fill_in(harness, harness.ask(ADMIN, "digest", SPEND), "Add a digest", channel=GENERAL)
    assert f"Digests are turned off for <#{GENERAL}>" in answer.words
    assert harness.slack.workspace.bot_user not in harness.slack.workspace.channels[GENERAL].members
    assert all_of(harness) == []


def test_where_engineers_are_not_named_the_modal_says_so_and_the_preview_has_none(harness: Harness) -> None:
    decide(harness, Access(naming=frozenset({FINANCE})))
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    assert "without engineer names" in harness.after(index, "modal").words
    set_up(harness)
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Preview")
    shown = harness.after(index, "ephemeral", "edit", "message").words
    assert "Engineer names are off in this channel" in shown
    assert "Mina" not in shown


def test_without_the_permission_to_look_the_digest_is_saved_all_the_same(harness: Harness) -> None:
    harness.slack.workspace.scopes.remove("channels:read")
    fill_in(harness, harness.ask(ADMIN, "digest", SPEND), "Add a digest", channel=FINANCE)
    assert [each.channel_id for each in all_of(harness)] == [FINANCE]


def test_editing_changes_the_one_there_is_and_resumes_it(harness: Harness) -> None:
    saved = set_up(harness)
    with session():
        subscriptions.pause(saved.id, "is_archived")
    answer = harness.ask(ADMIN, "digest", SPEND)
    assert "is_archived" in answer.words
    fill_in(harness, answer, "Edit", time="18:00")
    (changed,) = all_of(harness)
    assert (changed.id, changed.time, changed.zone, changed.paused) == (
        saved.id,
        "18:00",
        "Europe/Berlin",
        "",
    )
    assert changed.next_at == datetime(2026, 11, 22, 17, tzinfo=UTC)


def test_pausing_resuming_and_removing_change_the_list_in_place(harness: Harness) -> None:
    set_up(harness)
    listed = harness.ask(ADMIN, "digest", SPEND)
    paused = harness.after(harness.press(ADMIN, listed, "Pause"), "edit")
    assert "paused" in paused.words
    resumed = harness.after(harness.press(ADMIN, paused, "Resume"), "edit")
    assert "next Mon, Nov 23, 9:00 AM" in resumed.words
    removed = harness.after(harness.press(ADMIN, resumed, "Remove"), "edit")
    assert "No digests yet" in removed.words
    assert all_of(harness) == []


def test_a_preview_is_shown_to_the_asker_alone(harness: Harness) -> None:
    set_up(harness)
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Preview")
    shown = harness.after(index, "ephemeral", "edit", "message")
    assert (shown.kind, shown.user) == ("ephemeral", ADMIN)
    assert "Claude spend · Saturday, November 21" in shown.words
    assert outbox(harness) == []


def test_sending_now_enters_one_digest_until_it_is_sent(harness: Harness) -> None:
    saved = set_up(harness)
    listed = harness.ask(ADMIN, "digest", SPEND)
    reply = harness.after(harness.press(ADMIN, listed, "Send now"), "ephemeral")
    assert "Sending the" in reply.words
    assert harness.woken.wait(5)
    reply = harness.after(harness.press(ADMIN, listed, "Send now"), "ephemeral")
    assert "already" in reply.words
    (post,) = outbox(harness)
    assert (post.key, post.subject) == (
        f"digest:{saved.id}:2026-11-21:1",
        DigestDays(saved.id, Period.day(date(2026, 11, 21))),
    )
    assert (post.channel, post.give_up_waiting_at) == (SPEND, NOW)


def test_an_uncertain_digest_is_posted_again_once_a_person_says_so(harness: Harness) -> None:
    set_up(harness)
    harness.after(harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Send now"), "ephemeral")
    (post,) = outbox(harness)
    with transaction():
        posts.claim("worker", now=NOW, length=NOW - NOW)
        posts.mark_uncertain(post, "worker")
    button = {"type": "button", "text": {"type": "plain_text", "text": "Post again"}}
    block = {
        "type": "actions",
        "elements": [{**button, "action_id": "digest:post_again", "value": str(post.id)}],
    }
    message = harness.slack.workspace.post(SPEND, {"text": "Unclear.", "blocks": [block]})
    for says in ("Sending the", "Already handled"):
        index = harness.slack.click(ADMIN, message, "digest:post_again").index
        assert says in harness.after(index, "ephemeral").words
    assert [each.state for each in outbox(harness)] == ["due"]


def test_members_press_in_vain(harness: Harness) -> None:
    saved = set_up(harness)
    button = {"type": "button", "text": {"type": "plain_text", "text": "Edit digest"}}
    block = {"type": "actions", "elements": [{**button, "action_id": "digest:edit", "value": str(saved.id)}]}
    message = harness.slack.workspace.post(SPEND, {"text": "A digest.", "blocks": [block]})
    index = harness.slack.click(MEMBER, message, "digest:edit").index
    assert "Only admins can do this" in harness.after(index, "ephemeral").words


def test_a_digest_that_is_gone_cannot_be_edited(harness: Harness) -> None:
    saved = set_up(harness)
    listed = harness.ask(ADMIN, "digest", SPEND)
    with session():
        subscriptions.remove(harness.team_id, saved.id)
    assert "no longer exists" in harness.after(harness.press(ADMIN, listed, "Edit"), "ephemeral").words


def test_saving_what_was_removed_meanwhile_sets_it_up_anew(harness: Harness) -> None:
    saved = set_up(harness)
    harness.after(harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Edit"), "modal")
    with session():
        subscriptions.remove(harness.team_id, saved.id)
    sent = harness.slack.submit(ADMIN)
    harness.after(sent.index, "modal_update", contains="is set up")
    assert [each.channel_id for each in all_of(harness)] == [SPEND]


def test_every_zone_there_is_may_be_chosen_and_ones_own_comes_first() -> None:
    select = zone_select("Antarctica/Troll", "UTC")
    groups = [[option["value"] for option in group["options"]] for group in select["option_groups"]]
    offered = [zone for group in groups for zone in group]
    assert offered[0] == select["initial_option"]["value"] == "Antarctica/Troll"
    assert set(offered) <= available_timezones()
    assert {"Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "Australia/Lord_Howe"} <= set(offered)
    assert len(offered) == len(set(offered))
    assert max(map(len, groups)) <= 100
