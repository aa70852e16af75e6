"""Digests as people want them: weekly, monthly, of a part, named as wished; from the modal and their menu."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.slack.people import ADMIN, COLLEAGUE, FINOPS, GENERAL, MEMBER, SPEND
from demo.slack.server import Entry
from providers.directory import Entry as Listed
from storage.engine.database import session, transaction
from storage.facts import directory
from storage.state import audit, posts, subscriptions
from storage.state.scopes import Scope
from storage.state.subscriptions import Plan, Subscription
from tests.bot.harness import Harness, connect, fill, open_harness


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def set_up(harness: Harness, **changes: Any) -> Subscription:
    usual: dict[str, Any] = {
        "channel_id": SPEND,
        "channel_name": "claude-spend",
        "plan": Plan(zone="Europe/Berlin"),
        "set_up_by": ADMIN,
        "next_at": datetime(2026, 11, 23, 8, tzinfo=UTC),
    }
    with session():
        return subscriptions.save(harness.team_id, **{**usual, **changes})


def the_only(harness: Harness) -> Subscription:
    with session():
        (digest,) = subscriptions.of_team(harness.team_id)
    return digest


def form(harness: Harness) -> Entry:
    """Open the modal of a new digest, with all its options."""
    index = harness.press(ADMIN, harness.ask(ADMIN, "digest", SPEND), "Add a digest")
    shown = harness.after(index, "modal")
    return harness.after(harness.press(ADMIN, shown, "More options…"), "modal_update")


def choose(harness: Harness, shown: Entry, **chosen: str) -> Entry:
    """Choose in the form what makes it another, one after the other."""
    for field, value in chosen.items():
        index = harness.slack.select(ADMIN, shown, "value", value, field).index
        shown = harness.after(index, "modal_update")
    return shown


def save(harness: Harness, **values: Any) -> Entry:
    sent = harness.slack.submit(ADMIN, values={(name, "value"): value for name, value in values.items()})
    return harness.slack.wait(
        lambda each: each.kind == "modal_update" and "Checking the channel" not in each.words,
        after=sent.index,
    )


def test_a_weekly_digest_comes_on_its_weekday(harness: Harness) -> None:
    choose(harness, form(harness), kind="weekly")
    reply = save(harness, weekday="4", time="08:30")
    assert "Weekly on Fridays at 8:30 AM, Berlin time" in reply.words
    saved = the_only(harness)
    assert (saved.kind, saved.weekday) == ("weekly", 4)
    assert saved.next_at == datetime(2026, 11, 27, 7, 30, tzinfo=UTC)


def test_a_monthly_digest_comes_on_its_day(harness: Harness) -> None:
    choose(harness, form(harness), kind="monthly")
    reply = save(harness, month_day="29", working=["working"])
    assert "Monthly on the last day, or the nearest weekday," in reply.words
    assert the_only(harness).next_at == datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "of", "stored"),
    [
        ("model", "opus", "model:opus"),
        ("workspace", "-", "workspace:"),
        ("group", f"{FINOPS} finance", f"group:{FINOPS} finance"),
        ("engineers", ["mina@acme.example"], "engineers:mina@acme.example"),
    ],
)
def test_a_digest_may_be_about_a_part(harness: Harness, part: str, of: Any, stored: str) -> None:
    choose(harness, form(harness), scope=part)
    save(harness, **{f"of_{part}": of, "naming": "initials"})
    assert (the_only(harness).scope.text, the_only(harness).naming) == (stored, "initials")


def test_a_channel_may_have_several_digests_but_not_two_alike(harness: Harness) -> None:
    set_up(harness)
    assert "already has this digest" in choose_and_save(harness, "daily")
    assert "is set up" in choose_and_save(harness, "weekly")


def choose_and_save(harness: Harness, kind: str) -> str:
    choose(harness, form(harness), kind=kind)
    return save(harness).words


def test_what_is_filled_in_can_be_previewed_before_it_is_saved(harness: Harness) -> None:
    shown = choose(harness, form(harness), kind="weekly", scope="engineers")
    harness.slack.select(ADMIN, shown, "value", ["mina@acme.example"], "of_engineers")
    index = harness.slack.click(ADMIN, shown, "digest:preview_form").index
    reply = harness.after(index, "dm")
    assert "week of Nov 9–15" in reply.words
    assert "Mina Okafor only (100% of Acme's $70.00)" in reply.words
    with session():
        assert subscriptions.of_team(harness.team_id) == []


def menu(harness: Harness, saved: Subscription) -> Any:
    """A digest in its channel, with its menu."""
    options = [
        {"text": {"type": "plain_text", "text": act}, "value": f"{act} {saved.id}"}
        for act in ("preview", "send_ask", "pause", "resume", "remove_ask")  # as in digests posted before
    ]
    more = {"type": "overflow", "action_id": "digest:more", "options": options}
    blocks = [{"type": "actions", "elements": [more]}]
    return harness.slack.workspace.post(SPEND, {"text": "A digest.", "blocks": blocks})


def pick(harness: Harness, who: str, message: Any, value: str) -> Entry:
    index = harness.slack.select(who, message, "digest:more", value).index
    return harness.after(index, "ephemeral")


def test_the_menu_of_a_digest_pauses_resumes_and_removes_it(harness: Harness) -> None:
    saved = set_up(harness, plan=Plan("monthly", zone="Europe/Berlin"))
    message = menu(harness, saved)
    assert "paused" in pick(harness, ADMIN, message, f"pause {saved.id}").words
    assert "next Tue, Dec 1" in pick(harness, ADMIN, message, f"resume {saved.id}").words
    reply = pick(harness, ADMIN, message, f"remove_ask {saved.id}")
    harness.after(harness.press(ADMIN, reply, "Remove"), "edit")
    with session():
        assert subscriptions.of_team(harness.team_id) == []


def test_the_menu_of_a_digest_shows_it_to_the_asker_alone(harness: Harness) -> None:
    saved = set_up(harness, plan=Plan("monthly", zone="Europe/Berlin"))
    shown = pick(harness, ADMIN, menu(harness, saved), f"preview {saved.id}")
    assert (shown.user, "October 2026" in shown.words) == (ADMIN, True)


def test_the_menu_is_not_for_those_who_may_not_manage(harness: Harness) -> None:
    saved = set_up(harness)
    reply = pick(harness, MEMBER, menu(harness, saved), f"pause {saved.id}")
    assert "Only admins can do this" in reply.words
    assert the_only(harness).paused == ""


def test_a_weekly_digest_is_sent_now_about_the_last_week(harness: Harness) -> None:
    saved = set_up(harness, plan=Plan("weekly", zone="Europe/Berlin"))
    reply = pick(harness, ADMIN, menu(harness, saved), f"send_ask {saved.id}")
    entry = harness.after(harness.press(ADMIN, reply, "Send now"), "ephemeral", "edit")
    assert "Sending the Nov 9–15 digest" in entry.words
    with session():
        (post,) = posts.by_key_prefix(harness.team_id, "digest:")
    assert post.key == f"digest:{saved.id}:2026-11-09..2026-11-15:1"


def test_the_digest_of_a_team_is_about_its_members(harness: Harness) -> None:
    saved = set_up(harness, scope=Scope("group", (FINOPS, "finance")))
    shown = pick(harness, ADMIN, menu(harness, saved), f"preview {saved.id}")
    assert "@finance only, 1 person (0% of Acme's $10.00)" in shown.words
    assert COLLEAGUE in harness.slack.workspace.groups[FINOPS].members


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        ("workspace:wrkspc_1", "Production workspace"),
        ("workspace:", "default workspace"),
        ("model:opus", "Opus models"),
        ("group:S1 finance", "@finance"),
        ("engineers:mina@acme.example", "Mina Okafor"),
        ("engineers:a@acme.example b@acme.example mina@acme.example", "b@acme.example and 1 more"),
    ],
)
def test_the_list_names_what_a_digest_is_about(harness: Harness, scope: str, says: str) -> None:
    connection = harness.connection()
    assert connection
    with transaction():
        directory.remember(connection.id, [Listed("wrkspc_1", "workspace", "Production")])
    set_up(harness, scope=Scope.read(scope))
    assert says in harness.ask(ADMIN, "digest", SPEND).words
    assert says in harness.after(harness.slack.open_home(ADMIN).index, "home").words


def looks(harness: Harness) -> list[tuple[str, str]]:
    with session():
        entries = audit.every(harness.team_id)
    return [(entry.who, entry.detail) for entry in entries if entry.what == "engineers viewed"]


def test_a_preview_is_noted_as_a_look_at_engineers(harness: Harness) -> None:
    saved = set_up(harness, scope=Scope("engineers", ("mina@acme.example",)))
    pick(harness, ADMIN, menu(harness, saved), f"preview {saved.id}")
    shown = choose(harness, form(harness), kind="weekly")
    harness.after(harness.slack.click(ADMIN, shown, "digest:preview_form").index, "dm")
    assert looks(harness) == [
        (ADMIN, "preview of the weekly digest 2026-11-09..2026-11-15 utc"),
        (ADMIN, "preview of the daily digest of engineers:mina@acme.example 2026-11-21..2026-11-21 utc"),
    ]


@pytest.mark.parametrize("how", [{"naming": "totals"}, {"scope": Scope("model", ("opus",))}])
def test_a_preview_without_engineers_is_no_look_at_them(harness: Harness, how: dict[str, str]) -> None:
    saved = set_up(harness, **how)
    pick(harness, ADMIN, menu(harness, saved), f"preview {saved.id}")
    assert looks(harness) == []


@pytest.mark.parametrize(
    ("why", "event", "facts"),
    [
        ("is_archived", "channel_unarchive", {"channel": SPEND, "user": ADMIN}),
        ("not_in_channel", "member_joined_channel", {"channel": SPEND, "user": "U0STACKBOT"}),
    ],
)
def test_what_the_channel_caused_is_over_by_itself(
    harness: Harness, why: str, event: str, facts: dict[str, str]
) -> None:
    saved, elsewhere = set_up(harness), set_up(harness, channel_id=GENERAL)
    by_hand = set_up(harness, plan=Plan("weekly", zone="Europe/Berlin"))
    with transaction():
        subscriptions.pause(saved.id, why)
        subscriptions.pause(elsewhere.id, why)
        subscriptions.pause(by_hand.id, "by hand")
    harness.slack.event(event, **facts)
    assert eventually(harness, lambda paused: paused == ["", why, "by hand"])


def test_somebody_else_who_joins_resumes_nothing(harness: Harness) -> None:
    saved = set_up(harness)
    with transaction():
        subscriptions.pause(saved.id, "not_in_channel")
    harness.slack.event("member_joined_channel", channel=SPEND, user=MEMBER)
    harness.services.pool.submit(int).result()
    assert the_only(harness).paused == "not_in_channel"


def test_a_renamed_channel_is_called_by_its_new_name(harness: Harness) -> None:
    set_up(harness)
    harness.slack.event("channel_rename", channel={"id": SPEND, "name": "claude-costs", "created": 1})
    for _ in range(100):
        harness.services.pool.submit(int).result()
        if the_only(harness).channel_name == "claude-costs":
            break
    assert the_only(harness).channel_name == "claude-costs"


def eventually(harness: Harness, holds: Any) -> bool:
    """Whether it holds once all that was handed to the pool is done."""
    for _ in range(400):
        harness.services.pool.submit(int).result()
        with session():
            if holds([each.paused for each in subscriptions.of_team(harness.team_id)]):
                return True
    return False
