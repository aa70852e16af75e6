"""Socket Mode: what Slack sends over the socket is answered, and a socket that died silently is replaced."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from bot.errors import Failed
from bot.runtime.socket_mode import WATCHDOG, Limits, Socket, Watchdog, listen
from bot.services import Services
from bot.teams.app import app_of, open_context
from bot.teams.clients import TeamClients
from bot.teams.router import TeamRouter
from storage.engine.database import transaction
from storage.engine.secrets import Vault, new_key
from storage.state import installations
from tests.bot import socket_slack as slack_end
from tests.bot.socket_slack import SocketSlack, socket_slack

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnhandledThreadExceptionWarning"
)  # the client's own threads, at the end of a socket

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RESPONSES = {
    "users.info": {
        "user": {
            "id": "U1",
            "team_id": "T1",
            "is_admin": True,
            "tz": "Europe/Berlin",
            "profile": {"real_name": "Mina", "email": "mina@acme.example"},
        }
    }
}
HELP = slack_end.send(
    {
        "command": "/stackspend",
        "text": "help",
        "team_id": "T1",
        "user_id": "U1",
        "channel_id": "C1",
        "trigger_id": "1.2.3",
    }
)
PINGING = Limits(ping=0.05)
SHORT_WAITS = Limits(ping=0.05, silence=0.5, greeting=0.5, pace=0.05, longest=0.2)


@dataclass
class Moment:
    """A clock that tests move."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def services(store: str) -> Iterator[Services]:
    assert store  # a command is read with the names of its team
    with ThreadPoolExecutor(2) as pool:
        yield Services(
            vault=Vault([new_key()]),
            open_provider=lambda _key: pytest.fail("nobody asked Anthropic"),
            admins=frozenset(),
            now=lambda: NOW,
            pool=pool,
            wake=lambda: None,
        )


def app_for(services: Services, slack: SocketSlack) -> App:
    client = WebClient(token="xoxb-1", base_url=slack.api_url)
    return app_of(open_context(services, client, "T1"), signing_secret="")


@contextmanager
def listening(services: Services, slack: SocketSlack, limits: Limits = SHORT_WAITS) -> Iterator[Watchdog]:
    """The bot, connected, with a watchdog that looks by itself."""
    watchdog = listen(app_for(services, slack), token="xapp-1", api_url=slack.api_url, limits=limits)
    yield watchdog
    watchdog.stop()


@contextmanager
def watched(
    services: Services, slack: SocketSlack, moment: Moment, limits: Limits = PINGING
) -> Iterator[Watchdog]:
    """The bot, connected, with a watchdog that looks when it is told to, by a clock that a test moves."""
    caller = WebClient(token="xapp-1", base_url=slack.api_url)
    opener = partial(Socket, app_for(services, slack), "xapp-1", caller, limits)
    watchdog = Watchdog(opener, limits, moment)
    watchdog.open()
    yield watchdog
    watchdog.stop()


def wait_until(is_so: Callable[[], bool], *, pause: float = 0.01, most: float = 10) -> None:
    """Wait for what other threads bring about."""
    waited = threading.Event()
    for _ in range(int(most / pause)):
        if is_so():
            return
        waited.wait(pause)
    raise AssertionError("it did not come about")


def hear(watchdog: Watchdog, moment: Moment) -> None:
    """Look again until something has come since the last time."""
    moment.advance(1)

    def has_come() -> bool:
        watchdog.check()
        return watchdog.heard_at == moment()

    wait_until(has_come)


def test_a_command_over_the_socket_is_acknowledged_and_answered(services: Services) -> None:
    with socket_slack(HELP, responses=RESPONSES) as slack, listening(services, slack):
        assert slack.acknowledged.get(timeout=10)["envelope_id"] == "e1"
        assert "/stackspend cost today" in json.dumps(slack.answered.get(timeout=10))


def test_a_command_of_one_of_many_teams_is_answered_over_the_socket(store: str, services: Services) -> None:
    assert store
    with socket_slack(HELP, responses=RESPONSES) as slack:
        with transaction():
            installations.save(
                "T1", "", name="A", bot_user_id="UB", token="xoxb-1", vault=services.vault, by="U1", at=NOW
            )
        teams = TeamClients(services.vault, api_url=slack.api_url, now=lambda: NOW)
        router = TeamRouter(services, teams, signing_secret="", ack_delay=0)
        watchdog = listen(router, token="xapp-1", api_url=slack.api_url)
        assert "/stackspend cost today" in json.dumps(slack.answered.get(timeout=10))
        watchdog.stop()


@pytest.mark.parametrize(
    "act",
    [
        slack_end.fall_silent,
        slack_end.fall_silent_at_once,
        slack_end.say_nothing,
        slack_end.close,
        slack_end.hang_up,
    ],
)
def test_a_command_is_answered_after_the_first_socket_died_silently(
    services: Services, act: slack_end.Act
) -> None:
    with socket_slack(act, HELP, responses=RESPONSES) as slack, listening(services, slack):
        assert "/stackspend cost today" in json.dumps(slack.answered.get(timeout=10))


def test_a_socket_that_slack_asks_to_renew_is_renewed(services: Services) -> None:
    with socket_slack(slack_end.ask_to_renew, HELP, responses=RESPONSES) as slack:
        with listening(services, slack, Limits(ping=0.05)):
            assert "/stackspend cost today" in json.dumps(slack.answered.get(timeout=10))
        assert slack.requests == 2


def test_the_log_tells_in_one_sentence_why_a_silent_socket_was_replaced(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    moment = Moment()
    with (
        socket_slack(slack_end.fall_silent_at_once, slack_end.greet) as slack,
        watched(services, slack, moment) as watchdog,
    ):
        moment.advance(29)
        watchdog.check()
        assert (ours(caplog), slack.requests) == ([], 1)
        moment.advance(1)
        watchdog.check()
        watchdog.check()
        sentence = "Socket Mode: nothing came from Slack for 30 seconds; we reconnected"
        assert (ours(caplog), slack.requests) == ([sentence], 2)


def test_a_socket_that_answers_pings_and_never_greets_is_replaced(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    moment = Moment()
    with (
        socket_slack(slack_end.say_nothing, slack_end.greet) as slack,
        watched(services, slack, moment) as watchdog,
    ):
        for _ in range(28):
            hear(watchdog, moment)
        assert (ours(caplog), slack.requests) == ([], 1)
        moment.advance(2)
        watchdog.check()
        assert ours(caplog) == ["Socket Mode: Slack takes what is sent and says nothing; we reconnected"]


def test_a_healthy_socket_is_left_alone_while_it_is_quiet(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    moment = Moment()
    with (
        socket_slack(slack_end.greet) as slack,
        watched(services, slack, moment) as watchdog,
    ):
        wait_until(lambda: watchdog.socket is not None and watchdog.socket.words == 1)
        for _ in range(10):
            hear(watchdog, moment)
            moment.advance(28)
        hear(watchdog, moment)
        assert watchdog.is_receiving()
        assert (ours(caplog), slack.requests) == ([], 1)


def test_a_socket_without_a_word_for_longer_than_slack_keeps_one_is_replaced(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    moment, limits = Moment(), Limits(ping=0.05, wordless=100)
    with (
        socket_slack(slack_end.greet) as slack,
        watched(services, slack, moment, limits) as watchdog,
    ):
        wait_until(lambda: watchdog.socket is not None and watchdog.socket.words == 1)
        for _ in range(4):
            hear(watchdog, moment)
            moment.advance(24)
        assert (ours(caplog), slack.requests) == ([], 1)
        hear(watchdog, moment)
        watchdog.check()
        assert ours(caplog) == ["Socket Mode: Slack takes what is sent and says nothing; we reconnected"]


def test_a_socket_that_was_hung_up_is_replaced_at_the_second_look(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    moment, limits = Moment(), Limits(ping=60)
    with (
        socket_slack(slack_end.hang_up, slack_end.greet) as slack,
        watched(services, slack, moment, limits) as watchdog,
    ):
        wait_until(lambda: watchdog.socket is not None and watchdog.socket.is_hung_up())
        watchdog.check()
        assert slack.requests == 1
        watchdog.check()
        assert ours(caplog) == ["Socket Mode: Slack hung up without a word; we reconnected"]
        assert slack.requests == 2


def test_a_client_that_was_connecting_by_itself_keeps_no_socket(services: Services) -> None:
    moment = Moment()
    with (
        socket_slack(slack_end.close, slack_end.greet) as slack,
        watched(services, slack, moment) as watchdog,
    ):
        slack.may_answer.clear()
        wait_until(lambda: slack.requests == 2)  # the client's own try, which hangs
        assert watchdog.socket
        watchdog.socket.close()
        slack.may_answer.set()
        wait_until(lambda: len(slack.peers) > 1)
        wait_until(lambda: all(peer.close_code is not None for peer in slack.peers))


def test_a_socket_whose_thread_has_ended_is_replaced(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    moment = Moment()
    with socket_slack(slack_end.greet) as slack, watched(services, slack, moment) as watchdog:
        assert watchdog.socket
        watchdog.socket.client.current_app_monitor.shutdown()  # type: ignore[no-untyped-call] # Slack's
        watchdog.check()
        assert ours(caplog) == ["Socket Mode: a thread that listens to Slack has ended; we reconnected"]
        assert slack.requests == 2


def test_where_no_socket_can_be_had_it_is_tried_ever_more_slowly_until_one_can(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    moment, errors = Moment(), ["internal_error"] * 9
    with socket_slack(slack_end.greet, errors=errors) as slack, watched(services, slack, moment) as watchdog:
        tried_at = []
        while watchdog.socket is None:
            before = slack.requests
            moment.advance(1)
            watchdog.check()
            tried_at += [moment()] if slack.requests > before else []
        waits = [later - earlier for earlier, later in pairwise(tried_at)]
        assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
        assert ours(caplog) == [
            "Socket Mode: Slack could not be reached (internal_error); we try to reconnect until it works",
            "Socket Mode: Slack could not be reached; we reconnected",
        ]


def test_while_slack_is_not_heard_the_program_is_not_ready(services: Services) -> None:
    moment = Moment()
    with socket_slack(slack_end.fall_silent_at_once) as slack, watched(services, slack, moment) as watchdog:
        moment.advance(59)
        assert watchdog.is_receiving()
        moment.advance(1)
        assert not watchdog.is_receiving()
        slack.acts = [slack_end.greet]
        watchdog.check()
        hear(watchdog, moment)
        assert watchdog.is_receiving()


def test_a_slack_that_is_down_at_the_start_is_connected_to_later(services: Services) -> None:
    with (
        socket_slack(HELP, responses=RESPONSES, errors=["internal_error"] * 3) as slack,
        listening(services, slack),
    ):
        assert "/stackspend cost today" in json.dumps(slack.answered.get(timeout=10))


def test_a_token_that_slack_refuses_stops_the_start(services: Services) -> None:
    with (
        socket_slack(slack_end.greet, errors=["invalid_auth"]) as slack,
        pytest.raises(Failed, match="does not take SLACK_APP_TOKEN: invalid_auth"),
        listening(services, slack),
    ):
        pass


def test_watching_ends_with_the_program(services: Services) -> None:
    with socket_slack(slack_end.greet) as slack, listening(services, slack):
        assert WATCHDOG in {each.name for each in threading.enumerate()}
    watchdogs = [each for each in threading.enumerate() if each.name == WATCHDOG]
    for thread in watchdogs:
        thread.join(10)
    assert not any(thread.is_alive() for thread in watchdogs)


def test_a_socket_whose_client_stumbles_over_its_end_leaves_no_thread(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket_slack(slack_end.greet) as slack:
        caller = WebClient(token="xapp-1", base_url=slack.api_url)
        socket = Socket(app_for(services, slack), "xapp-1", caller, PINGING, Moment())
        client, stumbles = socket.client, iter([AttributeError("two at once")] * 2)
        disconnect = client.disconnect

        def stumbling() -> None:
            for error in stumbles:
                raise error
            disconnect()

        monkeypatch.setattr(client, "disconnect", stumbling)
        runners = [client.current_session_runner, client.message_processor, client.current_app_monitor]
        socket.close()
        wait_until(lambda: not any(runner.is_alive() for runner in runners))
        assert next(stumbles, None) is None


def ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the watchdog wrote into the log."""
    return [record.getMessage() for record in caplog.records if record.name == "bot.runtime.socket_mode"]


def test_a_start_says_nothing_of_a_token_that_each_request_brings(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    client = WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/")
    app_of(open_context(services, client, "T1"), signing_secret="")
    assert caplog.messages == []
