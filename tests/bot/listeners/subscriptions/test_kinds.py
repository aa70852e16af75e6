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
from storage.state.subscriptions import Subscription
from tests.bot.office import Office, connect, fill, open_office


@pytest.fixture
def office(store: str) -> Iterator[Office]:
    del store
    with open_office() as opened:
        fill(connect(opened))
        yield opened


def set_up(office: Office, **changes: Any) -> Subscription:
    usual: dict[str, Any] = {
        "channel_id": SPEND,
        "channel_name": "claude-spend",
        "time": "09:00",
        "zone": "Europe/Berlin",
        "set_up_by": ADMIN,
        "next_at": datetime(2026, 11, 23, 8, tzinfo=UTC),
    }
    with session():
        return subscriptions.save(office.team_id, **{**usual, **changes})


def the_only(office: Office) -> Subscription:
    with session():
        (found,) = subscriptions.of_team(office.team_id)
    return found


def form(office: Office) -> Entry:
    """Open the modal of a new digest."""
    index = office.press(ADMIN, office.ask(ADMIN, "digest", SPEND), "Add a digest")
    return office.after(index, "modal")


def choose(office: Office, shown: Entry, **chosen: str) -> Entry:
    """Choose in the form what makes it another, one after the other."""
    for field, value in chosen.items():
        index = office.slack.select(ADMIN, shown, "value", value, field).index
        shown = office.after(index, "modal_update")
    return shown


def save(office: Office, **values: Any) -> Entry:
    sent = office.slack.submit(ADMIN, values={(name, "value"): value for name, value in values.items()})
    return office.slack.wait(
        lambda each: each.kind == "modal_update" and "Looking whether" not in each.words, after=sent.index
    )


def test_a_weekly_digest_comes_on_its_weekday(office: Office) -> None:
    choose(office, form(office), kind="weekly")
    told = save(office, weekday="4", time="08:30")
    assert "Weekly on Fridays at 08:30, Berlin time" in told.words
    saved = the_only(office)
    assert (saved.kind, saved.weekday) == ("weekly", 4)
    assert saved.next_at == datetime(2026, 11, 27, 7, 30, tzinfo=UTC)


def test_a_monthly_digest_comes_on_its_day(office: Office) -> None:
    choose(office, form(office), kind="monthly")
    told = save(office, month_day="29", working=["working"])
    assert "Monthly on the last day, or the working day next to it," in told.words
    assert the_only(office).next_at == datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "of", "stored"),
    [
        ("model", "opus", "model:opus"),
        ("workspace", "-", "workspace:"),
        ("group", f"{FINOPS} finance", f"group:{FINOPS} finance"),
        ("engineers", ["mina@acme.example"], "engineers:mina@acme.example"),
    ],
)
def test_a_digest_may_be_about_a_part(office: Office, part: str, of: Any, stored: str) -> None:
    choose(office, form(office), scope=part)
    save(office, **{f"of_{part}": of, "naming": "initials"})
    assert (the_only(office).scope, the_only(office).naming) == (stored, "initials")


def test_a_channel_may_have_several_digests_but_not_two_alike(office: Office) -> None:
    set_up(office)
    assert "has such a digest already" in choose_and_save(office, "daily")
    assert "is set up" in choose_and_save(office, "weekly")


def choose_and_save(office: Office, kind: str) -> str:
    choose(office, form(office), kind=kind)
    return save(office).words


def test_what_is_filled_in_can_be_previewed_before_it_is_saved(office: Office) -> None:
    shown = choose(office, form(office), kind="weekly", scope="engineers")
    office.slack.select(ADMIN, shown, "value", ["mina@acme.example"], "of_engineers")
    index = office.slack.click(ADMIN, shown, "digest:preview_form").index
    told = office.after(index, "dm")
    assert "week of Nov 9–15" in told.words
    assert "Only Mina Okafor: 100% of the organization's $70.00" in told.words
    with session():
        assert subscriptions.of_team(office.team_id) == []


def menu(office: Office, saved: Subscription) -> Any:
    """A digest in its channel, with its menu."""
    options = [
        {"text": {"type": "plain_text", "text": act}, "value": f"{act} {saved.id}"}
        for act in ("preview", "send_ask", "pause", "resume", "remove_ask")
    ]
    more = {"type": "overflow", "action_id": "digest:more", "options": options}
    blocks = [{"type": "actions", "elements": [more]}]
    return office.slack.workspace.post(SPEND, {"text": "A digest.", "blocks": blocks})


def pick(office: Office, who: str, message: Any, value: str) -> Entry:
    index = office.slack.select(who, message, "digest:more", value).index
    return office.after(index, "ephemeral")


def test_the_menu_of_a_digest_pauses_resumes_and_removes_it(office: Office) -> None:
    saved = set_up(office, kind="monthly")
    message = menu(office, saved)
    assert "paused" in pick(office, ADMIN, message, f"pause {saved.id}").words
    assert "next Tue, Dec 1" in pick(office, ADMIN, message, f"resume {saved.id}").words
    asked = pick(office, ADMIN, message, f"remove_ask {saved.id}")
    office.after(office.press(ADMIN, asked, "Remove"), "edit")
    with session():
        assert subscriptions.of_team(office.team_id) == []


def test_the_menu_of_a_digest_shows_it_to_the_asker_alone(office: Office) -> None:
    saved = set_up(office, kind="monthly")
    shown = pick(office, ADMIN, menu(office, saved), f"preview {saved.id}")
    assert (shown.user, "October 2026" in shown.words) == (ADMIN, True)


def test_the_menu_is_not_for_those_who_may_not_manage(office: Office) -> None:
    saved = set_up(office)
    told = pick(office, MEMBER, menu(office, saved), f"pause {saved.id}")
    assert "not available to you" in told.words
    assert the_only(office).paused == ""


def test_a_weekly_digest_is_sent_now_about_the_last_week(office: Office) -> None:
    saved = set_up(office, kind="weekly")
    asked = pick(office, ADMIN, menu(office, saved), f"send_ask {saved.id}")
    told = office.after(office.press(ADMIN, asked, "Send now"), "ephemeral", "edit")
    assert "The digest for Nov 9–15 is on its way" in told.words
    with session():
        (post,) = posts.with_prefix(office.team_id, "digest:")
    assert post.key == f"digest:{saved.id}:2026-11-09..2026-11-15:1"


def test_the_digest_of_a_team_is_about_its_members(office: Office) -> None:
    saved = set_up(office, scope=f"group:{FINOPS} finance")
    shown = pick(office, ADMIN, menu(office, saved), f"preview {saved.id}")
    assert "Only @finance, 1 person: 0% of the organization's $10.00" in shown.words
    assert COLLEAGUE in office.slack.workspace.groups[FINOPS].members


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        ("workspace:wrkspc_1", "the workspace Production"),
        ("workspace:", "the default workspace"),
        ("model:opus", "Opus models"),
        ("group:S1 finance", "the team @finance"),
        ("engineers:mina@acme.example", "Mina Okafor"),
        ("engineers:a@acme.example b@acme.example mina@acme.example", "b@acme.example and 1 more"),
    ],
)
def test_the_list_names_what_a_digest_is_about(office: Office, scope: str, says: str) -> None:
    connection = office.connection()
    assert connection
    with transaction():
        directory.remember(connection.id, [Listed("wrkspc_1", "workspace", "Production")])
    set_up(office, scope=scope)
    assert says in office.ask(ADMIN, "digest", SPEND).words
    assert says in office.after(office.slack.open_home(ADMIN).index, "home").words


def looks(office: Office) -> list[tuple[str, str]]:
    with session():
        entries = audit.every(office.team_id)
    return [(entry.who, entry.detail) for entry in entries if entry.what == "engineers viewed"]


def test_a_preview_is_noted_as_a_look_at_engineers(office: Office) -> None:
    saved = set_up(office, scope="engineers:mina@acme.example")
    pick(office, ADMIN, menu(office, saved), f"preview {saved.id}")
    shown = choose(office, form(office), kind="weekly")
    office.after(office.slack.click(ADMIN, shown, "digest:preview_form").index, "dm")
    assert looks(office) == [
        (ADMIN, "preview of the weekly digest 2026-11-09..2026-11-15 utc"),
        (ADMIN, "preview of the daily digest of engineers:mina@acme.example 2026-11-21..2026-11-21 utc"),
    ]


@pytest.mark.parametrize("how", [{"naming": "totals"}, {"scope": "model:opus"}])
def test_a_preview_without_engineers_is_no_look_at_them(office: Office, how: dict[str, str]) -> None:
    saved = set_up(office, **how)
    pick(office, ADMIN, menu(office, saved), f"preview {saved.id}")
    assert looks(office) == []


@pytest.mark.parametrize(
    ("why", "event", "facts"),
    [
        ("is_archived", "channel_unarchive", {"channel": SPEND, "user": ADMIN}),
        ("not_in_channel", "member_joined_channel", {"channel": SPEND, "user": "U0STACKBOT"}),
    ],
)
def test_what_the_channel_caused_is_over_by_itself(
    office: Office, why: str, event: str, facts: dict[str, str]
) -> None:
    saved, elsewhere = set_up(office), set_up(office, channel_id=GENERAL)
    by_hand = set_up(office, kind="weekly")
    with transaction():
        subscriptions.pause(saved.id, why)
        subscriptions.pause(elsewhere.id, why)
        subscriptions.pause(by_hand.id, "by hand")
    office.slack.event(event, **facts)
    assert eventually(office, lambda paused: paused == ["", why, "by hand"])


def test_somebody_else_who_joins_resumes_nothing(office: Office) -> None:
    saved = set_up(office)
    with transaction():
        subscriptions.pause(saved.id, "not_in_channel")
    office.slack.event("member_joined_channel", channel=SPEND, user=MEMBER)
    office.services.pool.submit(int).result()
    assert the_only(office).paused == "not_in_channel"


def test_a_renamed_channel_is_called_by_its_new_name(office: Office) -> None:
    set_up(office)
    office.slack.event("channel_rename", channel={"id": SPEND, "name": "claude-costs", "created": 1})
    for _ in range(100):
        office.services.pool.submit(int).result()
        if the_only(office).channel_name == "claude-costs":
            return
    raise AssertionError(the_only(office).channel_name)


def eventually(office: Office, holds: Any) -> bool:
    """Whether it holds once all that was handed to the pool is done."""
    for _ in range(400):
        office.services.pool.submit(int).result()
        with session():
            if holds([each.paused for each in subscriptions.of_team(office.team_id)]):
                return True
    return False
