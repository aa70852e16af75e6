"""`stackspend connect claude` and `disconnect claude`."""

import json
from datetime import timedelta

import pytest

from bot import clock
from digests.files.telemetry_settings import snippets
from storage.engine.database import session, transaction
from storage.state.ingest import tokens
from tests.bot.cli.test_operate import Shell, served, shell  # noqa: F401 - fixtures, and what goes with them

ADDRESS = "https://spend.example.com"
ENDPOINT = f"{ADDRESS}/otlp"


@pytest.fixture
def reachable(shell: Shell) -> Shell:  # noqa: F811 - the fixture
    """A bot that senders can reach."""
    shell.set(STACKSPEND_PUBLIC_URL=ADDRESS)
    return shell


def log(shell: Shell) -> list[tuple[str, str, str]]:  # noqa: F811 - the fixture
    return [(each["who"], each["what"], each["detail"]) for each in shell("audit", "--json").json["entries"]]


def test_a_token_is_printed_once_as_json_and_is_good(reachable: Shell) -> None:
    ran = reachable("connect", "claude", "--name", "laptops", "--json")
    assert ran.status == 0
    token = ran.json["token"]
    assert ran.json == {"endpoint": ENDPOINT, "token": token, "name": "laptops"}
    with session():
        issued = tokens.authenticate(token)
    assert issued
    assert (issued.name, issued.issued_by) == ("laptops", "")
    assert token not in reachable("doctor").out + reachable("audit").out


def test_people_read_the_token_and_what_to_paste(reachable: Shell) -> None:
    ran = reachable("connect", "claude")
    (token,) = [line for line in ran.out.splitlines() if len(line) == 43 and " " not in line]
    assert "Ingest token Claude Code, shown only this once:" in ran.out
    assert snippets(ENDPOINT, token)["managed"].text in ran.out
    assert "docs/telemetry.md" in ran.out
    with session():
        assert tokens.authenticate(token)


def test_only_managed_settings_send_it_where_somebody_says_so(reachable: Shell) -> None:
    for name, options in (("laptops", ["--managed"]), ("ci", [])):
        reachable("connect", "claude", "--name", name, *options)
    with session():
        trusted = {each.name: each.is_managed for each in tokens.good_of_team("local")}
    assert trusted == {"laptops": True, "ci": False}


def test_tokens_without_a_name_are_numbered(reachable: Shell) -> None:
    names = [reachable("connect", "claude", "--json").json["name"] for _ in range(3)]
    assert names == ["Claude Code", "Claude Code 2", "Claude Code 3"]


def test_a_name_is_taken_once(reachable: Shell) -> None:
    reachable("connect", "claude", "--name", "ci")
    assert "A token is named ci already" in reachable.fails("connect", "claude", "--name", "ci")
    reachable("disconnect", "claude", "--name", "ci")
    assert reachable("connect", "claude", "--name", "ci").status == 0


@pytest.mark.parametrize("name", ["a\nb", "x" * 61, "\x1b[2J"])
def test_a_name_is_one_short_line(reachable: Shell, name: str) -> None:
    assert "A name has 1 to 60 characters" in reachable.fails("connect", "claude", "--name", name)


def test_without_an_address_there_is_a_sentence_and_no_token(shell: Shell) -> None:  # noqa: F811 - the fixture
    assert "Set STACKSPEND_PUBLIC_URL" in shell.fails("connect", "claude")
    with session():
        assert tokens.teams() == []


def test_a_revoked_token_is_good_no_more_and_the_others_are(reachable: Shell) -> None:
    first, second = (
        reachable("connect", "claude", "--name", name, "--json").json["token"] for name in ("ci", "laptops")
    )
    ran = reachable("disconnect", "claude", "--name", "ci")
    assert (ran.status, ran.out.startswith("Revoked ci. ")) == (0, True)
    with session():
        assert tokens.authenticate(first) is None
        assert tokens.authenticate(second)


def test_what_is_not_there_cannot_be_revoked(reachable: Shell) -> None:
    assert "No token has this name. There are no tokens." in reachable.fails(
        "disconnect", "claude", "--name", "ci"
    )
    reachable("connect", "claude", "--name", "laptops")
    assert "Tokens: laptops." in reachable.fails("disconnect", "claude", "--name", "ci")
    assert "Say which token to revoke" in reachable.fails("disconnect", "claude", status=2)


@pytest.mark.parametrize(
    "command",
    [
        ("connect", "claude", "--replace"),
        ("connect", "--json"),
        ("connect", "--name", "ci"),
        ("connect", "--managed"),
        ("disconnect", "claude", "--name", "ci", "--delete-history"),
        ("disconnect", "anthropic", "--name", "ci"),
    ],
)
def test_options_of_the_other_provider_are_wrong_usage(reachable: Shell, command: tuple[str, ...]) -> None:
    assert " is for " in (said := reachable.fails(*command, status=2)) or " are for " in said


def test_what_is_no_provider_is_not_repeated(reachable: Shell) -> None:
    ran = reachable("connect", "sk-ant-admin01-abcdefghijklmnop")
    assert (ran.status, "sk-ant" in ran.out + ran.err) == (2, False)


def test_the_log_says_who_issued_and_revoked_and_never_the_token(reachable: Shell) -> None:
    token = reachable("connect", "claude", "--name", "ci", "--json").json["token"]
    reachable("disconnect", "claude", "--name", "ci")
    entries = log(reachable)
    assert entries == [
        ("command line", "token revoked", "Claude, ci"),
        ("command line", "token issued", f"Claude, ci, …{token[-4:]}"),
    ]
    assert token not in json.dumps(entries)


def test_a_token_of_another_team_stays(reachable: Shell) -> None:
    token = reachable("connect", "claude", "--name", "ci", "--team", "T2", "--json").json["token"]
    assert "There are no tokens" in reachable.fails("disconnect", "claude", "--name", "ci", "--team", "T1")
    with session():
        assert tokens.authenticate(token)


def test_the_doctor_says_when_tokens_were_used(reachable: Shell) -> None:
    assert "Claude telemetry" not in reachable("doctor").out
    token = reachable("connect", "claude", "--json").json["token"]
    reachable("connect", "claude")
    assert "– Claude telemetry (local): 2 tokens, and nothing has arrived yet" in reachable("doctor").out
    with transaction():
        issued = tokens.authenticate(token)
        assert issued
        tokens.note_use(issued, at=clock.now() - timedelta(minutes=5))
    assert "✓ Claude telemetry (local): 2 tokens, last used 5 min ago" in reachable("doctor").out


def test_the_doctor_misses_the_address_of_tokens(reachable: Shell) -> None:
    reachable("connect", "claude")
    reachable.set(STACKSPEND_PUBLIC_URL="")
    assert "✗ Claude telemetry: senders need an address" in reachable("doctor").out
