"""`stackspend connect claude --api`: the API's own telemetry, after a consent, and how it goes on."""

from datetime import timedelta

import pytest

from bot import clock
from bot.ingest.destination import DestinationWatch
from bot.reports.claude.state import telemetry_state
from demo.admin_api.faults import ADMIN_KEY
from providers.anthropic.client import Anthropic
from providers.anthropic.http.admin_api import AdminApi
from storage.engine.database import session
from storage.engine.secrets import Vault, keys_beside
from storage.state import connections, incidents
from storage.state.ingest import destinations, tokens
from tests.bot.cli.test_operate import Shell, served, shell  # noqa: F401 - fixtures, and what goes with them

ADDRESS = "https://spend.example.com"


@pytest.fixture
def connected(shell: Shell) -> Shell:  # noqa: F811 - the fixture
    """A bot with an Admin key, that Anthropic can reach."""
    shell.set(STACKSPEND_PUBLIC_URL=ADDRESS)
    shell.api.destinations.every.clear()
    shell.api.destinations.deliver = lambda _address, _headers: ""
    assert shell("connect", typed=ADMIN_KEY).status == 0
    return shell


def good() -> list[str]:
    with session():
        return [each.name for each in tokens.good_of_team("local")]


def test_nothing_is_written_without_a_consent_that_says_so(connected: Shell) -> None:
    said = connected.fails("connect", "claude", "--api")
    assert "This writes to Anthropic" in said
    assert "--yes" in said
    assert connected.api.destinations.every == {}
    assert good() == []


def test_it_is_created_without_content_and_tested(connected: Shell) -> None:
    seen: list[tuple[str, str]] = []

    def deliver(address: str, headers: object) -> str:
        assert isinstance(headers, dict)
        seen.append((address, headers["authorization"]))
        return ""

    connected.api.destinations.deliver = deliver
    ran = connected("connect", "claude", "--api", "--yes")
    assert (ran.status, "Its test span arrived." in ran.out) == (0, True)
    (made,) = connected.api.destinations.every.values()
    assert made["traces"]["content_mode"] == "metadata_only"
    assert made["workspaces"] == {"type": "all"}
    ((address, bearer),) = seen
    assert address == f"{ADDRESS}/otlp"
    with session():
        sender = tokens.authenticate(bearer.removeprefix("Bearer "))
    assert sender
    assert sender.name == "Claude API"
    whats = [each["what"] for each in connected("audit", "--json").json["entries"]]
    assert {"token issued", "destination created"} <= set(whats)


def test_a_test_that_fails_says_why(connected: Shell) -> None:
    connected.api.destinations.deliver = lambda _address, _headers: "TLS failure"
    assert "didn't arrive: TLS failure" in connected("connect", "claude", "--api", "--yes").out


def test_a_destination_that_anthropic_refuses_leaves_no_token(connected: Shell) -> None:
    for number in range(10):
        connected.api.destinations.every[f"tdst_x{number}"] = {}
    assert "at most 10 destinations" in connected.fails("connect", "claude", "--api", "--yes")
    assert good() == []


def test_it_needs_a_public_address(connected: Shell) -> None:
    connected.set(STACKSPEND_PUBLIC_URL="http://127.0.0.1:3000")
    assert "STACKSPEND_PUBLIC_URL" in connected.fails("connect", "claude", "--api", "--yes")


def test_admins_are_told_when_anthropic_disables_it_and_when_it_works_again(connected: Shell) -> None:
    connected("connect", "claude", "--api", "--yes")
    started, http = clock.now(), connected.open_client(connected.address)

    def look(hours: int) -> list[str]:
        vault = Vault(keys_beside(connected.file))
        watch = DestinationWatch(
            lambda key: Anthropic(AdminApi(key, http=http)),
            lambda: vault,
            lambda: started + timedelta(hours=hours),
            frozenset({"U0ADMIN001"}),
        )
        watch.tick()
        with session():
            reporting = connections.of_team("local", tokens.PROVIDER)
            assert reporting
            return [f"{each.kind}: {each.detail}" for each in incidents.open_ones(reporting.id)]

    assert look(0) == []
    connected.api.destinations.disable("redirect", "redirect (status 301)")
    assert look(1) == ["destination_disabled: redirect: redirect (status 301)"]
    with session():
        present = connections.of_team("local")
        assert present
        state = telemetry_state(present, now=started)
        assert state
        assert state.destination == "redirect"
    connected.api.destinations.disable("caller", "")
    assert look(2) == []
    connected.api.destinations.every.clear()
    assert look(3) == []
    with session():
        (kept,) = destinations.every()
    assert kept.state == "deleted at Anthropic"
