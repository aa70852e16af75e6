"""Bodies counted in storage: the same totals as in memory, in any order, in any portions, and again."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from providers.claude.counting import Totals, count
from providers.claude.records import NANOSECONDS, Batch
from providers.directory import Directory, Entry
from providers.money import dollars
from providers.period import Period
from storage.engine.database import transaction
from storage.facts.telemetry import batches, commits, links, sessions, totals
from storage.facts.telemetry.count import count_waiting
from storage.facts.telemetry.totals import Line
from tests.providers.claude.bodies import FILES, SAMPLED, run_of, sample

pytestmark = pytest.mark.usefixtures("store")
ONE = 1
ARRIVED = datetime.fromtimestamp(SAMPLED // NANOSECONDS, UTC)
DAYS = Period(date(2026, 11, 29), date(2026, 12, 1))
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
RUNS = sorted({run_of(file) for file in FILES})
EXTENTS = [DAYS, YEAR, Period(date(2026, 3, 3), date(2027, 2, 9))]


def receive(*every: Batch, connection: int = ONE) -> None:
    with transaction():
        for batch in every:
            batches.append(connection, batch, at=ARRIVED)


def receive_and_count(every: Iterable[Batch], connection: int = ONE) -> None:
    receive(*every, connection=connection)
    while count_waiting(connection).bodies:
        continue


def of_run(run: str) -> list[Batch]:
    return [sample(file) for file in FILES if run_of(file) == run]


def assert_right(line: Line, expected: Totals) -> None:
    assert (line.requests, line.tokens) == (expected.requests, expected.tokens)
    assert (line.cost, line.client_cost) == (dollars(expected.cost), dollars(expected.client_cost))
    assert line.sessions == expected.sessions


@pytest.mark.parametrize("run", RUNS)
def test_a_run_comes_to_its_totals_in_any_order_one_body_at_a_time(run: str) -> None:
    every = of_run(run)
    expected = count(every, received_at=SAMPLED)
    Random(run).shuffle(every)
    for batch in [*every, *every]:
        receive_and_count([batch])
    for period in EXTENTS:
        assert_right(totals.total(ONE, period), expected)


def test_all_runs_together_come_to_the_same_at_once_and_in_portions() -> None:
    every = list(map(sample, FILES))
    expected = count(every, received_at=SAMPLED)
    Random(7).shuffle(every)
    receive_and_count(every)
    receive_and_count(every)
    for start in range(0, len(every), 9):
        receive_and_count(every[start : start + 9], connection=2)
    for connection in (1, 2):
        assert_right(totals.total(connection, YEAR), expected)


def test_the_lines_of_every_dimension_sum_to_the_total() -> None:
    receive_and_count(map(sample, FILES))
    whole = totals.total(ONE, DAYS)
    for dimension in ("part", "engineer", "model", "product", "repository", "skill", "mcp_server", "team"):
        lines = totals.by(ONE, dimension, DAYS)
        assert sum(line.cost for line in lines) == whole.cost
        assert sum(line.requests for line in lines) == whole.requests
        assert [sum(kind) for kind in zip(*(line.tokens for line in lines), strict=True)] == list(
            whole.tokens
        )


def test_each_dimension_has_its_lines() -> None:
    receive_and_count(map(sample, FILES))

    def names(dimension: str) -> set[str]:
        return {line.name for line in totals.by(ONE, dimension, DAYS)}

    assert names("part") == {"api", "plan", "other_clouds"}
    assert names("repository") == {"https://github.com/acme/payments", ""}
    assert names("skill") == {"tidy-ledger", ""}
    assert names("subagent") == {"general-purpose", ""}
    assert names("mcp_server") == {"ledger", "custom", ""}
    assert names("team") == {"payments", ""}
    assert names("cost_center") == {"eng-12", ""}
    assert names("unheard of") == {""}
    assert names("product") == {"claude_code", "cowork", "office_agent", "messages_api", "managed_agents_api"}


def test_bedrock_is_outside_the_bill_and_priced_by_the_client() -> None:
    receive_and_count(map(sample, FILES))
    (bedrock,) = [line for line in totals.by(ONE, "part", DAYS) if line.name == "other_clouds"]
    assert (bedrock.cost, bedrock.priced_by) == (Decimal("0.1024"), "client")


def test_a_persons_identities_are_one_line() -> None:
    receive_and_count(map(sample, FILES))
    directory = Directory([Entry("user_01GKXeMZkoDmp1bfhCjxDyuS", "user", "Mia", email="Mia@acme.example")])
    names = {line.name for line in totals.by_engineer(ONE, DAYS, directory)}
    assert names == {f"{name}@acme.example" for name in ("mia", "jonas", "noor", "lena")} | {""}
    assert sum(line.cost for line in totals.by_engineer(ONE, DAYS, directory)) == totals.total(ONE, DAYS).cost


def test_an_installation_that_an_admin_gives_to_somebody_is_theirs_at_once() -> None:
    with transaction():
        links.assign(ONE, "installation i", "Mia@acme.example", by="U1")
    assert links.of(ONE) == {"installation i": "mia@acme.example"}


def test_what_waits_is_counted_once_and_is_gone() -> None:
    receive(sample(FILES[0]))
    assert batches.waiting() == [ONE]
    assert batches.last_arrival(ONE) == ARRIVED
    assert count_waiting(ONE).bodies == 1
    assert count_waiting(ONE).bodies == 0
    assert batches.waiting() == []


def test_teams_do_not_share_requests() -> None:
    for connection in (1, 2):
        receive_and_count(of_run("written-cowork-local"), connection=connection)
    assert totals.total(1, DAYS) == totals.total(2, DAYS)
    assert totals.total(3, DAYS).requests == 0


def test_a_session_says_whose_it_was_and_what_it_cost() -> None:
    receive_and_count(of_run("claude-code-2.1.332-agents"))
    (session,) = sessions.since(ONE, ARRIVED - timedelta(days=2), ARRIVED, limit=5)
    expected = count(of_run("claude-code-2.1.332-agents"), received_at=SAMPLED)
    assert (session.requests, session.cost) == (5, dollars(expected.cost))
    assert (session.model, session.skill) == ("claude-opus-5-5", "tidy-ledger")
    assert session.started_at <= session.last_at


def test_who_is_active_now() -> None:
    receive_and_count(map(sample, FILES))
    then = datetime(2026, 11, 30, tzinfo=UTC)
    assert len(sessions.active(ONE, then)) == 3  # mia, jonas and noor; the rest was on the day before


def trust_in(name: str) -> str | None:
    lines = totals.by_engineer(ONE, DAYS, Directory([]))
    return next(line.trust for line in lines if line.name == f"{name}@acme.example")


def test_a_name_is_believed_as_far_as_its_sender_can_be() -> None:
    receive_and_count(map(sample, FILES))
    assert (trust_in("mia"), trust_in("noor")) == ("account", "claim")


def test_a_claim_from_managed_settings_is_no_claim() -> None:
    for batch in of_run("claude-code-2.1.332-apikey"):
        with transaction():
            batches.append(ONE, batch, at=ARRIVED, is_managed=True)
    count_waiting(ONE)
    assert trust_in("noor") == "managed"


def test_commits_are_there_once_by_their_hash() -> None:
    for _ in range(2):
        receive_and_count(of_run("claude-code-2.1.332-commit"))
    (commit,) = commits.between(ONE, ARRIVED - timedelta(days=2), ARRIVED)
    assert commit.revision.startswith("2c1f338")
    assert (commit.repository, commit.branch) == ("https://github.com/acme/payments", "main")
    assert commit.session_id
