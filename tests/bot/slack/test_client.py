"""What Slack answers, by its remedy, and messages that can be found again."""

import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.reports.scope_people import People
from bot.slack.client import SlackClient, SlackError, SlackRefused, SlackUnavailable, SlackUncertain, team_of
from demo.slack.people import ADMIN, COLLEAGUE, FINOPS, GENERAL, MEMBER, SPEND, TEAM, Person, dm_id
from demo.slack.server import Slack
from digests.layout import blocks
from digests.render import Message
from tests.bot.conftest import MINUTE, NOW

HELLO = Message("Hello", [{"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}])
PLAIN = Message("Hello", [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello, plainly"}}])
PERSON = Person(id="U0CROWD", name="one", real_name="One", email="")
CHARTED = Message("Spend", [blocks.bars("Last 2 days", "Spend", [("Nov 1", 1.0), ("2", 2.0)])])


def shown(slack: Slack, channel: str = SPEND) -> list[Any]:
    return slack.workspace.messages(channel)


def test_a_message_is_posted_and_told_where_it_is(slack: Slack, channel: SlackClient) -> None:
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    assert [(message.channel, message.ts) for message in shown(slack)] == [posted]


def test_a_person_is_written_to_in_a_channel_of_its_own(slack: Slack, channel: SlackClient) -> None:
    posted = channel.post(ADMIN, HELLO, post_id="alert:1")
    assert posted.channel == dm_id(ADMIN)
    assert [message.text for message in slack.workspace.dms(ADMIN)] == ["Hello"]


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"])
def test_a_form_that_slack_does_not_take_is_followed_by_the_next(
    slack: Slack, channel: SlackClient, code: str
) -> None:
    slack.workspace.faults.refuse("chat.postMessage", code)
    channel.post(SPEND, CHARTED, post_id="digest:1")
    (message,) = shown(slack)
    assert [block["type"] for block in message.blocks] == ["image"]


def test_at_last_the_words_alone_are_posted(slack: Slack, channel: SlackClient) -> None:
    slack.workspace.faults.refuse("chat.postMessage", "invalid_blocks", times=3)
    channel.post(SPEND, CHARTED, post_id="digest:1")
    assert [(message.text, message.blocks) for message in shown(slack)] == [("Spend", [])]


def test_what_fits_in_no_form_is_refused(slack: Slack, channel: SlackClient) -> None:
    slack.workspace.faults.refuse("chat.postMessage", "msg_too_long", times=4)
    with pytest.raises(SlackRefused, match="msg_too_long"):
        channel.post(SPEND, CHARTED, post_id="digest:1")


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "restricted_action", "token_revoked"])
def test_what_a_person_must_act_on_is_refused(slack: Slack, channel: SlackClient, code: str) -> None:
    slack.workspace.faults.refuse("chat.postMessage", code)
    with pytest.raises(SlackRefused) as refused:
        channel.post(SPEND, HELLO, post_id="digest:1")
    assert refused.value.code == code


def test_a_rate_limit_is_tried_again_when_slack_says_so(slack: Slack, channel: SlackClient) -> None:
    slack.workspace.faults.rate_limit("chat.postMessage", retry_after=90)
    with pytest.raises(SlackUnavailable) as limited:
        channel.post(SPEND, HELLO, post_id="digest:1")
    assert limited.value.retry_after == timedelta(seconds=90)


@pytest.mark.parametrize("code", ["message_limit_exceeded", "team_added_to_org"])
def test_what_passes_by_itself_is_unavailable(slack: Slack, channel: SlackClient, code: str) -> None:
    slack.workspace.faults.refuse("chat.postMessage", code)
    with pytest.raises(SlackUnavailable):
        channel.post(SPEND, HELLO, post_id="digest:1")


@pytest.mark.parametrize("status", [500, 503])
def test_after_a_servers_fault_nobody_knows(slack: Slack, channel: SlackClient, status: int) -> None:
    slack.workspace.faults.break_down("chat.postMessage", status=status)
    with pytest.raises(SlackUncertain):
        channel.post(SPEND, HELLO, post_id="digest:1")


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_after_a_cut_connection_nobody_knows_and_it_is_not_sent_again(
    slack: Slack, channel: SlackClient, cut: str
) -> None:
    getattr(slack.workspace.faults, cut)("chat.postMessage")
    with pytest.raises(SlackUncertain):
        channel.post(SPEND, HELLO, post_id="digest:1")
    assert len(shown(slack)) == (cut == "cut_after")


def test_where_nothing_listens_slack_does_not_have_it() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/api/"
        nowhere = SlackClient(WebClient("xoxb-1", base_url=address, timeout=2))
        with pytest.raises(SlackUnavailable, match="unreachable"):
            nowhere.post(SPEND, HELLO, post_id="digest:1")


def test_a_message_is_found_by_its_id(channel: SlackClient) -> None:
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    channel.post(SPEND, PLAIN, post_id="digest:2")
    assert channel.find(SPEND, "digest:1", since=NOW) == posted
    assert channel.find(SPEND, "digest:3", since=NOW) is None


def test_a_direct_message_is_found_by_its_id(channel: SlackClient) -> None:
    posted = channel.post(ADMIN, HELLO, post_id="alert:1")
    assert channel.find(ADMIN, "alert:1", since=NOW) == posted


def test_a_message_among_many_is_found(slack: Slack, channel: SlackClient) -> None:
    for number in range(210):
        slack.workspace.post(SPEND, {"text": f"{number}"}, author=ADMIN)
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    assert channel.find(SPEND, "digest:1", since=NOW) == posted


@pytest.mark.parametrize("code", [0, 4100])
def test_where_history_cannot_be_read_or_not_whole_nobody_can_tell(
    slack: Slack, channel: SlackClient, code: int
) -> None:
    slack.workspace.scopes -= {"channels:history"} if not code else set()
    for number in range(code):
        slack.workspace.post(SPEND, {"text": f"{number}"}, author=ADMIN)
    with pytest.raises(SlackRefused):
        channel.find(SPEND, "digest:1", since=NOW)


def test_a_message_that_hundreds_came_after_is_found(slack: Slack, channel: SlackClient) -> None:
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    for number in range(450):
        slack.workspace.post(SPEND, {"text": f"{number}"}, author=ADMIN)
    assert channel.find(SPEND, "digest:1", since=NOW) == posted
    assert channel.find(SPEND, "digest:2", since=NOW) is None


def test_a_message_is_found_though_our_clock_is_ahead_of_slacks(channel: SlackClient) -> None:
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    assert channel.find(SPEND, "digest:1", since=NOW + 50 * MINUTE) == posted


def test_an_edit_replaces_the_message(slack: Slack, channel: SlackClient) -> None:
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    channel.edit(posted, PLAIN)
    assert [message.blocks[0]["text"]["text"] for message in shown(slack)] == ["Hello, plainly"]


def test_an_edit_takes_the_next_form_where_slack_refuses_one(slack: Slack, channel: SlackClient) -> None:
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    slack.workspace.faults.refuse("chat.update", "invalid_blocks", times=2)
    channel.edit(posted, CHARTED)
    assert [message.blocks[0]["type"] for message in shown(slack)] == ["rich_text"]


def test_an_edited_message_can_still_be_found(channel: SlackClient) -> None:
    posted = channel.post(SPEND, HELLO, post_id="digest:1")
    channel.edit(posted, PLAIN)
    assert channel.find(SPEND, "digest:1", since=NOW) == posted


def test_a_person_is_asked_for_once(slack: Slack, channel: SlackClient) -> None:
    assert channel.name_of(ADMIN) == "Mina Okafor"
    slack.workspace.faults.refuse("users.info", "fatal_error", times=9)
    assert channel.name_of(ADMIN) == "Mina Okafor"


def test_a_group_is_who_is_in_it_now_with_the_addresses_they_have_now(
    slack: Slack, channel: SlackClient
) -> None:
    assert channel.people(FINOPS).emails == {"ines@acme.example"}
    people, groups = slack.workspace.people, slack.workspace.groups
    people[COLLEAGUE] = replace(people[COLLEAGUE], email="ines.duarte@acme.example")
    groups[FINOPS] = replace(groups[FINOPS], members=groups[FINOPS].members | {MEMBER})
    assert channel.people(FINOPS).emails == {"ines.duarte@acme.example", "jonas@acme.example"}


def test_a_member_whom_slack_does_not_know_any_more_is_one_without_an_address(
    slack: Slack, channel: SlackClient
) -> None:
    groups = slack.workspace.groups
    groups[FINOPS] = replace(groups[FINOPS], members=frozenset({COLLEAGUE, "U0DELETED1"}))
    assert channel.people(FINOPS) == People(frozenset({"ines@acme.example"}), 1)


def test_a_large_group_takes_few_calls(slack: Slack, channel: SlackClient) -> None:
    many = {
        f"U0CROWD{n:03}": replace(PERSON, id=f"U0CROWD{n:03}", email=f"{n}@acme.example") for n in range(300)
    }
    slack.workspace.people |= many
    slack.workspace.groups[FINOPS] = replace(slack.workspace.groups[FINOPS], members=frozenset(many))
    slack.workspace.faults.refuse("users.info", "fatal_error", times=300)
    assert len(channel.people(FINOPS).emails) == 300


def test_what_only_reads_is_not_there_rather_than_uncertain(slack: Slack, channel: SlackClient) -> None:
    slack.workspace.faults.cut_after("usergroups.users.list")
    with pytest.raises(SlackUnavailable):
        channel.people(FINOPS)


def test_without_slacks_word_there_is_no_name_and_the_zone_is_utc(slack: Slack, channel: SlackClient) -> None:
    assert channel.zone_of(ADMIN) == "Europe/Berlin"
    slack.workspace.faults.refuse("users.info", "missing_scope", times=2)
    assert (channel.name_of(ADMIN), channel.zone_of(ADMIN)) == (None, "UTC")


def test_the_team_of_a_token_is_reported(slack: Slack) -> None:
    client = WebClient(slack.workspace.token, base_url=slack.api_url)
    assert team_of(client) == TEAM
    slack.workspace.revoke_token()
    with pytest.raises(SlackError, match="account_inactive"):
        team_of(client)


def test_a_channel_the_bot_is_not_in_is_refused(channel: SlackClient) -> None:
    with pytest.raises(SlackRefused, match="not_in_channel"):
        channel.post(GENERAL, HELLO, post_id="digest:1")
