"""Whatever is typed, by whoever it is: an answer within three seconds, and nothing given away."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from demo.slack import payloads
from demo.slack.people import ADMIN, FORMER, GUEST, MEMBER, OTHER_TEAM, SPEND, STRANGER
from demo.slack.server import Delivery, Entry
from demo.slack.wire import FORM, JSON
from demo.stage import Stage, stage
from tests.end_to_end.acts import assert_nothing_went_wrong, connect, history_is_in
from tests.end_to_end.odd_texts import SECRETS, odd_texts

AT_MOST = 3  # seconds, as Slack allows
REFUSAL = "isn't available to you here"
ADMINS_ONLY = "Only admins can do this"


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One bot with a month of history for all of these tests."""
    folder: Path = tmp_path_factory.mktemp("bad-input")
    with stage(folder, days=35, engineers=6) as world:
        world.bot()
        connect(world)
        history_is_in(world)
        yield world


def answered(play: Stage, text: str, who: str) -> Entry:
    command = play.slack.command(who, text, channel=SPEND)
    return play.slack.wait(kind="ephemeral", user=who, after=command.index, timeout=AT_MOST)


def test_any_text_gets_an_answer(play: Stage) -> None:
    for text in odd_texts(random=150):
        shown = answered(play, text, MEMBER).words
        assert shown, text
        assert "Something went wrong" not in shown, text
        assert not any(secret in shown for secret in SECRETS)
    assert_nothing_went_wrong(play)


@pytest.mark.parametrize("command", ["connect", "digest", "disconnect", "settings", "audit"])
def test_what_manages_is_refused_to_members_whatever_follows_it(play: Stage, command: str) -> None:
    assert ADMINS_ONLY in answered(play, command, MEMBER).words
    for more in (" now", " --force", " '; DROP TABLE post", " 🙂"):
        text = answered(play, command + more, MEMBER).words
        assert ADMINS_ONLY in text or "I haven't answered" in text
    assert play.slack.workspace.modal(MEMBER) is None


@pytest.mark.parametrize("secret", SECRETS)
def test_a_key_after_the_command_is_refused_unused(play: Stage, secret: str) -> None:
    before = len(play.anthropic.requests)
    assert "revoke" in answered(play, f"connect {secret}", ADMIN).words.casefold()
    assert [r for r in list(play.anthropic.requests)[before:] if r.endpoint == "me"] == []
    assert_nothing_went_wrong(play)


@pytest.mark.parametrize("who", [GUEST, STRANGER, FORMER])
@pytest.mark.parametrize("text", ["", "cost today", "help", "status", "connect", "nonsense"])
def test_people_from_outside_learn_nothing(play: Stage, who: str, text: str) -> None:
    shown = answered(play, text, who).words
    assert REFUSAL in shown
    assert "$" not in shown
    assert "Acme" not in shown


def test_another_slack_workspace_learns_nothing(play: Stage) -> None:
    form = payloads.command(
        play.slack.workspace, user=ADMIN, channel=SPEND, name="/stackspend", text="cost today"
    )
    body = urlencode({**form, "team_id": OTHER_TEAM})
    index = len(play.slack.workspace.transcript) - 1
    play.slack.wire.post(Delivery(index=index, body=body), about="a command from another team")
    reply = play.slack.wait(kind="ephemeral", user=ADMIN, after=index, timeout=AT_MOST)
    assert REFUSAL in reply.words


@pytest.mark.parametrize("timestamp", ["", "1", "now", "-1", "²", "9" * 5000])
@pytest.mark.parametrize("signature", ["", "v0=" + "0" * 64, "v0=\u00ff"])
def test_a_bad_signature_gets_401(play: Stage, timestamp: str, signature: str) -> None:
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature, "Content-Type": FORM}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    got = httpx.post(play.slack.request_url, content="command=%2Fstackspend&text=cost", headers=encoded)
    assert got.status_code == httpx.codes.UNAUTHORIZED
    assert_nothing_went_wrong(play)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"payload={", b"payload=1", b"{", b"[]", b"0" * 1_000_000]
)
@pytest.mark.parametrize("kind", [FORM, JSON, "", "text/plain; charset=nonsense"])
def test_an_unsigned_body_gets_401_whatever_it_is(play: Stage, body: bytes, kind: str) -> None:
    got = httpx.post(play.slack.request_url, content=body, headers={"Content-Type": kind})
    assert got.status_code == httpx.codes.UNAUTHORIZED
    assert_nothing_went_wrong(play)


def test_a_body_that_is_too_long_gets_413(play: Stage) -> None:
    got = httpx.post(play.slack.request_url, content=b"0" * 2_000_000)
    assert got.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def test_an_old_signature_gets_401(play: Stage) -> None:
    verifier, body = SignatureVerifier(play.slack.workspace.signing_secret), "command=%2Fstackspend&text=cost"
    long_ago = "1700000000"
    signature = verifier.generate_signature(timestamp=long_ago, body=body) or ""
    headers = {"X-Slack-Request-Timestamp": long_ago, "X-Slack-Signature": signature, "Content-Type": FORM}
    got = httpx.post(play.slack.request_url, content=body, headers=headers)
    assert got.status_code == httpx.codes.UNAUTHORIZED
