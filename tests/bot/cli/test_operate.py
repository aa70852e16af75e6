"""The command line, as a person without Slack runs it: a simulated API on loopback, a folder, a key."""

import ctypes
import io
import json
import logging
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import clock
from bot.__main__ import main
from bot.cli import sync, terminal
from bot.sync import backfill
from bot.sync import jobs as bot_jobs
from demo.admin_api.faults import ADMIN_KEY
from demo.admin_api.server import AdminApi, serve
from demo.company.organization import Organization
from demo.slack.cloud import CLIENT_ID, CLIENT_SECRET
from demo.slack.people import MEMBER
from demo.slack.server import Workspace, serving
from providers.anthropic import client
from providers.anthropic.http.admin_api import http_client
from providers.period import DAY, Period
from providers.provider import ProviderUnavailable
from storage.engine import database
from storage.engine.secrets import Vault, new_key
from storage.engine.sqlite import Sqlite
from storage.engine.tables import Connection
from storage.engine.tables import database as opened
from storage.facts import spend
from storage.state import connections, home_views, installations, jobs
from tests.bot.conftest import ENGINEERS, FIRST, HABITS, NOW, ON_SQLITE, SECRET, TODAY, Company

ROOT = Path(__file__).parents[3]
REVOKED, HANGS = "sk-ant-admin01-revoked-0123", "sk-ant-admin01-hangs-01234"
REGULAR_KEY = "sk-ant-api03-abcdefgh-wxyz"


@dataclass
class Ran:
    """What came of a command."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs commands in this process, in an environment of their own."""

    address: str
    api: AdminApi
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    environment: dict[str, str] = field(default_factory=dict)
    clients: list[httpx.Client] = field(default_factory=list)

    def __call__(self, *arguments: str, typed: str = "") -> Ran:
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        self.capture.readouterr()
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            self.close_all()
        return Ran(status, *self.capture.readouterr())

    def open_client(self, address: str) -> httpx.Client:
        """Remember a client, since no process ends with the command."""
        self.clients.append(http_client(address))
        return self.clients[-1]

    def close_all(self) -> None:
        """Close what a command opened, as the end of its process would."""
        if opened.obj:
            getattr(opened.obj, "close_all", opened.close)()
        while self.clients:
            self.clients.pop().close()

    def set(self, **environment: str) -> None:
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        self.environment |= environment

    def fails(self, *arguments: str, typed: str = "", status: int = 1) -> str:
        """The one sentence that a command fails with."""
        ran = self(*arguments, typed=typed)
        assert ran.status == status
        lines = [line for line in ran.err.splitlines() if line.startswith("stackspend: ")]
        assert lines == ran.err.splitlines()[-1:], ran.err
        assert "Traceback" not in ran.err
        return lines[0].removeprefix("stackspend: ")

    @property
    def file(self) -> Path:
        return self.folder / "stackspend.db"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, AdminApi]]:
    now = datetime.now(UTC)
    organization = Organization(7, now.date() - timedelta(days=5), ENGINEERS)
    api = AdminApi(organization, lambda: datetime.now(UTC), bill_lag=timedelta())
    with serve(api) as address:
        yield address, api


@pytest.fixture
def shell(
    served: tuple[str, AdminApi],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shell]:
    """A folder with nothing in it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    address, api = served
    ready = Shell(address, api, tmp_path, monkeypatch, capsys)
    monkeypatch.setattr(client, "http_client", ready.open_client)
    for name in ("PORT", "HOST", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    ready.set(
        ANTHROPIC_BASE_URL=address, DATABASE_URL=f"sqlite:///{tmp_path}/stackspend.db", LOG_LEVEL="ERROR"
    )
    yield ready
    api.faults.clear()
    api.faults.withdraw()
    api.faults.accept(ADMIN_KEY)
    root.handlers[:] = before
    root.setLevel(level)
    ready.close_all()


@pytest.fixture
def filled(shell: Shell, walked: Company, store: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A database with the whole history of a company in it, at a moment that stands still."""
    Connection.update(team_id="local").where(Connection.id == walked.connection.id).execute()
    shell.close_all()
    shell.set(DATABASE_URL=store, STACKSPEND_SECRET_KEY=SECRET)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return shell


# --- connect and sync


def test_a_key_on_standard_input_connects_an_organization(shell: Shell) -> None:
    ran = shell("connect", typed=f"  {ADMIN_KEY}\n")
    assert ran.status == 0
    assert ran.out == "Connected Acme (key …4Q7x). `stackspend sync` imports its billing history.\n"
    assert ADMIN_KEY.encode() not in shell.file.read_bytes()


def test_the_log_says_who_connected_and_never_the_key(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    (entry,) = shell("audit", "--json").json["entries"]
    assert (entry["who"], entry["what"], entry["detail"]) == ("command line", "connected", "Acme, key …4Q7x")
    assert shell("audit").out.endswith("command line  connected  Acme, key …4Q7x\n")


def test_the_log_tells_a_key_that_was_replaced_from_an_organization_that_was(shell: Shell) -> None:
    for _ in range(2):
        shell("connect", typed=ADMIN_KEY)
    with opened.connection_context():
        Connection.update(organization_id="org-other", organization_name="Umbrella").execute()
    shell("connect", "--replace", typed=ADMIN_KEY)
    actions = [(entry["what"], entry["detail"]) for entry in shell("audit", "--json").json["entries"]]
    assert actions == [
        ("connected", "Acme, key …4Q7x, instead of Umbrella, key …4Q7x"),
        ("key replaced", "Acme, key …4Q7x"),
        ("connected", "Acme, key …4Q7x"),
    ]


@ON_SQLITE
@pytest.mark.parametrize(
    ("words", "detail"),
    [
        (("engineers", "7d"), "engineers 2026-11-16..2026-11-22 utc"),
        (("cost", "2026-11-21", "by", "key"), "cost 2026-11-21..2026-11-21 utc by key"),
        (("cost", "2026-11-21", "--by", "engineer", "--json"), "cost 2026-11-21..2026-11-21 utc by engineer"),
        (("digest", "daily"), "daily digest 2026-11-21..2026-11-21 utc"),
    ],
)
def test_the_log_says_that_engineers_were_looked_at(
    filled: Shell, words: tuple[str, ...], detail: str
) -> None:
    filled(*words)
    (entry,) = filled("audit", "--json").json["entries"]
    assert (entry["who"], entry["what"], entry["detail"]) == ("command line", "engineers viewed", detail)


@ON_SQLITE
@pytest.mark.parametrize("words", [("summary",), ("models",), ("cost", "7d"), ("digest", "daily", "--json")])
def test_what_names_nobody_is_no_look_at_engineers(filled: Shell, words: tuple[str, ...]) -> None:
    filled(*words)
    assert filled("audit", "--json").json["entries"] == []


def test_the_key_file_beside_the_database_is_its_owners_alone(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    assert stat.S_IMODE((shell.folder / "stackspend.db.key").stat().st_mode) == 0o600


def test_a_sync_tells_how_far_it_is_in_plain_lines_and_what_it_found(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    earliest = shell.api.organization.first_day - 31 * DAY
    monkeypatch.setattr(backfill, "NO_EARLIER", earliest)  # a short walk
    shell("connect", typed=ADMIN_KEY)
    ran = shell("sync")
    assert (ran.status, "\r" in ran.err) == (0, False)
    assert ran.err.startswith("history: ")
    assert "Up to date" in ran.out
    with database.session():
        assert connections.every()[0].first_day == shell.api.organization.first_day


def test_a_sync_leaves_spend_by_the_hour_of_the_past_to_run_and_says_so(shell: Shell) -> None:
    shell.api.faults.enroll()
    shell("connect", typed=ADMIN_KEY)
    cover_days(shell, days=1)
    today = clock.now().date()
    with database.session():
        (connection,) = connections.every()
        past, due = Period(today - 40 * DAY, today - 2 * DAY), clock.now()
        jobs.add_window(connection.id, "spend", past, due=due, priority=backfill.SPEND_PRIORITY)
    ran = shell("sync")
    assert ran.status == 0
    assert "isn't in yet. That takes a while and changes no total" in ran.out
    with database.session():
        assert jobs.days_left(connection.id, "spend", from_priority=backfill.SPEND_PRIORITY) >= past.length


@pytest.mark.parametrize(
    ("given", "is_terminal", "level"),
    [("", False, "WARNING"), ("", True, "ERROR"), ("INFO", True, "INFO")],
)
def test_whoever_watches_a_verb_reads_sentences_and_of_the_log_what_is_wrong(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, given: str, level: str, *, is_terminal: bool
) -> None:
    shell.set(LOG_LEVEL=given)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    ran = shell("connect", typed=ADMIN_KEY)
    assert (ran.status, ran.err) == (0, "")
    assert logging.getLevelName(logging.getLogger("bot").level) == level


def test_a_sync_of_what_fails_ends_and_says_what_stays_due(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    cover_days(shell, days=1)
    shell.api.faults.html("cost_report", status=400, times=None)
    ran = shell("sync")
    assert ran.err.endswith("Run it again to retry.\n")
    assert "Synced: usage, Claude Code, names" in ran.out
    assert "Failed: the bill." in ran.out
    shell.api.faults.clear()
    assert shell("sync").status == 0


def test_a_sync_with_a_key_that_is_refused_says_that_nothing_was_read(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    cover_days(shell, days=1)
    shell.api.faults.revoke()
    ran = shell("sync")
    assert ran.status == 1
    assert "Anthropic just rejected the key; we'll try it again at" in ran.out
    assert "Synced:" not in ran.out
    assert "Run `stackspend sync` again in a minute" in ran.err


@ON_SQLITE
def test_a_sync_of_a_team_returns_whatever_becomes_of_others(
    shell: Shell, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.set(DATABASE_URL=store, STACKSPEND_SECRET_KEY=SECRET)
    shell("connect", typed=ADMIN_KEY)
    cover_days(shell, days=1)
    others = [_connected(team, key) for team, key in (("T2", REVOKED), ("T3", HANGS))]
    real, used = client.opener, list[str]()

    def opener(*arguments: Any, **named: Any) -> Callable[[str], client.Anthropic]:
        opened = real(*arguments, **named)

        def noted(key: str) -> client.Anthropic:
            used.append(key)
            return opened(key)

        return noted

    monkeypatch.setattr(client, "opener", opener)
    ran = shell("sync", "--team", "local")
    assert (ran.status, ran.err, used) == (0, "", [ADMIN_KEY])
    with database.session():
        assert [connections.by_id(number).refused_at for number in others] == [None, None]
        assert [len(jobs.failing(number)) for number in others] == [0, 0]
        assert all(len(jobs.due(number, clock.now(), limit=100)) > 3 for number in others)


def _connected(team: str, key: str) -> int:
    """Connect a team whose every report is due."""
    with database.transaction():
        connection = connections.connect(
            team, f"org-{team}", team, key=key, vault=Vault([SECRET]), by="", at=NOW
        )
        bot_jobs.begin(connection, now=NOW)
    return connection.id


def test_whoever_waits_for_another_process_is_told_once(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("connect", typed=ADMIN_KEY)
    cover_days(shell, days=1)
    with database.session():
        (connection,) = connections.every()
        taken = connections.lease("elsewhere:1:a", now=clock.now(), length=DAY, due=[connection.id])
    assert taken
    notices: list[str] = []

    def tell(text: str) -> None:
        notices.append(text)
        connections.release(connection.id, "elsewhere:1:a")

    monkeypatch.setattr(sync, "SILENCE", 0.0)
    monkeypatch.setattr(terminal, "tell", tell)
    ran = shell("sync")
    assert (ran.status, notices) == (0, [sync.WAITING])
    assert "Synced: the bill" in ran.out


def cover_days(shell: Shell, *, days: int) -> None:
    """Leave little history to be read."""
    with database.session():
        connection = connections.every()[0]
        connections.set_first_day(connection.id, datetime.now(UTC).date() - timedelta(days=days))
        opened.execute_sql("DELETE FROM job WHERE start_day > 0")
    assert shell


# --- asking


def test_cost_as_json_has_exactly_the_shape_that_is_promised(filled: Shell) -> None:
    answer = filled("cost", "2026-11-01..2026-11-21", "--by", "model", "--json").json
    promised = {
        "provider", "organization", "period", "currency", "total", "basis", "previous", "dimension", "lines",
        "coverage", "as_of",
    }  # fmt: skip
    assert promised <= answer.keys()
    assert answer["period"] == {"start": "2026-11-01", "end": "2026-11-22", "timezone": "UTC"}
    assert {"start", "end", "total"} <= answer["previous"].keys()
    assert {"name", "id", "cost", "share", "tokens"} <= answer["lines"][0].keys()
    assert answer["coverage"] == {"complete": True, "missing": []}
    assert (answer["provider"], answer["organization"], answer["currency"]) == ("anthropic", "Acme", "USD")
    assert (answer["basis"], answer["dimension"], answer["as_of"]) == (
        "billed",
        "model",
        "2026-11-22T10:31:00Z",
    )


def test_json_lines_sum_to_the_total(filled: Shell) -> None:
    answer = filled("cost", "2026-11-01..2026-11-21", "by", "engineer", "--json").json
    assert sum(Decimal(line["cost"]) for line in answer["lines"]) == Decimal(answer["total"])
    organization = Organization(7, FIRST, ENGINEERS, habits=HABITS)
    assert Decimal(answer["total"]) == organization.books.total(
        datetime(2026, 11, 1, tzinfo=UTC).date(), TODAY
    )


def test_the_grammar_of_slack_works_as_well_as_options(filled: Shell) -> None:
    assert (
        filled("cost", "2026-11", "by", "workspace").out == filled("cost", "2026-11", "--by", "workspace").out
    )


@ON_SQLITE
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("cost", "today"), "today so far"),
        (("cost", "last", "month", "by", "model"), "Oct"),
        (("models",), "Opus 5.5"),
        (("engineers", "7d"), "Zoë Okafor"),
        (("status",), "4Q7x"),
        (("summary",), "Yesterday"),
        (("digest", "daily"), "November 21"),
        (("digest", "daily", "2026-11-20"), "November 20"),
        (("digest", "weekly"), "week of Nov 9–15"),
        (("digest", "weekly", "2026-11-04"), "week of Nov 2–8"),
        (("digest", "monthly", "2026-10-31"), "October 2026"),
    ],
)
def test_answers_are_what_slack_would_show(filled: Shell, command: tuple[str, ...], words: str) -> None:
    ran = filled(*command)
    assert (ran.status, ran.err) == (0, "")
    assert words.casefold() in ran.out.casefold()


@ON_SQLITE
@pytest.mark.parametrize("command", ["cost", "models", "engineers", "status", "summary"])
def test_every_answer_has_a_form_for_machines(filled: Shell, command: str) -> None:
    assert isinstance(filled(command, "--json").json, dict)


def test_a_digest_has_a_form_for_machines(filled: Shell) -> None:
    assert filled("digest", "daily", "--json").json["period"]["start"] == "2026-11-21"


def test_a_calendar_may_be_another_zones(filled: Shell) -> None:
    answer = filled("cost", "yesterday", "--timezone", "Asia/Kolkata", "--json").json
    assert answer["period"]["timezone"] == "Asia/Kolkata"


# --- wrong usage


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("frobnicate",),
        ("cost", "--by"),
        ("cost", "--timezone", "Mars/Olympus"),
        ("digest", "hourly"),
        ("digest", "daily", "tomorrow"),
        ("digest", "monthly", "2126-11-20"),
    ],
)
def test_wrong_usage_is_two(shell: Shell, command: tuple[str, ...]) -> None:
    ran = shell(*command)
    assert ran.status == 2
    assert "Traceback" not in ran.err


def test_words_that_are_no_period_are_wrong_usage_with_a_sentence(shell: Shell) -> None:
    assert "I didn't get “xyzzy”" in shell.fails("cost", "xyzzy", status=2)


def test_a_key_as_an_argument_is_wrong_usage_and_is_not_repeated(shell: Shell) -> None:
    assert ADMIN_KEY not in shell.fails("cost", ADMIN_KEY, status=2)


def _files(shell: Shell) -> list[Path]:
    return sorted(shell.folder.glob("stackspend.db*"))


def test_files_with_figures_and_keys_are_their_owners_alone(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    assert [file.suffix for file in _files(shell)] == [".db", ".key", ".lock"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in _files(shell)} == {0o600}


def test_files_that_others_could_read_are_taken_from_them(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    with closing(sqlite3.connect(shell.file)) as other:  # keeps the two that SQLite removes at the end
        other.execute("SELECT count(*) FROM connection").fetchall()
        assert len(_files(shell)) == 5
        for file in _files(shell):
            file.chmod(0o644)
        shell("status")
        assert {stat.S_IMODE(file.stat().st_mode) for file in _files(shell)} == {0o600}


def test_a_new_export_is_its_owners_alone_and_an_old_one_keeps_its_mode(filled: Shell) -> None:
    new, old = filled.folder / "new.csv", filled.folder / "old.csv"
    old.touch()
    old.chmod(0o640)
    for file in (new, old):
        assert filled("export", "2026-10", "--output", str(file)).status == 0
    assert [stat.S_IMODE(file.stat().st_mode) for file in (new, old)] == [0o600, 0o640]


# --- names that would command the terminal


HOSTILE = "Acme \x1b]0;owned\x07\x1b[2J\x9b31m\r\nstackspend: all is well\u202e"


def test_a_hostile_organization_commands_no_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell.api.organization, "name", HOSTILE)
    printed = [shell("connect", typed=ADMIN_KEY), shell("doctor"), shell("status", "--json")]
    assert [ran.status for ran in printed] == [0, 1, 0]  # nothing was read yet
    for ran in printed:
        assert all(character.isprintable() for line in ran.out.split("\n") for character in line)
    assert len(printed[0].out.splitlines()) == 1
    assert printed[2].json["organization"] == HOSTILE


def test_what_anthropic_says_is_one_line_and_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.complain(ProviderUnavailable(HOSTILE))
    errors = capsys.readouterr().err
    assert errors.endswith("\n")
    assert errors[:-1].isprintable()


# --- what can be wrong


def test_without_a_connection_there_is_a_sentence(shell: Shell) -> None:
    assert "isn't connected to Anthropic yet" in shell.fails("cost", "today")
    assert "isn't connected to Anthropic yet" in shell.fails("sync")


@pytest.mark.parametrize(
    "words",
    [
        "summary",
        "cost today",
        "status",
        "audit",
        "settings",
        "me mina@acme.example",
        "export 7d",
        "ask today",
    ],
)
def test_reading_verbs_create_nothing(shell: Shell, words: str) -> None:
    assert "isn't connected to Anthropic yet" in shell.fails(*words.split())
    assert list(shell.folder.iterdir()) == []


def test_a_text_is_read_without_a_database(shell: Shell) -> None:
    assert "cost today" in shell("read", "today").out
    assert list(shell.folder.iterdir()) == []


def test_a_key_that_anthropic_does_not_take_is_a_sentence(shell: Shell) -> None:
    message = shell.fails("connect", typed="sk-ant-admin01-somebody-elses")
    assert "invalid x-api-key" in message
    assert "somebody" not in message


@pytest.mark.parametrize("typed", [REGULAR_KEY, "", "hello", "sk-ant-admin01-ünïcode"])
def test_what_is_no_admin_key_is_sent_nowhere(shell: Shell, typed: str) -> None:
    shell.api.requests.clear()
    message = shell.fails("connect", typed=typed)
    assert len(shell.api.requests) == 0
    assert REGULAR_KEY not in message


def test_an_anthropic_that_is_away_is_a_sentence(shell: Shell) -> None:
    shell.set(ANTHROPIC_BASE_URL="http://127.0.0.1:9")
    message = shell.fails("connect", typed=ADMIN_KEY)
    assert message.startswith("We couldn't reach Anthropic. So we couldn't check the key")
    assert message.endswith("no connection could be made")


def test_a_revoked_key_is_a_sentence_and_loses_nothing(filled: Shell) -> None:
    filled.api.faults.revoke()
    before = filled("cost", "2026-11", "--json").out
    assert filled.fails("sync")
    assert filled("cost", "2026-11", "--json").out == before


def test_a_wrong_setting_names_every_mistake(shell: Shell) -> None:
    shell.set(DATABASE_URL="mysql://h/d", PORT="many")
    ran = shell("status")
    assert ran.status == 1
    assert "DATABASE_URL must look like" in ran.err
    assert "PORT must be between 1 and 65535" in ran.err


def test_an_absent_postgresql_is_a_sentence(shell: Shell) -> None:
    shell.set(DATABASE_URL="postgresql://root@127.0.0.1:9/none", STACKSPEND_SECRET_KEY=new_key())
    assert shell.fails("status").startswith("the database can't be used: ")


def test_a_folder_that_is_not_there_is_a_sentence(shell: Shell) -> None:
    shell.set(DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert shell.fails("status").startswith("the database can't be used: ")


def test_a_file_that_is_no_database_is_a_sentence(shell: Shell) -> None:
    shell.file.write_text("this is a letter, and not a database\n" * 100)
    assert "not a database" in shell.fails("status")


class Impatient(Sqlite):
    """Waits for the writer's turn a tenth of a second instead of ten."""

    def __init__(self, path: str) -> None:
        super().__init__(path, timeout=0.1)


def test_a_locked_database_is_a_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("connect", typed=ADMIN_KEY)
    monkeypatch.setattr(database, "Sqlite", Impatient)
    with closing(sqlite3.connect(shell.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        message = shell.fails("connect", typed=ADMIN_KEY)
    assert "locked" in message
    assert shell("status").status == 0


@pytest.mark.parametrize(
    "lost", [new_key(), "correct horse battery staple", ""], ids=["another", "no key", "none"]
)
@pytest.mark.parametrize(
    "command",
    [
        ("cost", "2026-11"),
        ("engineers", "7d"),
        ("status",),
        ("export", "2026-10"),
        ("audit",),
        ("digest", "daily"),
    ],
)
def test_figures_need_no_secret_key(filled: Shell, command: tuple[str, ...], lost: str) -> None:
    expected = filled(*command)
    filled.set(STACKSPEND_SECRET_KEY=lost)
    ran = filled(*command)
    assert (ran.status, ran.out) == (0, expected.out)


def test_reading_makes_no_secret_key(shell: Shell) -> None:
    shell("migrate")
    shell("status")
    shell("doctor")
    assert not shell.file.with_name("stackspend.db.key").exists()


def test_what_is_left_of_a_workspace_can_be_forgotten_without_the_secret_key(filled: Shell) -> None:
    filled.set(STACKSPEND_SECRET_KEY="")
    assert filled("forget", "--team", "local").status == 0
    assert "isn't connected to Anthropic" in filled.fails("cost", "2026-11")


def test_a_lost_key_file_is_reported_and_the_key_can_be_entered_again(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    shell.file.with_name("stackspend.db.key").unlink()
    doctor = shell("doctor")
    assert doctor.status == 1
    assert "✗ admin key of Acme (local): it cannot be opened" in doctor.out
    assert shell.fails("sync").startswith("The stored Admin key can't be decrypted")
    ran = shell("connect", typed=ADMIN_KEY)
    assert (ran.status, ran.err) == (0, "")
    assert "✓ Stored secrets: all can be decrypted" in shell("doctor").out


def test_a_key_file_that_is_found_again_opens_what_it_sealed(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    file = shell.file.with_name("stackspend.db.key")
    content = file.read_text()
    file.write_text(new_key())
    assert "✗ admin key of Acme (local)" in shell("doctor").out
    file.write_text(f"{file.read_text()}\n{content}")
    assert "✓ Stored secrets: all can be decrypted" in shell("doctor").out


def test_a_wrong_secret_key_is_named_by_the_doctor_with_what_it_costs(shell: Shell) -> None:
    mine, lost = new_key(), new_key()
    shell.set(STACKSPEND_SECRET_KEY=lost)
    shell("connect", "--team", "T2", typed=ADMIN_KEY)
    shell.set(STACKSPEND_SECRET_KEY=mine)
    shell("connect", "--team", "T1", typed=ADMIN_KEY)
    ran = shell("doctor")
    assert ran.status == 1
    assert [line for line in ran.out.splitlines() if "(T2)" in line]
    assert not [line for line in ran.out.splitlines() if "(T1)" in line]
    assert ran.out.count("✓ Acme, key …4Q7x: Anthropic accepts it") == 1


def test_a_malformed_secret_key_is_a_sentence(shell: Shell) -> None:
    shell.set(STACKSPEND_SECRET_KEY="correct horse battery staple")
    message = shell.fails("connect", typed=ADMIN_KEY)
    assert "must hold Fernet keys" in message
    assert "horse" not in message


def test_a_key_file_that_was_spoiled_is_a_sentence(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    (shell.folder / "stackspend.db.key").write_bytes(b"\xff\xfe")
    assert "must hold Fernet keys" in shell("doctor").out
    assert shell("status").status == 0


# --- a process of its own, with little rights or little room


def run(shell: Shell, *arguments: str, room: int = resource.RLIM_INFINITY) -> Ran:
    """Run a command as its own process: it may write what rights allow, and files of so many bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        for right in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):  # even root may not write what is read-only
            ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, right)

    ended = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env={**os.environ, **shell.environment},
        input=ADMIN_KEY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=limit,  # the limits are the child's alone
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def test_a_full_disk_is_a_sentence_and_loses_nothing(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    cover_days(shell, days=2)
    full = run(shell, "sync", room=shell.file.stat().st_size + 20_000)
    assert full.status == 1
    assert "Traceback" not in full.err
    assert full.err.splitlines()[-1].startswith("stackspend: the database can't be used: ")
    assert shell("sync").status == 0
    with database.session():
        connection = connections.every()[0]
        first = datetime.now(UTC).date() - timedelta(days=2)
        cost = spend.total(connection.id, Period(first, first + timedelta(days=2))).cost
    assert cost == shell.api.organization.books.total(first, first + timedelta(days=2))


def test_a_folder_one_may_not_write_to_is_a_sentence(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    opened.close()
    paths = [*shell.folder.iterdir(), shell.folder]
    for path in paths:
        path.chmod(0o555)
    ran = run(shell, "sync")
    for path in reversed(paths):
        path.chmod(0o755)
    assert ran.status == 1
    assert "Traceback" not in ran.err
    assert ran.err.splitlines()[-1].startswith("stackspend: ")


# --- looking after it


def test_migrating_says_what_was_applied_and_then_that_there_is_nothing(shell: Shell) -> None:
    assert shell("migrate").out.startswith("Applied 0001_initial, 0002_assignments, ")
    assert shell("migrate").out == "The database is up to date.\n"


def test_a_worker_waits_for_migrations(shell: Shell) -> None:
    assert "Run `stackspend migrate`" in shell.fails("worker")


def test_rotating_encrypts_with_the_first_key_so_that_the_others_may_go(shell: Shell) -> None:
    old, new = new_key(), new_key()
    shell.set(STACKSPEND_SECRET_KEY=old)
    shell("connect", typed=ADMIN_KEY)
    steps = shell("rotate-secret").out
    assert [f"\n{step}. " in steps for step in (1, 2, 3)] == [True] * 3
    shell.set(STACKSPEND_SECRET_KEY=f"{new},{old}")
    assert shell("rotate-secret").out.startswith("1 stored key")
    shell.set(STACKSPEND_SECRET_KEY=new)
    assert shell("status").status == 0
    with database.session():
        assert connections.key_of(connections.every()[0].id, Vault([new])) == ADMIN_KEY
    (entry, *_) = shell("audit", "--json").json["entries"]
    assert (entry["what"], entry["detail"]) == ("secret rotated", "1 stored key")


MANY = {"SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": CLIENT_SECRET, "SLACK_SIGNING_SECRET": "s"}


def _installed(team: str, token: str, vault: Vault) -> None:
    with database.transaction():
        installations.save(
            team, "", name=team, bot_user_id="UB", token=token, vault=vault, by="U1", at=clock.now()
        )


def test_rotating_encrypts_the_tokens_of_slack_too(shell: Shell) -> None:
    old, new = new_key(), new_key()
    shell.set(STACKSPEND_SECRET_KEY=f"{new},{old}")
    shell("migrate")
    _installed("T1", "xoxb-1", Vault([old]))
    assert shell("rotate-secret").out.startswith("1 stored key")
    shell.set(STACKSPEND_SECRET_KEY=new)
    assert "✓ Stored secrets: all can be decrypted" in shell("doctor").out


def test_a_workspace_can_be_forgotten_at_once(shell: Shell) -> None:
    shell("connect", "--team", "T1", typed=ADMIN_KEY)
    assert shell("forget", "--team", "T1").out == "Everything of T1 is deleted.\n"
    assert "isn't connected to Anthropic" in shell.fails("status", "--team", "T1")


def test_forgetting_what_is_not_there_is_no_success(shell: Shell) -> None:
    shell("connect", "--team", "T1", typed=ADMIN_KEY)
    assert "There is nothing stored for T0TYPO" in shell.fails("forget", "--team", "T0TYPO")
    assert shell("status", "--team", "T1").status == 0


def test_forgetting_is_in_the_log_of_whoever_runs_it(shell: Shell) -> None:
    shell("connect", "--team", "T1", typed=ADMIN_KEY)
    shell("forget", "--team", "T1")
    assert shell("audit", "--team", "local", "--json").json["entries"][0]["what"] == "forgotten"
    assert shell("audit", "--team", "T1", "--json").json["entries"] == []


@pytest.mark.parametrize(
    ("lost", "notice"),
    [(False, "Its Slack token is revoked.\n"), (True, "In Slack, open Manage apps and remove")],
)
def test_forgetting_takes_the_slack_token_back(shell: Shell, notice: str, *, lost: bool) -> None:
    shell("migrate")
    key = new_key()
    with serving(Workspace()) as slack:
        token, vault = slack.workspace.token, Vault([new_key() if lost else key])
        _installed("T0ACME0001", token, vault)
        shell.set(STACKSPEND_SECRET_KEY=key, SLACK_API_URL=slack.api_url)
        ran = shell("forget", "--team", "T0ACME0001")
        assert (ran.status, slack.workspace.token_error) == (0, None if lost else "token_revoked")
    assert notice in ran.out
    assert token not in ran.out + ran.err


@pytest.mark.parametrize("verb", [("forget",), ("disconnect", "--yes")])
@pytest.mark.parametrize("is_installed", [True, False])
def test_figures_are_taken_off_every_home_tab(
    shell: Shell, verb: tuple[str, ...], *, is_installed: bool
) -> None:
    with serving(Workspace()) as slack:
        team, key = "T0ACME0001", new_key()
        shell.set(STACKSPEND_SECRET_KEY=key, SLACK_API_URL=slack.api_url)
        shell("connect", "--team", team, typed=ADMIN_KEY)
        if is_installed:
            _installed(team, slack.workspace.token, Vault([key]))
        else:
            shell.set(SLACK_BOT_TOKEN=slack.workspace.token, SLACK_SIGNING_SECRET="s")
        with database.transaction():
            home_views.remember(team, MEMBER, at=NOW)
        assert shell(*verb, "--team", team).status == 0
        assert "isn't connected to Anthropic yet" in slack.wait(kind="home").words


def test_home_tabs_that_cannot_be_reached_are_counted(shell: Shell) -> None:
    shell("connect", "--team", "T1", typed=ADMIN_KEY)
    with database.transaction():
        home_views.remember("T1", MEMBER, at=NOW)
    assert "We couldn't update 1 Home tab" in shell("forget", "--team", "T1").out


# --- the one way in for a key


def test_a_key_is_cleaned_as_the_modal_does(shell: Shell) -> None:
    assert (
        shell("connect", "anthropic", typed=f'\n "{ADMIN_KEY[:20]}\u200b{ADMIN_KEY[20:]}" \r\n').status == 0
    )
    assert "Anthropic accepts it" in shell("doctor").out


def test_a_key_that_cannot_see_a_bill_is_not_stored(shell: Shell) -> None:
    shell.api.faults.down("cost_report", status=500)
    assert shell.fails("connect", typed=ADMIN_KEY)
    assert "isn't connected to Anthropic" in shell.fails("status")


def test_a_refused_key_is_in_the_log(shell: Shell) -> None:
    shell.fails("connect", typed="sk-ant-admin01-somebody-elses")
    (entry,) = shell("audit", "--json").json["entries"]
    assert (entry["who"], entry["what"]) == ("command line", "key refused")


def test_another_organizations_key_is_thrown_away_only_where_that_was_said(shell: Shell) -> None:
    shell("connect", typed=ADMIN_KEY)
    with opened.connection_context():
        Connection.update(organization_id="org-other", organization_name="Umbrella").execute()
    message = shell.fails("connect", typed=ADMIN_KEY)
    assert "This key belongs to Acme, but Umbrella is connected." in message
    assert "--replace" in message
    assert shell("status", "--json").json["organization"] == "Umbrella"
    assert shell("connect", "--replace", typed=ADMIN_KEY).status == 0
    assert shell("status", "--json").json["organization"] == "Acme"


@pytest.mark.parametrize("argument", [ADMIN_KEY, REGULAR_KEY, "openai"])
def test_what_stands_in_the_place_of_the_provider_is_not_repeated(shell: Shell, argument: str) -> None:
    ran = shell("connect", argument)
    assert ran.status == 2
    assert "anthropic" in ran.err
    assert argument == "openai" or argument not in ran.err


# --- disconnect


def test_disconnecting_deletes_the_key_and_keeps_the_figures(filled: Shell) -> None:
    before = filled("cost", "2026-11", "--json").json
    assert "--yes" in filled.fails("disconnect")
    assert "history kept" in filled("disconnect", "--yes").out
    assert filled("audit", "--json").json["entries"][0]["what"] == "disconnected"
    with database.session():
        assert connections.every() == []
        (past,) = connections.past_of_team("local")
        total_before = spend.total(past.id, Period(TODAY.replace(day=1), TODAY + timedelta(days=1)))
        assert str(total_before.cost) == before["total"]


@ON_SQLITE
def test_history_that_is_kept_is_answered_as_in_slack(filled: Shell) -> None:
    before = filled("cost", "2026-10", "--json").json
    filled("disconnect", "--yes")
    assert filled("cost", "2026-10", "--json").json == before
    assert "Anthropic is disconnected" in filled("cost", "2026-11").out
    assert filled("export", "2026-10").out
    for verb in ("status", "summary"):
        assert "isn't connected to Anthropic yet" in filled.fails(verb)
    filled("connect", "--team", "T2", typed=ADMIN_KEY)
    with database.transaction():
        Connection.update(team_id="T1").where(Connection.team_id == "local").execute()
        Connection.update(state="disconnected").execute()
    assert "several Slack workspaces. Choose one with --team: T1, T2" in filled.fails("cost", "2026-10")


def test_a_reader_that_knows_ascii_alone_gets_an_answer(tmp_path: Path) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "bot", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True)
    assert "\u2713 Environment" in done.stdout.decode()
    assert done.stderr == b""


def test_the_bot_does_not_run_without_slack_unless_that_is_wanted(shell: Shell) -> None:
    refused = shell.fails("run")
    assert "Slack isn't set up" in refused
    assert "--without-slack" in refused
    assert not list(shell.folder.glob("stackspend.db*"))
