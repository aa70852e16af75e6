"""The stand-in Slack, over real HTTP: the Web API with Slack's own client, deliveries against a tiny bot."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from demo.slack.people import (
    ADMIN,
    ARCHIVED,
    FINANCE,
    FORMER,
    GENERAL,
    GUEST,
    MEMBER,
    PRIVATE,
    SHARED,
    SPEND,
    STRANGER,
)
from demo.slack.server import Slack, Workspace, serving

HOSTILE = "<!channel> \x1b[31m & `x` *_~ \u202e🪙 " + "é" * 40


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class Bot:
    """A tiny app behind a request URL: it checks signatures, keeps what came, and answers what it is told."""

    def __init__(self, secret: str) -> None:
        self.verifier = SignatureVerifier(secret)
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.delay = 0.0
        self.status = "200 OK"
        self.answer: Callable[[dict[str, Any]], Any] = lambda _payload: ""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        names = ("TIMESTAMP", "SIGNATURE", "RETRY_NUM")
        headers = {
            n: environ.get(f"HTTP_X_SLACK_{n}", environ.get(f"HTTP_X_SLACK_REQUEST_{n}", "")) for n in names
        }
        assert self.verifier.is_valid(body, headers["TIMESTAMP"], headers["SIGNATURE"])
        payload = self._read(body)
        self.got.append(payload)
        self.headers.append(headers)
        time.sleep(self.delay)
        answer = self.answer(payload)
        is_text = isinstance(answer, str)
        start(self.status, [("Content-Type", "text/plain" if is_text else "application/json")])
        return [(answer if is_text else json.dumps(answer)).encode()]

    @staticmethod
    def _read(body: str) -> dict[str, Any]:
        if body.startswith("{"):
            return dict(json.loads(body))
        form = dict(parse_qsl(body, keep_blank_values=True))
        return dict(json.loads(form["payload"])) if "payload" in form else form


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return Workspace(clock=clock)


@pytest.fixture
def slack(workspace: Workspace) -> Iterator[Slack]:
    with serving(workspace) as served:
        yield served


@pytest.fixture
def client(slack: Slack) -> WebClient:
    return WebClient(token=slack.workspace.token, base_url=slack.api_url, retry_handlers=[], timeout=5)


@pytest.fixture
def bot(slack: Slack) -> Iterator[Bot]:
    app = Bot(slack.workspace.signing_secret)
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        slack.request_url = f"http://127.0.0.1:{server.server_port}/slack/events"
        yield app
        server.shutdown()
        thread.join()


def section(text: str, **rest: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **rest}


def button(text: str, action_id: str, **rest: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action_id, **rest}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "doing", "elements": list(elements)}


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def field(block_id: str, kind: str, **element: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": block_id},
        "element": {"type": kind, "action_id": "value", **element},
    }


def modal(*blocks: dict[str, Any], **rest: Any) -> dict[str, Any]:
    words = {"title": "Digest", "submit": "Save"}
    return {
        "type": "modal",
        **{name: {"type": "plain_text", "text": text} for name, text in words.items()},
        "callback_id": "digest",
        "blocks": list(blocks) or [section("Hello")],
        **rest,
    }


def open_modal(slack: Slack, client: WebClient, view: dict[str, Any], *, user: str = ADMIN) -> str:
    trigger = slack.workspace.new_trigger(user, SPEND)
    return str(client.views_open(trigger_id=trigger, view=view)["view"]["id"])


def error_of(call: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as refused:
        call()
    return str(refused.value.response["error"])


# --- the Web API


def test_a_posted_message_is_in_the_channel_and_in_the_transcript(slack: Slack, client: WebClient) -> None:
    answer = client.chat_postMessage(channel=SPEND, text="Claude spend: $1", client_msg_id="m1")

    (message,) = slack.workspace.messages(SPEND)
    assert (message.ts, message.text) == (answer["ts"], "Claude spend: $1")
    assert answer["message"]["client_msg_id"] == "m1"
    assert slack.wait(kind="message", channel=SPEND, contains="$1").user is None


def test_a_user_id_opens_the_direct_message(slack: Slack, client: WebClient) -> None:
    answer = client.chat_postMessage(channel=MEMBER, text="For you")

    assert answer["channel"] == client.conversations_open(users=MEMBER)["channel"]["id"]
    assert [m.text for m in slack.workspace.dms(MEMBER)] == ["For you"]
    assert slack.wait(kind="dm").channel == answer["channel"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE1", "channel_not_found"),
        ("#nowhere", "channel_not_found"),
        (PRIVATE, "channel_not_found"),
        (GENERAL, "not_in_channel"),
        (ARCHIVED, "is_archived"),
        (FORMER, "user_disabled"),
        ("U0NOBODY01", "user_not_found"),
    ],
)
def test_where_the_bot_may_not_post_it_is_told_why(client: WebClient, channel: str, error: str) -> None:
    assert error_of(lambda: client.chat_postMessage(channel=channel, text="x")) == error


def test_an_invited_bot_may_post_and_an_expelled_one_may_not(slack: Slack, client: WebClient) -> None:
    slack.workspace.invite_bot(PRIVATE)
    assert client.chat_postMessage(channel=PRIVATE, text="x")["ok"]

    slack.workspace.remove_bot(PRIVATE)
    assert error_of(lambda: client.chat_postMessage(channel=PRIVATE, text="x")) == "channel_not_found"


def test_blocks_slack_would_refuse_are_refused_and_remembered(slack: Slack, client: WebClient) -> None:
    def post() -> Any:
        return client.chat_postMessage(channel=SPEND, text="x", blocks=[section("x" * 3001)])

    assert error_of(post) == "invalid_blocks"
    assert slack.violations == ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
    assert slack.workspace.messages(SPEND) == []


def test_too_many_characters_have_an_error_of_their_own(client: WebClient) -> None:
    blocks = [section("x" * 2800)] * 4

    assert (
        error_of(lambda: client.chat_postMessage(channel=SPEND, text="x", blocks=blocks))
        == "msg_blocks_too_long"
    )
    assert error_of(lambda: client.chat_postMessage(channel=SPEND, text="x" * 4001)) == "msg_too_long"
    assert error_of(lambda: client.api_call("chat.postMessage", json={"channel": SPEND})) == "no_text"


def test_blocks_without_text_are_shown_but_remembered(slack: Slack, client: WebClient) -> None:
    client.api_call("chat.postMessage", json={"channel": SPEND, "blocks": [section("x")]})

    assert "screen readers" in slack.violations[0]


def test_hostile_text_passes_through_unchanged(slack: Slack, client: WebClient) -> None:
    client.chat_postMessage(channel=SPEND, text=HOSTILE, blocks=[section(HOSTILE)])

    (message,) = slack.workspace.messages(SPEND)
    assert message.text == HOSTILE
    assert message.blocks[0]["text"]["text"] == HOSTILE


def test_an_update_with_only_text_takes_the_blocks_away(slack: Slack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=SPEND, text="x", blocks=[section("x")])["ts"]

    client.chat_update(channel=SPEND, ts=ts, text="y")

    (message,) = slack.workspace.messages(SPEND)
    assert (message.text, message.blocks) == ("y", [])
    assert slack.wait(kind="edit", contains="y").subject == message


def test_only_own_messages_can_be_changed_or_deleted(slack: Slack, client: WebClient) -> None:
    theirs = slack.workspace.post(SPEND, {"text": "hello"}, author=MEMBER)

    assert (
        error_of(lambda: client.chat_update(channel=SPEND, ts=theirs.ts, text="y")) == "cant_update_message"
    )
    assert error_of(lambda: client.chat_delete(channel=SPEND, ts=theirs.ts)) == "cant_delete_message"
    assert error_of(lambda: client.chat_delete(channel=SPEND, ts="1.2")) == "message_not_found"


def test_an_ephemeral_message_is_for_one_member_of_the_channel(slack: Slack, client: WebClient) -> None:
    client.chat_postEphemeral(channel=SPEND, user=ADMIN, text="psst")

    assert slack.wait(kind="ephemeral").user == ADMIN
    assert slack.workspace.messages(SPEND) == []
    refused = error_of(lambda: client.chat_postEphemeral(channel=SPEND, user=STRANGER, text="psst"))
    assert refused == "user_not_in_channel"


def test_history_shows_metadata_only_when_asked(client: WebClient) -> None:
    metadata = {"event_type": "stackspend_digest", "event_payload": {"id": 7}}
    ts = client.chat_postMessage(channel=SPEND, text="x", metadata=metadata)["ts"]

    with_it = client.conversations_history(channel=SPEND, include_all_metadata=True)["messages"]
    without = client.conversations_history(channel=SPEND)["messages"]
    later = client.conversations_history(channel=SPEND, oldest=ts)["messages"]

    assert with_it[0]["metadata"] == metadata
    assert "metadata" not in without[0]
    assert later == []


def test_history_needs_its_scope(slack: Slack, client: WebClient) -> None:
    slack.workspace.scopes.discard("channels:history")

    with pytest.raises(SlackApiError) as refused:
        client.conversations_history(channel=SPEND)
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "channels:history"


def test_people_differ_as_the_bot_must_tell_them_apart(client: WebClient) -> None:
    people = {user: client.users_info(user=user)["user"] for user in (ADMIN, GUEST, STRANGER, FORMER)}

    assert people[ADMIN]["is_admin"]
    assert (people[ADMIN]["tz"], people[ADMIN]["profile"]["email"]) == ("Europe/Berlin", "mina@acme.example")
    assert people[GUEST]["is_restricted"]
    assert people[STRANGER]["is_stranger"]
    assert people[STRANGER]["team_id"] != client.auth_test()["team_id"]
    assert people[FORMER]["deleted"]


def test_channels_are_listed_in_pages_and_private_ones_only_where_the_bot_is(client: WebClient) -> None:
    first = client.conversations_list(types="public_channel,private_channel", limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = client.conversations_list(types="public_channel,private_channel", limit=3, cursor=cursor)

    channels = {channel["id"] for channel in first["channels"] + second["channels"]}
    assert channels == {SPEND, GENERAL, FINANCE, ARCHIVED, SHARED}
    assert error_of(lambda: client.conversations_info(channel=PRIVATE)) == "channel_not_found"


def test_the_bot_may_walk_into_public_channels(client: WebClient) -> None:
    assert client.conversations_join(channel=GENERAL)["channel"]["is_member"]
    assert client.chat_postMessage(channel=GENERAL, text="x")["ok"]


@pytest.mark.parametrize(
    ("token", "error"), [(None, "not_authed"), ("xoxb-other", "invalid_auth"), ("xoxb-stand-in", "")]
)
def test_the_token_is_checked(slack: Slack, token: str | None, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    answer = httpx.post(f"{slack.api_url}auth.test", headers=headers).json()

    assert answer.get("error", "") == error


def test_an_unknown_method_has_a_name_for_it(client: WebClient) -> None:
    assert error_of(lambda: client.api_call("chat.whisper")) == "unknown_method"


def test_arguments_come_as_a_form_too(slack: Slack) -> None:
    form = {
        "token": slack.workspace.token,
        "channel": SPEND,
        "text": "x",
        "blocks": json.dumps([section("y")]),
    }

    assert httpx.post(f"{slack.api_url}chat.postMessage", data=form).json()["ok"]
    assert slack.workspace.messages(SPEND)[0].blocks[0]["text"]["text"] == "y"


def test_a_file_of_nothing_and_no_file_at_all_are_refused(client: WebClient) -> None:
    assert (
        error_of(lambda: client.files_getUploadURLExternal(filename="a.csv", length=0)) == "invalid_arguments"
    )
    assert error_of(lambda: client.files_completeUploadExternal(files=[])) == "invalid_arguments"


def test_a_file_is_uploaded_shared_and_known_after_a_while(slack: Slack, client: WebClient) -> None:
    shared = client.files_upload_v2(channel=SPEND, content="day,cost\n", filename="spend.csv", title="Spend")

    file_id = shared["files"][0]["id"]
    assert slack.workspace.files[file_id].data == b"day,cost\n"
    assert slack.wait(kind="file", contains="Spend").channel == SPEND
    kinds = [client.files_info(file=file_id)["file"]["mimetype"] for _ in range(2)]
    assert kinds == ["", "text/csv"]


def test_a_file_goes_only_where_the_bot_is_a_member(client: WebClient) -> None:
    assert (
        error_of(lambda: client.files_upload_v2(channel=GENERAL, content="x", filename="x.csv"))
        == "not_in_channel"
    )


# --- modals and the Home tab


def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: Slack, client: WebClient, clock: Clock
) -> None:
    used, late = (slack.workspace.new_trigger(ADMIN, SPEND) for _ in range(2))
    client.views_open(trigger_id=used, view=modal())
    clock.now += 3.1

    assert error_of(lambda: client.views_open(trigger_id=used, view=modal())) == "exchanged_trigger_id"
    assert error_of(lambda: client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert slack.wait(kind="modal").user == ADMIN


def test_a_modal_is_updated_by_its_external_id_and_by_hash_only_when_fresh(
    slack: Slack, client: WebClient
) -> None:
    view_id = open_modal(slack, client, modal(external_id="key-check"))
    stale = slack.workspace.views[view_id].hash

    client.views_update(external_id="key-check", view=modal(section("Connected")))

    assert slack.wait(kind="modal_update", contains="Connected").user == ADMIN
    refused = error_of(lambda: client.views_update(view_id=view_id, hash=stale, view=modal()))
    assert refused == "hash_conflict"
    assert error_of(lambda: client.views_update(view_id="V0", view=modal())) == "not_found"


def test_modals_stack_three_high(slack: Slack, client: WebClient) -> None:
    open_modal(slack, client, modal())
    triggers = [slack.workspace.new_trigger(ADMIN, SPEND) for _ in range(3)]
    for trigger in triggers[:2]:
        client.views_push(trigger_id=trigger, view=modal())

    assert error_of(lambda: client.views_push(trigger_id=triggers[2], view=modal())) == "push_limit_reached"


def test_a_view_slack_would_refuse_is_refused_and_remembered(slack: Slack, client: WebClient) -> None:
    view = modal(field("kind", "plain_text_input"))
    del view["submit"]

    assert error_of(lambda: open_modal(slack, client, view)) == "invalid_arguments"
    assert "submit" in slack.violations[0]


def test_a_home_tab_is_published_for_one_person(slack: Slack, client: WebClient, bot: Bot) -> None:
    home = {"type": "home", "blocks": [section("Today"), actions(button("By model", "by_model"))]}
    slack.open_home(MEMBER)
    client.views_publish(user_id=bot.got[0]["event"]["user"], view=home)

    shown = slack.wait(kind="home", contains="Today")
    assert shown.user == MEMBER
    assert slack.click(MEMBER, shown, "by_model").error is None
    assert bot.got[-1]["view"]["type"] == "home"


# --- deliveries


def test_a_command_arrives_signed_with_everything_slack_sends(slack: Slack, bot: Bot) -> None:
    delivery = slack.command(ADMIN, "cost today", channel=SPEND)

    (got,) = bot.got
    assert (delivery.status, delivery.error) == (200, None)
    assert (got["command"], got["text"]) == ("/stackspend", "cost today")
    assert (got["team_id"], got["user_id"], got["channel_name"]) == ("T0ACME0001", ADMIN, "claude-spend")
    assert got["response_url"].startswith(slack.workspace.address)
    assert got["trigger_id"] in slack.workspace.triggers
    assert slack.wait(kind="command", user=ADMIN).text == "/stackspend cost today"


@pytest.mark.parametrize(
    "answer", ["Hello", {"text": "Hello"}, {"text": "Hello", "response_type": "ephemeral"}]
)
def test_an_acknowledgement_may_be_an_ephemeral_message(slack: Slack, bot: Bot, answer: Any) -> None:
    bot.answer = lambda _payload: answer

    delivery = slack.command(ADMIN, channel=GENERAL)

    shown = slack.wait(kind="ephemeral", after=delivery.index, timeout=0)
    assert (shown.user, shown.channel, shown.text or shown.payload["text"]) == (ADMIN, GENERAL, "Hello")


def test_an_acknowledgement_in_channel_is_for_everybody(slack: Slack, bot: Bot) -> None:
    bot.answer = lambda _payload: {"text": "Hello", "response_type": "in_channel"}

    slack.command(ADMIN, channel=GENERAL)

    assert [message.text for message in slack.workspace.messages(GENERAL)] == ["Hello"]


def test_an_answer_after_three_seconds_is_a_timeout_people_see(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.slack.wire.ACK_SECONDS", 0.05)
    bot.delay = 0.1

    delivery = slack.command(ADMIN, "cost", channel=SPEND)

    assert delivery.error == "operation_timeout"
    assert delivery.seconds > 0.05
    assert slack.failures == ["/stackspend cost failed with the error “operation_timeout”"]
    assert slack.wait(kind="failure", contains="operation_timeout")


def test_a_bot_that_hangs_is_given_up_after_three_seconds(slack: Slack, bot: Bot) -> None:
    bot.delay = 3.3

    delivery = slack.command(ADMIN, "cost", channel=SPEND)

    assert delivery.error == "operation_timeout"
    assert 2.9 < delivery.seconds < 3.3


def test_a_bot_that_fails_or_is_away_is_reported(slack: Slack, bot: Bot) -> None:
    bot.status = "500 Internal Server Error"
    assert slack.command(ADMIN, channel=SPEND).error == "dispatch_failed"

    slack.request_url = "http://127.0.0.1:1/slack/events"
    assert slack.command(ADMIN, channel=SPEND).error == "dispatch_failed"


def test_a_click_carries_the_message_the_action_and_a_way_to_answer(
    slack: Slack, client: WebClient, bot: Bot
) -> None:
    blocks = [section("x"), actions(button("By model", "by_model", value="2026-11"))]
    client.chat_postMessage(channel=SPEND, text="x", blocks=blocks)

    slack.click(MEMBER, slack.wait(kind="message"), "by_model")

    (got,) = bot.got
    assert (got["type"], got["user"]["id"], got["channel"]["id"]) == ("block_actions", MEMBER, SPEND)
    assert got["container"]["message_ts"] == got["message"]["ts"]
    assert got["actions"][0] | {"action_ts": ""} == {
        "type": "button",
        "text": {"type": "plain_text", "text": "By model"},
        "value": "2026-11",
        "action_id": "by_model",
        "block_id": "doing",
        "action_ts": "",
    }


def test_a_click_on_an_ephemeral_message_comes_without_its_content(
    slack: Slack, client: WebClient, bot: Bot
) -> None:
    client.chat_postEphemeral(channel=SPEND, user=ADMIN, text="x", blocks=[actions(button("Share", "share"))])
    shown = slack.wait(kind="ephemeral")

    slack.click(ADMIN, shown, "share")

    assert "message" not in bot.got[0]
    assert bot.got[0]["container"]["is_ephemeral"]
    with pytest.raises(LookupError):
        slack.click(MEMBER, shown, "share")


def test_what_is_not_on_the_screen_cannot_be_pressed(slack: Slack, client: WebClient) -> None:
    client.chat_postMessage(channel=SPEND, text="x", blocks=[actions(button("Share", "share"))])
    shown = slack.wait(kind="message")
    with pytest.raises(LookupError, match="nothing here is called 'delete'"):
        slack.click(ADMIN, shown, "delete")

    client.chat_delete(channel=SPEND, ts=slack.workspace.messages(SPEND)[0].ts)
    with pytest.raises(LookupError, match="gone"):
        slack.click(ADMIN, shown, "share")


def test_a_choice_in_a_message_arrives_as_the_option(slack: Slack, client: WebClient, bot: Bot) -> None:
    options = [option("mute"), option("settings")]
    menu = {"type": "overflow", "action_id": "more", "options": options}
    client.chat_postMessage(channel=SPEND, text="x", blocks=[section("x", accessory=menu)])

    slack.select(ADMIN, slack.wait(kind="message"), "more", "mute")

    assert bot.got[0]["actions"][0]["selected_option"] == options[0]


def test_a_modal_keeps_what_it_was_opened_with_and_takes_what_is_filled_in(
    slack: Slack, client: WebClient, bot: Bot
) -> None:
    kinds, scopes = [option("daily"), option("weekly")], [option("engineers"), option("keys")]
    view = modal(
        field(
            "channel", "conversations_select", default_to_current_conversation=True, response_url_enabled=True
        ),
        field("kind", "static_select", options=kinds, initial_option=kinds[0]),
        field("when", "timepicker", initial_time="09:00"),
        field("scope", "checkboxes", options=scopes),
        field("basis", "radio_buttons", options=kinds, initial_option=kinds[1]),
        field("name", "plain_text_input", initial_value="Ours"),
    )
    open_modal(slack, client, view)

    slack.submit(
        ADMIN, None, {("kind", "value"): "weekly", ("scope", "value"): ["keys"], ("name", "value"): HOSTILE}
    )

    got = bot.got[0]
    values = {block: held["value"] for block, held in got["view"]["state"]["values"].items()}
    assert values == {
        "channel": {"type": "conversations_select", "selected_conversation": SPEND},
        "kind": {"type": "static_select", "selected_option": kinds[1]},
        "when": {"type": "timepicker", "selected_time": "09:00"},
        "scope": {"type": "checkboxes", "selected_options": [scopes[1]]},
        "basis": {"type": "radio_buttons", "selected_option": kinds[1]},
        "name": {"type": "plain_text_input", "value": HOSTILE},
    }
    assert (got["type"], got["view"]["callback_id"]) == ("view_submission", "digest")
    assert got["response_urls"][0]["channel_id"] == SPEND
    assert slack.workspace.modal(ADMIN) is None


def test_slacks_own_client_holds_back_an_empty_required_field(
    slack: Slack, client: WebClient, bot: Bot
) -> None:
    open_modal(slack, client, modal(field("admin_key", "plain_text_input")))

    delivery = slack.submit(ADMIN)

    assert delivery.errors == {"admin_key": "Please complete this required field."}
    assert slack.wait(kind="modal_errors", after=delivery.index, timeout=0).user == ADMIN
    assert bot.got == []


@pytest.mark.parametrize(
    ("answer", "kind", "stack"),
    [
        ("", "modal_close", 1),
        ({"response_action": "clear"}, "modal_close", 0),
        ({"response_action": "errors", "errors": {"name": "Taken."}}, "modal_errors", 2),
        ({"response_action": "update", "view": modal(section("Checking"))}, "modal_update", 2),
        ({"response_action": "push", "view": modal(section("Sure?"))}, "modal", 3),
    ],
)
def test_the_answer_to_a_submission_decides_what_comes_next(
    slack: Slack, client: WebClient, bot: Bot, answer: Any, kind: Any, stack: int
) -> None:
    open_modal(slack, client, modal())
    trigger = slack.workspace.new_trigger(ADMIN, SPEND)
    client.views_push(trigger_id=trigger, view=modal(field("name", "plain_text_input", initial_value="x")))
    bot.answer = lambda _payload: answer

    delivery = slack.submit(ADMIN)

    assert slack.wait(kind=kind, after=delivery.index, timeout=0).user == ADMIN
    assert len(slack.workspace.stacks[ADMIN]) == stack
    assert slack.violations == []


def test_an_error_beside_no_input_is_a_violation(slack: Slack, client: WebClient, bot: Bot) -> None:
    open_modal(slack, client, modal())
    bot.answer = lambda _payload: {"response_action": "errors", "errors": {"nowhere": "Wrong."}}

    assert slack.submit(ADMIN).errors == {"nowhere": "Wrong."}

    assert slack.violations == ["errors name no input block: nowhere"]


def test_what_was_typed_survives_an_update_of_the_same_field(
    slack: Slack, client: WebClient, bot: Bot
) -> None:
    view_id = open_modal(slack, client, modal(field("name", "plain_text_input")))
    slack.select(ADMIN, slack.wait(kind="modal"), "value", "Ours")
    client.views_update(view_id=view_id, view=modal(section("New"), field("name", "plain_text_input")))

    slack.submit(ADMIN)

    assert bot.got[0]["view"]["state"]["values"]["name"]["value"]["value"] == "Ours"


def test_a_dispatched_field_is_told_at_once_and_a_plain_one_is_not(
    slack: Slack, client: WebClient, bot: Bot
) -> None:
    loud = {**field("kind", "static_select", options=[option("daily")]), "dispatch_action": True}
    open_modal(slack, client, modal(loud, field("name", "plain_text_input")))
    shown = slack.wait(kind="modal")

    slack.select(ADMIN, shown, "value", "Ours", block_id="name")
    slack.select(ADMIN, shown, "value", "daily", block_id="kind")

    (got,) = bot.got
    assert got["actions"][0]["selected_option"]["value"] == "daily"
    assert got["view"]["state"]["values"]["name"]["value"]["value"] == "Ours"


def test_options_from_outside_are_asked_of_the_bot(slack: Slack, client: WebClient, bot: Bot) -> None:
    open_modal(slack, client, modal(field("zone", "external_select", min_query_length=1)))
    bot.answer = lambda p: {"options": [option("berlin")]} if p["type"] == "block_suggestion" else ""

    slack.submit(ADMIN, None, {("zone", "value"): "berlin"})

    assert [got["type"] for got in bot.got] == ["block_suggestion", "view_submission"]
    assert bot.got[1]["view"]["state"]["values"]["zone"]["value"]["selected_option"] == option("berlin")


@pytest.mark.parametrize("notify", [True, False])
def test_a_dismissed_modal_is_reported_only_on_request(
    slack: Slack, client: WebClient, bot: Bot, *, notify: bool
) -> None:
    open_modal(slack, client, modal(notify_on_close=notify))

    slack.close(ADMIN)

    assert slack.workspace.modal(ADMIN) is None
    assert [got["type"] for got in bot.got] == (["view_closed"] if notify else [])


def test_an_event_can_arrive_twice(slack: Slack, bot: Bot) -> None:
    first = slack.event("app_uninstalled")

    slack.redeliver(first)

    assert bot.got[0] == bot.got[1]
    assert [headers["RETRY_NUM"] for headers in bot.headers] == ["", "1"]


def test_a_person_may_write_to_the_bot(slack: Slack, bot: Bot) -> None:
    slack.say(MEMBER, "hello?")

    event = bot.got[0]["event"]
    assert (event["type"], event["channel_type"], event["text"]) == ("message", "im", "hello?")


# --- response_url


def test_a_response_url_works_five_times_where_the_bot_is_no_member(slack: Slack, bot: Bot) -> None:
    slack.command(ADMIN, channel=PRIVATE)
    url = bot.got[0]["response_url"]

    statuses = [httpx.post(url, json={"text": f"{i}"}).status_code for i in range(6)]

    assert statuses == [200, 200, 200, 200, 200, 404]
    assert [message.text for message in slack.workspace.ephemerals(ADMIN)] == list("01234")


def test_a_response_url_is_dead_after_half_an_hour(slack: Slack, bot: Bot, clock: Clock) -> None:
    slack.command(ADMIN, channel=SPEND)
    clock.now += 30 * 60 + 1

    answer = httpx.post(bot.got[0]["response_url"], json={"text": "late"})

    assert (answer.status_code, answer.json()["error"]) == (404, "expired_url")


def test_a_response_replaces_deletes_or_goes_to_everybody(slack: Slack, client: WebClient, bot: Bot) -> None:
    share = [actions(button("Share", "share"))]
    client.chat_postEphemeral(channel=SPEND, user=ADMIN, text="old", blocks=share)
    slack.click(ADMIN, slack.wait(kind="ephemeral"), "share")
    url = bot.got[0]["response_url"]

    httpx.post(url, json={"text": "new", "replace_original": True})
    assert [message.text for message in slack.workspace.ephemerals(ADMIN)] == ["new"]

    httpx.post(url, json={"text": "shared", "response_type": "in_channel", "delete_original": True})
    assert slack.workspace.ephemerals(ADMIN) == []
    assert [message.text for message in slack.workspace.messages(SPEND)] == ["shared"]


def test_a_response_slack_would_refuse_is_refused_and_remembered(slack: Slack, bot: Bot) -> None:
    slack.command(ADMIN, channel=SPEND)

    answer = httpx.post(bot.got[0]["response_url"], json={"text": "x", "blocks": [section("")]})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_blocks")
    assert len(slack.violations) == 1


# --- faults


def test_a_refusal_can_be_ordered_for_the_next_calls(slack: Slack, client: WebClient) -> None:
    slack.workspace.faults.refuse("chat.postMessage", "restricted_action", times=2)

    outcomes = [error_of(lambda: client.chat_postMessage(channel=SPEND, text="x")) for _ in range(2)]

    assert outcomes == ["restricted_action"] * 2
    assert client.chat_postMessage(channel=SPEND, text="x")["ok"]


def test_a_rate_limit_says_when_to_come_back(slack: Slack, client: WebClient) -> None:
    slack.workspace.faults.rate_limit("*", retry_after=7)

    with pytest.raises(SlackApiError) as refused:
        client.auth_test()
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"


def test_a_breakdown_is_a_server_error_and_nothing_happens(slack: Slack, client: WebClient) -> None:
    slack.workspace.faults.break_down("chat.postMessage")

    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=SPEND, text="x")
    assert refused.value.response.status_code == 500
    assert slack.workspace.messages(SPEND) == []


def test_a_connection_cut_before_leaves_nothing_behind(slack: Slack, client: WebClient) -> None:
    slack.workspace.faults.cut_before("chat.postMessage")

    with pytest.raises((URLError, http.client.RemoteDisconnected)):
        client.chat_postMessage(channel=SPEND, text="x")
    assert slack.workspace.messages(SPEND) == []


def test_a_connection_cut_after_leaves_the_message_and_an_ignorant_caller(
    slack: Slack, client: WebClient
) -> None:
    slack.workspace.faults.cut_after("chat.postMessage")

    with pytest.raises((URLError, http.client.RemoteDisconnected)):
        client.chat_postMessage(channel=SPEND, text="x")
    assert [message.text for message in slack.workspace.messages(SPEND)] == ["x"]


def test_a_slow_answer_outlasts_the_callers_patience_though_the_work_is_done(slack: Slack) -> None:
    slack.workspace.faults.slow("chat.postMessage", 0.4)
    headers = {"Authorization": f"Bearer {slack.workspace.token}"}
    body = {"channel": SPEND, "text": "x"}

    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{slack.api_url}chat.postMessage", json=body, headers=headers, timeout=0.1)
    assert slack.wait(kind="message", contains="x")


def test_a_revoked_token_is_refused_everywhere(slack: Slack, client: WebClient) -> None:
    slack.workspace.revoke_token()

    assert error_of(client.auth_test) == "account_inactive"


def test_waiting_in_vain_says_what_there_was_instead(slack: Slack, client: WebClient) -> None:
    client.chat_postMessage(channel=SPEND, text="something else")

    with pytest.raises(TimeoutError, match="something else"):
        slack.wait(contains="the digest", timeout=0.01)
