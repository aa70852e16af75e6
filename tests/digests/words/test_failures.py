"""People read what an error means, never the provider's words; those are for the log."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from digests import render
from digests.layout.message import Message
from digests.numbers.report import Gap, Incident, SyncResult, UnofferedReport
from digests.words import completeness
from digests.words.failures import in_words
from providers.period import Period
from storage.state.incidents import Kind
from tests.digests import samples

NOW, HOUR = samples.NOW, timedelta(hours=1)
PATH = "/v1/organizations/usage_report/messages"
THEIRS = "invalid x-api-key"
RAW = f"{PATH}: 401 {THEIRS}"
KINDS: tuple[Kind, ...] = ("key_refused", "sync_failing", "permission", "balance", "hold")


def status(**changes: object) -> Message:
    return render.status(replace(samples.status(), **changes), now=NOW, zone="UTC")  # type: ignore[arg-type] # by name


def incident(kind: Kind, detail: str = RAW) -> Incident:
    return Incident(kind, NOW - HOUR, detail)


MESSAGES: dict[str, Callable[[], Message]] = {
    "status": lambda: status(failing={"usage": RAW}),
    "not offered": lambda: status(not_offered=(UnofferedReport("usage", NOW - HOUR, RAW),)),
    "sync": lambda: render.synced(
        SyncResult(failed={"usage": RAW}), status=samples.status(), now=NOW, zone="UTC"
    ),
    "sync refused": lambda: render.synced(
        SyncResult(refused=RAW), status=samples.status(), now=NOW, zone="UTC"
    ),
    **{f"alert {kind}": partial(lambda kind: alert(incident(kind)), kind) for kind in KINDS},
    **{f"status {kind}": partial(lambda kind: status(incidents=(incident(kind),)), kind) for kind in KINDS},
}


def alert(opened: Incident) -> Message:
    return render.alert(opened, organization="Acme", key_hint="wQAA", now=NOW, zone="UTC")


@pytest.mark.parametrize("name", MESSAGES)
def test_no_message_repeats_the_words_of_an_answer(name: str) -> None:
    message = MESSAGES[name]()
    assert THEIRS not in f"{message.text} {message.blocks}"
    assert "/v1/" not in f"{message.text} {message.blocks}"


def test_a_gap_says_why_in_our_words() -> None:
    gap = Gap("usage", Period.day(samples.FRIDAY), "reading fails", since=NOW - HOUR, detail=RAW)
    (line,) = completeness.missing([gap], now=NOW, zone="UTC")
    assert THEIRS not in line
    assert "Anthropic rejected this request" in line


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (f"{PATH}: 529 Overloaded", "Anthropic is overloaded (529)"),
        (f"GET {PATH}: 429 slow down, please", "Anthropic asked us to wait (429)"),
        (f"{PATH}: 500 Internal server error", "Anthropic had an error of its own (500)"),
        (f"{PATH}: 418 I'm a teapot", "Anthropic didn't understand the request (418)"),
        (
            f"{PATH}: 403 from something that is not Anthropic",
            "something else responded in Anthropic's place, such as a firewall (403)",
        ),
        (f"{PATH}: no answer in time", "no answer in time"),
        ("A StackSpend error in syncing usage; details are in the log.",) * 2,
    ],
)
def test_an_answer_is_reported_by_its_status_and_our_own_words_stay(error: str, words: str) -> None:
    assert in_words(error) == words


def test_an_incident_says_what_is_wrong_now_and_not_what_was_when_it_began() -> None:
    shown = status(incidents=(incident("sync_failing"),), failing={"usage": f"{PATH}: 529 Overloaded"})
    assert "Anthropic is overloaded (529)" in shown.text
    assert "refused" not in shown.text


def test_an_incident_keeps_a_reason_of_our_own() -> None:
    other = "the key belongs to Globex, not to Acme"
    assert other in str(alert(incident("key_refused", other)).blocks)
