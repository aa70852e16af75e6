"""Digests from the command to the channel: signed requests in, the outbox at work, messages out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.posting.outbox_worker import OutboxWorker
from bot.slack.client import SlackClient
from demo.slack.people import ADMIN, BOT, FINANCE, FINOPS, GENERAL, MEMBER, SPEND
from demo.slack.server import Entry, Message
from storage.engine.database import session, transaction
from storage.state import subscriptions
from storage.state.subscriptions import Plan, Subscription
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, bill, connect, fill, open_harness

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # nine o'clock in Berlin
KOLKATA = datetime(2026, 11, 22, 18, tzinfo=UTC)  # half past eleven at night
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
pytestmark = ON_SQLITE


@dataclass
class Flow:
    """A bot whose outbox is worked through when a test says so."""

    harness: Harness
    outbox_worker: OutboxWorker

    def at(self, moment: datetime) -> None:
        """Let the time come, and run the outbox worker."""
        self.harness.moment[0] = moment
        self.outbox_worker.tick()

    def posted(self, channel: str = SPEND) -> list[Message]:
        messages = self.harness.slack.workspace.messages(channel)
        return [message for message in messages if "metadata" in message.content]

    def direct_messages(self) -> list[str]:
        """What the owner was told in the direct message about digests."""
        dms = self.harness.slack.workspace.dms(ADMIN)
        return [message.text for message in dms if "metadata" in message.content]

    @property
    def only(self) -> Subscription:
        with session():
            (digest,) = subscriptions.of_team(self.harness.team_id)
        return digest

    def add(self, chosen: dict[str, str] | None = None, **entered: Any) -> Entry:
        """Type `digest`, press *Add a digest*, fill in the form with all its options and save it."""
        harness = self.harness
        shown = harness.after(harness.press(ADMIN, self.listed(), "Add a digest"), "modal")
        shown = self.in_form(shown, "More options…")
        for field, value in {"kind": "daily", **(chosen or {})}.items():
            index = harness.slack.select(ADMIN, shown, "value", value, field).index
            shown = harness.after(index, "modal_update")
        return self.save(**entered)

    def listed(self, channel: str = SPEND) -> Entry:
        """Type `digest`."""
        command = self.harness.slack.command(ADMIN, "digest", channel=channel)
        return self.harness.after(command.index, "ephemeral")

    def save(self, **entered: Any) -> Entry:
        sent = self.harness.slack.submit(ADMIN, values={(name, "value"): v for name, v in entered.items()})
        reply = self.harness.slack.wait(
            lambda each: each.kind == "modal_update" and "Checking the channel" not in each.words,
            after=sent.index,
        )
        if "is set up" in reply.words:
            self.harness.after(sent.index, "dm", contains="is set up")
        return reply

    def press(self, message: Message, label: str) -> int:
        """Press a button of a message in its channel."""
        return self.harness.slack.click(ADMIN, message, self._button(message, label)["action_id"]).index

    def pick(self, message: Message, act: str) -> Entry:
        """Choose from the menu of a digest; returns what is shown to whoever chose."""
        index = self.harness.slack.select(ADMIN, message, "digest:more", f"{act} {self.only.id}").index
        return self.harness.after(index, "ephemeral")

    def _button(self, message: Message, label: str) -> dict[str, Any]:
        rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
        every = [each for row in rows for each in row]
        return next(each for each in every if each.get("text", {}).get("text") == label)

    def edit(self) -> Entry:
        """Open the form of the digest there is, from the list."""
        harness = self.harness
        return harness.after(harness.press(ADMIN, self.listed(), "Edit"), "modal")

    def in_form(self, shown: Entry, label: str) -> Entry:
        """Press a button of a form; returns what it becomes."""
        return self.harness.after(self.harness.press(ADMIN, shown, label), "modal_update")


@pytest.fixture
def flow(store: str) -> Iterator[Flow]:
    del store
    with open_harness() as harness:
        connection = connect(harness)
        fill(connection)
        with transaction():
            for ahead in range(10):
                bill(connection, NOW.date() + ahead * DAY)
        client = WebClient(harness.slack.workspace.token, base_url=harness.slack.api_url, timeout=5)
        channel = SlackClient(client, wait=lambda _seconds: None)
        yield Flow(harness, OutboxWorker("outbox", {harness.team_id: channel}.get, lambda: harness.moment[0]))


def title(message: Message) -> str:
    return str(message.blocks[0]["text"]["text"])


# When


@pytest.mark.parametrize(
    ("chosen", "entered", "due", "heading"),
    [
        ({}, {}, MONDAY, "Claude spend · Sunday, November 22"),
        (
            {},
            {"time": "23:30", "zone": "Asia/Kolkata"},
            KOLKATA,
            "Claude spend · Saturday, November 21",
        ),
        ({"kind": "weekdays"}, {}, MONDAY, "Claude spend · since Friday, Nov 20–22"),
        ({"kind": "weekly"}, {"weekday": "2"}, MONDAY + 2 * DAY, "Claude spend · week of Nov 16–22"),
        ({"kind": "monthly"}, {"month_day": "1"}, MONDAY + 8 * DAY, "Claude spend · November 2026"),
        (
            {"kind": "monthly"},
            {"month_day": "29", "working": ["working"]},
            MONDAY + 7 * DAY,
            "Claude spend · October 2026",
        ),
    ],
)
def test_a_digest_comes_when_it_was_asked_for_and_not_before(
    flow: Flow, chosen: dict[str, str], entered: dict[str, Any], due: datetime, heading: str
) -> None:
    assert "The digest is set up" in flow.add(chosen, **entered).words
    assert flow.only.next_at == due
    flow.at(flow.only.next_at - timedelta(seconds=1))
    assert flow.posted() == []
    flow.at(due)
    (message,) = flow.posted()
    assert title(message) == heading


def test_a_channel_may_have_a_digest_of_each_kind_and_several_channels_one_each(flow: Flow) -> None:
    flow.add()
    flow.add({"kind": "weekly"}, weekday="0")
    flow.add(channel=FINANCE)
    flow.at(MONDAY)
    assert sorted(map(title, flow.posted())) == [
        "Claude spend · Sunday, November 22",
        "Claude spend · week of Nov 16–22",
    ]
    assert len(flow.posted(FINANCE)) == 1


# About whom and what


@pytest.mark.parametrize(
    ("scope", "of", "says"),
    [
        ("whole", None, "Claude spend of Acme on Sun, Nov 22: $10.00"),
        ("workspace", "-", "Default workspace only (100% of Acme's $10.00)."),
        ("model", "opus", "Opus models only (100% of Acme's $10.00)."),
        ("group", f"{FINOPS} finance", "@finance only, 1 person (100% of Acme's $10.00)."),
        ("engineers", ["mina@acme.example"], "Mina Okafor only (100% of Acme's $10.00)."),
    ],
)
def test_a_digest_tells_the_part_that_was_chosen(flow: Flow, scope: str, of: Any, says: str) -> None:
    groups = flow.harness.slack.workspace.groups
    groups[FINOPS] = replace(groups[FINOPS], members=frozenset({ADMIN}))
    flow.add({"scope": scope}, **({f"of_{scope}": of} if of else {}))
    flow.at(MONDAY)
    (message,) = flow.posted()
    assert says in message.text


@pytest.mark.parametrize(
    ("naming", "words", "unsaid"),
    [("names", "Mina Okafor", "M. O."), ("initials", "M. O.", "Mina"), ("totals", "$10.00", "Mina")],
)
def test_a_digest_names_engineers_as_was_chosen_and_pings_nobody(
    flow: Flow, naming: str, words: str, unsaid: str
) -> None:
    flow.add(naming=naming)
    with session():
        subscriptions.save(
            flow.harness.team_id, **{**kept(flow.only), "set_up_by": MEMBER}, subscription_id=flow.only.id
        )
    flow.at(MONDAY)
    (message,) = flow.posted()
    everything = f"{message.text} {message.blocks}"
    assert (words in everything, unsaid in everything) == (True, False)
    assert "<@" not in everything


def kept(subscription: Subscription) -> dict[str, Any]:
    same = ("channel_id", "channel_name", "plan", "next_at", "naming", "scope")
    return {name: getattr(subscription, name) for name in same}


# The digest's own buttons


def test_the_first_post_says_who_set_it_up_and_how_to_change_it(flow: Flow) -> None:
    flow.add()
    flow.at(MONDAY)
    flow.at(MONDAY + DAY)
    first, second = (str(message.blocks[-1]) for message in flow.posted())
    assert "set up by Mina Okafor" in first
    assert "manage it in StackSpend › Home" in first
    assert "manage it" not in second


def test_a_digest_is_changed_from_its_own_menu(flow: Flow) -> None:
    flow.add(time="08:00")
    flow.at(MONDAY)
    choice = f"edit {flow.only.id}"
    index = flow.harness.slack.select(ADMIN, flow.posted()[0], "digest:more", choice).index
    form = flow.harness.after(index, "modal")
    assert form.payload["private_metadata"] == f"{flow.only.id} Europe/Berlin less"
    assert "is set up" in flow.save(time="10:00").words
    assert flow.only.next_at == MONDAY + HOUR
    flow.at(MONDAY + HOUR)
    assert len(flow.posted()) == 1  # of that day there is one already


def test_a_choice_of_details_answers_the_person_alone(flow: Flow) -> None:
    flow.add()
    flow.at(MONDAY)
    (message,) = flow.posted()
    choice = "2026-11-22..2026-11-22 by workspace utc"
    index = flow.harness.slack.select(MEMBER, message, "view:", choice).index
    answer = flow.harness.after(index, "ephemeral", "edit")
    assert (answer.kind, answer.user) == ("ephemeral", MEMBER)
    assert "Workspace" in answer.words


def test_the_menu_of_a_digest_previews_sends_pauses_and_removes_it(flow: Flow) -> None:
    flow.add()
    flow.at(MONDAY)
    (message,) = flow.posted()
    shown = flow.pick(message, "preview")
    assert (shown.user, "Claude spend · Sunday, November 22" in shown.words) == (ADMIN, True)

    reply = flow.pick(message, "send_ask")
    flow.harness.after(flow.harness.press(ADMIN, reply, "Send now"), "ephemeral", contains="Sending the")
    flow.at(MONDAY + timedelta(minutes=1))
    assert len(flow.posted()) == 2

    paused = flow.pick(message, "pause")
    assert "paused" in paused.words
    flow.at(MONDAY + DAY)
    assert len(flow.posted()) == 2
    resumed = flow.harness.after(flow.harness.press(ADMIN, paused, "Resume"), "edit", "ephemeral")
    assert "next Wed, Nov 25, 9:00 AM" in resumed.words
    flow.at(MONDAY + 2 * DAY)
    assert len(flow.posted()) == 3

    reply = flow.pick(message, "remove_ask")
    flow.harness.after(flow.harness.press(ADMIN, reply, "Remove"), "edit", contains="No digests yet")
    flow.at(MONDAY + 4 * DAY)
    assert len(flow.posted()) == 3


# The form's buttons


def test_the_form_pauses_and_resumes_its_digest_and_says_so(flow: Flow) -> None:
    flow.add()
    paused = flow.in_form(flow.edit(), "Pause")
    assert "Paused." in paused.words
    assert flow.only.paused == "by hand"
    resumed = flow.in_form(paused, "Resume")
    assert "Resumed." in resumed.words
    assert (flow.only.paused, flow.only.next_at) == ("", MONDAY)


def test_what_was_entered_stays_while_a_digest_is_paused_from_its_form(flow: Flow) -> None:
    flow.add()
    form = flow.edit()
    flow.harness.slack.select(ADMIN, form, "value", "06:15", "time")
    flow.in_form(form, "Pause")
    flow.save()
    assert (flow.only.time, flow.only.paused) == ("06:15", "")  # who saves it wants it


def test_the_form_sends_its_digest_now(flow: Flow) -> None:
    flow.add()
    reply = flow.in_form(flow.edit(), "Send now")
    assert f"Sending the Sat, Nov 21 digest to <#{SPEND}>…" in reply.words
    flow.at(NOW)
    assert [title(message) for message in flow.posted()] == ["Claude spend · Saturday, November 21"]


def test_the_form_removes_its_digest_and_is_done(flow: Flow) -> None:
    flow.add()
    reply = flow.in_form(flow.edit(), "Remove")
    assert "Removed." in reply.words
    flow.at(MONDAY)
    assert flow.posted() == []


def test_the_form_shows_what_is_filled_in_to_the_asker_alone(flow: Flow) -> None:
    flow.add()
    form = flow.edit()
    flow.harness.slack.select(ADMIN, form, "value", "totals", "naming")
    index = flow.harness.press(ADMIN, form, "Preview for me")
    shown = flow.harness.after(index, "dm")
    assert ("Claude spend · Saturday, November 21" in shown.words, "Mina" in shown.words) == (True, False)
    assert (flow.only.naming, flow.posted()) == ("names", [])


def test_a_form_whose_digest_somebody_removed_says_so(flow: Flow) -> None:
    flow.add()
    form = flow.edit()
    with session():
        subscriptions.remove(flow.harness.team_id, flow.only.id)
    assert "That digest no longer exists" in flow.in_form(form, "Pause").words


# The list's buttons


def test_the_list_sends_a_digest_now_and_it_arrives_once(flow: Flow) -> None:
    flow.add()
    listed = flow.listed()
    flow.harness.after(flow.harness.press(ADMIN, listed, "Send now"), "ephemeral", contains="Sending the")
    flow.at(NOW)
    flow.harness.after(flow.harness.press(ADMIN, listed, "Send now"), "ephemeral", contains="already")
    flow.at(NOW + timedelta(minutes=1))
    assert len(flow.posted()) == 1


def test_a_long_list_is_paged_and_stays_on_its_page(flow: Flow) -> None:
    with session():
        for number in range(20):
            subscriptions.save(
                flow.harness.team_id,
                channel_id=f"C{number:09}",
                channel_name="",
                plan=Plan(),
                set_up_by=ADMIN,
                next_at=MONDAY,
            )
    harness = flow.harness
    first = flow.listed()
    assert ("1–8 of 20" in first.words, "C000000007" in first.words) == (True, True)
    second = harness.after(harness.press(ADMIN, first, "More"), "edit")
    assert ("9–16 of 20" in second.words, "C000000008" in second.words) == (True, True)
    paused = harness.after(harness.press(ADMIN, second, "Pause"), "edit")
    assert ("9–16 of 20" in paused.words, "paused" in paused.words) == (True, True)
    assert "1–8 of 20" in harness.after(harness.press(ADMIN, paused, "Back"), "edit").words


# What becomes of its channel


def change(flow: Flow, **changes: Any) -> None:
    channels = flow.harness.slack.workspace.channels
    channels[SPEND] = replace(channels[SPEND], **changes)


def without_us(flow: Flow) -> frozenset[str]:
    return frozenset(flow.harness.slack.workspace.channels[SPEND].members - {BOT})


def troubled(flow: Flow, what: str) -> None:
    """Do to the channel what may happen to one."""
    if what == "archived":
        change(flow, is_archived=True)
    elif what == "outside":
        flow.harness.slack.workspace.scopes -= {"chat:write.public"}
        change(flow, members=without_us(flow))
    else:
        change(flow, kind="private", members=without_us(flow))


@pytest.mark.parametrize(
    ("what", "remedy"),
    [
        ("archived", "Unarchive it, or choose another channel"),
        ("outside", "Type `/invite @stackspend` there"),
        ("private", "If it is private, type `/invite @stackspend` there"),
    ],
)
def test_a_channel_that_cannot_be_posted_to_is_reported_once_with_the_remedy(
    flow: Flow, what: str, remedy: str
) -> None:
    flow.add()
    troubled(flow, what)
    for days in range(4):
        flow.at(MONDAY + days * DAY)
        flow.at(MONDAY + days * DAY + HOUR)
    (message,) = flow.direct_messages()
    assert remedy in message
    assert "red_circle" in flow.listed(FINANCE).words
    assert flow.posted() == []


@pytest.mark.parametrize(
    ("what", "event", "facts"),
    [
        ("archived", "channel_unarchive", {"channel": SPEND, "user": ADMIN}),
        ("outside", "member_joined_channel", {"channel": SPEND, "user": BOT}),
        ("private", "member_joined_channel", {"channel": SPEND, "user": BOT}),
    ],
)
def test_once_the_cause_is_gone_it_comes_again_by_itself(
    flow: Flow, what: str, event: str, facts: dict[str, str]
) -> None:
    flow.add()
    troubled(flow, what)
    flow.at(MONDAY)
    flow.at(MONDAY + HOUR)
    change(flow, is_archived=False, members=without_us(flow) | {BOT})
    flow.harness.slack.event(event, **facts)
    eventually(flow, lambda: flow.only.paused == "")
    flow.at(MONDAY + DAY)
    assert [title(message) for message in flow.posted()] == ["Claude spend · Monday, November 23"]


def eventually(flow: Flow, holds: Any) -> None:
    for _ in range(400):
        flow.harness.services.pool.submit(int).result()
        if holds():
            return
    raise AssertionError


def test_a_renamed_channel_gets_its_digest_and_nobody_is_told(flow: Flow) -> None:
    flow.add()
    change(flow, name="claude-costs")
    flow.harness.slack.event("channel_rename", channel={"id": SPEND, "name": "claude-costs", "created": 1})
    eventually(flow, lambda: flow.only.channel_name == "claude-costs")
    flow.at(MONDAY)
    assert (len(flow.posted()), flow.direct_messages()) == (1, [])


def test_a_revoked_token_is_reported_once_when_there_is_one_again(flow: Flow) -> None:
    flow.add()
    workspace = flow.harness.slack.workspace
    workspace.revoke_token("token_revoked")
    flow.at(MONDAY)
    flow.at(MONDAY + HOUR)
    assert flow.direct_messages() == []
    workspace.token_error = None
    for hours in range(2, 30):
        flow.at(MONDAY + hours * HOUR)
    (message,) = flow.direct_messages()
    assert "Ask an admin to reinstall it, then resume the digest" in message
    assert flow.only.paused == "token_revoked"


@pytest.mark.parametrize("kind", ["public", "private"])
def test_a_form_is_not_saved_for_a_channel_that_cannot_be_posted_to(flow: Flow, kind: Any) -> None:
    channels = flow.harness.slack.workspace.channels
    flow.harness.slack.workspace.scopes -= {"channels:join"}
    channels[GENERAL] = replace(channels[GENERAL], kind=kind)
    reply = flow.add(channel=GENERAL)
    assert (
        f"StackSpend isn't in <#{GENERAL}>. Type `/invite @stackspend` there, then save again." in reply.words
    )
    with session():
        assert subscriptions.of_team(flow.harness.team_id) == []
