"""The real program over Socket Mode alone: no address of it is known to Slack."""

import httpx

from demo.slack.http import at_address
from demo.slack.people import ADMIN, MEMBER
from demo.stage import Bot, Stage, free_port
from tests.bot.socket_slack import Relay, socket_slack
from tests.end_to_end.acts import ask, assert_nothing_went_wrong, connect, history_is_in, set_up_digest


def test_a_key_goes_in_and_answers_come_out_over_a_socket(play: Stage) -> None:
    relay, workspace = Relay(), play.slack.workspace
    environment = {name: each for name, each in play.environment.items() if name != "SLACK_SIGNING_SECRET"}
    with socket_slack(relay.act) as sockets, at_address(relay.web) as play.slack.request_url:
        workspace.socket_url = sockets.socket_url
        bot = Bot(
            "run",
            free_port(),
            {**environment, "SLACK_APP_TOKEN": workspace.app_token},
            play.folder / "socket.log",
        )
        play.bots.append(bot)
        bot.start()
        connect(play)
        history_is_in(play)
        assert "Opus" in ask(play, "cost last month", who=MEMBER).words
        play.slack.close(ADMIN)
        set_up_digest(play)
        assert httpx.get(f"{bot.address}/readyz").text == "ready\n"
        assert httpx.post(f"{bot.address}/slack/events", content=b"{}").status_code == httpx.codes.NOT_FOUND
        bot.stop()
    assert_nothing_went_wrong(play)


def test_a_wrong_app_token_stops_the_start_with_one_sentence(play: Stage) -> None:
    play.slack.workspace.socket_url = "ws://127.0.0.1:1/"
    environment = {**play.environment, "SLACK_APP_TOKEN": "xapp-of-another-app"}
    bot = Bot("run", free_port(), environment, play.folder / "refused.log")
    play.bots.append(bot)
    bot.launch()
    assert bot.process
    assert bot.process.wait(timeout=30) == 1
    last = bot.log.read_text(encoding="utf-8").splitlines()[-1]
    assert last == "stackspend: Slack does not take SLACK_APP_TOKEN: invalid_auth"
