"""Routing by team: what a request costs on its way to the app of its team."""

from typing import Any

import pytest
from slack_bolt import BoltRequest

from bot.services import Services
from bot.slack.client import SlackUnavailable
from bot.teams.clients import LOST, TeamClients
from bot.teams.router import TeamRouter
from storage.engine.database import transaction
from storage.engine.secrets import Vault, new_key
from storage.engine.tables import database
from storage.state import installations
from tests.bot.conftest import NOW, Postponed

ASKED = {"command": "/stackspend", "text": "cost", "team_id": "T1", "user_id": "U1", "response_url": ""}


@pytest.fixture
def pool() -> Postponed:
    return Postponed()


@pytest.fixture
def teams(store: str) -> TeamClients:
    del store
    vault = Vault([new_key()])
    with transaction():
        for team in ("T1", "T2"):
            installations.save(
                team, "", name=team, bot_user_id="UB", token=f"xoxb-{team}", vault=vault, by="U1", at=NOW
            )
    return TeamClients(vault, api_url="http://slack.test/api/", now=lambda: NOW)


@pytest.fixture
def router(teams: TeamClients, pool: Postponed) -> TeamRouter:
    services = Services(
        vault=teams.vault,
        open_provider=lambda _key: pytest.fail("nobody asked Anthropic"),
        admins=frozenset(),
        now=lambda: NOW,
        pool=pool,
        wake=lambda: None,
    )
    return TeamRouter(services, teams, signing_secret="")


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    statements: list[str] = []
    execute = database.obj.execute_sql

    def counted(sql: str, *arguments: Any, **named: Any) -> Any:
        statements.append(sql)
        return execute(sql, *arguments, **named)

    monkeypatch.setattr(database.obj, "execute_sql", counted)
    return statements


def ask(router: TeamRouter, team: str = "T1") -> int:
    return router.dispatch(BoltRequest(mode="socket_mode", body={**ASKED, "team_id": team})).status


def test_a_request_costs_one_query(router: TeamRouter, queries: list[str]) -> None:
    assert ask(router) == 200
    queries.clear()
    assert ask(router) == 200
    assert len(queries) == 1


def test_each_team_has_a_context_and_a_token_of_its_own(router: TeamRouter) -> None:
    contexts = {team: router.context_of(team) for team in ("T1", "T2", "T3")}
    tokens = {team: context.client.token for team, context in contexts.items() if context}
    assert tokens == {"T1": "xoxb-T1", "T2": "xoxb-T2"}


def test_a_request_of_no_team_is_nobodys(router: TeamRouter, pool: Postponed) -> None:
    for body in ({}, {"ssl_check": "1"}, {**ASKED, "team_id": ""}, {**ASKED, "team_id": "E0GRID"}):
        assert router.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200
    assert pool.waiting == []


def test_a_team_whose_token_is_lost_is_told_to_install_again_and_no_other_is(
    router: TeamRouter, teams: TeamClients
) -> None:
    with transaction():
        installations.save(
            "T2",
            "",
            name="T2",
            bot_user_id="UB",
            token="xoxb-T2",
            vault=Vault([new_key()]),
            by="U1",
            at=NOW,
        )
    answer = router.dispatch(BoltRequest(mode="socket_mode", body={**ASKED, "team_id": "T2"}))
    assert "Install it again" in str(answer.body)
    assert router.context_of("T2") is None
    with pytest.raises(SlackUnavailable, match=LOST):
        teams.slack_of("T2")
    assert router.context_of("T1")
    assert teams.slack_of("T1")
