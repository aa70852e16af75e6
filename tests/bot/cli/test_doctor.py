"""`stackspend doctor`: one line a thing, what to do where it is wrong, and status 1 where it is needed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bot import clock
from bot.cli.doctor.clock_skew import compare
from bot.cli.doctor.findings import Finding, is_well
from demo.admin_api.faults import ADMIN_KEY
from demo.slack.cloud import CLIENT_ID, CLIENT_SECRET
from demo.slack.server import Slack, Workspace, serving
from providers.note import Note
from storage.engine import database
from storage.engine.secrets import Vault, new_key
from storage.facts import answer_notes
from storage.state import clock_repair, connections, installations, subscriptions
from storage.state.subscriptions import Plan
from tests.bot.cli.test_operate import Shell, cover_days, served, shell  # noqa: F401 - fixtures, and what goes with them

NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)


def lines(ran: object, mark: str) -> list[str]:
    return [line for line in getattr(ran, "out", "").splitlines() if line.startswith(mark)]


@pytest.fixture
def well(shell: Shell) -> Shell:  # noqa: F811 - the fixture
    """An organization whose few days are in, beside a bot that runs."""
    shell("connect", typed=ADMIN_KEY)
    cover_days(shell, days=1)
    assert shell("sync").status == 0
    with database.transaction():
        clock_repair.witness("here", clock.now())
    return shell


@contextmanager
def beside(shell: Shell) -> Iterator[Slack]:  # noqa: F811 - as above
    with serving(Workspace()) as slack:
        workspace = slack.workspace
        shell.set(SLACK_BOT_TOKEN=workspace.token, SLACK_SIGNING_SECRET="s", SLACK_API_URL=slack.api_url)
        yield slack


def test_where_all_is_well_every_line_says_so(well: Shell) -> None:
    with beside(well):
        ran = well("doctor")
    assert (ran.status, lines(ran, "✗")) == (0, [])
    passed = "\n".join(lines(ran, "✓"))
    for what in ("Environment", "Database", "Database file", "Stored secrets", "Slack workspace", "Bot"):
        assert f"✓ {what}: " in passed
    assert "✓ Acme, key …4Q7x: Anthropic accepts it" in passed
    assert "✓ Acme, key …4Q7x: bill: can be read" in passed
    assert "✓ Clock, against Slack's: " in passed
    assert "✓ Version: StackSpend " in passed
    assert ran.err == ""


def test_the_size_of_the_database_and_the_age_of_its_backup_are_told(well: Shell) -> None:
    before = well("doctor")
    assert lines(before, "✓ Database size: ")[0].endswith(" MB")
    assert lines(before, "– Backup: none beside the database")
    (well.folder / "backups").mkdir()
    backup = well.folder / "backups" / "stackspend-backup.db"
    shutil.copy(well.file, backup)
    (well.folder / "backup-notes.txt").write_text("no database")
    assert lines(well("doctor"), "✓ Backup: the newest beside the database is 1 minute old")
    long_ago = clock.now().timestamp() - 30 * 24 * 3600
    os.utime(backup, (long_ago, long_ago))
    assert lines(well("doctor"), "– Backup: the newest beside the database is 30 days old → docs/deploy.md")


def test_machines_get_the_same_as_one_object(well: Shell) -> None:
    ran = well("doctor", "--json")
    assert ran.json["ok"] is (ran.status == 0)
    assert {
        "state": "ok",
        "what": "Stored secrets",
        "detail": "all can be decrypted",
        "cure": "",
    } in ran.json["findings"]


@pytest.mark.parametrize(
    ("address", "cure"),
    [
        (
            "sqlite:////nowhere/stackspend.db",
            "there is no folder /nowhere → create it, or fix DATABASE_URL",
        ),
        ("postgresql://root@127.0.0.1:1/none", "→ check that it runs, and that DATABASE_URL points to it"),
    ],
)
def test_without_the_database_it_says_what_to_do_and_nothing_of_what_is_in_it(
    shell: Shell,  # noqa: F811 - as above
    address: str,
    cure: str,
) -> None:
    shell.set(DATABASE_URL=address, STACKSPEND_SECRET_KEY=new_key())
    ran = shell("doctor")
    (wrong,) = lines(ran, "✗")
    assert wrong.endswith(cure)
    assert "nothing is connected" not in ran.out


def test_in_an_empty_folder_it_says_what_to_do_and_makes_nothing(shell: Shell) -> None:  # noqa: F811 - as above
    ran = shell("doctor")
    assert ran.status == 1
    anthropic, slack = lines(ran, "✗")
    assert anthropic == "✗ Anthropic: nothing is connected → run `stackspend connect < key.txt`"
    assert slack.startswith("✗ Slack: SLACK_BOT_TOKEN isn't set → README")
    assert list(shell.folder.iterdir()) == []


def test_every_odd_variable_has_a_line(shell: Shell, tmp_path: Path) -> None:  # noqa: F811 - as above
    shell.set(PORT="many", SSL_CERT_FILE=str(tmp_path / "none"), ANTHROPIC_BASE_URL="https://api.example")
    ran = shell("doctor")
    shell.set(SSL_CERT_FILE="")
    assert ran.status == 1
    assert [line.split()[2] for line in lines(ran, "✗")] == ["PORT", "SSL_CERT_FILE"]


def test_a_database_that_waits_for_migrations_is_named(shell: Shell) -> None:  # noqa: F811 - as above
    shell.file.touch()
    assert "run `stackspend migrate`" in lines(shell("doctor"), "✗")[0]


def test_a_database_that_cannot_be_used_is_named(shell: Shell) -> None:  # noqa: F811 - as above
    shell.file.write_text("this is a letter, and not a database\n" * 100)
    assert "not a database" in lines(shell("doctor"), "✗")[0]


def test_the_file_of_the_database_is_its_owners_alone(well: Shell) -> None:
    assert lines(well("doctor"), "✓ Database file: only its owner can read it (600)")


@pytest.mark.parametrize("endpoint", ["me", "cost_report"])
def test_too_little_credit_is_reported_as_such_and_asks_for_no_new_key(well: Shell, endpoint: str) -> None:
    well.api.faults.refuse(endpoint, status=402)
    (line,) = lines(well("doctor"), "✗ Acme")
    assert "Your Anthropic credit is too low" in line
    assert "Add credit in the Claude Console" in line
    assert "another Admin key" not in line


def test_a_key_that_is_refused_is_named_and_never_shown(well: Shell) -> None:
    well.api.faults.revoke()
    ran = well("doctor")
    assert ran.status == 1
    assert lines(ran, "✗ Acme, key …4Q7x: Anthropic rejects it")
    assert ADMIN_KEY not in ran.out


def test_a_key_that_cannot_read_the_bill_is_named(well: Shell) -> None:
    well.api.faults.refuse("cost_report", status=403)
    ran = well("doctor")
    assert ran.status == 1
    assert lines(ran, "✗ Acme, key …4Q7x: bill: this key can't read it")


def test_a_bill_that_cannot_be_understood_is_not_said_to_be_readable(well: Shell) -> None:
    well.api.faults.currency("EUR")
    ran = well("doctor")
    (line,) = lines(ran, "✗ Acme, key …4Q7x: bill: ")
    assert (ran.status, "US dollars only" in line) == (1, True)
    assert not lines(ran, "✓ Acme, key …4Q7x: bill")


def test_days_of_history_that_cannot_be_read_are_counted(well: Shell) -> None:
    with database.transaction():
        (connection,) = connections.every()
        note = Note(
            "the bill of this day cannot be read: a figure is too large", NOW.date(), is_unreadable=True
        )
        answer_notes.replace(connection.id, "charges", [note])
    assert lines(well("doctor"), "✓ Acme, key …4Q7x: bill: can be read, except 1 day of its history")


def test_a_report_that_is_not_offered_is_no_mistake(well: Shell) -> None:
    well.api.faults.refuse("claude_code", status=403)
    ran = well("doctor")
    assert lines(ran, "– Acme, key …4Q7x: Claude Code: not offered")
    assert not lines(ran, "✗ Acme")


def test_old_data_and_a_bot_that_does_not_run_are_named(well: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(hours=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    ran = well("doctor")
    assert lines(ran, "✗ Acme: data: up to ")
    assert lines(ran, "✗ Bot: last active 5 h ago")
    assert lines(ran, "✗ Clock, against Anthropic's: this machine is 18")


def test_slack_is_needed_and_its_tokens_must_be_good(shell: Shell) -> None:  # noqa: F811 - as above
    shell("migrate")
    assert lines(shell("doctor"), "✗ Slack: ")
    with beside(shell) as slack:
        slack.workspace.revoke_token()
        assert lines(shell("doctor"), "✗ Slack workspace: Slack rejects its token: account_inactive")


def test_missing_permissions_are_named(shell: Shell) -> None:  # noqa: F811 - as above
    shell("migrate")
    with beside(shell) as slack:
        slack.workspace.scopes = {"commands", "chat:write", "im:write", "channels:read"}
        ran = shell("doctor")
    assert lines(ran, "✗ Slack workspace: permissions: users:read missing")
    assert "files:write" in lines(ran, "– Slack workspace: permissions: without ")[0]


def test_socket_mode_is_tried(shell: Shell) -> None:  # noqa: F811 - as above
    shell("migrate")
    with beside(shell) as slack:
        shell.set(SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN=slack.workspace.app_token)
        assert lines(shell("doctor"), "✗ Socket Mode: socket_mode_not_supported")
        slack.workspace.socket_url = "ws://127.0.0.1:1/"
        assert lines(shell("doctor"), "✓ Socket Mode: ")


def test_every_slack_that_installed_the_app_is_tried(shell: Shell) -> None:  # noqa: F811 - as above
    shell("migrate")
    key = new_key()
    with serving(Workspace()) as slack:
        for team, token in (("T0ACME0001", slack.workspace.token), ("T0GONE", "xoxb-gone")):
            with database.transaction():
                installations.save(
                    team, "", name=team, bot_user_id="UB", token=token, vault=Vault([key]), by="U1", at=NOW
                )
        shell.set(
            SLACK_CLIENT_ID=CLIENT_ID,
            SLACK_CLIENT_SECRET=CLIENT_SECRET,
            SLACK_SIGNING_SECRET="s",
            STACKSPEND_PUBLIC_URL="https://spend.example",
            STACKSPEND_SECRET_KEY=key,
            SLACK_API_URL=slack.api_url,
        )
        ran = shell("doctor")
    assert lines(ran, "✓ Slack workspace T0ACME0001 (T0ACME0001): ")
    assert lines(ran, "✗ Slack workspace T0GONE (T0GONE): Slack rejects its token: invalid_auth")


def test_digests_that_do_not_come_are_named(well: Shell) -> None:
    with database.transaction():
        team = connections.teams()[0]
        saved = subscriptions.save(
            team,
            channel_id="C1",
            channel_name="spend",
            plan=Plan(),
            set_up_by="U1",
            next_at=clock.now() + timedelta(days=1),
        )
        subscriptions.note_trouble(saved.id, "channel_not_found")
    ran = well("doctor")
    assert lines(ran, "✗ Daily digest to #spend: the last one wasn't posted: channel_not_found")


@contextmanager
def dated(moment: datetime | None) -> Iterator[str]:
    """An address whose answers, errors all, have a date."""

    class Dated(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(404)
            if moment:
                self.send_header("Date", format_datetime(moment, usegmt=True))
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Dated) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("off", "state", "words"),
    [
        (0, "ok", "0 s behind"),
        (50, "ok", "50 s ahead"),
        (-50, "ok", "50 s behind"),
        (600, "wrong", "this machine is 600 s ahead"),
        (-600, "wrong", "this machine is 600 s behind"),
    ],
)
def test_clocks_are_compared(off: int, state: str, words: str) -> None:
    with dated(NOW - timedelta(seconds=off)) as address:
        (finding,) = compare("Slack", address, now=lambda: NOW)
    assert (finding.state, finding.detail) == (state, words)


def test_a_clock_that_cannot_be_compared_is_no_mistake() -> None:
    assert [each.state for each in compare("Slack", "http://127.0.0.1:9", now=lambda: NOW)] == ["not set up"]
    with dated(None) as address:
        assert [each.state for each in compare("Slack", address, now=lambda: NOW)] == ["not set up"]


def test_only_what_is_needed_makes_it_fail() -> None:
    assert is_well([Finding("ok", "a", ""), Finding("not set up", "b", "")])
    assert not is_well([Finding("ok", "a", ""), Finding("wrong", "b", "")])
