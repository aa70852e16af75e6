"""`stackspend claude`: what clients report, in the form that is promised, and never part of the bill."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot import clock
from providers.claude.counting import Totals, count
from providers.claude.records import NANOSECONDS
from providers.claude.use import Origin, Use
from providers.money import dollars
from storage.engine.database import transaction
from storage.facts.telemetry import batches
from storage.facts.telemetry.count import add_uses, count_waiting
from storage.state import connections
from storage.state.ingest import tokens
from tests.bot.cli.test_operate import Shell, served, shell  # noqa: F401 - fixtures, and what goes with them
from tests.providers.claude.bodies import FILES, SAMPLED, sample

ARRIVED = datetime.fromtimestamp(SAMPLED // NANOSECONDS, UTC)
NOW = ARRIVED.replace(hour=23, minute=30)
CONNECTED = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def expected() -> Totals:
    """What all samples come to."""
    return count(map(sample, FILES), received_at=SAMPLED)


@pytest.fixture
def sent(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:  # noqa: F811 - the fixture
    """A team whose clients have sent every sample."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert shell("migrate").status == 0
    with transaction():
        _, token = tokens.issue("local", "laptops", by="", at=CONNECTED)
        for file in FILES:
            batches.append(token.connection_id, sample(file), at=ARRIVED)
    while count_waiting(token.connection_id).bodies:
        continue
    shell.close_all()
    return shell


def test_the_object_has_exactly_the_shape_that_is_promised(sent: Shell, expected: Totals) -> None:
    said = sent("claude", "2026-11", "by", "model", "--json").json
    assert {name: said[name] for name in ("provider", "organization", "currency", "basis", "dimension")} == {
        "provider": "claude",
        "organization": "",
        "currency": "USD",
        "basis": "estimated",
        "dimension": "model",
    }
    assert said["period"] == {"start": "2026-11-01", "end": "2026-12-01", "timezone": "UTC"}
    assert (Decimal(said["total"]), Decimal(said["client_total"])) == (
        dollars(expected.cost),
        dollars(expected.client_cost),
    )
    assert {name: Decimal(cost) for name, cost in said["parts"].items()} == {
        name: dollars(expected.parts.get(name, 0)) for name in ("api", "plan", "other_clouds")
    }
    assert (said["requests"], said["sessions"]) == (expected.requests, expected.sessions)
    assert set(said["lines"][0]) == {
        "name",
        "id",
        "cost",
        "client_cost",
        "priced_by",
        "share",
        "tokens",
        "sessions",
        "requests",
        "commits",
        "pull_requests",
    }


@pytest.mark.parametrize(
    "by", ["model", "engineer", "product", "team", "skill", "subagent", "mcp server", "repository", "day"]
)
def test_the_lines_of_each_dimension_sum_to_the_total(sent: Shell, by: str) -> None:
    said = sent("claude", "2026-11", "--by", by, "--json").json
    assert said["dimension"] == by
    assert sum(Decimal(line["cost"] or 0) for line in said["lines"]) == Decimal(said["total"])
    assert sum(line["requests"] for line in said["lines"]) == said["requests"]
    assert {line["priced_by"] for line in said["lines"]} <= {"list", "client"}


def test_what_senders_do_not_say_is_a_line_without_an_id(sent: Shell) -> None:
    lines = sent("claude", "2026-11", "by", "repository", "--json").json["lines"]
    assert {(line["name"], line["id"]) for line in lines} == {
        ("https://github.com/acme/payments", "https://github.com/acme/payments"),
        ("not reported", None),
    }


def test_what_was_before_the_first_token_is_unknown_and_not_zero(sent: Shell) -> None:
    said = sent("claude", "2026-09", "--json").json
    assert (said["total"], said["client_total"], set(said["parts"].values())) == (None, None, {None})
    assert said["previous"] is None
    assert said["coverage"] == {
        "complete": False,
        "missing": [
            {
                "report": "telemetry",
                "start": "2026-09-01",
                "end": "2026-10-01",
                "why": "telemetry was not connected",
            }
        ],
    }


def test_days_after_it_are_whole_once_they_are_over(sent: Shell) -> None:
    assert sent("claude", "2026-11-27..2026-11-28", "--json").json["coverage"] == {
        "complete": True,
        "missing": [],
    }
    today = sent("claude", "today", "--json").json["coverage"]
    assert [each["why"] for each in today["missing"]] == ["the day is not over"]


def test_an_installation_that_nobody_is_known_for_has_a_short_name(sent: Shell) -> None:
    use = Use(
        key="k",
        is_request=True,
        session="s",
        started=SAMPLED,
        ended=SAMPLED,
        counted_at=SAMPLED,
        tokens=(1, 0, 0, 0, 1),
        exactness=1,
        client_cost=None,
        origin=Origin(installation="1f541ad9f6a30690"),
    )
    with transaction():
        connection = connections.of_team("local", tokens.PROVIDER)
        assert connection
        add_uses(connection.id, [use])
    lines = sent("claude", "2026-11", "by", "engineer", "--json").json["lines"]
    assert ("Installation 1f541ad9", "installation 1f541ad9f6a30690") in [
        (line["name"], line["id"]) for line in lines
    ]


def test_people_read_a_table(sent: Shell, expected: Totals) -> None:
    ran = sent("claude", "2026-11", "by", "repository")
    assert ran.status == 0
    assert f"{expected.requests} requests" in ran.out
    assert "https://github.com/acme/payments" in ran.out
    assert "never part of it" in ran.out


def test_the_log_says_that_engineers_were_looked_at(sent: Shell) -> None:
    sent("claude", "2026-11", "--json")
    sent("claude", "2026-11", "by", "engineer", "--json")
    entries = sent("audit", "--json").json["entries"]
    assert [(each["what"], each["detail"]) for each in entries] == [
        ("engineers viewed", "claude 2026-11-01..2026-11-30 utc by engineer")
    ]


@pytest.mark.parametrize(
    "words", [["xyzzy"], ["by", "workspace"], ["by", "model", "by", "skill"], ["top", "3"]]
)
def test_what_it_has_no_answer_for_is_wrong_usage(sent: Shell, words: list[str]) -> None:
    assert "Traceback" not in sent.fails("claude", *words, status=2)


def test_without_a_token_it_says_what_to_do(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811 - the fixture
    monkeypatch.setattr(clock, "now", lambda: NOW)
    shell("migrate")
    assert "`stackspend connect claude` makes a token" in shell.fails("claude")


def test_a_person_is_erased_from_the_terminal(sent: Shell, expected: Totals) -> None:
    assert "can't be undone" in sent.fails("erase", "mia@acme.example")
    ran = sent("erase", "mia@acme.example", "--yes")
    assert "Erased mia@acme.example" in ran.out
    said = sent("claude", "2026-11", "by", "engineer", "--json").json
    assert "mia@acme.example" not in [line["id"] for line in said["lines"]]
    assert Decimal(said["total"]) == dollars(expected.cost)
    assert "Telemetry knows nobody by this name" in sent.fails("erase", "mia@acme.example", "--yes")
    (entry,) = [each for each in sent("audit", "--json").json["entries"] if each["what"] == "person erased"]
    assert "mia" not in entry["detail"]


def test_sessions_are_listed_in_a_terminal_and_have_no_json(sent: Shell) -> None:
    assert "Opus" in sent("claude", "2026-11", "by", "session").out
    assert "has" not in sent("claude", "2026-11", "by", "session").err
    assert "no JSON" in sent.fails("claude", "2026-11", "by", "session", "--json", status=2)
    assert "as the sessions of" in sent("claude", "2026-11", "mia@acme.example").out
