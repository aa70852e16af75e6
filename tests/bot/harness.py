"""A harness for the Slack side: the real app behind a port, the stand-in Slack, and a simple Anthropic."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler

from bot.listeners.context import Context
from bot.listeners.keys.connect import KEY_PAGE
from bot.listeners.keys.key_page import KeyPage
from bot.pools.watches import Watches
from bot.runtime.http import signature
from bot.runtime.http.rate_limit import FailureLimiter
from bot.runtime.http.routes import application
from bot.services import Services
from bot.slack.web_client import client_of
from bot.sync import jobs
from bot.teams.app import app_of, open_context
from demo.slack.http import at_address
from demo.slack.server import Entry, Slack, Workspace, serving
from demo.stage import free_port
from providers.activity import CodeActivity
from providers.directory import Directory
from providers.directory import Entry as Listed
from providers.money import billionths
from providers.note import Note
from providers.period import Period
from providers.provider import (
    ActivityReported,
    ChargesReported,
    DirectoryReported,
    NotOffered,
    Organization,
    ProviderError,
    ProviderRefused,
    UsageReported,
)
from providers.reported import Place, SpendReported
from providers.spend import Attribution, KindSpend, Spend
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault, new_key
from storage.facts import activity, charges, coverage, directory, spend
from storage.state import connections
from storage.state.connections import Connection
from tests.bot.socket_slack import carried
from tests.storage.samples import open_names

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
POOL_THREADS = 4
EUROS = "Anthropic's bill of Nov 21 cannot be read: it is in EUR, and StackSpend reads US dollars only"
ADMIN_KEY = "sk-ant-admin01-abcdefghijklmnop-wQAA"
ACME, UMBRELLA = Organization("org-acme", "Acme"), Organization("org-umbrella", "Umbrella")


@dataclass
class Anthropic:
    """An Anthropic that returns the organization of a known key, and fails for any other or in trouble."""

    organizations: dict[str, Organization] = field(default_factory=lambda: {ADMIN_KEY: ACME})
    trouble: ProviderError | None = None
    keys: list[str] = field(default_factory=list)  # the keys that it was opened with
    oddity: Note | None = None  # that keeps the whole bill from being read
    calls: int = 0
    hangs: bool = False
    goes_on: threading.Event = field(default_factory=threading.Event)

    def open(self, key: str) -> "Anthropic":
        self.keys.append(key)
        return self

    def organization(self) -> Organization:
        if self.hangs:
            assert self.goes_on.wait(30)
        if self.trouble:
            raise self.trouble
        if self.keys[-1] not in self.organizations:
            raise ProviderRefused("GET /me: 401 invalid x-api-key")
        return self.organizations[self.keys[-1]]

    def charges(self, period: Period) -> ChargesReported:
        if self.oddity:
            return ChargesReported([], [], [self.oddity])
        return ChargesReported(list(period.days()), [])

    def usage(self, start: datetime, end: datetime, *, workspaces: dict[str, str | None]) -> UsageReported:
        del workspaces
        return UsageReported(start, end, [])

    def spend_until(self, *, now: datetime) -> datetime:
        raise NotOffered(f"nothing by the hour at {now}", reason="organization_not_enrolled_in_beta")

    def spend(self, start: datetime, end: datetime, *, names: Directory, now: datetime) -> SpendReported:
        raise NotOffered(f"{start} to {end} {names} {now}", reason="organization_not_enrolled_in_beta")

    def spend_totals(
        self, period: Period, *, names: Directory, now: datetime
    ) -> dict[date, dict[Place, Decimal]]:
        raise NotOffered(f"{period} {names} {now}", reason="organization_not_enrolled_in_beta")

    def activity(self, day: date) -> ActivityReported:
        del day
        return ActivityReported([])

    def directory(self) -> DirectoryReported:
        return DirectoryReported([])


@dataclass
class Harness:
    """Everything that a test can look at."""

    slack: Slack
    anthropic: Anthropic
    vault: Vault
    services: Services
    woken: threading.Event
    moment: list[datetime]
    context: Context

    @property
    def team_id(self) -> str:
        return self.slack.workspace.team_id

    def ask(self, user: str, text: str, channel: str | None = None) -> Entry:
        """Type a command and wait for the answer to that person."""
        command = self.slack.command(user, text, channel=channel)
        return self.slack.wait(lambda entry: entry.kind in ("ephemeral", "dm", "modal"), after=command.index)

    def press(self, user: str, entry: Entry, action: str) -> int:
        """Press the first button, or make the first choice in a menu, with this action or label.

        The action of a choice is the first word of its value. Returns the position in the transcript.
        """
        for block_id, element in pressable(entry):
            if action in (element["action_id"], (element.get("text") or {}).get("text")):
                return self.slack.click(user, entry, element["action_id"], block_id).index
            for option in element.get("options") or ():
                if action in (option["text"]["text"], option["value"].partition(" ")[0]):
                    value = option["value"]
                    return self.slack.select(user, entry, element["action_id"], value, block_id).index
        raise LookupError(action)

    def choose(self, user: str, entry: Entry, action: str, value: str) -> int:
        """Choose a value of a menu; return the position in the transcript."""
        return self.slack.select(user, entry, action, value).index

    def after(self, index: int, *kinds: str, contains: str = "") -> Entry:
        """Wait for the next entry of these kinds."""
        return self.slack.wait(lambda entry: entry.kind in kinds, after=index, contains=contains)

    def pass_two_minutes(self) -> None:
        """Let two minutes pass."""
        self.moment[0] += timedelta(minutes=2)

    def connection(self) -> Connection | None:
        with session():
            return connections.of_team(self.team_id)


def pressable(entry: Entry) -> Iterator[tuple[str, dict[str, Any]]]:
    """The buttons and menus of a message or view, in rows and beside text, each with its block."""
    for block in entry.payload.get("blocks") or ():
        beside = block.get("accessory") if block["type"] == "section" else None
        for element in block["elements"] if block["type"] == "actions" else filter(None, [beside]):
            yield block["block_id"], element


@contextmanager
def open_harness(
    admins: frozenset[str] = frozenset(),
    *,
    for_browsers: bool = False,
    over_socket: bool = False,
    are_names_open: bool = True,
) -> Iterator[Harness]:
    """Open Slack and the bot; at the end, everything that was shown must be valid for Slack.

    With pages `for_browsers`, the modal for the key links to one. Slack reaches the bot by signed requests,
    or `over_socket`.
    """
    anthropic, vault, woken, moment = Anthropic(), Vault([new_key()]), threading.Event(), [NOW]
    port = free_port() if for_browsers else 0
    public_url = f"http://127.0.0.1:{port}" if for_browsers else ""
    with serving(Workspace()) as slack, ThreadPoolExecutor(POOL_THREADS) as pool:
        services = Services(
            vault,
            anthropic.open,
            admins,
            lambda: moment[0],
            pool,
            woken.set,
            public_url=public_url,
            elapsed=lambda: moment[0].timestamp(),  # noqa: PLW0108 - the moment moves on
            watches=Watches(pace=0.02),
        )
        workspace = slack.workspace
        client = client_of(workspace.token, slack.api_url)
        context = open_context(services, client, workspace.team_id, ack_delay=0)
        if are_names_open:
            open_names(workspace.team_id)
        app = app_of(context, signing_secret=workspace.signing_secret)
        bolt = signature.require(SlackRequestHandler(app, path="/slack/events"), workspace.signing_secret)
        page = KeyPage(
            lambda team_id: context if team_id == workspace.team_id else None,
            services.now,
            FailureLimiter(services.elapsed),
        )
        everything = application(slack=bolt, is_ready=lambda: True, now=services.now, others={KEY_PAGE: page})
        with (
            at_address(cast("Any", everything), port=port) as address,
            _way(app, address, over_socket=over_socket) as slack.request_url,
        ):
            yield Harness(slack, anthropic, vault, services, woken, moment, context)
            services.watches.stop()
            pool.shutdown()
        assert slack.violations == []
        assert slack.failures == []


def _way(app: App, address: str, *, over_socket: bool) -> AbstractContextManager[str]:
    return carried(app) if over_socket else nullcontext(f"{address}/slack/events")


def connect(harness: Harness, organization: Organization = ACME) -> Connection:
    """Store a connection without history."""
    with transaction():
        connection = connections.connect(
            harness.team_id,
            organization.id,
            organization.name,
            key=ADMIN_KEY,
            vault=harness.vault,
            by="U0ADMIN001",
            at=NOW,
        )
        jobs.begin(connection, now=NOW)
    return connection


def fill(connection: Connection, days: int = 60) -> None:
    """Store that Mina's key spent ten dollars a day on one model, with her Claude Code activity."""
    key = Listed("apikey_1", "api_key", "ci-nightly", owner_id="user_1")
    mina = Listed("user_1", "user", "Mina Okafor", email="mina@acme.example")
    with transaction():
        directory.remember(connection.id, [key, mina])
        for back in range(1, days):
            bill(connection, NOW.date() - timedelta(days=back))
        coverage.mark(connection.id, "usage", [NOW.date()], at=NOW, until=NOW)
        connections.set_first_day(connection.id, NOW.date() - timedelta(days=days - 1))


def bill(connection: Connection, day: date) -> None:
    """Store one such day. Call within a transaction."""
    spend.replace(connection.id, day, _ten_dollars(day), estimated=False)
    charges.replace(connection.id, [day], [], at=NOW)
    coverage.mark(connection.id, "usage", [day], at=NOW)
    code = CodeActivity(day, "mina@acme.example", None, "api", "", Decimal(2), sessions=1, commits=3)
    activity.replace(connection.id, day, [code], at=NOW, until=NOW)


def _ten_dollars(day: date) -> Attribution:
    hour, six = datetime(day.year, day.month, day.day, 9, tzinfo=UTC), (1000, 0, 0, 0, 500, 0)
    line = Spend(hour, None, "apikey_1", "claude-opus-5-5", "messages_api", billionths(Decimal(10)), six)
    return Attribution([line], [KindSpend(hour, "output", line.cost, 500)])
