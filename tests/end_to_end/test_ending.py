"""A deploy in the middle of things loses nothing that was acknowledged, and a start waits for Slack."""

import signal

import httpx
import pytest

from demo.admin_api.faults import ADMIN_KEY
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.stage import Bot, Stage, free_port
from storage.state import connections
from tests.end_to_end.acts import KEY, connect, history_is_in, remembered, until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AT_ONCE = 8


def terminate(bot: Bot) -> int:
    """Send SIGTERM and return the exit status."""
    assert bot.process
    bot.process.send_signal(signal.SIGTERM)
    return bot.process.wait(timeout=30)


def was_cut_short(bot: Bot) -> bool:
    """Whether it waited for its work until its patience was nearly over."""
    return "work is unfinished, and is cut short" in bot.log.read_text(encoding="utf-8")


def test_what_was_acknowledged_is_answered_and_then_it_ends(play: Stage) -> None:
    bot = play.bot()
    command = [play.slack.command(MEMBER, "help", channel=SPEND) for _ in range(AT_ONCE)]
    status = terminate(bot)
    answered = [entry for entry in play.slack.workspace.transcript if entry.kind == "ephemeral"]
    assert (status, len(command), len(answered)) == (0, AT_ONCE, AT_ONCE)


def test_a_process_at_rest_ends_at_once_and_holds_nothing(play: Stage) -> None:
    bot = play.bot()
    connect(play)
    history_is_in(play)
    assert terminate(bot) == 0
    assert not was_cut_short(bot)
    with remembered(play):
        assert not connections.holders()


def test_a_modal_whose_key_is_being_checked_is_told_to_try_again(play: Stage) -> None:
    play.anthropic.faults.slow(15, times=None)
    bot = play.bot()
    opened = play.slack.command(ADMIN, "connect", channel=SPEND)
    play.slack.wait(kind="modal", user=ADMIN, after=opened.index)
    play.slack.submit(ADMIN, None, {KEY: ADMIN_KEY})
    until(lambda: bool(play.anthropic.requests))
    status = terminate(bot)
    shown = [entry for entry in play.slack.workspace.transcript if entry.kind == "modal_update"]
    assert status == 0
    assert was_cut_short(bot)
    assert "Checking" not in shown[-1].words
    assert "try again" in shown[-1].words.casefold()


def test_a_second_signal_ends_it_at_once(play: Stage) -> None:
    play.anthropic.faults.slow(15, times=None)
    bot = play.bot()
    opened = play.slack.command(ADMIN, "connect", channel=SPEND)
    play.slack.wait(kind="modal", user=ADMIN, after=opened.index)
    play.slack.submit(ADMIN, None, {KEY: ADMIN_KEY})
    until(lambda: bool(play.anthropic.requests))
    assert bot.process
    bot.process.send_signal(signal.SIGTERM)
    until(lambda: "stopping" in bot.log.read_text(encoding="utf-8"))
    assert terminate(bot) == 1
    assert not was_cut_short(bot)


def test_a_start_waits_for_slack_and_says_so(play: Stage) -> None:
    play.slack.workspace.faults.break_down("auth.test", status=503, times=2)
    bot = play.bot()
    log = bot.log.read_text(encoding="utf-8")
    assert "Slack cannot be reached" in log
    assert log.splitlines()[-1].endswith("Ready. In Slack, type /stackspend connect")
    assert httpx.get(f"{bot.address}/readyz").text == "ready\n"
    assert play.slack.command(MEMBER, "help", channel=SPEND).status == httpx.codes.OK


def test_until_slack_answers_it_lives_and_is_not_ready(play: Stage) -> None:
    play.slack.workspace.faults.break_down("auth.test", status=503, times=1_000)
    bot = Bot("run", free_port(), play.environment, play.folder / "run.log")
    play.bots.append(bot)
    bot.launch()
    until(lambda: _status(bot, "/healthz") == httpx.codes.OK)
    assert _status(bot, "/readyz") == httpx.codes.SERVICE_UNAVAILABLE
    assert terminate(bot) == 0


def _status(bot: Bot, path: str) -> int:
    try:
        return httpx.get(f"{bot.address}{path}").status_code
    except httpx.TransportError:
        return 0
