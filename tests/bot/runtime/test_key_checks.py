"""Keys that are checked while Anthropic hangs: few at once, soon over, and in nobody's way."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx
import pytest

from bot.pools.key_checks import EACH, ENDING, FULL, NO_ANSWER, PLACES, TEAM_FULL, KeyChecks
from demo.slack.people import ADMIN, COLLEAGUE, SPEND
from digests.forms.connect import KEY_BLOCK
from providers.provider import Organization
from storage.engine.database import session, transaction
from storage.state import one_time_tokens
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ACME, ADMIN_KEY, NOW, Harness, open_harness
from tests.bot.listeners.test_key_page import Visitor
from tests.bot.shared_bot import acme, open_shared_bot, umbrella

AT_ONCE = 17


class Gate:
    """An Anthropic that answers once it is let."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def prove(self) -> Organization:
        assert self.opened.wait(30)
        return ACME


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def why(checked: object) -> str:
    return str(getattr(checked, "exception")(5))  # noqa: B009 - a future's


def test_what_anthropic_says_is_what_comes_of_it(gate: Gate) -> None:
    gate.opened.set()
    assert KeyChecks().begin("T1", gate.prove).result(5) == ACME


def test_a_check_is_soon_over_and_what_comes_later_changes_nothing(gate: Gate) -> None:
    checks = KeyChecks(patience=0.05)
    checked = checks.begin("T1", gate.prove)
    assert why(checked) == NO_ANSWER
    gate.opened.set()
    assert why(checked) == NO_ANSWER


def test_a_team_has_places_of_its_own_and_there_are_few_in_all(gate: Gate) -> None:
    checks = KeyChecks(patience=30)
    mine = [checks.begin("T1", gate.prove) for _ in range(EACH + 1)]
    assert [each.done() for each in mine] == [False] * EACH + [True]
    assert why(mine[-1]) == TEAM_FULL
    others = [checks.begin(f"T{n}", gate.prove) for n in range(2, PLACES + 2)]
    assert [each.done() for each in others] == [False] * (PLACES - EACH) + [True] * EACH
    assert why(others[-1]) == FULL


def test_a_place_is_free_again_when_the_call_is_over(gate: Gate) -> None:
    checks = KeyChecks()
    first = [checks.begin("T1", gate.prove) for _ in range(EACH)]
    gate.opened.set()
    for each in first:
        each.result(5)
    assert checks.begin("T1", gate.prove).result(5) == ACME


def test_a_call_that_hangs_keeps_its_place_though_nobody_waits_any_more(gate: Gate) -> None:
    checks = KeyChecks(patience=0.01)
    for _ in range(EACH):
        assert why(checks.begin("T1", gate.prove)) == NO_ANSWER
    assert why(checks.begin("T1", gate.prove)) == TEAM_FULL


def test_whoever_waits_is_told_when_the_process_ends(gate: Gate) -> None:
    checks = KeyChecks(patience=30)
    waiting = checks.begin("T1", gate.prove)
    checks.end()
    assert why(waiting) == ENDING
    assert why(checks.begin("T2", gate.prove)) == ENDING


# --- all of it together


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness(for_browsers=True) as opened:
        opened.anthropic.hangs = True
        yield opened
        opened.anthropic.goes_on.set()


def links(harness: Harness, count: int) -> list[str]:
    with transaction():
        tokens = [
            one_time_tokens.issue("key", now=NOW, team_id=harness.team_id, user_id=ADMIN)
            for _ in range(count)
        ]
    return [f"{harness.services.public_url}/key/{token}" for token in tokens]


@ON_SQLITE
def test_many_keys_at_once_leave_the_server_to_others_while_anthropic_hangs(harness: Harness) -> None:
    visitors = [Visitor(link) for link in links(harness, AT_ONCE)]
    forms = [visitor.open() for visitor in visitors]
    with ThreadPoolExecutor(AT_ONCE) as browsers:
        sent = [
            browsers.submit(visitor.submit, form, ADMIN_KEY)
            for visitor, form in zip(visitors, forms, strict=True)
        ]
        turned_away = threading.Semaphore(0)
        for each in sent:
            each.add_done_callback(lambda _: turned_away.release())
        for _ in range(AT_ONCE - EACH):
            assert turned_away.acquire(timeout=20)
        assert httpx.get(f"{harness.services.public_url}/healthz").status_code == HTTPStatus.OK
        assert "cost today" in harness.ask(COLLEAGUE, "help", SPEND).words
        harness.anthropic.goes_on.set()
        statuses = [each.result().status_code for each in sent]
    assert statuses.count(HTTPStatus.OK) == 1
    assert statuses.count(HTTPStatus.SERVICE_UNAVAILABLE) == AT_ONCE - EACH


@ON_SQLITE
def test_a_link_whose_check_the_end_of_the_process_cut_short_is_good_again(harness: Harness) -> None:
    (link,) = links(harness, 1)
    visitor = Visitor(link)
    form = visitor.open()
    with ThreadPoolExecutor(1) as browser:
        sent = browser.submit(visitor.submit, form, ADMIN_KEY)
        while not harness.anthropic.keys:
            threading.Event().wait(0.01)
        harness.services.key_checks.end()
        assert ENDING in sent.result(5).text
    with session():
        ticket = one_time_tokens.find("key", link.rpartition("/")[2])
    assert ticket
    assert not ticket.is_used(now=NOW)


@ON_SQLITE
def test_the_modal_is_told_when_the_process_ends(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    sent = harness.slack.submit(ADMIN, values={(KEY_BLOCK, "value"): ADMIN_KEY})
    while not harness.anthropic.keys:
        threading.Event().wait(0.01)
    harness.services.key_checks.end()
    assert ENDING in harness.after(sent.index, "modal_update", contains=ENDING).words


@ON_SQLITE
def test_another_team_is_answered_while_one_enters_keys_that_hang(store: str) -> None:
    assert store
    ours, theirs = acme(), umbrella()
    with open_shared_bot(ours, theirs) as shared_bot:
        for workspace in (ours, theirs):
            shared_bot.install(workspace)
        shared_bot.anthropic.hangs = True
        for _ in range(AT_ONCE):
            shared_bot.ask(ours, ADMIN, "connect", SPEND)
            shared_bot[ours].submit(ADMIN, values={(KEY_BLOCK, "value"): ADMIN_KEY})
        assert "cost today" in shared_bot.ask(theirs, f"{ADMIN}2", "help", f"{SPEND}2").words
        shared_bot.anthropic.goes_on.set()
