"""A company for the real jobs: its ledger, its Admin API in memory, its Slack, a clock that tests move."""

import gc
import os
import pickle
import sqlite3
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl
from weakref import WeakSet

import httpx
import pytest
from slack_sdk import WebClient

from bot.posting.outbox_worker import OutboxWorker
from bot.services import Services
from bot.slack.client import SlackClient
from bot.sync import jobs
from bot.sync.worker import Worker
from demo.admin_api.faults import ADMIN_KEY
from demo.admin_api.request_log import Request
from demo.admin_api.server import AdminApi as Simulated
from demo.company.organization import Organization
from demo.company.workload import Habits
from demo.slack.people import ADMIN, SPEND, TEAM
from demo.slack.server import Slack, Workspace, serving
from providers.anthropic.client import Anthropic
from providers.anthropic.http.admin_api import AdminApi
from providers.period import Period
from storage.engine.database import is_sqlite, transaction
from storage.engine.secrets import Vault
from storage.engine.tables import TABLES, database
from storage.facts import coverage, spend
from storage.state import connections, posts, subscriptions
from storage.state.connections import Connection
from storage.state.posts import Post
from storage.state.subscriptions import Plan, Subscription
from tests.storage.samples import open_names

FIRST = date(2026, 10, 20)
NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
TODAY, YESTERDAY = NOW.date(), NOW.date() - timedelta(days=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ENGINEERS = 6
SERVING_HOURS = (2, 7, 10, 11, 15, 19)
"""When production runs: all kinds of calls are there, and a third of a whole day's rows to read and store."""
HABITS = Habits(serving_hours=SERVING_HOURS)
SECRET = urlsafe_b64encode(b"a secret key that is of tests...").decode()
"""The same in every process, which read databases of each other."""
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests in which SQL is not the point: one engine is enough."""
_WORKDAYS: dict[date, Any] = {}
_TEMPLATES: dict[Path, Any] = {}


@pytest.fixture(autouse=True, scope="module")
def sockets_ended() -> Iterator[None]:
    """Wait for the threads of closed sockets, so that their errors belong to the module that opened them."""
    yield
    for thread in threading.enumerate():
        if thread.name == "socket-end":
            thread.join(10)


class Clock:
    """A clock that tests move."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def advance(self, length: timedelta) -> None:
        self.moment += length

    def to(self, moment: datetime) -> None:
        self.moment = moment


class AtOnce(Executor):
    """Runs a task before `submit` returns."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(task(*arguments, **named))
        except Exception as error:  # noqa: BLE001 - as every executor does
            done.set_exception(error)
        return done


class Postponed(Executor):
    """Keeps tasks until a test runs them."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        self.waiting.append(lambda: task(*arguments, **named))
        return Future()


@dataclass
class Company:
    """An organization, its Admin API, and the services of a bot that reads it."""

    organization: Organization
    clock: Clock
    api: Simulated
    admins: frozenset[str] = frozenset()
    vault: Vault = field(default_factory=lambda: Vault([SECRET]))
    templates: Path | None = None  # where filled databases are kept
    woken: list[datetime] = field(default_factory=list)
    before_each_call: Callable[[], None] = lambda: None
    first_walk: list[Request] = field(default_factory=list)  # the requests of the backfill
    _opened: WeakSet[Anthropic] = field(default_factory=WeakSet)

    def open_provider(self, key: str) -> Anthropic:
        """Open the real client over the simulated API, without sockets or pauses."""
        transport = httpx.WSGITransport(cast("Any", self._answer))
        opened = Anthropic(
            AdminApi(key, base_url="http://anthropic.test", transport=transport, sleep=lambda _: None)
        )
        self._opened.add(opened)
        return opened

    def providers_held(self) -> int:
        """Count the providers that somebody still holds, and with each a key."""
        gc.collect()
        return len(self._opened)

    def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.before_each_call()
        return self.api(environ, start_response)

    @property
    def services(self) -> Services:
        return Services(
            vault=self.vault,
            open_provider=self.open_provider,
            admins=self.admins,
            now=self.clock,
            pool=AtOnce(),
            wake=lambda: self.woken.append(self.clock()),
            elapsed=self.clock.seconds,
        )

    def connect(self, *, first_day: date | None = None, key: str = ADMIN_KEY, by: str = ADMIN) -> Connection:
        """Connect it; with a `first_day`, only missing days since then are left to read."""
        organization = self.organization
        with transaction():
            connection = connections.connect(
                TEAM,
                organization.roster.organization_id,
                organization.name,
                key=key,
                vault=self.vault,
                by=by,
                at=self.clock(),
            )
            if first_day:
                connections.set_first_day(connection.id, first_day)
            jobs.begin(connections.by_id(connection.id), now=self.clock())
        open_names(TEAM)
        return connections.by_id(connection.id)

    @property
    def connection(self) -> Connection:
        """The connection as it is now."""
        connection = connections.of_team(TEAM)
        assert connection
        return connection

    def worker(self, name: str = "worker", **other: Any) -> Worker:
        """Return a worker that finishes everything before `tick` returns."""
        return Worker(name, self.services, AtOnce(), AtOnce(), **other)

    def sync(self) -> None:
        """Run the due jobs."""
        self.worker().tick()

    def sync_at(self, moment: datetime) -> None:
        """Move the clock and run the jobs that are due then."""
        self.clock.to(moment)
        self.sync()

    def live(self, until: datetime, *, step: timedelta = 10 * MINUTE) -> None:
        """Let time pass while a worker ticks."""
        while self.clock() < until:
            self.clock.advance(min(step, until - self.clock()))
            self.sync()

    def calls(self, endpoint: str) -> list[dict[str, str]]:
        """Return the queries to an endpoint since the log was last cleared."""
        return queries(self.api.requests, endpoint)

    def billed(self, start: date, end: date = TODAY) -> Decimal:
        """Return the cost by the company's ledger."""
        return self.organization.books.total(start, end)

    def remembered(self, start: date, end: date = TODAY) -> Decimal:
        """Return the cost by our own database."""
        return spend.total(self.connection.id, Period(start, end)).cost

    def knows(self, report: coverage.ReportName, start: date, end: date = TODAY) -> bool:
        """Say whether a report covers every day."""
        return len(coverage.days(self.connection.id, report, Period(start, end))) == (end - start).days


def queries(requests: Iterable[Request], endpoint: str) -> list[dict[str, str]]:
    """Return the parameters of every request to an endpoint, in order; of repeated ones the last."""
    return [dict(parse_qsl(request.query)) for request in requests if request.endpoint == endpoint]


def days_of(calls: Iterable[dict[str, str]]) -> list[Period]:
    """Return the days that the calls of a report covered."""
    moments = [
        (datetime.fromisoformat(c["starting_at"]), datetime.fromisoformat(c["ending_at"])) for c in calls
    ]
    return [Period(start.date(), (end - timedelta(seconds=1)).date() + DAY) for start, end in moments]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def company(store: str, clock: Clock, templates: Path) -> Company:
    """A company that nobody has connected yet."""
    assert store
    made = new_company(clock)
    made.templates = templates
    return made


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of one run share, for databases that take long to fill."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "templates"
    folder.mkdir(exist_ok=True)
    return folder


class Changed:
    """A provider with some answers changed."""

    def __init__(self, provider: Any, changes: Mapping[str, Callable[[Any], Any]]) -> None:
        self._provider, self._changes = provider, changes

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._provider, name)
        if name not in self._changes:
            return method
        return lambda *arguments, **named: self._changes[name](method(*arguments, **named))


def change(company: Company, **changes: Callable[[Any], Any]) -> None:
    """Change what the provider answers, by the names of its methods."""
    real = company.open_provider
    company.open_provider = lambda key: Changed(real(key), changes)  # type: ignore[method-assign, assignment, return-value]


def new_company(clock: Clock, *, first_day: date = FIRST, **simulation: Any) -> Company:
    """Return a company; its working days are generated once for all tests."""
    days = _WORKDAYS if first_day == FIRST else None
    organization = Organization(7, first_day, ENGINEERS, habits=HABITS, workdays=days)
    return Company(organization, clock, Simulated(organization, clock, **simulation))


@pytest.fixture
def walked(company: Company) -> Company:
    """A company whose whole history has been read."""
    return walked_once(company, "walked", lambda: connect_and_sync(company))


def connect_and_sync(company: Company) -> None:
    """Connect and read the whole history."""
    company.connect()
    company.sync()
    connections.set_progress_message(company.connection.id, None)


def walked_once(company: Company, name: str, walk: Callable[[], object]) -> Company:
    """Return the company after a walk, which runs once an engine and is copied for every test."""
    assert company.templates
    file = company.templates / f"{name}, {'sqlite' if is_sqlite() else 'postgresql'}"
    if file not in _TEMPLATES and file.exists():
        _TEMPLATES[file] = pickle.loads(file.read_bytes())
    if file in _TEMPLATES:
        copied, company.first_walk, company.clock.moment = _TEMPLATES[file]
        _paste(copied)
    else:
        walk()
        company.first_walk = list(company.api.requests)
        _TEMPLATES[file] = _copy(), company.first_walk, company.clock.moment
        unfinished = file.with_name(f"{file.name}, {os.getpid()}")
        unfinished.write_bytes(pickle.dumps(_TEMPLATES[file]))
        unfinished.rename(file)
    company.api.requests.clear()
    return company


def _copy() -> Any:
    if is_sqlite():
        copied = bytearray(database.connection().serialize())
        copied[18:20] = (
            b"\x01\x01"  # not in WAL mode, which memory cannot be: https://www.sqlite.org/fileformat.html
        )
        return bytes(copied)
    return [_copied(table) for table in TABLES]


def _copied(table: Any) -> bytes:
    with database.cursor() as cursor, cursor.copy(f'COPY "{_name(table)}" TO STDOUT') as copy:
        return b"".join(copy)


def _paste(template: Any) -> None:
    if is_sqlite():
        with closing(sqlite3.connect(":memory:")) as memory:
            memory.deserialize(template)
            memory.backup(database.connection())
        return
    with database.atomic():
        for table, rows in zip(TABLES, template, strict=True):
            if not rows:
                continue
            with database.cursor() as cursor, cursor.copy(f'COPY "{_name(table)}" FROM STDIN') as copy:
                copy.write(rows)
            if table._meta.auto_increment:
                last = f'(SELECT COALESCE(MAX(id), 1) FROM "{_name(table)}")'
                database.execute_sql(f"SELECT setval(pg_get_serial_sequence('{_name(table)}', 'id'), {last})")


def _name(table: Any) -> str:
    return str(table._meta.table_name)


@dataclass
class OutboxHarness:
    """The outbox of the company's team, and the Slack that it posts to."""

    company: Company
    slack: Slack
    channels: dict[str, SlackClient]

    def worker(self, name: str = "outbox") -> OutboxWorker:
        return OutboxWorker(name, self.channels.get, self.company.clock)

    def tick(self) -> None:
        self.worker().tick()

    def tick_at(self, moment: datetime) -> None:
        self.company.clock.to(moment)
        self.tick()

    def live(self, until: datetime, *, step: timedelta = MINUTE) -> None:
        """Let time pass with an outbox worker that ticks."""
        while self.company.clock() < until:
            self.tick_at(self.company.clock() + min(step, until - self.company.clock()))

    def subscribe(
        self, next_at: datetime, *, channel: str = SPEND, owner: str = ADMIN, **more: Any
    ) -> Subscription:
        """Set up a daily digest that is next due at a moment (UTC)."""
        usual: dict[str, Any] = {"plan": Plan(time=f"{next_at:%H:%M}")}
        return subscriptions.save(
            TEAM,
            channel_id=channel,
            channel_name="claude-spend",
            set_up_by=owner,
            next_at=next_at,
            **{**usual, **more},
        )

    def in_channel(self, channel: str = SPEND) -> Sequence[Any]:
        return self.slack.workspace.messages(channel)

    def direct_messages(self, person: str = ADMIN) -> list[str]:
        """Return the texts of the bot's direct messages to a person, every readable part of each."""
        entries = [
            e for e in self.slack.workspace.transcript if e.kind == "dm" and e.channel == f"D{person[1:]}"
        ]
        return [entry.words for entry in entries]

    def edits(self) -> list[Any]:
        return [entry for entry in self.slack.workspace.transcript if entry.kind == "edit"]

    def post(self, prefix: str = "digest:") -> Post:
        """Return the one post in the outbox whose key has this prefix."""
        (post,) = posts.by_key_prefix(TEAM, prefix)
        return post


@pytest.fixture
def slack(clock: Clock) -> Iterator[Slack]:
    """A Slack workspace; at the end, everything that was sent must be valid for Slack."""
    with serving(Workspace(clock=clock.seconds)) as served:
        yield served
        assert served.violations == []


@pytest.fixture
def channel(slack: Slack) -> SlackClient:
    client = WebClient(slack.workspace.token, base_url=slack.api_url, timeout=2)
    return SlackClient(client, team_id=TEAM, wait=_no_time)


def _no_time(_seconds: float) -> None:
    """Wait for nothing: the stand-in Slack is ready by the second question."""


@pytest.fixture
def outbox(walked: Company, slack: Slack, channel: SlackClient) -> OutboxHarness:
    return OutboxHarness(walked, slack, {TEAM: channel})


def stop_after(count: int, error: type[BaseException] = KeyboardInterrupt) -> Callable[..., None]:
    """Return a callback that passes `count` times and then raises, as a kill would."""
    left = iter(range(count))

    def callback(*_: Any) -> None:
        if next(left, None) is None:
            raise error

    return callback


def walk_until_stopped(company: Company, steps: int) -> None:
    """Work for some steps of the backfill, then stop without releasing the lease."""
    with suppress(KeyboardInterrupt):
        company.worker("stopped", on_progress=stop_after(steps)).tick()
