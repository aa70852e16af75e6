"""One bot for several companies, each with its own Slack workspace and Anthropic organization."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from bot.posting.outbox_worker import OutboxWorker
from bot.program import Program, http_routes
from bot.runtime.http.routes import application
from bot.services import Services
from bot.settings import Settings
from bot.teams.uninstall import Cleanup
from bot.teams.workspaces import ManyWorkspaces
from demo.slack.cloud import CLIENT_ID, CLIENT_SECRET, Cloud, neighbor, serving_all
from demo.slack.http import at_address
from demo.slack.people import ADMIN, Enterprise
from demo.slack.server import Entry, Slack, Workspace
from providers.provider import Organization
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault, new_key
from storage.state import connections
from storage.state.connections import Connection
from tests.bot.conftest import AtOnce
from tests.bot.harness import NOW, UMBRELLA, Anthropic
from tests.storage.samples import open_names

GRID = Enterprise("E0GRID0001", "Initech Group")
UMBRELLAS_KEY = "sk-ant-admin01-umbrella-0123456789-9999"
SECOND = "2"  # how ids of the second workspace end
COOKIE = "slack-app-oauth-state"


@dataclass
class SharedBot:
    """Everything that a test can look at."""

    cloud: Cloud
    slacks: dict[str, Slack]
    anthropic: Anthropic
    vault: Vault
    many: ManyWorkspaces
    services: Services
    moment: list[datetime]
    address: str

    def __getitem__(self, workspace: Workspace) -> Slack:
        return self.slacks[workspace.team_id]

    @property
    def now(self) -> datetime:
        return self.moment[0]

    def advance(self, length: timedelta) -> None:
        self.moment[0] += length

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.address}{path}", headers=headers)

    def begin(self) -> tuple[str, str]:
        """Follow the install link to Slack; return the path that Slack redirects to, and the cookie."""
        response = self.get("/slack/install")
        assert response.status_code == 302
        cookie = response.headers["set-cookie"].split(";")[0]
        back = httpx.get(response.headers["location"]).headers["location"]
        return back.removeprefix(PUBLIC), cookie

    def install(self, *workspaces: Workspace, by: str = ADMIN) -> httpx.Response:
        """Install the app as in a browser; several workspaces are a whole enterprise."""
        self.cloud.chosen, self.cloud.by = workspaces, by
        path, cookie = self.begin()
        return self.get(path, Cookie=cookie)

    def ask(self, workspace: Workspace, user: str, text: str, channel: str | None = None) -> Entry:
        """Type a command and wait for the answer to that person."""
        command = self[workspace].command(user, text, channel=channel)
        kinds = ("ephemeral", "dm", "modal")
        return self[workspace].wait(lambda entry: entry.kind in kinds, after=command.index)

    def connection(self, workspace: Workspace) -> Connection | None:
        with session():
            return connections.of_team(workspace.team_id)

    def outbox_worker(self) -> OutboxWorker:
        return OutboxWorker("outbox", self.many.slack_of, lambda: self.now)

    def cleanup(self) -> Cleanup:
        return Cleanup(self.many.teams.client, lambda: self.now, lambda: self.now)


PUBLIC = "https://spend.example"


@contextmanager
def open_shared_bot(*workspaces: Workspace, at_once: bool = False) -> Iterator[SharedBot]:
    """Open Slack and the bot; at the end, everything that was shown must be valid for Slack.

    With `at_once`, all the work of a request is finished when it is acknowledged.
    """
    anthropic, vault, moment = Anthropic(), Vault([new_key()]), [NOW]
    anthropic.organizations[UMBRELLAS_KEY] = UMBRELLA
    cloud = Cloud(workspaces)
    pool: Executor = AtOnce() if at_once else ThreadPoolExecutor(4)
    with serving_all(cloud) as slacks, pool:
        settings = Settings(
            slack_client_id=CLIENT_ID,
            slack_client_secret=CLIENT_SECRET,
            slack_signing_secret=workspaces[0].signing_secret,
            slack_api_url=f"{workspaces[0].address}/api/",
            public_url=PUBLIC,
        )
        services = Services(
            vault,
            anthropic.open,
            frozenset(),
            lambda: moment[0],
            pool,
            lambda: None,
            public_url=PUBLIC,
            elapsed=lambda: moment[0].timestamp(),  # noqa: PLW0108 - the moment moves on
        )
        many = ManyWorkspaces(settings, vault, lambda: moment[0])
        bolt, others = http_routes(Program(settings, vault), many.open(services, ack_delay=0))
        app = application(slack=bolt, is_ready=lambda: True, now=lambda: moment[0], others=others)
        with at_address(app) as address:
            for slack in slacks.values():
                slack.request_url = f"{address}/slack/events"
            yield SharedBot(cloud, slacks, anthropic, vault, many, services, moment, address)
            pool.shutdown()
    for slack in slacks.values():
        assert slack.violations == []
        assert slack.failures == []


def connect(
    shared_bot: SharedBot, workspace: Workspace, organization: Organization, *, key: str, by: str
) -> Connection:
    """Store a connection without history."""
    open_names(workspace.team_id)
    with transaction():
        return connections.connect(
            workspace.team_id,
            organization.id,
            organization.name,
            key=key,
            vault=shared_bot.vault,
            by=by,
            at=NOW,
        )


def acme() -> Workspace:
    return Workspace()


def umbrella() -> Workspace:
    return neighbor("Umbrella", 2)


def grid() -> tuple[Workspace, Workspace]:
    return neighbor("Initech", 3, enterprise=GRID), neighbor("Initrode", 4, enterprise=GRID)
